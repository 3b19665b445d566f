#if Web
import Foundation
import GRDB
import MillraceValues

extension StandInERP {
    /// - bookings: one row per executed confirmation or cancellation; amounts are exact decimals as text.
    /// - keys: one row per key of each scope: how often it came, how often it was executed, and with what first body.
    /// - outputs: the figure of each order.
    /// - stoppages, stoppage_keys: the stoppages, and every ExternalID each of them had.
    /// - requests: every request in the order of its commit, with the fault it was given.
    static let schema = """
        CREATE TABLE IF NOT EXISTS bookings (
            id INTEGER PRIMARY KEY, key TEXT, order_id TEXT NOT NULL, operation TEXT NOT NULL, shift TEXT NOT NULL,
            posting_date TEXT NOT NULL, work_center TEXT NOT NULL, good TEXT NOT NULL, scrap TEXT NOT NULL,
            unit TEXT NOT NULL, cancels INTEGER UNIQUE REFERENCES bookings (id));
        CREATE INDEX IF NOT EXISTS bookings_by_key ON bookings (key) WHERE key IS NOT NULL;
        CREATE TABLE IF NOT EXISTS keys (
            scope TEXT NOT NULL, key TEXT NOT NULL, attempts INTEGER NOT NULL, executed INTEGER NOT NULL,
            repeats INTEGER NOT NULL, changed INTEGER NOT NULL, receipt TEXT, body BLOB NOT NULL,
            PRIMARY KEY (scope, key)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS outputs (
            order_id TEXT PRIMARY KEY, quantity TEXT NOT NULL, as_of TEXT NOT NULL, writes INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS stoppages (
            id INTEGER PRIMARY KEY, external TEXT, body BLOB NOT NULL, replaced INTEGER NOT NULL, cancelled INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS stoppage_keys (
            external TEXT PRIMARY KEY, stoppage INTEGER NOT NULL REFERENCES stoppages (id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS requests (
            number INTEGER PRIMARY KEY, method TEXT NOT NULL, target TEXT NOT NULL, scope TEXT, key TEXT, fault TEXT,
            status INTEGER NOT NULL, delay INTEGER NOT NULL, receipt TEXT);
        """
}

/// The arrival of a key, once or again.
struct Arrival {
    private let scope: String
    private let key: String
    /// How often the key came, with this time.
    let attempts: Int64
    /// What the first execution gave; nil where the key was never executed.
    let receipt: String?
    /// Whether the body is byte for byte the first one.
    let isSameBody: Bool

    /// Counts it.
    init(_ db: Database, scope: String, key: String, body: [UInt8]) throws {
        (self.scope, self.key) = (scope, key)
        let found = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT attempts, receipt, body FROM keys WHERE scope = ? AND key = ?"),
            arguments: [scope, key])
        let bytes = Data(body)
        guard let found else {
            (attempts, receipt, isSameBody) = (1, nil, true)
            try db.cachedStatement(sql: "INSERT INTO keys VALUES (?, ?, 1, 0, 0, 0, NULL, ?)")
                .execute(arguments: [scope, key, bytes])
            return
        }
        attempts = found["attempts"] + 1
        receipt = found["receipt"]
        isSameBody = (found["body"] as Data) == bytes
        let sql = """
            UPDATE keys SET attempts = attempts + 1, repeats = repeats + (executed > 0), changed = changed + ?
            WHERE scope = ? AND key = ?
            """
        try db.cachedStatement(sql: sql).execute(arguments: [isSameBody ? 0 : 1, scope, key])
    }

    /// Notes that it was executed; the first receipt stays.
    func executed(_ db: Database, receipt: String) throws {
        let sql = """
            UPDATE keys SET executed = executed + 1, receipt = coalesce(receipt, ?) WHERE scope = ? AND key = ?
            """
        try db.cachedStatement(sql: sql).execute(arguments: [receipt, scope, key])
    }
}

/// The row that every request leaves.
struct RequestRecord {
    let number: Int64
    let scope: String?
    var key: String?
    var fault: GivenFault?
    var receipt: String?

    /// Writes the row.
    func insert(_ db: Database, _ request: WireRequest, _ reply: Reply) throws {
        try db.cachedStatement(sql: "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                number, request.method, request.target, scope, key, fault?.rawValue, reply.status,
                reply.delayMilliseconds, receipt,
            ])
    }
}
#endif
