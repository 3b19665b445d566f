// Hot path: every counter reading passes here. Guarded by `script/bench`.

/// An exact decimal number: `coefficient × 10^exponent`.
///
/// - Shape: always canonical, so that equal numbers are equal values: the coefficient has no trailing zero, and zero is
///   `0 × 10^0`. 18 digits (19 where they fit an `Int64`) and an exponent in -36...36; what does not fit is refused,
///   never rounded.
/// - Units: none; a `Quantity` adds one.
public struct ExactDecimal: Hashable, Sendable {
    /// The digits with their sign, without trailing zeros.
    public let coefficient: Int64
    /// The power of ten that the coefficient is multiplied with.
    public let exponent: Int32

    /// The exponents that are held.
    private static let exponents: ClosedRange<Int32> = -36...36

    /// Nothing at all.
    public static let zero = ExactDecimal(0)
    /// A single piece.
    public static let one = ExactDecimal(1)

    /// A whole number.
    public init(_ integer: Int64) {
        (coefficient, exponent) = Self.canonical(integer, 0)
    }

    /// `coefficient × 10^exponent`, brought to canonical form; nil where the exponent leaves -36...36.
    public init?(coefficient: Int64, exponent: Int) {
        guard let power = Int32(exactly: exponent), coefficient > .min else { return nil }
        let (digits, shift) = Self.canonical(coefficient, power)
        guard Self.exponents.contains(shift) else { return nil }
        (self.coefficient, self.exponent) = (digits, shift)
    }

    private static func canonical(_ coefficient: Int64, _ exponent: Int32) -> (Int64, Int32) {
        if coefficient == 0 { return (0, 0) }
        var (digits, power) = (coefficient, exponent)
        while digits % 10 == 0 {
            digits /= 10
            power &+= 1
        }
        return (digits, power)
    }

    /// Whether this is zero.
    public var isZero: Bool { coefficient == 0 }
    /// Whether this is below zero.
    public var isNegative: Bool { coefficient < 0 }
    /// The whole number this is; nil where it has a fraction or does not fit.
    public var integer: Int64? {
        guard exponent >= 0 else { return nil }
        return Self.scaled(coefficient, by: exponent)
    }

