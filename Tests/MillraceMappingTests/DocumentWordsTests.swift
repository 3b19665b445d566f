import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Boolean words, nulls, lists and the calendar in document mappings")
struct DocumentWordsTests {
    private static func document(_ rest: String) -> String {
        """
        mapping: m
        from: {fact: production-count, per: [order, equipment, material], window: shift}
        to: {endpoint: erp, request: confirm}

        """ + rest
    }

    private let inputs = ValueObject([
        "order": "4711", "equipment": "P1", "material": "A-1", "shift": "early", "good": 40, "scrap": 2,
        "start": "2026-03-02T05:00:00Z", "end": "2026-03-02T13:00:00Z", "key": "k", "revision": 1,
    ])

    private func body(_ rest: String, _ site: TestSite? = nil) throws -> String {
        JSONWriter.text(try (site ?? TestSite()).document(Self.document(rest)).body(for: inputs))
    }

    private func faults(_ rest: String) throws -> [String] {
        try TestSite().parse(Self.document(rest)).diagnostics.map {
            "\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)"
        }
    }

    @Test func `a boolean has words of its own`() throws {
        #expect(
            try body(
                """
                fields:
                  Ja:    {expr: '"ja"', type: boolean, true: [ja, yes, X], false: [nein, ""]}
                  Empty: {expr: '""', type: boolean, true: X, false: ""}
                  Bool:  {expr: 'good > 1', type: boolean, true: [ja], false: [nein]}
                  Half:  {expr: '"0"', type: boolean, true: [ja]}
                  Plain: {expr: '"1"', type: boolean}
                  Fixed: {value: X, type: boolean, true: [X]}
                """) == #"{"Ja":true,"Empty":false,"Bool":true,"Half":false,"Plain":true,"Fixed":true}"#)
        let fault = #expect(throws: MappingFault.self) {
            try body("fields: {A: {from: order, type: boolean, true: [ja], false: [nein]}}")
        }
        #expect(fault?.code == "wrong-type")
        #expect(fault?.sentence == "field 'A': '\"4711\"' is not one of 'ja', 'nein'")
        #expect(
            try faults("fields: {A: {from: order, type: boolean, true: [ja], false: [nein, ja]}}") == [
                "4:68 MR025 'ja' stands for true and false, or twice; keep one"
            ])
        #expect(
            try faults("fields: {A: {from: order, true: [ja]}}") == ["4:27 MR005 'true' needs a 'type' beside it"])
    }

    @Test func `a null is missing, and is sent where it is to be kept`() throws {
        let text = """
            let: {nothing: 'null'}
            fields:
              A: {from: $nothing, null: keep, type: integer}
              B: {expr: 'null', null: keep}
              C: {from: $nothing, missing: none}
              D: {from: $nothing, missing: {value: n/a}}
              E: {expr: '$nothing = null'}
              F: {from: $absent, null: keep, missing: none}
            """
        #expect(
            try body(text.replacing("let: {", with: "let: {absent: '$lookup({}, \"x\")', "))
                == #"{"A":null,"B":null,"D":"n/a","E":true}"#)
        let fault = #expect(throws: MappingFault.self) { try body("let: {n: 'null'}\nfields: {A: $n}") }
        #expect(fault?.code == "missing-value")
        #expect(
            try faults("fields: {A: {from: order, null: send}}") == [
                "4:33 MR007 'null' can only say 'keep': a null is sent and not taken for missing"
            ])
    }

    @Test func `a list has an object for each item, with the document's inputs around`() throws {
        var site = try TestSite()
        site.tables["tables/parts.csv"] = "material,part,per\nA-1,bolt,4\nB-2,nut,1\nA-1,washer,0.5\n"

        #expect(
            try body(
                """
                tables:
                  parts: {file: ../tables/parts.csv, key: material, many: true}
                let:
                  parts: '$mr_lookup("parts", material)'
                  moves: '[{"type": "101", "amount": good}, {"type": "551", "amount": scrap}][amount > 0]'
                  codes: '["a"]'
                fields:
                  Order: order
                  Parts:
                    each: $parts
                    fields:
                      Line:   {expr: 'index * 10', type: string, pad: {left: "0", length: 4}}
                      Part:   item.part
                      Amount: {expr: '$number(item.per) * good', type: decimal, scale: 1}
                      Order:  order
                  Moves: {each: $moves, fields: {Type: item.type, Amount: {from: item.amount, type: integer}}}
                  Codes: {each: $codes, fields: {Code: item, Inner: {each: item, fields: {Again: item}}}}
                """, site)
                == #"{"Order":"4711","Parts":[{"Line":"0010","Part":"bolt","Amount":160.0,"Order":"4711"},"#
                + #"{"Line":"0020","Part":"washer","Amount":20.0,"Order":"4711"}],"#
                + #""Moves":[{"Type":"101","Amount":40},{"Type":"551","Amount":2}],"#
                + #""Codes":[{"Code":"a","Inner":[{"Again":"a"}]}]}"#)
    }

    @Test func `a list that is missing or has a fault is told by its field and item`() throws {
        let missing = #expect(throws: MappingFault.self) {
            try body("let: {n: '$lookup({}, \"x\")'}\nfields: {L: {each: $n, fields: {A: item}}}")
        }
        #expect(missing?.field == "L")
        #expect(missing?.sentence == "field 'L': '$n' has no value")
        #expect(
            try body(
                "let: {n: '$lookup({}, \"x\")'}\nfields: {O: order, L: {each: $n, missing: none, fields: {A: item}}}")
                == #"{"O":"4711"}"#)
        let inner = #expect(throws: MappingFault.self) {
            try body("let: {n: '[{\"a\": 1}, {\"b\": 2}]'}\nfields: {L: {each: $n, fields: {A: item.a}}}")
        }
        #expect(inner?.field == "L.A")
        #expect(inner?.sentence == "item 2: field 'L.A': 'item.a' has no value")
        let told = try faults("fields: {A: item.x, L: {each: ordr, fields: {B: itm.x, C: $x.y}}, M: {each: order}}")
        #expect(
            told == [
                "4:13 MR011 'item.x' is no name here, and a bare word is always a path; write a literal as {value: item.x}",
                "4:31 MR013 there is no input 'ordr'; did you mean 'order'?",
                "4:49 MR011 'itm.x' is no name here, and a bare word is always a path; write a literal as {value: itm.x}",
                "4:59 MR011 '$x.y' is no name here, and a bare word is always a path; write a literal as {value: $x.y}",
                "4:70 MR005 field 'M' needs 'fields'",
            ])
    }

    @Test func `an expression where a name is due is told where it goes`() throws {
        let told = try faults(
            "fields: {A: good + 1, B: {from: good * 2}, L: {each: '[{\"a\": good}]', fields: {C: item.a}}, D: Hall 1}")
        #expect(
            told == [
                "4:13 MR011 'good + 1' is an expression, and a name is due here; "
                    + "write it behind 'expr', or give it a name in 'let'",
                "4:33 MR011 'good * 2' is an expression, and a name is due here; "
                    + "write it behind 'expr', or give it a name in 'let'",
                #"4:54 MR011 '[{"a": good}]' is an expression, and a name is due here; "#
                    + "write it behind 'expr', or give it a name in 'let'",
                "4:96 MR011 'Hall 1' is no name here, and a bare word is always a path; write a literal as {value: Hall 1}",
            ])
    }

    @Test func `a test can expect a null that is sent, and is told what it gives that there is not`() throws {
        let text = """
            fields: {A: {expr: 'null', null: keep}, B: {expr: '"null"'}}
            tests:
              - {name: a, given: {godo: 1, replaces: {key: k}}, expect: {A: null, B: "null"}}
              - {name: b, given: {good: 1}, expect: {A: ~}}
              - {name: c, given: {good: 1}, expect: {A: "null", B: null}}
            """
        #expect(
            try faults(text) == [
                "6:23 MR071 the test gives 'godo', and this mapping has no such input; did you mean 'good'?"
            ])
        let mapping = try TestSite().document(Self.document(text))
        #expect(
            mapping.tests.map { mapping.run($0).differences } == [
                [], [], [#"A: expected "null", found null"#, #"B: expected null, found "null""#],
            ])
    }

    @Test func `a table of many rows gives no single one`() throws {
        #expect(
            try faults(
                """
                tables:
                  parts: {file: ../tables/work-centers.csv, key: equipment, value: erp, many: true}
                  jobs: {file: ../tables/jobs.csv, key: device, valid-from: since, many: true}
                fields: {A: {from: equipment, table: parts}}
                """) == [
                    "6:68 MR025 'many' lets a key have several rows, and 'valid-from' chooses one of them; keep one of both",
                    "7:38 MR014 table 'parts' may have several rows of a key; $mr_lookup in an expression gives them all",
                ])
    }

    @Test func `R5: shift and production day of an instant, by the equipment's area`() throws {
        let zone = try Zone(named: "Europe/Berlin")
        let (six, two, ten) = (
            try #require(TimeOfDay("06:00")), try #require(TimeOfDay("14:00")), try #require(TimeOfDay("22:00"))
        )
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    ShiftSettings(name: "early", from: six, to: two), ShiftSettings(name: "night", from: ten, to: six),
                ], dayStart: six, zone: zone,
                areas: [
                    AreaSettings(
                        name: "lab", equipment: ["L1"], shifts: [ShiftSettings(name: "day", from: six, to: two)])
                ]))
        let site = try TestSite(
            context: MappingContext(site: "P01", zone: zone, calendar: calendar))
        #expect(
            try body(
                #"""
                fields:
                  Early: {expr: '$mr_shift(start)'}
                  Off:   {expr: '$mr_shift(end)'}
                  Lab:   {expr: '$mr_shift(start, "L1")'}
                  Night: {expr: '$mr_shift("2026-10-25T01:30:00Z") & $mr_production_day("2026-10-25T01:30:00Z")'}
                  Day:   {expr: '$mr_production_day("2026-03-02T04:59:00Z", equipment)'}
                """#, site)
                == #"{"Early":"early","Off":"off","Lab":"day","Night":"night2026-10-24","Day":"2026-03-01"}"#)
        let fault = #expect(throws: MappingFault.self) { try body("fields: {A: {expr: $mr_shift(order)}}", site) }
        #expect(fault?.sentence == "field 'A': $mr_shift: '4711' is no time with an offset (MR019)")
    }
}
