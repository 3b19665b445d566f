import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: BookStore {
    /// Every recorded revision of a fact that starts in the stretch, by start. By indexes facts_by_start and fact_blocks_by_last.
    public func revisions(from start: Instant, to end: Instant, _ body: (FactRevision) throws -> Void) throws {
        try queue.unsafeReentrantRead { database in
            do {
                // Hour by hour, so that memory stays that of an hour.
                var position = start.microseconds
                while let next = try Self.nextStart(position, before: end.microseconds, in: database) {
                    let (border, overflow) = next.addingReportingOverflow(3_600_000_000)
                    let stop = overflow ? end.microseconds : min(end.microseconds, border)
                    for revision in try Self.revisions(from: next, to: stop, in: database) { try body(revision) }
                    position = stop
                }
            } catch let error as DatabaseError {
                throw StoreError(error, path: path)
            }
        }
    }

    /// The first instant from `start` on at which a fact starts.
    private static func nextStart(_ start: Int64, before end: Int64, in database: Database) throws -> Int64? {
        if start >= end { return nil }
        let sql = """
            SELECT min(start) FROM (SELECT min(start) AS start FROM facts WHERE start >= ?1 AND start < ?2
              UNION ALL SELECT max(?1, min(first_start)) FROM fact_blocks WHERE last_start >= ?1 AND first_start < ?2)
            """
        return try Int64.fetchOne(try database.cachedStatement(sql: sql), arguments: [start, end])
    }

    private static func revisions(from start: Int64, to end: Int64, in database: Database) throws -> [FactRevision] {
        let sql = """
            SELECT \(Self.factColumns) FROM facts JOIN versions ON versions.id = facts.version
            JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
            WHERE start >= ? AND start < ?
            """
        var found = try Row.fetchAll(
            try database.cachedStatement(sql: sql), arguments: [start, end]
        ).map(fact)
        try eachBlock(database, where: "last_start >= ? AND first_start < ?", [start, end]) { facts in
            found += facts.filter { $0.fact.start.microseconds >= start && $0.fact.start.microseconds < end }
        }
        return found.sorted { ($0.fact.start, $0.fact.equipment, $0.id) < ($1.fact.start, $1.fact.equipment, $1.id) }
    }

    /// Sums of the request with their documents. By index sums_by_window, or by number where the stretch is the whole of time; behind
    /// them those that documents are, by the index of keys or by number: each row is read once.
    public func eachSum(
        of request: RequestID, from start: Instant, to end: Instant,
        _ body: (_ stem: String, _ sum: Sum, _ documents: [Document]) throws -> Void
    ) throws {
        try queue.unsafeReentrantRead { database in
            do {
                let isAll = start <= .distantPast && end >= .distantFuture
                let arguments: StatementArguments = [
                    request.request.text, request.endpoint.text, start.microseconds, end.microseconds,
                ]
                let wanted = "request = ? AND endpoint = ? AND window_start >= ? AND window_start < ?"
                let sql = """
                    SELECT \(Self.sumColumns) FROM sums \(isAll ? "NOT INDEXED" : "INDEXED BY sums_by_window")
                    WHERE \(wanted)\(isAll ? " ORDER BY id" : "")
                    """
                let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
                while let row = try rows.next() {
                    let sum = try Self.sum(row)
                    try body(row[16], sum, sum.revision == 0 ? [] : documents(of: sum.id))
                }
                // A key begins with the window's start, in the same form for all documents that may be sums.
                let range =
                    (start > .distantPast ? "key >= '\(start.compact)' AND " : "")
                    + (end < .distantFuture ? "key < '\(end.compact)/' AND " : "")
                let order = isAll ? " ORDER BY documents.id" : ""
                try Self.eachDocument(database, where: "\(range)sum IS NULL AND \(wanted)\(order)", arguments) {
                    let (stem, sum) = try Self.sum(in: $0)
                    try body(stem, sum, [$0])
                }
            } catch let error as DatabaseError {
                throw StoreError(error, path: path)
            }
        }
    }
}
