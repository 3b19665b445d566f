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

    /// An interval of these parts.
    init(
        start: Instant, end: Instant?, class: DowntimeClass, fixedReason: String?, startReason: String?,
        reason: String?, fallbackReason: String?, orders: [OrderSince], first: Place, last: Place
    ) {
        (self.start, self.end, self.class, self.fixedReason) = (start, end, `class`, fixedReason)
        (self.startReason, self.reason, self.fallbackReason) = (startReason, reason, fallbackReason)
        (self.orders, self.first, self.last) = (orders, first, last)
    }

    /// One that a row tells whole.
    init(
        start: Instant, end: Instant?, class: DowntimeClass, orders: [OrderSince], reason: String?, place: Place
    ) {
        self.init(
            start: start, end: end, class: `class`, fixedReason: nil, startReason: reason, reason: reason,
            fallbackReason: nil, orders: orders, first: place, last: place)
    }

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
