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

    /// The books of that request.
    public init(request: RequestID, isAbsolute: Bool, rows: [ConservationRow]) {
        self.request = request
        self.isAbsolute = isAbsolute
        self.rows = rows
    }

    /// The rows whose buckets do not sum to what was counted.
    public var differences: [ConservationRow] { rows.filter { $0.difference.map { !$0.isZero } ?? true } }
}

extension ConservationRow {
    /// What was counted less all buckets: zero where the books are whole; nil where the figures are too long to be added.
    public var difference: Amounts? {
        try? missing()  // try?: nil says that it cannot be told, and callers treat that as a difference
    }

    /// The amounts of a bucket; zero where it is not among them.
    public func bucket(_ bucket: ConservationBucket) -> Amounts {
        buckets.first { $0.name == bucket.rawValue }?.amounts ?? .zero
    }
}

/// Shows where everything counted is, per request and group (RULES R20), without asking the other system.
public struct Reconcile {
    let plant: Plant
    let store: any SiteStore & LookStore & BookStore
    let scope: ReconcileScope
    /// Is told how far it is.
    public var progress: ProgressWatch?
    private let timelines: [Timeline]

    /// After so many tries a run that goes on writing is reported as what it is.
    private static var tries: Int { 3 }

    /// The books of that plant; `compile` compiles kept texts of document mappings.
    public init(
        plant: Plant, store: any SiteStore & LookStore & BookStore, scope: ReconcileScope,
        compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?
    ) throws {
        self.plant = plant
        self.store = store
        self.scope = scope
        timelines = try Epochs(plant: plant, store: store, compile: compile).inForce()
    }

    /// Reads the books; again where a run wrote meanwhile.
    ///
    /// - Throws: `StoreError`; `changedMeanwhile` where runs kept on writing.
    public func run() throws -> [Reconciled] {
        for _ in 0..<Self.tries {
            let before = (try store.foldedThrough(), try store.lastNumber())
            let result = try books()
            if before == (try store.foldedThrough(), try store.lastNumber()) || result.allSatisfy(\.differences.isEmpty)
            {
                return result
            }
        }
        throw StoreError.changedMeanwhile("the books")
    }

    private func books() throws -> [Reconciled] {
        let folded = try store.foldedThrough()
        var requests: [(contract: RequestContract, isAbsolute: Bool, books: ConservationBooks)] = []
        for contract in plant.endpoints.flatMap(\.requests).sorted(by: { $0.id < $1.id }) {
            let plans = timelines.filter { $0.kind == .productionCount }.flatMap { $0.plans.compactMap(\.plan) }
                .filter { $0.request == contract.id }
            if plans.isEmpty { continue }
            let isAbsolute = if case .absolute = contract.quantity { true } else { false }
            let fields = Self.fields(contract, plans)
            if scope.productionDay != nil, !fields.contains(.productionDay) { continue }
            let discardBefore = try store.health(of: contract.id.endpoint).discardBefore
            requests.append(
                (
                    contract, isAbsolute,
                    ConservationBooks(
                        fields: fields, liveSince: plant.liveSince, discardBefore: discardBefore, foldedThrough: folded)
                ))
        }
        try takeFacts(&requests)
        for index in requests.indices { try takeSums(&requests[index]) }
        return requests.map { contract, isAbsolute, books in
            Reconciled(request: contract.id, isAbsolute: isAbsolute, rows: books.rows.filter(isWanted))
        }
    }

    /// The fields of a request's groups: of an absolute one those that its figure goes over.
    private static func fields(_ contract: RequestContract, _ plans: [SumPlan]) -> [PerField] {
        if case .absolute(let totalOver, _) = contract.quantity { return totalOver }
        return ConservationBooks.fields(
            [.productionDay, .shift, .order, .operation, .equipment, .material], of: plans)
    }

    private func takeFacts(
        _ requests: inout [(contract: RequestContract, isAbsolute: Bool, books: ConservationBooks)]
    ) throws {
        let newest = try store.foldedThrough()
        var position: Int64 = 0
        while true {
            let page = try store.facts(after: position, limit: 5_000)
            guard let last = page.last else { return }
            position = last.id
            progress?(.part("counted", "facts", Int(position), of: Int(newest)))
            for revision in page {
                guard case .count(let fact) = revision.fact else { continue }
                if let day = scope.productionDay, fact.productionDay != day { continue }
                for index in requests.indices {
                    let request = requests[index].contract.id
                    try requests[index].books.add(revision) { claims(.count($0), request) }
                }
            }
        }
    }

    /// Whether a sum of the request gathers the fact.
    func claims(_ fact: Fact, _ request: RequestID) -> Bool {
        timelines.contains { timeline in
            guard timeline.kind == .productionCount, let plan = timeline.plan(at: fact.start), plan.request == request
            else { return false }
            return plan.condition?(fact) ?? true
        }
    }

    private func takeSums(
        _ request: inout (contract: RequestContract, isAbsolute: Bool, books: ConservationBooks)
    ) throws {
        var seen: Int64 = 0
        let id = request.contract.id
        try store.eachSum(of: id, from: .distantPast, to: .distantFuture) { _, sum, documents in
            seen += 1
            if seen % 100 == 0 {
                progress?(RunProgress(subject: id.description, unit: "sums", done: seen, share: nil))
            }
            if let day = scope.productionDay, sum.fields["production-day"]?.text != day.description { return }
            let figures = try LedgerFigures(documents: documents, isAbsolute: request.isAbsolute)
            try request.books.add(
                sum,
                SumFigures(
                    booked: figures.booked, inDoubt: figures.inDoubt, queued: figures.queued, parked: figures.parked,
                    settled: figures.settled))
        }
    }

    private func isWanted(_ row: ConservationRow) -> Bool {
        if row.counted.isZero, row.buckets.allSatisfy(\.amounts.isZero) { return false }
        return scope.order.map { row.group["order"]?.text == $0 } ?? true
    }
}

extension Epochs {
    /// The texts in force over time as they are recorded; a mapping that no run has seen holds from the beginning. Writes nothing.
    func inForce() throws -> [Timeline] {
        var known: [MappingName: [MappingEpoch]] = [:]
        for epoch in try store.epochs() { known[epoch.mapping, default: []].append(epoch) }
        return try plant.documentMappings.map { mapping in
            let timeline = try timeline(of: mapping, known[mapping.name] ?? [])
            if !timeline.plans.isEmpty { return timeline }
            return Timeline(kind: mapping.plan.kind, plans: [(.distantPast, mapping.plan)])
        }
    }
}
