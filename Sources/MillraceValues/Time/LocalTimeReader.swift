// Hot path: every local time of a file passes here. Guarded by `script/bench`.

/// Which of its two instants a local time has that the clock showed twice (RULES R5).
public enum DoubledHour: String, Sendable, CaseIterable {
    /// By the place in the file: the first until the file's times go back, the second from there on.
    case byOrder = "by-order"
    /// Always the first.
    case first
    /// Always the second.
    case second
    /// Neither: the reading is unreadable.
    case refuse
}

/// Turns the local times of one file, in the order of the file, into instants (RULES R5).
///
/// `last` is all of its state: kept with the cursor, it lets a later run go on as if there had been no break.
public struct LocalTimeReader: Sendable {
    /// Whose wall clock wrote the file.
    public let zone: Zone
    /// What becomes of times that the clock showed twice.
    public let doubledHour: DoubledHour
    /// The instant of the line before; nil at the beginning of a file.
    public private(set) var last: Instant?
    /// The stretch of unchanged offset around the last instant, so that most lines need no look-up.
    private var period: ZonePeriod

    /// For a file of that zone, from behind the line whose instant was `last`.
    public init(zone: Zone, doubledHour: DoubledHour, last: Instant? = nil) {
        self.zone = zone
        self.doubledHour = doubledHour
        self.last = last
        period = zone.period(at: last ?? Instant(seconds: 0))
    }

    /// The instant of the next line: a written offset rules, else the zone and the place in the file.
    ///
    /// - Shape: a failure leaves the state as it was.
    public mutating func instant(of time: ParsedTime) -> Result<Instant, LocalTimeError> {
        guard let offset = time.offset else { return instant(of: time.civil) }
        let instant = time.civil.instant(offset: offset)
        last = instant
        return .success(instant)
    }

    /// The instant of the next line, which bears no offset.
    ///
    /// - Shape: a failure leaves the state as it was.
    public mutating func instant(of local: CivilTime) -> Result<Instant, LocalTimeError> {
        let likely = local.instant(offset: period.offset)
        // Farther than any clock change from both ends of the period, no other period can show the time.
        if likely.microseconds > period.start.microseconds.addingHeld(Self.margin),
            likely.microseconds < period.end.microseconds.addingHeld(-Self.margin)
        {
            last = likely
            return .success(likely)
        }
        let result = resolved(local)
        if case .success(let instant) = result {
            last = instant
            if !period.contains(instant) { period = zone.period(at: instant) }
        }
        return result
    }

    /// Two offsets are at most 52 hours apart.
    private static let margin: Int64 = 52 * 3_600_000_000

    private func resolved(_ local: CivilTime) -> Result<Instant, LocalTimeError> {
        switch zone.instants(of: local) {
        case .one(let instant): return .success(instant)
        case .none(let next): return .failure(.skipped(local, zone: zone.name, nextExisting: next))
        case .twice(let first, let second):
            switch doubledHour {
            case .first: return .success(first)
            case .second: return .success(second)
            case .refuse: return .failure(.doubled(local, zone: zone.name))
            case .byOrder:
                guard let last, last > first else { return .success(first) }
                return .success(second)
            }
        }
    }
}

/// Why a local time has no instant.
public enum LocalTimeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The clock showed it twice, and the mapping refuses such times.
    case doubled(CivilTime, zone: String)
    /// The clock was put forward over it, to the instant that follows.
    case skipped(CivilTime, zone: String, nextExisting: Instant)

    /// One sentence.
    public var description: String {
        switch self {
        case .doubled(let time, let zone):
            "the local time \(time) came twice in \(zone); say 'doubled-hour: by-order', 'first' or 'second'"
        case .skipped(let time, let zone, let next):
            "the local time \(time) does not exist in \(zone), where the clock was put forward at \(next); check the zone"
        }
    }
}

extension Int64 {
    /// The sum, held at the ends.
    fileprivate func addingHeld(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
