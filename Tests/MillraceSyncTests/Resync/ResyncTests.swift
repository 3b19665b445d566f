import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

@Suite("Resync")
struct ResyncTests {
    /// Counts whose order comes from the column that is named.
    private static func counts(orderFrom column: String) -> String {
        SiteTexts.counts().replacing("order: order", with: "order: \(column)")
    }

    private static func confirm(_ fields: String = "", correct: String = "correct: signed") -> SiteTexts.Settings {
        var settings = SiteTexts.Settings()
        settings.confirm = correct
        return settings
    }

    /// Three shifts of a press whose order was read from the wrong column, all of it booked.
    private func booked(correct: String = "correct: signed") async throws -> TestSite {
        let site = try TestSite(
            Self.confirm(correct: correct), mappings: [Self.counts(orderFrom: "order"), SiteTexts.confirm()])
        // The true order, in 'program', changes at 10:00; the column that was read says 4711 all day.
        site.press(
            minutes(24 * 60, from: time("06:00"), program: { $0 < 240 ? "4711" : "4712" }))
        try await site.run(at: time("06:10", day: 3))
        return site
    }

    private func mend(_ site: TestSite, correct: String = "correct: signed") throws {
        try site.edit(
            Self.confirm(correct: correct), mappings: [Self.counts(orderFrom: "program"), SiteTexts.confirm()])
    }

    private func lines(_ report: ResyncReport) -> [String] {
        report.rows.map { row in
            let documents = row.documents.map {
                "\($0.key) \($0.amounts.good) \($0.body.map { String(decoding: $0, as: UTF8.self) } ?? "")"
            }
            return "\(row.action.rawValue) \(row.stem) \(row.old.good) \(row.new.good) \(documents)"
        }
    }

    @Test func `R18, R28: a mended mapping changes the past only by resync, and preview equals what then happens`()
        async throws
    {
        let site = try await booked()
        try mend(site)
        try await site.run(at: time("06:20", day: 3))
        #expect(try site.erp.booked("4712") == 0)
        let before = try site.told

        let preview = try site.resync(from: time("06:00"), to: time("06:00", day: 3), preview: true)
        #expect(try site.told == before)
        let report = try site.resync(from: time("06:00"), to: time("06:00", day: 3))

        #expect(lines(report) == lines(preview))
        #expect(report.rows.count(.create) == 3)
        #expect(report.rows.count(.correct) == 3)
        try await site.run(at: time("06:30", day: 3))
        #expect(try site.erp.booked("4711") == 478)
        #expect(try site.erp.booked("4712") == 2400)
        #expect(try site.differences == [])
        #expect(site.erp.keysBookedTwice == [])
    }

    @Test func `R28: what an idle run closed and booked is corrected, although no watermark was stored`() async throws {
        let site = try TestSite(
            Self.confirm(), mappings: [Self.counts(orderFrom: "order"), SiteTexts.confirm()])
        // A file is read: its last row is of 05:59:30; only the run that finds nothing more closes its last window.
        site.line.reaches(.largestEventTime)
        site.press(minutes(24 * 60, from: time("06:00"), program: { $0 < 20 * 60 ? "4711" : "4712" }))
        try await site.run(at: time("06:10", day: 3))
        site.line.reaches(.startOfPull)
        try await site.run(at: time("06:20", day: 3))
        #expect(try site.documents.count == 3)
        try mend(site)

        let preview = try site.resync(from: time("06:00"), to: time("06:00", day: 3), preview: true)

        #expect(preview.rows.count(.wait) == 0)
        _ = try site.resync(from: time("06:00"), to: time("06:00", day: 3))
        try await site.run(at: time("06:30", day: 3))
        #expect(try site.erp.booked("4712") == 480)
        #expect(try site.differences == [])
    }

