/// What XML takes for a name.
public enum XMLNameRule {
    /// A name of XML 1.0 (section 2.3) without colons: a letter or `_`, then letters, digits, `-`, `.` and `_`; not `xml…`.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, !name.lowercased().hasPrefix("xml") else { return false }
        return isStart(first) && name.unicodeScalars.dropFirst().allSatisfy { isStart($0) || isInner($0) }
    }

    /// The parts of a name that may have a prefix: nil as prefix where it has none; nil where it is no name.
    static func parts(_ name: String) -> (prefix: String?, local: String)? {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: return isName(name) ? (nil, name) : nil
        case 2 where (parts[0] == "xml" || isName(parts[0])) && isName(parts[1]): return (parts[0], parts[1])
        default: return nil
        }
    }

    private static func isStart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x41...0x5A, 0x5F, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF,
            0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD,
            0x10000...0xEFFFF:
            true
        default: false
        }
    }

    private static func isInner(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2D, 0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
        default: false
        }
    }
}
