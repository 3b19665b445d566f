public import MillraceValues

/// How facts are gathered (RULES R12 to R14).
public enum WindowRule: Hashable, Sendable {
    /// One window a shift; its name is the first per-value of the key.
    case shift
    /// One window a production day.
    case day
    /// Windows of this length, counted in UTC.
    case every(Duration)
}

/// A field of a fact by which sums are parted.
public enum PerField: String, Sendable, CaseIterable {
    /// The order.
    case order
    /// The operation.
    case operation
    /// The equipment.
    case equipment
    /// The material.
    case material
    /// The shift by name.
    case shift
    /// The production day.
    case productionDay = "production-day"
}

/// What a document mapping compiles to, as far as facts are gathered.
public struct SumPlan: Sendable {
    /// What is done with an interval that goes on.
    public enum OpenInterval: String, Sendable, CaseIterable {
        /// It waits for its end.
        case withhold
        /// It is sent, and corrected when it ends.
        case provisional
    }

    /// The mapping's name.
    public var mapping: MappingName
    /// The mapping's version.
    public var version: String
    /// The hash of what RULES R18 calls its structure: `per`, `window`, `where`, endpoint and request.
    public var structure: String
    /// Where its documents go.
    public var request: RequestID
    /// The kind of fact it gathers.
    public var kind: FactKind
    /// Which facts concern it; nil for all.
    public var condition: (@Sendable (Fact) -> Bool)?
    /// By what sums are parted, in the declared order.
    public var per: [PerField]
    /// The windows; for downtime every interval is one of its own.
    public var window: WindowRule
    /// How long after the window's end its sources must have been read.
    public var settle: Duration
    /// How long after the window's end it closes without an unreachable source, by the wall clock.
    public var atMost: Duration
    /// Downtime only: shorter intervals are not sent.
    public var atLeast: Duration
    /// Downtime only: what is done with an interval that goes on.
    public var open: OpenInterval
    /// Downtime only: for how long after its end a first document waits for a reason; nil where it does not.
    public var awaitsReason: ReasonWait?

    /// For how long a document waits for a reason, and which words are none.
    public struct ReasonWait: Hashable, Sendable {
        /// So long after the interval's end; then the document goes with what its mapping says of a missing reason.
        public var length: Duration
        /// Reasons that stand for none, such as UNREPORTED.
        public var none: Set<String>

        /// That wait.
        public init(length: Duration, none: Set<String>) {
            self.length = length
            self.none = none
        }
    }

    /// A plan of these parts.
    public init(
        mapping: MappingName, version: String, structure: String, request: RequestID, kind: FactKind,
        condition: (@Sendable (Fact) -> Bool)?, per: [PerField], window: WindowRule, settle: Duration, atMost: Duration,
        atLeast: Duration = .zero, open: OpenInterval = .withhold, awaitsReason: ReasonWait? = nil
    ) {
        self.awaitsReason = awaitsReason
        self.mapping = mapping
        self.version = version
        self.structure = structure
        self.request = request
        self.kind = kind
        self.condition = condition
        self.per = per
        self.window = window
        self.settle = settle
        self.atMost = atMost
        self.atLeast = atLeast
        self.open = open
    }
}

/// Facts gathered by `per` and window, so that one confirmation is posted and not three hundred.
public struct Sum: Hashable, Sendable {
    /// What a sum is known by (RULES R14): the key of its documents without the revision.
    public struct Identity: Hashable, Sendable {
        /// Where its documents go.
        public var request: RequestID
        /// The kind of fact.
        public var kind: FactKind
        /// When the window begins; `.distantPast` for an absolute request, whose sum goes by `per` alone.
        public var windowStart: Instant
        /// The per-values in the declared order, with the shift's name first where the window is the shift.
        public var perValues: [String]

        /// An identity of these parts.
        public init(request: RequestID, kind: FactKind, windowStart: Instant, perValues: [String]) {
            self.request = request
            self.kind = kind
            self.windowStart = windowStart
            self.perValues = perValues
        }

        /// By window and values alone: few requests gather the same ones.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(windowStart.microseconds)
            for value in perValues { hasher.combine(value) }
        }
    }

    /// The store's number of it; 0 for a sum that is not stored yet.
    public var id: Int64
    /// What it is known by.
    public var identity: Identity
    /// The document mapping that gathers it.
    public var mapping: MappingName
    /// When the window began: for an absolute request the rhythm's window in which the total changed last.
    public var windowStart: Instant
    /// When the window ends.
    public var windowEnd: Instant
    /// The fields that a document can use: per-values by name, shift, production day.
    public var fields: ValueObject
    /// The total now.
    public var total: Amounts
    /// Downtime: the interval now (nil where withdrawn or not wanted any more).
    public var interval: Downtime?
    /// The number of the newest document; 0 where there is none.
    public var revision: Int
    /// Whether the total changed since documents were last made.
    public var isChanged: Bool
    /// Why its documents are parked before they are made, e.g. two mappings claim its facts; nil where nothing is
    /// wrong.
    public var conflict: String?

    /// A sum of these parts.
    public init(
        id: Int64 = 0, identity: Identity, mapping: MappingName, windowStart: Instant, windowEnd: Instant,
        fields: ValueObject, total: Amounts = .zero, interval: Downtime? = nil, revision: Int = 0,
        isChanged: Bool = true,
        conflict: String? = nil
    ) {
        self.id = id
        self.identity = identity
        self.mapping = mapping
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.fields = fields
        self.total = total
        self.interval = interval
        self.revision = revision
        self.isChanged = isChanged
        self.conflict = conflict
    }
}

extension Sum {
    /// This stored sum with what `gain` adds to it.
    ///
    /// - Throws: `DecimalError.tooLarge` where an amount needs more than 18 digits.
    public func gaining(_ gain: Sum) throws(DecimalError) -> Sum {
        var sum = self
        sum.total = try total.adding(gain.total)
        sum.mapping = gain.mapping
        sum.isChanged = true
        sum.conflict = gain.conflict ?? conflict
        if identity.kind == .downtime {
            sum.interval = gain.interval
            sum.windowEnd = gain.windowEnd
        } else if gain.windowEnd > windowEnd {
            // An absolute sum lives in the rhythm's newest window that changed it.
            sum.windowStart = gain.windowStart
            sum.windowEnd = gain.windowEnd
        }
        return sum
    }
}

extension Sum {
    /// The member of `fields` under which it is kept that a person has the sum booked to another order.
    public static let bookedAs = "booked-as"

    /// The fields as the other system is told them: with the order that a person has it booked to (`queue remap --order`).
    public var booked: ValueObject {
        guard let other = fields[Self.bookedAs]?.object else { return fields }
        var told = fields
        told[Self.bookedAs] = nil
        for (name, value) in other { told[name] = value }
        return told
    }
}

extension Sum {
    /// Whether a document may be all of it: a count with a window of its own in its key.
    public var mayBeDocument: Bool { identity.kind == .productionCount && identity.windowStart != .distantPast }
}
