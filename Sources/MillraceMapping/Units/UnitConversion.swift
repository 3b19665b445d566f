import MillraceValues

/// Turns amounts of one unit into amounts of another, exactly.
///
/// - Shape: `numerator / denominator` is in lowest terms, and both are above zero.
struct UnitConversion: Hashable, Sendable {
    let from: MeasureUnit
    let to: MeasureUnit
    private let numerator: Int128
    private let denominator: Int128

    /// The way from one unit to the other; nil where they measure different things.
    init?(from: MeasureUnit, to: MeasureUnit) {
        guard from.dimension == to.dimension else { return nil }
        (self.from, self.to) = (from, to)
        var (top, bottom) = (Int128(from.factor.coefficient), Int128(to.factor.coefficient))
        let shift = Int(from.factor.exponent - to.factor.exponent)
        for _ in 0..<min(abs(shift), 24) { if shift > 0 { top *= 10 } else { bottom *= 10 } }
        let common = Self.commonDivisor(top, bottom)
        guard abs(shift) <= 24, common > 0 else { return nil }
        (numerator, denominator) = (top / common, bottom / common)
    }

    private static func commonDivisor(_ left: Int128, _ right: Int128) -> Int128 {
        var (first, second) = (left, right)
        while second != 0 { (first, second) = (second, first % second) }
        return first
    }

    /// Whether every amount has an exact one in the other unit.
    var isExact: Bool {
        var rest = denominator
        for prime: Int128 in [2, 5] { while rest % prime == 0 { rest /= prime } }
        return rest == 1
    }

    /// The amount in the other unit, with all its digits.
    ///
    /// - Throws: `DecimalError.needsRounding` where it has no end.
    func exact(_ amount: ExactDecimal) throws(DecimalError) -> ExactDecimal {
        for scale in 0...18 {
            do throws(DecimalError) {
                return try converted(amount, scale: scale, rounding: .refuse)
            } catch DecimalError.needsRounding {
                continue
            }
        }
        throw .needsRounding(scale: 18)
    }

    /// The amount in the other unit, with `scale` digits behind the point.
    ///
    /// - Throws: `DecimalError.needsRounding` under `.refuse` where that leaves a rest.
    func converted(_ amount: ExactDecimal, scale: Int, rounding: Rounding) throws(DecimalError) -> ExactDecimal {
        // coefficient × 10^(exponent + scale) × numerator / denominator, as one fraction of whole numbers.
        let digits = Int128(amount.coefficient)
        let common = digits == 0 ? denominator : Self.commonDivisor(abs(digits), denominator)
        let (product, isTooLarge) = (digits / common).multipliedReportingOverflow(by: numerator)
        if isTooLarge { throw .tooLarge }
        var (top, bottom) = (product, denominator / common)
        var shift = Int(amount.exponent) + scale
        while shift != 0 {
            let (next, overflow) = (shift > 0 ? top : bottom).multipliedReportingOverflow(by: 10)
            if overflow { throw .tooLarge }
            if shift > 0 { (top, shift) = (next, shift - 1) } else { (bottom, shift) = (next, shift + 1) }
        }
        var (quotient, rest) = top.quotientAndRemainder(dividingBy: bottom)
        if rest != 0, try Self.isAway(quotient, rest, bottom, scale, rounding) { quotient += top < 0 ? -1 : 1 }
        guard let whole = Int64(exactly: quotient), let result = ExactDecimal(coefficient: whole, exponent: -scale)
        else { throw .tooLarge }
        return result
    }

    /// Whether the quotient goes one further from zero for its rest.
    private static func isAway(
        _ quotient: Int128, _ rest: Int128, _ divisor: Int128, _ scale: Int, _ rounding: Rounding
    ) throws(DecimalError) -> Bool {
        let (part, other) = (rest.magnitude, divisor.magnitude - rest.magnitude)
        switch rounding {
        case .refuse: throw .needsRounding(scale: scale)
        case .down: return false
        case .halfUp: return part >= other
        case .halfEven: return part > other || (part == other && quotient % 2 != 0)
        }
    }

    /// The amount in the other unit; where it has no end, with as many digits as fit, at most 12 behind the point.
    func nearest(_ amount: ExactDecimal) throws(DecimalError) -> ExactDecimal {
        do throws(DecimalError) {
            return try exact(amount)
        } catch {
            for scale in stride(from: 12, to: 0, by: -3) {
                do throws(DecimalError) {
                    return try converted(amount, scale: scale, rounding: .halfEven)
                } catch DecimalError.tooLarge {
                    continue
                }
            }
            return try converted(amount, scale: 0, rounding: .halfEven)
        }
    }
}
