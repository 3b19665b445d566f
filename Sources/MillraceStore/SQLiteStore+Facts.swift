// Hot path: every fact is recorded and folded here. Guarded by `script/bench`.

import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore {
    /// The newest revision of every fact of the mapping and equipment that starts at `instant` or later.
    public func facts(
        of mapping: MappingName, equipment: String, since instant: Instant
    ) throws(StoreError) -> [FactRevision] {
        try read { database in
            let sql = """
                SELECT \(Self.factColumns) FROM facts JOIN versions ON versions.id = facts.version
                JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                WHERE start >= ? AND equipment = ? AND versions.mapping = ? ORDER BY facts.id
                """
            var found = try Row.fetchAll(
                database, sql: sql, arguments: [instant.microseconds, equipment, mapping.text]
            ).map(Self.fact)
            try Self.eachBlock(database, where: "last_start >= ?", [instant.microseconds]) { facts in
                found += facts.filter {
                    $0.fact.start >= instant && $0.fact.equipment == equipment && $0.fact.mapping == mapping
                }
            }
            return Self.newest(found.sorted { $0.id < $1.id })
        }
    }

    /// The newest revision of every fact that waits for its order. By the partial index facts_waiting.
    public func unattributedFacts() throws(StoreError) -> [FactRevision] {
        try read { database in
            let sql = """
                SELECT \(Self.factColumns) FROM facts JOIN versions ON versions.id = facts.version
                JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                WHERE waits = 1 AND standing = 'unattributed' ORDER BY facts.id
                """
            return try Row.fetchAll(database, sql: sql).map(Self.fact)
        }
    }

    /// Up to `limit` recorded facts behind `id`, in the order of recording; the last block among them whole.
    public func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision] {
        try read { database in
            var result: [FactRevision] = []
            var position = id
            while result.count < limit {
                let next = try Self.nextFacts(after: position, limit: limit - result.count, in: database)
                guard let last = next.last else { break }
                position = last.id
                result += next
            }
            return result
        }
    }

    /// The rows before the next block, or that block.
    private static func nextFacts(after id: Int64, limit: Int, in database: Database) throws -> [FactRevision] {
        let block = try Int64.fetchOne(
            try database.cachedStatement(
                sql: """
                    SELECT first_id FROM fact_blocks
                    WHERE first_id >= coalesce((SELECT max(first_id) FROM fact_blocks WHERE first_id <= ?1), 0)
                      AND last_id > ?1 ORDER BY first_id LIMIT 1
                    """),
            arguments: [id])
        if let block, block <= id + 1 { return try blockFacts(block, after: id, in: database) }
        let sql = """
            SELECT \(factColumns) FROM facts JOIN versions ON versions.id = facts.version
            JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
            WHERE facts.id > ? AND facts.id < ? ORDER BY facts.id LIMIT ?
            """
        var rows: [FactRevision] = []
        let found = try Row.fetchCursor(
            try database.cachedStatement(sql: sql), arguments: [id, block ?? .max, limit])
        while let row = try found.next() { rows.append(try fact(row)) }
        if rows.isEmpty, let block { return try blockFacts(block, after: id, in: database) }
        return rows
    }

    private static func blockFacts(_ first: Int64, after id: Int64, in database: Database) throws -> [FactRevision] {
        var result: [FactRevision] = []
        try eachBlock(database, where: "first_id = ?", [first]) { result = $0 }
        return first > id ? result : result.filter { $0.id > id }
    }

    /// Of several revisions of one fact only the last.
    private static func newest(_ revisions: [FactRevision]) -> [FactRevision] {
        var result: [FactRevision] = []
        var places: [Fact.Identity: Int] = [:]
        for revision in revisions {
            if let place = places[revision.fact.identity] {
                result[place] = revision
            } else {
                places[revision.fact.identity] = result.count
                result.append(revision)
            }
        }
        return result
    }

    static let factColumns = """
        facts.id, kind, versions.mapping, versions.version, equipment, start, "end", "order", operation, material, shift,
        production_day, standing, rule, good, scrap, rework, change_good, change_scrap, change_rework, marks, class, reason,
        is_withdrawn, first.source, first_position, last.source, last_position, pieces, revision
        """

    /// The fact in a row of `factColumns`.
    static func fact(_ row: Row) throws -> FactRevision {
        guard let day = CivilDate(row[11] as String) else { throw StoreError.corrupt("a production day is no date") }
        let first = Place(source: row[24], position: row[25])
        let last = Place(source: row[26], position: row[27])
        let end: Int64? = row[6]
        let marks = try Set(
            ((row[20] as String?) ?? "").split(separator: " ").map { try word(String($0), FactMark.self) })
        let fact: Fact
        if try word(row[1], FactKind.self) == .downtime {
            fact = .downtime(
                Downtime(
                    mapping: MappingName(row[2]), version: row[3], equipment: row[4], start: Instant(row[5]),
                    end: end.map(Instant.init(_:)), class: try word(row[21], DowntimeClass.self), reason: row[22],
                    order: row[7], shift: row[10], productionDay: day, isWithdrawn: row[23],
                    standing: try word(row[12], Standing.self), rule: row[13], marks: marks, first: first, last: last))
        } else {
            let pieces: String? = row[28]
            fact = .count(
                ProductionCount(
                    mapping: MappingName(row[2]), version: row[3], equipment: row[4], start: Instant(row[5]),
                    end: Instant(end ?? 0), order: row[7], operation: row[8], material: row[9], shift: row[10],
                    productionDay: day, standing: try word(row[12], Standing.self), rule: row[13],
                    amounts: try Amounts(row, 14),
                    marks: marks, first: first, last: last, pieces: try pieces.map(WaitingPiece.list) ?? []))
        }
        return FactRevision(id: row[0], fact: fact, revision: row[29], change: try Amounts(row, 17))
    }

    /// Records one fact.
    static func put(_ write: FactWrite, _ writing: Writing) throws {
        switch write {
        case .fresh(let fact): try insert(.count(fact), revision: 1, change: fact.amounts, writing)
        case .add(var fact):
            guard let known = try recorded(.count(fact), writing), case .count(let before) = known.fact
            else {
                return try insert(.count(fact), revision: 1, change: fact.amounts, writing)
            }
            let change = fact.amounts
            fact.amounts = try before.amounts.adding(change)
            fact.marks.formUnion(before.marks)
            // By place and instant, never by arrival: rows come in any order (RULES R19).
            if !fact.first.precedes(before.first) { fact.first = before.first }
            if fact.last.precedes(before.last) { fact.last = before.last }
            fact.pieces = (before.pieces + fact.pieces).sorted { $0.instant < $1.instant }
            if before.standing.waits { try endWaiting(known.id, in: writing.database) }
            try insert(.count(fact), revision: known.revision + 1, change: change, writing)
        case .set(let fact):
            guard let known = try recorded(.count(fact), writing), case .count(let before) = known.fact
            else {
                return try insert(.count(fact), revision: 1, change: fact.amounts, writing)
            }
            if before.saysTheSame(as: fact) { return }
            let change = try fact.amounts.subtracting(before.amounts)
            if before.standing.waits { try endWaiting(known.id, in: writing.database) }
            try insert(.count(fact), revision: known.revision + 1, change: change, writing)
        case .interval(let fact):
            let known = try recorded(.downtime(fact), writing)
            if let known, case .downtime(let before) = known.fact, before.saysTheSame(as: fact) { return }
            if known == nil, fact.isWithdrawn { return }
            if let known, known.fact.standing.waits { try endWaiting(known.id, in: writing.database) }
            try insert(.downtime(fact), revision: (known?.revision ?? 0) + 1, change: .zero, writing)
        }
    }

    /// A newer revision takes the place of one that waits: only the newest is retried.
    private static func endWaiting(_ id: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "UPDATE facts SET waits = NULL WHERE id = ?").execute(arguments: [id])
    }

    /// The newest revision of the same fact; nil where there is none. By index facts_by_start, then among the blocks.
    private static func recorded(_ fact: Fact, _ writing: Writing) throws -> FactRevision? {
        let select = try writing.database.cachedStatement(
            sql: """
                SELECT \(factColumns) FROM facts JOIN versions ON versions.id = facts.version
                JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                WHERE start = ? AND equipment = ? AND versions.mapping = ? ORDER BY facts.id DESC
                """)
        let rows = try Row.fetchCursor(select, arguments: [fact.start.microseconds, fact.equipment, fact.mapping.text])
        let identity = fact.identity
        while let row = try rows.next() {
            let known = try self.fact(row)
            if known.fact.identity == identity { return known }
        }
        // A later revision is never in a block.
        if case .count(let count) = fact { return try inBlock(count, writing) }
        return nil
    }

    private static func insert(
        _ fact: Fact, revision: Int, change: Amounts, _ writing: Writing
    ) throws {
        let id = try writing.nextFact()
        try writing.row(.fact) { row in
            row.bind(id)
            row.bind(fact.kind.rawValue)
            switch fact {
            case .count(let count): try bind(count, revision: revision, change: change, to: row, writing)
            case .downtime(let interval): try bind(interval, revision: revision, to: row, writing)
            }
        }
    }

    private static func bind(
        _ count: ProductionCount, revision: Int, change: Amounts, to row: HotStatement, _ writing: Writing
    ) throws {
        row.bind(try writing.version(count.mapping, count.version))
        row.bind(count.equipment)
        row.bind(count.start.microseconds)
        row.bind(count.end.microseconds)
        row.bind(count.order)
        row.bind(count.operation)
        row.bind(count.material)
        row.bind(count.shift)
        row.bind(count.productionDay.description)
        row.bind(count.standing.rawValue)
        row.bind(count.rule)
        row.bind(count.amounts)
        row.bind(change)
        row.bind(count.marks.isEmpty ? nil : count.marks.map(\.rawValue).sorted().joined(separator: " "))
        row.bindNull(3)
        row.bind(try writing.source(count.first.source))
        row.bind(count.first.position)
        row.bind(try writing.source(count.last.source))
        row.bind(count.last.position)
        row.bind(count.pieces.isEmpty ? nil : WaitingPiece.text(count.pieces))
        row.bind(Int64(revision))
        row.bind(count.standing.waits && !count.amounts.isZero ? Int64(1) : nil)
    }

    private static func bind(
        _ interval: Downtime, revision: Int, to row: HotStatement, _ writing: Writing
    ) throws {
        row.bind(try writing.version(interval.mapping, interval.version))
        row.bind(interval.equipment)
        row.bind(interval.start.microseconds)
        row.bind(interval.end?.microseconds)
        row.bind(interval.order)
        row.bindNull(2)
        row.bind(interval.shift)
        row.bind(interval.productionDay.description)
        row.bind(interval.standing.rawValue)
        row.bind(interval.rule)
        row.bindNull(6)
        row.bind(interval.marks.isEmpty ? nil : interval.marks.map(\.rawValue).sorted().joined(separator: " "))
        row.bind(interval.class.rawValue)
        row.bind(interval.reason)
        row.bind(interval.isWithdrawn ? Int64(1) : Int64(0))
        row.bind(try writing.source(interval.first.source))
        row.bind(interval.first.position)
        row.bind(try writing.source(interval.last.source))
        row.bind(interval.last.position)
        row.bindNull()
        row.bind(Int64(revision))
        row.bind(interval.standing.waits && !interval.isWithdrawn ? Int64(1) : nil)
    }
}

