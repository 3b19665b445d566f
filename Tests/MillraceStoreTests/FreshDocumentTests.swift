import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues
import Testing

@Suite("SQLite store: fresh documents")
struct FreshDocumentTests {
    let new: NewStore
    var store: SQLiteStore { new.store }
    private let now = StoreSamples.minute(10)

    init() throws { new = try NewStore() }

    private func lease(_ limit: Int = 100, for endpoint: EndpointID = "erp") throws -> [Int64] {
        try store.lease(upTo: limit, for: endpoint, by: "run-1", now: now, recording: []).map(\.id)
    }

    private func book(_ name: String, _ orders: [String?], state: DocumentState = .queued) throws {
        _ = try store.book(name) { sum in
            orders.enumerated().map {
                StoreSamples.document(sum: sum, revision: $0.offset + 1, order: $0.element, state: state)
            }
        }
    }

    @Test func `what was looked at and held back is not forgotten`() throws {
        try book("A", ["X", "X", "Y", "X"])

        #expect(try lease() == [1, 3])
        _ = try store.record([DocumentChange(id: 1, from: [.leased], to: .done)], by: "run-1", now: now)

        #expect(try lease() == [2])
        #expect(try store.documents(of: "erp", in: .queued, after: 0, limit: 5).map(\.id) == [4])
    }

    @Test func `R24: a released document waits for older ones of its order that nobody has looked at yet`() throws {
        try book("A", ["X"])
        try book("B", ["Y"], state: .parked)
        try book("C", ["Y"])
        _ = try store.record([DocumentChange(id: 2, from: [.parked], to: .queued)], by: "anna", now: now)
        try book("D", ["Y"], state: .parked)
        _ = try store.record([DocumentChange(id: 4, from: [.parked], to: .queued)], by: "anna", now: now)

        #expect(try lease(1) == [2])
        #expect(try lease() == [1])
        _ = try store.record([DocumentChange(id: 2, from: [.leased], to: .done)], by: "run-1", now: now)

        #expect(try lease() == [3])
        _ = try store.record([DocumentChange(id: 3, from: [.leased], to: .done)], by: "run-1", now: now)
        #expect(try lease() == [4])
    }

    @Test func `R26: one that begins in doubt holds back younger ones, and waits behind older ones`() throws {
        try book("A", ["X"])
        try book("B", ["X"], state: .unknown)
        try book("C", ["X", "Y"])

        #expect(try lease() == [1, 4])
        _ = try store.record([DocumentChange(id: 1, from: [.leased], to: .done)], by: "run-1", now: now)
        #expect(try lease().isEmpty)
    }

    @Test func `R26: one that comes into doubt before anybody looked is told, and comes back into the queue`() throws {
        try book("A", ["X", "X", "Y"])

        _ = try store.record([DocumentChange(id: 2, from: [.queued], to: .unknown)], by: "restored", now: now)

        #expect(try store.stuck().map(\.count) == [1])
        #expect(try store.documents(of: "erp", in: .unknown, after: 0, limit: 5).map(\.id) == [2])
        try book("B", ["X"])
        #expect(try lease() == [1, 3])
        _ = try store.record([DocumentChange(id: 1, from: [.leased], to: .done)], by: "run-1", now: now)
        #expect(try lease().isEmpty)
        _ = try store.record([DocumentChange(id: 2, from: [.unknown], to: .queued)], by: "anna", now: now)
        #expect(try lease() == [2])
    }

    @Test func `a long queue behind one that is in doubt lets other orders go`() throws {
        try book("A", ["X"])
        #expect(try lease() == [1])
        _ = try store.record([DocumentChange(id: 1, from: [.leased], to: .unknown)], by: "run-1", now: now)
        try book("B", Array(repeating: "X", count: 1_200) + ["Y"])

        #expect(try lease(1) == [1_202])
        #expect(try lease(1).isEmpty)
    }

    @Test func `they are counted, listed and known as work`() throws {
        try book("A", ["X", nil])
        try book("B", ["Y"])

        #expect(try store.hasWork(for: "erp", now: now))
        #expect(try !store.hasWork(for: "partner", now: now))
        #expect(try store.counts().map(\.count) == [3])
        #expect(try store.documents(of: nil, in: .queued, after: 1, limit: 1).map(\.id) == [2])
        #expect(try store.stuck().isEmpty)
    }

    @Test func `superseded before anybody looked, they are passed over`() throws {
        try book("A", ["X"])
        try store.make(
            [DocumentStep(sum: 1, revision: 1, isSettled: true, superseded: [(1, .queued)], documents: [])], now: now)

        #expect(try !store.hasWork(for: "erp", now: now))
        #expect(try lease().isEmpty)
    }
}
