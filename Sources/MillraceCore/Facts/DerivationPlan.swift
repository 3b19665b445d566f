public import MillraceValues

/// The signals of one equipment at one instant, in the slots of its mapping.
public struct SignalFrame: Sendable {
    /// The value of each signal; nil where it has never been read or is undefined.
    public var values: [Value?]
    /// The instant that a timed look-up uses.
    public var instant: Instant
    /// The equipment.
    public var equipment: String
    /// Which orders ran on it, for each timeline that the mapping names.
    public var timelines: [OrderTimeline]

    /// A frame of these signals.
    public init(values: [Value?], instant: Instant, equipment: String, timelines: [OrderTimeline] = []) {
        self.values = values
        self.instant = instant
        self.equipment = equipment
        self.timelines = timelines
    }
}

/// A condition over signals, compiled. A comparison with nothing is false.
public typealias SignalCondition = @Sendable (SignalFrame) -> Bool

/// What a look-up or path gives for order, operation, material or reason.
public enum Attributed: Hashable, Sendable {
    /// This text.
    case value(String)
    /// Nothing, and that is right.
    case none
    /// The row is missing in the table; the sentence names table and key. The fact waits (RULES R7).
    case waiting(String)
}

/// A field of a fact, compiled.
public typealias SignalAttribution = @Sendable (SignalFrame) -> Attributed

/// One of several orders that an equipment makes at one time on one counter, such as the two halves of a mould.
public struct OrderShare: Sendable {
    /// The name under which a waiting piece keeps the place of its share.
    public static let signal = "share of the counter"
    /// How many of each round of pieces are its own.
    public var parts: Int64
    /// Its order.
    public var order: SignalAttribution
    /// Its operation.
    public var operation: SignalAttribution
    /// Its material.
    public var material: SignalAttribution

    /// A share of these parts.
    public init(
        parts: Int64, order: @escaping SignalAttribution, operation: @escaping SignalAttribution,
        material: @escaping SignalAttribution
    ) {
        self.parts = parts
        self.order = order
        self.operation = operation
        self.material = material
    }
}

/// What a reading mapping to production-count compiles to.
public struct CountPlan: Sendable {
    /// The mapping's name.
    public var mapping: MappingName
    /// The mapping's version.
    public var version: String
    /// The names of the signals, by slot.
    public var slots: [String]
    /// What is counted, and from which signal.
    public var quantities: [QuantityPlan]
    /// Several orders that share the counters, each with its parts; empty where one order has all.
    public var shares: [OrderShare]
    /// The order in force.
    public var order: SignalAttribution
    /// The operation in force.
    public var operation: SignalAttribution
    /// The material in force.
    public var material: SignalAttribution
    /// For each slot whether order, operation, material or `count-when` ask for it.
    public var attributionSlots: [Bool]
    /// Until when the attribution holds if no signal changes: the next `valid-from` of a table in use.
    public var holdsUntil: @Sendable (SignalFrame) -> Instant
    /// Asked after the delta: what falls outside is dropped by rule, with its amount.
    public var countWhen: SignalCondition?
    /// Which order a delta over a change of order goes to.
    public var atChange: AtChange
    /// Slots that together name a row; a row with known values is a repeat. Empty: every row is new.
    public var sameWhen: [Int]
    /// The mappings whose timelines of orders it asks, in the order of `SignalFrame.timelines`.
    public var timelines: [MappingName]

    /// A plan of these parts.
    public init(
        mapping: MappingName, version: String, slots: [String], quantities: [QuantityPlan],
        order: @escaping SignalAttribution,
        operation: @escaping SignalAttribution, material: @escaping SignalAttribution, attributionSlots: [Bool],
        holdsUntil: @escaping @Sendable (SignalFrame) -> Instant, countWhen: SignalCondition?, atChange: AtChange,
        sameWhen: [Int], shares: [OrderShare] = [], timelines: [MappingName] = []
    ) {
        self.timelines = timelines
        self.shares = shares
        self.mapping = mapping
        self.version = version
        self.slots = slots
        self.quantities = quantities
        self.order = order
        self.operation = operation
        self.material = material
        self.attributionSlots = attributionSlots
        self.holdsUntil = holdsUntil
        self.countWhen = countWhen
        self.atChange = atChange
        self.sameWhen = sameWhen
    }

    /// Whether any quantity comes from a counter, so that samples of one equipment depend on each other.
    public var hasCounters: Bool {
        quantities.contains { if case .counter = $0.source { true } else { false } }
    }
}

