import MillraceCore
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@testable import MillraceMapping

// Conversions are not public: what mappings do with them is.
@Suite("Units")
struct UnitTests {
    private func converted(_ amount: String, _ from: String, _ to: String) throws -> ExactDecimal {
        try UnitNames().conversion(from: from, to: to).get().nearest(try #require(ExactDecimal(amount)))
    }

    @Test(
        arguments: [
            ("9007199254740993", "GRM", "KGM", "9007199254740.993"), ("1", "lb", "kg", "0.45359237"),
            ("1", "GLL", "INQ", "231"), ("1", "FOT", "INH", "12"), ("1", "YDK", "FTK", "9"),
            ("1", "SMI", "FOT", "5280"),
            ("1.5", "h", "min", "90"), ("-90", "s", "min", "-1.5"), ("2", "DZN", "EA", "24"), ("1", "kWh", "MJ", "3.6"),
            ("1", "HAR", "MTK", "10000"), ("250", "ml", "l", "0.25"), ("1", "t", "MGM", "1000000000"),
            ("1", "WEE", "B98", "604800000000"), ("1", "BLL", "GLL", "42"), ("1", "STN", "LBR", "2000"),
            ("1", "LTN", "LBR", "2240"), ("1", "LBR", "GRN", "7000"), ("1", "LBR", "ONZ", "16"), ("0", "g", "t", "0"),
            ("1", "GLL", "OZA", "128"), ("2", "PTL", "QTL", "1"), ("4", "QTL", "GLL", "1"), ("1", "C62", "H87", "1"),
        ])
    func `an amount keeps every digit in the other unit`(amount: String, from: String, to: String, result: String)
        throws
    {
        #expect(try converted(amount, from, to) == #require(ExactDecimal(result)))
    }

    @Test func `what has no end is rounded only where somebody says how`() throws {
        let hundred = ExactDecimal(100)
        let third = try UnitNames().conversion(from: "SEC", to: "MIN").get()

        #expect(try converted("100", "s", "min") == #require(ExactDecimal("1.666666666667")))
        #expect(try third.converted(hundred, scale: 2, rounding: .halfUp) == #require(ExactDecimal("1.67")))
        #expect(try third.converted(hundred.negated, scale: 2, rounding: .halfUp) == #require(ExactDecimal("-1.67")))
        #expect(try third.converted(hundred, scale: 2, rounding: .down) == #require(ExactDecimal("1.66")))
        #expect(try third.converted(ExactDecimal(15), scale: 1, rounding: .halfEven) == #require(ExactDecimal("0.2")))
        #expect(throws: DecimalError.needsRounding(scale: 2)) {
            try third.converted(hundred, scale: 2, rounding: .refuse)
        }
        #expect(throws: DecimalError.needsRounding(scale: 18)) { try third.exact(hundred) }
        #expect(!third.isExact)
    }