    @Test(arguments: [true, false])
    func `R28: the first delta behind a resynced window is counted, also where the counter was the wrong column`(
        isRunBetween: Bool
    ) async throws {
        let site = try TestSite(Self.confirm(), mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        let made = minutes(25 * 60, from: time("06:00"), first: 60_000).map { row in
            var row = row
            row.fields["total"] = row.fields["parts"]
            // What was read first counts something else, and not at the same pace.
            row.fields["parts"] = row.fields["total"].flatMap { Int($0) }.map { "\(($0 % 1000) / 2)" }
            return row
        }
        site.press(Array(made[..<600]))
        try await site.run(at: time("16:01"))
        try site.edit(
            Self.confirm(),
            mappings: [
                SiteTexts.counts().replacing("counter: parts", with: "counter: total"), SiteTexts.confirm(),
            ])

        if isRunBetween {
            site.press(Array(made[600..<610]))
            try await site.run(at: time("16:11"))
        }
        _ = try site.resync(from: time("06:00"), to: time(isRunBetween ? "16:11" : "16:01"))
        site.press(Array(made[(isRunBetween ? 610 : 600)...]))
        try await site.run(at: time("07:10", day: 3))
        try await site.run(at: time("14:10", day: 3))

        // Two a minute from the second reading on, over the counter's end.
        #expect(try site.erp.booked("4711") == 2 * (25 * 60 - 1))
        #expect(try site.good(.unconfirmed) == 0)
        #expect(try site.differences == [])
        #expect(try site.resync(from: time("06:00"), to: time("07:00", day: 3)).changesNothing)
    }

    @Test func `R28: the same resync twice sends nothing the second time and says so`() async throws {
        let site = try await booked()
        try mend(site)
        _ = try site.resync(from: time("06:00"), to: time("06:00", day: 3))
        try await site.run(at: time("06:30", day: 3))
        let sent = site.erp.calls.count

        let again = try site.resync(from: time("06:00"), to: time("06:00", day: 3))
        try await site.run(at: time("06:40", day: 3))

        #expect(again.changesNothing)
        #expect(again.rows.count(.skip) == 6)
        #expect(site.erp.calls.count == sent)
    }

    @Test func `R28: nothing differs where nothing was mended`() async throws {
        let site = try await booked()

        let report = try site.resync(from: time("06:00"), to: time("06:00", day: 3))

        #expect(report.changesNothing, "\(lines(report))")
    }

    @Test func `R28: only sums of the window are touched, and the cursor stays`() async throws {
        let site = try await booked()
        try mend(site)
        let cursor = try site.store.cursor(of: "line")

        let report = try site.resync(from: time("14:00"), to: time("22:00"))

        #expect(report.rows.map(\.windowText) == ["late", "late"])
        #expect(try site.store.cursor(of: "line") == cursor)
        try await site.run(at: time("06:30", day: 3))
        #expect(try site.erp.booked("4712") == 960)
        #expect(try site.differences == [])
    }

    @Test func `R28: who resynced what and why is kept`() async throws {
        let site = try await booked()
        try mend(site)

        _ = try site.resync(from: time("14:00"), to: time("22:00"))

        let entry = try #require(try site.store.audits(of: "resync", limit: 5).first)
        #expect(entry.who == "anna")
        #expect(entry.detail.hasPrefix("2026-03-02T14:00:00Z to 2026-03-02T22:00:00Z: a test; "))
    }

    @Test func `R18, R28: a late reading in a resynced window is worked on by the mended text`() async throws {
        let site = try await booked()
        try mend(site)
        _ = try site.resync(from: time("06:00"), to: time("06:00", day: 3))
        try await site.run(at: time("06:30", day: 3))

        // A reading of 12:00:45 comes late: the minute's two pieces are told apart by it, and all stay with order 4712.
        site.press([TestSite.Row(time("12:00:45"), ["parts": "721"])])
        try await site.run(at: time("06:40", day: 3))

        #expect(try site.good(.counted, order: "4711") == 478)
        #expect(try site.good(.counted, order: "4712") == 2400)
        #expect(try site.resync(from: time("06:00"), to: time("06:00", day: 3)).changesNothing)
        try await site.run(at: time("06:50", day: 3))
        #expect(try site.erp.booked("4711") == 478)
        #expect(try site.differences == [])
    }

    @Test func `R7, R18: a late reading in a resynced window takes back no order that a later table gave`() async throws
    {
        let counts = """
            mapping: counts
            from: {connector: line}
            to: {fact: production-count}
            tables: {jobs: {file: ../tables/jobs.csv, key: program, value: order}}
            fields:
              equipment: device
              time: time
              order: {from: program, table: jobs, missing: hold}
              operation: {value: "0010"}
              good: {counter: parts, modulus: 65536, max-rate: 40/min, reset: evidence, first: baseline}
            """
        let maps = [counts, SiteTexts.confirm()]
        let site = try TestSite(mappings: maps, tables: ["tables/jobs.csv": "program,order\nA,4711\n"])
        site.press([
            .init(time("07:00"), ["program": "B", "parts": "10"]), .init(time("08:00"), ["parts": "14"]),
            .init(time("10:00"), ["parts": "20"]),
        ])
        try await site.run(at: time("14:06"))
        // Worked on again by a text that still lacks the row; then the table gets it.
        try site.edit(mappings: maps, tables: ["tables/jobs.csv": "program,order\nA,4711\nC,4713\n"])
        _ = try site.resync(from: time("06:00"), to: time("14:00"))
        try site.edit(mappings: maps, tables: ["tables/jobs.csv": "program,order\nA,4711\nB,4712\nC,4713\n"])
        try await site.run(at: time("15:00"))
        #expect(try site.erp.booked("4712") == 10)

        site.press([.init(time("09:00"), ["parts": "17"])])
        for minute in 10...12 { try await site.run(at: time("15:\(minute)")) }

        #expect(try site.good(.unattributed) == 0 && site.good(.counted, order: "4712") == 10)
        #expect(try site.erp.booked("4712") == 10)
        #expect(try site.differences == [])
    }

    @Test func `R28: by order goes every slice in which it had or gets a part, so that no piece is lost`() async throws
    {
        let site = try await booked()
        try mend(site)

        let report = try site.resync(from: time("06:00"), to: time("06:00", day: 3), orders: ["4712"])

        #expect(report.rows.count(.create) == 3)
        try await site.run(at: time("06:30", day: 3))
        #expect(try site.erp.booked("4711") == 478)
        #expect(try site.erp.booked("4712") == 2400)
    }

    @Test func `R28: by shift only that shift is worked on`() async throws {
        let site = try await booked()
        try mend(site)

        let report = try site.resync(from: time("06:00"), to: time("06:00", day: 3), shift: "night")

        #expect(report.rows.map(\.windowText) == ["night", "night"])
    }

    @Test(arguments: ["correct: signed", "correct: {reverse: {post: \"/cancel/{replaces.key}\"}}"])
    func `R18: a resync that finds another body cancels with the old version and posts with the new, also at amount 0`(
        _ correct: String
    ) async throws {
        let site = try await booked(correct: correct)
        try site.edit(
            Self.confirm(correct: correct),
            mappings: [Self.counts(orderFrom: "order"), SiteTexts.confirm(fields: ", plant: {value: P02}")])
        try await site.run(at: time("06:20", day: 3))
        #expect(site.erp.calls.count == 3)

        let preview = try site.resync(from: time("06:00"), to: time("14:00"), preview: true)
        let report = try site.resync(from: time("06:00"), to: time("14:00"))
        try await site.run(at: time("06:30", day: 3))

        #expect(lines(report) == lines(preview))
        let row = try #require(report.rows.first)
        #expect(row.action == .correct)
        #expect(row.documents.count == 2)
        let bodies = row.documents.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(!bodies[0].contains("P02"))
        #expect(bodies[1].contains("P02"))
        #expect(try site.erp.booked("4711") == 2878)
        #expect(try site.resync(from: time("06:00"), to: time("14:00")).changesNothing)
        #expect(try site.differences == [])
    }

    @Test func `R28: without readings before the window it refuses and says from when it can`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        for day in 2...9 {
            site.press(minutes(24 * 12, from: time("06:00", day: day), first: (day - 2) * 2 * 288, perMinute: 2))
            try await site.run(at: time("14:00", day: day))
        }
        _ = try site.store.prune(
            Retention(readingsOlderThan: time("12:00", day: 4), atMostBytes: nil, recent: time("12:00", day: 7)) {
                $0.floored(to: .seconds(86_400))
            })

        #expect(throws: ResyncRefusal.readingsGone("P1", since: time("06:00", day: 3), possible: time("06:00", day: 7)))
        {
            try site.resync(from: time("06:00", day: 5), to: time("14:00", day: 5))
        }
        #expect(try site.resync(from: time("06:00", day: 7), to: time("14:00", day: 7)).changesNothing)
    }

