import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

@Suite("Tests of mappings")
struct MappingTestsTests {
    private func run(_ text: String) throws -> [MappingTestResult] {
        let context = MappingContext(site: "P01", zone: try Zone(named: "Europe/Berlin"))
        let parsed = MappingFile.parse(text: text, file: "m.yaml", context: context) { _ in .unreadable("none") }
        let mapping = try #require(parsed.mapping)
        let calendar = try ShiftCalendar(
            CalendarSettings(shifts: [], exceptions: [], dayStart: .midnight, zone: context.zone))
        return MappingTests(calendar: calendar, limits: LookSite.limits).run(mapping).map(\.result)
    }

    private func rows(_ expect: String) -> String {
        """
        mapping: packing
        from: {connector: packing}
        to: {fact: production-count}
        same-when: [Ticket]
        fields:
          equipment: {value: PACK-01}
          time: {from: Zeit, type: time}
          order: Auftrag
          operation: {value: "0020"}
          good: {increment: Menge}
        tests:
          - name: two slices of one order
            given:
              - {Ticket: A, Zeit: 2026-03-02T07:00:00Z, Auftrag: "4711", Menge: "12"}
              - {Ticket: A, Zeit: 2026-03-02T07:00:00Z, Auftrag: "4711", Menge: "12"}
              - {Ticket: B, Zeit: 2026-03-02T07:05:00Z, Auftrag: "4711", Menge: "3"}
            expect: \(expect)
        """
    }

    @Test
    func `counts are added over slices, and a repeated row counts once`() throws {
        #expect(try run(rows(#"[{order: "4711", good: 15}]"#)).map(\.differences) == [[]])
    }

    @Test
    func `by their start the slices stay apart`() throws {
        let expect = "[{start: 2026-03-02T07:00:00Z, good: 12}, {start: 2026-03-02T07:05:00Z, good: 3}]"

        #expect(try run(rows(expect)).map(\.differences) == [[]])
    }

    @Test
    func `a difference shows what was expected and what was found`() throws {
        #expect(
            try run(rows(#"[{order: "4711", good: 27}, {order: "4712", good: 1}]"#)).map(\.differences) == [
                [
                    "fact 1", "  expected: {order: 4711, good: 27}", "  found:    {order: 4711, good: 15}", "fact 2",
                    "  expected: {order: 4712, good: 1}", "  found:    no further fact",
                ]
            ])
    }

    @Test
    func `a fact that nobody expected is a difference`() throws {
        #expect(try run(rows("[]")).map { $0.differences.first } == ["fact 1"])
    }
}
