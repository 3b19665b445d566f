// Hot path: every document is fresh once. Guarded by `script/bench`.

import GRDB
import MillraceCore
import MillraceValues

/// Fresh documents: queued, and never looked at by a delivery.
///
/// They stand in no index. Per endpoint a mark says behind which number they lie, so a delivery finds them in the order in which
/// they were made; what it looks at it leases, or puts in line (`is_fresh = 0`): into the indexes of live documents. So a night's
/// backlog is written without them, and they stay as small as what is on its way.
///
/// What always holds: an endpoint's fresh documents have numbers above its mark; no document in line is before a fresh one of its
/// order that is older (`lineUp`).
extension SQLiteStore {
    /// Behind which number the endpoint's fresh documents lie; without an endpoint, those of any.
    static func freshAfter(_ endpoint: EndpointID?, in database: Database) throws -> Int64 {
        let select = try database.cachedStatement(
            sql: "SELECT coalesce(min(after), 0) FROM fresh_documents WHERE endpoint = ?1 OR ?1 IS NULL")
        return try Int64.fetchOne(select, arguments: [endpoint?.text]) ?? 0
    }

    /// Moves the marks of endpoints without a fresh document up to the newest one, so that looking behind a mark stays short.
    static func moveMarks(in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE fresh_documents SET after = (SELECT max(id) FROM documents)
                WHERE after < (SELECT max(id) FROM documents)
                  AND NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.id > fresh_documents.after
                    AND d.endpoint = fresh_documents.endpoint AND d.is_fresh = 1 AND d.state = 'queued')
                """
        ).execute()
    }

    /// Sees to it that an endpoint has a mark before it has its first fresh document.
    static func ensureMark(of endpoint: EndpointID, _ writing: Writing) throws {
        guard writing.marked.insert(endpoint).inserted else { return }
        try writing.database.cachedStatement(
            sql: """
                INSERT INTO fresh_documents(endpoint, after) SELECT ?, coalesce(max(id), 0) FROM documents WHERE true
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [endpoint.text])
    }

    /// Whether the endpoint has a fresh document that is due.
    static func hasFresh(_ endpoint: EndpointID, now: Instant, in database: Database) throws -> Bool {
        let select = try database.cachedStatement(sql: hasFreshSQL)
        return try Bool.fetchOne(
            select, arguments: [try freshAfter(endpoint, in: database), endpoint.text, now.microseconds]) ?? false
    }

    static let hasFreshSQL = """
        SELECT EXISTS(SELECT 1 FROM documents
          WHERE id > ?1 AND endpoint = ?2 AND is_fresh = 1 AND state = 'queued' AND \(isDue("?3")))
        """

    /// Looks at fresh documents in their order until `limit` are found that nothing holds back, and puts what it looked at in line.
    ///
    /// - Shape: the numbers of those found, each of an order of its own.
    static func freshDue(
        upTo limit: Int, for endpoint: EndpointID, now: Instant, in database: Database
    ) throws -> [Int64] {
        var (inLine, found) = (Set<String>(), [Int64]())
        var mark = try freshAfter(endpoint, in: database)
        let start = mark
        let look = try database.cachedStatement(
            sql: """
                SELECT id, order_value, \(isDue("?3")) FROM documents
                WHERE id > ?1 AND endpoint = ?2 AND is_fresh = 1 AND state = 'queued' ORDER BY id LIMIT \(lookAhead)
                """)
        while found.count < limit {
            let rows = try Row.fetchAll(look, arguments: [mark, endpoint.text, now.microseconds])
            for row in rows where found.count < limit {
                mark = row[0] as Int64
                let order: String? = row[1]
                let isHeld =
                    try order.map { try inLine.contains($0) || Self.isInLine($0, endpoint, in: database) } ?? false
                try database.cachedStatement(sql: "UPDATE documents SET is_fresh = 0 WHERE id = ?").execute(
                    arguments: [mark])
                let isDue: Bool = row[2]
                if !isHeld, isDue { found.append(mark) }
                if let order { inLine.insert(order) }
            }
            if rows.count < lookAhead { break }
        }
        if mark != start { try setFreshAfter(mark, endpoint, in: database) }
        return found
    }

    private static func isInLine(_ order: String, _ endpoint: EndpointID, in database: Database) throws -> Bool {
        let select = try database.cachedStatement(
            sql: "SELECT EXISTS(SELECT 1 FROM documents WHERE endpoint = ? AND order_value = ? AND \(isLive))")
        return try Bool.fetchOne(select, arguments: [endpoint.text, order]) ?? false
    }

    private static func setFreshAfter(_ mark: Int64, _ endpoint: EndpointID, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO fresh_documents(endpoint, after) VALUES (?, ?)
                ON CONFLICT(endpoint) DO UPDATE SET after = excluded.after
                """
        ).execute(arguments: [endpoint.text, mark])
    }

    /// A document that came into doubt before any delivery looked at it (RULES R26) is fresh no more: it goes into the line.
    static func putInLine(_ id: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "UPDATE documents SET is_fresh = 0 WHERE id = ? AND is_fresh = 1").execute(
            arguments: [id])
        try lineUp(id, in: database)
    }

    /// A document that is in line and not fresh from now on: older fresh ones of its order go into the line with it (RULES R24).
    static func lineUp(_ id: Int64, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE documents SET is_fresh = 0
                WHERE id IN (SELECT f.id FROM documents AS d JOIN documents AS f
                    ON f.id > coalesce((SELECT after FROM fresh_documents WHERE endpoint = d.endpoint), 0) AND f.id < d.id
                      AND f.endpoint = d.endpoint AND f.order_value = d.order_value AND f.is_fresh = 1
                  WHERE d.id = ? AND d.is_fresh = 0)
                """
        ).execute(arguments: [id])
    }
}
