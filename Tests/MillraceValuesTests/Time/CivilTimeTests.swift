import MillraceValues
import Testing

@Suite("Dates and wall times")
struct CivilTimeTests {
    @Test(arguments: [
        ("1970-01-01", Weekday.thursday), ("2026-03-02", .monday), ("2024-02-29", .thursday),
        ("1969-12-31", .wednesday),
        ("0001-01-01", .monday), ("9999-12-31", .friday),
    ])
    func `a date knows its day of the week`(text: String, weekday: Weekday) throws {
        #expect(try #require(CivilDate(text)).weekday == weekday)
    }

    @Test(arguments: [
        "", "2026-02-29", "2026-3-02", "2026-03-02 ", "2100-02-29", "0000-01-01", "2026/03/02", "26-03-02",
    ])
    func `a text that is no date is refused`(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test func `days are added over the ends of months and years, and held at the ends of the calendar`() throws {
        let date = try #require(CivilDate(year: 2026, month: 12, day: 31))

        #expect(date.adding(days: 1).description == "2027-01-01")
        #expect(date.adding(days: -365).description == "2025-12-31")
        #expect(date.adding(days: .max).description == "9999-12-31")
        #expect(date.adding(days: .min).description == "0001-01-01")
    }

    @Test func `a wall time beyond its day goes on in the next`() throws {
        let date = try #require(CivilDate("2026-03-02"))

        #expect(CivilTime(date: date, microsecondsOfDay: 86_400_000_000).description == "2026-03-03T00:00:00")
        #expect(CivilTime(date: date, microsecondsOfDay: -1).description == "2026-03-01T23:59:59.999999")
        #expect(CivilTime(iso8601: "2026-03-02T06:00")?.description == "2026-03-02T06:00:00")
        #expect(CivilTime(iso8601: "2026-03-02T06:00:00Z") == nil)
    }

    @Test(arguments: [
        ("06:00", 21_600), ("00:00", 0), ("24:00", 86_400), ("23:59:59", 86_399),
    ])
    func `a time of the day is read and written`(text: String, seconds: Int) throws {
        let time = try #require(TimeOfDay(text))

        #expect(time.seconds == seconds)
        #expect(time.description == text)
    }

    @Test(arguments: ["", "6:00", "24:01", "24:00:01", "12:60", "06.00", "06:00 ", "06:00:60", "1x:00"])
    func `a text that is no time of the day is refused`(text: String) {
        #expect(TimeOfDay(text) == nil)
    }
}
