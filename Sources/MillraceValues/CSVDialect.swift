/// What parts and encloses the fields of a CSV file.
public struct CSVDialect: Hashable, Sendable {
    /// The byte between two fields.
    public let delimiter: UInt8
    /// The byte around a field that holds delimiters or line breaks; nil where no field is enclosed.
    public let quote: UInt8?

    /// - Shape: two different ASCII bytes, neither a line break nor NUL; settings are checked with the other initialiser.
    public init(delimiter: UInt8, quote: UInt8? = 0x22) { (self.delimiter, self.quote) = (delimiter, quote) }

    /// The dialect as settings write it; nil where one of them is not one ASCII character fit for it.
    ///
    /// - Shape: `quote` nil means that no field is enclosed.
    public init?(delimiter: String, quote: String?) {
        guard let parting = Self.mark(delimiter) else { return nil }
        var enclosing: UInt8?
        if let quote {
            guard let mark = Self.mark(quote), mark != parting else { return nil }
            enclosing = mark
        }
        self.init(delimiter: parting, quote: enclosing)
    }

    private static func mark(_ text: String) -> UInt8? {
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80 else { return nil }
        return byte == 0 || byte == 0x0A || byte == 0x0D ? nil : byte
    }

    /// `,` and `"`.
    public static let comma = CSVDialect(delimiter: 0x2C)
    /// `;` and `"`.
    public static let semicolon = CSVDialect(delimiter: 0x3B)
    /// A tab and `"`.
    public static let tab = CSVDialect(delimiter: 0x09)
}

/// How much a CSV file may ask of its reader.
public struct CSVLimits: Hashable, Sendable {
    /// A field must be shorter than this, in bytes as written.
    public var fieldBytes: Int
    /// A row must be shorter than this, in bytes as written.
    public var rowBytes: Int
    /// Line breaks that a field in quotes may hold; a missing closing quote is noticed after that many.
    public var fieldLines: Int

    /// Limits of one's own.
    public init(fieldBytes: Int = 1 << 20, rowBytes: Int = 4 << 20, fieldLines: Int = 1000) {
        (self.fieldBytes, self.rowBytes, self.fieldLines) = (fieldBytes, rowBytes, fieldLines)
    }

    /// What every file is held to: 1 MiB a field, 4 MiB a row, 1,000 lines a field.
    public static let standard = CSVLimits()
}

/// Why a row cannot be read, and where.
public struct CSVFault: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Kind: Equatable, Sendable {
        /// A byte of value zero: no text, or text of another encoding.
        case nulByte
        /// A quote inside a field that does not begin with one.
        case quoteInField
        /// Something between a closing quote and the next delimiter.
        case textAfterQuote
        /// The file ends inside quotes.
        case unclosedQuote
        /// More line breaks inside quotes than the limit.
        case tooManyLines(limit: Int)
        /// A field that is not shorter than the limit.
        case fieldTooLong(limit: Int)
        /// A row that is not shorter than the limit.
        case rowTooLong(limit: Int)
    }

    /// What is wrong.
    public let kind: Kind
    /// The line of the fault, from 1; for a quote that is not closed, the line where it opens.
    public let line: Int
    /// The byte of the fault in its line, from 1.
    public let column: Int
    /// The field of the fault in its row, from 1.
    public let field: Int
}

extension CSVFault: CustomStringConvertible {
    /// The place and what is wrong there.
    public var description: String { "line \(line), column \(column), field \(field): \(kind)" }
}

extension CSVFault.Kind: CustomStringConvertible {
    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .nulByte: "a NUL byte; check the file's encoding"
        case .quoteInField:
            "a quote inside a field that does not begin with one; enclose the field and double the quote"
        case .textAfterQuote:
            "text between a closing quote and the next delimiter; double a quote that belongs to the field"
        case .unclosedQuote: "the quote that opens here is never closed"
        case .tooManyLines(let limit): "the quote that opens here is not closed within \(limit) lines"
        case .fieldTooLong(let limit): "the field reaches the limit of \(limit) bytes; is a closing quote missing?"
        case .rowTooLong(let limit): "the row reaches the limit of \(limit) bytes"
        }
    }
}
