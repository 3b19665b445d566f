/// Texts as parts of keys, paths and file names (RFC 3986, section 2).
public enum PercentCoding {
    /// The text with every byte but letters, digits and `-._~` as `%` and two capital digits.
    public static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        encode(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds the text to `bytes`, coded so.
    public static func encode(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, capital(byte >> 4), capital(byte & 15)]
            }
        }
    }

    /// The text that `encode` was given; nil for a `%` without two digits or for bytes that are not UTF-8.
    public static func decode(_ text: String) -> String? {
        let coded = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < coded.count {
            guard coded[index] == 0x25 else {
                bytes.append(coded[index])
                index += 1
                continue
            }
            guard index + 2 < coded.count, let high = Hex.digit(coded[index + 1]), let low = Hex.digit(coded[index + 2])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 3
        }
        return UTF8Check.firstInvalid(in: bytes.span) == nil ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static func capital(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + (value & 15) }
}