    @Test func `R28: from the source, a reading with a known place and other content is corrected, and both are kept`()
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        func rows(_ second: String) -> [TestRow] {
            [
                TestRow(100, ["time": "2026-03-02T07:00:00Z", "order": "A", "pieces": "5", "ticket": "T1"]),
                TestRow(200, ["time": "2026-03-02T07:05:00Z", "order": "A", "pieces": second, "ticket": "T2"]),
                TestRow(300, ["time": "2026-03-02T07:10:00Z", "order": "A", "pieces": "1", "ticket": "T3"]),
            ]
        }
        site.pack.add(.table(rows("70"), source: "pack.csv"))
        try await site.run(at: time("14:10"))
        #expect(try site.erp.booked("A") == 76)
        // The row said 70 and was 7. What was written behind the last row that was read is for the next run.
        let corrected = ScriptedConnector("pack")
        corrected.add(
            .table(
                rows("7") + [
                    TestRow(400, ["time": "2026-03-02T07:15:00Z", "order": "A", "pieces": "9", "ticket": "T4"])
                ], source: "pack.csv"))
        let scope = ResyncScope(from: time("06:00"), to: time("14:00"))
        var resync = Resync(plant: try site.plant, world: try site.world(site.store), store: site.store, who: "anna")

        try await resync.read([corrected], for: scope)
        let report = try resync.run(scope, reason: "a typing error", isPreview: false)
        try await site.run(at: time("14:20"))

