import GRDB
public import MillraceCore
import MillraceValues

extension SQLiteStore {
    /// Lets go of old readings and snapshots, never of what is not settled (RULES R6).
    public func prune(_ retention: Retention) throws(StoreError) -> PruneReport {
        let (dropped, _) = try blocksToDrop(retention)
        var report = PruneReport(blocks: dropped.count)
        for start in stride(from: 0, to: dropped.count, by: Self.rowsTogether) {
            let chunk = dropped[start..<min(start + Self.rowsTogether, dropped.count)]
            try write { database in
                let delete = try database.cachedStatement(sql: "DELETE FROM readings WHERE id = ?")
                for block in chunk { try delete.execute(arguments: [block.id]) }
                try Self.notePruned(Array(chunk), in: database)
            }
            report.bytes += chunk.reduce(0) { $0 + $1.bytes }
        }
        report.snapshots = try pruneSnapshots(retention)
        return report
    }

    /// How many rows go in one transaction.
    private static var rowsTogether: Int { 200 }

    /// Notes up to when readings went: nothing before can be worked on again (RULES R28).
    private static func notePruned(_ blocks: [BlockSize], in database: Database) throws {
        for (connector, dropped) in Dictionary(grouping: blocks, by: \.connector) {
            let name = prunedNote(connector)
            let known = try String.fetchOne(database, sql: "SELECT text FROM notes WHERE name = ?", arguments: [name])
            let last = max(known.flatMap { Int64($0) } ?? .min, dropped.map(\.last).max() ?? .min)
            try setNote(name, String(last), in: database)
        }
    }

    /// A kept block, without its readings.
    private struct BlockSize {
        var id: Int64
        var connector: String
        var first: Int64
        var last: Int64
        var bytes: Int64
    }

    /// The blocks that go, oldest first, and the bytes that stay.
    private func blocksToDrop(_ retention: Retention) throws(StoreError) -> (dropped: [BlockSize], kept: Int64) {
        try read { database in
            var dropped: [BlockSize] = []
            var free: [BlockSize] = []
            var kept: Int64 = 0
            for connector in try String.fetchAll(database, sql: "SELECT DISTINCT connector FROM readings") {
                let needed = try Self.neededSince(connector, in: database)
                let waiting = try Self.waitingStretches(connector, in: database)
                let settled = try Self.settledBefore(connector, retention, in: database)
                for block in try Self.blockSizes(connector, in: database) {
                    let isFree =
                        block.last < needed && block.last < settled
                        && !waiting.contains { $0.start <= block.last && block.first < $0.end }
                    if isFree, block.last < retention.readingsOlderThan.microseconds {
                        dropped.append(block)
                    } else {
                        kept += block.bytes
                        if isFree { free.append(block) }
                    }
                }
            }
            guard let limit = retention.atMostBytes else { return (dropped, kept) }
            for block in free.sorted(by: { ($0.last, $0.id) < ($1.last, $1.id) }) where kept > limit {
                dropped.append(block)
                kept -= block.bytes
            }
            return (dropped, kept)
        }
    }

    private static func blockSizes(_ connector: String, in database: Database) throws -> [BlockSize] {
        // `length` of a BLOB reads its header only, not the block.
        let sql = """
            SELECT id, coalesce(first_instant, pulled_at), coalesce(last_instant, pulled_at), length(block) FROM readings
            WHERE connector = ? ORDER BY 3, id
            """
        return try Row.fetchAll(database, sql: sql, arguments: [connector]).map {
            BlockSize(id: $0[0], connector: connector, first: $0[1], last: $0[2], bytes: $0[3])
        }
    }

    /// Before here nothing of the connector is worked on again: no reading that is put in its place can come any more.
    private static func settledBefore(
        _ connector: String, _ retention: Retention, in database: Database
    ) throws -> Int64 {
        let recent = retention.recent.microseconds
        guard let settling = retention.settling,
            let through = try Int64.fetchOne(
                database, sql: "SELECT pulled_through FROM cursors WHERE connector = ?", arguments: [connector])
        else { return recent }
        return min(recent, (Instant(through) - settling).microseconds)
    }

