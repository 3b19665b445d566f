import MillraceCore

/// Puts what a person decided in the place of steps that no rule explains, also where a repair tells them again.
struct Decisions {
    let store: any FactDecisionStore

    /// The writes with decided facts as they were decided.
    ///
    /// - Shape: what a repair takes out because it was not told, and what is told again as decided, stays.
    func apply(to writes: [FactWrite]) throws -> [FactWrite] {
        let writes = try writes.map(reasoned)
        guard writes.contains(where: { $0.unconfirmed != nil }) else { return writes }
        // Of each decided fact the place at which an engine told its step last.
        var decided: [Fact.Identity: Int] = [:]
        var result: [FactWrite] = []
        for write in writes {
            if let fact = write.unconfirmed, let decision = try store.decision(on: fact) {
                let found = decision.applied(to: fact)
                decided[found.identity] = result.count
                switch found {
                case .count(let count): result.append(.set(count))
                case .downtime(let interval): result.append(.interval(interval))
                }
            } else {
                result.append(write)
            }
        }
        if decided.isEmpty { return result }
        return result.indices.filter { index in
            guard let last = decided[result[index].fact.identity] else { return true }
            if case .set = result[index] { return index == last }
            if case .interval = result[index] { return index >= last }
            return true
        }.map { result[$0] }
    }

    /// A stop with the reason that a person said of it.
    private func reasoned(_ write: FactWrite) throws -> FactWrite {
        guard case .interval(var fact) = write, fact.class != .producing, !fact.isWithdrawn,
            let reason = try store.saidReason(of: fact)
        else { return write }
        fact.reason = reason
        return .interval(fact)
    }
}

extension FactWrite {
    /// The fact, where no rule explains it.
    fileprivate var unconfirmed: Fact? { fact.standing == .unconfirmed ? fact : nil }
}
