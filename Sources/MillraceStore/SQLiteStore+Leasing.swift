import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore {
    /// Whether any document of the endpoint is queued and due, or in doubt. By the partial index documents_live, and behind the mark.
    public func hasWork(for endpoint: EndpointID, now: Instant) throws(StoreError) -> Bool {
        try read { database in
            let select = try database.cachedStatement(sql: Self.hasWorkSQL)
            let isInLine = try Bool.fetchOne(select, arguments: [endpoint.text, now.microseconds]) ?? false
            return try isInLine || Self.hasFresh(endpoint, now: now, in: database)
        }
    }

    static let hasWorkSQL = """
        SELECT EXISTS(SELECT 1 FROM documents INDEXED BY documents_live
          WHERE endpoint = ?1 AND \(isLive) AND (state != 'queued' OR \(isDue("?2"))))
        """

    /// Whether a document's time has come. Nothing waits for more than a day: what would was given its time by a clock that ran
    /// ahead, and does not wait for that.
    static func isDue(_ now: String) -> String {
        "(not_before <= \(now) OR not_before > \(now) + \(EndpointHealth.longestHold.wholeMicroseconds))"
    }

    /// Makes unknown every leased document that this run did not lease (leased → unknown). By the partial index documents_leased.
    public func reclaim(by run: RunID, now: Instant) throws(StoreError) -> Int {
        let anyLeased = try read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS(SELECT 1 FROM documents WHERE state = 'leased' AND run != ?)",
                arguments: [run.text]) ?? false
        }
        if !anyLeased { return 0 }
        return try write { database in
            // The lease was the attempt: an endpoint's memory of the key (RULES R23) may have begun with it.
            try database.execute(
                sql: """
                    INSERT INTO attempts(document, run, started_at, ended_at, outcome, sentence, answer)
                    SELECT id, run, changed_at, ?, 'unknown', 'the run that was sending it ended before the answer came', x''
                    FROM documents WHERE state = 'leased' AND run != ? ORDER BY id
                    """,
                arguments: [now.microseconds, run.text])
            try database.execute(
                sql: """
                    UPDATE documents SET state = 'unknown', changed_at = ?, cause_code = 'run-died',
                      cause = 'the run that was sending it ended before the answer came'
                    WHERE state = 'leased' AND run != ?
                    """,
                arguments: [now.microseconds, run.text])
            return database.changesCount
        }
    }

    /// Takes due documents (queued → leased). By documents_live and documents_in_order, then fresh ones.
    ///
    /// Of those in line the oldest are looked at first, and nearly always give enough. A long queue of few orders does not: then each order is asked
    /// for its first document, so that the cost follows the number of orders and not the length of the queue.
    public func lease(
        upTo limit: Int, for endpoint: EndpointID, by run: RunID, now: Instant, recording changes: [DocumentChange]
    ) throws(StoreError) -> [Document] {
        try write { database in
            for change in changes { _ = try Self.apply(change, by: run.text, now: now, in: database) }
            let arguments: StatementArguments = [endpoint.text, now.microseconds, limit]
            var ids = try Int64.fetchAll(try database.cachedStatement(sql: Self.oldestDueSQL), arguments: arguments)
            if ids.count < limit, try Self.queueIsLong(endpoint, in: database) {
                ids = try Int64.fetchAll(try database.cachedStatement(sql: Self.firstOfOrdersSQL), arguments: arguments)
            }
            if ids.count < limit {
                ids += try Self.freshDue(upTo: limit - ids.count, for: endpoint, now: now, in: database)
            }
            return try Self.lease(ids, from: .queued, by: run, now: now, in: database)
        }
    }

    /// How many of the oldest documents are looked at before each order is asked.
    static let lookAhead = 500

    private static func queueIsLong(_ endpoint: EndpointID, in database: Database) throws -> Bool {
        let select = try database.cachedStatement(
            sql: """
                SELECT 1 FROM documents INDEXED BY documents_live WHERE endpoint = ? AND \(isLive)
                ORDER BY id LIMIT 1 OFFSET \(lookAhead)
                """)
        return try Int.fetchOne(select, arguments: [endpoint.text]) != nil
    }

    /// Due documents that no earlier one of their order holds back, among the oldest that live.
    static let oldestDueSQL = """
        SELECT id FROM (SELECT id, endpoint, state, not_before, order_value FROM documents INDEXED BY documents_live
            WHERE endpoint = ?1 AND \(isLive) ORDER BY id LIMIT \(lookAhead)) AS d
        WHERE state = 'queued' AND \(isDue("?2"))
          AND NOT EXISTS (SELECT 1 FROM documents AS e WHERE e.endpoint = ?1 AND e.order_value = d.order_value
            AND e.id < d.id AND e.\(isLive))
        ORDER BY id LIMIT ?3
        """

    /// The first document of each order, and those of no order, as far as they are due.
    static let firstOfOrdersSQL = """
        WITH RECURSIVE orders(value) AS (
          SELECT min(order_value) FROM documents WHERE endpoint = ?1 AND \(isLive)
          UNION ALL
          SELECT (SELECT min(order_value) FROM documents WHERE endpoint = ?1 AND order_value > orders.value AND \(isLive))
            FROM orders WHERE orders.value IS NOT NULL)
        SELECT d.id FROM orders CROSS JOIN documents AS d ON d.id = (SELECT min(e.id) FROM documents AS e
            WHERE e.endpoint = ?1 AND e.order_value = orders.value AND e.\(isLive))
          WHERE d.state = 'queued' AND \(isDue("?2"))
        UNION ALL
        SELECT id FROM (SELECT id FROM documents
            WHERE endpoint = ?1 AND order_value IS NULL AND \(isLive) AND state = 'queued' AND \(isDue("?2"))
            ORDER BY id LIMIT ?3)
        ORDER BY 1 LIMIT ?3
        """

    /// Leases unknown documents again (unknown → leased, RULES R23).
    public func leaseAgain(_ ids: [Int64], by run: RunID, now: Instant) throws(StoreError) -> [Document] {
        if ids.isEmpty { return [] }
        return try write { database in try Self.lease(ids, from: .unknown, by: run, now: now, in: database) }
    }

    private static func lease(
        _ ids: [Int64], from state: DocumentState, by run: RunID, now: Instant, in database: Database
    ) throws -> [Document] {
        var leased: [String] = []
        let update = try database.cachedStatement(
            sql: """
                UPDATE documents SET state = 'leased', run = ?, changed_at = ?, attempts = attempts + 1
                WHERE id = ? AND state = ?
                """)
        for id in ids {
            try update.execute(arguments: [run.text, now.microseconds, id, state.rawValue])
            if database.changesCount == 1 { leased.append(String(id)) }
        }
        if leased.isEmpty { return [] }
        // All of them by one statement: fetching them one by one costs more than leasing them.
        return try documents(
            database, where: "documents.id IN (SELECT value FROM json_each(?)) ORDER BY documents.id",
            ["[\(leased.joined(separator: ","))]"])
    }
}
