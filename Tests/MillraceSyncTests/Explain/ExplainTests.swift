import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

@Suite("Explain and reconcile")
struct ExplainTests {
    private func explain(_ site: TestSite) throws -> Explain {
        let world = try site.world(site.store)
        return try Explain(
            plant: try site.plant, store: site.store, texts: site.texts, compileReading: world.compileReading,
            compileDocument: world.compileDocument)
    }

    private func reconcile(_ site: TestSite) throws -> Reconcile {
        try Reconcile(
            plant: try site.plant, store: site.store, scope: ReconcileScope(),
            compile: try site.world(site.store).compileDocument)
    }

    @Test func `promise 9: a document is walked back to its readings, the mapping line and forward to the receipt`()
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            TestSite.Row(time("06:00:05"), ["parts": "65530", "order": "4711"]),
            TestSite.Row(time("06:01:05"), ["parts": "5"]), TestSite.Row(time("06:01:35"), ["parts": "7"]),
        ])
        try await site.run(at: time("14:10"))
        let document = try #require(try site.documents.first)

        let found = try explain(site).sum(of: document, readingsOf: 10)

        let one = try #require(found)
        #expect(one.total.good.integer == 13)
        #expect(one.total == one.sum.total)
        let fact = try #require(one.facts.first)
        #expect(one.facts.count == 1)
        #expect(fact.madeBy == "mappings/0.yaml:9")
        #expect(fact.rule.hasPrefix("good: {counter: parts, modulus: 65536"))
        #expect(
            fact.readings.map { "\($0.place) \($0.value)" } == [
                "line.csv@100 65530", "line.csv@200 5", "line.csv@300 7",
            ])
        #expect(one.documents.map(\.document.receipt) == [document.receipt])
        #expect(one.documents.first?.attempts.map(\.delivery.outcome) == [.done])
        #expect(try explain(site).sums(of: "4711", readingsOf: 0).map(\.stem) == [one.stem])
    }

    @Test func `R20: each difference between counted and booked has its reason`() async throws {
        let site = try TestSite(
            mappings: [
                SiteTexts.counts(more: "count-when: mode = \"AUTO\""),
                SiteTexts.confirm(more: "skip-when: good = 2"),
            ])
        site.press([
            TestSite.Row(time("06:00"), ["parts": "0", "order": "A", "mode": "AUTO"]),
            TestSite.Row(time("06:05"), ["parts": "10"]),
            TestSite.Row(time("06:06"), ["parts": "13", "mode": "MANUAL"]),
            TestSite.Row(time("06:10"), ["parts": "13", "order": "B", "mode": "AUTO"]),
            TestSite.Row(time("06:11"), ["parts": "15"]),
            TestSite.Row(time("06:20"), ["parts": "15", "order": "C"]), TestSite.Row(time("06:21"), ["parts": "20"]),
            TestSite.Row(time("15:00"), ["parts": "24"]),
        ])
        site.erp.answers([.refused, .lostAfterCommit])
        try await site.run(at: time("15:10"))

        let reconcile = try reconcile(site)
        let reasons = try reconcile.reasons(try reconcile.run())

        #expect(
            reasons.map { "\($0.bucket.rawValue) \($0.amounts.good)" } == [
                "in doubt 5", "parked 10", "open 4", "dropped by rule 3", "skipped 2",
            ])
        #expect(reasons[1].advice.hasPrefix("mend it there, then: millrace queue release "))
        #expect(reasons[3].sentence == "count-when")
    }

    @Test func `R20: the other system is asked for figures, and someone else's booking is told`() async throws {
        var settings = SiteTexts.Settings()
        settings.progress = "opening: 0, read: {get: \"/orders/{order}\", figure: good}"
        let site = try TestSite(settings, mappings: [SiteTexts.counts(), SiteTexts.progress])
        site.press(minutes(60, from: time("06:00")))
        try await site.run(at: time("14:10"))
        let against = {
            try ReconcileAgainst(plant: site.plant, store: site.store, endpoints: ["erp": site.erp], scope: .init())
        }

        #expect(try await against().run().differences == [])
        site.erp.setFigure(ExactDecimal(120), order: "4711")
        let report = try await against().run()

        #expect(report.differences.map(\.sentence) == ["the figure there is 120, ours was 118: someone else booked 2"])
    }

    /// An ERP whose record bears the key of the document that wrote it last.
    private struct OneRecord: Endpoint {
        let contract: EndpointContract
        let key: String?

        func encode(_ body: Value, for request: RequestName) throws(EndpointError) -> [UInt8] { [] }
        func writesJSON(_ request: RequestName) -> Bool { false }
        func deliver(_ document: Document) async -> Delivery { Delivery(.refused, sentence: "") }
        func lookUp(_ document: Document) async -> LookUp { document.key == key ? .there(receipt: "7") : .notThere }
        func readFigure(_ request: RequestName, fields: ValueObject) async -> FigureReading { .notOffered }
        func test() async -> EndpointTest { EndpointTest() }
    }

    @Test func `R26: a document that another one took the place of is there by the key of either`() async throws {
        let site = try LookSite()
        site.plant.endpoints[0].requests[0].canLookUp = true
        let sum = try site.fold(40, through: 0)
        let first = try site.document(of: sum, revision: 1, good: 40, .done)
        let second = try site.document(of: sum, revision: 2, good: 2, .done, replaces: first)

        for (key, count) in [(first, 0), (second, 0), (nil, 1)] {
            let erp = OneRecord(contract: site.plant.endpoints[0], key: key)
            let report = try await ReconcileAgainst(
                plant: site.plant, store: site.store, endpoints: ["erp": erp], scope: .init()
            ).run()
            #expect(report.differences.count == count)
            #expect(report.answers == 1)
        }
    }

    @Test func `R26: the other system is asked for documents by their key`() async throws {
        var settings = SiteTexts.Settings()
        settings.confirm = "correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}"
        let site = try TestSite(settings, mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press(minutes(60, from: time("06:00")))
        site.erp.answers([.lostAfterCommit])
        site.erp.lookUpIsDown(true)
        try await site.run(at: time("14:10"))
        let against = ReconcileAgainst(
            plant: try site.plant, store: site.store, endpoints: ["erp": site.erp], scope: .init())
        let silent = try await against.run()
        #expect((silent.answers, silent.unanswered.count, silent.differences) == (0, 1, []))
        site.erp.lookUpIsDown(false)

        let report = try await against.run()

        #expect(report.differences.map(\.sentence) == ["its answer was lost, and it is there"])
        #expect(report.differences.first?.advice.hasSuffix("/r1 --booked") == true)
    }
}
