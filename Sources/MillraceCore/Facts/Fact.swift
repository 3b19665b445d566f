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
