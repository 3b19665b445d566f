import MillraceValues
public import MillraceYAML

/// A mapping file as one text, with what it extends, and where each of its rules comes from.
public struct MergedMapping: Sendable {
    /// A line of the text.
    public struct Line: Hashable, Sendable {
        /// The line without its end.
        public let text: String
        /// `file:line` of the rule that begins here; nil for lines that go on with one.
        public let origin: String?
    }

    /// The lines; none where the file or one that it extends cannot be read.
    public let lines: [Line]
    /// The files that it was put together from: its own, then those that it extends.
    public let files: [String]
    /// The faults of reading and laying over; those of the rules are told by `MappingFile.parse`.
    public let diagnostics: [Diagnostic]

    /// The text, which is a mapping file again.
    public var yaml: String { lines.map { $0.text + "\n" }.joined() }

    /// The text with the origin of each rule as a comment behind it.
    public var annotated: String {
        let width = lines.filter { $0.origin != nil }.map(\.text.unicodeScalars.count).max() ?? 0
        return lines.map { line in
            guard let origin = line.origin else { return line.text + "\n" }
            let gap = max(2, min(width, 72) + 2 - line.text.unicodeScalars.count)
            return "\(line.text)\(String(repeating: " ", count: gap))# \(origin)\n"
        }.joined()
    }
}

extension MappingFile {
    /// The mapping file with what it extends, as one text.
    ///
    /// - Shape: `file` and `tables` as for `parse`.
    public static func merged(text: String, file: String, tables: @escaping TableSource) -> MergedMapping {
        let faults = DiagnosticList(SourceText(file: file, text: text))
        let root = YAMLFile.read(faults).flatMap { Overlay(faults: faults, source: tables).whole($0) }
        var writer = MappingWriter(faults: faults)
        if let root { writer.write(placed(root, faults)) }
        return MergedMapping(lines: writer.lines, files: faults.sources.map(\.file), diagnostics: faults.sorted)
    }
}

extension MappingFile {
    /// The mapping with the paths of its tables and its schema as they are written in the file itself.
    private static func placed(_ root: MarkedNode, _ faults: DiagnosticList) -> MarkedNode {
        func path(_ node: MarkedNode) -> MarkedNode {
            guard node.mark.text > 0, case .scalar(let path, let style) = node.content else { return node }
            let resolved = MappingPath.resolve(path, at: node.mark, faults)
            let text = MappingPath.relative(resolved, beside: faults.source.file)
            return MarkedNode(.scalar(text, style), mark: node.mark)
        }
        let root = changed(root, "body") { changed($0, "xml") { changed($0, "schema", by: path) } }
        return changed(root, "tables") { tables in
            MarkedNode(
                .mapping(
                    (tables.members ?? []).map { table in
                        MarkedMember(
                            key: table.key, keyMark: table.keyMark, value: changed(table.value, "file", by: path))
                    }), mark: tables.mark)
        }
    }

    private static func changed(
        _ node: MarkedNode, _ key: String, by change: (MarkedNode) -> MarkedNode
    ) -> MarkedNode {
        guard let members = node.members else { return node }
        return MarkedNode(
            .mapping(
                members.map {
                    $0.key == key ? MarkedMember(key: key, keyMark: $0.keyMark, value: change($0.value)) : $0
                }), mark: node.mark)
    }
}

/// Writes a mapping file's nodes as YAML: sections and objects below each other, rules in one line.
private struct MappingWriter {
    let faults: DiagnosticList
    private(set) var lines: [MergedMapping.Line] = []

    init(faults: DiagnosticList) { self.faults = faults }

    /// Keys whose members stand below each other.
    private static let sections: Set<String> = [
        "from", "signals", "to", "tables", "lookup", "let", "fields", "shape",
    ]

    mutating func write(_ root: MarkedNode) {
        for member in root.members ?? [] { write(member, depth: 0, inSection: true) }
    }

