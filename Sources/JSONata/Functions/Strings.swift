/// What the functions on texts do.
enum Strings {
    /// `$string`: texts as they are, everything else as JSON with numbers of at most fifteen digits.
    static func string(_ item: Item, pretty: Item = .undefined) throws(JSONataError) -> Item {
        if item.isUndefined { return .undefined }
        return .string(try text(item, pretty: pretty.truth))
    }

    static func string(_ item: Item, at span: Range<Int>) throws(JSONataError) -> String {
        if case .string(let text) = item { return text }
        do { return try text(item, pretty: false) } catch { throw error.located(at: span, token: "string") }
    }

    private static func text(_ item: Item, pretty: Bool) throws(JSONataError) -> String {
        switch item {
        case .string(let text): return text
        case .function: return ""
        case .number(let number) where !number.isFinite: throw JSONataError("D3001", value: item)
        case .number(let number):
            return NumberText.text(NumberText.fifteenDigits(number))
        case .array(let array) where array.flags.contains(.wrapper):
            return try text(array.items[0], pretty: pretty)
        default:
            var writer = ItemWriter(pretty: pretty, text: true)
            try writer.write(item)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    /// Where the characters of a text begin, in bytes, with its end.
    private static func starts(_ bytes: [UInt8]) -> [Int] {
        var starts: [Int] = []
        starts.reserveCapacity(bytes.count + 1)
        for index in bytes.indices where bytes[index] & 0xC0 != 0x80 { starts.append(index) }
        starts.append(bytes.count)
        return starts
    }

    /// A number as a whole one, cut towards zero, within the bounds of a text.
    private static func whole(_ number: Double) -> Int {
        if number.isNaN { return 0 }
        return Int(max(-4e9, min(4e9, number.rounded(.towardZero))))
    }

    static func substring(_ text: String, _ start: Item, _ length: Item) -> Item {
        let bytes = Array(text.utf8)
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        let starts = isASCII ? [] : starts(bytes)
        let count = isASCII ? bytes.count : starts.count - 1
        var first = start.amount ?? 0
        if Double(count) + first < 0 { first = 0 }
        var end = count
        if let length = length.amount {
            if length <= 0 { return .string("") }
            let last = first >= 0 ? first + length : Double(count) + first + length
            end = whole(last)
        }
        var from = whole(first)
        if from < 0 { from = max(0, count + from) }
        if end < 0 { end = max(0, count + end) }
        end = min(end, count)
        guard from < end else { return .string("") }
        return .string(isASCII ? Text.slice(bytes, from, end) : Text.slice(bytes, starts[from], starts[end]))
    }

    static func before(_ text: String, _ part: Item) -> Item {
        guard case .string(let part) = part else { return .string(text) }
        if part.utf8.count == 1, let byte = part.utf8.first {
            guard let index = text.utf8.firstIndex(of: byte) else { return .string(text) }
            return .string(String(text[..<index]))
        }
        let bytes = Array(text.utf8)
        guard let index = Text.find(Array(part.utf8), in: bytes) else { return .string(text) }
        return .string(Text.slice(bytes, 0, index))
    }

    static func after(_ text: String, _ part: Item) -> Item {
        guard case .string(let part) = part else { return .string(text) }
        if part.utf8.count == 1, let byte = part.utf8.first {
            guard let index = text.utf8.firstIndex(of: byte) else { return .string(text) }
            return .string(String(text[text.utf8.index(after: index)...]))
        }
        let bytes = Array(text.utf8)
        guard let index = Text.find(Array(part.utf8), in: bytes) else { return .string(text) }
        return .string(Text.slice(bytes, index + part.utf8.count, bytes.count))
    }

    /// In small letters, a sigma at the end of a word as one writes it there.
    static func lowercase(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard scalars.contains("\u{3A3}") else { return text.lowercased() }
        var result = ""
        var rest = scalars[...]
        while let place = rest.firstIndex(of: "\u{3A3}") {
            let end = scalars.index(after: place)
            result += String(String.UnicodeScalarView(rest[..<place])).lowercased()
            result += ends(scalars[..<place].reversed()) || !ends(scalars[end...]) ? "\u{3C3}" : "\u{3C2}"
            rest = scalars[end...]
        }
        return result + String(String.UnicodeScalarView(rest)).lowercased()
    }

    /// Whether a word ends here: no letter with a case comes next, what has no say in it passed over.
    private static func ends(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
        let next = scalars.first { !$0.properties.isCaseIgnorable }
        return next?.properties.isCased != true
    }

    static func trim(_ text: String) -> String {
        var result: [UInt8] = []
        var isBlank = true
        for byte in text.utf8 {
            if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
                if !isBlank { result.append(0x20) }
                isBlank = true
            } else {
                result.append(byte)
                isBlank = false
            }
        }
        if isBlank, !result.isEmpty { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    static func pad(_ text: String, _ width: Item, _ filler: Item, _ caller: Caller) throws(JSONataError) -> Item {
        let width = whole(width.amount ?? 0)
        var unit = Array(" ".unicodeScalars)
        if case .string(let given) = filler, !given.isEmpty { unit = Array(given.unicodeScalars) }
        let missing = abs(width) - Text.length(text)
        guard missing > 0 else { return .string(text) }
        try caller.machine.hold(missing)
        var padding = String.UnicodeScalarView()
        for index in 0..<missing { padding.append(unit[index % unit.count]) }
        return .string(width > 0 ? text + String(padding) : String(padding) + text)
    }

    static func join(_ list: Item, _ separator: String, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .array(let array) = list else { return .undefined }
        var result = ""
        for (index, item) in array.items.enumerated() {
            if index > 0 { result += separator }
            if case .string(let text) = item { result += text }
            try caller.machine.hold(text: result.utf8.count)
        }
        return .string(result)
    }
}

/// Texts in the notations of the web.
enum Encoding {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let component = Array("-_.!~*'()".utf8)
    static let reserved = Array(";/?:@&=+$,#".utf8)
    static let wholeURL = component + reserved

    /// One byte for each code unit, as the language's origin does it; what lies above 255 loses its upper half.
    static func base64(_ text: String) -> String {
        let bytes = text.utf16.map { UInt8(truncatingIfNeeded: $0) }
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (start + offset < bytes.count ? UInt32(bytes[start + offset]) : 0)
            }
            for place in 0..<4 {
                let letter = letters[Int(bits >> UInt32(18 - 6 * place) & 63)]
                result.append(place <= group.count ? letter : 0x3D)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func fromBase64(_ text: String) -> Item {
        var (bits, filled): (UInt32, Int) = (0, 0)
        var units: [UInt16] = []
        for byte in text.utf8 {
            if byte == 0x3D { break }
            // The web's own letters stand for the same digits.
            let letter: UInt8 = byte == UInt8(ascii: "-") ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? 0x2F : byte
            guard let digit = letters.firstIndex(of: letter) else { continue }
            bits = bits << 6 | UInt32(digit)
            filled += 6
            if filled >= 8 {
                filled -= 8
                units.append(UInt16(bits >> UInt32(filled) & 0xFF))
            }
        }
        return .string(String(decoding: units, as: UTF16.self))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    static func percent(_ text: String, keeping kept: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) || kept.contains(byte) {
                result.append(byte)
            } else {
                result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Texts from percent escapes; those of `kept` stay escaped.
    ///
    /// - Throws: D3140 for half an escape, or bytes that are not UTF-8.
    static func fromPercent(_ text: String, keeping kept: [UInt8]) throws(JSONataError) -> Item {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x25 else {
                result.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let high = hex(bytes[index + 1]), let low = hex(bytes[index + 2]) else {
                throw JSONataError("D3140", value: .string(text))
            }
            let byte = high << 4 | low
            if kept.contains(byte) { result += bytes[index...(index + 2)] } else { result.append(byte) }
            index += 3
        }
        guard let decoded = String(validating: result, as: UTF8.self) else {
            throw JSONataError("D3140", value: .string(text))
        }
        return .string(decoded)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