/// Which order a delta goes to whose two readings lie in different orders.
public enum AtChange: String, Sendable, CaseIterable {
    /// The order of the closing reading.
    case later
    /// The order of the opening reading.
    case earlier
    /// Both, by the time spent in each; the parts sum to the delta.
    case byTime = "by-time"
}

/// What a reading mapping to downtime compiles to.
public struct StatePlan: Sendable {
    /// A state: the first whose condition holds is in force.
    public struct State: Sendable {
        /// When it holds; nil for `otherwise`.
        public var when: SignalCondition?
        /// What the equipment does then.
        public var `class`: DowntimeClass
        /// The reason it brings; nil for the mapping's `reason` field.
        public var reason: String?

        /// A state of these parts.
        public init(when: SignalCondition?, class: DowntimeClass, reason: String?) {
            self.when = when
            self.class = `class`
            self.reason = reason
        }
    }

    /// How intervals are brought into shape, in this order, before they are split (RULES R12).
    public struct Shape: Hashable, Sendable {
        /// Two intervals of one class and reason, less than this apart, become one.
        public var joinGap: Duration
        /// What is still shorter takes the class before it.
        public var ignoreShorter: Duration
        /// An unplanned-down interval shorter than this is a micro-stop.
        public var microStop: Duration
        /// The same for equipment with a threshold of its own.
        public var microStops: [String: Duration]

        /// A shape of these lengths; zero for none.
        public init(
            joinGap: Duration = .zero, ignoreShorter: Duration = .zero, microStop: Duration = .zero,
            microStops: [String: Duration] = [:]
        ) {
            self.joinGap = joinGap
            self.ignoreShorter = ignoreShorter
            self.microStop = microStop
            self.microStops = microStops
        }

        /// The threshold of that equipment.
        public func microStop(of equipment: String) -> Duration { microStops[equipment] ?? microStop }
    }

    /// What the calendar says of time in which an equipment stands.
    public enum Planned: String, Sendable, CaseIterable {
        /// Standing in no shift is off-shift.
        case offShift = "off-shift"
        /// Standing in a break is planned-down.
        case breaks
    }

    /// Borders at which an interval is split.
    public enum Split: String, Sendable, CaseIterable {
        /// Shift borders.
        case shift
        /// Borders of the production day.
        case day
        /// Changes of order.
        case order
    }

    /// The mapping's name.
    public var mapping: MappingName
    /// The mapping's version.
    public var version: String
    /// The names of the signals, by slot.
    public var slots: [String]
    /// The states, from the top.
    public var states: [State]
    /// The reason, where the state brings none.
    public var reason: SignalAttribution
    /// The order in force.
    public var order: SignalAttribution
    /// How intervals are brought into shape.
    public var shape: Shape
    /// Where intervals are split.
    public var splitAt: Set<Split>
    /// What the calendar says of standing; intervals are then split at its borders too.
    public var byCalendar: Set<Planned>
    /// The mappings whose timelines of orders it asks, in the order of `SignalFrame.timelines`.
    public var timelines: [MappingName]
    /// Until when the order holds if no signal changes: the next row of a table or timeline in use; nil where none is in use.
    public var holdsUntil: (@Sendable (SignalFrame) -> Instant)?

    /// A plan of these parts.
    public init(
        mapping: MappingName, version: String, slots: [String], states: [State], reason: @escaping SignalAttribution,
        order: @escaping SignalAttribution, shape: Shape, splitAt: Set<Split>, byCalendar: Set<Planned> = [],
        timelines: [MappingName] = [], holdsUntil: (@Sendable (SignalFrame) -> Instant)? = nil
    ) {
        self.timelines = timelines
        self.holdsUntil = holdsUntil
        self.byCalendar = byCalendar
        self.mapping = mapping
        self.version = version
        self.slots = slots
        self.states = states
        self.reason = reason
        self.order = order
        self.shape = shape
        self.splitAt = splitAt
    }
}

/// What a reading mapping compiles to.
public enum DerivationPlan: Sendable {
    /// Counters or increments to production counts.
    case counts(CountPlan)
    /// States to downtime.
    case states(StatePlan)
    /// Ready intervals to downtime.
    case intervals(IntervalPlan)
    /// Rows to the orders of equipment.
    case timeline(TimelinePlan)

    /// The kind of fact it makes; nil for what only says whose the facts of others are.
    public var kind: FactKind? {
        switch self {
        case .counts: .productionCount
        case .states, .intervals: .downtime
        case .timeline: nil
        }
    }

    /// The mappings whose timelines of orders it asks.
    public var timelines: [MappingName] {
        switch self {
        case .counts(let plan): plan.timelines
        case .states(let plan): plan.timelines
        case .intervals, .timeline: []
        }
    }
}
