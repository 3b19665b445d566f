import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Expressions in document mappings")
struct MappingExpressionTests {
    private static func mapping(_ rest: String) -> String {
        """
        mapping: confirmation
        from: {fact: production-count, per: [order, operation, equipment], window: shift}
        to: {endpoint: erp, request: confirm}
        tables:
          work-center: {file: ../tables/work-centers.csv, key: equipment, value: erp}

        """ + rest
    }

    private let inputs = ValueObject([
        "order": "4711", "operation": "0010", "equipment": "P1", "shift": "early", "production-day": "2026-03-02",
        "good": 40, "scrap": 2, "start": "2026-10-25T00:30:00Z", "end": "2026-10-25T01:30:00Z", "key": "k/r1",
        "revision": 1,
    ])

    private func body(_ rest: String) throws -> String {
        JSONWriter.text(try TestSite().document(Self.mapping(rest)).body(for: inputs))
    }

    private func faults(_ rest: String) throws -> [String] {
        try TestSite().parse(Self.mapping(rest)).diagnostics.map {
            "\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)"
        }
    }

    @Test func `a field is calculated, and its type holds for the result`() throws {
        #expect(
            try body(
                """
                fields:
                  Text: {expr: '$uppercase(shift) & "/" & `production-day`'}
                  Share: {expr: scrap / (good + scrap) * 100, type: decimal, digits: 6, scale: 2, round: half-up}
                  List: {expr: order, type: array}
                  Gone: {expr: '$lookup({}, "x")', missing: none}
                """) == #"{"Text":"EARLY/2026-03-02","Share":4.76,"List":["4711"]}"#)
    }

    @Test func `a value of let is there for the later ones, the fields and the checks`() throws {
        let text = """
            let:
              pieces: good + scrap
              share: scrap / $pieces
            fields:
              All: {expr: $pieces}
              Copy: $pieces
            checks:
              - {when: $share > 0.5, sentence: more than half is scrap}
            """

        #expect(try body(text) == #"{"All":42,"Copy":42}"#)
        #expect(throws: MappingFault.self) { try body(text.replacing("0.5", with: "0.01")) }
    }

    @Test func `a value of let that there is not is never that of the document before`() throws {
        let mapping = try TestSite().document(
            Self.mapping(
                """
                let:
                  cavities: '(equipment = "P1" ? 8)'
                  twice: $cavities * 2
                fields:
                  Pieces: {expr: good * $cavities}
                  Twice: {expr: $twice, missing: none}
                """))
        var other = inputs
        other["equipment"] = "P2"

        #expect(JSONWriter.text(try mapping.body(for: inputs)) == #"{"Pieces":320,"Twice":16}"#)
        #expect { try mapping.body(for: other) } throws: { ($0 as? MappingFault)?.code == "missing-value" }
        #expect(JSONWriter.text(try mapping.body(for: inputs)) == #"{"Pieces":320,"Twice":16}"#)
        #expect { try mapping.body(for: other) } throws: { ($0 as? MappingFault)?.code == "missing-value" }
    }

