/// Why a document is refused, with the place.
public struct XMLFault: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The document is not well-formed, or its bytes are not in its encoding.
        case malformed
        /// It has a document type declaration, through which entities and files come in.
        case documentType
        /// It is in an encoding that Millrace does not read.
        case encoding
        /// It is larger, deeper or richer than its limits.
        case limit
        /// The reader of its elements cannot use what it says.
        case content
    }

    /// What is wrong.
    public let kind: Kind
    /// Line, from 1; 0 where there is none.
    public let line: Int
    /// Column in characters, from 1; 0 where there is none.
    public let column: Int
    /// What is wrong, without the place.
    public let message: String

    /// Describes a fault.
    public init(kind: Kind, line: Int, column: Int, message: String) {
        self.kind = kind
        self.line = line
        self.column = column
        self.message = message
    }
}

extension XMLFault: CustomStringConvertible {
    /// One sentence with the place first.
    public var description: String { "line \(line), column \(column): \(message)" }
}
