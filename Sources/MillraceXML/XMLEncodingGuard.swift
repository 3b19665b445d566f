/// Which encodings a document may be in: those of which the scan before the parser can see the tags.
///
/// UTF-7, EBCDIC, UTF-32 and whatever else the system converts would hide tags from it.
enum XMLEncodingGuard {
    /// How the first four bytes say that the document is written; `nil` for a form that is not read.
    static func width(of head: [UInt8]) -> Width? {
        let four = head + [UInt8](repeating: 0xFF, count: max(0, 4 - head.count))
        switch (four[0], four[1], four[2], four[3]) {
        case (0xFF, 0xFE, 0, 0), (0, 0, 0xFE, 0xFF), (0, 0, 0, 0x3C), (0x3C, 0, 0, 0), (0, 0, 0x3C, 0), (0, 0x3C, 0, 0),
            (0x4C, 0x6F, 0xA7, 0x94):
            return nil
        case (0xFE, 0xFF, _, _) where head.count >= 2, (0, 0x3C, 0, 0x3F): return .bigEndian
        case (0xFF, 0xFE, _, _) where head.count >= 2, (0x3C, 0, 0x3F, 0): return .littleEndian
        default: return .bytes
        }
    }

    /// True if a document of that width may declare that encoding.
    static func allows(_ declared: String, in width: Width) -> Bool {
        let name = declared.uppercased().replacing("_", with: "-")
        if width != .bytes { return ["UTF-16", "UTF-16LE", "UTF-16BE"].contains(name) }
        let whole = ["UTF-8", "UTF8", "US-ASCII", "ASCII", "LATIN1"]
        let families = ["ISO-8859-", "ISO8859-", "WINDOWS-125", "CP125"]
        return whole.contains(name) || families.contains { name.hasPrefix($0) }
    }

    /// The unit in which a document is written.
    enum Width {
        case bytes, bigEndian, littleEndian
    }
}
