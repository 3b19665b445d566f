import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceStore

@Suite("SQLite store: blocks of facts")
struct FactBlockTests {
    /// Names as they are asked for: the number is the index.
    private struct Names: FactNames {
        func source(_ number: Int64) throws -> String { "s\(number)" }
        func version(_ number: Int64) throws -> (mapping: MappingName, version: String) { ("m", "v\(number)") }
    }

    private func samples() throws -> [ProductionCount] {
        let amounts = [
            Amounts(good: ExactDecimal(12)),
            Amounts(good: try #require(ExactDecimal("-0.125")), scrap: ExactDecimal(3)),
            Amounts(rework: ExactDecimal(Int64.max)), .zero,
        ]
        return amounts.enumerated().map { index, amounts in
            var fact = StoreSamples.count(1, minute: Int64(3 - index), equipment: "press-\(index % 2)", order: nil)
            (fact.mapping, fact.version, fact.amounts) = ("m", "v\(index)", amounts)
            fact.order = index == 1 ? "4711 ä" : nil
            fact.marks = index == 2 ? [.rollover, .afterSilence] : []
            fact.first = Place(source: "s1", position: Int64(1_000_000 * index))
            fact.last = Place(source: "s2", position: Int64.max - Int64(index))
            return fact
        }
    }

    @Test func `a block gives back what went in`() throws {
        var writer = FactBlockWriter()
        let facts = try samples()
        for (index, fact) in facts.enumerated() { writer.add(fact, version: Int64(index), first: 1, last: 2) }

        var reader = FactBlockReader(writer.block(), names: Names())
        let back = try reader.facts(from: 70)

        #expect(back.map(\.fact) == facts.map(Fact.count))
        #expect(back.map(\.id) == [70, 71, 72, 73])
        #expect(back.allSatisfy { $0.revision == 1 })
        #expect(back.map(\.change) == facts.map(\.amounts))
        #expect(writer.firstStart == StoreSamples.minute(0))
        #expect(writer.lastStart == StoreSamples.minute(3))
    }

    @Test func `damaged bytes are an error that says what to do`() throws {
        var writer = FactBlockWriter()
        for fact in try samples() { writer.add(fact, version: 1, first: 1, last: 2) }
        let whole = writer.block()

        for length in 0..<whole.count {
            #expect(throws: StoreError.corrupt("a block of facts is damaged; restore the store from its backup")) {
                var reader = FactBlockReader(Array(whole.prefix(length)), names: Names())
                _ = try reader.facts(from: 1)
            }
        }
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 0xFF
            var reader = FactBlockReader(bytes, names: Names())
            // try?: only that it does not trap; some changes give other facts.
            _ = try? reader.facts(from: 1)
        }
    }

    @Test func `what waits, is dropped or carries a rule is a row, and comes in the order of recording`() throws {
        let new = try NewStore()
        let waiting = StoreSamples.count(7, minute: 1, order: nil, standing: .unattributed)
        try new.store.commit(
            StoreSamples.step([
                .fresh(waiting), .fresh(StoreSamples.count(10)), .interval(StoreSamples.interval()),
                .fresh(StoreSamples.count(11, minute: 2)),
            ]))
        try new.store.commit(StoreSamples.step([.add(StoreSamples.count(2, minute: 3))]))
        try new.store.commit(StoreSamples.step([.fresh(StoreSamples.count(4, minute: 4))]))

        let all = try new.store.facts(after: 0, limit: 100)

        #expect(all.map(\.id) == [1, 2, 3, 4, 5, 6])
        #expect(all.map(\.change.good.integer) == [10, 11, 7, 0, 2, 4])
        #expect(try new.store.facts(after: 1, limit: 2).map(\.id) == [2, 3])
        #expect(try new.store.facts(after: 5, limit: 2).map(\.id) == [6])
        #expect(try new.store.unattributedFacts().count == 1)
    }

    @Test func `R20: every revision comes by its start, from rows and blocks alike`() throws {
        let new = try NewStore()
        try new.store.commit(
            StoreSamples.step((0..<5).map { .fresh(StoreSamples.count($0 + 1, minute: $0 * 40)) }))
        try new.store.commit(StoreSamples.step([.set(StoreSamples.count(9, minute: 40))]))

        var seen: [String] = []
        try new.store.revisions(from: StoreSamples.minute(40), to: StoreSamples.minute(160)) {
            seen.append("\(($0.fact.start - StoreSamples.start).components.seconds / 60): \($0.change.good)")
        }

        #expect(seen == ["40: 2", "40: 7", "80: 3", "120: 4"])
    }
}
