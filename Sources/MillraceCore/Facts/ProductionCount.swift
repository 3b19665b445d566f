public import MillraceValues

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
    /// The instant whose order it gets: its closing reading, or what `at-change` says instead.
    public let instant: Instant
    /// Where `at-change` shares it by time: since when it was made, up to `instant`. Nil where it has one order as a whole.
    public let since: Instant?
    /// How much it is.
    public let amounts: Amounts
    /// The signals then, by name.
    public let signals: ValueObject

    /// A delta of these parts.
    public init(instant: Instant, since: Instant? = nil, amounts: Amounts, signals: ValueObject) {
        self.instant = instant
        self.since = since
        self.amounts = amounts
        self.signals = signals
    }
}

extension ProductionCount {
    /// Whether a reader of the books learns nothing new from `other`, a revision of the same fact; of nothing all say the same.
    public func saysTheSame(as other: ProductionCount) -> Bool {
        if amounts != other.amounts || pieces != other.pieces { return false }
        return amounts.isZero || (marks == other.marks && first == other.first && last == other.last)
    }
}
