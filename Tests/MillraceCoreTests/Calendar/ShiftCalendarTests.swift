import MillraceCore
import MillraceValues
import Testing

@Suite("Shift calendar")
struct ShiftCalendarTests {
    @Test(arguments: [
        ("2026-03-02T05:00:00Z", "early", "2026-03-02T05:00:00Z", "2026-03-02T13:00:00Z", "2026-03-02"),
        ("2026-03-02T12:59:59.999999Z", "early", "2026-03-02T05:00:00Z", "2026-03-02T13:00:00Z", "2026-03-02"),
        ("2026-03-02T13:00:00Z", "late", "2026-03-02T13:00:00Z", "2026-03-02T21:00:00Z", "2026-03-02"),
        ("2026-03-03T01:00:00Z", "night", "2026-03-02T21:00:00Z", "2026-03-03T05:00:00Z", "2026-03-02"),
        // Friday 22:00 to Sunday 22:00 is off, cut at 06:00.
        ("2026-03-06T21:00:00Z", "off", "2026-03-06T21:00:00Z", "2026-03-07T05:00:00Z", "2026-03-06"),
        ("2026-03-07T12:00:00Z", "off", "2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z", "2026-03-07"),
        ("2026-03-08T12:00:00Z", "off", "2026-03-08T05:00:00Z", "2026-03-08T21:00:00Z", "2026-03-08"),
        ("2026-03-08T21:00:00Z", "night", "2026-03-08T21:00:00Z", "2026-03-09T05:00:00Z", "2026-03-08"),
    ])
    func `R5: an instant lies in a shift of the day on which it began, or in off time cut at day-start`(
        at: String, name: String, start: String, end: String, day: String
    ) throws {
        let span = try plant().span(at: instant(at))

        #expect(
            span
                == ShiftSpan(name: name, start: try instant(start), end: try instant(end), productionDay: try date(day))
        )
    }

    @Test(arguments: [
        // The night shift over the clock change: 7 and 9 hours; on Lord Howe 7.5 and 8.5; in Kathmandu always 8.
        ("Europe/Berlin", "2026-03-28", 7 * 3_600), ("Europe/Berlin", "2026-10-24", 9 * 3_600),
        ("America/New_York", "2026-03-07", 7 * 3_600), ("America/New_York", "2026-10-31", 9 * 3_600),
        ("Australia/Lord_Howe", "2026-10-03", 27_000), ("Australia/Lord_Howe", "2026-04-04", 30_600),
        ("Asia/Kathmandu", "2026-03-28", 8 * 3_600), ("Asia/Kathmandu", "2026-10-24", 8 * 3_600),
    ])
    func `R5: a night shift is as long as the clock makes it`(zone: String, day: String, seconds: Int) throws {
        let calendar = try plant(zone: zone, nights: Set(Weekday.allCases))
        let evening = try Zone(named: zone).border(CivilTime(date: date(day), microsecondsOfDay: 82_800_000_000))

        let span = calendar.span(at: evening)

        #expect(span.name == "night")
        #expect(span.end - span.start == .seconds(seconds))
        #expect(span.productionDay == (try date(day)))
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-03-28", 23 * 3_600), ("Europe/Berlin", "2026-03-29", 24 * 3_600),
        ("Europe/Berlin", "2026-10-24", 25 * 3_600), ("America/New_York", "2026-03-07", 23 * 3_600),
        ("America/New_York", "2026-10-31", 25 * 3_600), ("Australia/Lord_Howe", "2026-10-03", 84_600),
        ("Australia/Lord_Howe", "2026-04-04", 88_200), ("Asia/Kathmandu", "2026-03-28", 24 * 3_600),
    ])
    func `R5: a production day has 23, 24 or 25 hours`(zone: String, day: String, seconds: Int) throws {
        let calendar = try plant(zone: zone)
        let (start, end) = calendar.day(of: try date(day))

        #expect(end - start == .seconds(seconds))
        for instant in [start, start + .seconds(seconds / 2), end - .microseconds(1)] {
            let found = calendar.day(at: instant)
            #expect(found.start == start && found.end == end)
            #expect(found.date == (try date(day)))
        }
    }

    @Test func `R5: a border in the doubled hour is the first, one in the skipped hour the next instant`() throws {
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    ShiftSettings(name: "a", from: try time("02:30"), to: try time("14:00")),
                    ShiftSettings(name: "b", from: try time("14:00"), to: try time("02:30")),
                ], dayStart: try time("02:30"), zone: try Zone(named: "Europe/Berlin")))

        let autumn = calendar.span(at: try instant("2026-10-25T01:45:00Z"))
        let spring = calendar.span(at: try instant("2026-03-29T01:00:00Z"))

        #expect(autumn.name == "a")
        #expect(autumn.start == (try instant("2026-10-25T00:30:00Z")))
        #expect(spring.name == "a")
        #expect(spring.start == (try instant("2026-03-29T01:00:00Z")))
        #expect(calendar.day(at: try instant("2026-03-29T01:00:00Z")).start == spring.start)
    }

    @Test func `R5: a shift that the clock skips has no span`() throws {
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [ShiftSettings(name: "a", from: try time("02:00"), to: try time("03:00"))],
                dayStart: try time("06:00"), zone: try Zone(named: "Europe/Berlin")))

        let names = calendar.spans(from: try instant("2026-03-28T05:00:00Z"), to: try instant("2026-03-29T04:00:00Z"))
            .map(\.name)

        #expect(names == ["off"])
    }

    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"])
    func `R5: the spans of a year follow each other without gap or overlap, and a cursor finds the same`(
        zone: String
    ) throws {
        let calendar = try plant(zone: zone)
        let (start, end) = (try instant("2011-06-01T00:00:00Z"), try instant("2012-06-01T00:00:00Z"))
        let spans = calendar.spans(from: start, to: end)
        var cursor = ShiftCursor(calendar)

        // Fifteen shifts and three pieces of off time a week.
        #expect(spans.count >= 52 * 18)
        for (earlier, later) in zip(spans, spans.dropFirst()) {
            #expect(earlier.end == later.start)
            #expect(earlier.start < earlier.end)
            #expect(earlier.productionDay <= later.productionDay)
        }
        for span in spans {
            for instant in [span.start, span.end - .microseconds(1)] {
                #expect(cursor.span(at: instant) == span)
                #expect(calendar.span(at: instant) == span)
            }
        }
    }

    @Test func `R5: on a closed date no shift begins, but one begun the day before goes on`() throws {
        // 2026-12-25 is a Friday.
        let calendar = try plant(exceptions: [CalendarException(date: date("2026-12-25"), closed: true)])

        let names = calendar.spans(from: try instant("2026-12-24T21:00:00Z"), to: try instant("2026-12-27T21:00:00Z"))
            .map { "\($0.productionDay) \($0.name)" }

        #expect(names == ["2026-12-24 night", "2026-12-25 off", "2026-12-26 off", "2026-12-27 off"])
    }

    @Test func `R5: an exception with shifts replaces those of the week`() throws {
        let saturday = ShiftSettings(name: "extra", days: [], from: try time("08:00"), to: try time("12:00"))
        let calendar = try plant(exceptions: [
            CalendarException(date: date("2026-03-07"), closed: false, shifts: [saturday])
        ])

        let spans = calendar.spans(from: try instant("2026-03-07T05:00:00Z"), to: try instant("2026-03-08T05:00:00Z"))

        #expect(spans.map(\.name) == ["off", "extra", "off"])
        #expect(spans.map(\.productionDay.description) == Array(repeating: "2026-03-07", count: 3))
    }

    @Test func `breaks are found for a span, on the next day where the shift has crossed midnight`() throws {
        let pause = BreakSettings(from: try time("02:00"), to: try time("02:30"))
        let late = BreakSettings(from: try time("23:45"), to: try time("00:15"))
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    ShiftSettings(name: "night", from: try time("22:00"), to: try time("06:00"), breaks: [pause, late])
                ], zone: .utc))
        let breaks = calendar.breaks(in: calendar.span(at: try instant("2026-03-02T23:00:00Z")))

        #expect(breaks.map(\.start.iso8601) == ["2026-03-02T23:45:00Z", "2026-03-03T02:00:00Z"])
        #expect(breaks.map(\.end.iso8601) == ["2026-03-03T00:15:00Z", "2026-03-03T02:30:00Z"])
        #expect(calendar.breaks(in: calendar.span(at: try instant("2026-03-02T12:00:00Z"))).isEmpty)
    }

    @Test func `without shifts all time is off, also at the ends of time`() throws {
        let calendar = try ShiftCalendar(CalendarSettings(dayStart: time("06:00"), zone: Zone(named: "Europe/Berlin")))

        for instant in [Instant.distantPast, .distantFuture, Instant(microseconds: .min), Instant(seconds: 0)] {
            let span = calendar.span(at: instant)
            #expect(span.isOff)
            #expect(span.contains(instant))
        }
        #expect(!calendar.spans(from: .distantFuture, to: Instant(microseconds: .max)).isEmpty)
    }

    private func plant(
        zone: String = "Europe/Berlin", nights: Set<Weekday> = [.sunday, .monday, .tuesday, .wednesday, .thursday],
        exceptions: [CalendarException] = []
    ) throws -> ShiftCalendar {
        let week: Set<Weekday> = [.monday, .tuesday, .wednesday, .thursday, .friday]
        return try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    ShiftSettings(name: "early", days: week, from: try time("06:00"), to: try time("14:00")),
                    ShiftSettings(name: "late", days: week, from: try time("14:00"), to: try time("22:00")),
                    ShiftSettings(name: "night", days: nights, from: try time("22:00"), to: try time("06:00")),
                ], exceptions: exceptions, dayStart: try time("06:00"), zone: try Zone(named: zone)))
    }

    private func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }
    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
    private func time(_ text: String) throws -> TimeOfDay { try #require(TimeOfDay(text)) }
}
