import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Rules of windows, openings and going live, over whole runs.
@Suite("Runs: windows and figures")
struct WindowRulesTests {
    // MARK: R13

    @Test func `R13: an unreachable connector is waited for until at-latest, and its late data makes r2`() async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        site.press([.init(time("07:00"), ["order": "4711", "parts": "0"])])
        try await site.run(at: time("08:00"))
        site.line.fails(.unreachable("line", "no answer"))

        let report = try await site.run(at: time("14:06"))
        #expect(report.exitCode == 5)
        for hour in 15...23 { try await site.run(at: time("\(hour):00")) }
        #expect(try site.documents.isEmpty)
        try await site.run(at: time("13:59", day: 3))
        #expect(try site.documents.isEmpty)
        try await site.run(at: time("14:01", day: 3))
        #expect(try site.told == ["r1 10 done"])

        site.line.fails(nil)
        site.press([.init(time("13:00"), ["parts": "25"])])
        try await site.run(at: time("14:30", day: 3))
        #expect(try site.told.sorted() == ["r1 10 done", "r1 25 done"])
    }

    @Test func `R13: a connector that the run was not asked for is waited for by its own reach`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        site.press([.init(time("07:00"), ["order": "4711", "parts": "0"])])
        try await site.run(at: time("08:00"))
        site.packs([(time("14:30"), 1)])

        try await site.run(at: time("15:00"), options: RunOptions(connectors: ["pack"]))
        #expect(try site.documents.isEmpty)
        // It is not unreachable, it was only not asked: the wall clock says nothing about it.
        try await site.run(at: time("15:00", day: 4), options: RunOptions(connectors: ["pack"]))
        #expect(try site.documents.isEmpty)

        site.press([.init(time("14:30"), ["parts": "7"])])
        try await site.run(at: time("15:10", day: 4), options: RunOptions(connectors: ["line"]))
        #expect(try site.good(.done as DocumentState) > 0)
    }

    @Test func `R13: a run without room on the disk closes nothing beyond what was read`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("08:00"))

        let report = try await site.run(at: time("15:00", day: 5), hasRoom: false)

        #expect(report.exitCode == 14)
        #expect(try site.documents.isEmpty)
    }

    // MARK: R16

    private func figures(_ progress: String, deduplicates: Bool = true) throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.progress = progress
        return try TestSite(settings, mappings: [SiteTexts.pieces, SiteTexts.progress], deduplicates: false)
    }

    @Test func `R16: an absolute request carries the total and a newer figure supersedes a waiting one`() async throws {
        let site = try figures("opening: 0")
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("07:16"))
        site.packs([(time("07:20"), 5)])
        site.erp.answers([.refused])
        try await site.run(at: time("07:31"))
        site.packs([(time("07:40"), 2)])
        try await site.run(at: time("07:46"))

        #expect(try site.told == ["r1 10 done", "r2 15 superseded", "r3 17 done"])
        #expect(site.erp.figures == ["4711": ExactDecimal(17)])
    }

    @Test func `R16: opening ask waits for the opening, then the figure is opening and total`() async throws {
        let site = try figures("opening: ask")
        site.packs([(time("07:00"), 10)])
        let report = try await site.run(at: time("07:16"))
        #expect(try site.documents.isEmpty)
        #expect(report.troubles["openings"] != nil)

        var stems: [String] = []
        try site.store.eachSum(of: RequestID("erp", "progress"), from: .distantPast, to: .distantFuture) { stem, _, _ in
            stems.append(stem)
        }
        try site.store.setOpening(
            Opening(figure: ExactDecimal(830), recordedAt: site.clock.now), stem: try #require(stems.first), by: "test")
        try await site.run(at: time("07:31"))

        #expect(site.erp.figures == ["4711": ExactDecimal(840)])
    }

    @Test func `R16: opening read takes the figure that is there`() async throws {
        let site = try figures("opening: read, read: {get: \"/orders/{order}\", figure: quantity}")
        site.erp.setFigure(ExactDecimal(500), order: "4711")
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("07:16"))
        site.packs([(time("07:20"), 5)])
        try await site.run(at: time("07:31"))

        #expect(site.erp.figures == ["4711": ExactDecimal(515)])
    }

    @Test func `R16: a figure that is neither ours nor the opening parks: someone else booked`() async throws {
        let site = try figures("opening: 0, read: {get: \"/orders/{order}\", figure: quantity}")
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("07:16"))
        site.erp.setFigure(ExactDecimal(77), order: "4711")
        site.packs([(time("07:20"), 5)])

        try await site.run(at: time("07:31"))

        #expect(try site.told == ["r1 10 done", "r2 15 parked"])
        #expect(
            try site.documents.last?.cause
                == "someone else booked: the figure there is 77, and neither the opening nor any of ours; settle it there, then "
                + "'millrace queue release'")
        #expect(site.erp.figures == ["4711": ExactDecimal(77)])
    }

    @Test func `R16: our own figure whose answer was lost is no stranger's`() async throws {
        let site = try figures("opening: 0, read: {get: \"/orders/{order}\", figure: quantity}")
        site.packs([(time("07:00"), 10)])
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("07:16"))
        site.packs([(time("07:20"), 5)])
        for minute in [31, 46, 56] { try await site.run(at: time("07:\(minute)")) }

        #expect(try site.told == ["r1 10 done", "r2 15 done"])
        #expect(site.erp.figures == ["4711": ExactDecimal(15)])
    }

    // MARK: R17

    @Test func `R17: nothing before live-since is booked`() async throws {
        var settings = SiteTexts.Settings()
        settings.live = "2026-03-02T06:00"
        let site = try TestSite(settings, mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("05:59"), 100), (time("06:00"), 7)])

        try await site.run(at: time("14:06"))

        #expect(site.erp.postings.map(\.good) == [ExactDecimal(7)])
    }

    @Test func `R17: with deliver off documents are made and none is sent; switched on the endpoint is held`()
        async throws
    {
        var settings = SiteTexts.Settings()
        settings.deliver = "off"
        let mappings = [SiteTexts.pieces, SiteTexts.confirm()]
        let site = try TestSite(settings, mappings: mappings)
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("14:06"))
        #expect(try site.told == ["r1 10 queued"])

        try site.edit(mappings: mappings)
        site.packs([(time("15:00"), 4)])
        let report = try await site.run(at: time("22:06"))

        #expect(site.erp.calls.isEmpty)
        #expect(try site.told == ["r1 10 queued", "r1 4 queued"])
        #expect(report.troubles["endpoint erp"]?.contains("it was off and is on now") == true)
        #expect(try site.store.health(of: "erp").causeCode == "was-off")
    }

    @Test(arguments: [0, 10])
    func `R17: a figure goes on from what it was at the release, and nobody is taken for a stranger`(booked: Int64)
        async throws
    {
        let read = "opening: 0, read: {get: \"/orders/{order}\", figure: quantity}"
        var settings = SiteTexts.Settings()
        (settings.progress, settings.deliver) = (read, booked == 0 ? "off" : "on")
        let mappings = [SiteTexts.pieces, SiteTexts.progress]
        let site = try TestSite(settings, mappings: mappings)
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("07:16"))
        if booked > 0 {
            settings.deliver = "off"
            try site.edit(settings, mappings: mappings)
            try await site.run(at: time("07:20"))
        }
        // The old script books meanwhile, and has not yet what was read last.
        site.packs([(time("07:25"), 3)])
        try await site.run(at: time("07:26"))
        site.erp.setFigure(ExactDecimal(100), order: "4711")
        settings.deliver = "on"
        try site.edit(settings, mappings: mappings)
        try await site.run(at: time("08:00"))
        let verbs = EndpointVerbs(plant: try site.plant, store: site.store, who: "anna", now: site.clock.now)
        let release = try await verbs.release("erp", discardBefore: time("08:00"), figures: [:], reason: nil) {
            await site.erp.readFigure($0, fields: $1)
        }
        #expect(release.openings.map(\.opening) == [ExactDecimal(87)])
        site.packs([(time("08:05"), 5)])
        try await site.run(at: time("08:16"))

        #expect(site.erp.figures == ["4711": ExactDecimal(105)])
        let against = ReconcileAgainst(
            plant: try site.plant, store: site.store, endpoints: ["erp": site.erp], scope: .init())
        #expect(try await against.run().differences == [])
    }

    @Test func `R17: nothing of a window that begins before the border of a release is ever sent`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        var health = EndpointHealth()
        health.discardBefore = time("14:00")
        try site.store.setHealth(health, of: "erp", by: "test", now: site.clock.now)
        site.packs([(time("07:00"), 10), (time("15:00"), 4)])
        try await site.run(at: time("22:06"))
        site.packs([(time("08:00"), 3), (time("16:00"), 2)])

        try await site.run(at: time("22:30"))

        #expect(site.erp.postings.map(\.good) == [ExactDecimal(4), ExactDecimal(2)])
    }

    // MARK: R18

    @Test func `R18: a mapping that is taken out ends at its next border; what began before is made and corrected`()
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("08:00"))

        try site.edit(mappings: [SiteTexts.pieces])
        site.packs([(time("13:00"), 5)])
        let seen = try await site.run(at: time("13:30"))
        site.packs([(time("15:00"), 7)])
        let quiet = try await site.run(at: time("15:06"))
        try await site.run(at: time("22:06"))
        // A row of the first shift that came late.
        site.packs([(time("13:30"), 2)])
        try await site.run(at: time("22:16"))

        #expect(
            seen.notices == [
                "mapping 'confirm' was taken out and ends at 2026-03-02T14:00:00Z; what began before is still made and "
                    + "corrected by its last text"
            ])
        #expect(quiet.notices == [])
        #expect(try site.told.sorted() == ["r1 15 done", "r2 2 done"])
    }

    @Test func `R18: a reading mapping that is taken out is told once, and again when it was back`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.counts(), SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        site.press(minutes(10, from: time("06:30")))
        try await site.run(at: time("08:00"))

        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        let first = try await site.run(at: time("08:10")).notices
        let second = try await site.run(at: time("08:20")).notices
        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.counts(), SiteTexts.confirm()])
        let back = try await site.run(at: time("08:30")).notices
        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        let again = try await site.run(at: time("08:40")).notices

        #expect([first.count, second.count, back.count, again.count] == [1, 0, 0, 1])
        #expect(
            first.first?.hasPrefix("reading mapping 'counts' is in no file any more: from now on it counts nothing")
                == true)
    }

    @Test func `R18: a mapping that comes back before its end goes on as if nothing had been`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("08:00"))
        try site.edit(mappings: [SiteTexts.pieces])
        try await site.run(at: time("09:00"))
        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        try await site.run(at: time("10:00"))

        site.packs([(time("15:00"), 7)])
        try await site.run(at: time("22:06"))

        #expect(try site.told.sorted() == ["r1 10 done", "r1 7 done"])
    }

    @Test func `R18: a mapping under another name takes over at the border, and no piece is booked twice`() async throws
    {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("08:00"))

        try site.edit(mappings: [
            SiteTexts.pieces, SiteTexts.confirm().replacing("mapping: confirm", with: "mapping: confirmation"),
        ])
        site.packs([(time("13:00"), 5)])
        try await site.run(at: time("13:30"))
        site.packs([(time("15:00"), 7)])
        try await site.run(at: time("22:06"))

        #expect(try site.told.sorted() == ["r1 15 done", "r1 7 done"])
        #expect(try site.documents.map(\.mapping.text).sorted() == ["confirm", "confirmation"])
    }

    @Test func `R18: a correction speaks as the document that it corrects`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm(fields: ", words: {value: old}")])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("14:06"))
        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.confirm(fields: ", words: {value: new}")])
        site.packs([(time("08:00"), 2), (time("15:00"), 4)])

        try await site.run(at: time("22:06"))

        #expect(
            site.erp.postings.map { "\($0.good) \($0.body["words"]?.text ?? "")" }.sorted() == [
                "10 old", "2 old", "4 new",
            ])
    }
}
