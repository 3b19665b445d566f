import MillraceCore
import MillraceValues
import Testing

@testable import MillraceFacts

@Suite("Windows")
struct WindowMathTests {
    private func fact(_ time: String, _ calendar: ShiftCalendar) -> Fact {
        let span = calendar.span(at: Plant.at(time))
        return .count(
            ProductionCount(
                mapping: "press-counts", version: "v1", equipment: "P1", start: Plant.at(time),
                end: Plant.at(time) + .seconds(60),
                order: "4711", operation: nil, material: nil, shift: span.name, productionDay: span.productionDay,
                standing: .counted, rule: "", amounts: .zero, marks: [], first: Place(source: "a", position: 1),
                last: Place(source: "a", position: 1)))
    }

    private func plan(_ window: WindowRule, _ per: [PerField]) -> SumPlan {
        SumPlan(
            mapping: "confirmation", version: "v1", structure: "s", request: RequestID("erp", "confirm"),
            kind: .productionCount, condition: nil, per: per, window: window, settle: .zero, atMost: .zero)
    }

    @Test func `R13: windows are shifts, production days or steps in UTC`() throws {
        let math = WindowMath(calendar: try Plant.calendar())
        let fact = fact("07:20", math.calendar)
        #expect(math.window(of: fact, rule: .shift) == (Plant.at("06:00"), Plant.at("14:00")))
        #expect(math.window(of: fact, rule: .day) == (Plant.at("06:00"), Plant.at("06:00") + .seconds(86_400)))
        #expect(math.window(of: fact, rule: .every(.seconds(900))) == (Plant.at("07:15"), Plant.at("07:30")))
    }

    @Test func `R5: a shift over the day cut belongs to the day on which it began`() throws {
        let night = ShiftSettings(
            name: "night", from: TimeOfDay("22:00") ?? .midnight, to: TimeOfDay("06:00") ?? .midnight)
        let math = WindowMath(
            calendar: try ShiftCalendar(CalendarSettings(shifts: [night], dayStart: .midnight, zone: .utc)))
        let window = math.window(of: fact("03:00", math.calendar), rule: .day)
        #expect(window == (Plant.at("00:00") - .seconds(86_400), Plant.at("06:00")))
    }

    @Test func `R14: the shift's name stands first, once, and not before an absolute sum`() throws {
        let math = WindowMath(calendar: try Plant.calendar())
        let fact = fact("07:20", math.calendar)
        #expect(
            math.perValues(of: fact, plan: plan(.shift, [.order, .operation]), isAbsolute: false) == [
                "early", "4711", "",
            ])
        #expect(
            math.perValues(of: fact, plan: plan(.shift, [.shift, .order]), isAbsolute: false) == ["early", "4711"])
        #expect(math.perValues(of: fact, plan: plan(.day, [.productionDay]), isAbsolute: false) == ["2026-03-02"])
        let absolute = math.identity(of: fact, plan: plan(.shift, [.order]), isAbsolute: true)
        #expect(absolute.perValues == ["4711"] && absolute.windowStart == .distantPast)
    }

    @Test func `R18: the next border is the first one after the instant`() throws {
        let math = WindowMath(calendar: try Plant.calendar())
        #expect(math.nextBorder(of: .shift, after: Plant.at("06:00")) == Plant.at("14:00"))
        #expect(math.nextBorder(of: .every(.seconds(900)), after: Plant.at("06:01")) == Plant.at("06:15"))
        #expect(math.isBorder(Plant.at("06:00"), of: .shift) && !math.isBorder(Plant.at("06:01"), of: .shift))
    }
}
