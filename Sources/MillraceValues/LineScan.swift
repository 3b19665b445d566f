// Hot path: every byte of a file of records passes here. Guarded by `script/bench`.

/// Finds the ends of lines, eight bytes at a time.
public enum LineScan {
    /// The first line feed from `offset` on; `bytes.count` without one.
    public static func endOfLine(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        var index = offset
        let raw = bytes.bytes
        while bytes.count &- index >= 8 {
            // Any eight bytes are a UInt64, and the load checks its bounds.
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let feeds = word ^ 0x0A0A_0A0A_0A0A_0A0A
            let hits = (feeds &- 0x0101_0101_0101_0101) & ~feeds & 0x8080_8080_8080_8080
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < bytes.count {
            if bytes[index] == 0x0A { return index }
            index &+= 1
        }
        return index
    }
}
