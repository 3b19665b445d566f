import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Examples", .enabled(if: SharedData.isPresent))
struct ExampleTests {
    @Test(
        arguments: [
            "confirmation.yaml", "packing-counts.yaml", "press-counts.yaml", "press-stops.yaml", "progress.yaml",
            "stoppage.yaml",
        ])
    func `every example compiles without a fault`(name: String) throws {
        let parsed = try TestSite().example(name)

        #expect(parsed.diagnostics.map(\.description) == [])
        #expect(parsed.mapping != nil)
    }

    @Test(arguments: ["confirmation.yaml", "progress.yaml", "stoppage.yaml"])
    func `every test of a document example passes`(name: String) throws {
        guard case .document(let mapping) = try TestSite().example(name).mapping else {
            Issue.record("\(name) is no document mapping")
            return
        }

        #expect(!mapping.tests.isEmpty)
        for test in mapping.tests { #expect(mapping.run(test).differences == [], "\(name): \(test.name)") }
    }

    @Test(arguments: [("press-counts.yaml", 2), ("press-stops.yaml", 7), ("packing-counts.yaml", 2)])
    func `the rows of a reading example's test become samples`(name: String, count: Int) throws {
        guard case .reading(let mapping) = try TestSite().example(name).mapping else {
            Issue.record("\(name) is no reading mapping")
            return
        }
        let test = try #require(mapping.tests.first)
        var rejected: [SetAside] = []

        let samples = mapping.using(test).samples(of: test, rejected: &rejected)

        #expect(rejected.map(\.sentence) == [])
        #expect(samples.samples.count == count)
    }
}

@Suite("Example site", .enabled(if: SharedData.isPresent))
struct ExampleSiteTests {
    @Test func `the example site is checked without a fault`() throws {
        let site = try TestSite()
        let names = SharedData.names(in: "examples").filter { $0.hasSuffix(".yaml") && $0 != "millrace.yaml" }
        let files = try names.map { name in
            let bytes = try #require(SharedData.bytes("examples/\(name)"))
            return Site.File(path: "mappings/\(name)", text: String(decoding: bytes, as: UTF8.self))
        }
        let own = try #require(SharedData.bytes("examples/millrace.yaml"))

        let (checked, faults) = Site.check(
            site: Site.File(path: "millrace.yaml", text: String(decoding: own, as: UTF8.self)), mappings: files,
            tables: site.source)

        #expect(faults.map(\.description) == [])
        let definition = try #require(checked?.definition)
        #expect(definition.id == "P01")
        #expect(definition.liveSince == Instant(iso8601: "2026-03-02T05:00:00Z"))
        #expect(definition.store == "state/millrace.db")
        #expect(definition.calendar.shifts.map(\.name) == ["early", "late", "night"])
        #expect(definition.connectors.map(\.kind) == ["mtconnect", "csv"])
        let stop = try #require(definition.endpoint("erp")?.request("stop"))
        #expect(stop.correction?.path.text == "/stoppages/{replaces.receipt}")
        #expect(stop.lookup?.there.holds(on: ["count": 1]) == true)
        #expect(stop.classify.first?.outcome == .duplicate)
    }
}
