import Foundation
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceCLI

/// What the tools for mappings print for one small plant, kept as files to be read: the site stands below, the outputs in `Fixtures/Map`.
///
/// With MILLRACE_WRITE_GOLDEN=1 the files are written: look at their difference before you keep them.
@Suite("Tools for mappings as people read them", .enabled(if: BuiltProgram.path != nil))
struct MapToolsGoldenTests {
    private static let confirmation = """
        mapping: confirmation
        from: {fact: production-count, per: [order, equipment], window: {every: 15 min}, close: {settle: 1 min, at-latest: 24 h}}
        to: {endpoint: erp, request: confirm}
        tables:
          work-center: {rows: {M1: WC-17, M2: WC-18}}
        let:
          pieces: good + scrap
        fields:
          OrderID: {from: order, type: string, pad: {left: "0", length: 8}}
          WorkCenter: {from: equipment, table: work-center, missing: park}
          Yield: {fields: {value: {from: good, type: decimal, scale: 1}, unit: {value: EA}}}
          Kind:
            expr: |
              $pieces > 100 ? "large" : "small"
          Key: key
        skip-when: good = 0
        checks:
          - {when: good > 100000, sentence: more than a machine makes}
        tests:
          - name: a small one
            given: {order: "4711", equipment: M1, good: 6}
            expect: {OrderID: "00004711", WorkCenter: WC-17, Kind: small}
        """

    private func site() throws -> OperatorSite {
        let site = try OperatorSite(erp: "http://127.0.0.1:\(unusedPort())")
        try site.write("mappings/confirmation.yaml", Self.confirmation)
        try site.drop(40)
        return site
    }

    private func check(_ name: String, _ text: String) throws {
        let path = "\(RepositoryFiles.root)/Tests/MillraceCLITests/Fixtures/Map/\(name).txt"
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_GOLDEN"] == "1" {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOfFile: path, encoding: .utf8)), "\(name)")
    }

    @Test func `coverage names what no test touched, and --min fails below it`() throws {
        let site = try site()

        let seen = try site.program(["map", "coverage", "mappings/confirmation.yaml"])
        let short = try site.program(["map", "coverage", "--min", "90", "mappings/confirmation.yaml"])
        let enough = try site.program(["map", "coverage", "--min", "50", "mappings/confirmation.yaml"])

        try check("coverage", seen.output)
        #expect((seen.code, short.code, enough.code) == (0, 1, 0))
        #expect(short.errors.contains("is less than --min 90"))
    }

    @Test func `explain shows for one record each value, its rule and what it read`() throws {
        let site = try site()
        #expect(try site.program(["run"]).code == 4)

        let key = "20260302T060000Z/T01/erp/confirm/production-count/4711/M1/r1"
        try check("explain-document", try site.program(["map", "explain", "confirmation", key]).output)
        try check("explain-test", try site.program(["map", "explain", "confirmation"]).output)
        try check("explain-reading", try site.program(["map", "explain", "counts", "a.csv:4"]).output)
        try check("explain-fact", try site.program(["map", "explain", "counts", "1"]).output)
        let given = try site.program([
            "map", "explain", "counts", "--given",
            #"{"machine":"M1","time":"2026-03-02T06:00:00Z","order":"4711","good":"2"}"#,
        ])
        try check("explain-given", given.output)
        #expect(try site.program(["map", "explain", "counts", "a.csv:4000"]).code == 1)
        #expect(try site.program(["map", "explain", "nothing"]).code == 2)
    }

    @Test func `explain takes kept readings where the file is gone, and given records where no site is`() throws {
        let site = try site()
        #expect(try site.program(["run"]).code == 4)
        let fact = try site.program(["map", "explain", "counts", "3"])
        try FileManager.default.removeItem(atPath: site.path("drop/a.csv"))

        #expect(try site.program(["map", "explain", "counts", "3"]).output == fact.output)
        let kept = try site.program(["map", "explain", "counts", "a.csv@86"])
        #expect(kept.output == fact.output, "\(kept)")
        let gone = try site.program(["map", "explain", "counts", "a.csv:4"])
        #expect(gone.code == 1 && gone.errors.contains("a kept reading is named FILE@POSITION"), "\(gone)")

        try FileManager.default.removeItem(atPath: site.path("millrace.yaml"))
        let bare = try site.program(["map", "explain", "mappings/confirmation.yaml"])
        #expect(bare.code == 0 && bare.output.contains("OrderID"), "\(bare)")
        let reading = try site.program([
            "map", "explain", "mappings/counts.yaml", "--given",
            #"{"machine":"M1","time":"2026-03-02T06:00:00Z","order":"4711","good":"2"}"#,
        ])
        #expect(reading.code == 0 && reading.output.contains("It brings:"), "\(reading)")
        let record = try site.program(["map", "explain", "mappings/counts.yaml", "3"])
        #expect(record.code == 10 && record.errors.contains("holds no millrace.yaml"), "\(record)")
    }

    @Test func `show prints the whole mapping with the origin of each rule, and what it means for its request`() throws
    {
        let site = try site()
        try site.write("mappings/base/plant.yaml", Self.confirmation)
        try site.write(
            "mappings/confirmation.yaml",
            """
            mapping: press-confirmation
            extends: base/plant.yaml
            remove: [skip-when]
            from: {where: 'equipment = "M1"'}
            fields:
              Yield: {fields: {unit: {value: ST}}}
              Hall: {value: H2}
            """)

        let shown = try site.program(["map", "show", "press-confirmation"])
        try check("show", shown.output)
        #expect(try site.program(["map", "show", "mappings/confirmation.yaml"]).output == shown.output)
        let missing = try site.program(["map", "show", "press-confirmatio"])
        #expect(missing.code == 2 && missing.errors.contains("did you mean 'press-confirmation'?"), "\(missing)")
    }