        #expect(report.corrected == 1)
        #expect(report.found == 0)
        #expect(try site.erp.booked("A") == 13)
        var kept = 0
        try site.store.blocks(of: "pack", since: .distantPast) { kept += $0.batch.count }
        #expect(kept == 4)
        var again = Resync(plant: try site.plant, world: try site.world(site.store), store: site.store, who: "anna")
        try await again.read([corrected], for: scope)
        #expect(try again.run(scope, reason: "again", isPreview: false).changesNothing)
        #expect(try site.differences == [])
    }

    @Test func `R28: a source whose rows moved is left out, for they could be counted twice`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 5), (time("07:05"), 7)], order: "A")
        try await site.run(at: time("14:10"))
        let moved = ScriptedConnector("pack")
        moved.add(
            .table(
                [TestRow(100, ["time": "2026-03-02T07:00:00Z", "order": "A", "pieces": "5", "ticket": "T1"])],
                source: "pack.csv"))
        let scope = ResyncScope(from: time("06:00"), to: time("14:00"))
        var resync = Resync(plant: try site.plant, world: try site.world(site.store), store: site.store, who: "anna")

        try await resync.read([moved], for: scope)
        let report = try resync.run(scope, reason: "look", isPreview: false)

        #expect(report.changesNothing)
        #expect(
            report.notices == [
                "'pack.csv' does not have every row where it was: it is left out; correct rows in their places"
            ])
    }

    @Test func `R8: what a person decided on a step stays decided in a resync`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            TestSite.Row(time("06:00"), ["parts": "1000", "order": "A"]),
            TestSite.Row(time("06:10"), ["parts": "1010"]),
            TestSite.Row(time("06:11"), ["parts": "1510"]), TestSite.Row(time("06:12"), ["parts": "1512"]),
        ])
        try await site.run(at: time("14:10"))
        let verbs = FactVerbs(plant: try site.plant, store: site.store, who: "anna", now: time("14:20"))
        let waiting = try verbs.list()
        #expect(waiting.count == 1)
        _ = try verbs.decide(waiting.map(\.id), .rejected, reason: "the sensor was changed")
        try await site.run(at: time("14:30"))

        #expect(try site.resync(from: time("06:00"), to: time("14:00")).changesNothing)
        #expect(try site.good(.unconfirmed) == 0)
    }

    @Test func `R12: a reading whose slice the watermark told before adds to what is recorded`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            TestSite.Row(time("06:00:05"), ["parts": "0", "order": "4711"]),
            TestSite.Row(time("06:01:05"), ["parts": "3"]),
        ])
        try await site.run(at: time("06:05"))

        site.press([TestSite.Row(time("06:01:40"), ["parts": "5"])])
        try await site.run(at: time("06:10"))

        #expect(try site.good(.counted) == 5)
        #expect(try site.resync(from: time("06:00"), to: time("06:10")).facts == 0)
    }
}

extension MadeAgain {
    /// The shift of the sum.
    fileprivate var windowText: String { fields["shift"]?.text ?? "" }
}
