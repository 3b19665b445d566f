import MillraceCore
import MillraceValues
import Synchronization

/// A store that is read and not written: what would be made is kept for a look.
final class DryStore: SumStore {
    private let store: any SumStore
    private let documents = Mutex<[Document]>([])

    /// Reads from that store.
    init(_ store: any SumStore) { self.store = store }

    /// The documents that would have been made.
    var made: [Document] { documents.withLock { $0 } }

    func foldedThrough() throws(StoreError) -> Int64 { try store.foldedThrough() }
    func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision] {
        try store.facts(after: id, limit: limit)
    }
    func sum(stem: String) throws(StoreError) -> Sum? { try store.sum(stem: stem) }
    func fold(_ sums: [(stem: String, sum: Sum)], through id: Int64) throws(StoreError) {}
    func changedSums(after id: Int64, endingBy end: Instant, limit: Int) throws(StoreError) -> [(
        stem: String, sum: Sum
    )] {
        try store.changedSums(after: id, endingBy: end, limit: limit)
    }
    func documents(of sum: Int64) throws(StoreError) -> [Document] { try store.documents(of: sum) }
    func make(_ steps: [DocumentStep], now: Instant) throws(StoreError) -> Set<String> {
        documents.withLock { $0 += steps.flatMap(\.documents) }
        return []
    }
    func make(_ made: PlainDocuments, now: Instant) throws(StoreError) -> Set<String> {
        documents.withLock { $0 += made.rows.map { made.document($0, madeAt: now) } }
        return []
    }
    func epochs() throws(StoreError) -> [MappingEpoch] { try store.epochs() }
    func begin(_ epochs: [MappingEpoch], texts: [MappingText], now: Instant) throws(StoreError) {}
    func text(of mapping: MappingName, version: String) throws(StoreError) -> MappingText? {
        try store.text(of: mapping, version: version)
    }
    func opening(stem: String) throws(StoreError) -> Opening? { try store.opening(stem: stem) }
    func setOpening(_ opening: Opening, stem: String, by: String) throws(StoreError) {}
}
