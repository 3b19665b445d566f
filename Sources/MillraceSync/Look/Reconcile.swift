public import MillraceCore
import MillraceFacts
public import MillraceMapping
public import MillraceValues

/// What of a site is reconciled; nil for all.
public struct ReconcileScope: Hashable, Sendable {
    /// Only this production day; absolute requests, which go over all days, are left out then.
    public var productionDay: CivilDate?
    /// Only this order.
    public var order: String?

    /// That scope.
    public init(productionDay: CivilDate? = nil, order: String? = nil) {
        self.productionDay = productionDay
        self.order = order
    }
}

/// Counted against receipts, for one request (RULES R20).
public struct Reconciled: Sendable {
    /// The request.
    public var request: RequestID
    /// Whether its documents replace a figure.
    public var isAbsolute: Bool
    /// The groups, sorted by their fields.
    public var rows: [ConservationRow]

    /// The rows whose buckets do not sum to what was counted.
    public var differences: [ConservationRow] { rows.filter { $0.difference.map { !$0.isZero } ?? true } }
}

extension ConservationRow {
    /// What was counted less all buckets: zero where the books are whole; nil where the figures are too long to be added.
    public var difference: Amounts? {
        // try?: nil says that it cannot be told, and callers treat that as a difference.
        try? buckets.reduce(counted) { try $0.subtracting($1.amounts) }
    }

    /// The amounts of a bucket; zero where it is not among them.
    public func bucket(_ name: String) -> Amounts { buckets.first { $0.name == name }?.amounts ?? .zero }
}

/// Shows where everything counted is, per request and group (RULES R20): from the facts, the sums and the documents, without the
/// other system.
///
/// `counted` comes from the facts as they were recorded, the buckets from sums and documents: two ways through the books that meet.
/// Shadowed facts are another source's view of the same pieces and not counted.
public struct Reconcile {
    let plant: Plant
    let store: any SiteStore & LookStore
    let scope: ReconcileScope
    private let math: WindowMath
    private let timelines: [Timeline]

    /// The buckets in the order of R20.
    public static let buckets = [
        "booked", "in-doubt", "queued", "parked", "open", "unattributed", "unconfirmed", "rejected", "dropped", "skipped",
        "settled-by-hand", "not-asked-for",
    ]
    /// After so many tries a run that goes on writing is reported as what it is.
    private static var tries: Int { 3 }

    /// The books of that plant; `compile` compiles kept texts of document mappings.
    public init(
        plant: Plant, store: any SiteStore & LookStore, scope: ReconcileScope,
        compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?
    ) throws {
        self.plant = plant
        self.store = store
        self.scope = scope
        math = WindowMath(calendar: plant.calendar)
        timelines = try Epochs(plant: plant, store: store, compile: compile).inForce()
    }

    /// Reads the books; again where a run wrote meanwhile.
    ///
    /// - Throws: `StoreError`; `changedMeanwhile` where runs kept on writing.
    public func run() throws -> [Reconciled] {
        for _ in 0..<Self.tries {
            let before = (try store.foldedThrough(), try store.lastNumber())
            let result = try books()
            if before == (try store.foldedThrough(), try store.lastNumber()) || result.allSatisfy(\.differences.isEmpty) {
                return result
            }
        }
        throw StoreError.changedMeanwhile("the books")
    }

    private func books() throws -> [Reconciled] {
        var requests: [RequestID: RequestBooks] = [:]
        for mapping in plant.documentMappings where mapping.plan.kind == .productionCount {
            guard let contract = plant.contract(of: mapping.plan.request) else { continue }
            let isAbsolute = if case .absolute = contract.quantity { true } else { false }
            if isAbsolute, scope.productionDay != nil { continue }
            requests[contract.id, default: RequestBooks(isAbsolute: isAbsolute)].take(mapping.plan)
        }
        try countFacts(&requests)
        for request in requests.keys.sorted() { try readSums(of: request, &requests) }
        return requests.sorted { $0.key < $1.key }.map { request, books in
            Reconciled(request: request, isAbsolute: books.isAbsolute, rows: books.rows(scope))
        }
    }

    // MARK: Facts

