import GRDB
import MillraceCore
import MillraceValues

/// The texts of mappings' versions (RULES R18). Each content is stored once, under its hash: many versions differ in a row of a table.
///
/// Rows of older programs have no `base` and hold their contents themselves.
extension SQLiteStore {
    /// Keeps the text where it is not kept.
    static func keep(_ text: MappingText, _ now: Instant, in database: Database) throws {
        let known = try database.cachedStatement(sql: "SELECT 1 FROM mapping_texts WHERE mapping = ? AND version = ?")
        if try Row.fetchOne(known, arguments: [text.mapping.text, text.version]) != nil { return }
        var tables = ValueObject()
        for (path, content) in text.tables.sorted(by: { $0.key < $1.key }) {
            tables.append(path, .string(try keep(content, in: database)))
        }
        try database.execute(
            sql: """
                INSERT INTO mapping_texts(mapping, version, file, text, tables, recorded_at, base, uses)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                text.mapping.text, text.version, text.file, try keep(text.text, in: database),
                JSONWriter.text(.object(tables)), now.microseconds, text.base ?? text.version,
                text.uses.map(JSONWriter.text),
            ])
    }

    private static func keep(_ content: String, in database: Database) throws -> String {
        let hash = Hex.encode(SHA256.hash(content))
        try database.cachedStatement(sql: "INSERT INTO kept_texts(hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [hash, content])
        return hash
    }

    /// The text of a version; nil where it is not kept.
    static func text(of mapping: MappingName, version: String, in database: Database) throws -> MappingText? {
        let sql = "SELECT file, text, tables, base, uses FROM mapping_texts WHERE mapping = ? AND version = ?"
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [mapping.text, version]) else { return nil }
        let (base, uses): (String?, String?) = (row[3], row[4])
        func content(_ text: String) throws -> String {
            if base == nil { return text }
            let found = try String.fetchOne(
                database, sql: "SELECT text FROM kept_texts WHERE hash = ?", arguments: [text])
            guard let found else { throw StoreError.corrupt("a text of mapping '\(mapping)' is not kept") }
            return found
        }
        var tables: [String: String] = [:]
        for (path, text) in try Value(column: row[2]).object ?? ValueObject() {
            tables[path] = try text.text.map(content)
        }
        var text = MappingText(
            mapping: mapping, version: version, file: row[0], text: try content(row[1]), tables: tables)
        if base != version { text.base = base }
        text.uses = try uses.map { try Value(column: $0) }
        return text
    }
}
