import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: BookStore {
    /// Every recorded revision of a fact that starts in the stretch, by start. By index facts_by_start.
    public func revisions(from start: Instant, to end: Instant, _ body: (FactRevision) throws -> Void) throws {
        try queue.unsafeReentrantRead { database in
            do {
                let sql = """
                    SELECT \(Self.factColumns) FROM facts JOIN versions ON versions.id = facts.version
                    JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                    WHERE start >= ? AND start < ? ORDER BY start, equipment, facts.id
                    """
                let rows = try Row.fetchCursor(database, sql: sql, arguments: [start.microseconds, end.microseconds])
                while let row = try rows.next() { try body(try Self.fact(row)) }
            } catch let error as DatabaseError {
                throw StoreError(error, path: path)
            }
        }
    }

    /// Sums of the request by number. By index sums_by_window, or by number where the stretch is the whole of time.
    public func sums(
        of request: RequestID, from start: Instant, to end: Instant, after id: Int64, limit: Int
    ) throws(StoreError) -> [(stem: String, sum: Sum)] {
        try read { database in
            let isAll = start <= .distantPast && end >= .distantFuture
            let sql = """
                SELECT \(Self.sumColumns) FROM sums \(isAll ? "NOT INDEXED" : "INDEXED BY sums_by_window")
                WHERE request = ? AND endpoint = ? AND window_start >= ? AND window_start < ? AND id > ?
                ORDER BY id LIMIT ?
                """
            let arguments: StatementArguments = [
                request.request.text, request.endpoint.text, start.microseconds, end.microseconds, id, limit,
            ]
            var result: [(stem: String, sum: Sum)] = []
            let rows = try Row.fetchCursor(try database.cachedStatement(sql: sql), arguments: arguments)
            while let row = try rows.next() { result.append((row[16], try Self.sum(row))) }
            return result
        }
    }
}
