/// Cuts an expression into its words.
struct Lexer {
    let bytes: [UInt8]
    private(set) var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0B) || byte == 0x0D
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "@"), UInt8(ascii: "#"),
            UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "|"), UInt8(ascii: "="),
            UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"), UInt8(ascii: "!"), UInt8(ascii: "~"),
            UInt8(ascii: "&"):
            true
        default: isBlank(byte)
        }
    }

    private func peek(_ offset: Int = 0) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }

    /// The next word; `afterOperand` says that a `/` here divides and begins no regular expression.
    mutating func next(afterOperand: Bool) throws(JSONataError) -> Token {
        try skip()
        guard index < bytes.count else { return Token(kind: .end, text: "", span: index..<index) }
        let start = index
        let byte = bytes[index]
        if byte == 0x2F, !afterOperand { return try regex() }
        if let symbol = symbol() {
            index += symbol.utf8.count
            if symbol == "!" || symbol == "~" { throw JSONataError("S0204", at: start..<index, token: symbol) }
            return Token(kind: .symbol, text: symbol, span: start..<index)
        }
        switch byte {
        case 0x22, 0x27: return try string(quote: byte)
        case 0x60: return try quotedName()
        case 0x30...0x39: return try number()
        default: return try name()
        }
    }

    private mutating func skip() throws(JSONataError) {
        while index < bytes.count {
            if Self.isBlank(bytes[index]) {
                index += 1
            } else if bytes[index] == 0x2F, peek(1) == 0x2A {
                let start = index
                index += 2
                while index < bytes.count, !(bytes[index] == 0x2A && peek(1) == 0x2F) { index += 1 }
                guard index < bytes.count else { throw JSONataError("S0106", at: start..<bytes.count) }
                index += 2
            } else {
                return
            }
        }
    }

    private func symbol() -> String? {
        let byte = bytes[index]
        let pair = [byte, peek(1)]
        switch pair {
        case Array("..".utf8): return ".."
        case Array(":=".utf8): return ":="
        case Array("!=".utf8): return "!="
        case Array(">=".utf8): return ">="
        case Array("<=".utf8): return "<="
        case Array("**".utf8): return "**"
        case Array("~>".utf8): return "~>"
        case Array("?:".utf8): return "?:"
        case Array("??".utf8): return "??"
        default: break
        }
        guard Self.endsName(byte), !Self.isBlank(byte) else { return nil }
        return String(decoding: [byte], as: UTF8.self)
    }

    // MARK: texts

    private mutating func string(quote: UInt8) throws(JSONataError) -> Token {
        let start = index
        index += 1
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == quote {
                index += 1
                return Token(kind: .string, text: String(decoding: text, as: UTF8.self), span: start..<index)
            }
            if byte == 0x5C {
                try escape(into: &text)
            } else {
                text.append(byte)
                index += 1
            }
        }
        throw JSONataError("S0101", at: start..<bytes.count)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONataError) {
        let start = index
        index += 1
        let letter = peek()
        index += 1
        switch letter {
        case 0x22, 0x27, 0x5C, 0x2F, 0x60: text.append(letter)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75:
            let high = try quad(from: start)
            var scalar = Unicode.Scalar(high)
            if scalar == nil, high < 0xDC00, peek() == 0x5C, peek(1) == 0x75 {
                index += 2
                let low = try quad(from: start)
                if low >= 0xDC00, low < 0xE000 {
                    scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
                }
            }
            // Half a pair of surrogates is no character: a text here cannot hold it.
            text += Array(String(Character(scalar ?? "\u{FFFD}")).utf8)
        default:
            let shown = letter < 0x80 ? String(decoding: [letter], as: UTF8.self) : "…"
            throw JSONataError("S0103", at: start..<min(index, bytes.count), token: shown)
        }
    }

    private mutating func quad(from start: Int) throws(JSONataError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Self.hex(peek()) else {
                throw JSONataError("S0104", at: start..<min(index + 1, bytes.count))
            }
            value = value << 4 | digit
            index += 1
        }
        return value
    }

    private static func hex(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x37)
        case 0x61...0x66: UInt32(byte - 0x57)
        default: nil
        }
    }

    private mutating func quotedName() throws(JSONataError) -> Token {
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != 0x60 { index += 1 }
        guard index < bytes.count else { throw JSONataError("S0105", at: start..<bytes.count) }
        index += 1
        let text = String(decoding: bytes[(start + 1)..<(index - 1)], as: UTF8.self)
        return Token(kind: .name, text: text, span: start..<index)
    }

    // MARK: numbers, names and patterns

    private mutating func number() throws(JSONataError) -> Token {
        let start = index
        if bytes[index] == 0x30 { index += 1 } else { digits() }
        if peek() == 0x2E, peek(1) &- 0x30 < 10 {
            index += 1
            digits()
        }
        if peek() | 0x20 == 0x65 {
            let signed = peek(1) == 0x2B || peek(1) == 0x2D ? 2 : 1
            if peek(signed) &- 0x30 < 10 {
                index += signed
                digits()
            }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw JSONataError("S0102", at: start..<index, token: text)
        }
        return Token(kind: .number(number), text: text, span: start..<index)
    }

    private mutating func digits() {
        while peek() &- 0x30 < 10 { index += 1 }
    }

    private mutating func name() throws(JSONataError) -> Token {
        let start = index
        while index < bytes.count, !Self.endsName(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if bytes[start] == 0x24 { return Token(kind: .variable, text: String(text.dropFirst()), span: start..<index) }
        let kind: Token.Kind =
            switch text {
            case "and", "or", "in": .symbol
            case "true": .bool(true)
            case "false": .bool(false)
            case "null": .null
            default: .name
            }
        return Token(kind: kind, text: text, span: start..<index)
    }

    private mutating func regex() throws(JSONataError) -> Token {
        let start = index
        index += 1
        var depth = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x5C {
                index += 2
                continue
            }
            if byte == 0x2F, depth == 0 {
                guard index > start + 1 else { throw JSONataError("S0301", at: start..<(index + 1)) }
                let pattern = String(decoding: bytes[(start + 1)..<index], as: UTF8.self)
                index += 1
                let flags = index
                while peek() == 0x69 || peek() == 0x6D { index += 1 }
                let text = String(decoding: bytes[flags..<index], as: UTF8.self)
                return Token(kind: .regex(flags: text), text: pattern, span: start..<index)
            }
            switch byte {
            case 0x28, 0x5B, 0x7B: depth += 1
            case 0x29, 0x5D, 0x7D: depth -= 1
            default: break
            }
            index += 1
        }
        throw JSONataError("S0302", at: start..<bytes.count)
    }
}
