public import MillraceValues

/// The two kinds of facts, as they stand in keys and files.
public enum FactKind: String, Sendable, CaseIterable {
    /// A slice of what an equipment made.
    case productionCount = "production-count"
    /// An interval in which an equipment was in one state.
    case downtime
}

/// What becomes of the amount of a count fact (the buckets of RULES R20).
public enum Standing: String, Sendable, CaseIterable {
    /// It is summed and booked.
    case counted
    /// It waits for an order (RULES R7).
    case unattributed
    /// A rule of the mapping leaves it out, with its amount (RULES R11).
    case dropped
    /// No rule explains the step; a person decides (RULES R8).
    case unconfirmed
    /// Another source counts the same (RULES R9).
    case shadowed
    /// A person refused it.
    case rejected
}

/// Something worth knowing about a fact that changes none of its amounts.
public enum FactMark: String, Sendable, CaseIterable {
    /// Its delta spans more than `silence`.
    case afterSilence = "after-silence"
    /// It was late beyond `lateness` and is booked at the instant of its pull (RULES R4).
    case lateFrom = "late-from"
    /// A rollover of the counter was counted in it.
    case rollover
    /// A reset of the counter was seen in it.
    case reset
    /// A fall to zero proved to be transient in it.
    case transientZero = "transient-zero"
    /// A single reading far off was passed over in it.
    case glitch
}

/// A slice of an equipment's production for one order and operation (RULES R12): the sum of all deltas whose closing
/// reading lies in it.
///
/// - Shape: immutable; late data gives a new revision with the same identity.
/// - Units: instants in UTC, `end` exclusive.
public struct ProductionCount: Hashable, Sendable {
    /// The reading mapping that made it.
    public var mapping: MappingName {
        get { box.fields.mapping }
        set { change { $0.mapping = newValue } }
    }
    /// The version of that mapping (RULES R18).
    public var version: String {
        get { box.fields.version }
        set { change { $0.version = newValue } }
    }
    /// The equipment that counted.
    public var equipment: String {
        get { box.fields.equipment }
        set { change { $0.equipment = newValue } }
    }
    /// When the slice begins; a shift border inside the slice cuts it.
    public var start: Instant {
        get { box.fields.start }
        set { change { $0.start = newValue } }
    }
    /// When the slice ends.
    public var end: Instant {
        get { box.fields.end }
        set { change { $0.end = newValue } }
    }
    /// The order; nil where none is known or none is needed.
    public var order: String? {
        get { box.fields.order }
        set { change { $0.order = newValue } }
    }
    /// The operation of the order.
    public var operation: String? {
        get { box.fields.operation }
        set { change { $0.operation = newValue } }
    }
    /// The material made.
    public var material: String? {
        get { box.fields.material }
        set { change { $0.material = newValue } }
    }
    /// The shift by name, `off` outside every shift.
    public var shift: String {
        get { box.fields.shift }
        set { change { $0.shift = newValue } }
    }
    /// The local date on which the shift began.
    public var productionDay: CivilDate {
        get { box.fields.productionDay }
        set { change { $0.productionDay = newValue } }
    }
    /// What becomes of the amount.
    public var standing: Standing {
        get { box.fields.standing }
        set { change { $0.standing = newValue } }
    }
    /// The rule that decided the standing: `count-when`, the missing table row, the unexplained step. Empty for plain
    /// counts.
    public var rule: String {
        get { box.fields.rule }
        set { change { $0.rule = newValue } }
    }
    /// How many pieces.
    public var amounts: Amounts {
        get { box.fields.amounts }
        set { change { $0.amounts = newValue } }
    }
    /// What is worth knowing about it.
    public var marks: Set<FactMark> {
        get { box.fields.marks }
        set { change { $0.marks = newValue } }
    }
    /// Where the first reading it rests on stands.
    public var first: Place {
        get { box.fields.first }
        set { change { $0.first = newValue } }
    }
    /// Where the last reading it rests on stands.
    public var last: Place {
        get { box.fields.last }
        set { change { $0.last = newValue } }
    }
    /// For a fact that waits: its single deltas with the signals that a later look-up needs. Empty otherwise.
    public var pieces: [WaitingPiece] {
        get { box.fields.pieces }
        set { change { $0.pieces = newValue } }
    }

