import MillraceCore
import MillraceValues
import MillraceYAML

/// The words of `type:` in a document mapping.
enum TypeWord: String, CaseIterable {
    case string, integer, decimal, time, boolean, array
}

extension DocumentMappingCompiler {
    /// The fields of an object, in the order they are written.
    func fields(_ node: MarkedNode, parent: String) -> [(name: String, field: DocumentField)] {
        guard let members = node.members else {
            faults.error(.wrongShape, at: node.mark, "'fields' has to be a mapping, not \(node.shapeInWords)")
            return []
        }
        return members.compactMap { member in
            let name = parent.isEmpty ? member.key : "\(parent).\(member.key)"
            return field(member.value, name: name).map { (member.key, $0) }
        }
    }

    private func field(_ node: MarkedNode, name: String) -> DocumentField? {
        if let text = node.text {
            if FieldSource.looksLiteral(text) {
                faults.bareLiteral(text, at: node.mark)
                return nil
            }
            checkInput(text, at: node.mark, orLiteral: true)
            return .input(
                InputField(
                    name: name, place: place(node.mark), paths: [text], table: nil, missing: .park, type: .asItIs,
                    conversion: nil))
        }
        let entry = NodeReader(node, what: "field '\(name)'", faults: faults, keys: DocumentKeys.field)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        switch FieldSource.key(of: entry, lists: true) {
        case "fields": return entry.optional("fields").map { inner($0, name: name) }
        case "value": return literal(entry, name: name)
        case "from": return input(entry, name: name)
        case "expr": return expression(entry, name: name)
        case "each": return list(entry, name: name)
        case nil:
            // The other keys are known, and only the source is at fault.
            _ = (
                type(entry), MissingPolicy.read(entry, allowed: ["park"]), entry.optional("table"),
                entry.optional("unit"), entry.optional("null")
            )
            return nil
        case let other?:
            faults.error(
                .oneSource, at: entry.mark(of: other),
                "field '\(name)' cannot have '\(other)', which belongs to reading mappings")
            return nil
        }
    }

    /// `fields: {…}` is an object, `fields: [{…}, {…}]` a list of them.
    private func inner(_ node: MarkedNode, name: String) -> DocumentField {
        guard let items = node.items else { return .object(fields(node, parent: name)) }
        return .list(items.enumerated().map { fields($0.element, parent: "\(name)[\($0.offset)]") })
    }

    private func literal(_ entry: NodeReader, name: String) -> DocumentField? {
        let type = type(entry) ?? .asItIs
        guard let node = entry.optional("value"), let text = node.text else {
            faults.error(
                .wrongShape, at: entry.node.mark,
                "the value of field '\(name)' has to be a word; use 'fields' for an object")
            return nil
        }
        let field = InputField(
            name: name, place: place(node.mark), paths: ["value"], table: nil, missing: .park, type: type,
            conversion: nil)
        do throws(MappingFault) {
            let inputs = ValueObject(["value": .string(text)])
            return .literal(try field.value(inputs) ?? .string(text))
        } catch {
            faults.error(.badScalar, at: node.mark, error.sentence)
            return nil
        }
    }

    private func input(_ entry: NodeReader, name: String) -> DocumentField? {
        let type = type(entry)
        let missing = MissingPolicy.read(entry, allowed: ["park"]) ?? .park
        let paths = entry.texts("from") ?? []
        for path in paths { checkInput(path.text, at: path.mark, orLiteral: false) }
        let tableName = entry.text("table")
        let conversion = conversion(entry, paths, type)
        var table: LookupTable?
        if let tableName {
            guard let found = self.table(tableName, entry, keys: paths.count) else { return nil }
            table = found
        } else if paths.count != 1 {
            faults.error(
                .wrongShape, at: entry.mark(of: "from"),
                "field '\(name)' takes one path; several are the keys of a 'table'")
            return nil
        }
        guard let type else { return nil }
        return .input(
            InputField(
                name: name, place: place(entry.node.mark), paths: paths.map(\.text), table: table, missing: missing,
                type: type, conversion: conversion, keepsNull: keepsNull(entry), watch: context.watch))
    }

    /// Reads `null: keep`.
    private func keepsNull(_ entry: NodeReader) -> Bool {
        guard let text = entry.text("null") else { return false }
        if text != "keep" {
            faults.error(
                .unknownWord, at: entry.optional("null")?.mark ?? entry.node.mark,
                "'null' can only say 'keep': a null is sent and not taken for missing")
        }
        return true
    }

