import MillraceCore
import MillraceMapping
import MillraceValues
import Testing

@Suite("Document mappings: plain bodies")
struct PlainBodyTests {
    private static func mapping(_ fields: String, _ rest: String = "") -> String {
        """
        mapping: confirmation
        from:
          fact: production-count
          per: [order, operation, equipment]
          window: {every: 1 min}
          close: {settle: 1 min}
        to: {endpoint: erp, request: confirm}
        \(rest)
        fields:
        \(fields)
        """
    }

    private static let fields = """
          Order: {from: order, type: string, pad: {left: "0", length: 12}}
          operation: operation
          Good: {from: good, type: decimal, digits: 13, scale: 3, round: refuse}
          Scrap: {from: scrap, type: integer}
          Rework: rework
          Half: {from: good, type: decimal, digits: 6, scale: 1, round: half-up}
          key: key
          revision: revision
          site: site
          From: {from: start, type: time, zone: site}
          To: end
          Flag: {value: "true", type: boolean}
        """

    private static let names = ["order", "operation", "equipment"]

    private func sum(_ good: String, scrap: String = "0", operation: String = "0010") throws -> Sum {
        let start = Instant(seconds: 1_772_427_600)
        return Sum(
            identity: .init(
                request: RequestID("erp", "confirm"), kind: .productionCount, windowStart: start,
                perValues: ["4711", operation, "P1"]), mapping: "confirmation", windowStart: start,
            windowEnd: start + .seconds(60),
            fields: ValueObject(
                uniqueKeys: Self.names, values: [.string("4711"), .string(operation), .string("P1")]),
            total: Amounts(
                good: try #require(ExactDecimal(good)), scrap: try #require(ExactDecimal(scrap)),
                rework: ExactDecimal(1200)))
    }

    @Test(
        arguments: [
            ("40", "0"), ("0", "1"), ("0.5", "3"), ("123456789.25", "7"), ("9999999999", "0"), ("1200", "12"),
            ("-4", "0"),
            // What cannot be written, by both ways in the same words.
            ("12345678901", "0"), ("1.2345", "0"), ("1", "0.5"),
        ]) func `R14: they are to the byte what the list of inputs gives`(_ good: String, _ scrap: String) throws
    {
        let mapping = try TestSite().document(Self.mapping(Self.fields))
        let plain = try #require(PlainBody(mapping, fields: Self.names, site: "P01"))
        let sum = try sum(good, scrap: scrap, operation: #"ä "10""#)

        func outcome(_ body: () throws -> [UInt8]?) -> String {
            do { return try body().map { String(decoding: $0, as: UTF8.self) } ?? "none" } catch { return "\(error)" }
        }

        #expect(
            outcome { try plain.body(of: sum, amounts: sum.total, key: "stem/r1").map(JSONWriter.bytes) }
                == outcome { try plain.json(of: sum, amounts: sum.total, key: "stem/r1") })
        #expect(
            outcome { try plain.json(of: sum, amounts: sum.total, key: "stem/r1") }
                == outcome {
                    JSONWriter.bytes(
                        try mapping.body(
                            for: DocumentInputs.inputs(
                                of: sum, amounts: sum.total, key: "stem/r1", revision: 1, site: "P01")))
                })
    }

    @Test(
        arguments: [
            (PlainBodyTests.fields, "skip-when: good = 0"),
            (PlainBodyTests.fields, "checks: [{when: good > 100, sentence: too many}]"),
            ("  Order: {fields: {number: order}}", ""), ("  Sum: {expr: good + scrap}", ""),
            ("  Parts: {from: replaces.receipt, missing: none}", ""),
            (
                "  Work: {from: equipment, table: work, missing: none}",
                "tables: {work: {file: ../tables/work-centers.csv, key: equipment, value: erp}}"
            ),
        ]) func `a mapping that asks for more has none`(_ fields: String, _ rest: String) throws
    {
        let mapping = try TestSite().document(Self.mapping(fields, rest))

        let plain = PlainBody(mapping, fields: Self.names, site: "P01")

        #expect(plain.map { _ in true } == nil)
    }

    @Test func `a sum with other fields has none`() throws {
        let plain = try #require(
            PlainBody(TestSite().document(Self.mapping(Self.fields)), fields: Self.names, site: "P01"))
        var other = try sum("40")
        other.fields[Sum.bookedAs] = ["order": "4712"]

        #expect(try plain.json(of: other, amounts: other.total, key: "k") == nil)
    }

    @Test func `what the facts of a sum do not have is missing, as the field says and as in a test of the mapping`()
        throws
    {
        let sum = try sum("40", operation: "")
        func outcome(_ field: String) throws -> String {
            let mapping = try TestSite().document(Self.mapping("  operation: \(field)\n  Good: good"))
            let plain = try #require(PlainBody(mapping, fields: Self.names, site: "P01"))
            #expect(try plain.json(of: sum, amounts: sum.total, key: "k") == nil)
            let inputs = DocumentInputs.inputs(of: sum, amounts: sum.total, key: "k", revision: 1, site: "P01")
            do { return JSONWriter.text(try mapping.body(for: inputs)) } catch { return "\(error)" }
        }

        #expect(try outcome("{from: operation, missing: none}") == #"{"Good":40}"#)
        #expect(try outcome("{from: operation, missing: {value: \"0010\"}}") == #"{"operation":"0010","Good":40}"#)
        #expect(try outcome("operation").hasPrefix("field 'operation': 'operation' has no value"))
        let mapping = try TestSite().document(Self.mapping("  Good: good"))
        #expect(mapping.inputs(given: ValueObject(["operation": "", "order": "1"])).keys.first == "order")
    }
}
