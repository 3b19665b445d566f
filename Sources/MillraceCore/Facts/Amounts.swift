public import MillraceValues

/// The quantities that are counted, by what became of the piece.
///
/// - Units: pieces, or the unit that the reading mapping declares.
public struct Amounts: Hashable, Sendable {
    /// Pieces that can be used.
    public var good: ExactDecimal
    /// Pieces that cannot be used.
    public var scrap: ExactDecimal
    /// Pieces that go through an operation again.
    public var rework: ExactDecimal

    /// Nothing.
    public static let zero = Amounts()

    /// Those quantities.
    public init(good: ExactDecimal = .zero, scrap: ExactDecimal = .zero, rework: ExactDecimal = .zero) {
        self.good = good
        self.scrap = scrap
        self.rework = rework
    }

    /// Whether all of them are zero.
    public var isZero: Bool { good.isZero && scrap.isZero && rework.isZero }
    /// Whether any of them is below zero.
    public var hasNegative: Bool { good.isNegative || scrap.isNegative || rework.isNegative }
    /// The same amounts with the other sign.
    public var negated: Amounts { Amounts(good: good.negated, scrap: scrap.negated, rework: rework.negated) }

    /// The sums, quantity by quantity.
    ///
    /// - Throws: `DecimalError.tooLarge` where one needs more than 18 digits.
    public func adding(_ other: Amounts) throws(DecimalError) -> Amounts {
        Amounts(
            good: try good.adding(other.good), scrap: try scrap.adding(other.scrap),
            rework: try rework.adding(other.rework))
    }

    /// The differences, quantity by quantity.
    ///
    /// - Throws: `DecimalError.tooLarge` where one needs more than 18 digits.
    public func subtracting(_ other: Amounts) throws(DecimalError) -> Amounts {
        try adding(other.negated)
    }

    /// The amount of one quantity.
    public subscript(_ quantity: CountedQuantity) -> ExactDecimal {
        get {
            switch quantity {
            case .good: good
            case .scrap: scrap
            case .rework: rework
            }
        }
        set {
            switch quantity {
            case .good: good = newValue
            case .scrap: scrap = newValue
            case .rework: rework = newValue
            }
        }
    }
}

/// One of the quantities that are counted.
public enum CountedQuantity: String, Sendable, CaseIterable {
    /// Pieces that can be used.
    case good
    /// Pieces that cannot be used.
    case scrap
    /// Pieces that go through an operation again.
    case rework
}
