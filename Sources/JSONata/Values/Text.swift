/// Texts as the language sees them: code units and code points, never what Unicode holds to be equivalent.
enum Text {
    /// Whether both have the same code units.
    static func same(_ left: String, _ right: String) -> Bool {
        let (first, second) = (left.utf8, right.utf8)
        // Texts that differ canonically differ. What is equivalent to an ASCII text and is not that text is longer.
        guard first.count == second.count, left == right else { return false }
        return left.utf8Span.isKnownASCII || zip(first, second).allSatisfy { $0 == $1 }
    }

    /// Whether `left` stands before `right` by UTF-16 code units.
    static func precedes(_ left: String, _ right: String) -> Bool {
        // ASCII is the same by bytes, code units and code points.
        if left.utf8Span.isKnownASCII, right.utf8Span.isKnownASCII { return left < right }
        var (first, second) = (left.utf8.makeIterator(), right.utf8.makeIterator())
        while true {
            guard let one = second.next() else { return false }
            guard let other = first.next() else { return true }
            if other == one { continue }
            // Only characters beyond U+FFFF are ordered differently: as surrogates they stand before U+E000.
            if other >= 0xEE || one >= 0xEE { return left.utf16.lexicographicallyPrecedes(right.utf16) }
            return other < one
        }
    }

    /// How many code points there are.
    static func length(_ text: String) -> Int {
        var count = 0
        for byte in text.utf8 where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// Whether every character is one byte.
    static func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

    /// The bytes from `start` to `end` as a text; both lie on the borders of characters.
    static func slice(_ bytes: [UInt8], _ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// Where `part` begins in `text`, as an offset in bytes from `start` on; nil where it does not occur.
    static func find(_ part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
        guard let first = part.first else { return start }
        guard text.count >= part.count else { return nil }
        var index = start
        let last = text.count - part.count
        while index <= last {
            if text[index] == first {
                var matched = 1
                while matched < part.count, text[index + matched] == part[matched] { matched += 1 }
                if matched == part.count { return index }
            }
            index += 1
        }
        return nil
    }
}

/// A text as a key of a dictionary: equal where the bytes are.
struct TextKey: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: TextKey, right: TextKey) -> Bool { Text.same(left.text, right.text) }

    func hash(into hasher: inout Hasher) {
        // Equivalent texts share a hash, which costs nothing but a comparison.
        hasher.combine(text)
    }
}