    /// A slice of these parts.
    public init(
        mapping: MappingName, version: String, equipment: String, start: Instant, end: Instant, order: String?,
        operation: String?, material: String?, shift: String, productionDay: CivilDate, standing: Standing,
        rule: String,
        amounts: Amounts, marks: Set<FactMark>, first: Place, last: Place, pieces: [WaitingPiece] = []
    ) {
        box = Box(
            Fields(
                mapping: mapping, version: version, equipment: equipment, start: start, end: end, order: order,
                operation: operation, material: material, shift: shift, productionDay: productionDay,
                standing: standing, rule: rule, amounts: amounts, marks: marks, first: first, last: last,
                pieces: pieces))
    }

    /// What it is made of. Behind one reference, for a fact passes many hands and each copy would count a reference for every text.
    private struct Fields: Hashable, Sendable {
        var mapping: MappingName
        var version: String
        var equipment: String
        var start: Instant
        var end: Instant
        var order: String?
        var operation: String?
        var material: String?
        var shift: String
        var productionDay: CivilDate
        var standing: Standing
        var rule: String
        var amounts: Amounts
        var marks: Set<FactMark>
        var first: Place
        var last: Place
        var pieces: [WaitingPiece]
    }

    private final class Box: Sendable {
        let fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    private var box: Box

    private mutating func change(_ body: (inout Fields) -> Void) {
        var fields = box.fields
        body(&fields)
        box = Box(fields)
    }

    /// Equal with the same fields.
    public static func == (left: ProductionCount, right: ProductionCount) -> Bool {
        left.box === right.box || left.box.fields == right.box.fields
    }

    /// By all fields.
    public func hash(into hasher: inout Hasher) { box.fields.hash(into: &hasher) }

    /// What the fact is known by (RULES R12): facts of one identity are revisions of each other.
    public struct Identity: Hashable, Sendable {
        let mapping: MappingName
        let equipment: String
        let start: Instant
        let order: String?
        let operation: String?
        let material: String?
        let shift: String
        let standing: Standing
        let rule: String
    }

    /// What the fact is known by (RULES R12).
    public var identity: Identity {
        Identity(
            mapping: mapping, equipment: equipment, start: start, order: order, operation: operation,
            material: material,
            shift: shift, standing: standing, rule: rule)
    }
}

/// One delta of a fact that waits for its order.
public struct WaitingPiece: Hashable, Sendable {
    /// When its closing reading was.
    public let instant: Instant
    /// How much it is.
    public let amounts: Amounts
    /// The signals then, by name.
    public let signals: ValueObject

    /// A delta of these parts.
    public init(instant: Instant, amounts: Amounts, signals: ValueObject) {
        self.instant = instant
        self.amounts = amounts
        self.signals = signals
    }
}

/// What an equipment did in an interval.
public enum DowntimeClass: String, Sendable, CaseIterable {
    /// It made parts.
    case producing
    /// It could have made parts and nothing asked for them.
    case idle
    /// It was made ready for other parts.
    case setup
    /// It stood as planned.
    case plannedDown = "planned-down"
    /// It stood, and nobody had planned it.
    case unplannedDown = "unplanned-down"
    /// It stood for less than the threshold.
    case microStop = "micro-stop"
    /// No shift ran.
    case offShift = "off-shift"
    /// Nobody knows.
    case unknown

    /// Whether the equipment stands, as far as is known: what the calendar may say more of.
    public var isStanding: Bool {
        switch self {
        case .idle, .unplannedDown, .microStop: true
        case .producing, .setup, .plannedDown, .offShift, .unknown: false
        }
    }
}

/// An interval in which an equipment was in one state, for one reason (identity: equipment and start, RULES R12).
///
/// - Units: instants in UTC, `end` exclusive; nil while it goes on.
public struct Downtime: Hashable, Sendable {
    /// The reading mapping that made it.
    public var mapping: MappingName
    /// The version of that mapping.
    public var version: String
    /// The equipment.
    public var equipment: String
    /// When it began.
    public var start: Instant
    /// When it ended; nil while it goes on.
    public var end: Instant?
    /// What the equipment did.
    public var `class`: DowntimeClass
    /// Why, as the mapping says it.
    public var reason: String?
    /// The order then, if any.
    public var order: String?
    /// The shift in which it lies or began.
    public var shift: String
    /// The local date on which that shift began.
    public var productionDay: CivilDate
    /// Whether it was withdrawn because its start moved.
    public var isWithdrawn: Bool
    /// What becomes of it: counted, unconfirmed where it lies over another one, or rejected by a person.
    public var standing: Standing
    /// Why it is unconfirmed, or who decided on it and why; empty for plain intervals.
    public var rule: String
    /// What is worth knowing about it: only `late-from`.
    public var marks: Set<FactMark>
    /// Where the reading that began it stands.
    public var first: Place
    /// Where the reading that ended it stands.
    public var last: Place

