/// A point of time in UTC, to the microsecond.
///
/// - Shape: microseconds since 1970-01-01T00:00:00Z; finer digits of a source are cut off, not rounded, so that an instant never
///   moves into the next slice. The years 1 to 9999 are held.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// That many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// That many seconds after 1970-01-01T00:00:00Z.
    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    /// Before every reading there is.
    public static let distantPast = Instant(microseconds: -62_135_596_800_000_000)
    /// After every reading there is.
    public static let distantFuture = Instant(microseconds: 253_402_300_799_999_999)

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? quotient - 1 : quotient
    }

    /// Earlier before later.
    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
    /// That long after; held at the ends of what an instant can be.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        if overflow { return duration < .zero ? .distantPast : .distantFuture }
        return Instant(microseconds: sum)
    }
    /// That long before.
    public static func - (instant: Instant, duration: Duration) -> Instant { instant + (Duration.zero - duration) }
    /// How long it is from `right` to `left`.
    public static func - (left: Instant, right: Instant) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// The start of the step of that length, counted from 1970 in UTC, in which this instant lies.
    public func floored(to step: Duration) -> Instant {
        let width = max(1, step.wholeMicroseconds)
        let rest = microseconds % width
        return Instant(microseconds: microseconds - (rest < 0 ? rest + width : rest))
    }
}

extension Duration {
    /// This length in whole microseconds, cut off; held at ±292,000 years.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (micros, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min / 2 : .max / 2 }
        return micros + attoseconds / 1_000_000_000_000
    }
}
