// Hot path: the rows of a night are bound here one value at a time. Guarded by `script/bench`.

import GRDB
import GRDBSQLite
import MillraceCore
import MillraceValues

/// A prepared statement that runs many times in one transaction, its values bound straight to SQLite.
///
/// GRDB's own way makes a list of boxed values for each row, which costs more than SQLite's insert of it. Texts are gathered in one
/// buffer, so that neither Swift nor SQLite makes a copy of each.
///
/// What always holds: every column is bound for each run, and texts and bytes are bound by address only while the buffer that they lie
/// in cannot move (`run`).
final class HotStatement {
    /// Keeps the statement alive; GRDB finalises it with its connection.
    private let statement: Statement
    private let handle: OpaquePointer
    private var row = BoundRow()

    /// Prepares the statement, or takes it from the connection's cache.
    init(_ sql: String, in database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
    }

    /// Binds the next value.
    func bind(_ number: Int64) {
        sqlite3_bind_int64(handle, row.next(), number)
    }

    /// Binds the next value.
    func bind(_ number: Int64?) {
        if let number { bind(number) } else { bindNull() }
    }

    /// Binds the next value.
    func bind(_ text: String) { row.add(text, "") }

    /// Binds the next value.
    func bind(_ text: String?) {
        if let text { bind(text) } else { bindNull() }
    }

    /// Binds the next value: both texts, one behind the other.
    func bind(_ text: String, then ending: String) { row.add(text, ending) }

    /// Binds the next value: JSON, as text.
    func bind(json object: ValueObject) { row.add(json: object) }

    /// Binds the next value; at most one in a row.
    func bind(_ content: [UInt8]?) {
        guard let content else { return bindNull() }
        row.blob = (row.next(), content)
    }

    /// Binds the next value: INTEGER where whole, TEXT where not.
    func bind(_ number: ExactDecimal) {
        if let integer = number.integer { bind(integer) } else { bind(number.description) }
    }

    /// Binds the next three values.
    func bind(_ amounts: Amounts) {
        bind(amounts.good)
        bind(amounts.scrap)
        bind(amounts.rework)
    }

    /// Binds NULL to the next `count` values.
    func bindNull(_ count: Int = 1) {
        for _ in 0..<count { sqlite3_bind_null(handle, row.next()) }
    }

    /// Runs the statement with what was bound, and is ready for the next row.
    func run() throws {
        let code = row.bytes.withUnsafeBytes { texts -> Int32 in
            for part in row.texts {
                let start = texts.baseAddress.map { ($0 + part.start).assumingMemoryBound(to: CChar.self) }
                sqlite3_bind_text64(handle, part.column, start, UInt64(part.length), nil, UInt8(SQLITE_UTF8))
            }
            guard let blob = row.blob else { return sqlite3_step(handle) }
            return blob.content.withUnsafeBytes { content -> Int32 in
                // Without bytes there may be no address, which SQLite would take for NULL.
                if content.isEmpty {
                    sqlite3_bind_zeroblob(handle, blob.column, 0)
                } else {
                    sqlite3_bind_blob64(handle, blob.column, content.baseAddress, UInt64(content.count), nil)
                }
                return sqlite3_step(handle)
            }
        }
        let words = code == SQLITE_DONE ? "" : String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        sqlite3_reset(handle)
        row.clear()
        if code != SQLITE_DONE { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: words) }
    }
}

/// The texts and bytes of a row on their way to SQLite.
private struct BoundRow {
    private(set) var column: Int32 = 0
    /// The texts. The byte in front keeps it from being empty, and so without an address.
    private(set) var bytes: [UInt8] = [0]
    private(set) var texts: [(column: Int32, start: Int, length: Int)] = []
    var blob: (column: Int32, content: [UInt8])?

    mutating func next() -> Int32 {
        column += 1
        return column
    }

    mutating func add(_ text: String, _ ending: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        if !ending.isEmpty { bytes.append(contentsOf: ending.utf8) }
        texts.append((next(), start, bytes.count - start))
    }

