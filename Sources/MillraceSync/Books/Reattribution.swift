import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Looks pieces that wait for their order up again, by the tables as they are now (RULES R7).
struct Reattribution {
    let plan: CountPlan
    let timelines: OrderTimelines

    /// What is left of a fact that waits, and what of it found its order; nil where nothing did.
    func attributed(_ fact: ProductionCount) throws -> (rest: ProductionCount, found: [ProductionCount])? {
        var rest = fact
        rest.pieces = []
        rest.amounts = .zero
        var found: [ProductionCount] = []
        let orders = try timelines.of(
            plan.timelines, fact.equipment, since: fact.pieces.map { $0.since ?? $0.instant }.min() ?? .distantFuture)
        for (piece, target) in try fact.pieces.flatMap({ try parts(of: $0, fact, orders) }) {
            guard let target else {
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
        return found.isEmpty ? nil : (rest, found)
    }

    /// The piece with what it counts for, nil where it still waits; in parts, which sum to it, where it is shared by time and what
    /// holds changed.
    private func parts(
        of piece: WaitingPiece, _ fact: ProductionCount, _ orders: [OrderTimeline]
    ) throws -> [(piece: WaitingPiece, target: ProductionCount?)] {
        var frame = SignalFrame(
            values: plan.slots.map { piece.signals[$0] }, instant: piece.since ?? piece.instant,
            equipment: fact.equipment, timelines: orders)
        var held = [(since: frame.instant, target: target(of: fact, in: frame, piece.signals))]
        while piece.since != nil, held.count < 1_000 {
            let next = plan.holdsUntil(frame)
            if next <= frame.instant || next >= piece.instant { break }
            frame.instant = next
            let target = target(of: fact, in: frame, piece.signals)
            if target?.identity != held.last?.target?.identity { held.append((next, target)) }
        }
        guard let since = piece.since, held.count > 1 else { return [(piece, held[0].target)] }
        let whole = (piece.instant - since).wholeMicroseconds
        var (rest, result) = (piece.amounts, [(piece: WaitingPiece, target: ProductionCount?)]())
        for (index, stretch) in held.enumerated() {
            let until = index + 1 < held.count ? held[index + 1].since : piece.instant
            var own = rest
            if until < piece.instant {
                for quantity in CountedQuantity.allCases {
                    own[quantity] = try piece.amounts[quantity].share(
                        (until - stretch.since).wholeMicroseconds, of: whole)
                }
                rest = try rest.adding(own.negated)
            }
            if own.isZero { continue }
            result.append(
                (
                    WaitingPiece(instant: until, since: stretch.since, amounts: own, signals: piece.signals),
                    stretch.target
                ))
        }
        return result
    }

    private func target(
        of fact: ProductionCount, in frame: SignalFrame, _ signals: ValueObject
    ) -> ProductionCount? {
        var target = fact
        target.standing = .counted
        target.rule = ""
        target.pieces = []
        target.version = plan.version
        let place = signals[OrderShare.signal]?.decimal?.integer.flatMap { Int(exactly: $0) }
        let share = place.flatMap { plan.shares.indices.contains($0) ? plan.shares[$0] : nil }
        for (field, path) in [
            (share?.order ?? plan.order, \ProductionCount.order), (share?.operation ?? plan.operation, \.operation),
            (share?.material ?? plan.material, \.material),
        ] {
            switch field(frame) {
            case .value(let text): target[keyPath: path] = text
            case .none: target[keyPath: path] = nil
            case .waiting: return nil
            }
        }
        return target
    }

    /// The same writes, whole facts each, with what waits under the order that it has by now: a repair works by the text that the readings
    /// were pulled under, and must not take back what a later table gave.
    func applied(to told: [FactWrite]) throws -> [FactWrite] {
        guard told.contains(where: { $0.fact.standing == .unattributed }) else { return told }
        var newest: [Fact.Identity: FactWrite] = [:]
        var order: [Fact.Identity] = []
        for write in told where newest.updateValue(write, forKey: write.fact.identity) == nil {
            order.append(write.fact.identity)
        }
        for identity in order {
            guard case .count(let fact)? = newest[identity]?.fact, fact.standing == .unattributed,
                let (rest, found) = try attributed(fact)
            else { continue }
            newest[identity] = .set(rest)
            for piece in found {
                let key = Fact.count(piece).identity
                if case .count(let known)? = newest[key]?.fact {
                    newest[key] = .set(try known.adding(piece))
                } else {
                    newest[key] = .set(piece)
                    order.append(key)
                }
            }
        }
        return order.compactMap { newest[$0] }
    }
}
