// Hot path: every fact passes `fold`. Guarded by `script/bench`.

import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Folds recorded facts into sums (RULES R12 to R14, R17, R18): a projection with its own position, so each fact is
/// folded once.
struct Folding {
    let plant: Plant
    let store: any SumStore
    /// For each document mapping the texts in force over time, oldest first.
    let timelines: [Timeline]
    /// What the facts add to each sum; what is stored of it is added by the store.
    private var sums: [(stem: String, sum: Sum)] = []
    /// Where in `sums` each is.
    private var places: [Sum.Identity: Int] = [:]
    private let absolute: Set<RequestID>
    private let math: WindowMath

    /// How many facts are read at once.
    private static var chunk: Int { 500 }
    /// After so many facts the transaction ends, so that other programs can write.
    private static var factsTogether: Int { 200_000 }
    /// So many sums are held in memory.
    private static var sumsTogether: Int { 2_000 }
    /// A window that ended so long before the newest fact is taken for complete when memory is short. Were it not, the
    /// rest would come as a second document: more documents, the same books.
    private static var completeAfter: Duration { .seconds(180) }

    init(plant: Plant, store: any SumStore, timelines: [Timeline]) {
        self.plant = plant
        self.store = store
        self.timelines = timelines
        math = WindowMath(calendar: plant.calendar)
        absolute = Set(
            plant.endpoints.flatMap(\.requests).filter { if case .absolute = $0.quantity { true } else { false } }.map(
                \.id))
    }

    /// Folds what is recorded and not folded yet, up to `factsTogether`; returns whether more waits.
    ///
    /// - Shape: `make` takes complete new sums, makes their documents, and gives back those that it did not deal with.
    mutating func fold(_ make: ([(stem: String, sum: Sum)]) throws -> [(stem: String, sum: Sum)]) throws -> Bool {
        let start = try store.foldedThrough()
        var position = start
        var count = 0
        var newest = Instant.distantPast
        while count < Self.factsTogether {
            let facts = try store.facts(after: position, limit: Self.chunk)
            guard let last = facts.last else { break }
            for fact in facts {
                newest = max(newest, fact.fact.start)
                try fold(fact)
            }
            position = last.id
            count += facts.count
            if sums.count > Self.sumsTogether {
                let complete = isFedByOne ? newest - Self.completeAfter : .distantPast
                let rest = try make(take { $0.windowEnd <= complete })
                // Where nothing is complete all is stored, and read again when its documents are made.
                try store.fold(rest + (sums.count > Self.sumsTogether ? take { _ in true } : []), through: start)
            }
        }
        if position == start { return false }
        let isLast = count < Self.factsTogether
        let left = take { _ in true }
        try store.fold(isLast ? try make(left) : left, through: position)
        return !isLast
    }

    /// Whether one connector alone feeds every kind of fact, so that facts come in the order of time.
    private var isFedByOne: Bool { FactKind.allCases.allSatisfy { plant.feeders(of: $0).count <= 1 } }

    /// Takes changed sums out of memory, in the order of their stems.
    private mutating func take(_ isWanted: (Sum) -> Bool) -> [(stem: String, sum: Sum)] {
        let all = sums
        sums.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        var taken: [(stem: String, place: Int)] = []
        for (place, entry) in all.enumerated() {
            if !isWanted(entry.sum) {
                places[entry.sum.identity] = sums.count
                sums.append(entry)
            } else if entry.sum.isChanged {
                taken.append((entry.stem, place))
            }
        }
        return taken.sorted { $0.stem < $1.stem }.map { all[$0.place] }
    }

    private mutating func fold(_ revision: FactRevision) throws {
        let fact = revision.fact
        if fact.start < plant.liveSince { return }
        if fact.standing != .counted { return }
        if case .count = fact, revision.change.isZero { return }
        var claims: [RequestID: Sum.Identity] = [:]
        for timeline in timelines where timeline.kind == fact.kind {
            guard let plan = timeline.plan(at: fact.start) else { continue }
            switch fact {
            case .count(let count): try fold(count, by: revision.change, plan, &claims)
            case .downtime(let interval): try fold(interval, revision.revision, plan, &claims)
            }
        }
    }

