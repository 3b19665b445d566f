import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

/// What a mapping file makes of the language's traps: the right document, a parked one, or a sentence with a place.
@Suite("Document mapping: traps of the language")
struct MappingTrapTests {
    private static let head = """
        mapping: confirmation
        from: {fact: production-count, per: [order, operation, equipment], window: shift}
        to: {endpoint: erp, request: confirm}

        """
    private let inputs = ValueObject([
        "order": "4711", "operation": "0010", "equipment": "P1", "shift": "early", "production-day": "2026-03-02",
        "good": .numeral("9007199254740993.10"), "scrap": 2, "start": "2026-10-25T00:30:00Z",
        "end": "2026-10-25T01:30:00Z", "key": "k/r1", "revision": 1,
    ])

    private func body(_ rest: String) throws -> String {
        JSONWriter.text(try TestSite().document(Self.head + rest).body(for: inputs))
    }

    private func fault(_ rest: String) throws -> MappingFault? {
        let mapping = try TestSite().document(Self.head + rest)
        return #expect(throws: MappingFault.self) { _ = try mapping.body(for: inputs) }
    }

    @Test func `numbers that are copied keep every digit, by a path and by an expression`() throws {
        #expect(
            try body("fields: {A: good, B: {expr: good}, C: {expr: '{\"x\": good}'}}")
                == #"{"A":9007199254740993.10,"B":9007199254740993.10,"C":{"x":9007199254740993.10}}"#)
    }

    @Test func `what is calculated is rounded as the type says, and refused where it says so`() throws {
        #expect(
            try body("fields: {A: {expr: scrap / 3, type: decimal, scale: 3, round: half-up}}") == #"{"A":0.667}"#)
        #expect(
            try fault("fields: {A: {expr: scrap / 3, type: decimal, scale: 3, round: refuse}}")?.code
                == "needs-rounding")
        #expect(
            try body("fields: {A: {expr: 0.1 + 0.2, type: decimal, scale: 2, round: half-even}}") == #"{"A":0.30}"#)
    }

    @Test func `a division by nothing parks and writes no infinity`() throws {
        #expect(try fault("fields: {A: {expr: scrap / 0, type: decimal}}")?.code == "expression")
    }

    @Test func `one result is a list all the same where the type says list`() throws {
        #expect(
            try body("fields: {A: {expr: '[1..3][$ > 2]'}, B: {expr: '[1..3][$ > 2]', type: array}}")
                == #"{"A":3,"B":[3]}"#)
    }

    @Test func `no result is a missing value, which parks unless the field says otherwise`() throws {
        let parked = try fault("fields: {A: {expr: '[1..3][$ > 5]'}}")
        #expect(parked?.code == "missing-value")
        #expect(parked?.sentence == "field 'A': its expression has no value")
        #expect(
            try body(
                "fields: {A: {expr: '[1..3][$ > 5]', missing: none}, B: {expr: 'scrap[$ > 5]', missing: {value: 0}}}")
                == #"{"B":"0"}"#)
    }

    @Test func `a list where one value is due is no text`() throws {
        #expect(try fault("fields: {A: {expr: '[1, 2]', type: string}}")?.code == "wrong-type")
    }

    @Test func `a name with a hyphen is told apart from a difference`() throws {
        #expect(
            try body("fields: {A: {expr: '`production-day`'}}") == #"{"A":"2026-03-02"}"#)
        let faults = try TestSite().parse(Self.head + "fields: {A: {expr: production-day}}").diagnostics
        #expect(faults.map(\.code.rawValue) == ["MR013", "MR013"])
    }

    @Test func `a comparison with nothing is false`() throws {
        let text = """
            fields: {A: order}
            checks:
              - {when: '$lookup({}, "x") > 0', sentence: it is more}
            """
        #expect(try body(text) == #"{"A":"4711"}"#)
    }

    @Test func `the wall's time in both hours of autumn needs no offset by hand`() throws {
        #expect(
            try body("fields: {A: {expr: '$mr_local(start, \"site\")'}, B: {expr: '$mr_local(end, \"site\")'}}")
                == #"{"A":"2026-10-25T02:30:00+02:00","B":"2026-10-25T02:30:00+01:00"}"#)
    }

    @Test func `R19: the clock, chance and the order of evaluation change nothing`() throws {
        let text = "fields: {A: {expr: '$now() & $string($random()) & $join($shuffle([\"a\", \"b\", \"c\"]))'}}"

        let first = try body(text)

        #expect(first.contains("2026-10-25T01:30:00.000Z0.5"))
        #expect(try (0..<20).allSatisfy { _ in try body(text) == first })
    }

    @Test func `texts that Unicode holds to be the same stay two, names of fields are one`() throws {
        #expect(try body(#"fields: {A: {expr: '"e\u0301" = "\u00e9"'}}"#) == #"{"A":false}"#)
        // As names of fields they are one, which the file is told of: no partner could tell them apart.
        let faults = try TestSite().parse(Self.head + "fields: {\"e\u{301}\": order, \"\u{E9}\": scrap}").diagnostics
        #expect(faults.map(\.code.rawValue) == ["MR002"])
    }

    @Test func `an expression that never ends parks its document`() throws {
        #expect(try fault("fields: {A: {expr: '($f := function($n) {1 + $f($n)}; $f(1))'}}")?.code == "expression")
    }
}
