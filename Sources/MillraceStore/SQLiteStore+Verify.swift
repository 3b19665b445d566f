import Foundation
import GRDB
import Glibc
public import MillraceCore

extension SQLiteStore {
    /// Checks the file: SQLite's own check of pages and indexes, rows that name others, every kept block of readings and of facts, and that no
    /// document goes beyond its sum's last number.
    public func verify(progress: ProgressWatch?) throws(StoreError) -> [String] {
        var faults = try read { database in
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            progress?(RunProgress(subject: "pages and indexes", unit: "pages", done: pages, share: nil))
            return try String.fetchAll(database, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        }
        if !faults.isEmpty { return faults }
        faults += try read { database in
            try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(20).map { row in
                "a row of '\(row[0] as String)' names a row of '\(row[2] as String)' that is not there"
            }
        }
        faults += try damagedBlocks(progress)
        faults += try damagedFacts(progress)
        faults += try read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT documents.key FROM documents JOIN sums ON sums.id = documents.sum
                    WHERE documents.revision > sums.revision LIMIT 20
                    """
            ).map { "document '\($0)' bears a number that its sum has not given yet" }
        }
        return faults
    }

    private func damagedFacts(_ progress: ProgressWatch?) throws(StoreError) -> [String] {
        try read { database in
            var faults: [String] = []
            let ids = try Int64.fetchAll(database, sql: "SELECT first_id FROM fact_blocks ORDER BY first_id")
            for (number, id) in ids.enumerated() {
                progress?(.part("facts", "blocks", number, of: ids.count))
                do {
                    try Self.eachBlock(database, where: "first_id = ?", [id]) { _ in }
                } catch {
                    faults.append("the facts from number \(id) on cannot be read")
                    if faults.count == 20 { return faults }
                }
            }
            return faults
        }
    }

    private func damagedBlocks(_ progress: ProgressWatch?) throws(StoreError) -> [String] {
        try read { database in
            var faults: [String] = []
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM readings") ?? 0
            var number = 0
            let rows = try Row.fetchCursor(database, sql: "SELECT id, connector, block FROM readings ORDER BY id")
            while let row = try rows.next() {
                progress?(.part("kept readings", "blocks", number, of: count))
                number += 1
                do throws(BlockError) {
                    _ = try ReadingBatch(block: Array(row[2] as Data))
                } catch {
                    faults.append("kept readings \(row[0] as Int64) of '\(row[1] as String)' cannot be read")
                    if faults.count == 20 { return faults }
                }
            }
            return faults
        }
    }
}

extension SQLiteStore {
    /// The rights of the store's file, and how many bytes wait beside it; nil where it cannot be seen.
    public func fileState() -> (mode: UInt32, waitingBytes: Int64)? {
        var (file, beside) = (stat(), stat())
        guard stat(path, &file) == 0 else { return nil }
        let waiting = stat(path + "-wal", &beside) == 0 ? Int64(beside.st_size) : 0
        return (file.st_mode & 0o777, waiting)
    }
}
