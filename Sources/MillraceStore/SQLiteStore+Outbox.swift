import Foundation
import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: Outbox {
    /// Records changes; those whose document is in none of the expected states are left out of the result.
    public func record(_ changes: [DocumentChange], by who: String, now: Instant) throws(StoreError) -> [Int64] {
        if changes.isEmpty { return [] }
        return try write { database in
            try changes.filter { try Self.apply($0, by: who, now: now, in: database) }.map(\.id)
        }
    }

    static func apply(
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
        if change.from.contains(.parked), change.to == .queued { try lineUp(change.id, in: database) }
        if change.from.contains(.unknown) || (change.from.contains(.queued) && change.to.isInDoubt) {
            try putInLine(change.id, in: database)
        }
        if change.forbidsRepeat {
            try database.cachedStatement(sql: "UPDATE documents SET must_not_repeat = 1 WHERE id = ?").execute(
                arguments: [change.id])
        }
        if let attempt = change.attempt { try put(attempt, of: change.id, in: database) }
        if change.attempt == nil {
            // A decision without an attempt is a person's, a look-up's or a stop's: it is kept.
            try audit(
                who: who, verb: change.to.rawValue, subject: "document \(change.id)", detail: change.cause, now: now,
                in: database)
        }
        try judgeAgain(after: change, in: database)
        return true
    }

    /// Marks the sum changed where this change of a document may have opened a difference that nothing waiting closes.
    ///
    /// A sum that waits because something was in doubt (RULES R15a) is still marked from before, so a doubt that ends needs no mark.
    /// A plain post that is done (the hot path) closes what it was made for. What is left: a document put away, and the last done of
    /// a correction (RULES R15f) — only the last, for while a part of it is parked the sum would be corrected in circles.
    private static func judgeAgain(after change: DocumentChange, in database: Database) throws {
        switch change.to {
        case .discarded, .superseded:
            try standAlone(change.id, Writing(database))
            try database.cachedStatement(
                sql: "UPDATE sums SET is_changed = 1 WHERE id = (SELECT sum FROM documents WHERE id = ?)"
            ).execute(arguments: [change.id])
        case .done where change.from.contains(.done):
            // It was given its receipt: what could not be sent without is made anew.
            try database.cachedStatement(
                sql: "UPDATE sums SET is_changed = 1 WHERE id = (SELECT sum FROM documents WHERE id = ?)"
            ).execute(arguments: [change.id])
        case .done:
            try database.cachedStatement(
                sql: """
                    UPDATE sums SET is_changed = 1
                    WHERE id = (SELECT sum FROM documents WHERE id = ?) AND revision > 1 AND is_changed = 0
                      AND EXISTS (SELECT 1 FROM documents AS n WHERE n.sum = sums.id AND n.purpose != 'post')
                      AND NOT EXISTS (SELECT 1 FROM documents AS n WHERE n.sum = sums.id
                        AND n.state IN ('queued', 'leased', 'accepted', 'unknown', 'parked'))
                    """
            ).execute(arguments: [change.id])
        case .queued, .leased, .accepted, .unknown, .parked: break
        }
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
                guard let outcome = Outcome(word: row[3]) else {
                    throw StoreError.corrupt("an outcome reads '\(row[3] as String)'")
                }
                let status: Int? = row[4]
                return Attempt(
                    run: RunID(row[0]), startedAt: Instant(row[1]), endedAt: Instant(row[2]),
                    delivery: Delivery(
                        outcome, receipt: row[5], status: status, sentence: row[6], answer: Array(row[7] as Data)))
            }
        }
    }

    /// Counts of what is not final. By the partial indexes of live and parked documents, and behind the mark for fresh ones: finished
    /// ones are never read.
    public func counts() throws(StoreError) -> [QueueCount] {
        try read { database in
            let fresh = "SELECT * FROM documents WHERE id > \(try Self.freshAfter(nil, in: database)) AND is_fresh = 1"
            return try Self.counts(
                in: "SELECT * FROM documents WHERE \(Self.isLive) UNION ALL \(fresh) AND state = 'queued' "
                    + "UNION ALL SELECT * FROM documents WHERE state = 'parked'", database)
        }
    }

    /// Counts of what needs a person or a look-up. By the partial indexes of live and parked documents.
    public func stuck() throws(StoreError) -> [QueueCount] {
        try read { database in
            try Self.counts(
                in: "SELECT * FROM documents WHERE \(Self.isLive) "
                    + "AND (state = 'unknown' OR (state = 'queued' AND cause_code = 'business-hold')) "
                    + "UNION ALL SELECT * FROM documents WHERE state = 'parked'", database)
        }
    }

    private static func counts(in documents: String, _ database: Database) throws -> [QueueCount] {
        let sql = """
            SELECT endpoint, request, state, cause_code, count(*), min(id), min(changed_at) FROM (\(documents))
            GROUP BY endpoint, request, state, cause_code ORDER BY endpoint, request, state, cause_code
            """
        return try Row.fetchAll(database, sql: sql).map { row in
            let oldest = try Row.fetchOne(
                database, sql: "SELECT key, cause FROM documents WHERE id = ?", arguments: [row[5] as Int64])
            return QueueCount(
                request: RequestID(EndpointID(row[0]), RequestName(row[1])),
                state: try word(row[2], DocumentState.self),
                causeCode: row[3], count: row[4], oldestKey: oldest?[0] ?? "", since: Instant(row[6]),
                cause: oldest?[1] ?? "")
        }
    }

    /// The endpoint's health.
    public func health(of endpoint: EndpointID) throws(StoreError) -> EndpointHealth {
        try read { database in
            let sql = """
                SELECT held_until, held_since, cause, cause_code, failures, was_off, discard_before FROM endpoint_health
                WHERE endpoint = ?
                """
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [endpoint.text]) else {
                return EndpointHealth()
            }
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