    /// Readings from here on are needed: behind the snapshots that dirty and due streams are worked on from, and from the first fact
    /// that is not folded yet.
    private static func neededSince(_ connector: String, in database: Database) throws -> Int64 {
        let open = """
            SELECT mapping, equipment, min(coalesce(dirty_from, due), coalesce(due, dirty_from)) AS since FROM streams
            WHERE connector = ?1 AND (due IS NOT NULL OR dirty_from IS NOT NULL)
            """
        let snapshots = try Int64.fetchOne(
            database,
            sql: """
                SELECT min(coalesce((SELECT max(at) FROM snapshots AS s WHERE s.connector = ?1 AND s.mapping = o.mapping
                  AND s.equipment = o.equipment AND s.at <= o.since), ?2)) FROM (\(open)) AS o
                """,
            arguments: [connector, Int64.min])
        let unfolded = try Int64.fetchOne(
            database,
            sql: """
                WITH folded(id) AS
                  (SELECT coalesce((SELECT CAST(text AS INTEGER) FROM notes WHERE name = 'folded-through'), 0))
                SELECT min(start) FROM (SELECT start FROM facts, folded WHERE facts.id > folded.id
                  UNION ALL SELECT first_start FROM fact_blocks, folded WHERE last_id > folded.id
                    AND first_id >= coalesce((SELECT max(first_id) FROM fact_blocks WHERE first_id <= folded.id), 0))
                """)
        return min(snapshots ?? .max, unfolded ?? .max)
    }

    /// Where facts of the connector lie that wait for an order or a decision. By the partial index facts_waiting.
    private static func waitingStretches(
        _ connector: String, in database: Database
    ) throws -> [(start: Int64, end: Int64)] {
        let sql = """
            SELECT start, coalesce("end", start + 1) FROM facts JOIN versions ON versions.id = facts.version
            WHERE waits = 1 AND versions.mapping IN (SELECT mapping FROM streams WHERE connector = ?) ORDER BY start
            """
        var merged: [(start: Int64, end: Int64)] = []
        for row in try Row.fetchAll(database, sql: sql, arguments: [connector]) {
            let (start, end): (Int64, Int64) = (row[0], row[1])
            if let last = merged.last, start <= last.end {
                merged[merged.count - 1].end = max(last.end, end)
            } else {
                merged.append((start, end))
            }
        }
        return merged
    }

    /// Lets snapshots go that are not recent: all but the first of each production day, and those that no reading is kept behind,
    /// but for the newest of them. By index snapshots_by_at, which holds all that is asked for.
    private func pruneSnapshots(_ retention: Retention) throws(StoreError) -> Int {
        let dropped = try read { database in
            var (oldest, settled): ([String: Int64], [ConnectorID: Int64]) = ([:], [:])
            let kept = "SELECT connector, min(coalesce(first_instant, pulled_at)) FROM readings GROUP BY connector"
            for row in try Row.fetchAll(database, sql: kept) { oldest[row[0]] = row[1] }
            let sql = "SELECT connector, mapping, equipment, at FROM snapshots WHERE at < ? ORDER BY at"
            var dropped: [(id: StreamID, at: Int64)] = []
            var days: [StreamID: Instant] = [:]
            var before: [StreamID: Int64] = [:]
            let rows = try Row.fetchCursor(database, sql: sql, arguments: [retention.recent.microseconds])
            while let row = try rows.next() {
                let id = StreamID(connector: ConnectorID(row[0]), mapping: MappingName(row[1]), equipment: row[2])
                let at: Int64 = row[3]
                let border = try settled[id.connector] ?? Self.settledBefore(id.connector.text, retention, in: database)
                settled[id.connector] = border
                if at >= border { continue }
                let day = retention.dayStart(Instant(at))
                // At or before the oldest reading only the newest is of use: the stream is worked on from there.
                if at <= oldest[id.connector.text] ?? .max {
                    if let earlier = before.updateValue(at, forKey: id) { dropped.append((id, earlier)) }
                    days[id] = day
                } else if days.updateValue(day, forKey: id) == day {
                    dropped.append((id, at))
                }
            }
            return dropped
        }
        for start in stride(from: 0, to: dropped.count, by: Self.rowsTogether) {
            try write { database in
                let delete = try database.cachedStatement(
                    sql: "DELETE FROM snapshots WHERE connector = ? AND mapping = ? AND equipment = ? AND at = ?")
                for (id, at) in dropped[start..<min(start + Self.rowsTogether, dropped.count)] {
                    try delete.execute(arguments: [id.connector.text, id.mapping.text, id.equipment, at])
                }
            }
        }
        return dropped.count
    }
}