    private func expression(_ entry: NodeReader, name: String) -> DocumentField? {
        let type = type(entry)
        let missing = MissingPolicy.read(entry, allowed: ["park"]) ?? .park
        let conversion = conversion(entry, [], type)
        let keepsNull = keepsNull(entry)
        guard let node = entry.optional("expr"), let expression = expression(node, what: "field '\(name)'"), let type
        else { return nil }
        return .input(
            InputField(
                name: name, place: place(node.mark), paths: [], table: nil, missing: missing, type: type,
                conversion: conversion, expression: expression, keepsNull: keepsNull, watch: context.watch))
    }

    private func table(_ name: String, _ entry: NodeReader, keys: Int) -> LookupTable? {
        let mark = entry.optional("table")?.mark ?? entry.node.mark
        guard let table = tables[name] else {
            if !tableNames.contains(name) {
                faults.error(
                    .unknownName, at: mark,
                    "there is no table '\(name)'\(Suggestion.ending(for: name, among: tableNames))")
            }
            return nil
        }
        if table.reportsMany(at: mark, faults) { return nil }
        guard table.valueColumn.flatMap({ table.column(named: $0) }) != nil else {
            faults.error(.table, at: mark, "table '\(name)' needs 'value', the column that it gives")
            return nil
        }
        guard table.keys.count == keys else {
            faults.error(.table, at: mark, "table '\(name)' has \(table.keys.count) keys and 'from' names \(keys)")
            return nil
        }
        return table
    }

    /// What `unit` turns the amount into: `min` of a duration, or `{from: GRM, to: KGM}`.
    private func conversion(_ entry: NodeReader, _ paths: [MarkedText], _ type: FieldType?) -> UnitConversion? {
        guard let node = entry.optional("unit") else { return nil }
        let conversion: UnitConversion?
        if node.members != nil {
            conversion = units.conversion(node, faults)
        } else {
            guard let unit = faults.text(node, what: "'unit'") else { return nil }
            guard paths.map(\.text) == ["duration"] else {
                faults.error(
                    .unit, at: node.mark,
                    "only a duration has a unit of its own, seconds; say what the amount is in: unit: {from: …, to: \(unit)}"
                )
                return nil
            }
            conversion = duration(unit, at: node.mark)
        }
        guard let conversion, let type else { return conversion }
        guard case .decimal(_, let scale, _) = type else {
            faults.error(
                .missingKey, at: entry.mark(of: "unit"),
                "'unit' needs 'type: decimal' with 'scale' and 'round', or 'type: integer' with 'round'")
            return nil
        }
        if scale == nil, !conversion.isExact {
            faults.error(
                .missingKey, at: entry.mark(of: "unit"),
                "an amount in \(conversion.to.code) may have no end; say 'scale' and 'round'")
        }
        return conversion
    }

    private func duration(_ unit: String, at mark: SourceMark) -> UnitConversion? {
        switch units.conversion(from: "s", to: unit) {
        case .success(let conversion): return conversion
        case .failure(let fault):
            faults.error(.unit, at: mark, fault.description)
            return nil
        }
    }

    /// The keys that need a `type`.
    private static let companions = [
        "pad", "trim", "case", "at-most", "digits", "scale", "round", "format", "zone", "true", "false",
    ]

    /// What `type:` and its companions say; nil, and reported, where they do not fit together.
    private func type(_ entry: NodeReader) -> FieldType? {
        guard let node = entry.optional("type") else {
            for key in Self.companions {
                guard entry.optional(key) != nil else { continue }
                faults.error(.missingKey, at: entry.mark(of: key), "'\(key)' needs a 'type' beside it")
            }
            return .asItIs
        }
        switch faults.word(node, TypeWord.self, what: "'type'") {
        case nil:
            entry.allow(Self.companions)
            return nil
        case .string?: return .string(TextRule(entry))
        case .boolean?: return .boolean(BooleanWords(entry))
        case .array?: return .array
        case .integer?:
            let digits = entry.integer("digits", in: 1...18) ?? 18
            return .decimal(digits: digits, scale: 0, rounding: entry.word("round", Rounding.self) ?? .refuse)
        case .decimal?:
            let digits = entry.integer("digits", in: 1...18) ?? 18
            let scale = entry.integer("scale", in: 0...12)
            if let scale, scale > digits {
                faults.error(.contradiction, at: entry.mark(of: "scale"), "'scale' cannot be more than 'digits'")
            }
            return .decimal(digits: digits, scale: scale, rounding: entry.word("round", Rounding.self) ?? .refuse)
        case .time?:
            let zone = ZoneWord.zone(entry, context: context)
            let pattern = ZoneWord.pattern(entry)
            if let pattern { return .time(pattern, zone ?? context.zone) }
            if let zone, zone.name != "UTC" { return .time(Self.withOffset, zone) }
            return .time(nil, .utc)
        }
    }

    /// ISO 8601 with the offset of the zone.
    private static let withOffset = try? TimePattern("yyyy-MM-dd'T'HH:mm:ssXXX")  // try?: a constant, tested
}