extension FactWrite {
    /// Whether the fact is recorded in a block.
    var isInBlock: Bool { if case .fresh(let fact) = self { FactBlockWriter.holds(fact) } else { false } }
}

extension Place {
    fileprivate func precedes(_ other: Place) -> Bool { (source, position) < (other.source, other.position) }
}

extension Standing {
    /// Whether its amount waits for a table, a signal or a person.
    fileprivate var waits: Bool { self == .unattributed || self == .unconfirmed }
}

extension WaitingPiece {
    /// The pieces as JSON.
    static func text(_ pieces: [WaitingPiece]) -> String {
        JSONWriter.text(
            .array(
                pieces.map { piece in
                    var object = ValueObject()
                    object["instant"] = .number(ExactDecimal(piece.instant.microseconds))
                    for quantity in CountedQuantity.allCases {
                        object[quantity.rawValue] = .number(piece.amounts[quantity])
                    }
                    object["signals"] = .object(piece.signals)
                    if let since = piece.since { object["since"] = .number(ExactDecimal(since.microseconds)) }
                    return .object(object)
                }))
    }

    /// The pieces that `text` wrote.
    static func list(_ text: String) throws -> [WaitingPiece] {
        try (Value(column: text).array ?? []).map { piece in
            guard let instant = piece["instant"]?.decimal?.integer, let signals = piece["signals"]?.object else {
                throw StoreError.corrupt("a waiting piece is damaged")
            }
            return WaitingPiece(
                instant: Instant(microseconds: instant),
                since: piece["since"]?.decimal?.integer.map { Instant(microseconds: $0) },
                amounts: Amounts(
                    good: piece["good"]?.decimal ?? .zero, scrap: piece["scrap"]?.decimal ?? .zero,
                    rework: piece["rework"]?.decimal ?? .zero),
                signals: signals)
        }
    }
}
