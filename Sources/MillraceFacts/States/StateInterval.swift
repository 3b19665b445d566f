import MillraceCore
import MillraceValues

/// Time in one state, before or while intervals are brought into shape.
struct StateInterval: Hashable, Sendable {
    /// From when on an order was in force.
    struct OrderSince: Hashable, Sendable {
        var since: Instant
        var order: String?
    }

    /// When it began.
    var start: Instant
    /// When it ended; nil while it goes on.
    var end: Instant?
    /// What the equipment did.
    var `class`: DowntimeClass
    /// The reason that the state itself brings; nil where the mapping's field says it.
    var fixedReason: String?
    /// The reason at its start, as far as it is a real one.
    var startReason: String?
    /// The first real reason within it.
    var reason: String?
    /// What stands where no real reason comes.
    var fallbackReason: String?
    /// The orders in force, from its start on.
    var orders: [OrderSince]
    /// Where the sample that began it stands.
    var first: Place
    /// Where the sample that ended it stands, else the newest that told of it.
    var last: Place

    /// Whether `next` may become one with this interval: one class and one reason, where a reason that is not known yet
    /// differs from none.
    ///
    /// The reason at the start of `next` decides, so that what comes later never changes the answer.
    func isOne(with next: StateInterval) -> Bool {
        guard self.class == next.class, fixedReason == next.fixedReason else { return false }
        guard let reason, let other = next.startReason else { return true }
        return reason == other
    }

    /// Takes in what follows: its end, its orders, and, where it is the same state, its reason.
    mutating func absorb(_ next: StateInterval, takesReason: Bool) {
        end = next.end
        last = next.last
        if takesReason, reason == nil { reason = next.reason }
        for entry in next.orders where entry.order != orders.last?.order { orders.append(entry) }
    }
}
