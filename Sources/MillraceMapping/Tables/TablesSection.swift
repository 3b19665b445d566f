import MillraceValues
import MillraceYAML

/// Reads `tables:` of a mapping file.
struct TablesSection {
    let faults: DiagnosticList
    let context: MappingContext
    let source: TableSource
    let overrides: TableOverrides
    /// The texts of the tables' files, for the mapping's version.
    private(set) var texts: [[UInt8]] = []
    /// Names that stand in the section, also of tables with faults.
    private(set) var names: [String] = []
    /// Whether a key of the table may have several rows.
    private var manyTables: [String: Bool] = [:]

    init(faults: DiagnosticList, context: MappingContext, source: @escaping TableSource, overrides: TableOverrides) {
        self.faults = faults
        self.context = context
        self.source = source
        self.overrides = overrides
    }

    mutating func tables(of reader: NodeReader) -> [String: LookupTable] {
        var tables: [String: LookupTable] = [:]
        for member in reader.members("tables") ?? [] {
            names.append(member.key)
            guard var table = table(member) else { continue }
            table.watch = context.watch
            tables[member.key] = table
        }
        return tables
    }

    private mutating func table(_ member: MarkedMember) -> LookupTable? {
        let reader = NodeReader(
            member.value, what: "table '\(member.key)'", faults: faults, keys: MappingKeys.lookupTable)
        guard member.value.members != nil else { return nil }
        defer { reader.finish() }
        let file = reader.optional("file")
        let rows = reader.optional("rows")
        let keys = reader.texts("key", required: rows?.members == nil)?.map(\.text)
        let value = reader.text("value")
        let validFrom = reader.text("valid-from")
        let many = reader.flag("many") ?? false
        if many, validFrom != nil {
            faults.error(
                .contradiction, at: reader.mark(of: "many"),
                "'many' lets a key have several rows, and 'valid-from' chooses one of them; keep one of both")
        }
        manyTables[member.key] = many
        switch (file, rows) {
        case (nil, nil):
            faults.error(.missingKey, at: member.keyMark, "table '\(member.key)' needs 'file' or 'rows'")
            return nil
        case (_?, let rows?):
            faults.error(.contradiction, at: rows.mark, "table '\(member.key)' has both 'file' and 'rows'; keep one")
            return nil
        case (nil, let rows?):
            if let members = rows.members { return plain(member, members, keys: keys, value: value) }
            guard let keys else { return nil }
            return inline(member, rows, keys: keys, value: value, validFrom: validFrom)
        case (let file?, nil):
            guard let keys, let path = faults.text(file, what: "'file'") else { return nil }
            if let rows = overrides[member.key] {
                return build(
                    member, keys, value, validFrom, rows: rows, place: member.keyMark, columns: nil,
                    known: header(of: path, at: file.mark), faults: faults)
            }
            return fromFile(member, path: path, at: file.mark, keys: keys, value: value, validFrom: validFrom)
        }
    }

    /// `rows: {ESTOP: "01", …}`: a key and its value.
    private func plain(_ member: MarkedMember, _ rows: [MarkedMember], keys: [String]?, value: String?) -> LookupTable?
    {
        let (key, column) = (keys?.first ?? "key", value ?? "value")
        var table = LookupTable(
            name: member.key, keys: [key], valueColumn: column, isTimed: false, columns: [key, column])
        if let rows = overrides[member.key] {
            return build(member, [key], column, nil, rows: rows, place: member.keyMark, columns: nil, faults: faults)
        }
        for row in rows {
            guard let text = row.value.text else {
                faults.error(.wrongShape, at: row.value.mark, "the value of '\(row.key)' has to be a word")
                continue
            }
            _ = table.add(key: [row.key], validFrom: .distantPast, values: [row.key, text])
        }
        return table
    }

    private func inline(
        _ member: MarkedMember, _ rows: MarkedNode, keys: [String], value: String?, validFrom: String?
    ) -> LookupTable? {
        if let given = overrides[member.key] {
            let known = (rows.items ?? []).flatMap { ($0.members ?? []).map(\.key) }
            return build(
                member, keys, value, validFrom, rows: given, place: member.keyMark, columns: nil, known: known,
                faults: faults)
        }
        guard let items = rows.items else {
            faults.error(.wrongShape, at: rows.mark, "'rows' is a mapping of keys to values, or a list of rows")
            return nil
        }
        return build(
            member, keys, value, validFrom, rows: items.compactMap { TestSection.row($0, faults: faults) },
            place: rows.mark,
            columns: nil, faults: faults)
    }