    @Test func `a time on the wall says which of the two hours of autumn it is`() throws {
        #expect(
            try body(
                """
                fields:
                  First: {expr: '$mr_local(start, "Europe/Berlin")'}
                  Second: {expr: '$mr_local(end, "Europe/Berlin")'}
                  Site: {expr: '$mr_local(end, "site", "yyyyMMdd HHmm")'}
                """)
                == #"{"First":"2026-10-25T02:30:00+02:00","Second":"2026-10-25T02:30:00+01:00","Site":"20261025 0230"}"#
        )
    }

    @Test func `a table's row is found from an expression`() throws {
        #expect(
            try body(
                """
                fields:
                  Work: {expr: '$mr_lookup("work-center", equipment) & "!"'}
                  None: {expr: '$exists($mr_lookup("work-center", "P9"))'}
                """) == #"{"Work":"WC-17!","None":false}"#)
    }

    @Test func `a key without a value finds no row, so that 'missing' says what becomes of the field`() throws {
        #expect(
            try body(
                """
                fields:
                  Work: {expr: '$mr_lookup("work-center", $lookup({}, "x"))', missing: {value: none}}
                """) == #"{"Work":"none"}"#)
        let fault = #expect(throws: MappingFault.self) {
            try body(#"fields: {Work: {expr: '$mr_lookup("work-center", equipment, order)'}}"#)
        }
        #expect(
            fault?.sentence == "field 'Work': $mr_lookup: table 'work-center' has one key, and 2 stand here (MR014)")
    }

    @Test func `a look-up in a table that is not there is told before anything runs`() throws {
        #expect(
            try faults(
                """
                let:
                  a: $mr_lookup("work-centre", equipment)
                fields: {A: $a}
                skip-when: $exists($mr_lookup('x', order))
                """) == [
                    "7:17 MR013 there is no table 'work-centre'; did you mean 'work-center'?",
                    "9:31 MR013 there is no table 'x'; known are 'work-center'",
                ])
    }

    @Test func `what is written in a call and can never do is told before anything runs`() throws {
        let told = try faults(
            """
            fields:
              A: {expr: '$mr_local(start, "Europe/Berln")'}
              B: {expr: '$mr_local(start, "site", "YYYY")'}
              C: {expr: '$mr_convert(good, "XX", "KGM")'}
              D: {expr: '$mr_convert(good, "KGM", "MTR")'}
              E: {expr: '$eval("1")'}
              F: {expr: '$fromMillis(good, "[Q]")'}
              G: {expr: '$formatNumber(good, "0.0.0")'}
              H: {expr: '$formatInteger(good, "*")'}
              I: {expr: $peices}
            skip-when: $mr_local(start, "Mars/Base") = "x"
            """)
        #expect(
            told.map { $0.split(separator: ";")[0] } == [
                "7:31 MR019 $mr_local: there is no time zone 'Europe/Berln' in /usr/share/zoneinfo",
                "8:39 MR019 'YYYY' at position 1 of the time pattern means nothing",
                "9:32 MR062 there is no unit 'XX'",
                "10:32 MR062 'KGM' is a unit of mass and 'MTR' one of length",
                "11:14 MR013 $eval is switched off here",
                "12:32 MR013 $fromMillis: the picture has an unknown component: \"Q\" (D3132)",
                "13:34 MR013 $formatNumber: a number picture has at most one decimal separator in each part (D3081)",
                "14:35 MR013 $formatInteger: the digits of the picture \"*\" are not supported (D3130)",
                "15:13 MR013 '$peices' is no value of 'let' that stands before",
                "16:29 MR019 $mr_local: there is no time zone 'Mars/Base' in /usr/share/zoneinfo",
            ])
    }

    @Test func `what is calculated, and what a value before ~> makes the second argument, is left to the run`() throws {
        #expect(
            try body(
                """
                fields:
                  A: {expr: 'start ~> $mr_local("UTC", "dd.MM.yyyy")'}
                  B: {expr: '$mr_local(start, $lowercase("SITE") = "site" ? "UTC" : "x", "HH")'}
                  C: {expr: '$formatNumber(good, "#0,0", {"decimal-separator": ",", "grouping-separator": "."})'}
                  D: {expr: '$fromMillis(0, "[Y]")'}
                """) == #"{"A":"25.10.2026","B":"00","C":"40,0","D":"1970"}"#)
    }

    @Test func `R11: skip-when knows the values of let, in a run as in a test`() throws {
        let mapping = try TestSite().document(
            Self.mapping(
                """
                let:
                  pieces: good + scrap
                fields: {All: $pieces}
                skip-when: $pieces < 43
                """))
        var many = inputs
        many["good"] = 41

        #expect(mapping.skips(inputs))
        #expect(!mapping.skips(many))
    }

    @Test func `the instant of an expression is the end of the window, so that a retry sends the same`() throws {
        #expect(try body("fields: {At: {expr: $now()}}") == #"{"At":"2026-10-25T01:30:00.000Z"}"#)
    }

    @Test func `every fault of every expression is told with its line and column, also below |`() throws {
        let told = try faults(
            """
            let:
              a: |
                (
                  $x := 1;
                  goood + $x
                )
              b: 1 +
            fields:
              One: {expr: '$uppercas(order)'}
              Two:
                expr: |
                  order & [1
              Three: {expr: $c}
            """)

        #expect(
            told == [
                "10:7 MR013 there is no input 'goood'; did you mean 'good'?",
                "12:9 MR060 'b' of 'let': the expression ends where a value was expected (S0207)",
                "14:16 MR013 '$uppercas' is no function; did you mean 'uppercase'?",
                "17:17 MR060 field 'Two': expected ] before the end of the expression (S0203)",
                "18:17 MR013 '$c' is no value of 'let' that stands before; did you mean 'a'?",
            ])
    }

    @Test func `a fault while a document is made parks it, with the place inside the expression`() throws {
        let mapping = try TestSite().document(
            Self.mapping(
                """
                fields:
                  Sum:
                    expr: |
                      good +
                        order
                """))

        let fault = #expect(throws: MappingFault.self) { try mapping.body(for: inputs) }
        #expect(fault?.code == "expression")
        #expect(
            fault?.description
                == "field 'Sum': the right side of + must be a number, not \"4711\" (T2002) (mappings/test.yaml:10:9)")
    }
}
