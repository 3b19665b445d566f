import MillraceCore
import MillraceValues
import Synchronization

/// Facts at hand and sums in memory: what a mapping would gather, folded as a run folds it and kept nowhere.
final class PaperSums: SumStore {
    private let facts: [FactRevision]
    private let sums = Mutex<[String: Sum]>([:])
    private let position = Mutex<Int64>(0)

    /// Nothing folded yet of those facts, which are in the order of their revisions.
    init(_ facts: [FactRevision]) { self.facts = facts }

    /// What is folded, by stem.
    var all: [String: Sum] { sums.withLock { $0 } }

    func foldedThrough() throws(StoreError) -> Int64 { position.withLock { $0 } }

    /// Numbers are places in the list: facts of a stretch have gaps in their own.
    func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision] {
        let start = Int(id)
        return (start..<min(start + limit, facts.count)).map { index in
            let fact = facts[index]
            return FactRevision(id: Int64(index + 1), fact: fact.fact, revision: fact.revision, change: fact.change)
        }
    }

    func sum(stem: String) throws(StoreError) -> Sum? { sums.withLock { $0[stem] } }

    func fold(_ gains: [(stem: String, sum: Sum)], through id: Int64) throws(StoreError) {
        sums.withLock { known in
            for (stem, gain) in gains {
                // try?: a total of too many digits could not have been recorded either; it stays as it was.
                known[stem] = known[stem].map { (try? $0.gaining(gain)) ?? $0 } ?? gain
            }
        }
        position.withLock { $0 = id }
    }

    func changedSums(
        after id: Int64, endingBy end: Instant, limit: Int
    ) throws(StoreError) -> [(stem: String, sum: Sum)] { [] }
    func documents(of sum: Int64) throws(StoreError) -> [Document] { [] }
    func make(_ steps: [DocumentStep], now: Instant) throws(StoreError) -> Set<String> { [] }
    func make(_ documents: PlainDocuments, now: Instant) throws(StoreError) -> Set<String> { [] }
    func epochs() throws(StoreError) -> [MappingEpoch] { [] }
    func begin(_ epochs: [MappingEpoch], texts: [MappingText], now: Instant) throws(StoreError) {}
    func text(of mapping: MappingName, version: String) throws(StoreError) -> MappingText? { nil }
    func opening(stem: String) throws(StoreError) -> ExactDecimal? { nil }
    func setOpening(_ figure: ExactDecimal, stem: String, by: String, now: Instant) throws(StoreError) {}
}
