public import MillraceValues

/// One quantity of a count mapping.
public struct QuantityPlan: Sendable {
    /// Where the pieces come from.
    public enum Source: Sendable {
        /// A running total; only its steps are counted.
        case counter(CounterRule)
        /// Pieces of the row's own.
        case increment
    }

    /// What a piece means for a quantity: one more of it, or one less.
    public struct Effect: Hashable, Sendable {
        /// The quantity.
        public var quantity: CountedQuantity
        /// Whether a piece takes one away: of good, total and scrap any two give the third.
        public var isNegative: Bool

        /// That effect.
        public init(_ quantity: CountedQuantity, isNegative: Bool = false) {
            self.quantity = quantity
            self.isNegative = isNegative
        }
    }

    /// What is counted; for a counter of all pieces the quantity that no counter of its own counts.
    public var quantity: CountedQuantity
    /// The slot of its signal.
    public var slot: Int
    /// Where the pieces come from.
    public var source: Source
    /// What a piece means; one more of `quantity` where nothing else is said.
    public var effects: [Effect]
    /// The field's name, for sentences: `good`, or `total`.
    public var label: String

    /// A quantity of these parts.
    public init(
        quantity: CountedQuantity, slot: Int, source: Source, effects: [Effect]? = nil, label: String? = nil
    ) {
        self.quantity = quantity
        self.slot = slot
        self.source = source
        self.effects = effects ?? [Effect(quantity)]
        self.label = label ?? quantity.rawValue
    }
}

/// How the steps of a counter are explained (RULES R8).
public struct CounterRule: Hashable, Sendable {
    /// What a fall means.
    public enum Reset: String, Sendable, CaseIterable {
        /// Only evidence and declared rules explain it.
        case evidence
        /// Every fall is a reset, and the new value counts.
        case zero
    }

    /// What the very first value means.
    public enum First: String, Sendable, CaseIterable {
        /// It is the base; nothing is counted.
        case baseline
        /// It was counted from zero and counts whole.
        case count
    }

    /// The number at which the counter begins again; nil where it does not roll over.
    public var modulus: ExactDecimal?
    /// The fastest plausible rate; nil where none is declared.
    public var maxRate: MaxRate?
    /// What a fall means.
    public var reset: Reset
    /// What the very first value means.
    public var first: First
    /// Whether the field shows the upper half of the modulus as negative numbers, as a signed register does.
    public var isSigned: Bool
    /// When the machine itself sets the counter back; nil where it does not. Needs `maxRate`.
    public var resetTimes: ResetTimes?

    /// A rule of these parts.
    public init(
        modulus: ExactDecimal?, maxRate: MaxRate?, reset: Reset, first: First, isSigned: Bool = false,
        resetTimes: ResetTimes? = nil
    ) {
        self.modulus = modulus
        self.maxRate = maxRate
        self.reset = reset
        self.first = first
        self.isSigned = isSigned
        self.resetTimes = resetTimes
    }
}

/// Times at which a machine sets its counter back by itself, such as at each shift's start.
public struct ResetTimes: Hashable, Sendable {
    /// Whether it does at each shift's start.
    public var atShifts: Bool
    /// Whether it does where the production day begins.
    public var atDays: Bool
    /// Wall times at which it does each day.
    public var times: [TimeOfDay]
    /// How far the machine's clock may be off: a fall so near to such a time is the reset of it.
    public var within: Duration

    /// Those times.
    public init(atShifts: Bool = false, atDays: Bool = false, times: [TimeOfDay] = [], within: Duration) {
        self.atShifts = atShifts
        self.atDays = atDays
        self.times = times
        self.within = within
    }
}

/// The width of a register that a counter is kept in.
public enum RegisterWidth: String, Sendable, CaseIterable {
    /// 8 bits, from −128 on.
    case int8
    /// 8 bits, from 0 on.
    case uint8
    /// 16 bits, from −32,768 on.
    case int16
    /// 16 bits, from 0 on.
    case uint16
    /// 32 bits, from −2,147,483,648 on.
    case int32
    /// 32 bits, from 0 on.
    case uint32

    /// How many numbers it can show.
    public var modulus: ExactDecimal {
        switch self {
        case .int8, .uint8: ExactDecimal(256)
        case .int16, .uint16: ExactDecimal(65_536)
        case .int32, .uint32: ExactDecimal(4_294_967_296)
        }
    }

    /// Whether its upper half shows as negative numbers.
    public var isSigned: Bool {
        switch self {
        case .int8, .int16, .int32: true
        case .uint8, .uint16, .uint32: false
        }
    }
}

/// So many pieces in so long: `40/min`.
public struct MaxRate: Hashable, Sendable {
    /// Pieces in one unit of time.
    public var pieces: ExactDecimal
    /// The unit of time.
    public var unit: Duration

    /// That rate.
    public init(pieces: ExactDecimal, unit: Duration) {
        self.pieces = pieces
        self.unit = unit
    }
}
