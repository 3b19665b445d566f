import MillraceCore
import MillraceValues
import Synchronization

/// Facts at hand and sums in memory: what a mapping would gather, folded as a run folds it and kept nowhere.
///
/// Facts come in stretches, and sums that are complete are taken out, so that memory is that of a stretch.
final class PaperSums: SumStore {
    private struct State {
        /// The facts at hand, and how many were folded before them.
        var facts: [FactRevision] = []
        var before = 0
        var position: Int64 = 0
        var sums: [String: Sum] = [:]
    }
    private let state = Mutex(State())

    /// How many sums are held.
    var count: Int { state.withLock { $0.sums.count } }

    /// Puts facts in the place of those that are folded.
    func put(_ facts: [FactRevision]) {
        state.withLock {
            $0.before += $0.facts.count
            $0.facts = facts
        }
    }

    /// Takes the sum of that stem out; nil where there is none.
    func take(_ stem: String) -> Sum? { state.withLock { $0.sums.removeValue(forKey: stem) } }

    /// Takes those out whose window begins before the instant, by stem.
    func take(beginningBefore cut: Instant) -> [(stem: String, sum: Sum)] {
        state.withLock { state in
            let taken = state.sums.filter { $0.value.windowStart < cut }
            for stem in taken.keys { state.sums[stem] = nil }
            return taken.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    /// Whether nothing is added any more to a sum whose window begins before the instant, where all facts that start before `newest`
    /// are folded.
    func isComplete(before cut: Instant, through newest: Instant) -> Bool {
        state.withLock { state in
            state.sums.values.allSatisfy { sum in
                // All revisions of a stop have its start.
                sum.windowStart >= cut || sum.windowEnd <= newest || sum.identity.kind == .downtime
            }
        }
    }

    func foldedThrough() throws(StoreError) -> Int64 { state.withLock { $0.position } }

    /// Numbers are places in the order in which facts were put: those of a stretch have gaps in their own.
    func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision] {
        state.withLock { state in
            let start = Int(id) - state.before
            return (start..<min(start + limit, state.facts.count)).map { index in
                let fact = state.facts[index]
                return FactRevision(
                    id: Int64(state.before + index + 1), fact: fact.fact, revision: fact.revision, change: fact.change)
            }
        }
    }

    func sum(stem: String) throws(StoreError) -> Sum? { state.withLock { $0.sums[stem] } }

    func fold(_ gains: [(stem: String, sum: Sum)], through id: Int64) throws(StoreError) {
        state.withLock { state in
            for (stem, gain) in gains {
                // try?: a total of too many digits could not have been recorded either; it stays as it was.
                state.sums[stem] = state.sums[stem].map { (try? $0.gaining(gain)) ?? $0 } ?? gain
            }
            state.position = id
        }
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
    func opening(stem: String) throws(StoreError) -> Opening? { nil }
    func setOpening(_ opening: Opening, stem: String, by: String) throws(StoreError) {}
}
