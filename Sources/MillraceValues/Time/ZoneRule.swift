/// The rule for the time behind a zone's table, in POSIX's notation: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// - Source: POSIX.1, environment variable TZ, with the hours -167 to 167 of RFC 9636.
struct ZoneRule: Equatable, Sendable {
    /// Seconds ahead of UTC outside daylight saving time.
    let standard: Int32
    /// Daylight saving time; nil where there is none.
    let saving: Saving?

    /// Daylight saving time: its offset and the wall times at which it starts and ends each year.
    struct Saving: Equatable, Sendable {
        let offset: Int32
        let start: YearlyTime
        let end: YearlyTime
    }

    /// A wall time that comes once a year.
    struct YearlyTime: Equatable, Sendable {
        let day: YearlyDay
        /// Seconds after that day's 00:00; -167 to 167 hours.
        let seconds: Int
    }

    /// A day that comes once a year.
    enum YearlyDay: Equatable, Sendable {
        /// `Jn`: 1 to 365, where 29 February is never counted.
        case withoutLeapDay(Int)
        /// `n`: 0 to 365, where it is.
        case ofYear(Int)
        /// `Mm.w.d`: the week's (5: the last) day (0: Sunday) of a month.
        case ofMonth(month: Int, week: Int, weekday: Int)
    }

    /// A second since 1970, and the offset from then on.
    struct Change {
        let time: Int64
        let offset: Int32
    }

    /// The changes of these years in order of time, none without daylight saving time; of two at one second the later in
    /// order holds.
    func changes(years: ClosedRange<Int>) -> [Change] {
        guard let saving else { return [] }
        var result: [Change] = []
        for year in years {
            let start = Change(time: saving.start.second(in: year) - Int64(standard), offset: saving.offset)
            let end = Change(time: saving.end.second(in: year) - Int64(saving.offset), offset: standard)
            for change in start.time <= end.time ? [start, end] : [end, start] {
                if result.last?.time == change.time { result.removeLast() }
                result.append(change)
            }
        }
        return result
    }
}

extension ZoneRule.YearlyTime {
    /// Wall seconds since 1970 at which it comes in that year.
    func second(in year: Int) -> Int64 { Int64(day.days(in: year)) * 86_400 + Int64(seconds) }
}

extension ZoneRule.YearlyDay {
    /// Days since 1970 at which it comes in that year.
    func days(in year: Int) -> Int {
        switch self {
        case .ofYear(let day): return CivilDate.days(year: year, month: 1, day: 1) + day
        case .withoutLeapDay(let day):
            let leap = CivilDate.isLeap(year) && day >= 60
            return CivilDate.days(year: year, month: 1, day: 1) + day - (leap ? 0 : 1)
        case .ofMonth(let month, let week, let weekday):
            let first = CivilDate.days(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday, the fourth from Sunday.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if day >= CivilDate.length(month: month, year: year) { day -= 7 }
            return first + day
        }
    }
}

extension ZoneRule {
    /// The rule that all of `bytes` say; nil for anything else, also for daylight saving time without its two days.
    init?(_ bytes: [UInt8]) {
        var reader = RuleReader(bytes: bytes)
        guard reader.skipName(), let west = reader.time(atMost: 24) else { return nil }
        standard = Int32(-west)
        if reader.isAtEnd {
            saving = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = -west + 3_600
        if !reader.isNext(",") {
            guard let savingWest = reader.time(atMost: 24) else { return nil }
            offset = -savingWest
        }
        guard reader.skip(","), let start = reader.yearlyTime(), reader.skip(","), let end = reader.yearlyTime(),
            reader.isAtEnd
        else { return nil }
        saving = Saving(offset: Int32(offset), start: start, end: end)
    }
}

/// Walks through the text of a rule; every step returns nil or false where the text does not have what is asked for.
private struct RuleReader {
    let bytes: [UInt8]
    var index = 0

    var isAtEnd: Bool { index == bytes.count }

    func isNext(_ character: Unicode.Scalar) -> Bool { index < bytes.count && bytes[index] == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        index += 1
        return true
    }

    /// Three letters or more, or anything in angle brackets.
    mutating func skipName() -> Bool {
        let start = index
        if skip("<") {
            while index < bytes.count, !isNext(">") { index += 1 }
            return skip(">")
        }
        while index < bytes.count, bytes[index] | 0x20 >= 0x61, bytes[index] | 0x20 <= 0x7A { index += 1 }
        return index - start >= 3
    }

    mutating func number(atMost limit: Int) -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            value = value * 10 + Int(bytes[index] - 0x30)
            if value > limit { return nil }
            index += 1
        }
        return index == start ? nil : value
    }

    /// Seconds of `[+-]hh[:mm[:ss]]`.
    mutating func time(atMost hours: Int) -> Int? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard var seconds = number(atMost: hours).map({ $0 * 3_600 }) else { return nil }
        if skip(":") {
            guard let minutes = number(atMost: 59) else { return nil }
            seconds += minutes * 60
            if skip(":") {
                guard let rest = number(atMost: 59) else { return nil }
                seconds += rest
            }
        }
        return isNegative ? -seconds : seconds
    }

    mutating func yearlyTime() -> ZoneRule.YearlyTime? {
        guard let day = yearlyDay() else { return nil }
        guard skip("/") else { return ZoneRule.YearlyTime(day: day, seconds: 7_200) }
        return time(atMost: 167).map { ZoneRule.YearlyTime(day: day, seconds: $0) }
    }

    private mutating func yearlyDay() -> ZoneRule.YearlyDay? {
        if skip("J") {
            guard let day = number(atMost: 365), day >= 1 else { return nil }
            return .withoutLeapDay(day)
        }
        guard skip("M") else { return number(atMost: 365).map { .ofYear($0) } }
        guard let month = number(atMost: 12), month >= 1, skip("."), let week = number(atMost: 5), week >= 1, skip("."),
            let weekday = number(atMost: 6)
        else { return nil }
        return .ofMonth(month: month, week: week, weekday: weekday)
    }
}
