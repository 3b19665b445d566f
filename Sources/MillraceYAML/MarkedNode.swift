/// A node of a YAML file with its place. Scalars are texts always: `NO`, `0012` and `12:30` stay what was written.
public struct MarkedNode: Sendable {
    /// What the node is.
    public enum Content: Sendable {
        /// A text.
        case scalar(String, ScalarStyle)
        /// Members in the order they are written, each key once.
        case mapping([MarkedMember])
        /// A list.
        case sequence([MarkedNode])
    }

    /// What it is.
    public let content: Content
    /// Where it begins.
    public let mark: SourceMark

    /// That content at that place.
    public init(_ content: Content, mark: SourceMark) {
        self.content = content
        self.mark = mark
    }

    /// The text of a scalar; nil for other nodes.
    public var text: String? {
        if case .scalar(let text, _) = content { return text }
        return nil
    }

    /// Whether nothing is written: an empty plain scalar.
    public var isNothing: Bool {
        if case .scalar("", .plain) = content { return true }
        return false
    }

    /// The members of a mapping; nil for other nodes.
    public var members: [MarkedMember]? {
        if case .mapping(let members) = content { return members }
        return nil
    }

    /// The items of a list; nil for other nodes.
    public var items: [MarkedNode]? {
        if case .sequence(let items) = content { return items }
        return nil
    }

    /// The member of that name; nil where there is none or this is no mapping.
    public subscript(_ key: String) -> MarkedNode? { members?.first { $0.key == key }?.value }

    /// The node as it stands in the text of that number of a `DiagnosticList`.
    public func standing(in text: Int) -> MarkedNode {
        func moved(_ mark: SourceMark) -> SourceMark {
            SourceMark(line: mark.line, column: mark.column, text: text)
        }
        let content: Content =
            switch self.content {
            case .scalar: self.content
            case .sequence(let items): .sequence(items.map { $0.standing(in: text) })
            case .mapping(let members):
                .mapping(
                    members.map {
                        MarkedMember(key: $0.key, keyMark: moved($0.keyMark), value: $0.value.standing(in: text))
                    })
            }
        return MarkedNode(content, mark: moved(mark))
    }

    /// What it is, in words for a sentence.
    public var shapeInWords: String {
        switch content {
        case .scalar: isNothing ? "nothing" : "a word"
        case .mapping: "a mapping"
        case .sequence: "a list"
        }
    }

    /// The place of the scalar's `offset`-th Unicode scalar in the file.
    ///
    /// - Shape: exact for plain and quoted texts of one line and for `|` blocks; elsewhere the start of the node.
    public func mark(at offset: Int, in source: SourceText) -> SourceMark {
        guard case .scalar(let text, let style) = content else { return mark }
        let line = source.scalars(line: mark.line)
        switch style {
        case .plain:
            return text.unicodeScalars.count + mark.column - 1 <= line.count
                ? SourceMark(line: mark.line, column: mark.column + offset, text: mark.text) : mark
        case .singleQuoted, .doubleQuoted:
            var (column, left) = (mark.column + 1, offset)
            while left > 0, column <= line.count {
                let scalar = line[column - 1]
                if scalar == "\\", style == .doubleQuoted { return mark }
                column += scalar == "'" && style == .singleQuoted ? 2 : 1
                left -= 1
            }
            return column <= line.count + 1 && left == 0
                ? SourceMark(line: mark.line, column: column, text: mark.text) : mark
        case .literal:
            return literalMark(of: text, at: offset, in: source)
        case .folded:
            return mark
        }
    }

    private func literalMark(of text: String, at offset: Int, in source: SourceText) -> SourceMark {
        let before = Array(text.unicodeScalars.prefix(offset))
        let row = before.count { $0 == "\n" }
        let inRow = before.count - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0)
        var first = mark.line + 1
        while first < source.lines.count, source.scalars(line: first).allSatisfy({ $0 == " " }) { first += 1 }
        let indent = source.scalars(line: first).prefix { $0 == " " }.count
        return SourceMark(line: first + row, column: indent + inRow + 1, text: mark.text)
    }
}

/// How a text is written.
public enum ScalarStyle: Sendable {
    /// Without marks.
    case plain
    /// In `'…'`.
    case singleQuoted
    /// In `"…"`.
    case doubleQuoted
    /// Below `|`.
    case literal
    /// Below `>`.
    case folded
}

/// A member of a mapping.
public struct MarkedMember: Sendable {
    /// The key.
    public let key: String
    /// Where the key stands.
    public let keyMark: SourceMark
    /// What it says.
    public let value: MarkedNode

    /// That key with that value.
    public init(key: String, keyMark: SourceMark, value: MarkedNode) {
        self.key = key
        self.keyMark = keyMark
        self.value = value
    }
}
