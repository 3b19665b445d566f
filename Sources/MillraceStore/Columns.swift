// Hot path: every fact, sum and document passes these conversions. Guarded by `script/bench`.

import GRDB
import MillraceCore
import MillraceValues

extension ExactDecimal {
    /// INTEGER where whole, TEXT where not.
    var column: DatabaseValue { integer.map(\.databaseValue) ?? description.databaseValue }

    /// The number in that column; zero for NULL.
    ///
    /// - Throws: `StoreError.corrupt` for anything that `column` never wrote.
    init(column value: DatabaseValue) throws {
        switch value.storage {
        case .int64(let number): self.init(number)
        case .null: self = .zero
        case .string(let text):
            guard let number = ExactDecimal(text) else { throw StoreError.corrupt("an amount reads '\(text)'") }
            self = number
        case .double, .blob: throw StoreError.corrupt("an amount is no exact number")
        }
    }
}

extension Amounts {
    /// The amounts in three columns from `index` on.
    init(_ row: Row, _ index: Int) throws {
        self.init(
            good: try ExactDecimal(column: row[index]), scrap: try ExactDecimal(column: row[index + 1]),
            rework: try ExactDecimal(column: row[index + 2]))
    }
}

extension Instant {
    /// The instant in a column of microseconds.
    init(_ microseconds: Int64) { self.init(microseconds: microseconds) }
}

extension Value {
    /// The JSON in a column that we wrote.
    ///
    /// - Throws: `StoreError.corrupt` where it is no JSON.
    init(column text: String) throws {
        do { self = try JSONReader.read(text) } catch {
            throw StoreError.corrupt("a column holds damaged JSON (\(error))")
        }
    }
}

/// What texts of a column must be; anything else means that the file is damaged.
func word<Word: RawRepresentable>(_ text: String, _ type: Word.Type) throws -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: text) else { throw StoreError.corrupt("a column reads '\(text)'") }
    return word
}

/// Looks numbers of sources and versions up, once each per transaction.
struct Numbering {
    private var sources: [String: Int64] = [:]
    private var versions: [String: Int64] = [:]
    /// The last of each: rows that are written together mostly name the same.
    private var lastSource: (text: String, number: Int64)?
    private var lastVersion: (mapping: MappingName, version: String, number: Int64)?

    /// The number of a source; makes one where it is new.
    mutating func source(_ text: String, in database: Database) throws -> Int64 {
        if let lastSource, lastSource.text == text { return lastSource.number }
        let number = try sourceNumber(text, in: database)
        lastSource = (text, number)
        return number
    }

    /// The number of a mapping's version; makes one where it is new.
    mutating func version(_ mapping: MappingName, _ version: String, in database: Database) throws -> Int64 {
        if let lastVersion, lastVersion.mapping == mapping, lastVersion.version == version { return lastVersion.number }
        let number = try versionNumber(mapping, version, in: database)
        lastVersion = (mapping, version, number)
        return number
    }

    private mutating func sourceNumber(_ text: String, in database: Database) throws -> Int64 {
        if let known = sources[text] { return known }
        let select = try database.cachedStatement(sql: "SELECT id FROM sources WHERE source = ?")
        var number = try Int64.fetchOne(select, arguments: [text])
        if number == nil {
            try database.execute(sql: "INSERT INTO sources(source) VALUES (?)", arguments: [text])
            number = database.lastInsertedRowID
        }
        sources[text] = number
        return number ?? 0
    }

    private mutating func versionNumber(
        _ mapping: MappingName, _ version: String, in database: Database
    ) throws -> Int64 {
        let key = mapping.text + "\u{0}" + version
        if let known = versions[key] { return known }
        let select = try database.cachedStatement(sql: "SELECT id FROM versions WHERE mapping = ? AND version = ?")
        var number = try Int64.fetchOne(select, arguments: [mapping.text, version])
        if number == nil {
            try database.execute(
                sql: "INSERT INTO versions(mapping, version) VALUES (?, ?)", arguments: [mapping.text, version])
            number = database.lastInsertedRowID
        }
        versions[key] = number
        return number ?? 0
    }
}
