import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Document mappings")
struct DocumentMappingTests {
    static let confirmation = """
        mapping: confirmation
        from:
          fact: production-count
          where: operation = "0010"
          per: [order, operation, equipment]
          window: shift
          close: {settle: 5 min, at-latest: 24 h}
        to: {endpoint: erp, request: confirm}
        tables:
          work-center: {file: ../tables/work-centers.csv, key: equipment, value: erp}
        fields:
          Order: {from: order, type: string, pad: {left: "0", length: 12}, at-most: 12}
          Work:  {from: equipment, table: work-center, missing: park}
          Yield: {fields: {value: {from: good, type: decimal, digits: 6, scale: 3, round: refuse}, unit: {value: EA}}}
          Scrap: {from: scrap, type: integer}
          Day:   {from: production-day, type: time, format: yyyyMMdd}
          End:   {from: end, type: time, zone: site}
          Parts: {from: replaces.receipt, missing: none}
          Flag:  {value: "true", type: boolean}
        skip-when: good = 0 and scrap = 0
        checks:
          - {when: good > 100, sentence: more than a shift can make}
        """

    private func inputs(_ changes: KeyValuePairs<String, Value> = [:]) -> ValueObject {
        var inputs = ValueObject([
            "order": "4711", "operation": "0010", "equipment": "P1", "shift": "early", "production-day": "2026-03-02",
            "good": 40, "scrap": 0, "end": "2026-03-02T13:00:00Z", "key": "k/r1", "revision": 1,
        ])
        for (name, value) in changes { inputs[name] = value }
        return inputs
    }

    @Test func `a body has its fields in order, numbers with their scale`() throws {
        let mapping = try TestSite().document(Self.confirmation)

        let body = try mapping.body(for: inputs())

        #expect(
            JSONWriter.text(body)
                == #"{"Order":"000000004711","Work":"WC-17","Yield":{"value":40.000,"unit":"EA"},"Scrap":0,"Day":"20260302","#
                + #""End":"2026-03-02T14:00:00+01:00","Flag":true}"#)
        #expect(mapping.plan.per == [.order, .operation, .equipment])
        #expect(mapping.plan.window == .shift)
        #expect(mapping.plan.settle == .seconds(300))
    }

