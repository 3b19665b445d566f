// Hot path: every JSON record passes here. Guarded by `script/bench`.

/// A fault before its line is known; only the outermost caller counts lines.
struct JSONFault: Error {
    let kind: JSONError.Kind
    let offset: Int

    init(_ kind: JSONError.Kind, at offset: Int) { (self.kind, self.offset) = (kind, offset) }
}

/// One pass over one JSON value. The bytes are handed to each step, because a span cannot be stored.
struct JSONParser: Sendable {
    /// The next byte to look at.
    private(set) var index = 0
    private let limits: JSONLimits
    private var depth = 0
    /// Holds a text with escapes while it is put together.
    private var scratch: [UInt8] = []
    /// The names of the last object at each depth: records of a list mostly have the same names in the same order.
    private var shapes: [[String]] = []

    init(limits: JSONLimits) { self.limits = limits }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// The value that begins at `start`, which is no blank.
    mutating func value(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> Value {
        (index, depth) = (start, 0)
        return try value(bytes)
    }

    private mutating func value(_ bytes: Span<UInt8>) throws(JSONFault) -> Value {
        guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
        switch bytes[index] {
        case 0x22: return .string(try string(bytes))
        case 0x7B: return try object(bytes)
        case 0x5B: return try array(bytes)
        case 0x2D, 0x30...0x39: return try number(bytes)
        case 0x74: return try word("true", .bool(true), bytes)
        case 0x66: return try word("false", .bool(false), bytes)
        case 0x6E: return try word("null", .null, bytes)
        case 0x2B, 0x2E: throw JSONFault(.badNumber, at: index)
        default: throw JSONFault(.unexpected(expected: "a value"), at: index)
        }
    }

    private mutating func word(_ text: String, _ value: Value, _ bytes: Span<UInt8>) throws(JSONFault) -> Value {
        let start = index
        for expected in text.utf8 {
            guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
            guard bytes[index] == expected else { throw JSONFault(.unexpected(expected: "a value"), at: start) }
            index &+= 1
        }
        return value
    }

    // MARK: lists and objects

    private mutating func open() throws(JSONFault) {
        depth += 1
        if depth > limits.depth { throw JSONFault(.tooDeep(limit: limits.depth), at: index) }
        index &+= 1
    }

    private mutating func skipBlanks(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt8 {
        while index < bytes.count {
            let byte = bytes[index]
            if !Self.isBlank(byte) { return byte }
            index &+= 1
        }
        throw JSONFault(.endsEarly, at: index)
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONFault) -> Value {
        try open()
        var items: [Value] = []
        if try skipBlanks(bytes) == 0x5D {
            index &+= 1
            depth -= 1
            return .array(items)
        }
        while true {
            _ = try skipBlanks(bytes)
            items.append(try value(bytes))
            let byte = try skipBlanks(bytes)
            guard byte == 0x2C || byte == 0x5D else { throw JSONFault(.unexpected(expected: "',' or ']'"), at: index) }
            index &+= 1
            if byte == 0x5D { break }
        }
        depth -= 1
        return .array(items)
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONFault) -> Value {
        try open()
        if try skipBlanks(bytes) == 0x7D {
            index &+= 1
            depth -= 1
            return .object(ValueObject())
        }
        while shapes.count < depth { shapes.append([]) }
        var members = JSONMembers(expecting: shapes[depth - 1])
        while true {
            guard try skipBlanks(bytes) == 0x22 else {
                throw JSONFault(.unexpected(expected: "a name in double quotes"), at: index)
            }
            try name(bytes, into: &members)
            guard try skipBlanks(bytes) == 0x3A else { throw JSONFault(.unexpected(expected: "':'"), at: index) }
            index &+= 1
            _ = try skipBlanks(bytes)
            members.values.append(try value(bytes))
            let byte = try skipBlanks(bytes)
            guard byte == 0x2C || byte == 0x7D else { throw JSONFault(.unexpected(expected: "',' or '}'"), at: index) }
            index &+= 1
            if byte == 0x7D { break }
        }
        let keys = members.finish()
        shapes[depth - 1] = keys
        depth -= 1
        return .object(ValueObject(uniqueKeys: keys, values: members.values))
    }

    private mutating func name(_ bytes: Span<UInt8>, into members: inout JSONMembers) throws(JSONFault) {
        if let length = members.takeExpected(bytes, at: index) {
            index &+= length
            return
        }
        let start = index
        let key = try string(bytes)
        guard members.add(key) else { throw JSONFault(.duplicateKey(key), at: start) }
    }

    // MARK: numbers

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = index
        while index < bytes.count, bytes[index] &- 0x30 < 10 { index &+= 1 }
        if index > start { return }
        throw JSONFault(index < bytes.count ? .badNumber : .endsEarly, at: index)
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) -> Value {
        let start = index
        if bytes[index] == 0x2D { index &+= 1 }
        let first = index
        try digits(bytes)
        if bytes[first] == 0x30, index > first + 1 { throw JSONFault(.badNumber, at: start) }
        let isNegativeZero = first > start && bytes[first] == 0x30 && index == first + 1
        var isCanonical = true
        if index < bytes.count, bytes[index] == 0x2E {
            index &+= 1
            try digits(bytes)
            isCanonical = bytes[index &- 1] != 0x30
        } else if isNegativeZero {
            isCanonical = false
        }
        if index < bytes.count, bytes[index] | 0x20 == 0x65 {
            isCanonical = false
            index &+= 1
            if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D { index &+= 1 }
            try digits(bytes)
        }
        let lexeme = bytes.extracting(start..<index)
        if isCanonical, let exact = ExactDecimal(lexeme, decimalMark: 0x2E) { return .number(exact) }
        return .numeral(try text(lexeme, from: start))
    }

    // MARK: texts

    private func text(_ raw: Span<UInt8>, from start: Int) throws(JSONFault) -> String {
        do {
            return String(copying: try UTF8Span(validating: raw))
        } catch {
            throw JSONFault(.badUTF8, at: start + error.byteOffsets.lowerBound)
        }
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> String {
        index &+= 1
        let start = index
        index = JSONScan.endOfPlainText(bytes, from: index)
        guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
        switch bytes[index] {
        case 0x22:
            index &+= 1
            return try text(bytes.extracting(start..<(index &- 1)), from: start)
        case 0x5C: return try escapedString(bytes, from: start)
        default: throw JSONFault(.controlCharacter, at: index)
        }
    }

    private mutating func escapedString(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> String {
        scratch.removeAll(keepingCapacity: true)
        var copied = start
        while true {
            for position in copied..<index { scratch.append(bytes[position]) }
            guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
            if bytes[index] == 0x22 { break }
            guard bytes[index] == 0x5C else { throw JSONFault(.controlCharacter, at: index) }
            try escape(bytes)
            copied = index
            index = JSONScan.endOfPlainText(bytes, from: index)
        }
        index &+= 1
        do {
            return String(copying: try UTF8Span(validating: scratch.span))
        } catch {
            // Escapes are ASCII, so the fault is in the raw bytes too, and only there its place is right.
            let raw = bytes.extracting(start..<(index &- 1))
            throw JSONFault(.badUTF8, at: start + (UTF8Check.firstInvalid(in: raw) ?? 0))
        }
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = index
        index &+= 1
        guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
        let letter = bytes[index]
        index &+= 1
        switch letter {
        case 0x22, 0x5C, 0x2F: scratch.append(letter)
        case 0x62: scratch.append(0x08)
        case 0x66: scratch.append(0x0C)
        case 0x6E: scratch.append(0x0A)
        case 0x72: scratch.append(0x0D)
        case 0x74: scratch.append(0x09)
        case 0x75: scratch.append(contentsOf: UTF8.encode(try scalar(bytes, from: start)) ?? .init())
        default: throw JSONFault(.badEscape, at: start)
        }
    }

    private mutating func scalar(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> Unicode.Scalar {
        let high = try hexQuad(bytes, from: start)
        if let plain = Unicode.Scalar(high) { return plain }
        guard high < 0xDC00 else { throw JSONFault(.loneSurrogate, at: start) }
        guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
        guard bytes[index] == 0x5C else { throw JSONFault(.loneSurrogate, at: start) }
        guard index + 1 < bytes.count else { throw JSONFault(.endsEarly, at: bytes.count) }
        guard bytes[index + 1] == 0x75 else { throw JSONFault(.loneSurrogate, at: start) }
        index &+= 2
        let low = try hexQuad(bytes, from: start)
        guard low >= 0xDC00, low < 0xE000, let pair = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw JSONFault(.loneSurrogate, at: start) }
        return pair
    }

    private mutating func hexQuad(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count else { throw JSONFault(.endsEarly, at: index) }
            guard let digit = Hex.digit(bytes[index]) else { throw JSONFault(.badEscape, at: start) }
            value = value << 4 | UInt32(digit)
            index &+= 1
        }
        return value
    }
}
