public import MillraceValues

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

extension Downtime {
    /// Whether both tell the same of the same interval, whoever told it and from whichever readings.
    public func saysTheSame(as other: Downtime) -> Bool {
        equipment == other.equipment && start == other.start && end == other.end && `class` == other.class
            && reason == other.reason && order == other.order && shift == other.shift
            && productionDay == other.productionDay && isWithdrawn == other.isWithdrawn
            && standing == other.standing && rule == other.rule && marks == other.marks
    }
}