    private mutating func fold(
        _ count: ProductionCount, by change: Amounts, _ plan: SumPlan, _ claims: inout [RequestID: Sum.Identity]
    ) throws {
        let fact = Fact.count(count)
        if let condition = plan.condition, !condition(fact) { return }
        let window = math.window(of: fact, rule: plan.window)
        let identity = math.identity(of: fact, plan: plan, isAbsolute: absolute.contains(plan.request))
        if let other = claims[plan.request] {
            conflict(identity, other, plan, window.start, window.end, fact)
            return
        }
        claims[plan.request] = identity
        let place = place(of: identity, plan, window.start, window.end, fact)
        sums[place].sum.total = try sums[place].sum.total.adding(change)
        // An absolute sum lives in the rhythm's newest window that changed it.
        if window.end > sums[place].sum.windowEnd {
            sums[place].sum.windowStart = window.start
            sums[place].sum.windowEnd = window.end
        }
        sums[place].sum.isChanged = true
    }

    private mutating func fold(
        _ interval: Downtime, _ revision: Int, _ plan: SumPlan, _ claims: inout [RequestID: Sum.Identity]
    ) throws {
        let fact = Fact.downtime(interval)
        let length = interval.end.map { $0 - interval.start }
        let isWanted =
            !interval.isWithdrawn && (plan.condition?(fact) ?? true)
            && (length.map { $0 >= plan.atLeast } ?? (plan.open == .provisional))
        let identity = math.identity(of: fact, plan: plan, isAbsolute: false)
        let end = interval.end ?? interval.start
        // Only an earlier revision can have been wanted.
        if !isWanted, places[identity] == nil {
            guard revision > 1, try store.sum(stem: stem(of: identity)) != nil else { return }
        }
        let place = place(of: identity, plan, interval.start, end, fact)
        if isWanted, claims.updateValue(identity, forKey: plan.request) != nil {
            sums[place].sum.conflict = Self.conflictSentence(plan.request)
        }
        sums[place].sum.interval = isWanted ? interval : nil
        sums[place].sum.windowEnd = end
        sums[place].sum.isChanged = true
    }

    /// Where in `sums` the sum of that identity is, with what was added to it so far, or nothing yet.
    private mutating func place(
        of identity: Sum.Identity, _ plan: SumPlan, _ start: Instant, _ end: Instant, _ fact: Fact
    ) -> Int {
        if let known = places[identity] { return known }
        let sum = Sum(
            identity: identity, mapping: plan.mapping, windowStart: start, windowEnd: end,
            fields: fields(of: fact, plan: plan), isChanged: false)
        places[identity] = sums.count
        sums.append((stem(of: identity), sum))
        return sums.count - 1
    }

    private func stem(of identity: Sum.Identity) -> String {
        DocumentKey.stem(
            site: plant.site, request: identity.request, kind: identity.kind, windowStart: identity.windowStart,
            perValues: identity.perValues)
    }

    /// The per-values by name, and the shift and production day of the fact that opens the sum.
    private func fields(of fact: Fact, plan: SumPlan) -> ValueObject {
        var fields = ValueObject()
        for field in plan.per { fields[field.rawValue] = .string(math.text(of: fact, field) ?? "") }
        if plan.kind == .downtime {
            fields["equipment"] = .string(fact.equipment)
            return fields
        }
        if plan.window == .shift { fields["shift"] = math.text(of: fact, .shift).map { .string($0) } }
        if plan.window == .shift || plan.window == .day {
            fields["production-day"] = math.text(of: fact, .productionDay).map { .string($0) }
        }
        return fields
    }

    /// Two mappings claim one fact for one request: the first has it, and the documents of both sums are parked (RULES
    /// R14).
    private mutating func conflict(
        _ identity: Sum.Identity, _ other: Sum.Identity, _ plan: SumPlan, _ start: Instant, _ end: Instant, _ fact: Fact
    ) {
        for claimed in [identity, other] {
            let place = place(of: claimed, plan, start, end, fact)
            sums[place].sum.conflict = Self.conflictSentence(plan.request)
            sums[place].sum.isChanged = true
        }
    }

    private static func conflictSentence(_ request: RequestID) -> String {
        "two document mappings claim the same facts for '\(request)'; part them with 'where'"
    }
}

/// The texts of one document mapping over time (RULES R18): facts before an edit stay with the old text for ever.
struct Timeline: Sendable {
    /// The kind of fact.
    let kind: FactKind
    /// The plans with the instant from which each holds, oldest first; nil from where the mapping was taken out.
    let plans: [(begins: Instant, plan: SumPlan?)]

    /// The plan in force at the instant; nil before the first, and after the end.
    func plan(at instant: Instant) -> SumPlan? {
        if let last = plans.last, last.begins <= instant { return last.plan }
        return plans.last { $0.begins <= instant }?.plan
    }
}