    /// `value × 10^power`, nil on overflow; `power` is not negative.
    private static func scaled(_ value: Int64, by power: Int32) -> Int64? {
        var result = value
        for _ in 0..<max(0, power) {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }

    /// Both coefficients on the smaller exponent.
    private static func aligned(_ left: ExactDecimal, _ right: ExactDecimal) -> (Int64, Int64, Int32)? {
        if left.exponent == right.exponent { return (left.coefficient, right.coefficient, left.exponent) }
        let low = min(left.exponent, right.exponent)
        guard let first = scaled(left.coefficient, by: left.exponent - low),
            let second = scaled(right.coefficient, by: right.exponent - low)
        else { return nil }
        return (first, second, low)
    }

    /// The sum.
    ///
    /// - Throws: `DecimalError.tooLarge` where it needs more than 18 digits.
    public func adding(_ other: ExactDecimal) throws(DecimalError) -> ExactDecimal {
        if coefficient == 0 { return other }
        if other.coefficient == 0 { return self }
        if let near = Self.nearSum(self, other.coefficient, other.exponent) { return near }
        guard let (left, right, power) = Self.aligned(self, other) else { throw .tooLarge }
        return try Self.exact(Int128(left) + Int128(right), Int(power))
    }

    /// The sum where both are whole or have the same few digits behind the point and it fits at once; nil where it has to be worked out.
    private static func nearSum(_ left: ExactDecimal, _ coefficient: Int64, _ exponent: Int32) -> ExactDecimal? {
        let low = min(left.exponent, exponent)
        guard let first = scaled(left.coefficient, by: left.exponent &- low),
            let second = scaled(coefficient, by: exponent &- low)
        else { return nil }
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? nil : ExactDecimal(coefficient: sum, exponent: Int(low))
    }

    /// `coefficient × 10^exponent` from a result that may be too wide until its trailing zeros are gone.
    private static func exact(_ coefficient: Int128, _ exponent: Int) throws(DecimalError) -> ExactDecimal {
        var (digits, power) = (coefficient, exponent)
        while Int64(exactly: digits) == nil, digits % 10 == 0 {
            digits /= 10
            power += 1
        }
        guard let fitting = Int64(exactly: digits), let result = ExactDecimal(coefficient: fitting, exponent: power)
        else { throw .tooLarge }
        return result
    }

    /// The difference.
    ///
    /// - Throws: `DecimalError.tooLarge` where it needs more than 18 digits.
    public func subtracting(_ other: ExactDecimal) throws(DecimalError) -> ExactDecimal {
        if other.coefficient > .min, let near = Self.nearSum(self, -other.coefficient, other.exponent) { return near }
        guard let (left, right, power) = Self.aligned(self, other) else { throw .tooLarge }
        return try Self.exact(Int128(left) - Int128(right), Int(power))
    }

    /// The product.
    ///
    /// - Throws: `DecimalError.tooLarge` where it needs more than 18 digits.
    public func multiplied(by other: ExactDecimal) throws(DecimalError) -> ExactDecimal {
        try Self.exact(Int128(coefficient) * Int128(other.coefficient), Int(exponent) + Int(other.exponent))
    }

    /// The same amount with the other sign.
    public var negated: ExactDecimal {
        // The lowest Int64 has no positive twin and stays; only `init(_:)` makes it, parsing and arithmetic never do.
        ExactDecimal(coefficient: 0 &- coefficient, exponent: Int(exponent)) ?? self
    }

    /// The amount without its sign.
    public var magnitude: ExactDecimal { isNegative ? negated : self }

    /// This number with at most `scale` digits behind the point.
    ///
    /// - Shape: `scale` in 0...18.
    /// - Throws: `DecimalError.needsRounding` under the rule `.refuse` where a digit would be lost.
    public func rounded(scale: Int, rule: Rounding) throws(DecimalError) -> ExactDecimal {
        let drop = -Int(exponent) - scale
        if drop <= 0 { return self }
        if rule == .refuse { throw .needsRounding(scale: scale) }
        // A coefficient has at most 19 digits and 10^20 does not fit, so all beyond 19 digits is less than a half.
        guard drop <= 19 else { return .zero }
        let divisor = (0..<drop).reduce(UInt64(1)) { power, _ in power &* 10 }
        let (quotient, rest) = coefficient.magnitude.quotientAndRemainder(dividingBy: divisor)
        let away =
            switch rule {
            case .refuse, .down: false
            case .halfUp: rest >= divisor - rest
            case .halfEven: rest > divisor - rest || (rest == divisor - rest && quotient % 2 != 0)
            }
        let amount = Int64(quotient) + (away ? 1 : 0)
        let result = isNegative ? -amount : amount
        guard let number = ExactDecimal(coefficient: result, exponent: -scale) else { throw .tooLarge }
        return number
    }

    /// That many of the equal shares that this is divided into.
    ///
    /// Used to part an amount over time: `share(numerator, of: denominator)` is cut (towards zero) to whole units of the
    /// last digit.
    ///
    /// - Shape: `numerator` is not negative, `denominator` is above zero.
    /// - Throws: `DecimalError.tooLarge` where the product does not fit.
    public func share(_ numerator: Int64, of denominator: Int64) throws(DecimalError) -> ExactDecimal {
        guard denominator > 0, numerator >= 0 else { throw .tooLarge }
        // Whole pieces stay whole: a count of 1,200 is 12 × 10^2, and must be parted in units, not in hundreds.
        let unit: Int32 = min(exponent, 0)
        guard let digits = Self.scaled(coefficient, by: exponent - unit) else { throw .tooLarge }
        let wide = Int128(digits) * Int128(numerator) / Int128(denominator)
        guard let part = Int64(exactly: wide), let result = ExactDecimal(coefficient: part, exponent: Int(unit)) else {
            throw .tooLarge
        }
        return result
    }
}

/// How a digit too many is treated.
public enum Rounding: String, Sendable, CaseIterable {
    /// A lost digit is an error.
    case refuse
    /// Half and more goes away from zero.
    case halfUp = "half-up"
    /// Half goes to the even neighbour.
    case halfEven = "half-even"
    /// Towards zero.
    case down
}

/// Why a calculation with exact decimals has no result.
public enum DecimalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// More than 18 digits, or an exponent beyond ±36.
    case tooLarge
    /// The number has more digits behind the point than are allowed, and rounding is refused.
    case needsRounding(scale: Int)

    /// One sentence.
    public var description: String {
        switch self {
        case .tooLarge: "the number needs more than 18 digits"
        case .needsRounding(let scale):
            "the number has more than \(scale) digits behind the point and 'round: refuse' is set"
        }
    }
}