    @Test func `R18: diff shows field by field what an edit would have changed, and writes nothing`() throws {
        let site = try site()
        #expect(try site.program(["run"]).code == 4)
        let same = try site.program(["map", "diff", "--since", "2026-03-01"])
        let edited = Self.confirmation.replacingOccurrences(of: "M1: WC-17", with: "M1: WC-99")
            .replacingOccurrences(of: "scale: 1}", with: "scale: 3}")
        try site.write("draft.yaml", edited)
        let before = try site.program(["store", "info", "--json"]).output

        let draft = try site.program(["map", "diff", "draft.yaml", "--since", "30d", "--show", "1"])
        try site.write(
            "stricter.yaml",
            Self.confirmation.replacingOccurrences(of: "skip-when: good = 0", with: "skip-when: good < 35"))
        let stricter = try site.program(["map", "diff", "stricter.yaml"])
        try site.write("parts.yaml", Self.confirmation.replacingOccurrences(of: "every: 15 min", with: "every: 30 min"))
        let parts = try site.program(["map", "diff", "parts.yaml", "--show", "2"])

        #expect(same.output.contains("none would be another"))
        try check("diff", draft.output)
        try check("diff-skip", stricter.output)
        try check("diff-window", parts.output)
        #expect(try site.program(["store", "info", "--json"]).output == before)
        try site.write("mappings/confirmation.yaml", edited)
        #expect(try site.program(["map", "diff", "--json"]).output.contains(#""otherwise":2"#))
    }

    @Test func `diff of a reading mapping's draft is the preview of a resync`() throws {
        let site = try site()
        #expect(try site.program(["run"]).code == 4)
        let text = try String(contentsOfFile: site.path("mappings/counts.yaml"), encoding: .utf8)
        try site.write(
            "draft.yaml",
            text.replacingOccurrences(of: "to: {fact", with: "where: time < \"2026-03-02T06:20\"\nto: {fact"))

        try check("diff-reading", try site.program(["map", "diff", "draft.yaml"]).output)
    }

    @Test func `check warns of traps and goes on`() throws {
        let site = try site()
        try site.write(
            "mappings/confirmation.yaml",
            Self.confirmation.replacingOccurrences(
                of: "let:\n",
                with: """
                    let:
                      unused: good * 2
                      day: $fromMillis(0, "[H01]", "Europe/Berlin")
                      never: good = "6" or order = 4711 or equipment = null
                      first: $mr_lookup("work-center", equipment).a.b[0]

                    """
            ).replacingOccurrences(
                of: "  Key: key\n",
                with: """
                      Key: key
                      One: {expr: '[1, 2][$ > 1]', type: integer}
                      Rest: {expr: '$day & $never & $first', missing: none}

                    """
            ).replacingOccurrences(of: "skip-when: good = 0", with: "skip-when: good = 0 and order != \"9999\""))

        let ending = try site.program(["check"])

        try check("lints", ending.errors)
        #expect(ending.code == 0, "\(ending)")
    }

    @Test func `map test writes JUnit XML with what differs`() throws {
        let site = try site()
        try site.write(
            "mappings/confirmation.yaml",
            Self.confirmation.replacingOccurrences(of: "Kind: small}", with: "Kind: \"<large> & more\"}"))
        try site.write("mappings/broken.yaml", "mapping: broken\n")

        let ending = try site.program(["map", "test", "--junit", "junit.xml"])

        #expect(ending.code == 10)
        let report = try String(contentsOfFile: site.path("junit.xml"), encoding: .utf8)
        try check("junit", report)
        try JUnitForm.check(report)
    }
}

/// The form that CI servers accept, by the schema that `JUnitReport` names: elements, their attributes, and that the counts add up.
private enum JUnitForm {
    private static let needed = [
        "testsuites": ["tests", "failures", "errors"], "testsuite": ["name", "tests", "failures", "errors", "skipped"],
        "testcase": ["name", "classname"], "failure": ["message"], "error": ["message"],
    ]

    static func check(_ text: String) throws {
        let tags = text.matches(of: #/<([a-z]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/#)
        var counts: [String: Int] = [:]
        for tag in tags {
            let name = String(tag.1)
            let needed = try #require(needed[name], "<\(name)> is no element of the form")
            for attribute in needed { #expect(tag.2.contains(" \(attribute)=\""), "<\(name)> without \(attribute)") }
            counts[name, default: 0] += 1
        }
        for (name, count) in counts where !["testsuites"].contains(name) {
            let closings = text.components(separatedBy: "</\(name)>").count - 1
            let closed = tags.count { $0.1 == name && $0.3 == "/" } + closings
            #expect(closed == count, "\(count) <\(name)>, \(closed) closed")
        }
        let head = try #require(text.firstMatch(of: #/<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)"/#))
        #expect(Int(head.1) == counts["testcase"])
        #expect(Int(head.2) == counts["failure"] ?? 0)
        #expect(Int(head.3) == counts["error"] ?? 0)
    }
}
