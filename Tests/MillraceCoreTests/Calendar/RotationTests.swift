import MillraceCore
import MillraceValues
import Testing

@Suite("Calendars with rotations, areas and overtime")
struct RotationTests {
    private static func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
    private static func time(_ text: String) throws -> TimeOfDay { try #require(TimeOfDay(text)) }
    private static func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

    private static func crew(_ name: String, _ pattern: String, _ begins: String, _ from: String, _ to: String) throws
        -> ShiftSettings
    {
        let rotation: Rotation = try #require(Rotation(begins: try date(begins), pattern: pattern))
        return ShiftSettings(name: name, from: try time(from), to: try time(to), rotation: rotation)
    }

    @Test(arguments: [
        ("4-on-4-off", "11110000"), ("4-4", "11110000"), ("2-2-3", "11001110011000"), ("5-2", "1111100"),
        ("4-3-3-1-3-3-4-7", "1111000111011100011110000000"),
    ])
    func `a pattern is days on and off in turn, an odd one gone through twice`(pattern: String, days: String) throws {
        let rotation = try #require(Rotation(begins: try Self.date("2026-01-05"), pattern: pattern))
        #expect(rotation.days.map { $0 ? "1" : "0" }.joined() == days)
    }

    @Test(arguments: ["", "0-4", "4-x", "-", "40-4"])
    func `what is no pattern is refused`(pattern: String) throws {
        #expect(Rotation(begins: try Self.date("2026-01-05"), pattern: pattern) == nil)
    }

    /// Four crews work 2-2-3 by day and by night; who works is computed here a second time, from the calendar printed on the wall of such
    /// plants: of each fortnight crew A has Mon, Tue, Fri, Sat, Sun of the first week and Wed, Thu of the second; B the other days.
    @Test func `R5: four crews in 2-2-3 fill a year with 23 h and 25 h days, each span as computed by hand`() throws {
        let zone = try Zone(named: "Europe/Berlin")
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    try Self.crew("A", "2-2-3", "2026-01-05", "06:00", "18:00"),
                    try Self.crew("B", "2-2-3", "2026-01-12", "06:00", "18:00"),
                    try Self.crew("C", "2-2-3", "2026-01-05", "18:00", "06:00"),
                    try Self.crew("D", "2-2-3", "2026-01-12", "18:00", "06:00"),
                ], dayStart: try Self.time("06:00"), zone: zone))
        let (start, end) = (try Self.instant("2026-01-05T05:00:00Z"), try Self.instant("2027-01-04T05:00:00Z"))
        var expected: [String] = []
        var seconds: [Int64] = []
        for week in 0..<52 {
            for day in 0..<7 {
                let date = try Self.date("2026-01-05").adding(days: week * 7 + day)
                let isFirst = week % 2 == 0
                let isA = isFirst ? [0, 1, 4, 5, 6].contains(day) : [2, 3].contains(day)
                expected += ["\(date) \(isA ? "A" : "B")", "\(date) \(isA ? "C" : "D")"]
                // The clocks change in the night after Saturday, 28 March and 24 October 2026.
                let night: Int64 = date.description == "2026-03-28" ? 11 : date.description == "2026-10-24" ? 13 : 12
                seconds += [12 * 3_600, night * 3_600]
            }
        }

        let spans = calendar.spans(from: start, to: end)

        #expect(spans.map { "\($0.productionDay) \($0.name)" } == expected)
        #expect(spans.map { ($0.end - $0.start).wholeMicroseconds / 1_000_000 } == seconds)
    }

    @Test func `R5: 4-on-4-off leaves its days off to nobody, whatever the week`() throws {
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [try Self.crew("day", "4-on-4-off", "2026-01-01", "07:00", "19:00")], zone: .utc))
        for offset in -800..<800 {
            let date = try Self.date("2026-01-01").adding(days: offset)
            let noon = Zone.utc.border(CivilTime(date: date, microsecondsOfDay: 43_200_000_000))
            // Eight days of 86,400 s: counted in hours, not by the rotation's own arithmetic.
            let hours = (noon.seconds - 1_767_225_600) / 3_600
            let isOn = (Int(hours.quotientAndRemainder(dividingBy: 192).remainder) + 192) % 192 < 96
            #expect(calendar.span(at: noon).name == (isOn ? "day" : "off"), "\(date)")
        }
    }

    @Test func `R5: crews that meet on some day of the rotation are refused with that date`() throws {
        let settings = CalendarSettings(
            shifts: [
                try Self.crew("A", "4-on-4-off", "2026-01-05", "06:00", "18:00"),
                try Self.crew("B", "5-2", "2026-01-05", "17:00", "23:00"),
            ], zone: .utc)
        let fault = #expect(throws: CalendarError.self) { try ShiftCalendar(settings) }
        #expect(fault == .overlap(first: "A", second: "B", day: "2026-01-05"))
    }

    @Test func `R5: an area has shifts and exceptions of its own, and the plant's where it says nothing`() throws {
        let day = ShiftSettings(name: "day", from: try Self.time("06:00"), to: try Self.time("18:00"))
        let short = ShiftSettings(name: "short", from: try Self.time("08:00"), to: try Self.time("12:00"))
        let holiday = CalendarException(date: try Self.date("2026-12-25"), closed: true)
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [day], exceptions: [holiday], zone: .utc,
                areas: [
                    AreaSettings(name: "lab", equipment: ["L1"], shifts: [short]),
                    AreaSettings(
                        name: "hall-2", equipment: ["P9"],
                        exceptions: [CalendarException(date: try Self.date("2026-12-25"), shifts: [short])]),
                ]))
        let (noon, holidayMorning) = (
            try Self.instant("2026-12-24T11:00:00Z"), try Self.instant("2026-12-25T11:00:00Z")
        )
        #expect(["P1", "L1", "P9"].map { calendar.of($0).span(at: noon).name } == ["day", "short", "day"])
        #expect(["P1", "L1", "P9"].map { calendar.of($0).span(at: holidayMorning).name } == ["off", "off", "short"])
        var cursor = ShiftCursor(calendar)
        #expect(cursor.span(at: noon, of: "L1").name == "short" && cursor.span(at: noon, of: "P1").name == "day")
    }

    @Test func `R5: an equipment in two areas, and a fault in one, are said by name`() throws {
        let zone = Zone.utc
        let twice = CalendarSettings(
            zone: zone,
            areas: [AreaSettings(name: "a", equipment: ["P1"]), AreaSettings(name: "b", equipment: ["P1"])])
        #expect(throws: CalendarError.twoAreas(equipment: "P1", first: "a", second: "b")) { try ShiftCalendar(twice) }
        let off = ShiftSettings(name: "off", from: try Self.time("06:00"), to: try Self.time("14:00"))
        let broken = CalendarSettings(
            zone: zone, areas: [AreaSettings(name: "a", equipment: ["P1"], shifts: [off])])
        let fault = #expect(throws: CalendarError.self) { try ShiftCalendar(broken) }
        #expect(fault == .inArea("a", .reservedName("off")))
        #expect(fault?.description.hasPrefix("area 'a': 'off' cannot name a shift") == true)
    }

    @Test func `R5: overtime is worked besides the shifts of the date, and must not meet them`() throws {
        let early = ShiftSettings(
            name: "early", days: [.monday], from: try Self.time("06:00"), to: try Self.time("14:00"))
        let extra = ShiftSettings(name: "extra", from: try Self.time("14:00"), to: try Self.time("16:00"))
        let monday = try Self.date("2026-03-02")
        func settings(_ overtime: ShiftSettings) -> CalendarSettings {
            CalendarSettings(
                shifts: [early], exceptions: [CalendarException(date: monday, overtime: [overtime])], zone: .utc)
        }
        let calendar = try ShiftCalendar(settings(extra))
        let spans = calendar.spans(
            from: try Self.instant("2026-03-02T06:00:00Z"), to: try Self.instant("2026-03-02T16:00:00Z"))
        #expect(spans.map(\.name) == ["early", "extra"])
        let meeting = ShiftSettings(name: "extra", from: try Self.time("13:00"), to: try Self.time("16:00"))
        #expect(throws: CalendarError.overlap(first: "early", second: "extra", day: "2026-03-02")) {
            try ShiftCalendar(settings(meeting))
        }
    }
}
