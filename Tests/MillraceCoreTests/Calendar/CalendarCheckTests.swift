import MillraceCore
import MillraceValues
import Testing

@Suite("Faults of calendars")
struct CalendarCheckTests {
    @Test func `R5: overlapping shifts are refused by both names`() throws {
        let error = fault(try shift("early", "06:00", "14:00"), try shift("late", "13:59", "22:00"))

        #expect(error == .overlap(first: "early", second: "late", day: "mon"))
        #expect(
            error?.description == "the shifts 'early' and 'late' overlap on mon; end the one before the other begins")
    }

    @Test func `R5: overlaps over midnight and over the end of the week are found`() throws {
        let night = try shift("night", "22:00", "06:30", [.sunday])
        let early = try shift("early", "06:00", "14:00", [.monday])

        #expect(fault(night, early) == .overlap(first: "night", second: "early", day: "mon"))
        #expect(fault(night, try shift("early", "06:30", "14:00", [.monday])) == nil)
        #expect(fault(night, try shift("early", "06:00", "14:00", [.tuesday])) == nil)
    }

    @Test func `R5: two shifts of one name overlap like any others`() throws {
        let early = try shift("early", "06:00", "14:00")

        #expect(fault(early, early) == .overlap(first: "early", second: "early", day: "mon"))
        #expect(fault(try shift("all", "06:00", "06:00")) == nil)
    }

    @Test func `R5: a replaced date must not overlap with the days around it`() throws {
        let night = try shift("night", "22:00", "06:00", [.friday])
        let date = try #require(CivilDate("2026-03-07"))
        let extra = try shift("extra", "05:00", "12:00")

        let error = fault(night, exceptions: [CalendarException(date: date, closed: false, shifts: [extra])])

        #expect(error == .overlap(first: "night", second: "extra", day: "2026-03-07"))
    }

    @Test func `an exception must say one thing, and once`() throws {
        let date = try #require(CivilDate("2026-03-07"))
        let closed = CalendarException(date: date, closed: true)

        #expect(fault(exceptions: [closed, closed]) == .repeatedException(date))
        #expect(fault(exceptions: [CalendarException(date: date, closed: false)]) == .unclearException(date))
        #expect(fault(exceptions: [CalendarException(date: date, closed: true, shifts: [])]) == .unclearException(date))
        #expect(
            CalendarError.repeatedException(date).description
                == "there are two exceptions for 2026-03-07; make them one")
    }

    @Test func `names, days and borders of a shift are checked`() throws {
        #expect(fault(try shift("off", "06:00", "14:00")) == .reservedName("off"))
        #expect(fault(try shift("early", "06:00", "14:00", [])) == .noDays(shift: "early"))
        #expect(fault(try shift("early", "24:00", "06:00")) == .endlessStart(shift: "early"))
        #expect(fault(try shift("late", "16:00", "24:00"), try shift("early", "00:00", "08:00")) == nil)
    }

    @Test func `a break must lie within its shift and apart from the others`() throws {
        let inside = try pause("10:00", "10:15")
        let outside = try pause("13:50", "14:10")

        #expect(fault(try shift("early", "06:00", "14:00", breaks: [inside])) == nil)
        #expect(
            fault(try shift("early", "06:00", "14:00", breaks: [outside]))
                == .strayBreak(shift: "early", from: outside.from, to: outside.to))
        #expect(
            fault(try shift("early", "06:00", "14:00", breaks: [inside, try pause("10:10", "10:20")]))?.description
                == "the break 10:10 to 10:20 of shift 'early' does not lie within the shift or overlaps another; mend its times"
        )
    }

    private func fault(_ shifts: ShiftSettings..., exceptions: [CalendarException] = []) -> CalendarError? {
        do throws(CalendarError) {
            _ = try ShiftCalendar(CalendarSettings(shifts: shifts, exceptions: exceptions, zone: .utc))
            return nil
        } catch {
            return error
        }
    }

    private func shift(
        _ name: String, _ from: String, _ to: String, _ days: Set<Weekday> = Set(Weekday.allCases),
        breaks: [BreakSettings] = []
    ) throws -> ShiftSettings {
        ShiftSettings(
            name: name, days: days, from: try #require(TimeOfDay(from)), to: try #require(TimeOfDay(to)), breaks: breaks
        )
    }

    private func pause(_ from: String, _ to: String) throws -> BreakSettings {
        BreakSettings(from: try #require(TimeOfDay(from)), to: try #require(TimeOfDay(to)))
    }
}
