import GRDB
import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceStore

/// Idle answers must not read finished documents, and hot ones must not read tables: each statement names its index.
@Suite("SQLite store: indexes")
struct StoreIndexTests {
    let new: NewStore

    init() throws { new = try NewStore() }

    /// Runs `body` and gives the plan of every statement that it ran.
    private func plans(_ body: () throws -> Void) throws -> [String] {
        let traced = Traced()
        new.store.queue.unsafeReentrantWrite { database in
            database.trace { event in
                if case .statement(let statement) = event { traced.sql.append((statement.sql, statement.expandedSQL)) }
            }
        }
        try body()
        return try new.store.queue.unsafeReentrantWrite { database in
            database.trace(options: [])
            var plans: [String] = []
            for (sql, expanded) in traced.sql {
                let verb = sql.prefix(6).uppercased()
                guard ["SELECT", "UPDATE", "DELETE", "WITH R"].contains(verb) else { continue }
                plans += try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + expanded).map {
                    $0["detail"] as String
                }
            }
            return plans
        }
    }

    /// Statements as they ran; touched only on the store's own queue.
    private final class Traced {
        var sql: [(sql: String, expanded: String)] = []
    }

    private func expect(_ plans: [String], uses indexes: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for index in indexes {
            #expect(plans.contains { $0.contains(index) }, "\(plans)", sourceLocation: sourceLocation)
        }
        // A scan is one of a table read whole; one of a partial index reads what is open.
        let tables = ["documents", "facts", "sums", "readings", "streams", "attempts"]
        let bad = plans.filter { plan in tables.contains { plan == "SCAN \($0)" } }
        #expect(bad.isEmpty, "\(plans)", sourceLocation: sourceLocation)
    }

    @Test func `what is due is found by the indexes of open documents`() throws {
        let store = new.store
        let now = StoreSamples.start

        expect(try plans { _ = try store.hasWork(for: "erp", now: now) }, uses: ["documents_live"])
        expect(try plans { _ = try store.reclaim(by: "run-1", now: now) }, uses: ["documents_leased"])
        expect(
            try plans { _ = try store.lease(upTo: 5, for: "erp", by: "run-1", now: now, recording: []) },
            uses: ["documents_live", "documents_in_order"])
        expect(
            try new.store.queue.unsafeReentrantWrite { database in
                try Row.fetchAll(
                    database, sql: "EXPLAIN QUERY PLAN " + SQLiteStore.firstOfOrdersSQL,
                    arguments: ["erp", 0, 5]
                ).map { $0["detail"] as String }
            },
            uses: [
                "documents_in_order (endpoint=? AND order_value>?)",
                "documents_in_order (endpoint=? AND order_value=?)",
            ])
    }

    @Test(arguments: [DocumentState.queued, .leased, .accepted, .unknown, .parked])
    func `open documents of a state are found by an index of open documents`(_ state: DocumentState) throws {
        let index = state == .parked ? "documents_parked" : "documents_live"
        let store = new.store

        expect(try plans { _ = try store.documents(of: "erp", in: state, after: 0, limit: 5) }, uses: [index])
        expect(
            try plans { _ = try store.counts() },
            uses: ["SCAN documents USING INDEX documents_in_order", "documents_parked"])
    }

    @Test func `a document's change touches rows by number`() throws {
        let store = new.store
        _ = try store.book("A") { [StoreSamples.document(sum: $0, state: .leased)] }
        let change = DocumentChange(id: 1, from: [.leased], to: .done, attempt: StoreSamples.attempt(.done))

        expect(
            try plans { _ = try store.record([change], by: "run-1", now: StoreSamples.start) },
            uses: ["documents USING INTEGER PRIMARY KEY", "sums USING INTEGER PRIMARY KEY"])
        expect(try plans { _ = try store.attempts(of: 1) }, uses: ["attempts_by_document"])
        expect(try plans { _ = try store.documents(of: 1 as Int64) }, uses: ["documents_by_sum"])
    }

    @Test func `changed sums, pending streams and waiting facts are found by partial indexes`() throws {
        let store = new.store

        expect(
            try plans { _ = try store.changedSums(after: 0, endingBy: .distantFuture, limit: 5) },
            uses: ["sums_changed"])
        expect(
            try plans { _ = try store.pendingStreams(of: "c", through: StoreSamples.start) },
            uses: ["streams_due", "streams_dirty"])
        expect(try plans { _ = try store.unattributedFacts() }, uses: ["facts_waiting"])
        expect(try plans { _ = try store.sum(stem: "s") }, uses: ["sqlite_autoindex_sums_1"])
        expect(
            try plans {
                try store.eachSum(of: StoreSamples.request, from: .distantPast, to: StoreSamples.start) { _, _, _ in }
            },
            uses: ["sums_by_window", "sqlite_autoindex_documents_1 (key<?)"])
        expect(
            try plans { try store.revisions(from: StoreSamples.start, to: .distantFuture) { _ in } },
            uses: ["facts_by_start"])
    }

    @Test func `facts are added to by start, blocks found by their last instant`() throws {
        let store = new.store

        expect(
            try plans { try store.commit(StoreSamples.step([.add(StoreSamples.count(1))])) }, uses: ["facts_by_start"])
        expect(
            try plans { try store.blocks(of: "c", since: StoreSamples.start) { _ in } }, uses: ["readings_by_last"])
    }
}
