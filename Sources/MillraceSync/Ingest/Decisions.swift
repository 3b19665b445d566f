import MillraceCore

/// Puts what a person decided in the place of steps that no rule explains, also where a repair tells them again.
struct Decisions {
    let store: any FactDecisionStore

    /// The writes with decided facts as they were decided.
    ///
    /// - Shape: what a repair takes out because it was not told, and what is told again as decided, stays.
    func apply(to writes: [FactWrite]) throws -> [FactWrite] {
        let writes = try reasoned(writes)
        guard writes.contains(where: \.isUnconfirmed) else { return writes }
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

    /// The writes, stops with the reason that a person said of them.
    private func reasoned(_ writes: [FactWrite]) throws -> [FactWrite] {
        var result = writes
        for index in writes.indices where writes[index].isInterval {
            guard case .interval(var fact) = writes[index], fact.class != .producing, !fact.isWithdrawn,
                let reason = try store.saidReason(of: fact)
            else { continue }
            fact.reason = reason
            result[index] = .interval(fact)
        }
        return result
    }
}

extension FactWrite {
    fileprivate var isInterval: Bool { if case .interval = self { true } else { false } }

    /// Whether no rule explains the fact.
    fileprivate var isUnconfirmed: Bool {
        switch self {
        case .fresh(let fact), .set(let fact), .add(let fact): fact.standing == .unconfirmed
        case .interval(let fact): fact.standing == .unconfirmed
        }
    }

    /// The fact, where no rule explains it.
    fileprivate var unconfirmed: Fact? { fact.standing == .unconfirmed ? fact : nil }
}
