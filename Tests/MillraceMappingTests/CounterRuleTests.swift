import MillraceCore
import MillraceMapping
import MillraceValues
import MillraceYAML
import Testing

@Suite("Reading mappings: what counters declare")
struct CounterRuleTests {
    private func text(_ fields: String) -> String {
        """
        mapping: counts
        from: {connector: line}
        to: {fact: production-count}
        fields:
          equipment: device
          time: {from: ts, type: time, zone: UTC}
          order: order
          operation: {value: none}
        \(fields.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    private func plan(_ fields: String) throws -> CountPlan {
        guard case .counts(let plan) = try TestSite().reading(text(fields)).plan else { throw TestSite.NoMapping() }
        return plan
    }

    private func faults(_ fields: String) throws -> [String] {
        try TestSite().parse(text(fields)).diagnostics.map(\.sentence)
    }

    private func rule(_ plan: CountPlan) -> CounterRule? {
        if case .counter(let rule)? = plan.quantities.first?.source { rule } else { nil }
    }

    @Test func `R8: a width says modulus and sign`() throws {
        let signed = rule(try plan("good: {counter: parts, width: int16}"))
        let unsigned = rule(try plan("good: {counter: parts, width: uint32}"))
        #expect(signed?.modulus == ExactDecimal(65_536) && signed?.isSigned == true)
        #expect(unsigned?.modulus == ExactDecimal(4_294_967_296) && unsigned?.isSigned == false)
        #expect(
            try faults("good: {counter: parts, width: int16, modulus: 65536}") == [
                "'width' says the modulus already; leave one of both out"
            ])
    }

    @Test func `R8: declared resets name shifts, days or times, and how far a clock may be off`() throws {
        let shift = rule(try plan("good: {counter: parts, max-rate: 40/min, reset-at: shift}"))
        #expect(shift?.resetTimes == ResetTimes(atShifts: true, within: .seconds(120)))
        let times = rule(
            try plan(#"good: {counter: parts, max-rate: 40/min, reset-at: {times: [day, "18:30"], within: 30 s}}"#))
        #expect(
            times?.resetTimes
                == ResetTimes(atDays: true, times: [try #require(TimeOfDay("18:30"))], within: .seconds(30)))
        #expect(
            try faults("good: {counter: parts, reset-at: shift}") == [
                "'reset-at' needs 'max-rate', which tells whether the counter was set back before it rose again"
            ])
        #expect(
            try faults("good: {counter: parts, max-rate: 40/min, reset-at: [noon]}") == [
                "'reset-at' names shift, day or times of the day such as 06:00, not 'noon'"
            ])
    }

    @Test func `R8: total gives the quantity that has no counter of its own`() throws {
        let scrap = try plan("good: {counter: parts}\ntotal: {counter: all}")
        #expect(scrap.quantities.map(\.quantity) == [.good, .scrap])
        #expect(scrap.quantities[0].effects == [.init(.good), .init(.scrap, isNegative: true)])
        #expect(scrap.quantities[1].label == "total")
        let good = try plan("scrap: {counter: rejects}\ntotal: {counter: all}")
        #expect(good.quantities.map(\.quantity) == [.scrap, .good])
        let sentence = "'total' stands beside exactly one of 'good' and 'scrap', and gives the other"
        #expect(try faults("good: {counter: a}\nscrap: {counter: b}\ntotal: {counter: c}") == [sentence])
        #expect(try faults("total: {counter: c}") == [sentence])
    }
}

@Suite("Site files: calendars")
struct CalendarTextTests {
    private func settings(_ calendar: String) throws -> (CalendarSettings?, [String]) {
        let text = """
            site: {id: T, zone: Europe/Berlin, live-since: 2026-01-01T00:00, day-start: "06:00"}
            store: {sqlite: state/millrace.db}
            calendar:
            \(calendar.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
            """
        let parsed = SiteFile.parse(text: text, file: "millrace.yaml")
        return (parsed.definition?.calendar, parsed.diagnostics.map(\.sentence))
    }

    @Test func `R5: rotations, holidays, overtime and areas are read`() throws {
        let (found, faults) = try settings(
            """
            shifts:
              - {name: A, from: "06:00", to: "18:00", rotation: {pattern: 4-on-4-off, begins: 2026-01-05}}
            holidays: [2026-12-25, 2026-12-28..2026-12-30]
            exceptions: [{date: 2026-05-09, overtime: [{name: extra, from: "18:00", to: "20:00"}]}]
            areas:
              lab: {equipment: [L1, L2], shifts: [{name: day, days: mon-fri, from: "08:00", to: "16:00"}], holidays: [2026-05-14]}
            """)
        #expect(faults == [])
        let settings = try #require(found)
        #expect(settings.shifts.first?.rotation?.days == [true, true, true, true, false, false, false, false])
        #expect(
            settings.exceptions.map(\.date.description).sorted() == [
                "2026-05-09", "2026-12-25", "2026-12-28", "2026-12-29", "2026-12-30",
            ])
        #expect(settings.areas.map(\.name) == ["lab"] && settings.areas.first?.equipment == ["L1", "L2"])
    }

    @Test(arguments: [
        (
            "shifts: [{name: A, from: \"06:00\", to: \"18:00\", rotation: {pattern: often, begins: 2026-01-05}}]",
            "'often' is no pattern of days; write lengths of days on and off in turn, such as 4-on-4-off or 2-2-3"
        ),
        (
            "holidays: [25.12.2026]",
            "'25.12.2026' is no date; write 2026-12-25, or 2026-12-28..2026-12-31 for several"
        ),
        (
            "areas: {a: {equipment: [P1]}, b: {equipment: [P1]}}", "'P1' is in the areas 'a' and 'b'; leave it in one"
        ),
    ])
    func `R5: what is no calendar is said with what to write`(calendar: String, sentence: String) throws {
        #expect(try settings(calendar).1 == [sentence])
    }
}
