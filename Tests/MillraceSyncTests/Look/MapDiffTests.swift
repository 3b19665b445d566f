import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceSync

/// What an edit would have changed, over whole sites.
@Suite("Differences of mappings")
struct MapDiffTests {
    /// A site with documents in eight windows, the last of which is open.
    private func site() async throws -> TestSite {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm(window: "{every: 15 min}")])
        for minute in stride(from: 0, to: 120, by: 5) {
            site.packs(
                [(time("07:00") + .seconds(Double(minute) * 60), minute % 7)], order: minute % 2 == 0 ? "1" : "2")
        }
        try await site.run(at: time("09:00"))
        return site
    }

    private func rows(
        _ site: TestSite, together: Int = 4_000, stretch: Int = 8_000
    ) throws -> (rows: [String], report: MapDiff.Report) {
        var diff = MapDiff(
            plant: try site.plant, store: site.store, compile: TestSite.compiler(site.site, [:]), now: site.clock.now)
        (diff.factsTogether, diff.sumsTogether) = (together, stretch)
        var rows: [String] = []
        let report = try diff.run(site.site.documents, since: time("00:00")) { row in
            rows.append("\(row.stem) \(row.kind) \(row.changes.map(\.text)) \(row.sentence)")
        }
        return (rows, report)
    }

    private func edited(_ site: TestSite, _ fields: String, window: String = "{every: 15 min}") throws {
        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.confirm(window: window, fields: fields)])
    }

    @Test func `stretches of any length tell the same, in the same order`() async throws {
        let site = try await site()
        #expect(try rows(site).rows.isEmpty)

        try edited(site, ", more: {value: 1}")
        let (all, report) = try rows(site)
        #expect(report.rows == [.otherwise: all.count])
        #expect(report.fields == ["more": all.count])
        // Seven closed windows and two orders; one of them had nothing in one window.
        #expect(all.count == 13)
        for length in [1, 2, 3, 5] { #expect(try rows(site, together: length, stretch: length).rows == all) }

        try edited(site, "", window: "{every: 30 min}")
        let (halves, parts) = try rows(site)
        #expect(parts.rows == [.otherwise: 7, .gone: 6, .more: 1])
        for length in [1, 2, 3, 5] {
            #expect(try rows(site, together: length, stretch: length).rows.sorted() == halves.sorted())
        }
    }
}
