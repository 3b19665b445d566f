// Hot path: every written instant passes the day count here. Guarded by `script/bench`.

/// A date of the Gregorian calendar, of no zone.
///
/// - Shape: 0001-01-01 to 9999-12-31; days beyond are held at these ends.
public struct CivilDate: Hashable, Sendable {
    /// Year, month and day in one number that orders as the dates do: 9 low bits for month and day.
    private let packed: Int32

    /// The first day that can be said, counted from 1970-01-01.
    static let firstDay = -719_162
    /// The last day that can be said, counted from 1970-01-01.
    static let lastDay = 2_932_896

    /// That date; nil where the calendar has none, such as 2026-02-29.
    public init?(year: Int, month: Int, day: Int) {
        guard Self.exists(year: year, month: month, day: day) else { return nil }
        packed = Int32(year << 9 | month << 5 | day)
    }

    /// The date that many days after 1970-01-01.
    public init(daysSince1970 days: Int) {
        // Years that begin in March put the leap day at the end; eras of 400 years have 146,097 days.
        let shifted = min(max(days, Self.firstDay), Self.lastDay) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        packed = Int32(year << 9 | month << 5 | day)
    }

    /// The date that the whole text is, as `2026-03-02`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        let span = bytes.span
        self.init(
            year: span.digitPair(at: 0) * 100 + span.digitPair(at: 2), month: span.digitPair(at: 5),
            day: span.digitPair(at: 8))
    }

    /// 1 to 9999.
    public var year: Int { Int(packed >> 9) }
    /// 1 to 12.
    public var month: Int { Int(packed >> 5 & 15) }
    /// 1 to 31.
    public var day: Int { Int(packed & 31) }
    /// How many days after 1970-01-01.
    public var daysSince1970: Int { Self.days(year: year, month: month, day: day) }

    /// The day of the week.
    public var weekday: Weekday {
        // 1970-01-01 was a Thursday, the fourth from Monday.
        Weekday.allCases[((daysSince1970 + 3) % 7 + 7) % 7]
    }

    /// The date that many days later; earlier for a negative number.
    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = daysSince1970.addingReportingOverflow(days)
        return CivilDate(daysSince1970: overflow ? (days < 0 ? .min : .max) : sum)
    }

    /// Days from 1970-01-01 to a date that exists.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Whether the calendar has that date, in the years 1 to 9999.
    static func exists(year: Int, month: Int, day: Int) -> Bool {
        guard year >= 1, year <= 9_999, month >= 1, month <= 12, day >= 1 else { return false }
        return day <= length(month: month, year: year)
    }

    /// How many days that month has.
    static func length(month: Int, year: Int) -> Int {
        if month == 2 { return isLeap(year) ? 29 : 28 }
        return 30 + ((month + month >> 3) & 1)
    }

    /// Whether that year has a 29 February.
    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension CivilDate: Comparable {
    /// Earlier before later.
    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.packed < right.packed }
}

extension CivilDate: CustomStringConvertible {
    /// As `2026-03-02`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        bytes.appendDate(self, separator: UInt8(ascii: "-"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A day of the week, Monday first as in ISO 8601.
///
/// - Shape: the raw value is how a calendar file writes it.
public enum Weekday: String, Hashable, Sendable, CaseIterable {
    /// The first day of the week.
    case monday = "mon"
    /// The second.
    case tuesday = "tue"
    /// The third.
    case wednesday = "wed"
    /// The fourth.
    case thursday = "thu"
    /// The fifth.
    case friday = "fri"
    /// The sixth.
    case saturday = "sat"
    /// The seventh.
    case sunday = "sun"
}

extension Span<UInt8> {
    /// The number that the two digits at `index` are; far above every calendar number where one is no digit, so that the
    /// caller's range check refuses it.
    @inline(__always) func digitPair(at index: Int) -> Int {
        let tens = self[index] &- 0x30
        let ones = self[index + 1] &- 0x30
        return tens > 9 || ones > 9 ? 1_000_000 : Int(tens) * 10 + Int(ones)
    }
}

extension [UInt8] {
    /// Adds a number that is not negative, with zeros in front up to `width`.
    @inline(__always) mutating func appendDigits(_ number: Int, width: Int) {
        if width == 2, number < 100 {
            append(0x30 &+ UInt8(truncatingIfNeeded: number / 10))
            append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
            return
        }
        var power = 1
        for _ in 1..<Swift.max(1, width) { power *= 10 }
        while number / power > 9 { power *= 10 }
        while power > 0 {
            append(0x30 &+ UInt8(truncatingIfNeeded: number / power % 10))
            power /= 10
        }
    }

    /// Adds `2026-03-02`, or `20260302` without a separator.
    mutating func appendDate(_ date: CivilDate, separator: UInt8?) {
        appendDigits(date.year, width: 4)
        if let separator { append(separator) }
        appendDigits(date.month, width: 2)
        if let separator { append(separator) }
        appendDigits(date.day, width: 2)
    }
}
