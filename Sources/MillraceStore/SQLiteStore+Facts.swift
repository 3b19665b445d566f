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
            let rows = try Row.fetchCursor(
                database, sql: sql, arguments: [instant.microseconds, equipment, mapping.text])
            return try Self.newest(rows)
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

    /// Up to `limit` recorded facts behind `id`, in the order of recording.
    public func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision] {
        try read { database in
            let sql = """
                SELECT \(Self.factColumns) FROM facts JOIN versions ON versions.id = facts.version
                JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                WHERE facts.id > ? ORDER BY facts.id LIMIT ?
                """
            var result: [FactRevision] = []
            let rows = try Row.fetchCursor(
                try database.cachedStatement(sql: sql), arguments: [id, limit])
            while let row = try rows.next() { result.append(try Self.fact(row)) }
            return result
        }
    }

    /// Of several revisions of one fact only the last.
    private static func newest(_ rows: RowCursor) throws -> [FactRevision] {
        var result: [FactRevision] = []
        var places: [FactIdentity: Int] = [:]
        while let row = try rows.next() {
            let revision = try fact(row)
            if let place = places.updateValue(result.count, forKey: FactIdentity(revision.fact)) {
                result[place] = revision
                places[FactIdentity(revision.fact)] = place
            } else {
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
        let fact: Fact
        if try word(row[1], FactKind.self) == .downtime {
            fact = .downtime(
                Downtime(
                    mapping: MappingName(row[2]), version: row[3], equipment: row[4], start: Instant(row[5]),
                    end: end.map(Instant.init(_:)), class: try word(row[21], DowntimeClass.self), reason: row[22],
                    order: row[7], shift: row[10], productionDay: day, isWithdrawn: row[23], first: first, last: last))
        } else {
            let marks: String? = row[20]
            let pieces: String? = row[28]
            fact = .count(
                ProductionCount(
                    mapping: MappingName(row[2]), version: row[3], equipment: row[4], start: Instant(row[5]),
                    end: Instant(end ?? 0), order: row[7], operation: row[8], material: row[9], shift: row[10],
                    productionDay: day, standing: try word(row[12], Standing.self), rule: row[13],
                    amounts: try Amounts(row, 14),
                    marks: try Set((marks ?? "").split(separator: " ").map { try word(String($0), FactMark.self) }),
                    first: first, last: last, pieces: try pieces.map(WaitingPiece.list) ?? []))
        }
        return FactRevision(id: row[0], fact: fact, revision: row[29], change: try Amounts(row, 17))
    }

    /// Records one fact.
    static func put(_ write: FactWrite, _ writing: Writing) throws {
        switch write {
        case .fresh(let fact): try insert(.count(fact), revision: 1, change: fact.amounts, writing)
        case .add(var fact):
            guard let known = try recorded(.count(fact), in: writing.database), case .count(let before) = known.fact
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
            try endWaiting(before, known.id, in: writing.database)
            try insert(.count(fact), revision: known.revision + 1, change: change, writing)
        case .set(let fact):
            guard let known = try recorded(.count(fact), in: writing.database), case .count(let before) = known.fact
            else {
                return try insert(.count(fact), revision: 1, change: fact.amounts, writing)
            }
            if before.saysTheSame(as: fact) { return }
            let change = try fact.amounts.subtracting(before.amounts)
            try endWaiting(before, known.id, in: writing.database)
            try insert(.count(fact), revision: known.revision + 1, change: change, writing)
        case .interval(let fact):
            let known = try recorded(.downtime(fact), in: writing.database)
            if let known, case .downtime(let before) = known.fact, before.saysTheSame(as: fact) { return }
            if known == nil, fact.isWithdrawn { return }
            try insert(.downtime(fact), revision: (known?.revision ?? 0) + 1, change: .zero, writing)
        }
    }

    /// A newer revision takes the place of one that waits: only the newest is retried.
    private static func endWaiting(_ before: ProductionCount, _ id: Int64, in database: Database) throws {
        if !before.standing.waits { return }
        try database.cachedStatement(sql: "UPDATE facts SET waits = NULL WHERE id = ?").execute(arguments: [id])
    }

    /// The newest revision of the same fact; nil where there is none. By index facts_by_start.
    private static func recorded(_ fact: Fact, in database: Database) throws -> FactRevision? {
        let select = try database.cachedStatement(
            sql: """
                SELECT \(factColumns) FROM facts JOIN versions ON versions.id = facts.version
                JOIN sources AS first ON first.id = first_source JOIN sources AS last ON last.id = last_source
                WHERE start = ? AND equipment = ? AND versions.mapping = ? ORDER BY facts.id DESC
                """)
        let rows = try Row.fetchCursor(select, arguments: [fact.start.microseconds, fact.equipment, fact.mapping.text])
        let identity = FactIdentity(fact)
        while let row = try rows.next() {
            let known = try self.fact(row)
            if FactIdentity(known.fact) == identity { return known }
        }
        return nil
    }

    private static func insert(
        _ fact: Fact, revision: Int, change: Amounts, _ writing: Writing
    ) throws {
        try writing.row(.fact) { row in
            row.bind(fact.kind.rawValue)
            switch fact {
            case .count(let count): try bind(count, revision: revision, change: change, to: &row, writing)
            case .downtime(let interval): try bind(interval, revision: revision, to: &row, writing)
            }
        }
    }

    private static func bind(
        _ count: ProductionCount, revision: Int, change: Amounts, to row: inout HotStatement, _ writing: Writing
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
        _ interval: Downtime, revision: Int, to row: inout HotStatement, _ writing: Writing
    ) throws {
        row.bind(try writing.version(interval.mapping, interval.version))
        row.bind(interval.equipment)
        row.bind(interval.start.microseconds)
        row.bind(interval.end?.microseconds)
        row.bind(interval.order)
        row.bindNull(2)
        row.bind(interval.shift)
        row.bind(interval.productionDay.description)
        row.bind(Standing.counted.rawValue)
        row.bind("")
        row.bindNull(7)
        row.bind(interval.class.rawValue)
        row.bind(interval.reason)
        row.bind(interval.isWithdrawn ? Int64(1) : Int64(0))
        row.bind(try writing.source(interval.first.source))
        row.bind(interval.first.position)
        row.bind(try writing.source(interval.last.source))
        row.bind(interval.last.position)
        row.bindNull()
        row.bind(Int64(revision))
        row.bindNull()
    }
}

/// What a fact is known by (RULES R12).
private enum FactIdentity: Hashable {
    case count(ProductionCount.Identity)
    case downtime(MappingName, String, Instant)

    init(_ fact: Fact) {
        switch fact {
        case .count(let count): self = .count(count.identity)
        case .downtime(let interval): self = .downtime(interval.mapping, interval.equipment, interval.start)
        }
    }
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
                    [
                        "instant": .number(ExactDecimal(piece.instant.microseconds)),
                        "good": .number(piece.amounts.good),
                        "scrap": .number(piece.amounts.scrap), "rework": .number(piece.amounts.rework),
                        "signals": .object(piece.signals),
                    ]
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
                amounts: Amounts(
                    good: piece["good"]?.decimal ?? .zero, scrap: piece["scrap"]?.decimal ?? .zero,
                    rework: piece["rework"]?.decimal ?? .zero),
                signals: signals)
        }
    }
}
