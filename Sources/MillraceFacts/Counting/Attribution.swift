import MillraceCore
import MillraceValues

/// What the signals say of the pieces that are counted now.
struct Attribution: Hashable, Sendable {
    /// The order in force.
    var order: String?
    /// Its operation.
    var operation: String?
    /// The material made.
    var material: String?
    /// Why the pieces wait; nil where all is known.
    var waiting: String?
    /// Whether `count-when` lets them count.
    var counts: Bool
    /// For pieces that wait: the signals that a later look-up needs.
    var signals: ValueObject?
    /// How many of each round of pieces are its own, where several orders share the counter.
    var parts: Int64 = 1
    /// The other orders that share the counter.
    var others: [Attribution] = []
}

/// From when on an attribution held.
struct AttributionSegment: Hashable, Sendable {
    /// The first instant.
    var since: Instant
    /// What held.
    var attribution: Attribution
    /// Until when it holds if no signal changes.
    var until: Instant
}

extension CountPlan {
    /// What the plan's look-ups say of these signals.
    func attribution(_ frame: SignalFrame) -> Attribution {
        let counts = countWhen?(frame) ?? true
        guard !shares.isEmpty else { return attribution(frame, order, operation, material, counts, share: nil) }
        let all = shares.enumerated().map { place, share in
            var own = attribution(frame, share.order, share.operation, share.material, counts, share: place)
            own.parts = share.parts
            return own
        }
        var result = all[0]
        result.others = Array(all.dropFirst())
        return result
    }

    private func attribution(
        _ frame: SignalFrame, _ order: SignalAttribution, _ operation: SignalAttribution,
        _ material: SignalAttribution, _ counts: Bool, share: Int?
    ) -> Attribution {
        var waiting: String?
        func text(_ look: SignalAttribution) -> String? {
            switch look(frame) {
            case .value(let text): return text
            case .none: return nil
            case .waiting(let sentence):
                waiting = waiting ?? sentence
                return nil
            }
        }
        var result = Attribution(
            order: text(order), operation: text(operation), material: text(material), waiting: nil,
            counts: counts, signals: nil)
        result.waiting = waiting
        if waiting != nil {
            var signals = ValueObject()
            for slot in slots.indices where attributionSlots[slot] {
                if let value = frame.values[slot] { signals[slots[slot]] = value }
            }
            if let share { signals[OrderShare.signal] = .number(ExactDecimal(Int64(share))) }
            result.signals = signals
        }
        return result
    }
}
