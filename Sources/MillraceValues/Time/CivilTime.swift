/// A date and a wall time, of no zone: what a clock on the wall of a plant shows.
public struct CivilTime: Hashable, Sendable {
    /// The date.
    public let date: CivilDate
    /// Microseconds since that date's 00:00 by the wall clock: 0 to 86,399,999,999.
    public let microsecondsOfDay: Int64

    /// Microseconds of a day of 24 hours.
    static let dayLength: Int64 = 86_400_000_000

    /// That many microseconds by the wall clock after the date's 00:00; a whole day or more goes on in the days after.
    public init(date: CivilDate, microsecondsOfDay: Int64 = 0) {
        if microsecondsOfDay >= 0, microsecondsOfDay < Self.dayLength {
            (self.date, self.microsecondsOfDay) = (date, microsecondsOfDay)
            return
        }
        let (days, rest) = Self.parted(microsecondsOfDay)
        (self.date, self.microsecondsOfDay) = (date.adding(days: days), rest)
    }

    /// That time of the day on that date.
    public init(date: CivilDate, time: TimeOfDay) {
        self.init(date: date, microsecondsOfDay: Int64(time.seconds) * 1_000_000)
    }

    /// What a clock shows whose wall microseconds since 1970-01-01T00:00 are these.
    public init(wallMicroseconds: Int64) {
        let (days, rest) = Self.parted(wallMicroseconds)
        (date, microsecondsOfDay) = (CivilDate(daysSince1970: days), rest)
    }

    /// What a clock that is `offset` seconds ahead of UTC shows at that instant; held at the years 1 and 9999.
    init(held instant: Instant, offset: Int) {
        let held = min(max(instant, .distantPast), .distantFuture)
        self.init(wallMicroseconds: held.microseconds + Int64(offset) * 1_000_000)
    }

    /// The wall time that the whole text is, as `2026-03-02T06:00`, with seconds and a fraction if there are any.
    ///
    /// - Shape: nil for anything else, also where a `Z` or an offset follows.
    public init?(iso8601 text: String) {
        guard let written = WrittenTime(text.utf8.span), written.offsetMicroseconds == nil else { return nil }
        self.init(wallMicroseconds: written.wallMicroseconds)
    }

    /// The hour of the wall clock, 0 to 23.
    public var hour: Int { Int(microsecondsOfDay / 3_600_000_000) }
    /// The minute, 0 to 59.
    public var minute: Int { Int(microsecondsOfDay / 60_000_000 % 60) }
    /// The second, 0 to 59.
    public var second: Int { Int(microsecondsOfDay / 1_000_000 % 60) }
    /// The microsecond within the second.
    public var microsecond: Int { Int(microsecondsOfDay % 1_000_000) }

    /// Wall microseconds since 1970-01-01T00:00, as if every day had 24 hours.
    public var wallMicroseconds: Int64 { Int64(date.daysSince1970) * Self.dayLength + microsecondsOfDay }

    /// The instant at which a clock that is `offset` seconds ahead of UTC shows this.
    public func instant(offset: Int) -> Instant {
        Instant(microseconds: wallMicroseconds &- Int64(offset) &* 1_000_000)
    }

    private static func parted(_ microseconds: Int64) -> (days: Int, rest: Int64) {
        let (days, rest) = microseconds.quotientAndRemainder(dividingBy: dayLength)
        return rest < 0 ? (Int(days) - 1, rest + dayLength) : (Int(days), rest)
    }
}

extension CivilTime: Comparable {
    /// Earlier on the wall clock before later.
    public static func < (left: CivilTime, right: CivilTime) -> Bool {
        (left.date, left.microsecondsOfDay) < (right.date, right.microsecondsOfDay)
    }
}

extension CivilTime: CustomStringConvertible {
    /// As `2026-03-02T06:00:00`, with a fraction only where there is one.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(26)
        bytes.appendTime(self)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Adds `2026-03-02T06:00:00` and, where it is not zero, the shortest fraction.
    mutating func appendTime(_ time: CivilTime) {
        appendDate(time.date, separator: UInt8(ascii: "-"))
        append(UInt8(ascii: "T"))
        appendDigits(time.hour, width: 2)
        append(UInt8(ascii: ":"))
        appendDigits(time.minute, width: 2)
        append(UInt8(ascii: ":"))
        appendDigits(time.second, width: 2)
        var (fraction, width) = (time.microsecond, 6)
        if fraction == 0 { return }
        while fraction % 10 == 0 { (fraction, width) = (fraction / 10, width - 1) }
        append(UInt8(ascii: "."))
        appendDigits(fraction, width: width)
    }
}
