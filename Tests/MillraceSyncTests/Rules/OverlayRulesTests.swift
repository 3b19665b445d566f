import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Mappings that extend another, through whole runs.
@Suite("Runs: site overlays")
struct OverlayRulesTests {
    private static let overlay = "extends: base.yaml\nfields: {operation: {value: \"0030\"}}"

    @Test func `R18: what an overlay counted is explained by the line of the file it extends, as it was then`()
        async throws
    {
        let site = try TestSite(
            mappings: [Self.overlay, SiteTexts.confirm()], tables: ["mappings/base.yaml": SiteTexts.counts()])
        let version = try site.plant.readingMappings[0].version
        site.press([
            TestSite.Row(time("06:00:05"), ["parts": "65530", "order": "4711"]),
            TestSite.Row(time("06:01:05"), ["parts": "5"]),
        ])
        try await site.run(at: time("14:10"))
        // The base is another one from now on, and so is the mapping's version.
        try site.edit(
            mappings: [Self.overlay, SiteTexts.confirm()],
            tables: ["mappings/base.yaml": "# ours\n# now\n" + SiteTexts.counts()])
        #expect(try site.plant.readingMappings[0].version != version)

        let world = try site.world(site.store)
        let explain = try Explain(
            plant: try site.plant, store: site.store, texts: site.texts, compileReading: world.compileReading,
            compileDocument: world.compileDocument)
        let document = try #require(try site.documents.first)
        let fact = try #require(try explain.sum(of: document, readingsOf: 10)?.facts.first)

        #expect(document.key.contains("/4711/0030/"))
        #expect(fact.madeBy == "mappings/base.yaml:9")
        #expect(fact.rule.hasPrefix("good: {counter: parts, modulus: 65536"))
        #expect(fact.readings.map(\.value) == ["65530", "5"])
    }
}
