public import MillraceCore
public import MillraceValues

extension EndpointHealth {
    /// Whether nothing may be sent at the instant.
    public func isHeld(at instant: Instant) -> Bool {
        needsPerson || heldUntil.map { instant < $0 && $0 - instant <= Self.longestHold } ?? false
    }

    /// Whether it is held, or was and has taken nothing since: the next run tries it.
    public func standsStill(at instant: Instant) -> Bool { isHeld(at: instant) || failures > 0 }

    /// An endpoint that only throttled for so long, without taking one document, is down.
    private static var patience: Duration { .seconds(900) }
    /// The words for an endpoint that takes nothing just now, whatever the reason: one outage, told since its beginning.
    private static var outages: Set<String> { ["down", "throttled"] }

    /// Nothing more for a while: half a minute, doubled each time, at most a quarter of an hour, or as long as the
    /// endpoint says.
    ///
    /// One that answers "later" to everything is throttled at first; once that has gone on for a quarter of an hour without
    /// one document taken, it is down like one that cannot be reached, and stays so until it takes one.
    mutating func hold(_ hold: AfterAttempt.Hold, at now: Instant, jitter: Double) {
        failures += 1
        let own = Duration.seconds(min(900, 30 * (1 << min(failures - 1, 5)))) * (0.75 + 0.5 * jitter)
        heldUntil = now + max(hold.least ?? .zero, hold.least == nil ? own : .zero)
        let goesOn = causeCode == hold.code || (Self.outages.contains(causeCode) && Self.outages.contains(hold.code))
        let since = goesOn ? heldSince ?? now : now
        heldSince = since
        cause = hold.cause
        causeCode = hold.code == "throttled" && now - since >= Self.patience ? "down" : hold.code
    }

    /// The endpoint answers again.
    mutating func recover() {
        if needsPerson { return }
        failures = 0
        heldUntil = nil
        heldSince = nil
        cause = ""
        causeCode = ""
    }
}
