/// Where a secret or setting outside the file is found.
public enum SecretReference: Hashable, Sendable {
    /// A variable of the environment: `${env:NAME}`.
    case environment(String)
    /// The first line of a file: `${file:path}`, the path resolved beside the site's file.
    case file(String)
}

/// A text with references in it: `${env:NAME}`, `${file:path}`.
public struct ReferencedText: Hashable, Sendable {
    /// A stretch of the text.
    public enum Piece: Hashable, Sendable {
        /// As it stands.
        case literal(String)
        /// What the reference gives.
        case reference(SecretReference)
    }

    /// The stretches, in order.
    public let pieces: [Piece]

    /// A text of these stretches.
    public init(pieces: [Piece]) { self.pieces = pieces }

    /// A text without references.
    public init(_ text: String) { pieces = [.literal(text)] }

    /// Whether it has no reference, so that all of it stands in the file.
    public var isLiteral: Bool {
        pieces.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    /// The references in it.
    public var references: [SecretReference] {
        pieces.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }

    /// The text with every reference put in.
    public func resolved<Failure: Error>(
        _ value: (SecretReference) throws(Failure) -> String
    ) throws(Failure) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .reference(let reference): text += try value(reference)
            }
        }
        return text
    }

    /// Reads the references in a text; nil where one is malformed.
    ///
    /// - Shape: `file` is the site's file, beside which paths are resolved.
    public init?(parsing text: String, beside file: String) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex { pieces.append(.literal(String(rest[..<start.lowerBound]))) }
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { return nil }
            let parts = rest[..<end].split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else { return nil }
            switch parts[0] {
            case "env": pieces.append(.reference(.environment(parts[1])))
            case "file": pieces.append(.reference(.file(SitePath.resolve(parts[1], beside: file))))
            default: return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.literal(String(rest))) }
        self.pieces = pieces
    }
}