    private mutating func write(_ member: MarkedMember, depth: Int, inSection: Bool) {
        let head = String(repeating: "  ", count: depth) + Self.scalar(member.key, .plain) + ":"
        let isBlock =
            (inSection && depth < 2 && Self.sections.contains(member.key)) || member.key == "fields"
            || Self.isTall(member.value)
        switch member.value.content {
        case .scalar(let text, let style):
            if text.contains("\n") { return literal(head, text, at: member.keyMark, depth: depth) }
            add(member.value.isNothing ? head : "\(head) \(Self.scalar(text, style))", member.keyMark)
        case .sequence(let items) where depth == 0 && !items.isEmpty && items.contains { $0.members != nil }:
            add(head, member.keyMark)
            for item in items { write(item, depth: depth + 1) }
        case .mapping(let members) where isBlock && !members.isEmpty:
            add(head, member.keyMark)
            for inner in members { write(inner, depth: depth + 1, inSection: depth == 0) }
        case .mapping, .sequence: add("\(head) \(Self.flow(member.value))", member.keyMark)
        }
    }

    /// An item of a list: in one line, or with its members below each other where that would be long or several.
    private mutating func write(_ item: MarkedNode, depth: Int) {
        let indent = String(repeating: "  ", count: depth)
        let flow = "\(indent)- \(Self.flow(item))"
        guard let members = item.members, Self.isTall(item) || flow.unicodeScalars.count > 100 else {
            return add(flow, item.mark)
        }
        let first = lines.count
        for member in members { write(member, depth: depth + 1, inSection: false) }
        guard lines.indices.contains(first) else { return }
        let text = indent + "- " + lines[first].text.dropFirst(indent.count + 2)
        lines[first] = MergedMapping.Line(text: text, origin: lines[first].origin)
    }

    private mutating func literal(_ head: String, _ text: String, at mark: SourceMark, depth: Int) {
        // What a block cannot say stands in quotes.
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isPlain = rows.allSatisfy { $0.unicodeScalars.allSatisfy { $0 >= " " || $0 == "\t" } }
        guard isPlain, let first = rows.first, !first.isEmpty, first.first != " ", first.first != "\t",
            !text.hasSuffix("\n\n")
        else { return add("\(head) \(Self.scalar(text, .doubleQuoted))", mark) }
        add(head + (text.hasSuffix("\n") ? " |" : " |-"), mark)
        let indent = String(repeating: "  ", count: depth + 1)
        for row in text.hasSuffix("\n") ? rows.dropLast() : rows[...] {
            lines.append(MergedMapping.Line(text: row.isEmpty ? "" : indent + row, origin: nil))
        }
    }

    private mutating func add(_ text: String, _ mark: SourceMark) {
        lines.append(MergedMapping.Line(text: text, origin: "\(faults.source(of: mark).file):\(mark.line)"))
    }

    /// Whether a rule takes more than one line: parts of an object come from several files, and expressions have lines of their own.
    private static func isTall(_ node: MarkedNode) -> Bool {
        switch node.content {
        case .scalar(let text, _): text.contains("\n")
        case .sequence(let items): items.contains(where: isTall)
        case .mapping(let members):
            members.contains { isTall($0.value) || ($0.key == "fields" && $0.value.members != nil) }
        }
    }

    private static func flow(_ node: MarkedNode) -> String {
        switch node.content {
        case .scalar(let text, let style): node.isNothing ? "" : scalar(text, style)
        case .sequence(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .mapping(let members):
            "{" + members.map { "\(scalar($0.key, .plain)): \(flow($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    /// The text as it may stand anywhere: plain where it was so and no mark could be misread, else in quotes.
    private static func scalar(_ text: String, _ style: ScalarStyle) -> String {
        let scalars = text.unicodeScalars
        let begins = scalars.first.map {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "$" || $0 == "_"
        }
        let isPlain =
            style == .plain && begins == true && scalars.last != " " && scalars.last != ":"
            && scalars.allSatisfy { $0 >= " " && !",[]{}#".unicodeScalars.contains($0) } && !text.contains(": ")
        if isPlain { return text }
        if !scalars.contains(where: { $0 < " " || $0 == "\u{85}" || $0 == "\u{2028}" || $0 == "\u{2029}" }) {
            return text.contains("\"") || text.contains("\\")
                ? "'\(text.replacing("'", with: "''"))'" : "\"\(text)\""
        }
        return JSONWriter.text(.string(text))
    }
}