    @Test func `every two units of a dimension convert, and each has its name alone`() throws {
        var names = Set<String>()
        for unit in MeasureUnit.all {
            for name in [unit.code] + unit.words { #expect(names.insert(name).inserted, "\(name)") }
            for other in MeasureUnit.all {
                #expect((UnitConversion(from: unit, to: other) != nil) == (unit.dimension == other.dimension))
                guard let there = UnitConversion(from: unit, to: other),
                    let back = UnitConversion(from: other, to: unit)
                else { continue }
                if there.isExact, let amount = try? there.exact(.one) { #expect(try back.exact(amount) == .one) }
            }
        }
        #expect(Set(MeasureUnit.all.map(\.dimension)) == Set(MeasureUnit.Dimension.allCases))
    }

    // MARK: In mappings

    private static func document(_ rest: String) -> String {
        """
        mapping: m
        from: {fact: production-count, per: [order, equipment], window: shift}
        to: {endpoint: erp, request: confirm}

        """ + rest
    }

    private func faults(_ text: String) throws -> [String] {
        try TestSite().parse(text).diagnostics.map { "\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)" }
    }

    @Test func `a field and an expression turn amounts, with units of the mapping's own`() throws {
        let mapping = try TestSite().document(
            Self.document(
                """
                units: {BOX: 12 EA, PAL: 40 BOX}
                fields:
                  Kilos:   {from: good, unit: {from: GRM, to: KGM}, type: decimal, scale: 3, round: refuse}
                  Boxes:   {from: good, unit: {from: EA, to: BOX}, type: decimal, scale: 2, round: half-up}
                  Pieces:  {expr: good * 2, unit: {from: PAL, to: EA}, type: integer}
                  Pounds:  {expr: '$mr_convert(good, "KGM", "LBR")', type: decimal, scale: 2, round: half-up}
                  Exact:   {expr: '$mr_convert("9007199254740993", "g", "kg")'}
                """))

        let body = try mapping.body(
            for: ValueObject(["order": "4711", "equipment": "P1", "shift": "early", "good": 500, "key": "k"]))

        #expect(
            JSONWriter.text(body)
                == #"{"Kilos":0.500,"Boxes":41.67,"Pieces":480000,"Pounds":1102.31,"Exact":9007199254740.993}"#)
    }

    @Test func `a unit that is not there, of another dimension, or without a rounding is a fault at its place`() throws
    {
        #expect(
            try faults(
                Self.document(
                    """
                    units:
                      BOX: 12
                      KGM: 2 EA
                      PAL: 3 BOXX
                    fields:
                      A: {from: good, unit: {from: GRM, to: KGN}, type: integer}
                      B: {from: good, unit: {from: GRM, to: MTR}, type: integer}
                      C: {from: good, unit: {from: SEC, to: MIN}, type: decimal}
                      D: {from: good, unit: {from: SEC, to: MIN}}
                      E: {from: good, unit: KGM, type: integer}
                      F: {from: good, unit: {from: Parsec, to: KGM}, type: integer}
                    """))
                == [
                    "5:8 MR062 '12' is no amount of a unit; say how many of another one it is, such as BOX: 12 EA",
                    "6:3 MR062 'KGM' is a unit already; give yours another name",
                    "7:8 MR062 there is no unit 'BOXX'; use a code of UN/ECE Rec 20 such as KGM, or say under 'units' what it is, such as BOX: 12 EA",
                    "9:41 MR062 there is no unit 'KGN'; did you mean 'KGM'?",
                    "10:41 MR062 'GRM' is a unit of mass and 'MTR' one of length; an amount of one cannot be turned into the other",
                    "11:19 MR005 an amount in MIN may have no end; say 'scale' and 'round'",
                    "12:19 MR005 'unit' needs 'type: decimal' with 'scale' and 'round', or 'type: integer' with 'round'",
                    "13:25 MR062 only a duration has a unit of its own, seconds; say what the amount is in: unit: {from: …, to: KGM}",
                    "14:32 MR062 there is no unit 'Parsec'; use a code of UN/ECE Rec 20 such as KGM, or say under 'units' what it is, such as BOX: 12 EA",
                ])
    }

    @Test func `a fault of $mr_convert parks with its sentence`() throws {
        let mapping = try TestSite().document(
            Self.document("fields: {A: {expr: '$mr_convert(good, \"KGM\", $trim(\"MTR\"))'}}"))

        let fault = #expect(throws: MappingFault.self) { try mapping.body(for: ValueObject(["good": 5])) }
        #expect(
            fault?.sentence
                == "field 'A': $mr_convert: 'KGM' is a unit of mass and 'MTR' one of length; an amount of one cannot be turned into the other (MR062)"
        )
    }

    @Test func `the numbers of a reading are turned before they are counted, and the counter's rules with them`() throws
    {
        let text = """
            mapping: counts
            from: {connector: line}
            to: {fact: production-count}
            units: {BOX: 12 EA}
            fields:
              equipment: {value: M1}
              time: ts
              order: {value: none}
              operation: {value: none}
              good: {counter: grams, modulus: 1000, max-rate: 500/min, unit: {from: GRM, to: KGM}}
            """
        let mapping = try TestSite().reading(text)
        var rejected: [SetAside] = []
        var state = ReadingMappingState()

        let samples = mapping.samples(
            from: .rows(["ts", "grams"], [["2026-03-02T06:00:00Z", "990"]]), state: &state, rejected: &rejected)

        #expect(samples.updates == [.value(.number(try #require(ExactDecimal("0.99"))))])
        #expect(mapping.units == [.good: "KGM"])
        guard case .counts(let plan) = mapping.plan, case .counter(let rule) = plan.quantities[0].source else {
            return #expect(Bool(false), "a counter")
        }
        #expect(rule.modulus == .one)
        #expect(rule.maxRate?.pieces == ExactDecimal("0.5"))
        #expect(
            try faults(text.replacing("{from: GRM, to: KGM}", with: "{from: min, to: d}")) == [
                "10:66 MR062 facts are exact, and MIN in DAY may have no end; convert in the document mapping, where 'scale' and 'round' say how"
            ])
        #expect(try faults(text.replacing("{from: GRM, to: KGM}", with: "BOX")) == [])
        #expect(
            try faults(text.replacing("{from: GRM, to: KGM}", with: "Stuck")) == [
                "10:66 MR062 there is no unit 'Stuck'; did you mean 'Stück'?"
            ])
    }
}
