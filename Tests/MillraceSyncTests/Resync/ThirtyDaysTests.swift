import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Thirty days of two presses whose order was read from the wrong column, mended and worked on again beside a running sync.
@Suite("Resync: thirty days")
struct ThirtyDaysTests {
    private static func counts(_ column: String) -> String {
        SiteTexts.counts().replacing("order: order", with: "order: \(column)")
    }

    /// What the presses say in a day, every quarter of an hour; the true order, in 'program', changes every seven hours.
    private static func day(_ day: Int, _ truth: inout [String: Int64], _ parts: inout [String: Int]) -> [TestSite.Row]
    {
        (0..<96).flatMap { step in
            ["P1", "P2"].map { device in
                let order = "\(device)-\((day * 96 + step) / 28)"
                let made = day == 0 && step == 0 ? 0 : (step * 7 + day) % 23
                parts[device] = ((parts[device] ?? 0) + made) % 65_536
                truth[order, default: 0] += Int64(made)
                return TestSite.Row(
                    time("06:00") + .seconds(day * 86_400 + step * 900 + 30),
                    [
                        "device": device, "parts": "\(parts[device] ?? 0)", "order": "\(device)-wrong",
                        "program": order,
                    ])
            }
        }
    }

    @Test
    func
        `R28: preview equals what happens document for document, the second time nothing, beside a running sync nothing is lost or twice`()
        async throws
    {
        var settings = SiteTexts.Settings()
        settings.confirm = "correct: signed"
        let site = try TestSite(
            settings, mappings: [Self.counts("order"), SiteTexts.confirm(per: "order, operation, equipment")])
        var (truth, parts) = ([String: Int64](), [String: Int]())
        for day in 0..<30 {
            site.press(Self.day(day, &truth, &parts))
            try await site.run(at: time("06:10") + .seconds((day + 1) * 86_400))
        }
        let wrong = try site.erp.booked("P1-wrong") + site.erp.booked("P2-wrong")
        #expect(wrong == truth.values.reduce(0, +))
        try site.edit(
            settings, mappings: [Self.counts("program"), SiteTexts.confirm(per: "order, operation, equipment")])
        let end = time("06:00") + .seconds(30 * 86_400)

        let preview = try site.resync(from: time("06:00"), to: end, preview: true)
        // Day 31 is pulled by a run of another process while the window is worked on.
        site.press(Self.day(30, &truth, &parts))
        site.clock.set(end + .seconds(86_400 + 600))
        let beside = try SQLiteStore(path: site.store.path)
        let plant = try site.plant
        let (world, runWorld) = (try site.world(site.store), try site.world(beside))
        let store = site.store
        async let ran = Run(id: "beside", plant: plant, world: runWorld, options: RunOptions()).run()
        let report = try Resync(plant: plant, world: world, store: store, who: "anna").run(
            ResyncScope(from: time("06:00"), to: end), reason: "the column was wrong", isPreview: false)
        _ = try await ran

        #expect(report.rows.map(\.stem) == preview.rows.map(\.stem))
        #expect(report.rows.map(\.action) == preview.rows.map(\.action))
        #expect(report.rows.map { $0.documents.map(\.key) } == preview.rows.map { $0.documents.map(\.key) })
        #expect(report.rows.map { $0.documents.map(\.body) } == preview.rows.map { $0.documents.map(\.body) })
        try await site.run(at: end + .seconds(86_400 + 1_200))
        for (order, made) in truth { #expect(try site.erp.booked(order) == made, "\(order)") }
        #expect(try site.erp.booked("P1-wrong") == 0)
        #expect(try site.erp.booked("P2-wrong") == 0)
        #expect(site.erp.keysBookedTwice == [])
        #expect(try site.differences == [])

        let calls = site.erp.calls.count
        #expect(try site.resync(from: time("06:00"), to: end).changesNothing)
        try await site.run(at: end + .seconds(86_400 + 1_800))
        #expect(site.erp.calls.count == calls)
    }
}
