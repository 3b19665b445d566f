/// Bytes as text of 64 letters (RFC 4648, section 4), padded.
public enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text, padded with `=`, without line breaks.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let left = bytes.count - start
            let second = left > 1 ? bytes[start + 1] : 0
            let third = left > 2 ? bytes[start + 2] : 0
            text.append(letters[Int(bytes[start] >> 2)])
            text.append(letters[Int(bytes[start] << 4 & 0x30 | second >> 4)])
            text.append(left > 1 ? letters[Int(second << 2 & 0x3C | third >> 6)] : 0x3D)
            text.append(left > 2 ? letters[Int(third & 0x3F)] : 0x3D)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes; nil for any other letter, a wrong padding, or bits set that no byte takes.
    public static func decode(_ text: String) -> [UInt8]? {
        let letters = Array(text.utf8)
        guard letters.count.isMultiple(of: 4) else { return nil }
        let padding = letters.reversed().prefix(2).prefix { $0 == 0x3D }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(letters.count / 4 * 3)
        var (bits, held): (UInt32, Int) = (0, 0)
        for letter in letters.dropLast(padding) {
            guard let value = value(letter) else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
                bits &= (1 << UInt32(held)) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }

    private static func value(_ letter: UInt8) -> UInt8? {
        switch letter {
        case 0x41...0x5A: letter - 0x41
        case 0x61...0x7A: letter - 0x61 + 26
        case 0x30...0x39: letter - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}

/// Bytes as text of 32 letters (RFC 4648, section 6), without padding: fit for file names and headers.
public enum Base32 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// The text in capitals; 32 bytes become 52 letters.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 8 + 4) / 5)
        var (bits, held): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = (bits << 8 | UInt32(byte)) & 0xFFFF
            held += 8
            while held >= 5 {
                held -= 5
                text.append(letters[Int(bits >> held & 31)])
            }
        }
        if held > 0 { text.append(letters[Int(bits << (5 - held) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