    mutating func add(json object: ValueObject) {
        let start = bytes.count
        JSONWriter.write(.object(object), into: &bytes)
        texts.append((next(), start, bytes.count - start))
    }

    mutating func clear() {
        column = 0
        bytes.removeSubrange(1...)
        texts.removeAll(keepingCapacity: true)
        blob = nil
    }
}

/// What one transaction writes with: its hot statements, each prepared once, and what it looked up once.
final class Writing {
    let database: Database
    var numbering = Numbering()
    /// Endpoints that surely have a mark (`SQLiteStore.ensureMark`).
    var marked: Set<EndpointID> = []
    /// The number of the newest fact; nil until it was looked up.
    var lastFact: Int64?
    /// Facts of some blocks, by the number of each block's first.
    var blocks: [Int64: [ProductionCount.Identity: FactRevision]] = [:]
    private var statements: [HotStatement?] = HotRow.allCases.map { _ in nil }

    init(_ database: Database) { self.database = database }

    /// Binds and runs one row.
    func row(_ kind: HotRow, _ bind: (HotStatement) throws -> Void) throws {
        let statement = try statement(kind)
        try bind(statement)
        try statement.run()
    }

    /// The statement of such rows.
    func statement(_ kind: HotRow) throws -> HotStatement {
        if let known = statements[kind.rawValue] { return known }
        let new = try HotStatement(kind.sql, in: database)
        statements[kind.rawValue] = new
        return new
    }

    /// The number of a source.
    func source(_ text: String) throws -> Int64 { try numbering.source(text, in: database) }
    /// The number of a mapping's version.
    func version(_ mapping: MappingName, _ version: String) throws -> Int64 {
        try numbering.version(mapping, version, in: database)
    }
}

/// The rows that a night writes by the ten thousands.
enum HotRow: Int, CaseIterable {
    case fact, sum, document, plainDocument, settled, stream, block

    /// The statement, its values in the order in which they are bound.
    var sql: String {
        switch self {
        case .fact:
            """
            INSERT INTO facts(id, kind, version, equipment, start, "end", "order", operation, material, shift, production_day,
              standing, rule, good, scrap, rework, change_good, change_scrap, change_rework, marks, class, reason,
              is_withdrawn, first_source, first_position, last_source, last_position, pieces, revision, waits)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        case .sum:
            """
            INSERT INTO sums(stem, endpoint, request, kind, per_values, mapping, window_start, window_end, fields, good,
              scrap, rework, interval, revision, is_changed, conflict)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(stem) DO NOTHING
            """
        case .document:
            """
            INSERT INTO documents(key, sum, endpoint, request, purpose, revision, good, scrap, rework, interval, fields,
              order_value, window_start, window_end, version, body, state, cause, cause_code, not_before, attempts,
              replaces, receipt, created_at, changed_at, discard, must_not_repeat, is_fresh, content_type)
            SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM sums WHERE stem = ?)
            ON CONFLICT(key) DO NOTHING
            """
        case .plainDocument:
            """
            INSERT INTO documents(key, sum, endpoint, request, purpose, revision, good, scrap, rework, fields, order_value,
              window_start, window_end, version, body, state, cause, cause_code, not_before, attempts, created_at,
              changed_at, must_not_repeat, is_fresh)
            VALUES (?1, NULL, ?2, ?3, 'post', 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'queued', '', '', ?13, 0, ?13, ?13, 0, 1)
            ON CONFLICT(key) DO NOTHING
            """
        case .settled: "UPDATE sums SET revision = ?, is_changed = ? WHERE id = ?"
        case .block:
            """
            INSERT INTO readings(connector, first_instant, last_instant, pulled_at, versions, rows, block, late_before)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        case .stream:
            """
            INSERT INTO streams(connector, mapping, equipment, state, due, dirty_from) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT(connector, mapping, equipment) DO UPDATE SET state = excluded.state, due = excluded.due,
              dirty_from = excluded.dirty_from
            """
        }
    }
}
