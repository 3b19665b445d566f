import Foundation
import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: Outbox {
    /// Whether any document of the endpoint is queued and due, or unknown. By the partial index documents_live.
    public func hasWork(for endpoint: EndpointID, now: Instant) throws(StoreError) -> Bool {
        try read { database in
            let sql = """
                SELECT EXISTS(SELECT 1 FROM documents WHERE endpoint = ?
                  AND state IN ('queued', 'leased', 'accepted', 'unknown') AND (state != 'queued' OR not_before <= ?))
                """
            return try Bool.fetchOne(database, sql: sql, arguments: [endpoint.text, now.microseconds]) ?? false
        }
    }

    /// Makes unknown every leased document that this run did not lease (leased → unknown).
    public func reclaim(by run: RunID, now: Instant) throws(StoreError) -> Int {
        let anyLeased = try read { database in
            let sql = """
                SELECT EXISTS(SELECT 1 FROM documents WHERE state = 'leased' AND run != ?
                  AND state IN ('queued', 'leased', 'accepted', 'unknown'))
                """
            return try Bool.fetchOne(database, sql: sql, arguments: [run.text]) ?? false
        }
        if !anyLeased { return 0 }
        return try write { database in
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

    /// Takes due documents (queued → leased). By documents_live and documents_in_order.
    public func lease(
        upTo limit: Int, for endpoint: EndpointID, by run: RunID, now: Instant, recording changes: [DocumentChange]
    ) throws(StoreError) -> [Document] {
        try write { database in
            for change in changes { _ = try Self.apply(change, by: run.text, now: now, in: database) }
            let select = try database.cachedStatement(
                sql: """
                    SELECT id FROM documents AS d WHERE endpoint = ?1 AND state = 'queued' AND not_before <= ?2
                      AND state IN ('queued', 'leased', 'accepted', 'unknown')
                      AND NOT EXISTS (SELECT 1 FROM documents AS e WHERE e.endpoint = ?1 AND e.order_value = d.order_value
                        AND e.order_value IS NOT NULL AND e.id < d.id
                        AND e.state IN ('queued', 'leased', 'accepted', 'unknown'))
                    ORDER BY id LIMIT ?3
                    """)
            let ids = try Int64.fetchAll(select, arguments: [endpoint.text, now.microseconds, limit])
            return try Self.lease(ids, from: .queued, by: run, now: now, in: database)
        }
    }

    /// Leases unknown documents again (unknown → leased, RULES R23).
    public func leaseAgain(_ ids: [Int64], by run: RunID, now: Instant) throws(StoreError) -> [Document] {
        try write { database in try Self.lease(ids, from: .unknown, by: run, now: now, in: database) }
    }

    private static func lease(
        _ ids: [Int64], from state: DocumentState, by run: RunID, now: Instant, in database: Database
    ) throws -> [Document] {
        var leased: [Document] = []
        let update = try database.cachedStatement(
            sql: """
                UPDATE documents SET state = 'leased', run = ?, changed_at = ?, attempts = attempts + 1
                WHERE id = ? AND state = ?
                """)
        for id in ids {
            try update.execute(arguments: [run.text, now.microseconds, id, state.rawValue])
            if database.changesCount == 1 {
                leased += try documents(database, where: "documents.id = ?", [id])
            }
        }
        return leased
    }

    /// Records changes; those whose document is in none of the expected states are left out of the result.
    public func record(_ changes: [DocumentChange], by who: String, now: Instant) throws(StoreError) -> [Int64] {
        if changes.isEmpty { return [] }
        return try write { database in
            try changes.filter { try Self.apply($0, by: who, now: now, in: database) }.map(\.id)
        }
    }

    private static func apply(
        _ change: DocumentChange, by who: String, now: Instant, in database: Database
    ) throws -> Bool {
        let states = change.from.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        try database.cachedStatement(
            sql: """
                UPDATE documents SET state = ?, not_before = coalesce(?, not_before), cause = ?, cause_code = ?,
                  receipt = coalesce(?, receipt), discard = coalesce(?, discard), changed_at = ?
                WHERE id = ? AND state IN (\(states))
                """
        ).execute(arguments: [
            change.to.rawValue, change.notBefore?.microseconds, change.cause, change.causeCode, change.receipt,
            change.discard?.rawValue, now.microseconds, change.id,
        ])
        guard database.changesCount == 1 else { return false }
        if let attempt = change.attempt { try put(attempt, of: change.id, in: database) }
        if change.attempt == nil || change.to.isFinalByPerson {
            // A decision without an attempt is a person's or a look-up's: it is kept, and its sum is judged once more.
            try audit(who: who, verb: change.to.rawValue, subject: "document \(change.id)", detail: change.cause, now: now, in: database)
        }
        if !change.to.isInDoubt {
            // What was in doubt is decided: a later total that waited for it can go on (RULES R15a).
            try database.cachedStatement(
                sql: """
                    UPDATE sums SET is_changed = 1 WHERE is_changed = 0 AND id = (SELECT sum FROM documents WHERE id = ?)
                      AND (? OR EXISTS (SELECT 1 FROM documents AS n WHERE n.sum = sums.id AND n.purpose != 'post'))
                    """
            ).execute(arguments: [change.id, change.to == .discarded])
        }
        return true
    }

    private static func put(_ attempt: Attempt, of id: Int64, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO attempts(document, run, started_at, ended_at, outcome, status, receipt, sentence, answer)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            id, attempt.run.text, attempt.startedAt.microseconds, attempt.endedAt.microseconds,
            attempt.delivery.outcome.word, attempt.delivery.status, attempt.delivery.receipt, attempt.delivery.sentence,
            Data(attempt.delivery.answer),
        ])
    }

    /// The attempts of a document, oldest first. By index attempts_by_document.
    public func attempts(of id: Int64) throws(StoreError) -> [Attempt] {
        try read { database in
            let sql = """
                SELECT run, started_at, ended_at, outcome, status, receipt, sentence, answer FROM attempts
                WHERE document = ? ORDER BY id
                """
            return try Row.fetchAll(database, sql: sql, arguments: [id]).map { row in
                guard let outcome = Outcome(word: row[3]) else { throw StoreError.corrupt("an outcome reads '\(row[3] as String)'") }
                let status: Int? = row[4]
                return Attempt(
                    run: RunID(row[0]), startedAt: Instant(row[1]), endedAt: Instant(row[2]),
                    delivery: Delivery(
                        outcome, receipt: row[5], status: status, sentence: row[6], answer: Array(row[7] as Data)))
            }
        }
    }

    /// Counts by request, state and cause.
    public func counts() throws(StoreError) -> [QueueCount] {
        try read { database in
            let sql = """
                SELECT endpoint, request, state, cause_code, count(*), min(id), min(changed_at) FROM documents
                GROUP BY endpoint, request, state, cause_code ORDER BY endpoint, request, state, cause_code
                """
            return try Row.fetchAll(database, sql: sql).map { row in
                let oldest = try Row.fetchOne(
                    database, sql: "SELECT key, cause FROM documents WHERE id = ?", arguments: [row[5] as Int64])
                return QueueCount(
                    request: RequestID(EndpointID(row[0]), RequestName(row[1])), state: try word(row[2], DocumentState.self),
                    causeCode: row[3], count: row[4], oldestKey: oldest?[0] ?? "", since: Instant(row[6]),
                    cause: oldest?[1] ?? "")
            }
        }
    }

    /// The endpoint's health.
    public func health(of endpoint: EndpointID) throws(StoreError) -> EndpointHealth {
        try read { database in
            let sql = """
                SELECT held_until, held_since, cause, cause_code, failures, was_off, discard_before FROM endpoint_health
                WHERE endpoint = ?
                """
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [endpoint.text]) else { return EndpointHealth() }
            let (until, since, before): (Int64?, Int64?, Int64?) = (row[0], row[1], row[6])
            return EndpointHealth(
                heldUntil: until.map(Instant.init(_:)), heldSince: since.map(Instant.init(_:)), cause: row[2],
                causeCode: row[3], failures: row[4], wasOff: row[5], discardBefore: before.map(Instant.init(_:)))
        }
    }

    /// Records the endpoint's health.
    public func setHealth(
        _ health: EndpointHealth, of endpoint: EndpointID, by who: String, now: Instant
    ) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO endpoint_health(endpoint, held_until, held_since, cause, cause_code, failures, was_off,
                      discard_before) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT(endpoint) DO UPDATE SET held_until = excluded.held_until, held_since = excluded.held_since,
                      cause = excluded.cause, cause_code = excluded.cause_code, failures = excluded.failures,
                      was_off = excluded.was_off, discard_before = excluded.discard_before
                    """,
                arguments: [
                    endpoint.text, health.heldUntil?.microseconds, health.heldSince?.microseconds, health.cause,
                    health.causeCode, health.failures, health.wasOff, health.discardBefore?.microseconds,
                ])
            try Self.audit(
                who: who, verb: health.heldUntil == nil ? "endpoint-released" : "endpoint-held",
                subject: "endpoint \(endpoint)", detail: health.cause, now: now, in: database)
        }
    }

    /// The number of the newest document.
    public func lastNumber() throws(StoreError) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM documents") ?? 0 }
    }

    static func audit(
        who: String, verb: String, subject: String, detail: String, now: Instant, in database: Database
    ) throws {
        try database.cachedStatement(sql: "INSERT INTO audit(at, who, verb, subject, detail) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [now.microseconds, who, verb, subject, detail])
    }
}

extension DocumentState {
    /// Whether a person put it there for good.
    fileprivate var isFinalByPerson: Bool { self == .discarded }
}
