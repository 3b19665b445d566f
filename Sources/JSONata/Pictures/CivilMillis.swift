/// Days and months of the calendar from milliseconds since 1970, in UTC.
struct CivilMillis {
    static let day: Int64 = 86_400_000

    let year: Int
    /// 0...11.
    let month: Int
    let dayOfMonth: Int
    let millisOfDay: Int
    let days: Int64

    init(_ millis: Int64) {
        var days = millis / Self.day
        var rest = millis % Self.day
        if rest < 0 {
            rest += Self.day
            days -= 1
        }
        (self.days, millisOfDay) = (days, Int(rest))
        // Eras of 400 years that begin on the first of March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        dayOfMonth = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 2 : shiftedMonth - 10)
        year = Int(yearOfEra + era * 400) + (month <= 1 ? 1 : 0)
    }

    /// The day of a date, counted from 1970; months beyond the year move it.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let months = Int64(year) * 12 + Int64(month)
        let year = months >= 0 ? months / 12 : (months - 11) / 12
        let month = months - year * 12
        let shifted = month < 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 1 ? month - 2 : month + 10) + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 1 is Monday, 7 Sunday.
    var weekday: Int {
        let day = Int((days + 3) % 7)
        return (day < 0 ? day + 7 : day) + 1
    }

    static func weekday(_ days: Int64) -> Int {
        let day = Int((days + 3) % 7)
        return (day < 0 ? day + 7 : day) + 1
    }

    /// The Monday of the first week, which is the one with the first Thursday, of a month or (month 0) a year.
    static func firstWeek(_ year: Int, _ month: Int) -> Int64 {
        let first = days(year, month, 1)
        let weekday = weekday(first)
        return weekday > 4 ? first + Int64(8 - weekday) : first - Int64(weekday - 1)
    }

    private func week(from start: Int64) -> Int { Int((days - start) / 7) + 1 }

    var weekOfYear: Int {
        let start = Self.firstWeek(year, 0)
        if days < start { return week(from: Self.firstWeek(year - 1, 0)) }
        let week = week(from: start)
        return week > 52 && days >= Self.firstWeek(year + 1, 0) ? 1 : week
    }

    var weekOfMonth: Int {
        let start = Self.firstWeek(year, month)
        if days < start { return week(from: Self.firstWeek(year, month - 1)) }
        let week = week(from: start)
        return week > 4 && days >= Self.firstWeek(year, month + 1) ? 1 : week
    }

    var weekYear: Int {
        if days < Self.firstWeek(year, 0) { return year - 1 }
        return days >= Self.firstWeek(year + 1, 0) ? year + 1 : year
    }

    /// The month that the week belongs to, 1...12.
    var weekMonth: Int {
        if days < Self.firstWeek(year, month) { return (month + 11) % 12 + 1 }
        return days >= Self.firstWeek(year, month + 1) ? (month + 1) % 12 + 1 : month + 1
    }

    var dayOfYear: Int { Int(days - Self.days(year, 0, 1)) + 1 }
    var hour: Int { millisOfDay / 3_600_000 }
    var minute: Int { millisOfDay / 60_000 % 60 }
    var second: Int { millisOfDay / 1_000 % 60 }
    var milli: Int { millisOfDay % 1_000 }
}
