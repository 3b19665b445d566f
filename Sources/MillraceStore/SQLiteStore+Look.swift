import GRDB
public import MillraceCore
import MillraceValues

extension SQLiteStore: LookStore {
    /// Facts that wait or are set aside, with what they are now. Those that wait by index facts_waiting, the others by a scan.
    public func standings() throws(StoreError) -> [StandingCount] {
        try read { database in
            var groups: [StandingKey: StandingGroup] = [:]
            for condition in ["waits = 1", "standing = 'shadowed'"] {
                let sql = """
                    SELECT standing, versions.mapping, rule, equipment, start, change_good, change_scrap, change_rework, good,
                      scrap, rework, revision, kind, is_withdrawn
                    FROM facts JOIN versions ON versions.id = facts.version WHERE \(condition)
                    """
                let rows = try Row.fetchCursor(database, sql: sql)
                while let row = try rows.next() {
                    let key = try StandingKey(row)
                    try groups[key, default: StandingGroup()].add(row, isNewest: condition == "waits = 1")
                }
            }
            return groups.filter { $0.value.facts > 0 }.map { key, group in
                StandingCount(
                    standing: key.standing, kind: key.kind, mapping: MappingName(key.mapping),
                    equipment: group.equipment.count == 1 ? group.equipment.first : nil, rule: key.rule,
                    facts: group.facts, amounts: group.amounts, since: group.since)
            }.sorted {
                ($0.standing.rawValue, $0.since, $0.mapping, $0.equipment ?? "", $0.rule) < (
                    $1.standing.rawValue, $1.since, $1.mapping, $1.equipment ?? "", $1.rule
                )
            }
        }
    }

    private struct StandingKey: Hashable {
        let standing: Standing
        let kind: FactKind
        let mapping: String
        /// Of what waits for a person, its equipment: each is a matter of its own.
        let equipment: String
        let rule: String

        init(_ row: Row) throws {
            standing = try word(row[0], Standing.self)
            kind = try word(row[12], FactKind.self)
            mapping = row[1]
            let sentence: String = row[2]
            guard standing == .unconfirmed else {
                (equipment, rule) = ("", sentence)
                return
            }
            // Behind the readings, the kind of doubt: the readings of each are in the list of the facts.
            let words = sentence.firstRange(of: ": ").map { String(sentence[$0.upperBound...]) }
            (equipment, rule) = (row[3], words ?? sentence)
        }
    }

    private struct StandingGroup {
        var facts = 0
        var amounts = Amounts.zero
        var since = Instant.distantFuture
        var equipment: Set<String> = []

        mutating func add(_ row: Row, isNewest: Bool) throws {
            let (change, now) = (try Amounts(row, 5), try Amounts(row, 8))
            if (row[12] as String) == FactKind.downtime.rawValue {
                // An interval has no amount: it is there from its first revision to the one that withdraws it.
                facts += isNewest || (row[11] as Int) == 1 ? 1 : (row[13] as Bool?) == true ? -1 : 0
            } else if isNewest {
                amounts = try amounts.adding(now)
                facts += 1
            } else {
                amounts = try amounts.adding(change)
                // A fact counts from the revision that gives it an amount to the one that takes it back.
                let before = try now.subtracting(change)
                if (row[11] as Int) == 1 || before.isZero {
                    facts += now.isZero ? 0 : 1
                } else if now.isZero {
                    facts -= 1
                }
            }
            since = min(since, Instant(row[4]))
            equipment.insert(row[3])
        }
    }

    /// Rows set aside that nobody has settled, by connector and reason.
    public func setAsideCounts() throws(StoreError) -> [SetAsideCount] {
        try read { database in
            let sql = """
                SELECT newest.connector, newest.reason, grouped.count, grouped.since, source, position, sentence, line
                FROM (SELECT max(id) AS id, count(*) AS count, min(recorded_at) AS since FROM set_aside
                  WHERE settled_at IS NULL GROUP BY connector, reason) AS grouped
                JOIN set_aside AS newest ON newest.id = grouped.id ORDER BY newest.connector, newest.reason
                """
            return try Row.fetchAll(database, sql: sql).map { row in
                SetAsideCount(
                    connector: ConnectorID(row[0]), reason: try word(row[1], SetAside.Reason.self), count: row[2],
                    since: Instant(row[3]), place: Place(source: row[4], position: row[5]), line: row[7],
                    sentence: row[6])
            }
        }
    }

    /// The newest lost stretches, newest first.
    public func gaps(limit: Int) throws(StoreError) -> [RecordedGap] {
        try read { database in
            let sql = """
                SELECT connector, source, from_position, to_position, start, "end", sentence, recorded_at FROM gaps
                ORDER BY id DESC LIMIT ?
                """
            return try Row.fetchAll(database, sql: sql, arguments: [limit]).map { row in
                let (start, end): (Int64?, Int64?) = (row[4], row[5])
                return RecordedGap(
                    connector: ConnectorID(row[0]),
                    gap: Gap(
                        source: row[1], from: row[2], to: row[3], start: start.map(Instant.init(_:)),
                        end: end.map(Instant.init(_:)), sentence: row[6]),
                    recordedAt: Instant(row[7]))
            }
        }
    }

    /// Changed sums by request. By the partial index sums_changed.
    public func openSums() throws(StoreError) -> [OpenSums] {
        try read { database in
            let sql = """
                SELECT endpoint, request, count(*), min(window_end), max(window_end) FROM sums WHERE is_changed = 1
                GROUP BY endpoint, request ORDER BY endpoint, request
                """
            return try Row.fetchAll(database, sql: sql).map { row in
                OpenSums(
                    request: RequestID(EndpointID(row[0]), RequestName(row[1])), count: row[2],
                    firstEnd: Instant(row[3]),
                    lastEnd: Instant(row[4]))
            }
        }
    }

    /// Documents in any of these states, by number.
    public func documents(
        in states: Set<DocumentState>, after id: Int64, limit: Int
    ) throws(StoreError) -> [Document] {
        try read { database in
            let list = states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
            return try Self.documents(
                database, where: "documents.id > ? AND state IN (\(list)) ORDER BY documents.id LIMIT ?", [id, limit])
        }
    }

    /// The file's size, without what waits beside it.
    ///
    /// - Units: bytes.
    public func size() throws(StoreError) -> Int64 {
        try read { database in
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return pages * (try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
        }
    }

    /// What the file holds.
    public func figures() throws(StoreError) -> StoreFigures {
        let bytes = try size()
        return try read { database in
            let tables = try String.fetchAll(
                database,
                sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            return StoreFigures(
                path: path, bytes: bytes, version: try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0,
                rows: try tables.map { table in
                    StoreFigures.Rows(
                        table: table, count: try Int64.fetchOne(database, sql: "SELECT count(*) FROM \"\(table)\"") ?? 0
                    )
                })
        }
    }
}