extension ExactDecimal: Comparable {
    /// Compares by amount.
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        if let (first, second, _) = aligned(left, right) { return first < second }
        // Only one side can overflow when aligned: the one with the larger exponent, and it is the larger in magnitude.
        if left.isNegative != right.isNegative { return left.isNegative }
        let leftIsLonger = left.exponent > right.exponent
        return left.isNegative ? leftIsLonger : !leftIsLonger
    }
}

extension ExactDecimal: CustomStringConvertible {
    /// The shortest plain notation: `12`, `-0.5`, `1200`.
    public var description: String { text(scale: 0) }

    /// Plain notation with at least `scale` digits behind the point: 40 with scale 3 is `40.000`.
    public func text(scale: Int) -> String {
        var digits = String(coefficient.magnitude)
        if exponent > 0 { digits += String(repeating: "0", count: Int(exponent)) }
        var fraction = ""
        if exponent < 0 {
            let places = Int(-exponent)
            if digits.utf8.count <= places {
                digits = String(repeating: "0", count: places - digits.utf8.count + 1) + digits
            }
            fraction = String(digits.suffix(places))
            digits = String(digits.dropLast(places))
        }
        if fraction.utf8.count < scale { fraction += String(repeating: "0", count: scale - fraction.utf8.count) }
        return (isNegative ? "-" : "") + digits + (fraction.isEmpty ? "" : "." + fraction)
    }
}

extension ExactDecimal {
    /// The number that the whole text is, in JSON's notation with an optional `+`: `12`, `-0.50`, `1e3`.
    ///
    /// - Shape: nil for anything else, also for blanks, a lone point, `12,5` or `12abc`, and for more than 18 digits
    ///   (zeros before and behind do not count).
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        self.init(bytes.span, decimalMark: 0x2E)
    }

    /// The number that all of `bytes` are; `decimalMark` is the one byte that parts the fraction (`.` or `,`).
    ///
    /// - Shape: nil as for the text; no thousands separators.
    public init?(_ bytes: Span<UInt8>, decimalMark: UInt8) {
        let end = bytes.count
        var index = 0
        var negative = false
        if index < end, bytes[index] == 0x2D || bytes[index] == 0x2B {
            negative = bytes[index] == 0x2D
            index += 1
        }
        var digits: Int64 = 0
        // Zeros wait until a digit behind them needs them, so that only digits that count can be too many.
        var zeros = 0
        var scale = 0
        var seen = 0
        var inFraction = false
        while index < end {
            let byte = bytes[index]
            if byte >= 0x30, byte <= 0x39 {
                if byte == 0x30 {
                    zeros += 1
                } else {
                    guard let next = Self.appending(Int64(byte &- 0x30), behind: zeros, to: digits) else { return nil }
                    (digits, zeros) = (next, 0)
                }
                seen += 1
                if inFraction { scale += 1 }
            } else if byte == decimalMark, !inFraction, seen > 0 {
                inFraction = true
            } else {
                break
            }
            index += 1
        }
        if seen == 0 || (inFraction && scale == 0) { return nil }
        var power = 0
        if index < end {
            guard bytes[index] == 0x65 || bytes[index] == 0x45,
                let value = Self.exponent(bytes.extracting((index + 1)..<end))
            else { return nil }
            power = value
        }
        self.init(coefficient: negative ? -digits : digits, exponent: power - scale + zeros)
    }

    /// `digits` with that many zeros and one more digit behind; nil where that does not fit.
    private static func appending(_ digit: Int64, behind zeros: Int, to digits: Int64) -> Int64? {
        if digits == 0 { return digit }
        guard zeros < 19, let shifted = scaled(digits, by: Int32(zeros) + 1) else { return nil }
        let (sum, overflow) = shifted.addingReportingOverflow(digit)
        return overflow ? nil : sum
    }

    /// The exponent behind an `e`: an optional sign and one to four digits.
    private static func exponent(_ bytes: Span<UInt8>) -> Int? {
        var index = 0
        var negative = false
        if index < bytes.count, bytes[index] == 0x2D || bytes[index] == 0x2B {
            negative = bytes[index] == 0x2D
            index += 1
        }
        guard index < bytes.count, bytes.count - index <= 4 else { return nil }
        var value = 0
        while index < bytes.count {
            guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
            value = value * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        return negative ? -value : value
    }
}
