// Hot path: every chunk of a file passes here. Guarded by `script/bench`.

/// Checks bytes to be UTF-8.
public enum UTF8Check {
    /// Where the first invalid sequence begins; nil where all is valid. A sequence that the end cuts off is invalid.
    public static func firstInvalid(in bytes: Span<UInt8>) -> Int? {
        var index = 0
        let raw = bytes.bytes
        while index < bytes.count {
            while bytes.count &- index >= 8 {
                // Any eight bytes are a UInt64, and the load checks its bounds.
                let word = raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
                if word & 0x8080_8080_8080_8080 != 0 { break }
                index &+= 8
            }
            guard index < bytes.count else { return nil }
            if bytes[index] < 0x80 {
                index &+= 1
                continue
            }
            guard let length = sequence(bytes, at: index) else { return index }
            index &+= length
        }
        return nil
    }

    /// The length of the sequence of two to four bytes at `index`; nil where it is none (Unicode, table 3-7).
    static func sequence(_ bytes: Span<UInt8>, at index: Int) -> Int? {
        let lead = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard bytes.count &- index >= length, second.contains(bytes[index &+ 1]) else { return nil }
        if length > 2, bytes[index &+ 2] & 0xC0 != 0x80 { return nil }
        if length > 3, bytes[index &+ 3] & 0xC0 != 0x80 { return nil }
        return length
    }
}
