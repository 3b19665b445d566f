// Hot path: every text of every JSON record passes here. Guarded by `script/bench`.

/// Looks at eight bytes at a time.
enum JSONScan {
    /// Each byte of a word set to `byte`.
    private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The top bit of each byte of `word` that is zero; bytes above the first such one may be set wrongly.
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- repeated(0x01)) & ~word & repeated(0x80)
    }

    /// The first byte from `offset` on that is a quote, a backslash or a control character; `bytes.count` without one.
    static func endOfPlainText(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        var index = offset
        let raw = bytes.bytes
        while bytes.count &- index >= 8 {
            // Any eight bytes are a UInt64, and the load checks its bounds.
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = zeroBytes(word ^ repeated(0x22))
            let backslash = zeroBytes(word ^ repeated(0x5C))
            let control = (word &- repeated(0x20)) & ~word & repeated(0x80)
            let hits = quote | backslash | control
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return index }
            index &+= 1
        }
        return index
    }
}
