import MillraceCore
import MillraceMapping
import MillraceValues

/// Gives facts that wait for an order another chance after a table or mapping changed (RULES R7).
struct AttributionRetry {
    let plant: Plant
    let store: any SiteStore

    /// Looks every waiting piece up again and records those that found their order; returns how many facts changed.
    ///
    /// - Effects: commits only where a mapping's version is new and something found its order.
    func retry(now: Instant) throws -> Int64 {
        var plans: [MappingName: CountPlan] = [:]
        for mapping in plant.readingMappings {
            guard case .counts(let plan) = mapping.plan else { continue }
            if try store.note(Self.note(mapping.name)) != mapping.version { plans[mapping.name] = plan }
        }
        if plans.isEmpty { return 0 }
        var step = IngestStep(connector: "", now: now)
        for revision in try store.unattributedFacts() {
            guard case .count(let fact) = revision.fact, let plan = plans[fact.mapping] else { continue }
            step.facts += try attributed(fact, plan)
        }
        return try store.together {
            if !step.facts.isEmpty { try store.commit(step) }
            for (name, plan) in plans { try store.setNote(Self.note(name), plan.version) }
            return Int64(step.facts.count)
        }
    }

    private static func note(_ mapping: MappingName) -> String { "attributed-by/\(mapping)" }

    /// The fact less the pieces that found their order, and these under their order.
    private func attributed(_ fact: ProductionCount, _ plan: CountPlan) throws -> [FactWrite] {
        var rest = fact
        rest.pieces = []
        rest.amounts = .zero
        var found: [ProductionCount] = []
        for piece in fact.pieces {
            let frame = SignalFrame(
                values: plan.slots.map { piece.signals[$0] }, instant: piece.instant, equipment: fact.equipment)
            guard let target = target(of: fact, in: frame, plan) else {
                rest.pieces.append(piece)
                rest.amounts = try rest.amounts.adding(piece.amounts)
                continue
            }
            if let index = found.firstIndex(where: { $0.identity == target.identity }) {
                found[index].amounts = try found[index].amounts.adding(piece.amounts)
            } else {
                var first = target
                first.amounts = piece.amounts
                found.append(first)
            }
        }
        return found.isEmpty ? [] : [.set(rest)] + found.map { .add($0) }
    }

    private func target(of fact: ProductionCount, in frame: SignalFrame, _ plan: CountPlan) -> ProductionCount? {
        var target = fact
        target.standing = .counted
        target.rule = ""
        target.pieces = []
        target.version = plan.version
        for (field, path) in [
            (plan.order, \ProductionCount.order), (plan.operation, \.operation), (plan.material, \.material),
        ] {
            switch field(frame) {
            case .value(let text): target[keyPath: path] = text
            case .none: target[keyPath: path] = nil
            case .waiting: return nil
            }
        }
        return target
    }
}
