import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
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
