import MillraceCore
import MillraceValues

/// What has to be recorded so that the books say what was told now.
enum FactChanges {
    /// The writes: what was told and is not recorded so, and nothing left of what was not told any more; a count becomes 0 then, an
    /// interval is withdrawn.
    ///
    /// - Shape: `told` and `before` are of one stream and the same stretch of time, each of them whole. Of a stream that another
    ///   one counts for, counts are shadowed (RULES R9).
    static func of(_ told: [FactWrite], before: [Fact], isShadowed: Bool) -> [FactWrite] {
        var counts: [ProductionCount.Identity: ProductionCount] = [:]
        var order: [ProductionCount.Identity] = []
        var intervals: [Downtime] = []
        for write in told {
            switch isShadowed ? write.shadowed : write {
            case .fresh(let fact), .set(let fact), .add(let fact):
                if counts.updateValue(fact, forKey: fact.identity) == nil { order.append(fact.identity) }
            case .interval(let fact): intervals.append(fact)
            }
        }
        var known: [ProductionCount.Identity: ProductionCount] = [:]
        var knownIntervals: [Downtime.Identity: Downtime] = [:]
        for fact in before {
            switch fact {
            case .count(let count): known[count.identity] = count
            case .downtime(let interval): knownIntervals[interval.identity] = interval
            }
        }
        var result: [FactWrite] = order.compactMap { identity in
            guard let fact = counts[identity] else { return nil }
            if let recorded = known[identity] { return recorded.saysTheSame(as: fact) ? nil : .set(fact) }
            return fact.amounts.isZero ? nil : .set(fact)
        }
        result += intervals.compactMap { interval in
            knownIntervals[interval.identity].map { $0.saysTheSame(as: interval) } == true ? nil : .interval(interval)
        }
        let told = Set(intervals.map(\.identity))
        for fact in before {
            switch fact {
            case .count(var count):
                if count.amounts.isZero || counts[count.identity] != nil { continue }
                count.amounts = .zero
                count.pieces = []
                result.append(.set(count))
            case .downtime(var interval):
                if interval.isWithdrawn || told.contains(interval.identity) { continue }
                interval.isWithdrawn = true
                result.append(.interval(interval))
            }
        }
        return result
    }
}

extension FactWrite {
    /// When the fact begins.
    var start: Instant {
        switch self {
        case .fresh(let fact), .add(let fact), .set(let fact): fact.start
        case .interval(let fact): fact.start
        }
    }

    /// The order that the fact bears.
    var order: String? {
        switch self {
        case .fresh(let fact), .add(let fact), .set(let fact): fact.order
        case .interval(let fact): fact.order
        }
    }

    /// The same fact, not to be booked because another source counts it.
    var shadowed: FactWrite {
        func moved(_ fact: ProductionCount) -> ProductionCount {
            var copy = fact
            if copy.standing == .counted || copy.standing == .unattributed { copy.standing = .shadowed }
            return copy
        }
        func moved(_ interval: Downtime) -> Downtime {
            var copy = interval
            if copy.standing == .counted { (copy.standing, copy.rule) = (.shadowed, Self.toldTwice) }
            return copy
        }
        return switch self {
        case .fresh(let fact): .fresh(moved(fact))
        case .add(let fact): .add(moved(fact))
        case .set(let fact): .set(moved(fact))
        case .interval(let fact): .interval(moved(fact))
        }
    }

    private static var toldTwice: String { "another mapping tells the states or stops of this equipment" }
}
