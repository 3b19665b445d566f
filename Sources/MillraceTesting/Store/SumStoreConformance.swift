package import MillraceCore
import MillraceValues
import Testing

/// What every `SumStore` must do. A conformer's tests run each check with a new empty store.
package struct SumStoreConformance<Store: SumStore & ReadingStore> {
    /// The store under test.
    package let store: Store

    /// Checks of that store.
    package init(_ store: Store) { self.store = store }

    /// Position and sums go together; a sum comes back as it was written.
    package func folding() throws {
        #expect(try store.foldedThrough() == 0)
        var sum = StoreSamples.sum("4711")
        sum.interval = StoreSamples.interval()
        sum.conflict = "two claim it"

        try store.fold([("stem/4711", sum)], through: 7)

        sum.id = 1
        #expect(try store.foldedThrough() == 7)
        #expect(try store.sum(stem: "stem/4711") == sum)
        #expect(try store.sum(stem: "stem/4712") == nil)
        var gain = sum
        gain.total = Amounts(good: try #require(ExactDecimal("0.5")), scrap: ExactDecimal(-3))
        try store.fold([("stem/4711", gain)], through: 9)
        #expect(try store.sum(stem: "stem/4711") == sum.gaining(gain))
        #expect(try store.foldedThrough() == 9)
    }

    /// A fold that fails moves neither its position nor any sum, and is done once when it is done again.
    package func foldingFails() throws {
        try store.fold([("stem/4711", StoreSamples.sum("4711"))], through: 1)
        let tooMuch = [("stem/4712", StoreSamples.sum("4712")), ("stem/4711", StoreSamples.hugeGain("4711"))]

        #expect(throws: StoreError.self) { try store.fold(tooMuch, through: 2) }

        #expect(try store.foldedThrough() == 1)
        #expect(try store.sum(stem: "stem/4712") == nil)
    }

    /// Changed sums by number, behind a number, up to a window's end.
    package func changed() throws {
        var late = StoreSamples.sum("C")
        late.windowEnd = StoreSamples.minute(999)
        try store.fold(
            [("stem/A", StoreSamples.sum("A")), ("stem/B", StoreSamples.sum("B")), ("stem/C", late)], through: 3)

        func orders(after id: Int64, endingBy end: Int64, limit: Int) throws -> [String] {
            try store.changedSums(after: id, endingBy: StoreSamples.minute(end), limit: limit).map(\.stem)
        }

        #expect(try orders(after: 0, endingBy: 480, limit: 9) == ["stem/A", "stem/B"])
        #expect(try orders(after: 0, endingBy: 479, limit: 9) == [])
        #expect(try orders(after: 1, endingBy: 999, limit: 1) == ["stem/B"])
        try store.make(
            [DocumentStep(sum: 1, revision: 0, isSettled: true, superseded: [], documents: [])], now: StoreSamples.start
        )
        #expect(try orders(after: 0, endingBy: 480, limit: 9) == ["stem/B"])
    }

    /// Documents come back as they were made; a superseded one that moved meanwhile undoes the whole step.
    package func making() throws {
        var first = StoreSamples.document(sum: 1, order: "4711")
        first.interval = StoreSamples.interval()
        first.amounts.scrap = try #require(ExactDecimal("1.25"))
        let id = try store.book("4711") { _ in [first] }
        first.id = 1
        #expect(try store.documents(of: id) == [first])
        let second = StoreSamples.document(sum: id, revision: 2)

        #expect(throws: StoreError.changedMeanwhile("a waiting document")) {
            try store.make(
                [
                    DocumentStep(sum: id, revision: 2, isSettled: true, superseded: [], documents: [second]),
                    DocumentStep(sum: id, revision: 3, isSettled: true, superseded: [(1, .parked)], documents: []),
                ], now: StoreSamples.start)
        }

        #expect(try store.documents(of: id) == [first])
        #expect(try store.sum(stem: "stem/4711")?.revision == 1)
        try store.make(
            [DocumentStep(sum: id, revision: 2, isSettled: false, superseded: [(1, .queued)], documents: [second])],
            now: StoreSamples.minute(1))
        #expect(try store.documents(of: id).map(\.state) == [.superseded, .queued])
        #expect(try store.changedOrders() == ["4711"])
    }

    /// Epochs, texts and openings come back; an opening has its sum judged again.
    package func lawsAndOpenings() throws {
        let epochs = [Int64(5), 1].map { minute in
            MappingEpoch(
                mapping: "confirmation", structure: "s\(minute)", version: "v1", begins: StoreSamples.minute(minute))
        }
        let text = MappingText(
            mapping: "confirmation", version: "v1", file: "mappings/c.yaml", text: "per: [order]",
            tables: ["t.csv": "a;b"])
        let used = MappingText(
            mapping: "confirmation", version: "v1+", file: "mappings/c.yaml", text: "per: [order]",
            tables: ["t.csv": "a;b", "u.csv": "a;b"], base: "v1", uses: [["t", ["a"], .null, "b"]])
        _ = try store.book("A") { _ in [] }

        try store.begin(epochs, texts: [text], now: StoreSamples.start)
        var step = DocumentStep(sum: 1, revision: 0, isSettled: false, superseded: [], documents: [])
        step.texts = [used]
        for _ in 0..<2 { _ = try store.make([step], now: StoreSamples.start) }
        let opening = Opening(figure: ExactDecimal(12), counted: ExactDecimal(3), recordedAt: StoreSamples.start)
        for one in [Opening(figure: .zero, recordedAt: StoreSamples.start), opening] {
            try store.setOpening(one, stem: "stem/A", by: "anna")
        }

        #expect(try store.epochs() == epochs.reversed())
        #expect(try store.text(of: "confirmation", version: "v1") == text)
        #expect(try store.text(of: "confirmation", version: "v1+") == used)
        #expect(try store.text(of: "confirmation", version: "v2") == nil)
        #expect(try store.opening(stem: "stem/A") == opening)
        #expect(try store.opening(stem: "stem/B") == nil)
        #expect(try store.changedOrders() == ["A"])
    }
}
