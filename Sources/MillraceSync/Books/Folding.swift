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
    private let lines: [FoldLine]
    /// Of which kinds several mappings gather the facts.
    private let contested: Set<FactKind>
    /// What the facts add to each sum; what is stored of it is added by the store.
    private var sums: [(stem: String, sum: Sum)] = []
    /// Where in `sums` each is.
    private var places: [Sum.Identity: Int] = [:]
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
        math = WindowMath(calendar: plant.calendar)
        let absolute = Set(
            plant.endpoints.flatMap(\.requests).filter { if case .absolute = $0.quantity { true } else { false } }.map(
                \.id))
        lines = timelines.map { timeline in
            FoldLine(
                kind: timeline.kind,
                plans: timeline.plans.map { begins, plan in
                    (begins, plan.map { FoldPlan($0, site: plant.site, isAbsolute: absolute.contains($0.request)) })
                })
        }
        contested = Set(FactKind.allCases.filter { kind in timelines.count { $0.kind == kind } > 1 })
    }

    /// Folds what is recorded and not folded yet, up to `factsTogether`; returns whether more waits.
    ///
    /// - Shape: `make` takes complete new sums, makes their documents, and gives back those that it did not deal with; `tell` hears
    ///   how many facts were folded since it was last told.
    mutating func fold(
        tell: ((Int) -> Void)? = nil, _ make: ([(stem: String, sum: Sum)]) throws -> [(stem: String, sum: Sum)]
    ) throws -> Bool {
        let start = try store.foldedThrough()
        var position = start
        var count = 0
        var newest = Instant.distantPast
        while count < Self.factsTogether {
            let facts = try store.facts(after: position, limit: Self.chunk)
            guard let last = facts.last else { break }
            // By the span, which lends a fact where the list would give a copy.
            let lent = facts.span
            for index in lent.indices {
                newest = max(newest, lent[index].fact.start)
                try fold(lent[index])
            }
            position = last.id
            count += facts.count
            tell?(facts.count)
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
        // Moved about in one list, for a copy of a sum costs more than its place in an order.
        var taken: [(stem: String, sum: Sum)] = []
        swap(&taken, &sums)
        places.removeAll(keepingCapacity: true)
        let wanted = taken.partition { isWanted($0.sum) }
        sums.append(contentsOf: taken[..<wanted])
        for (place, entry) in sums.enumerated() { places[entry.sum.identity] = place }
        taken.removeSubrange(..<wanted)
        taken.removeAll { !$0.sum.isChanged }
        taken.sort { $0.stem < $1.stem }
        return taken
    }

    private mutating func fold(_ revision: FactRevision) throws {
        let fact = revision.fact
        if fact.start < plant.liveSince { return }
        if fact.standing != .counted { return }
        if case .count = fact, revision.change.isZero { return }
        var claims: [RequestID: Sum.Identity] = [:]
        for line in lines where line.kind == fact.kind {
            guard let plan = line.plan(at: fact.start) else { continue }
            switch fact {
            case .count(let count): try fold(fact, count, by: revision.change, plan, &claims)
            case .downtime(let interval): try fold(fact, interval, revision.revision, plan, &claims)
            }
        }
    }

    private mutating func fold(
        _ fact: Fact, _ count: ProductionCount, by change: Amounts, _ plan: FoldPlan,
        _ claims: inout [RequestID: Sum.Identity]
    ) throws {
        if let condition = plan.sum.condition, !condition(fact) { return }
        let window = plan.window(of: fact, math)
        let identity = Sum.Identity(
            request: plan.sum.request, kind: .productionCount,
            windowStart: plan.isAbsolute ? .distantPast : window.start,
            perValues: math.perValues(of: count, plan: plan.sum, isAbsolute: plan.isAbsolute))
        if contested.contains(.productionCount) {
            if let other = claims[plan.sum.request] {
                conflict(identity, other, plan, window.start, window.end, fact)
                return
            }
            claims[plan.sum.request] = identity
        }
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
        _ fact: Fact, _ interval: Downtime, _ revision: Int, _ plan: FoldPlan,
        _ claims: inout [RequestID: Sum.Identity]
    ) throws {
        let length = interval.end.map { $0 - interval.start }
        let isWanted =
            !interval.isWithdrawn && (plan.sum.condition?(fact) ?? true)
            && (length.map { $0 >= plan.sum.atLeast } ?? (plan.sum.open == .provisional))
        let identity = math.identity(of: fact, plan: plan.sum, isAbsolute: false)
        let end = interval.end ?? interval.start
        // Only an earlier revision can have been wanted.
        if !isWanted, places[identity] == nil {
            guard revision > 1, try store.sum(stem: plan.stem(of: identity)) != nil else { return }
        }
        let place = place(of: identity, plan, interval.start, end, fact)
        if isWanted, claims.updateValue(identity, forKey: plan.sum.request) != nil {
            sums[place].sum.conflict = Self.conflictSentence(plan.sum.request)
        }
        sums[place].sum.interval = isWanted ? interval : nil
        sums[place].sum.windowEnd = end
        sums[place].sum.isChanged = true
    }

    /// Where in `sums` the sum of that identity is, with what was added to it so far, or nothing yet.
    private mutating func place(
        of identity: Sum.Identity, _ plan: FoldPlan, _ start: Instant, _ end: Instant, _ fact: Fact
    ) -> Int {
        if let known = places[identity] { return known }
        let sum = Sum(
            identity: identity, mapping: plan.sum.mapping, windowStart: start, windowEnd: end,
            fields: plan.fields(of: fact, math), isChanged: false)
        places[identity] = sums.count
        sums.append((plan.stem(of: identity), sum))
        return sums.count - 1
    }

    /// Two mappings claim one fact for one request: the first has it, and the documents of both sums are parked (RULES
    /// R14).
    private mutating func conflict(
        _ identity: Sum.Identity, _ other: Sum.Identity, _ plan: FoldPlan, _ start: Instant, _ end: Instant,
        _ fact: Fact
    ) {
        for claimed in [identity, other] {
            let place = place(of: claimed, plan, start, end, fact)
            sums[place].sum.conflict = Self.conflictSentence(plan.sum.request)
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
