// Hot path: every sum and document is written here. Guarded by `script/bench`.

import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore: SumStore {
    /// Up to which fact the sums are folded.
    public func foldedThrough() throws(StoreError) -> Int64 {
        try Int64(note("folded-through") ?? "0") ?? 0
    }

    /// The sum of that stem; nil where there is none.
    public func sum(stem: String) throws(StoreError) -> Sum? {
        try read { database in
            if let stored = try Self.stored(stem, in: database) { return stored }
            return try Self.documentThatIsSum(stem, in: database).map { try Self.sum(in: $0).sum }
        }
    }

    private static func stored(_ stem: String, in database: Database) throws -> Sum? {
        let select = try database.cachedStatement(sql: "SELECT \(sumColumns) FROM sums WHERE stem = ?")
        return try Row.fetchOne(select, arguments: [stem]).map(sum)
    }

    static let sumColumns = """
        id, endpoint, request, kind, per_values, mapping, window_start, window_end, fields, good, scrap, rework, interval,
        revision, is_changed, conflict, stem
        """

    static func sum(_ row: Row) throws -> Sum {
        let perValues = try Value(column: row[4]).array ?? []
        let interval: String? = row[12]
        let kind = try word(row[3], FactKind.self)
        let start = Instant(row[6])
        return Sum(
            id: row[0],
            identity: Sum.Identity(
                request: RequestID(EndpointID(row[1]), RequestName(row[2])), kind: kind, windowStart: start,
                perValues: perValues.compactMap(\.text)),
            mapping: MappingName(row[5]), windowStart: start, windowEnd: Instant(row[7]),
            fields: try Value(column: row[8]).object ?? ValueObject(), total: try Amounts(row, 9),
            interval: try interval.map { try Downtime(column: $0) }, revision: row[13], isChanged: row[14],
            conflict: row[15])
    }

    /// Adds what each sum gained to what is stored under its stem, and moves the fold's position, in one transaction.
    public func fold(_ sums: [(stem: String, sum: Sum)], through id: Int64) throws(StoreError) {
        try write { database in
            let writing = Writing(database)
            for (stem, sum) in sums {
                if sum.mayBeDocument { try Self.standAlone(stem, writing) }
                if try Self.insert(sum, stem: stem, writing) { continue }
                guard let stored = try Self.stored(stem, in: database) else { continue }
                try Self.update(try stored.gaining(sum), in: database)
            }
            try Self.setNote("folded-through", String(id), in: database)
        }
    }

    /// Stores a new sum; false where its stem is stored already.
    static func insert(_ sum: Sum, stem: String, _ writing: Writing) throws -> Bool {
        try writing.row(.sum) { row in
            row.bind(stem)
            row.bind(sum.identity.request.endpoint.text)
            row.bind(sum.identity.request.request.text)
            row.bind(sum.identity.kind.rawValue)
            row.bind(JSONWriter.text(.array(sum.identity.perValues.map { .string($0) })))
            row.bind(sum.mapping.text)
            row.bind(sum.windowStart.microseconds)
            row.bind(sum.windowEnd.microseconds)
            row.bind(json: sum.fields)
            row.bind(sum.total)
            row.bind(sum.interval?.column)
            row.bind(Int64(sum.revision))
            row.bind(sum.isChanged ? Int64(1) : Int64(0))
            row.bind(sum.conflict)
        }
        return writing.database.changesCount == 1
    }

    private static func update(_ sum: Sum, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE sums SET mapping = ?, window_start = ?, window_end = ?, fields = ?, good = ?, scrap = ?, rework = ?,
                  interval = ?, is_changed = ?, conflict = ? WHERE id = ?
                """
        ).execute(arguments: [
            sum.mapping.text, sum.windowStart.microseconds, sum.windowEnd.microseconds,
            JSONWriter.text(.object(sum.fields)), sum.total.good.column, sum.total.scrap.column,
            sum.total.rework.column,
            sum.interval?.column, sum.isChanged, sum.conflict, sum.id,
        ])
    }

    /// Changed sums in the order of their numbers. By the partial index sums_changed.
    public func changedSums(
        after id: Int64, endingBy end: Instant, limit: Int
    ) throws(StoreError) -> [(stem: String, sum: Sum)] {
        try read { database in
            let select = try database.cachedStatement(
                sql: """
                    SELECT \(Self.sumColumns) FROM sums
                    WHERE is_changed = 1 AND id > ? AND window_end <= ? ORDER BY id LIMIT ?
                    """)
            var result: [(stem: String, sum: Sum)] = []
            let rows = try Row.fetchCursor(select, arguments: [id, end.microseconds, limit])
            while let row = try rows.next() { result.append((row[16], try Self.sum(row))) }
            return result
        }
    }

    /// Records what was decided for some sums, in one transaction.
    @discardableResult
    public func make(_ steps: [DocumentStep], now: Instant) throws(StoreError) -> Set<String> {
        if steps.isEmpty { return [] }
        return try write { database in
            let writing = Writing(database)
            var known: Set<String> = []
            try Self.moveMarks(in: database)
            for step in steps {
                for text in step.texts { try Self.keep(text, now, in: database) }
                for (id, state) in step.superseded {
                    try database.cachedStatement(
                        sql: "UPDATE documents SET state = 'superseded', changed_at = ? WHERE id = ? AND state = ?"
                    ).execute(arguments: [now.microseconds, id, state.rawValue])
                    if database.changesCount != 1 { throw StoreError.changedMeanwhile("a waiting document") }
                }
                if let new = step.new {
                    if try !Self.put(new, step, writing) { known.insert(new.stem) }
                    continue
                }
                let sum = try SumNumber.document(of: step.sum).map { try Self.standAlone($0, writing) } ?? step.sum
                try writing.row(.settled) { row in
                    row.bind(Int64(step.revision))
                    row.bind(step.isSettled ? Int64(0) : Int64(1))
                    row.bind(sum)
                }
                for document in step.documents { try Self.put(document, ofSum: sum, writing) }
            }
            return known
        }
    }

    /// Stores a new sum with its documents; false, and nothing stored, where the sum is stored already.
    private static func put(_ new: (stem: String, sum: Sum), _ step: DocumentStep, _ writing: Writing) throws -> Bool {
        if let only = step.onlyDocument {
            return try put(only, .itself(stem: new.stem), writing)
        }
        var sum = new.sum
        sum.revision = step.revision
        sum.isChanged = !step.isSettled
        if sum.mayBeDocument, try documentThatIsSum(new.stem, in: writing.database) != nil { return false }
        guard try insert(sum, stem: new.stem, writing) else { return false }
        let number = writing.database.lastInsertedRowID
        for document in step.documents { try put(document, ofSum: number, writing) }
        return true
    }

    /// - Throws: `StoreError.corrupt` where a document of that key is there: numbers are never used twice (RULES R15d).
    private static func put(_ document: Document, ofSum sum: Int64, _ writing: Writing) throws {
        if try !put(document, .sum(sum), writing) {
            throw StoreError.corrupt("document '\(document.key)' is there already")
        }
    }

    private static func put(_ document: Document, _ belonging: Belonging, _ writing: Writing) throws -> Bool {
        try ensureMark(of: document.request.endpoint, writing)
        guard try insert(document, belonging, writing) else { return false }
        if document.state.isInDoubt { try lineUp(writing.database.lastInsertedRowID, in: writing.database) }
        return true
    }

    /// The epochs of every document mapping, oldest first; at one instant an end goes first, so that a mapping that comes back before
    /// it ended goes on.
    public func epochs() throws(StoreError) -> [MappingEpoch] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT mapping, structure, version, begins FROM epochs ORDER BY begins, structure"
            ).map {
                MappingEpoch(mapping: MappingName($0[0]), structure: $0[1], version: $0[2], begins: Instant($0[3]))
            }
        }
    }

    /// Records epochs, and the texts that belong to the versions.
    public func begin(_ epochs: [MappingEpoch], texts: [MappingText], now: Instant) throws(StoreError) {
        try write { database in
            for epoch in epochs {
                try database.execute(
                    sql:
                        "INSERT INTO epochs(mapping, begins, structure, version) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [epoch.mapping.text, epoch.begins.microseconds, epoch.structure, epoch.version])
            }
            for text in texts { try Self.keep(text, now, in: database) }
        }
    }

    /// The text of a version; nil where it is not kept.
    public func text(of mapping: MappingName, version: String) throws(StoreError) -> MappingText? {
        try read { try Self.text(of: mapping, version: version, in: $0) }
    }

    /// The opening of an absolute sum; nil where none is known.
    public func opening(stem: String) throws(StoreError) -> Opening? {
        try read { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT figure, counted, recorded_at FROM openings WHERE stem = ?", arguments: [stem]
                )
            else { return nil }
            return Opening(
                figure: try ExactDecimal(column: row[0]), counted: try ExactDecimal(column: row[1]),
                recordedAt: Instant(microseconds: row[2]))
        }
    }

    /// Records an opening.
    public func setOpening(_ opening: Opening, stem: String, by: String) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO openings(stem, figure, counted, said_by, recorded_at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT(stem) DO UPDATE SET figure = excluded.figure, counted = excluded.counted,
                      said_by = excluded.said_by, recorded_at = excluded.recorded_at
                    """,
                arguments: [
                    stem, opening.figure.column, opening.counted.column, by, opening.recordedAt.microseconds,
                ])
            try database.execute(sql: "UPDATE sums SET is_changed = 1 WHERE stem = ?", arguments: [stem])
        }
    }
}

