import MillraceCore

/// The marks of a fact in one byte.
struct MarkSet: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let afterSilence = MarkSet(rawValue: 1)
    static let lateFrom = MarkSet(rawValue: 2)
    static let rollover = MarkSet(rawValue: 4)
    static let reset = MarkSet(rawValue: 8)
    static let transientZero = MarkSet(rawValue: 16)
    static let glitch = MarkSet(rawValue: 32)

    private static let words: [(MarkSet, FactMark)] = [
        (.afterSilence, .afterSilence), (.lateFrom, .lateFrom), (.rollover, .rollover), (.reset, .reset),
        (.transientZero, .transientZero), (.glitch, .glitch),
    ]

    /// As facts carry them.
    var marks: Set<FactMark> {
        if isEmpty { return [] }
        return Set(Self.words.filter { contains($0.0) }.map(\.1))
    }
}
