import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

@Suite("Mending: remap and what was set aside")
struct MendTests {
    private static let confirm = SiteTexts.confirm(
        more: "tables: {center: {file: ../tables/center.csv, key: order, value: erp}}",
        fields: ", center: {from: order, table: center, missing: park}")

    /// Three shifts of one order whose row is missing in the table, all of them parked.
    private func parked() async throws -> TestSite {
        let site = try TestSite(
            mappings: [SiteTexts.counts(), Self.confirm], tables: ["tables/center.csv": "order,erp\n4712,WC-2\n"])
        site.press(minutes(24 * 60, from: time("06:00")))
        try await site.run(at: time("06:10", day: 3))
        return site
    }

    private func remap(_ site: TestSite, _ selection: Remap.Selection, preview: Bool = false) throws -> Remap.Report {
        try Remap(plant: try site.plant, world: try site.world(site.store), store: site.store, who: "anna")
            .run(selection, reason: "a test", isPreview: preview)
    }

    @Test func `R18: remap supersedes what a wrong table parked, with the next number and the present body`()
        async throws
    {
        let site = try await parked()
        #expect(try site.told == ["r1 958 parked", "r1 960 parked", "r1 960 parked"])
        try site.edit(
            mappings: [SiteTexts.counts(), Self.confirm],
            tables: ["tables/center.csv": "order,erp\n4711,WC-1\n4712,WC-2\n"])

        let preview = try remap(site, .init(cause: "missing-row"), preview: true)
        #expect(try site.told == ["r1 958 parked", "r1 960 parked", "r1 960 parked"])
        let report = try remap(site, .init(cause: "missing-row"))

        #expect(report.rows == preview.rows)
        #expect(
            try site.told == [
                "r1 958 superseded", "r1 960 superseded", "r1 960 superseded", "r2 958 queued", "r2 960 queued",
                "r2 960 queued",
            ])
        try await site.run(at: time("06:20", day: 3))
        #expect(try site.erp.booked("4711") == 2878)
        #expect(site.erp.postings.allSatisfy { $0.body["center"] == "WC-1" })
        #expect(try site.differences == [])
    }

    @Test func `R18: a remap before the first whole run leaves the mappings to hold from the beginning`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press(minutes(8 * 60, from: time("06:00")))
        site.clock.set(time("07:00"))
        _ = try remap(site, .init(endpoint: "erp"))

        try await site.run(at: time("14:10"))

        #expect(try site.told == ["r1 958 done"])
        #expect(try site.differences == [])
    }

    @Test func `R18: remap leaves what the mapping still cannot build, and says why`() async throws {
        let site = try await parked()

        let report = try remap(site, .init(cause: "missing-row"))

        #expect(report.rows.documentCount == 0)
        #expect(report.rows.first?.sentence.hasPrefix("the mapping still cannot build it: ") == true)
        #expect(try site.documents.map(\.revision) == [1, 1, 1])
    }

    @Test
    func `an order finished in the other system is booked to another one, and so is what its window still brings`()
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press(minutes(8 * 60, from: time("06:00")))
        site.erp.answers([.refused])
        try await site.run(at: time("14:10"))
        #expect(try site.told == ["r1 958 parked"])

        let report = try remap(site, .init(orders: ["4711": "4799"]))
        try await site.run(at: time("14:20"))
        // What comes late for that window goes the same way.
        site.press([TestSite.Row(time("13:59:45"), ["parts": "960", "order": "4711"])])
        try await site.run(at: time("14:30"))

        #expect(report.rows.documentCount == 1)
        #expect(try site.erp.booked("4711") == 0)
        #expect(try site.erp.booked("4799") == 960)
        #expect(try site.differences == [])
    }

    @Test func `a figure is not booked to another order`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.progress])
        site.press(minutes(60, from: time("06:00")))
        site.erp.answers([.refused])
        try await site.run(at: time("14:10"))

        #expect(throws: RemapRefusal.absolute(RequestID("erp", "progress"), "4711")) {
            try remap(site, .init(orders: ["4711": "4799"]))
        }
    }

    @Test func `R17: an endpoint that was off in a run that pulled only is held when the file says on`() async throws {
        var settings = SiteTexts.Settings()
        settings.deliver = "off"
        let site = try TestSite(settings, mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press(minutes(8 * 60, from: time("06:00")))
        try await site.run(at: time("14:10"), options: RunOptions(delivers: false))

        try site.edit(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        try await site.run(at: time("14:20"))

        #expect(site.erp.calls == [])
        #expect(try site.store.health(of: "erp").causeCode == "was-off")
    }

    @Test func `R17: nothing of a window before go-live is sent, also when a person finds it not booked`() async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press(minutes(8 * 60, from: time("06:00")))
        site.erp.answers([.lostBeforeCommit])
        try await site.run(at: time("14:10"))
        let verbs = EndpointVerbs(plant: try site.plant, store: site.store, who: "anna", now: site.clock.now)
        _ = try await verbs.release("erp", discardBefore: time("14:00"), figures: [:], reason: nil) { _, _ in
            .notOffered
        }

        let key = try #require(try site.documents.first?.key)
        let queue = QueueVerbs(store: site.store, who: "anna", now: site.clock.now)
        _ = try queue.resolve([key], isBooked: false, reason: nil)
        try await site.run(at: time("14:20"))

        #expect(site.erp.calls.count == 1)
        #expect(try site.told == ["r1 958 discarded"])
        #expect(try site.differences == [])
    }

    @Test func `rows that a mended mapping can use are counted by a retry, and are not shown any more`() async throws {
        let mapping = SiteTexts.pieces.replacing(
            "good: {increment: pieces}", with: "good: {increment: pieces, decimal-comma: true}")
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.pack.add(
            .table(
                [
                    TestRow(100, ["time": "2026-03-02T07:00:00Z", "order": "A", "pieces": "5", "ticket": "T1"]),
                    TestRow(200, ["time": "2026-03-02T07:05:00Z", "order": "A", "pieces": "12,0", "ticket": "T2"]),
                ], source: "pack.csv"))
        try await site.run(at: time("14:10"))
        #expect(try site.erp.booked("A") == 5)
        let verbs = SetAsideVerbs(plant: try site.plant, store: site.store, who: "anna", now: site.clock.now)
        let rows = try verbs.rows(of: "pack")
        #expect(rows.map(\.row.reason) == [.unusable])
        #expect(try verbs.retry(rows).scope == nil)

        try site.edit(mappings: [mapping, SiteTexts.confirm()])
        site.clock.set(time("14:20"))
        let mended = SetAsideVerbs(plant: try site.plant, store: site.store, who: "anna", now: site.clock.now)
        let retry = try mended.retry(rows)
        let scope = try #require(retry.scope)
        _ = try site.resync(from: scope.from, to: scope.to, equipment: scope.equipment)
        try site.store.settle(retry.usable, by: "anna", reason: "mended", now: site.clock.now)
        try await site.run(at: time("14:30"))

        #expect(try site.erp.booked("A") == 17)
        #expect(try mended.rows(of: nil) == [])
        #expect(try site.differences == [])
    }
}
