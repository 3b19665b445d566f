import MillraceCore
import MillraceMapping
import MillraceValues

/// Gives facts that wait for an order another chance after a table or mapping changed (RULES R7).
struct AttributionRetry {
    let plant: Plant
    let store: any SiteStore
    let timelines: OrderTimelines

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
            guard let (rest, found) = try Reattribution(plan: plan, timelines: timelines).attributed(fact) else {
                continue
            }
            step.facts += [.set(rest)] + found.map { .add($0) }
        }
        return try store.together {
            if !step.facts.isEmpty { try store.commit(step) }
            for (name, plan) in plans { try store.setNote(Self.note(name), plan.version) }
            return Int64(step.facts.count)
        }
    }

    /// What says by which version waiting facts were looked up last; without it all are looked up again.
    static func note(_ mapping: MappingName) -> String { "attributed-by/\(mapping)" }
}
