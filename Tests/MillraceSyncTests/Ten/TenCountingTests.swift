import Foundation
import MillraceConnectors
import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Of the ten ways in which a count was lost or doubled on paper: those of counting.
@Suite("The ten: counting")
struct TenCountingTests {
    // MARK: 6

    @Test func `6, R11: mode flips to MANUAL and back between two polls: the parts made by hand are dropped by rule`()
        async throws
    {
        let site = try TestSite(mappings: [
            SiteTexts.counts(more: "count-when: mode = \"AUTOMATIC\""), SiteTexts.confirm(),
        ])
        site.press([
            .init(time("07:00"), ["order": "4711", "mode": "AUTOMATIC", "parts": "10"])
        ])
        try await site.run(at: time("07:00:30"))
        site.press([
            .init(time("07:02"), ["mode": "MANUAL"]), .init(time("07:03"), ["parts": "12"]),
            .init(time("07:04"), ["mode": "AUTOMATIC"]), .init(time("07:05"), ["parts": "15"]),
        ])

        try await site.run(at: time("14:06"))

        #expect(try site.good(.counted) == 3)
        #expect(try site.good(.dropped) == 2)
        #expect(try site.counts.filter { $0.standing == .dropped }.map(\.rule) == ["count-when"])
        #expect(try site.erp.booked("4711") == 3)
    }

    @Test func `6, R11: a flip during which nothing was counted drops nothing`() async throws {
        let site = try TestSite(mappings: [
            SiteTexts.counts(more: "count-when: mode = \"AUTOMATIC\""), SiteTexts.confirm(),
        ])
        site.press([
            .init(time("07:00"), ["order": "4711", "mode": "AUTOMATIC", "parts": "10"]),
            .init(time("07:02"), ["mode": "MANUAL"]), .init(time("07:04"), ["mode": "AUTOMATIC"]),
            .init(time("07:05"), ["parts": "15"]),
        ])

        try await site.run(at: time("14:06"))

        #expect(try site.good(.counted) == 5)
        #expect(try site.good(.dropped) == 0)
    }

    // MARK: 7

