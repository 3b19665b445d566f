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
            rows.append("\(row.stem) \(row.kind) \(row.changes.map(\.text).joined(separator: ", ")) \(row.sentence)")
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

    // MARK: R18

    private static let centers = SiteTexts.confirm(
        window: "{every: 15 min}",
        more: "tables: {center: {file: ../tables/center.csv, key: order, value: erp}}",
        fields: ", center: {from: order, table: center, missing: none}")

    /// Runs orders 1 and 2 over one window more, with that table.
    private func run(_ site: TestSite, _ hour: String, _ table: String) async throws {
        try site.edit(mappings: [SiteTexts.pieces, Self.centers], tables: ["tables/center.csv": table])
        for order in ["1", "2"] { site.packs([(time("\(hour):05"), 3)], order: order) }
        try await site.run(at: time("\(hour):30"))
    }

    @Test func `R18: an edit of a row concerns the documents that used it, and no others`() async throws {
        let site = try TestSite(
            mappings: [SiteTexts.pieces, Self.centers], tables: ["tables/center.csv": "order,erp\n1,A\n2,B\n"])
        try await run(site, "07", "order,erp\n1,A\n2,B\n")
        let first = try site.documents.map(\.version)
        #expect(Set(first).count == 2)

        // Rows that nobody used, in another order of rows.
        try await run(site, "08", "order,erp\n9,Z\n2,B\n1,A\n")
        #expect(try site.documents.map(\.version) == first + first)
        #expect(try rows(site).rows.isEmpty)

        // One of both that are used: the documents of order 2 would be others, and those of order 1 have their version still.
        try site.edit(
            mappings: [SiteTexts.pieces, Self.centers], tables: ["tables/center.csv": "order,erp\n1,A\n2,C\n"])
        let told = try rows(site)
        #expect(told.report.rows == [.otherwise: 2] && told.report.fields == ["center": 2])
        #expect(told.rows.allSatisfy { $0.contains("center: \"B\" → \"C\"") })
        try await run(site, "09", "order,erp\n1,A\n2,C\n")
        let third = try site.documents.map(\.version)
        #expect(third[4] == first[0] && !first.contains(third[5]))

        // A correction caused by data speaks as the document that it corrects, with the rows of then.
        site.packs([(time("07:10"), 1)], order: "2")
        try await site.run(at: time("10:00"))
        let correction = try #require(try site.documents.last)
        #expect(correction.version == first[1] && correction.revision == 2)
        #expect(String(decoding: correction.body ?? [], as: UTF8.self).contains("\"center\":\"B\""))
    }

    @Test func `R18: a row that was missing belongs to the version: where it comes, the document would be another`()
        async throws
    {
        let site = try TestSite(
            mappings: [SiteTexts.pieces, Self.centers], tables: ["tables/center.csv": "order,erp\n1,A\n"])
        try await run(site, "07", "order,erp\n1,A\n")

        try site.edit(
            mappings: [SiteTexts.pieces, Self.centers], tables: ["tables/center.csv": "order,erp\n1,A\n2,B\n"])

        #expect(try rows(site).rows.count == 1)
    }
}
