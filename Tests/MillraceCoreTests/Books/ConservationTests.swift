import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@Suite("Conservation")
struct ConservationTests {
    private func books(
        by fields: [PerField] = [.order], discardBefore: Instant? = nil, foldedThrough: Int64 = 100
    ) -> ConservationBooks {
        ConservationBooks(
            fields: fields, liveSince: StoreSamples.start, discardBefore: discardBefore, foldedThrough: foldedThrough)
    }

    private func revision(
        _ id: Int64, _ good: Int64, standing: Standing = .counted, order: String? = "4711", minute: Int64 = 0
    ) -> FactRevision {
        FactRevision(
            id: id, fact: .count(StoreSamples.count(good, minute: minute, order: order, standing: standing)),
            revision: 1,
            change: StoreSamples.good(good))
    }

    private func amounts(_ row: ConservationRow) -> [String: Amounts] {
        Dictionary(uniqueKeysWithValues: row.buckets.filter { !$0.amounts.isZero }.map { ($0.name, $0.amounts) })
    }

    @Test func `R20: every counted piece is in one bucket`() throws {
        var books = books()
        try books.add(revision(1, 100)) { _ in true }
        try books.add(revision(2, 7, standing: .unattributed)) { _ in true }
        try books.add(revision(3, 6, standing: .unconfirmed)) { _ in true }
        try books.add(revision(4, 5, standing: .dropped)) { _ in true }
        try books.add(revision(5, 4, standing: .rejected)) { _ in true }
        try books.add(revision(6, 99, standing: .shadowed)) { _ in true }
        try books.add(revision(7, 3)) { _ in false }
        try books.add(revision(8, 2, minute: -1)) { _ in true }
        try books.add(revision(101, 1)) { _ in true }
        try books.add(
            StoreSamples.sum("4711", total: 100),
            SumFigures(
                booked: StoreSamples.good(50), inDoubt: StoreSamples.good(20), queued: StoreSamples.good(12),
                parked: StoreSamples.good(-8), settled: StoreSamples.good(6)))

        let row = try #require(books.rows.first)

        #expect(row.counted == StoreSamples.good(128))
        #expect(row.buckets.map(\.name) == ConservationBucket.allCases.map(\.rawValue))
        #expect(
            amounts(row) == [
                "booked": StoreSamples.good(50), "in doubt": StoreSamples.good(20), "queued": StoreSamples.good(12),
                "parked": StoreSamples.good(-8), "settled by hand": StoreSamples.good(6), "open": StoreSamples.good(21),
                "unattributed": StoreSamples.good(7), "unconfirmed": StoreSamples.good(6),
                "dropped by rule": StoreSamples.good(5), "rejected": StoreSamples.good(4),
                "not asked for": StoreSamples.good(5),
            ])
        #expect(try row.missing().isZero)
    }

    @Test func `R20: a sum that a rule let go is skipped, one before the border of a release is settled`() throws {
        var skipped = StoreSamples.sum("4711")
        skipped.isChanged = false
        var books = books()
        try books.add(revision(1, 100)) { _ in true }
        try books.add(skipped, SumFigures())
        #expect(try amounts(#require(books.rows.first)) == ["skipped": StoreSamples.good(100)])

        var released = self.books(discardBefore: StoreSamples.minute(1))
        try released.add(StoreSamples.sum("4711"), SumFigures(booked: StoreSamples.good(30)))
        #expect(
            try amounts(#require(released.rows.first))
                == ["booked": StoreSamples.good(30), "settled by hand": StoreSamples.good(70)])
    }

    @Test func `R20: facts that no sum knows of are seen as missing`() throws {
        var books = books()
        try books.add(revision(1, 100)) { _ in true }
        try books.add(StoreSamples.sum("4711", total: 90), SumFigures())

        #expect(try books.rows.first?.missing() == StoreSamples.good(10))
    }

    @Test func `groups go by the fields, in their order`() throws {
        var books = books(by: [.shift, .order])
        try books.add(revision(1, 1, order: "B")) { _ in true }
        try books.add(revision(2, 2, order: "A")) { _ in true }
        try books.add(revision(3, 4, order: nil, minute: 1)) { _ in false }
        try books.add(StoreSamples.sum("B", total: 1), SumFigures())

        let groups = books.rows.map { row in row.group.map { "\($0.0)=\($0.1.text ?? "")" } }

        #expect(groups == [["shift=early", "order="], ["shift=early", "order=A"], ["shift=early", "order=B"]])
        #expect(try books.rows.last?.missing() == .zero)
    }

    @Test func `a group field must be one that every sum knows`() {
        func plan(_ per: [PerField], _ window: WindowRule) -> SumPlan {
            SumPlan(
                mapping: "m", version: "v", structure: "s", request: StoreSamples.request, kind: .productionCount,
                condition: nil, per: per, window: window, settle: .zero, atMost: .zero)
        }
        let wanted = PerField.allCases

        #expect(
            ConservationBooks.fields(wanted, of: [plan([.order, .operation], .shift)])
                == [.order, .operation, .shift, .productionDay])
        #expect(
            ConservationBooks.fields(
                wanted, of: [plan([.order], .day), plan([.order, .equipment], .every(.seconds(60)))])
                == [.order])
    }
}
