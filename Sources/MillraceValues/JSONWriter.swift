// Hot path: every document and every kept reading passes here. Guarded by `script/bench`.

/// Writes JSON texts: members in their order, numbers as they are, nothing lost.
///
/// - Shape: control characters and the line separators U+2028 and U+2029 are escaped (a log line or a script stays one line);
///   `/` and all other characters stand as they are.
public enum JSONWriter {
    /// Adds the value to `bytes` without blanks.
    public static func write(_ value: Value, into bytes: inout [UInt8]) {
        switch value {
        case .null: append("null", to: &bytes)
        case .bool(let flag): append(flag ? "true" : "false", to: &bytes)
        case .number(let number): append(number, to: &bytes)
        case .numeral(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): quote(text, into: &bytes)
        case .array(let items):
            bytes.append(0x5B)
            for index in items.indices {
                if index > 0 { bytes.append(0x2C) }
                write(items[index], into: &bytes)
            }
            bytes.append(0x5D)
        case .object(let object):
            bytes.append(0x7B)
            for index in object.keys.indices {
                if index > 0 { bytes.append(0x2C) }
                quote(object.keys[index], into: &bytes)
                bytes.append(0x3A)
                write(object.values[index], into: &bytes)
            }
            bytes.append(0x7D)
        }
    }

    /// The value without blanks, as UTF-8.
    public static func bytes(_ value: Value) -> [UInt8] {
        var bytes: [UInt8] = []
        // Most are bodies and states of some hundred bytes.
        bytes.reserveCapacity(240)
        write(value, into: &bytes)
        return bytes
    }

    /// The value without blanks.
    public static func text(_ value: Value) -> String { String(decoding: bytes(value), as: UTF8.self) }

    /// The value for people: one member or item per line, two blanks per level, no line break at the end.
    public static func pretty(_ value: Value) -> String {
        var bytes: [UInt8] = []
        pretty(value, level: 0, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func pretty(_ value: Value, level: Int, into bytes: inout [UInt8]) {
        switch value {
        case .array(let items) where !items.isEmpty:
            bytes.append(0x5B)
            for index in items.indices {
                newLine(level + 1, isFirst: index == 0, into: &bytes)
                pretty(items[index], level: level + 1, into: &bytes)
            }
            newLine(level, isFirst: true, into: &bytes)
            bytes.append(0x5D)
        case .object(let object) where !object.isEmpty:
            bytes.append(0x7B)
            for index in object.keys.indices {
                newLine(level + 1, isFirst: index == 0, into: &bytes)
                quote(object.keys[index], into: &bytes)
                append(": ", to: &bytes)
                pretty(object.values[index], level: level + 1, into: &bytes)
            }
            newLine(level, isFirst: true, into: &bytes)
            bytes.append(0x7D)
        default: write(value, into: &bytes)
        }
    }

    private static func newLine(_ level: Int, isFirst: Bool, into bytes: inout [UInt8]) {
        if !isFirst { bytes.append(0x2C) }
        bytes.append(0x0A)
        for _ in 0..<level { append("  ", to: &bytes) }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: text.utf8)
    }

    private static func append(_ number: ExactDecimal, to bytes: inout [UInt8]) {
        guard let integer = number.integer, integer >= 0 else {
            bytes.append(contentsOf: number.description.utf8)
            return
        }
        if integer < 10 { return bytes.append(0x30 + UInt8(truncatingIfNeeded: integer)) }
        var (count, power) = (1, UInt64(integer))
        while power >= 10 {
            power /= 10
            count += 1
        }
        var index = bytes.count + count
        bytes.append(contentsOf: repeatElement(0x30, count: count))
        var rest = UInt64(integer)
        while rest > 0 {
            index &-= 1
            bytes[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func quote(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(0x22)
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        if let first = firstToEscape(bytes.span, from: start) { escape(from: first, in: &bytes) }
        bytes.append(0x22)
    }

    /// The first byte that cannot stand as it is; E2 may begin a line separator and is looked at closer.
    private static func firstToEscape(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || byte == 0xE2 { return index }
            index &+= 1
        }
        return nil
    }

    private static func escape(from first: Int, in bytes: inout [UInt8]) {
        let raw = Array(bytes[first...])
        bytes.removeSubrange(first...)
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x08: append("\\b", to: &bytes)
            case 0x09: append("\\t", to: &bytes)
            case 0x0A: append("\\n", to: &bytes)
            case 0x0C: append("\\f", to: &bytes)
            case 0x0D: append("\\r", to: &bytes)
            case 0x00..<0x20, 0x7F:
                append("\\u00", to: &bytes)
                bytes += [Hex.letter(byte >> 4), Hex.letter(byte & 15)]
            case 0xE2 where index + 2 < raw.count && raw[index + 1] == 0x80 && raw[index + 2] | 1 == 0xA9:
                append(raw[index + 2] == 0xA8 ? "\\u2028" : "\\u2029", to: &bytes)
                index += 2
            default: bytes.append(byte)
            }
            index += 1
        }
    }
}