    /// An interval of these parts.
    public init(
        mapping: MappingName, version: String, equipment: String, start: Instant, end: Instant?, class: DowntimeClass,
        reason: String?, order: String?, shift: String, productionDay: CivilDate, isWithdrawn: Bool = false,
        standing: Standing = .counted, rule: String = "", marks: Set<FactMark> = [], first: Place, last: Place
    ) {
        self.mapping = mapping
        self.version = version
        self.equipment = equipment
        self.start = start
        self.end = end
        self.class = `class`
        self.reason = reason
        self.order = order
        self.shift = shift
        self.productionDay = productionDay
        self.isWithdrawn = isWithdrawn
        self.standing = standing
        self.rule = rule
        self.marks = marks
        self.first = first
        self.last = last
    }

    /// What an interval is known by (RULES R12): its equipment and start, and where it is not booked, why.
    public struct Identity: Hashable, Sendable {
        let mapping: MappingName
        let equipment: String
        let start: Instant
        let doubt: String
    }

    /// What the interval is known by (RULES R12).
    public var identity: Identity {
        Identity(mapping: mapping, equipment: equipment, start: start, doubt: standing == .counted ? "" : rule)
    }
}

/// A fact of either kind.
public enum Fact: Hashable, Sendable {
    /// A slice of production.
    case count(ProductionCount)
    /// An interval.
    case downtime(Downtime)

    /// The kind.
    public var kind: FactKind {
        switch self {
        case .count: .productionCount
        case .downtime: .downtime
        }
    }

    /// Where the first and the last reading stand that it rests on.
    public var places: (first: Place, last: Place) {
        switch self {
        case .count(let fact): (fact.first, fact.last)
        case .downtime(let fact): (fact.first, fact.last)
        }
    }

    /// When the slice or interval begins.
    public var start: Instant {
        switch self {
        case .count(let fact): fact.start
        case .downtime(let fact): fact.start
        }
    }

    /// The equipment.
    public var equipment: String {
        switch self {
        case .count(let fact): fact.equipment
        case .downtime(let fact): fact.equipment
        }
    }

    /// What a fact is known by (RULES R12): facts of one identity are revisions of each other.
    public enum Identity: Hashable, Sendable {
        /// That of a slice.
        case count(ProductionCount.Identity)
        /// That of an interval.
        case downtime(Downtime.Identity)
    }

    /// What it is known by (RULES R12).
    public var identity: Identity {
        switch self {
        case .count(let fact): .count(fact.identity)
        case .downtime(let fact): .downtime(fact.identity)
        }
    }

    /// What becomes of it.
    public var standing: Standing {
        switch self {
        case .count(let fact): fact.standing
        case .downtime(let fact): fact.standing
        }
    }

    /// How many pieces; none of an interval.
    public var amounts: Amounts {
        switch self {
        case .count(let fact): fact.amounts
        case .downtime: .zero
        }
    }

    /// The rule that decided its standing; empty where it is plain.
    public var rule: String {
        switch self {
        case .count(let fact): fact.rule
        case .downtime(let fact): fact.rule
        }
    }

    /// The reading mapping that made it.
    public var mapping: MappingName {
        switch self {
        case .count(let fact): fact.mapping
        case .downtime(let fact): fact.mapping
        }
    }
}

/// A fact as it was recorded: which revision, and what it changed.
public struct FactRevision: Hashable, Sendable {
    /// Its number in the order of recording; grows.
    public let id: Int64
    /// The fact.
    public let fact: Fact
    /// Its revision, from 1.
    public let revision: Int
    /// For a count: the amounts less those of the revision before.
    public let change: Amounts

    /// A recorded fact.
    public init(id: Int64, fact: Fact, revision: Int, change: Amounts) {
        self.id = id
        self.fact = fact
        self.revision = revision
        self.change = change
    }
}

extension Downtime {
    /// Whether both tell the same of the same interval, whoever told it and from whichever readings.
    public func saysTheSame(as other: Downtime) -> Bool {
        equipment == other.equipment && start == other.start && end == other.end && `class` == other.class
            && reason == other.reason && order == other.order && shift == other.shift
            && productionDay == other.productionDay && isWithdrawn == other.isWithdrawn
            && standing == other.standing && rule == other.rule && marks == other.marks
    }
}

extension ProductionCount {
    /// Whether a reader of the books learns nothing new from `other`, a revision of the same fact; of nothing all say the same.
    public func saysTheSame(as other: ProductionCount) -> Bool {
        if amounts != other.amounts || pieces != other.pieces { return false }
        return amounts.isZero || (marks == other.marks && first == other.first && last == other.last)
    }
}
