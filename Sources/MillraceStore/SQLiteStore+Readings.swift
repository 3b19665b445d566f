import Foundation
import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: ReadingStore {
    /// The connector's cursor; an empty one before its first page.
    public func cursor(of connector: ConnectorID) throws(StoreError) -> StoredCursor {
        try read { database in
            let sql = "SELECT position, pulled_through, largest_event_time FROM cursors WHERE connector = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [connector.text]) else {
                return StoredCursor()
            }
            let position: String? = row[0]
            let (through, largest): (Int64?, Int64?) = (row[1], row[2])
            return StoredCursor(
                position: try position.map { try Value(column: $0) }, pulledThrough: through.map(Instant.init(_:)),
                largestEventTime: largest.map(Instant.init(_:)))
        }
    }

    /// What a reading mapping carries from row to row.
    public func mappingState(of connector: ConnectorID, mapping: MappingName) throws(StoreError) -> Value? {
        try read { database in
            let sql = "SELECT state FROM mapping_states WHERE connector = ? AND mapping = ?"
            return try String.fetchOne(database, sql: sql, arguments: [connector.text, mapping.text])
                .map { try Value(column: $0) }
        }
    }

    /// The stream's record; nil where it has never been seen.
    public func stream(_ id: StreamID) throws(StoreError) -> StreamRecord? {
        try read { database in
            let select = try database.cachedStatement(
                sql: "SELECT state, due, dirty_from FROM streams WHERE connector = ? AND mapping = ? AND equipment = ?")
            return try Row.fetchOne(select, arguments: [id.connector.text, id.mapping.text, id.equipment])
                .map { Self.streamRecord($0, 0) }
        }
    }

    private static func streamRecord(_ row: Row, _ index: Int) -> StreamRecord {
        let state: [UInt8] = Array(row[index] as Data)
        let (due, dirty): (Int64?, Int64?) = (row[index + 1], row[index + 2])
        return StreamRecord(state: state, due: due.map(Instant.init(_:)), dirtyFrom: dirty.map(Instant.init(_:)))
    }

    /// The streams of the connector that have something due up to `instant`, or that are dirty.
    public func pendingStreams(
        of connector: ConnectorID, through instant: Instant
    ) throws(StoreError) -> [(StreamID, StreamRecord)] {
        try read { database in
            // Two partial indexes, by name, for SQLite would rather read every stream: nothing is read where nothing is open.
            let sql = """
                SELECT mapping, equipment, state, due, dirty_from FROM streams INDEXED BY streams_due
                  WHERE connector = ?1 AND due IS NOT NULL AND due <= ?2
                UNION ALL
                SELECT mapping, equipment, state, due, dirty_from FROM streams INDEXED BY streams_dirty
                  WHERE connector = ?1 AND dirty_from IS NOT NULL AND (due IS NULL OR due > ?2)
                """
            return try Row.fetchAll(database, sql: sql, arguments: [connector.text, instant.microseconds]).map { row in
                let id = StreamID(connector: connector, mapping: MappingName(row[0]), equipment: row[1])
                return (id, Self.streamRecord(row, 2))
            }
        }
    }

    /// The equipment of every stream of the connector under the mapping.
    public func equipment(of connector: ConnectorID, mapping: MappingName) throws(StoreError) -> [String] {
        try read { database in
            try String.fetchAll(
                database, sql: "SELECT equipment FROM streams WHERE connector = ? AND mapping = ?",
                arguments: [connector.text, mapping.text])
        }
    }

    /// The reading mappings that have streams, by name.
    public func streamMappings() throws(StoreError) -> [MappingName] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT DISTINCT mapping FROM streams ORDER BY mapping")
                .map { MappingName($0) }
        }
    }

    /// Readings of the connector that waited for an instant up to `instant`.
    public func aheadReadings(of connector: ConnectorID, through instant: Instant) throws(StoreError) -> [AheadReading]
    {
        try read { database in
            let sql = """
                SELECT mapping, equipment, source, position, instant FROM ahead_readings
                WHERE connector = ? AND instant <= ? ORDER BY instant
                """
            return try Row.fetchAll(database, sql: sql, arguments: [connector.text, instant.microseconds]).map {
                AheadReading(
                    stream: StreamID(connector: connector, mapping: MappingName($0[0]), equipment: $0[1]),
                    place: Place(source: $0[2], position: $0[3]), instant: Instant($0[4]))
            }
        }
    }

    /// The mapping that counts the quantity; nil where none does yet.
    public func countingSource(of source: CountingSource) throws(StoreError) -> MappingName? {
        try read { database in
            let select = try database.cachedStatement(
                sql: "SELECT mapping FROM counting_sources WHERE equipment = ? AND quantity = ?")
            return try String.fetchOne(select, arguments: [source.equipment, source.word])
                .map { MappingName($0) }
        }
    }

    /// Which of the rows are known already.
    public func known(_ rows: [KnownRow]) throws(StoreError) -> Set<KnownRow> {
        if rows.isEmpty { return [] }
        return try read { database in
            let select = try database.cachedStatement(
                sql: "SELECT 1 FROM known_rows WHERE mapping = ? AND row_values = ?")
            return try Set(
                rows.filter { try Int.fetchOne(select, arguments: [$0.mapping.text, $0.values]) != nil })
        }
    }

    /// The newest snapshot of the stream at or before the instant.
    public func snapshot(of stream: StreamID, atOrBefore instant: Instant) throws(StoreError) -> Snapshot? {
        try read { database in
            let sql = """
                SELECT at, state FROM snapshots WHERE connector = ? AND mapping = ? AND equipment = ? AND at <= ?
                ORDER BY at DESC LIMIT 1
                """
            let arguments: StatementArguments = [
                stream.connector.text, stream.mapping.text, stream.equipment, instant.microseconds,
            ]
            return try Row.fetchOne(database, sql: sql, arguments: arguments).map {
                Snapshot(stream: stream, at: Instant($0[0]), state: Array($0[1] as Data))
            }
        }
    }

    /// Kept blocks of the connector in the order of their pull. By index readings_by_last, also those in which nothing was found.
    public func blocks(
        of connector: ConnectorID, since instant: Instant, through end: Instant, _ body: (KeptBlock) throws -> Void
    ) throws {
        let ids = try read { database in
            let sql = """
                SELECT id FROM readings WHERE connector = ?1 AND last_instant >= ?2 AND first_instant <= ?3
                UNION ALL
                SELECT id FROM readings WHERE connector = ?1 AND last_instant IS NULL AND pulled_at >= ?2 ORDER BY 1
                """
            return try Int64.fetchAll(
                database, sql: sql, arguments: [connector.text, instant.microseconds, end.microseconds])
        }
        for id in ids { if let block = try block(id) { try body(block) } }
    }

    /// Kept blocks of the connector from the one of that number on. By number: few were pulled since.
    public func blocks(of connector: ConnectorID, from id: Int64, _ body: (KeptBlock) throws -> Void) throws {
        let ids = try read { database in
            try Int64.fetchAll(
                database, sql: "SELECT id FROM readings NOT INDEXED WHERE id >= ? AND connector = ? ORDER BY id",
                arguments: [id, connector.text])
        }
        for id in ids { if let block = try block(id) { try body(block) } }
    }

    /// The kept block of that number; nil where it was let go.
    func block(_ id: Int64) throws(StoreError) -> KeptBlock? {
        try read { database in
            let sql =
                "SELECT first_instant, last_instant, pulled_at, versions, block, late_before FROM readings WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else { return nil }
            let (first, last, late): (Int64?, Int64?, Int64?) = (row[0], row[1], row[5])
            var versions: [MappingName: String] = [:]
            for (name, version) in try Value(column: row[3]).object ?? ValueObject() {
                versions[MappingName(name)] = version.text
            }
            return KeptBlock(
                id: id, batch: try ReadingBatch(block: Array(row[4] as Data)),
                firstInstant: first.map(Instant.init(_:)), lastInstant: last.map(Instant.init(_:)),
                pulledAt: Instant(row[2]), versions: versions, lateBefore: late.map(Instant.init(_:)))
        }
    }

    /// Records the step.
    public func commit(_ step: IngestStep) throws(StoreError) {
        try write { database in
            let writing = Writing(database)
            try Self.putCursor(step, in: database)
            for block in step.blocks { try Self.putBlock(block, of: step.connector, writing) }
            try Self.putStreams(step, writing)
            for (source, mapping) in step.countingSources {
                try database.cachedStatement(
                    sql: """
                        INSERT INTO counting_sources(equipment, quantity, mapping) VALUES (?, ?, ?)
                        ON CONFLICT DO UPDATE SET mapping = excluded.mapping
                        """
                ).execute(arguments: [source.equipment, source.word, mapping.text])
            }
            try Self.putAhead(step, in: database)
            for row in step.known {
                try database.cachedStatement(
                    sql: "INSERT INTO known_rows(mapping, row_values) VALUES (?, ?) ON CONFLICT DO NOTHING"
                ).execute(arguments: [row.mapping.text, row.values])
            }
            try Self.putFactBlock(step.facts, writing)
            for fact in step.facts where !fact.isInBlock { try Self.put(fact, writing) }
            try Self.putTroubles(step, in: database)
        }
    }

    private static func putCursor(_ step: IngestStep, in database: Database) throws {
        if let cursor = step.cursor {
            try database.cachedStatement(
                sql: """
                    INSERT INTO cursors(connector, position, pulled_through, largest_event_time) VALUES (?, ?, ?, ?)
                    ON CONFLICT(connector) DO UPDATE SET position = excluded.position,
                      pulled_through = excluded.pulled_through, largest_event_time = excluded.largest_event_time
                    """
            ).execute(arguments: [
                step.connector.text, cursor.position.map(JSONWriter.text), cursor.pulledThrough?.microseconds,
                cursor.largestEventTime?.microseconds,
            ])
        }
        for (mapping, state) in step.mappingStates {
            try database.cachedStatement(
                sql: """
                    INSERT INTO mapping_states(connector, mapping, state) VALUES (?, ?, ?)
                    ON CONFLICT(connector, mapping) DO UPDATE SET state = excluded.state
                    """
            ).execute(arguments: [step.connector.text, mapping.text, JSONWriter.text(state)])
        }
    }

    private static func putAhead(_ step: IngestStep, in database: Database) throws {
        for reading in step.ahead {
            try database.execute(
                sql: """
                    INSERT INTO ahead_readings(connector, mapping, equipment, source, position, instant)
                    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    step.connector.text, reading.stream.mapping.text, reading.stream.equipment, reading.place.source,
                    reading.place.position, reading.instant.microseconds,
                ])
        }
        for reading in step.arrived {
            // What it waited for has come: nobody has to look at it any more.
            try database.execute(
                sql: """
                    UPDATE set_aside SET settled_at = ? WHERE connector = ? AND source = ? AND position = ?
                      AND reason = 'ahead' AND settled_at IS NULL
                    """,
                arguments: [
                    step.now.microseconds, step.connector.text, reading.place.source, reading.place.position,
                ])
            try database.execute(
                sql: """
                    DELETE FROM ahead_readings WHERE connector = ? AND instant = ? AND mapping = ? AND source = ?
                      AND position = ?
                    """,
                arguments: [
                    step.connector.text, reading.instant.microseconds, reading.stream.mapping.text,
                    reading.place.source,
                    reading.place.position,
                ])
        }
    }

    static func putBlock(_ block: EncodedBlock, of connector: ConnectorID, _ writing: Writing) throws {
        var versions = ValueObject()
        for (name, version) in block.versions.sorted(by: { $0.key < $1.key }) {
            versions.append(name.text, .string(version))
        }
        try writing.row(.block) { row in
            row.bind(connector.text)
            row.bind(block.firstInstant?.microseconds)
            row.bind(block.lastInstant?.microseconds)
            row.bind(block.pulledAt.microseconds)
            row.bind(json: versions)
            row.bind(Int64(block.rows))
            row.bind(block.bytes)
            row.bind(block.lateBefore?.microseconds)
        }
    }

    private static func putStreams(_ step: IngestStep, _ writing: Writing) throws {
        let database = writing.database
        for (id, record) in step.streams {
            try writing.row(.stream) { row in
                row.bind(id.connector.text)
                row.bind(id.mapping.text)
                row.bind(id.equipment)
                row.bind(record.state)
                row.bind(record.due?.microseconds)
                row.bind(record.dirtyFrom?.microseconds)
            }
        }
        for (id, instant) in step.reordered where step.streams[id] == nil {
            try database.cachedStatement(
                sql: """
                    UPDATE streams SET dirty_from = min(coalesce(dirty_from, ?4), ?4)
                    WHERE connector = ?1 AND mapping = ?2 AND equipment = ?3
                    """
            ).execute(arguments: [id.connector.text, id.mapping.text, id.equipment, instant.microseconds])
        }
        for (id, instant) in step.voidSnapshots {
            try database.cachedStatement(
                sql: "DELETE FROM snapshots WHERE connector = ? AND mapping = ? AND equipment = ? AND at > ?"
            ).execute(arguments: [id.connector.text, id.mapping.text, id.equipment, instant.microseconds])
        }
        for snapshot in step.snapshots {
            try database.cachedStatement(
                sql: """
                    INSERT INTO snapshots(connector, mapping, equipment, at, state) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT(connector, mapping, equipment, at) DO UPDATE SET state = excluded.state
                    """
            ).execute(arguments: [
                snapshot.stream.connector.text, snapshot.stream.mapping.text, snapshot.stream.equipment,
                snapshot.at.microseconds, Data(snapshot.state),
            ])
        }
    }

    private static func putTroubles(_ step: IngestStep, in database: Database) throws {
        for gap in step.gaps {
            try database.execute(
                sql: """
                    INSERT INTO gaps(connector, source, from_position, to_position, start, "end", sentence, recorded_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    step.connector.text, gap.source, gap.from, gap.to, gap.start?.microseconds, gap.end?.microseconds,
                    gap.sentence, step.now.microseconds,
                ])
        }
        for row in step.setAside {
            // Met again (a held file is reported by every pull): still the same trouble, recorded once.
            try database.execute(
                sql: """
                    INSERT INTO set_aside(connector, source, position, line, field, reason, sentence, content, recorded_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    step.connector.text, row.place.source, row.place.position, row.line, row.field ?? "",
                    row.reason.rawValue,
                    row.sentence, Data(row.content), step.now.microseconds,
                ])
        }
    }
}
