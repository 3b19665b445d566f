// Hot path: every reading with a time passes here. Guarded by `script/bench`.

extension Instant {
    /// The instant that all of `bytes` say in ISO 8601: `2026-03-02T06:00:00Z`, `2026-03-02T06:00:00.1234567+01:00`,
    /// `2026-03-02T06:00Z`.
    ///
    /// - Shape: nil for anything else: no `Z` and no offset, a date that does not exist, 24:00, a second 60, anything in front
    ///   or behind. Digits finer than a microsecond are cut off. Years 1 to 9999, also after the offset is taken away.
    public init?(iso8601 bytes: Span<UInt8>) {
        guard let written = WrittenTime(bytes), let offset = written.offsetMicroseconds else { return nil }
        let instant = Instant(microseconds: written.wallMicroseconds - offset)
        guard instant >= .distantPast, instant <= .distantFuture else { return nil }
        self = instant
    }

    /// The instant that the whole text says; as for bytes.
    public init?(iso8601 text: String) { self.init(iso8601: text.utf8.span) }

    /// The shortest ISO 8601 text in UTC: `2026-03-02T06:00:00Z`, with a fraction only where there is one.
    public var iso8601: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        bytes.appendTime(inUTC)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As document keys write it (RULES R14): `20260302T050000Z`; what is finer than a second is cut off.
    public var compact: String { compact(milliseconds: false) }

    /// As keys of downtime write it (RULES R14): `20260302T050000.123Z`; what is finer than a millisecond is cut off.
    public var compactMilliseconds: String { compact(milliseconds: true) }

    /// What a clock in UTC shows; held at the years 1 and 9999.
    public var inUTC: CivilTime { CivilTime(held: self, offset: 0) }

    private func compact(milliseconds: Bool) -> String {
        let time = inUTC
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        bytes.appendDate(time.date, separator: nil)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDigits(time.hour, width: 2)
        bytes.appendDigits(time.minute, width: 2)
        bytes.appendDigits(time.second, width: 2)
        if milliseconds {
            bytes.append(UInt8(ascii: "."))
            bytes.appendDigits(time.microsecond / 1_000, width: 3)
        }
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Instant: CustomStringConvertible {
    /// The text in ISO 8601.
    public var description: String { iso8601 }
}

/// What an ISO 8601 text says, before a zone is known.
struct WrittenTime {
    /// Wall microseconds since 1970-01-01T00:00, without the offset.
    let wallMicroseconds: Int64
    /// The offset from UTC that is written, 0 for `Z`; nil where none is.
    let offsetMicroseconds: Int64?

    /// All of `bytes`, or nil.
    init?(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count >= 16, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":")
        else { return nil }
        let year = bytes.digitPair(at: 0) * 100 + bytes.digitPair(at: 2)
        let (month, day) = (bytes.digitPair(at: 5), bytes.digitPair(at: 8))
        let (hour, minute) = (bytes.digitPair(at: 11), bytes.digitPair(at: 14))
        guard CivilDate.exists(year: year, month: month, day: day), hour < 24, minute < 60 else { return nil }
        var index = 16
        var second = 0
        var fraction: Int64 = 0
        if count >= 19, bytes[16] == UInt8(ascii: ":") {
            second = bytes.digitPair(at: 17)
            guard second < 60 else { return nil }
            index = 19
            if count > 19, bytes[19] == UInt8(ascii: ".") {
                guard let (value, end) = Self.fraction(bytes, from: 20) else { return nil }
                (fraction, index) = (value, end)
            }
        }
        let days = Int64(CivilDate.days(year: year, month: month, day: day))
        wallMicroseconds = (days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)) * 1_000_000 + fraction
        if index == count {
            offsetMicroseconds = nil
        } else if bytes[index] == UInt8(ascii: "Z"), index + 1 == count {
            offsetMicroseconds = 0
        } else {
            guard let seconds = Self.offset(bytes.extracting(index..<count)) else { return nil }
            offsetMicroseconds = Int64(seconds) * 1_000_000
        }
    }

    /// Microseconds of a fraction of at least one digit, and the place behind it.
    private static func fraction(_ bytes: Span<UInt8>, from start: Int) -> (Int64, Int)? {
        var index = start
        var value: Int64 = 0
        var unit: Int64 = 100_000
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            if digit > 9 { break }
            // From the seventh digit on the unit is 0: cut off.
            value += Int64(digit) * unit
            unit /= 10
            index += 1
        }
        return index == start ? nil : (value, index)
    }

    /// Seconds ahead of UTC that all of `bytes` say as `+01:00`; at most 23:59 either way.
    static func offset(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":") else { return nil }
        let (hour, minute) = (bytes.digitPair(at: 1), bytes.digitPair(at: 4))
        guard hour < 24, minute < 60 else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return hour * 3_600 + minute * 60
        case UInt8(ascii: "-"): return -(hour * 3_600 + minute * 60)
        default: return nil
        }
    }
}
