import Foundation
import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: ResyncStore, SetAsideStore {
    /// The note that says up to when readings of the connector were let go.
    static func prunedNote(_ connector: String) -> String { "pruned-through/\(connector)" }

    /// The latest instant of readings of the connector that were let go.
    public func prunedThrough(of connector: ConnectorID) throws(StoreError) -> Instant? {
        try note(Self.prunedNote(connector.text)).flatMap { Int64($0) }.map(Instant.init(_:))
    }

    /// The first snapshot of the stream after the instant. By the table's key.
    public func firstSnapshot(of stream: StreamID, after instant: Instant) throws(StoreError) -> Instant? {
        try read { database in
            let sql = "SELECT min(at) FROM snapshots WHERE connector = ? AND mapping = ? AND equipment = ? AND at > ?"
            let arguments: StatementArguments = [
                stream.connector.text, stream.mapping.text, stream.equipment, instant.microseconds,
            ]
            return try Int64.fetchOne(database, sql: sql, arguments: arguments).map(Instant.init(_:))
        }
    }

    /// The newest block of each connector in the stretch, by index readings_by_last, and the newest fact, by facts_by_start and
    /// fact_blocks_by_last alone.
    public func position(
        of connectors: [ConnectorID], since: Instant, through: Instant, window: (start: Instant, end: Instant)
    ) throws(StoreError) -> BookPosition {
        try read { database in
            var position = BookPosition(blocks: [:], fact: 0)
            for connector in connectors {
                let sql = """
                    SELECT max(id) FROM (
                      SELECT id FROM readings WHERE connector = ?1 AND last_instant >= ?2 AND first_instant <= ?3
                      UNION ALL
                      SELECT id FROM readings WHERE connector = ?1 AND last_instant IS NULL AND pulled_at >= ?2)
                    """
                position.blocks[connector] = try Int64.fetchOne(
                    database, sql: sql, arguments: [connector.text, since.microseconds, through.microseconds])
            }
            let sql = """
                SELECT max(coalesce((SELECT max(id) FROM facts WHERE start >= ?1 AND start < ?2), 0),
                  coalesce((SELECT max(last_id) FROM fact_blocks WHERE last_start >= ?1 AND first_start < ?2), 0))
                """
            position.fact =
                try Int64.fetchOne(
                    database, sql: sql, arguments: [window.start.microseconds, window.end.microseconds]) ?? 0
            return position
        }
    }

    /// Windows of the stream that were worked on again, oldest first. By index resynced_by_stream.
    public func resyncedWindows(of stream: StreamID) throws(StoreError) -> [ResyncedWindow] {
        try read { database in
            let select = try database.cachedStatement(
                sql: """
                    SELECT start, "end", version FROM resynced WHERE connector = ? AND mapping = ? AND equipment = ?
                    ORDER BY id
                    """)
            let arguments: StatementArguments = [stream.connector.text, stream.mapping.text, stream.equipment]
            return try Row.fetchAll(select, arguments: arguments).map {
                ResyncedWindow(stream: stream, start: Instant($0[0]), end: Instant($0[1]), version: $0[2])
            }
        }
    }

    /// Records windows that were worked on again; older ones that lie within them are of no use any more.
    public func record(_ windows: [ResyncedWindow], now: Instant) throws(StoreError) {
        if windows.isEmpty { return }
        try write { database in
            let forget = try database.cachedStatement(
                sql: """
                    DELETE FROM resynced WHERE connector = ? AND mapping = ? AND equipment = ? AND start >= ? AND "end" <= ?
                    """)
            let keep = try database.cachedStatement(
                sql: """
                    INSERT INTO resynced(connector, mapping, equipment, start, "end", version, recorded_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            for window in windows {
                let place: StatementArguments = [
                    window.stream.connector.text, window.stream.mapping.text, window.stream.equipment,
                    window.start.microseconds, window.end.microseconds,
                ]
                try forget.execute(arguments: place)
                try keep.execute(arguments: place + [window.version, now.microseconds])
            }
        }
    }

    /// Places whose content was corrected. By the table's key.
    public func corrections(of connector: ConnectorID) throws(StoreError) -> [Place: Int64] {
        try read { database in
            var places: [Place: Int64] = [:]
            let select = try database.cachedStatement(
                sql: "SELECT source, position, block FROM corrections WHERE connector = ?")
            let rows = try Row.fetchCursor(select, arguments: [connector.text])
            while let row = try rows.next() { places[Place(source: row[0], position: row[1])] = row[2] }
            return places
        }
    }

    /// Keeps readings that a source says otherwise now.
    public func correct(_ block: KeptBlock, of connector: ConnectorID, places: [Place]) throws(StoreError) {
        try write { database in
            try Self.putBlock(EncodedBlock(block), of: connector, Writing(database))
            let number = database.lastInsertedRowID
            let keep = try database.cachedStatement(
                sql: """
                    INSERT INTO corrections(connector, source, position, block) VALUES (?, ?, ?, ?)
                    ON CONFLICT(connector, source, position) DO UPDATE SET block = excluded.block
                    """)
            for place in places {
                try keep.execute(arguments: [connector.text, place.source, place.position, number])
            }
        }
    }

    /// Has a sum booked to other fields from now on.
    public func setFields(_ fields: ValueObject, of sum: Int64) throws(StoreError) {
        try write { database in
            let number = try SumNumber.document(of: sum).map { try Self.standAlone($0, Writing(database)) } ?? sum
            try database.execute(
                sql: "UPDATE sums SET fields = ? WHERE id = ?", arguments: [JSONWriter.text(.object(fields)), number])
        }
    }

    /// Sets a connector's position as a person says it.
    public func setCursor(_ position: Value?, of connector: ConnectorID) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO cursors(connector, position) VALUES (?, ?)
                    ON CONFLICT(connector) DO UPDATE SET position = excluded.position
                    """,
                arguments: [connector.text, position.map(JSONWriter.text)])
        }
    }

    /// Rows set aside that nobody has settled, by number. By the table.
    public func setAsideRows(
        of connector: ConnectorID?, reason: SetAside.Reason?, after id: Int64, limit: Int
    ) throws(StoreError) -> [KeptSetAside] {
        try read { database in
            let sql = """
                SELECT id, connector, source, position, line, field, reason, sentence, content, recorded_at FROM set_aside
                WHERE settled_at IS NULL AND id > ?1 AND (?2 IS NULL OR connector = ?2) AND (?3 IS NULL OR reason = ?3)
                ORDER BY id LIMIT ?4
                """
            let arguments: StatementArguments = [id, connector?.text, reason?.rawValue, limit]
            return try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
                let field: String = row[5]
                return KeptSetAside(
                    id: row[0], connector: ConnectorID(row[1]),
                    row: SetAside(
                        place: Place(source: row[2], position: row[3]), line: row[4],
                        field: field.isEmpty ? nil : field, reason: try word(row[6], SetAside.Reason.self),
                        sentence: row[7], content: Array(row[8] as Data)),
                    recordedAt: Instant(row[9]))
            }
        }
    }

    /// The kept blocks of the connector that were pulled in the hour from that instant on. By a scan of the connector's rows, without
    /// their blocks.
    public func blocks(of connector: ConnectorID, pulledSince instant: Instant) throws(StoreError) -> [KeptBlock] {
        let ids = try read { database in
            try Int64.fetchAll(
                database,
                sql: "SELECT id FROM readings WHERE connector = ? AND pulled_at >= ? AND pulled_at < ? ORDER BY id",
                arguments: [connector.text, instant.microseconds, (instant + .seconds(3600)).microseconds])
        }
        var blocks: [KeptBlock] = []
        for id in ids { if let block = try block(id) { blocks.append(block) } }
        return blocks
    }

    /// Settles rows; those that are settled already stay as they are.
    public func settle(_ rows: [KeptSetAside], by who: String, reason: String, now: Instant) throws(StoreError) {
        try write { database in
            for row in rows {
                try database.execute(
                    sql: "UPDATE set_aside SET settled_at = ? WHERE id = ? AND settled_at IS NULL",
                    arguments: [now.microseconds, row.id])
                if database.changesCount == 0 { continue }
                try Self.audit(
                    who: who, verb: "set-aside", subject: "row \(row.row.place)", detail: reason, now: now, in: database
                )
            }
        }
    }

    /// Keeps what a person decided.
    public func audit(_ entry: AuditEntry) throws(StoreError) {
        try write { database in
            try Self.audit(
                who: entry.who, verb: entry.verb, subject: entry.subject, detail: entry.detail, now: entry.at,
                in: database)
        }
    }

    /// The newest decisions on the subject, newest first. By index audit_by_subject.
    public func audits(of subject: String, limit: Int) throws(StoreError) -> [AuditEntry] {
        try read { database in
            let sql = "SELECT at, who, verb, detail FROM audit WHERE subject = ? ORDER BY id DESC LIMIT ?"
            return try Row.fetchAll(database, sql: sql, arguments: [subject, limit]).map {
                AuditEntry(at: Instant($0[0]), who: $0[1], verb: $0[2], subject: subject, detail: $0[3])
            }
        }
    }
}
