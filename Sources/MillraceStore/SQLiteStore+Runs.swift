import GRDB
public import MillraceCore
import MillraceValues

extension SQLiteStore: RunStore {
    /// Records a run and the troubles it leaves.
    ///
    /// Not synced: the books do not rest on it, and the next commit that they rest on makes it durable too.
    public func record(_ run: RunRecord, told: [ToldTrouble]) throws(StoreError) {
        try unsynced { database in
            var figures = ValueObject()
            for (word, figure) in run.figures.sorted(by: { $0.key < $1.key }) {
                figures.append(word, .number(ExactDecimal(figure)))
            }
            try database.execute(
                sql: """
                    INSERT INTO runs(id, started_at, ended_at, exit_code, figures, notices) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT(id) DO NOTHING
                    """,
                arguments: [
                    run.id.text, run.startedAt.microseconds, run.endedAt.microseconds, run.exitCode,
                    JSONWriter.text(.object(figures)), JSONWriter.text(.array(run.notices.map { .string($0) })),
                ])
            try Self.add(run.counted, in: database)
            try database.execute(sql: "DELETE FROM told")
            for trouble in told {
                try database.execute(
                    sql:
                        "INSERT INTO told(subject, sentence, since, told_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [
                        trouble.subject, trouble.sentence, trouble.since.microseconds, trouble.toldAt.microseconds,
                    ])
            }
        }
    }

    /// The newest runs, newest first.
    public func runs(limit: Int) throws(StoreError) -> [RunRecord] {
        try read { database in
            let sql =
                "SELECT id, started_at, ended_at, exit_code, figures, notices FROM runs ORDER BY started_at DESC LIMIT ?"
            return try Row.fetchAll(database, sql: sql, arguments: [limit]).map { row in
                var figures: [String: Int64] = [:]
                for (word, figure) in try Value(column: row[4]).object ?? ValueObject() {
                    figures[word] = figure.decimal?.integer
                }
                return RunRecord(
                    id: RunID(row[0]), startedAt: Instant(row[1]), endedAt: Instant(row[2]), exitCode: row[3],
                    figures: figures, notices: try (Value(column: row[5]).array ?? []).compactMap(\.text))
            }
        }
    }

    /// The troubles that cron knows of.
    public func told() throws(StoreError) -> [ToldTrouble] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT subject, sentence, since, told_at FROM told ORDER BY subject").map {
                ToldTrouble(subject: $0[0], sentence: $0[1], since: Instant($0[2]), toldAt: Instant($0[3]))
            }
        }
    }

    /// A word that the store keeps about itself; nil where it is not set.
    public func note(_ name: String) throws(StoreError) -> String? {
        try read { try String.fetchOne($0, sql: "SELECT text FROM notes WHERE name = ?", arguments: [name]) }
    }

    /// A transaction whose loss in a power cut would do no harm.
    private func unsynced(_ body: (Database) throws -> Void) throws(StoreError) {
        do {
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                defer { try? database.execute(sql: "PRAGMA synchronous = FULL") }  // try?: a pragma that just worked
                try database.inTransaction {
                    try body(database)
                    return .commit
                }
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Keeps a word about itself.
    public func setNote(_ name: String, _ text: String?) throws(StoreError) {
        try write { try Self.setNote(name, text, in: $0) }
    }

    static func setNote(_ name: String, _ text: String?, in database: Database) throws {
        guard let text else {
            try database.execute(sql: "DELETE FROM notes WHERE name = ?", arguments: [name])
            return
        }
        try database.cachedStatement(
            sql: "INSERT INTO notes(name, text) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET text = excluded.text"
        ).execute(arguments: [name, text])
    }
}