    private func countFacts(_ requests: inout [RequestID: RequestBooks]) throws {
        let folded = try store.foldedThrough()
        var position: Int64 = 0
        while true {
            let page = try store.facts(after: position, limit: 5_000)
            guard let last = page.last else { return }
            position = last.id
            for revision in page {
                guard case .count(let fact) = revision.fact, fact.standing != .shadowed, !revision.change.isZero else {
                    continue
                }
                if let day = scope.productionDay, fact.productionDay != day, !isLoose(fact, requests) { continue }
                for request in requests.keys {
                    try count(fact, revision, isFolded: revision.id <= folded, request, &requests)
                }
            }
        }
    }

    /// Whether the fact's window may begin on another production day than the fact.
    private func isLoose(_ fact: ProductionCount, _ requests: [RequestID: RequestBooks]) -> Bool {
        requests.values.contains { $0.hasLooseWindows }
    }

    private func count(
        _ fact: ProductionCount, _ revision: FactRevision, isFolded: Bool, _ request: RequestID,
        _ requests: inout [RequestID: RequestBooks]
    ) throws {
        let plan = fact.start < plant.liveSince || fact.standing != .counted ? nil : claim(revision.fact, request)
        let bucket: String?
        switch fact.standing {
        case .counted: bucket = plan == nil ? "not-asked-for" : (isFolded ? nil : "open")
        default: bucket = fact.standing.rawValue
        }
        let books = requests[request] ?? RequestBooks(isAbsolute: false)
        let group = plan.map { self.group(of: fact, $0, isAbsolute: books.isAbsolute) } ?? looseGroup(of: fact, books)
        try requests[request]?.count(revision.change, in: group)
        if let bucket { try requests[request]?.put(revision.change, in: bucket, of: group) }
    }

    /// The plan that gathers the fact for the request; the first one, as folding does it.
    private func claim(_ fact: Fact, _ request: RequestID) -> SumPlan? {
        for timeline in timelines where timeline.kind == .productionCount {
            guard let plan = timeline.plan(at: fact.start), plan.request == request else { continue }
            if plan.condition?(fact) ?? true { return plan }
        }
        return nil
    }

    // MARK: Groups

    /// The group of a fact in a sum: the sum's own fields, and for a delta request its production day and shift.
    private func group(of fact: ProductionCount, _ plan: SumPlan, isAbsolute: Bool) -> ValueObject {
        var group = ValueObject()
        for field in plan.per { group[field.rawValue] = .string(math.text(of: .count(fact), field) ?? "") }
        if isAbsolute { return group }
        let window = math.window(of: .count(fact), rule: plan.window)
        let day = plan.window == .day ? fact.productionDay : plant.calendar.span(at: window.start).productionDay
        let shift = plan.window == .day ? nil : plant.calendar.span(at: window.start).name
        return dated(group, day, shift)
    }

    private func group(of sum: Sum, isAbsolute: Bool) -> ValueObject {
        var group = ValueObject()
        for (name, value) in sum.fields where PerField(rawValue: name) != nil { group[name] = value }
        if isAbsolute { return group }
        if group["production-day"] != nil, sum.fields["shift"] == nil { return group }
        let span = plant.calendar.span(at: sum.windowStart)
        return dated(group, span.productionDay, span.name)
    }

    private func dated(_ group: ValueObject, _ day: CivilDate, _ shift: String?) -> ValueObject {
        var dated = group
        if let shift, dated["shift"] == nil { dated["shift"] = .string(shift) }
        if dated["production-day"] == nil { dated["production-day"] = .string(day.description) }
        return dated
    }

    /// The group of a fact in no sum: by all fields that the request's groups have.
    private func looseGroup(of fact: ProductionCount, _ books: RequestBooks) -> ValueObject {
        var group = ValueObject()
        for field in books.fields { group[field.rawValue] = .string(math.text(of: .count(fact), field) ?? "") }
        return group
    }

    // MARK: Sums

