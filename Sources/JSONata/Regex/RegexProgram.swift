/// What a regular expression is compiled to: steps of a machine that goes back where it fails.
enum RegexStep {
    case unit(UInt16)
    case any
    case set(RegexSet)
    case lineStart, lineEnd
    case border(isWanted: Bool)
    /// Notes the position in a register.
    case note(Int)
    /// Forgets the groups in that range, at the beginning of each round of a repetition.
    case forget(Range<Int>)
    /// Goes on at the first, and if that fails at the second.
    case either(Int, Int)
    case jump(Int)
    /// Fails where a round of a repetition has matched nothing.
    case progress(Int)
    /// What a group matched, once more.
    case again(group: Int)
    /// Looks from here without moving: the steps up to the mark, and whether they should match.
    case look(isWanted: Bool, next: Int)
    case matched
}

/// A step together with its direction: what stands behind a `(?<=` is matched backwards.
struct RegexInstruction {
    let step: RegexStep
    var isBackward = false
}

/// A set of code units.
struct RegexSet {
    var ranges: [ClosedRange<UInt16>] = []
    var isNegated = false

    func contains(_ unit: UInt16) -> Bool {
        for range in ranges where range.contains(unit) { return true }
        return false
    }

    mutating func add(_ other: RegexSet) {
        ranges += other.isNegated ? other.complement : other.ranges
    }

    private var complement: [ClosedRange<UInt16>] {
        var result: [ClosedRange<UInt16>] = []
        var next = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if Int(range.lowerBound) > next { result.append(UInt16(next)...(range.lowerBound - 1)) }
            next = max(next, Int(range.upperBound) + 1)
        }
        if next <= 0xFFFF { result.append(UInt16(next)...0xFFFF) }
        return result
    }

    static let digits = RegexSet(ranges: [0x30...0x39])
    static let word = RegexSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let blanks = RegexSet(ranges: [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    static let lineEnds = RegexSet(ranges: [0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])

    func negated() -> RegexSet { RegexSet(ranges: ranges, isNegated: true) }
}

/// Letters without their case, as JavaScript compares them.
enum RegexCase {
    static func folded(_ unit: UInt16) -> UInt16 {
        if unit < 0x80 { return unit >= 0x61 && unit <= 0x7A ? unit - 0x20 : unit }
        guard let scalar = Unicode.Scalar(UInt32(unit)) else { return unit }
        let upper = Array(scalar.properties.uppercaseMapping.utf16)
        // What has no single capital letter, or one of ASCII, stays as it is.
        guard upper.count == 1, upper[0] >= 0x80 else { return unit }
        return upper[0]
    }

    static func lowered(_ unit: UInt16) -> UInt16 {
        if unit < 0x80 { return unit >= 0x41 && unit <= 0x5A ? unit + 0x20 : unit }
        guard let scalar = Unicode.Scalar(UInt32(unit)) else { return unit }
        let lower = Array(scalar.properties.lowercaseMapping.utf16)
        return lower.count == 1 ? lower[0] : unit
    }
}
