public import MillraceValues
import Synchronization

/// What a table answered while a document was built: with the text it is what made the document (RULES R18).
public struct TableUse: Hashable, Sendable {
    /// The table's name in the mapping.
    public let table: String
    /// The key that it was asked for.
    public let key: [String]
    /// From when on the row that answered is valid; nil for a table without such instants, or where no row is.
    public let validFrom: Instant?
    /// The value, the row as an object, or a list of rows; nil where there is none.
    public let answer: Value?

    /// As JSON: `[table, [key, …], valid from or null, answer or null]`; no row answers null.
    public var value: Value {
        [
            .string(table), .array(key.map { .string($0) }), validFrom.map { .string($0.iso8601) } ?? .null,
            answer ?? .null,
        ]
    }

    /// What `value` gave; nil where it is something else.
    public init?(_ value: Value) {
        guard let parts = value.array, parts.count == 4, let table = parts[0].text, let key = parts[1].array else {
            return nil
        }
        self.table = table
        self.key = key.compactMap(\.text)
        validFrom = parts[2].text.flatMap { Instant(iso8601: $0) }
        answer = parts[3] == .null ? Value?.none : parts[3]
    }

    init(table: String, key: [String], validFrom: Instant?, answer: Value?) {
        (self.table, self.key, self.validFrom, self.answer) = (table, key, validFrom, answer)
    }
}

/// Takes down what tables answer while something is built.
public final class TableUses: Sendable {
    @TaskLocal static var current: TableUses?
    private let taken = Mutex<[TableUse]>([])

    /// Nothing used yet.
    public init() {}

    /// What was used, each once, in the order of the first use.
    public var all: [TableUse] { taken.withLock { $0 } }

    /// Takes down what tables answer within `body`.
    public func noting<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$current.withValue(self, operation: body)
    }

    func note(_ use: TableUse) { taken.withLock { if !$0.contains(use) { $0.append(use) } } }
}

extension LookupTable {
    /// What a document gets for the key at that instant: the value where the table names one, else the row as an object of its
    /// columns; with `many` a list of rows. Nil where there is none.
    ///
    /// - Effects: is taken down (`TableUses`).
    func answer(for key: [String], at instant: Instant) -> Value? {
        let (answer, validFrom) = asked(key, at: instant)
        TableUses.current?.note(TableUse(table: name, key: key, validFrom: isTimed ? validFrom : nil, answer: answer))
        return answer
    }

    /// Whether the table surely answers the same as it did; of one whose rows hold from an instant on nobody knows.
    func answers(alike use: TableUse) -> Bool { !isTimed && asked(use.key, at: .distantFuture).answer == use.answer }

    private func asked(_ key: [String], at instant: Instant) -> (answer: Value?, validFrom: Instant?) {
        if isMany {
            let rows = rows[key] ?? []
            return (rows.isEmpty ? Value?.none : .array(rows.map(content)), nil)
        }
        guard let row = row(for: key, at: instant) else { return (Value?.none, nil) }
        return (content(row), row.validFrom)
    }

    private func content(_ row: Row) -> Value {
        if let column = valueColumn.flatMap({ column(named: $0) }) { return .string(row.values[column]) }
        var object = ValueObject()
        for (index, column) in columns.enumerated() { object[column] = .string(row.values[index]) }
        return .object(object)
    }
}

extension DocumentMapping {
    /// The version of a document that was built with these answers of its tables: that of the text where there are none.
    public func version(using uses: [TableUse]) -> String {
        if uses.isEmpty { return version }
        return Version.hash([version, JSONWriter.text(.array(uses.map(\.value)))], tables: [])
    }

    /// Whether its tables surely answer the same as they did.
    public func answers(alike uses: [TableUse]) -> Bool {
        uses.allSatisfy { tables[$0.table]?.answers(alike: $0) ?? false }
    }
}
