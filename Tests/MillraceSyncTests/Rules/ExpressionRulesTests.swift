import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Expressions over signals, through whole runs: what is read again gives the same.
@Suite("Runs: expressions in reading mappings")
struct ExpressionRulesTests {
    private static let pieces = SiteTexts.pieces
        .replacing("good: {increment: pieces}", with: "good: {expr: '$boxes * box.per'}")
        .replacing("order: order", with: "order: {expr: '$split(order, \"/\")[0]', missing: hold}")
        .replacing(
            "same-when:",
            with: """
                tables: {boxes: {file: ../tables/boxes.csv, key: kind, value: per}}
                let:
                  boxes: pieces / 2
                  kind: '"K" & $string($boxes > 2)'
                lookup: {box: {table: boxes, by: $kind}}
                same-when:
                """)
    private static let boxes = ["tables/boxes.csv": "kind,per\nKtrue,10\nKfalse,1\n"]

    /// Each row's boxes: half of its pieces; more than two boxes hold ten pieces each, fewer one.
    private static let rows = [
        (time("07:00"), 2), (time("07:00") + .seconds(10), 8), (time("08:00"), 6), (time("09:30"), 4),
        (time("13:00"), 20),
    ]

    @Test func `R19: amounts are the same in one run, in many, and with rows that come late`() async throws {
        let whole = try TestSite(mappings: [Self.pieces, SiteTexts.confirm()], tables: Self.boxes)
        whole.packs(Self.rows, order: "4711/0020")
        try await whole.run(at: time("14:06"))

        let parted = try TestSite(mappings: [Self.pieces, SiteTexts.confirm()], tables: Self.boxes)
        for (index, row) in Self.rows.reversed().enumerated() {
            parted.packs([row], order: "4711/0020")
            try await parted.run(at: time("13:30") + .seconds(index))
        }
        try await parted.run(at: time("14:06"))

        #expect(try whole.good(.counted, order: "4711") == 1 + 40 + 30 + 2 + 100)
        #expect(try parted.counts.map(\.amounts) == whole.counts.map(\.amounts))
        #expect(try parted.counts.map(\.start) == whole.counts.map(\.start))
        #expect(try parted.erp.booked("4711") == whole.erp.booked("4711"))
        #expect(try whole.erp.booked("4711") == 173)
    }

    @Test func `R28: a resync by the same expressions finds the same`() async throws {
        let counts = SiteTexts.counts()
            .replacing("order: order", with: "order: {expr: '$substringBefore($job, \"-\")'}")
            .replacing("fields:", with: "let: {job: '$trim(order)'}\nfields:")
        let site = try TestSite(mappings: [counts, SiteTexts.confirm()])
        site.press(minutes(8 * 60, from: time("06:00"), order: { $0 < 240 ? " 4711-A" : "4712-B " }))
        try await site.run(at: time("14:10"))
        let before = try site.facts
        #expect(try site.erp.booked("4711") == 478)
        #expect(try site.erp.booked("4712") == 480)

        let report = try site.resync(from: time("06:00"), to: time("14:00"))

        #expect(report.rows.allSatisfy { $0.old == $0.new && $0.documents.isEmpty })
        #expect(try site.facts == before)
    }

    @Test func `R6: a late reading puts the expressions of the others in their place`() async throws {
        let counts = SiteTexts.counts()
            .replacing("order: order", with: "order: {expr: '$uppercase(order)'}")
        let site = try TestSite(mappings: [counts, SiteTexts.confirm()])
        site.press([
            .init(time("07:00"), ["order": "a1", "parts": "10"]), .init(time("07:30"), ["parts": "15"]),
            .init(time("08:00"), ["parts": "22"]),
        ])
        try await site.run(at: time("14:06"))
        #expect(try site.erp.booked("A1") == 12)

        site.press([.init(time("07:15"), ["order": "b2"])])
        try await site.run(at: time("15:00"))
        try await site.run(at: time("15:01"))

        #expect(try site.erp.booked("A1") == 0)
        #expect(try site.erp.booked("B2") == 12)
    }

    @Test func `a row whose amount cannot be calculated is set aside, and the others count`() async throws {
        let pieces = Self.pieces.replacing(
            "$boxes * box.per", with: "$boxes * box.per / (order = \"4711\" ? 1 : $number(order))")
        let site = try TestSite(mappings: [pieces, SiteTexts.confirm()], tables: Self.boxes)
        site.packs([(time("07:00"), 2)])
        site.packs([(time("07:05"), 8)], order: "A-1")

        try await site.run(at: time("14:06"))

        #expect(try site.good(.counted) == 1)
        #expect(try site.store.setAsideCounts().map(\.count) == [1])
    }
}
