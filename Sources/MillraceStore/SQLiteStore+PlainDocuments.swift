// Hot path: most documents of a night are written here. Guarded by `script/bench`.

import GRDB
public import MillraceCore
public import MillraceValues

extension SQLiteStore {
    /// Records new sums that are their only documents (`SumNumber`).
    public func make(_ documents: PlainDocuments, now: Instant) throws(StoreError) -> Set<String> {
        if documents.rows.isEmpty { return [] }
        return try write { database in
            let writing = Writing(database)
            try Self.moveMarks(in: database)
            for kind in documents.kinds { try Self.ensureMark(of: kind.request.endpoint, writing) }
            let versions = try documents.kinds.map { try writing.version($0.mapping, $0.version) }
            let statement = try writing.statement(.plainDocument)
            let sums = try StoredStems(database)
            var known: Set<String> = []
            for row in documents.rows {
                if try sums.contains(row.stem) {
                    known.insert(row.stem)
                    continue
                }
                let kind = documents.kinds[row.kind]
                statement.bind(row.stem, then: SumNumber.firstRevision)
                statement.bind(kind.request.endpoint.text)
                statement.bind(kind.request.request.text)
                statement.bind(row.amounts)
                statement.bind(json: row.fields)
                statement.bind(row.orderValue)
                statement.bind(row.windowStart.microseconds)
                statement.bind(row.windowEnd.microseconds)
                statement.bind(versions[row.kind])
                statement.bind(row.body)
                statement.bind(now.microseconds)
                try statement.run()
                if database.changesCount != 1 { known.insert(row.stem) }
            }
            return known
        }
    }
}

/// The stems of sums that have rows of their own.
///
/// Asked by a statement of its own and only where a sum can be there: as a part of the insert it would make SQLite keep what is
/// needed to undo each row by itself, which costs more than the row.
private struct StoredStems {
    private let select: Statement
    private let first: String
    private let last: String

    init(_ database: Database) throws {
        select = try database.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM sums WHERE stem = ?)")
        first = try String.fetchOne(try database.cachedStatement(sql: "SELECT min(stem) FROM sums")) ?? "\u{7F}"
        last = try String.fetchOne(try database.cachedStatement(sql: "SELECT max(stem) FROM sums")) ?? ""
    }

    func contains(_ stem: String) throws -> Bool {
        if stem < first || stem > last { return false }
        return try Bool.fetchOne(select, arguments: [stem]) ?? false
    }
}