    private mutating func fromFile(
        _ member: MarkedMember, path: String, at mark: SourceMark, keys: [String], value: String?, validFrom: String?
    ) -> LookupTable? {
        let resolved = MappingPath.resolve(path, at: mark, faults)
        let bytes: [UInt8]
        switch source(resolved) {
        case .unreadable(let why):
            faults.error(.table, at: mark, "the table's file \(resolved) cannot be read: \(why)")
            return nil
        case .bytes(let content): bytes = content
        }
        texts.append(bytes)
        let list = DiagnosticList(SourceText(file: resolved, text: String(decoding: bytes, as: UTF8.self)))
        defer { faults.take(list.sorted) }
        guard let (header, lines) = TableReader.rows(bytes, faults: list) else { return nil }
        var repeated = Set<String>()
        for name in header where !repeated.insert(name).inserted {
            list.error(.table, at: .start, "the column '\(name)' stands twice")
        }
        var rows: [(line: Int, cells: [String: String])] = []
        for line in lines {
            guard line.cells.count == header.count else {
                list.error(
                    .table, at: SourceMark(line: line.number, column: 1),
                    "the row has \(line.cells.count) cells and the header \(header.count); mend the row")
                continue
            }
            rows.append((line.number, Dictionary(zip(header, line.cells)) { first, _ in first }))
        }
        return build(
            member, keys, value, validFrom, rows: rows.map(\.cells), place: .start, lines: rows.map(\.line),
            columns: header,
            faults: list)
    }

    /// The columns of a table's file, which a test's rows need not all name; none where it cannot be read.
    private func header(of path: String, at mark: SourceMark) -> [String] {
        let resolved = MappingPath.resolve(path, at: mark, faults)
        guard case .bytes(let bytes) = source(resolved) else { return [] }
        let list = DiagnosticList(SourceText(file: resolved, text: String(decoding: bytes, as: UTF8.self)))
        return TableReader.rows(bytes, faults: list)?.header ?? []
    }

    private func build(
        _ member: MarkedMember, _ keys: [String], _ value: String?, _ validFrom: String?, rows: [[String: String]],
        place: SourceMark, lines: [Int]? = nil, columns: [String]?, known: [String] = [], faults list: DiagnosticList
    ) -> LookupTable? {
        let named = keys + [value, validFrom].compactMap { $0 }
        if let columns {
            let missing = named.filter { !columns.contains($0) }
            for name in missing {
                list.error(
                    .table, at: .start,
                    "the table has no column '\(name)'\(Suggestion.ending(for: name, among: columns))")
            }
            if !missing.isEmpty { return nil }
        }
        let all =
            columns
            ?? (named + rows.flatMap { $0.keys.sorted() } + known).reduce(into: []) {
                if !$0.contains($1) { $0.append($1) }
            }
        var table = LookupTable(
            name: member.key, keys: keys, valueColumn: value, isTimed: validFrom != nil, columns: all)
        table.isMany = manyTables[member.key] ?? false
        for (index, row) in rows.enumerated() {
            let mark = lines.map { SourceMark(line: $0[index], column: 1) } ?? place
            var from = Instant.distantPast
            if let validFrom, let text = row[validFrom], !text.isEmpty {
                guard let instant = SiteTime.instant(text, zone: context.zone) else {
                    list.error(
                        .table, at: mark,
                        "'\(text)' in column '\(validFrom)' is no time; write it as 2026-03-02T06:00:00Z")
                    continue
                }
                from = instant
            }
            let key = keys.map { row[$0] ?? "" }
            if !table.add(key: key, validFrom: from, values: all.map { row[$0] ?? "" }) {
                list.error(.table, at: mark, "the key \(key.joined(separator: ", ")) stands twice; keep one row")
            }
        }
        return table
    }
}

/// Times that a site's files say.
enum SiteTime {
    /// An ISO 8601 text: with its offset, or by the site's wall clock; a date alone is its first instant.
    static func instant(_ text: String, zone: Zone) -> Instant? {
        if let instant = Instant(iso8601: text) { return instant }
        if let local = CivilTime(iso8601: text) { return zone.border(local) }
        return CivilDate(text).map { zone.border(CivilTime(date: $0)) }
    }
}

/// Paths in a site's files.
enum SitePath {
    /// The path relative to the folder of `file`, with `..` folded.
    static func resolve(_ path: String, beside file: String) -> String {
        if path.hasPrefix("/") { return path }
        var parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast().map(String.init)
        for part in path.split(separator: "/") {
            switch part {
            case ".": break
            case "..": if parts.isEmpty || parts.last == ".." { parts.append("..") } else { parts.removeLast() }
            default: parts.append(String(part))
            }
        }
        return (file.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