    @Test(
        arguments: [
            (
                "equipment", "P9", "Work", "missing-row",
                "field 'Work': table 'work-center' has no row for P9; add it, then queue remap"
            ),
            (
                "good", "0.12345", "Yield.value", "needs-rounding",
                "field 'Yield.value': 0.12345 cannot be written, for the number has more than 3 digits behind the point and 'round: refuse' is set"
            ),
            (
                "good", "-1234", "Yield.value", "too-large",
                "field 'Yield.value': -1234.000 has more than 3 digits before the point, which 'digits' allows"
            ),
            (
                "order", "1234567890123", "Order", "too-long",
                "field 'Order': '1234567890123' is longer than 12 characters"
            ),
            ("good", "101", "checks", "checks", "more than a shift can make"),
        ])
    func `a document that cannot be made is parked with its field and a sentence`(
        input: String, text: String, field: String, code: String, sentence: String
    ) throws {
        let mapping = try TestSite().document(Self.confirmation)
        let value = input == "good" ? try Value.number(#require(ExactDecimal(text))) : .string(text)

        #expect(throws: MappingFault.self) { try mapping.body(for: inputs([input: value])) }
        do {
            _ = try mapping.body(for: inputs([input: value]))
        } catch {
            #expect(error.field == field)
            #expect(error.code == code)
            #expect(error.sentence == sentence)
            #expect(error.place.hasPrefix("mappings/test.yaml:"))
        }
    }

    @Test func `R11: a first document may be skipped, a correction never`() throws {
        let mapping = try TestSite().document(Self.confirmation)

        #expect(mapping.skips(inputs(["good": 0])))
        #expect(!mapping.skips(inputs(["good": 1])))
        #expect(!mapping.skips(inputs(["good": 0, "revision": 2])))
    }

    @Test func `R18: the structure follows per, window, where, endpoint and request, and nothing else`() throws {
        let site = try TestSite()
        let first = try site.document(Self.confirmation)
        let laidOut = try site.document(
            Self.confirmation.replacing("[order, operation, equipment]", with: "[ order,operation, equipment ]"))
        let other = try site.document(
            Self.confirmation.replacing("window: shift", with: "window: day").replacing("shift can", with: "day can"))

        #expect(first.plan.structure == laidOut.plan.structure)
        #expect(first.version != laidOut.version)
        #expect(first.plan.structure != other.plan.structure)
    }

    @Test(
        arguments: [
            (
                "window: shift", "window: {every: 7 min}",
                "MR017 a window of 7 min does not fit: it has to be a multiple of the slice (1 min) and divide the hour, or be whole hours that divide the day"
            ),
            (
                "{value: EA}", "EA",
                "MR011 'EA' is no name here, and a bare word is always a path; write a literal as {value: EA}"
            ),
            (
                "from: scrap, type", "from: material, type",
                "MR013 'material' is not in 'per', so that a sum has more than one; add it there, or write {value: …}"
            ),
            ("from: scrap, type", "from: scrup, type", "MR013 there is no input 'scrup'; did you mean 'scrap'?"),
            (
                "table: work-center", "table: workcenter",
                "MR013 there is no table 'workcenter'; did you mean 'work-center'?"
            ),
            ("format: yyyyMMdd", "format: yyyyMMqq", "MR019"),
            (
                "{when: good > 100", "{when: production-day = 1",
                "MR012 'when' cannot be read: a name with a hyphen stands in backticks: `production-day`"
            ),
            (
                "type: integer", "type: intger",
                "MR007 'type' is one of string, integer, decimal, time, boolean, array, not 'intger'; did you mean 'integer'?"
            ),
            ("  window: shift\n", "", "MR005 'from' needs 'window'"),
        ])
    func `a fault has its code and sentence`(from: String, to: String, expected: String) throws {
        let parsed = try TestSite().parse(Self.confirmation.replacing(from, with: to))
        let found = parsed.diagnostics.map { "\($0.code.rawValue) \($0.sentence)" }

        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `a duration in minutes is rounded once, from the exact seconds`() throws {
        let mapping = try TestSite().document(
            """
            mapping: stop
            from: {fact: downtime, where: class = "unplanned-down", at-least: 2 min, open: withhold}
            to: {endpoint: erp, request: stop}
            fields:
              Minutes: {from: duration, unit: min, type: decimal, digits: 9, scale: 2, round: half-up}
              Down:    {from: duration, unit: h, type: decimal, scale: 3, round: down}
            """)

        let body = try mapping.body(for: ValueObject(["duration": .number(#require(ExactDecimal("100.3")))]))

        #expect(JSONWriter.text(body) == #"{"Minutes":1.67,"Down":0.027}"#)
        #expect(mapping.plan.atLeast == .seconds(120))
    }

    @Test func `of a test that lacks a key the others are told, too, and a known one is not called unknown`() throws {
        let tests = """

            tests:
              - nme: one
                given: {order: "1"}
                expect: {}
              - name: two
                givn: {order: "1"}
                expect: {}
            """
        let told = try TestSite().parse(Self.confirmation + tests).diagnostics.map {
            "\($0.code.rawValue) \($0.sentence)"
        }

        #expect(
            told == [
                "MR005 a test needs 'name'", "MR004 a test has no key 'nme'; did you mean 'name'?",
                "MR005 a test needs 'given'", "MR004 a test has no key 'givn'; did you mean 'given'?",
            ])
    }

    @Test func `a test that fails says what differs`() throws {
        let text =
            Self.confirmation + """

                tests:
                  - name: wrong
                    given: {order: "1", equipment: P1, good: 2, production-day: 2026-03-02, end: 2026-03-02T13:00:00Z}
                    expect: {Yield: {value: 3}, Work: WC-18, Other: x}
                  - name: parked
                    given: {order: "1", equipment: P2, good: 2}
                    expect: {parked: {field: Order, code: missing-row}}
                """
        let mapping = try TestSite().document(text)

        #expect(
            mapping.run(mapping.tests[0]).differences == [
                #"Yield.value: expected "3", found 2.000"#, #"Work: expected "WC-18", found "WC-17""#,
                #"Other: expected "x", found nothing"#,
            ])
        #expect(mapping.run(mapping.tests[1]).differences == [#"parked.field: expected "Order", found "Work""#])
    }
}
