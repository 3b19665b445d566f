import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues
import Testing

@Suite("SQLite store: a sum that is its only document")
struct SumOfOneTests {
    let new: NewStore
    var store: SQLiteStore { new.store }

    init() throws { new = try NewStore() }

    private let stem = DocumentKey.stem(
        site: "P01", request: StoreSamples.request, kind: .productionCount, windowStart: StoreSamples.start,
        perValues: ["4711/A ä"])

    private var sum: Sum {
        var sum = StoreSamples.sum("4711")
        sum.identity.perValues = ["4711/A ä"]
        return sum
    }

    private func document(_ state: DocumentState = .queued) -> Document {
        var document = StoreSamples.document(sum: 0, order: "4711", state: state)
        document.key = DocumentKey.key(stem: stem, revision: 1)
        document.fields = sum.fields
        document.fields["sum"] = .string(stem)
        return document
    }

    private func make(_ document: Document, isSettled: Bool = true) throws -> Set<String> {
        try store.make(
            [
                DocumentStep(
                    sum: 0, revision: 1, isSettled: isSettled, superseded: [], documents: [document], new: (stem, sum))
            ], now: StoreSamples.start)
    }

    private func rowsOfSums() throws -> Int64? { try store.figures().rows.first { $0.table == "sums" }?.count }

    private func sums(from start: Instant, to end: Instant = .distantFuture) throws -> [(stem: String, sum: Sum)] {
        var sums: [(stem: String, sum: Sum)] = []
        try store.eachSum(of: StoreSamples.request, from: start, to: end) { stem, sum, documents in
            let own = try store.documents(of: sum.id)
            #expect(documents == own)
            sums.append((stem, sum))
        }
        return sums
    }

    @Test func `it is read from its document, as if it had a row of its own`() throws {
        #expect(try make(document()).isEmpty)

        let found = try #require(try store.sum(stem: stem))
        var expected = sum
        expected.id = found.id
        expected.revision = 1
        expected.isChanged = false
        #expect(found == expected)
        #expect(try rowsOfSums() == 0)
        #expect(try store.documents(of: found.id).map(\.key) == [document().key])
        #expect(try store.documents(of: found.id).first?.fields == document().fields)
        #expect(try sums(from: .distantPast).map(\.sum) == [found])
        #expect(try sums(from: StoreSamples.start, to: StoreSamples.minute(1)).map(\.stem) == [stem])
        #expect(try sums(from: StoreSamples.minute(1)).isEmpty)
    }

    @Test func `R15: late data is added to it, and its next document has the next number`() throws {
        _ = try make(document())
        var gain = sum
        gain.total = StoreSamples.good(2)

        try store.fold([(stem, gain)], through: 9)

        let grown = try #require(try store.changedSums(after: 0, endingBy: .distantFuture, limit: 5).first?.sum)
        #expect(grown.total == StoreSamples.good(102))
        #expect(grown.revision == 1)
        #expect(try store.documents(of: grown.id).map(\.revision) == [1])
        #expect(try store.sum(stem: stem)?.id == grown.id)
        #expect(try rowsOfSums() == 1)
    }

    @Test func `the same sum is not made twice`() throws {
        #expect(try make(document()).isEmpty)
        #expect(try make(document()) == [stem])
        #expect(try make(document(), isSettled: false) == [stem])

        #expect(try store.lastNumber() == 1)
    }

    @Test func `a sum that waits in a row of its own is not made beside it`() throws {
        try store.fold([(stem, sum)], through: 1)

        #expect(try make(document()) == [stem])

        #expect(try store.lastNumber() == 0)
    }

    private func plain(_ stems: [String]) -> PlainDocuments {
        var made = PlainDocuments()
        let kind = made.index(of: .init(request: StoreSamples.request, mapping: "confirmation", version: "v1"))
        made.rows = stems.map { stem in
            PlainDocuments.Row(
                kind: kind, stem: stem, amounts: sum.total, fields: sum.fields, orderValue: "4711",
                windowStart: sum.windowStart, windowEnd: sum.windowEnd, body: Array("{}".utf8))
        }
        return made
    }

    @Test func `made as a plain row it is the same`() throws {
        let place = try NewStore()
        let other = place.store
        _ = try make(document())

        #expect(try other.make(plain([stem]), now: StoreSamples.start).isEmpty)

        let (one, two) = (try store.documents(matching: document().key), try other.documents(matching: document().key))
        #expect(one == two)
        #expect(one.count == 1)
        #expect(try other.sum(stem: stem) == store.sum(stem: stem))
        #expect(plain([stem]).document(plain([stem]).rows[0], madeAt: StoreSamples.start).fields == one[0].fields)
        let due = try other.lease(upTo: 9, for: "erp", by: "run-1", now: StoreSamples.start, recording: [])
        #expect(due.map(\.key) == [document().key])
    }

    @Test func `plain rows whose stem is stored, as a document or a sum, are told and left out`() throws {
        try store.fold([("stem/B", StoreSamples.sum("B")), ("stem/D", StoreSamples.sum("D"))], through: 1)

        #expect(
            try store.make(plain(["stem/A", "stem/B", "stem/C", "stem/D", "stem/E"]), now: StoreSamples.start)
                == ["stem/B", "stem/D"])
        #expect(try store.make(plain(["stem/C", "stem/F"]), now: StoreSamples.start) == ["stem/C"])
        #expect(try store.lastNumber() == 4)
        #expect(try store.make(PlainDocuments(), now: StoreSamples.start).isEmpty)
    }

    @Test func `R15: put away by a person, its sum is judged again`() throws {
        _ = try make(document(.parked))

        _ = try store.record(
            [DocumentChange(id: 1, from: [.parked], to: .discarded, discard: .doNotBook)], by: "anna",
            now: StoreSamples.start)

        #expect(try store.changedOrders() == ["4711"])
    }

    @Test func `a step of its number gives it a row of its own`() throws {
        _ = try make(document())
        let number = try #require(try store.sum(stem: stem)?.id)
        var second = document()
        second.key = DocumentKey.key(stem: stem, revision: 2)
        second.revision = 2

        try store.make(
            [
                DocumentStep(
                    sum: number, revision: 2, isSettled: true, superseded: [(1, .queued)], documents: [second])
            ], now: StoreSamples.start)

        let id = try #require(try store.sum(stem: stem)?.id)
        #expect(id < number)
        #expect(try store.sum(stem: stem)?.revision == 2)
        #expect(try store.documents(of: id).map(\.state) == [.superseded, .queued])
    }
}