    private func readSums(of request: RequestID, _ requests: inout [RequestID: RequestBooks]) throws {
        let discardBefore = try store.health(of: request.endpoint).discardBefore ?? .distantPast
        var position: Int64 = 0
        while true {
            let page = try store.sums(of: request, after: position, limit: 1_000)
            guard let last = page.last else { return }
            position = last.sum.id
            for (_, sum) in page where sum.identity.kind == .productionCount {
                let isAbsolute = requests[request]?.isAbsolute ?? false
                let group = group(of: sum, isAbsolute: isAbsolute)
                if let day = scope.productionDay, group["production-day"]?.text != day.description { continue }
                let documents = sum.revision == 0 ? [] : try store.documents(of: sum.id)
                let figures = try LedgerFigures(documents: documents, isAbsolute: isAbsolute)
                var rest = sum.total
                for (name, amounts) in [
                    ("booked", figures.booked), ("in-doubt", figures.inDoubt), ("queued", figures.queued),
                    ("parked", figures.parked), ("settled-by-hand", figures.settled),
                ] {
                    rest = try rest.subtracting(amounts)
                    try requests[request]?.put(amounts, in: name, of: group)
                }
                let name: String
                if sum.windowStart < discardBefore {
                    name = "settled-by-hand"
                } else {
                    name = sum.isChanged || sum.revision > 0 ? "open" : "skipped"
                }
                try requests[request]?.put(rest, in: name, of: group)
            }
        }
    }
}

/// The groups of one request in the making.
private struct RequestBooks {
    let isAbsolute: Bool
    /// The fields of its groups, in order.
    var fields: [PerField] = []
    /// Whether its windows may span a border of the production day.
    var hasLooseWindows = false
    private var groups: [ValueObject: (counted: Amounts, buckets: [String: Amounts])] = [:]

    init(isAbsolute: Bool) { self.isAbsolute = isAbsolute }

    mutating func take(_ plan: SumPlan) {
        let dated: [PerField] = isAbsolute ? [] : (plan.window == .day ? [.productionDay] : [.shift, .productionDay])
        for field in plan.per + dated where !fields.contains(field) { fields.append(field) }
        if case .every = plan.window { hasLooseWindows = true }
    }

    mutating func count(_ amounts: Amounts, in group: ValueObject) throws {
        let group = group.sortedByField
        groups[group, default: (.zero, [:])].counted = try (groups[group]?.counted ?? .zero).adding(amounts)
    }

    mutating func put(_ amounts: Amounts, in bucket: String, of group: ValueObject) throws {
        if amounts.isZero { return }
        let group = group.sortedByField
        var entry = groups[group] ?? (.zero, [:])
        entry.buckets[bucket] = try (entry.buckets[bucket] ?? .zero).adding(amounts)
        groups[group] = entry
    }

    func rows(_ scope: ReconcileScope) -> [ConservationRow] {
        groups.filter { group, entry in
            if entry.counted.isZero, entry.buckets.allSatisfy({ $0.value.isZero }) { return false }
            if let order = scope.order, group["order"]?.text != order { return false }
            if let day = scope.productionDay, group["production-day"]?.text != day.description { return false }
            return true
        }.map { group, entry in
            ConservationRow(
                group: group, counted: entry.counted,
                buckets: Reconcile.buckets.map { .init(name: $0, amounts: entry.buckets[$0] ?? .zero) })
        }.sorted { $0.group.texts.lexicographicallyPrecedes($1.group.texts) }
    }
}

extension ValueObject {
    /// The members in the order of `PerField`, so that equal groups are equal.
    fileprivate var sortedByField: ValueObject {
        var sorted = ValueObject()
        for field in [PerField.productionDay, .shift, .order, .operation, .equipment, .material] {
            if let value = self[field.rawValue] { sorted.append(field.rawValue, value) }
        }
        return sorted
    }

    fileprivate var texts: [String] { values.map { $0.plainText ?? "" } }
}

extension Epochs {
    /// The texts in force over time as they are recorded; a mapping that no run has seen holds from the beginning. Writes nothing.
    func inForce() throws -> [Timeline] {
        var known: [MappingName: [MappingEpoch]] = [:]
        for epoch in try store.epochs() { known[epoch.mapping, default: []].append(epoch) }
        return try plant.documentMappings.map { mapping in
            let plans = try (known[mapping.name] ?? []).compactMap { epoch -> (begins: Instant, plan: SumPlan)? in
                try plan(of: epoch, current: mapping).map { (epoch.begins, $0) }
            }
            let fallback: [(begins: Instant, plan: SumPlan)] = plans.isEmpty ? [(.distantPast, mapping.plan)] : []
            return Timeline(kind: mapping.plan.kind, plans: (plans + fallback).sorted { $0.begins < $1.begins })
        }
    }
}
