/// How much a JSON text may ask of the reader.
public struct JSONLimits: Sendable, Equatable {
    /// How many lists and objects may stand inside each other.
    public var depth: Int

    /// Limits of one's own; more than some thousand levels would need a larger stack than threads have.
    public init(depth: Int = 512) { self.depth = depth }

    /// What every file and every answer is held to: 512 levels.
    public static let standard = JSONLimits()
}

/// Why a text is not one JSON value, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Kind: Equatable, Sendable {
        /// The input ended inside the value or before it; more bytes could make it whole.
        case endsEarly
        /// Something stands where only `expected` (in words) may stand.
        case unexpected(expected: String)
        /// A number against JSON's notation, such as `01`, `1.` or `+1`.
        case badNumber
        /// A backslash with something that JSON does not know behind it.
        case badEscape
        /// A `\u` escape that is half of a pair of surrogates.
        case loneSurrogate
        /// A control character that is not escaped.
        case controlCharacter
        /// Bytes that are not UTF-8.
        case badUTF8
        /// A member's name for the second time in its object.
        case duplicateKey(String)
        /// More levels than the limit.
        case tooDeep(limit: Int)
        /// Something but blanks behind the value.
        case trailing
    }

    /// What is wrong.
    public let kind: Kind
    /// The place as bytes from the start of the input.
    public let offset: Int
    /// The place's line, from 1.
    public let line: Int
    /// The place's character in its line, from 1.
    public let column: Int

    /// The fault at that byte of the input.
    init(_ kind: Kind, at offset: Int, in bytes: Span<UInt8>) {
        var (line, column) = (1, 1)
        for index in 0..<min(offset, bytes.count) {
            if bytes[index] == 0x0A {
                line += 1
                column = 1
            } else if bytes[index] & 0xC0 != 0x80 {
                column += 1
            }
        }
        (self.kind, self.offset, self.line, self.column) = (kind, offset, line, column)
    }
}

extension JSONError: CustomStringConvertible {
    /// The place and what is wrong there.
    public var description: String { "line \(line), column \(column): \(kind)" }
}

extension JSONError.Kind: CustomStringConvertible {
    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .endsEarly: "the JSON text ends inside a value; it was cut off"
        case .unexpected(let expected): "expected \(expected)"
        case .badNumber: "this is no JSON number; write it like 0, -12 or 3.5e2"
        case .badEscape: "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits"
        case .loneSurrogate: "half a surrogate pair; both \\u escapes of the pair are needed"
        case .controlCharacter: "a control character in a text must be escaped"
        case .badUTF8: "these bytes are not UTF-8"
        case .duplicateKey(let key): "the name \(Self.quoted(key)) stands twice in one object"
        case .tooDeep(let limit): "more than \(limit) lists and objects inside each other"
        case .trailing: "more text follows the end of the value"
        }
    }

    /// A name from outside, short and escaped so that it cannot forge a line of a log.
    private static func quoted(_ key: String) -> String {
        JSONWriter.text(.string(key.count > 60 ? key.prefix(60) + "…" : key))
    }
}