extension Downtime {
    /// The interval as JSON, for sums and documents.
    var column: String {
        var members = ValueObject([
            "mapping": .string(mapping.text), "version": .string(version), "equipment": .string(equipment),
            "start": .number(ExactDecimal(start.microseconds)), "class": .string(self.class.rawValue),
            "shift": .string(shift), "production-day": .string(productionDay.description),
            "withdrawn": .bool(isWithdrawn), "first": .string(first.description), "last": .string(last.description),
        ])
        if let end { members["end"] = .number(ExactDecimal(end.microseconds)) }
        if let reason { members["reason"] = .string(reason) }
        if let order { members["order"] = .string(order) }
        return JSONWriter.text(.object(members))
    }

    /// The interval that `column` wrote.
    init(column text: String) throws {
        let value = try Value(column: text)
        guard let start = value["start"]?.decimal?.integer, let day = CivilDate(value["production-day"]?.text ?? ""),
            let first = Place(value["first"]?.text ?? ""), let last = Place(value["last"]?.text ?? "")
        else { throw StoreError.corrupt("an interval is damaged") }
        self.init(
            mapping: MappingName(value["mapping"]?.text ?? ""), version: value["version"]?.text ?? "",
            equipment: value["equipment"]?.text ?? "", start: Instant(microseconds: start),
            end: value["end"]?.decimal?.integer.map(Instant.init(microseconds:)),
            class: try word(value["class"]?.text ?? "", DowntimeClass.self), reason: value["reason"]?.text,
            order: value["order"]?.text, shift: value["shift"]?.text ?? "", productionDay: day,
            isWithdrawn: value["withdrawn"] == .bool(true), first: first, last: last)
    }
}
