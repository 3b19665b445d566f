public import MillraceValues

/// Reads the books as a whole, for `reconcile` and `explain` (RULES R20).
public protocol BookStore: Sendable {
    /// Every recorded revision of a fact that starts at `start` or later and before `end`, by start, one after the other.
    ///
    /// - Shape: the changes of all revisions of one fact add up to its newest amounts, so a sum over changes needs no look back.
    func revisions(from start: Instant, to end: Instant, _ body: (FactRevision) throws -> Void) throws
    /// Every sum of the request whose window begins at `start` or later and before `end`, with its documents by number, one after
    /// the other.
    ///
    /// - Shape: where the stretch is the whole of time, the sums stand by number; else in no order that means something.
    func eachSum(
        of request: RequestID, from start: Instant, to end: Instant,
        _ body: (_ stem: String, _ sum: Sum, _ documents: [Document]) throws -> Void
    ) throws
}

/// What the documents of one sum mean for the books (RULES R15, R20).
public struct SumFigures: Hashable, Sendable {
    /// What is surely in the books.
    public var booked: Amounts
    /// What may be: leased, accepted, unknown.
    public var inDoubt: Amounts
    /// What waits to be sent.
    public var queued: Amounts
    /// What waits for a person.
    public var parked: Amounts
    /// What a person settled.
    public var settled: Amounts

    /// Those figures.
    public init(
        booked: Amounts = .zero, inDoubt: Amounts = .zero, queued: Amounts = .zero, parked: Amounts = .zero,
        settled: Amounts = .zero
    ) {
        self.booked = booked
        self.inDoubt = inDoubt
        self.queued = queued
        self.parked = parked
        self.settled = settled
    }
}

/// Puts all that was counted into the buckets of RULES R20, for one request.
///
/// Counted comes from the facts, booked and its like from the sums: two ways to one number. `missing` of a row shows where they part.
public struct ConservationBooks {
    /// The fields that name a group.
    private let fields: [PerField]
    /// The request's facts count from here on (RULES R17).
    private let liveSince: Instant
    /// Nothing of a window that begins before is sent (RULES R17); nil for no such border.
    private let discardBefore: Instant?
    /// Up to which recorded fact the sums are folded.
    private let foldedThrough: Int64
    private var groups: [[String]: Tally] = [:]

    private struct Tally {
        var counted = Amounts.zero
        var buckets: [ConservationBucket: Amounts] = [:]

        mutating func add(_ amounts: Amounts, to bucket: ConservationBucket) throws(DecimalError) {
            if !amounts.isZero { buckets[bucket] = try (buckets[bucket] ?? .zero).adding(amounts) }
        }
    }

    /// Empty books.
    ///
    /// - Shape: `fields` is cut down to those that every sum of the request knows (`ConservationBooks.fields(_:of:)`).
    public init(fields: [PerField], liveSince: Instant, discardBefore: Instant?, foldedThrough: Int64) {
        self.fields = fields
        self.liveSince = liveSince
        self.discardBefore = discardBefore
        self.foldedThrough = foldedThrough
    }

    /// Those of the fields that all sums of these plans are parted by; by others no sum can be told apart.
    public static func fields(_ wanted: [PerField], of plans: [SumPlan]) -> [PerField] {
        wanted.filter { field in
            plans.allSatisfy { plan in
                if plan.per.contains(field) { return true }
                switch plan.window {
                case .shift: return field == .shift || field == .productionDay
                case .day: return field == .productionDay
                case .every: return false
                }
            }
        }
    }

    /// Takes one revision of a count fact; others are no matter of R20.
    ///
    /// - Shape: `isAskedFor` says whether a sum of the request gathers it.
    public mutating func add(
        _ revision: FactRevision, isAskedFor: (ProductionCount) -> Bool
    ) throws(DecimalError) {
        // Shadowed pieces are counted by another source.
        guard case .count(let fact) = revision.fact, fact.standing != .shadowed, !revision.change.isZero else { return }
        let bucket: ConservationBucket? =
            switch fact.standing {
            case .unattributed: .unattributed
            case .unconfirmed: .unconfirmed
            case .rejected: .rejected
            case .dropped: .dropped
            case .counted, .shadowed:
                if fact.start < liveSince || !isAskedFor(fact) {
                    .notAskedFor
                } else {
                    revision.id > foldedThrough ? .open : nil
                }
            }
        var tally = groups[key(of: fact)] ?? Tally()
        tally.counted = try tally.counted.adding(revision.change)
        if let bucket { try tally.add(revision.change, to: bucket) }
        groups[key(of: fact)] = tally
    }

    /// Takes one sum with the figures of its documents.
    public mutating func add(_ sum: Sum, _ figures: SumFigures) throws(DecimalError) {
        guard sum.identity.kind == .productionCount else { return }
        let key = fields.map { sum.fields[$0.rawValue]?.text ?? "" }
        var tally = groups[key] ?? Tally()
        var rest = sum.total
        for (bucket, amounts) in [
            (.booked, figures.booked), (.inDoubt, figures.inDoubt), (.queued, figures.queued),
            (.parked, figures.parked),
            (.settled, figures.settled),
        ] as [(ConservationBucket, Amounts)] {
            try tally.add(amounts, to: bucket)
            rest = try rest.subtracting(amounts)
        }
        if let discardBefore, sum.windowStart < discardBefore {
            try tally.add(rest, to: .settled)
        } else {
            try tally.add(rest, to: sum.revision == 0 && !sum.isChanged ? .skipped : .open)
        }
        groups[key] = tally
    }

    private func key(of fact: ProductionCount) -> [String] {
        fields.map { field in
            switch field {
            case .order: fact.order ?? ""
            case .operation: fact.operation ?? ""
            case .equipment: fact.equipment
            case .material: fact.material ?? ""
            case .shift: fact.shift
            case .productionDay: fact.productionDay.description
            }
        }
    }

    /// The rows, by group, with every bucket in the order of R20.
    public var rows: [ConservationRow] {
        groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, tally in
            var group = ValueObject()
            for (field, value) in zip(fields, key) { group.append(field.rawValue, .string(value)) }
            return ConservationRow(
                group: group, counted: tally.counted,
                buckets: ConservationBucket.allCases.map {
                    .init(name: $0.rawValue, amounts: tally.buckets[$0] ?? .zero)
                })
        }
    }
}

/// Where counted pieces can be, by the names of RULES R20.
public enum ConservationBucket: String, Sendable, CaseIterable {
    /// The endpoint has it.
    case booked
    /// Leased, accepted or unknown.
    case inDoubt = "in doubt"
    /// It waits to be sent.
    case queued
    /// It waits for a person.
    case parked
    /// In no document yet.
    case open
    /// It waits for an order.
    case unattributed
    /// No rule explains the step.
    case unconfirmed
    /// A person refused it.
    case rejected
    /// A rule of the mapping left it out.
    case dropped = "dropped by rule"
    /// A rule let the first document go unmade.
    case skipped
    /// A person booked it, or decided not to.
    case settled = "settled by hand"
    /// Before live-since, or outside every `where`.
    case notAskedFor = "not asked for"
}
