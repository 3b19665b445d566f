public import MillraceValues

/// A path or file name with fields of a document in braces: `/orders/{order}/output`, `{key}.json`.
public struct PathTemplate: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case literal(String)
        case field(String)
    }

    /// As it is written.
    public let text: String
    let pieces: [Piece]

    /// What a template can name.
    static let known = [
        "key", "revision", "site", "order", "operation", "equipment", "material", "shift", "production-day",
        "replaces.key",
        "replaces.receipt",
    ]

    /// Reads the template; nil where a brace is not closed or nothing stands in it.
    public init?(_ text: String) {
        self.text = text
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.literal(String(rest[..<open]))) }
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: "}"), close > rest.startIndex else { return nil }
            pieces.append(.field(String(rest[..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.literal(String(rest))) }
        self.pieces = pieces
    }

    /// The names in braces.
    public var fields: [String] {
        pieces.compactMap { if case .field(let name) = $0 { name } else { nil } }
    }

    /// The text for these fields, each value percent-encoded, so that a key stays one part of the path (RULES R14).
    ///
    /// - Shape: nil where a field has no value; it is named by `missing(in:)`.
    public func filled(_ fields: ValueObject) -> String? {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .field(let name):
                guard let value = DocumentInputs.value(name, in: fields)?.plainText else { return nil }
                text += PercentCoding.encode(value)
            }
        }
        return text
    }

    /// The first field in braces that has no value there; nil where all have one.
    public func missing(in fields: ValueObject) -> String? {
        self.fields.first { DocumentInputs.value($0, in: fields)?.plainText == nil }
    }
}
