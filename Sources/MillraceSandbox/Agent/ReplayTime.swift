#if Web
/// A UTC timestamp as it was recorded, with all its digits.
///
/// Kept as text, so that a replayed document says exactly what the recorded one said; agents write 0 to 9 fraction digits.
struct ReplayTime: Hashable, Comparable, CustomStringConvertible {
    /// `2026-03-02T06:00:00.125Z`.
    let description: String
    /// Without the Z and the fraction's trailing zeros: texts of this form compare as the instants do.
    private let order: String

    /// Nil for anything but `YYYY-MM-DDThh:mm:ss`, an optional fraction, and `Z`.
    init?(_ text: String) {
        var bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 30, bytes.popLast() == 0x5A else { return nil }
        for (index, mark) in [(4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A)] as [(Int, UInt8)]
        where bytes[index] != mark { return nil }
        for (index, byte) in bytes.enumerated() where ![4, 7, 10, 13, 16, 19].contains(index) {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
        }
        if bytes.count > 19 {
            guard bytes[19] == 0x2E, bytes.count > 20 else { return nil }
            while bytes.last == 0x30 { bytes.removeLast() }
            if bytes.last == 0x2E { bytes.removeLast() }
        }
        func pair(_ index: Int) -> Int { Int(bytes[index] - 0x30) * 10 + Int(bytes[index + 1] - 0x30) }
        guard (1...12).contains(pair(5)), (1...31).contains(pair(8)), pair(11) < 24, pair(14) < 60, pair(17) < 61
        else { return nil }
        description = text
        order = String(decoding: bytes, as: UTF8.self)
    }

    /// The clock of an agent whose timeline is empty.
    static let epoch = ReplayTime()

    private init() { (description, order) = ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00") }

    /// Earlier before later.
    static func < (left: ReplayTime, right: ReplayTime) -> Bool { left.order < right.order }
}
#endif