    @Test(arguments: [true, false])
    func `7, R4: one reading dated 2099 closes no window and is reported`(isCounter: Bool) async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.pieces, SiteTexts.confirm()])
        for source in [site.line, site.pack] { source.reaches(.largestEventTime) }
        site.press([.init(time("07:00"), ["order": "4711", "parts": "10"]), .init(time("08:00"), ["parts": "20"])])
        site.packs([(time("07:00"), 4), (time("08:00"), 5)])
        if isCounter {
            site.press([.init(time("07:00", day: 1, month: 1, year: 2099), ["parts": "21"])])
        } else {
            site.packs([(time("07:00", day: 1, month: 1, year: 2099), 6)])
        }

        let report = try await site.run(at: time("08:01"))
        #expect(report.figures["set-aside"] == 1)
        #expect(report.exitCode == 3)
        #expect(try site.store.cursor(of: isCounter ? "line" : "pack").pulledThrough == time("08:00"))
        for hour in 9...13 { try await site.run(at: time(hour < 10 ? "09:00" : "\(hour):00")) }
        #expect(try site.documents.isEmpty)

        // The true readings go on and close the window; what is ahead stays out of the books.
        site.press([.init(time("14:05"), ["parts": "20"])])
        site.packs([(time("14:05"), 1)])
        try await site.run(at: time("14:06"))
        #expect(try site.told.sorted() == ["r1 10 done", "r1 9 done"])
    }

    // MARK: 8

    @Test func `8, R18: per edited at ten inside a shift: the documents still sum to the count`() async throws {
        let before = [SiteTexts.pieces, SiteTexts.confirm()]
        let after = [SiteTexts.pieces, SiteTexts.confirm(per: "order, operation, equipment")]
        let site = try TestSite(mappings: before)
        site.packs([(time("07:00"), 10), (time("09:00"), 3)])
        try await site.run(at: time("09:30"))

        try site.edit(mappings: after)
        let edited = try await site.run(at: time("10:00"))
        site.packs([(time("10:30"), 5), (time("13:59"), 1), (time("14:00"), 7), (time("15:00"), 4)])
        try await site.run(at: time("14:06"))
        site.packs([(time("09:15"), 2)])
        try await site.run(at: time("22:06"))

        #expect(
            edited.notices == [
                "mapping 'confirm' holds from \(time("14:00").iso8601) on; what began before stays with the text before"
            ])
        #expect(try site.erp.booked("4711") == 32)
        #expect(try site.good(.counted) == 32)
        #expect(
            try site.documents.map(\.key).sorted() == [
                "20260302T060000Z/T01/erp/confirm/production-count/early/4711/0020/r1",
                "20260302T060000Z/T01/erp/confirm/production-count/early/4711/0020/r2",
                "20260302T140000Z/T01/erp/confirm/production-count/late/4711/0020/PACK-1/r1",
            ])
    }

    @Test func `8, R18: window edited inside a shift begins at a border of both texts`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("09:30"))

        try site.edit(mappings: [SiteTexts.pieces, SiteTexts.confirm(window: "{every: 1 h}")])
        site.packs([(time("09:45"), 1), (time("13:30"), 2), (time("14:30"), 4), (time("15:30"), 8)])
        for hour in 10...23 { try await site.run(at: time("\(hour):06")) }

        #expect(try site.erp.booked("4711") == 25)
        #expect(
            site.erp.postings.map { "\($0.key.prefix(16)) \($0.good)" } == [
                "20260302T060000Z 13", "20260302T140000Z 4", "20260302T150000Z 8",
            ])
    }

    // MARK: 10

    private func dropSite() throws -> (TestSite, (String, String, Int64) throws -> Void) {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        let clock = site.clock
        site.connectors = [
            FileDropConnector(
                FileDropSettings(
                    id: "pack", folder: site.folder.path, path: "pack/*.csv", format: .csv(CSVFormat()), after: .keep),
                now: { clock.now })
        ]
        return (
            site,
            { name, text, hour in
                let touched = time("00:00").seconds + hour * 3600
                try site.folder.write("pack/" + name, text, touched: .init(timeIntervalSince1970: Double(touched)))
            }
        )
    }

    private static let head = "time,order,pieces,ticket\n"

    @Test func `10, R3: the same file dropped under two names is read once and reported`() async throws {
        let (site, write) = try dropSite()
        let text = Self.head + "2026-03-02T07:00:00Z,4711,40,A\n2026-03-02T08:00:00Z,4711,2,B\n"
        try write("a.csv", text, 9)
        try await site.run(at: time("10:00"))
        try write("b.csv", text, 10)

        let report = try await site.run(at: time("11:00"))
        for _ in 0..<3 { try await site.run(at: time("14:30")) }

        #expect(try site.good(.counted) == 42)
        #expect(try site.erp.booked("4711") == 42)
        #expect(report.figures["set-aside"] == 1)
        #expect(report.exitCode == 3)
    }

    @Test func `10, R3: a file rewritten shorter is held and reported, and what it brought stays`() async throws {
        let (site, write) = try dropSite()
        try write("a.csv", Self.head + "2026-03-02T07:00:00Z,4711,40,A\n2026-03-02T08:00:00Z,4711,2,B\n", 9)
        try await site.run(at: time("10:00"))
        try write("a.csv", Self.head + "2026-03-02T09:00:00Z,4711,7,C\n", 10)

        let report = try await site.run(at: time("11:00"))
        for _ in 0..<3 { try await site.run(at: time("14:30")) }

        #expect(try site.good(.counted) == 42)
        #expect(report.figures["set-aside"] == 1)
        #expect(report.exitCode == 3)
    }

    @Test func `10, R8: a weekend of sixty hours with modulus 65,536 at 40 a minute is flagged`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            .init(time("19:00", day: 6), ["order": "4711", "parts": "100"]),
            .init(time("20:00", day: 6), ["parts": "150"]),
        ])
        try await site.run(at: time("20:01", day: 6))
        site.press([
            .init(time("08:00", day: 9), ["parts": "180"]), .init(time("08:10", day: 9), ["parts": "190"]),
        ])

        try await site.run(at: time("14:06", day: 9))

        #expect(try site.good(.counted) == 60)
        #expect(try site.good(.unconfirmed) == 30)
        let rule = try #require(try site.counts.first { $0.standing == .unconfirmed }?.rule)
        #expect(rule.hasSuffix("more than one number of rollovers is plausible in this time"), "\(rule)")
        #expect(try site.erp.booked("4711") == 60)
    }
}
