import MillraceValues
import MillraceYAML

/// A table by its keys; with `valid-from`, several rows of one key, each from its instant on.
struct LookupTable: Sendable {
    struct Row: Sendable {
        let validFrom: Instant
        let values: [String]
    }

    let name: String
    let keys: [String]
    /// The column that a plain look-up gives.
    let valueColumn: String?
    let isTimed: Bool
    /// All columns, keys too.
    let columns: [String]
    /// Whether a key may have several rows, all in force; they keep their order.
    var isMany = false
    private(set) var rows: [[String]: [Row]] = [:]
    /// Is told of every row that is found; nil in runs.
    var watch: MappingWatch?

    init(name: String, keys: [String], valueColumn: String?, isTimed: Bool, columns: [String]) {
        self.name = name
        self.keys = keys
        self.valueColumn = valueColumn
        self.isTimed = isTimed
        self.columns = columns
    }

    /// Adds a row; false where there is one for the same key and instant already.
    mutating func add(key: [String], validFrom: Instant, values: [String]) -> Bool {
        if isMany {
            rows[key, default: []].append(Row(validFrom: validFrom, values: values))
            return true
        }
        var list = rows[key] ?? []
        let place = list.firstIndex { $0.validFrom >= validFrom } ?? list.count
        if place < list.count, list[place].validFrom == validFrom { return false }
        list.insert(Row(validFrom: validFrom, values: values), at: place)
        rows[key] = list
        return true
    }

    /// Reports a use that needs one row, where there may be several.
    func reportsMany(at mark: SourceMark, _ faults: DiagnosticList) -> Bool {
        if isMany {
            faults.error(
                .table, at: mark,
                "table '\(name)' may have several rows of a key; $mr_lookup in an expression gives them all")
        }
        return isMany
    }

    func column(named name: String) -> Int? { columns.firstIndex(of: name) }

    /// The row in force for the key at that instant.
    func row(for key: [String], at instant: Instant) -> Row? {
        guard let list = rows[key], let row = isTimed ? list.last(where: { $0.validFrom <= instant }) : list.first
        else {
            return nil
        }
        watch?.note(.row(table: name, key: key, validFrom: row.validFrom))
        return row
    }

    /// When another row comes into force for the key; far in the future where none does.
    func nextChange(for key: [String], after instant: Instant) -> Instant {
        guard isTimed, let list = rows[key] else { return .distantFuture }
        return list.first { $0.validFrom > instant }?.validFrom ?? .distantFuture
    }
}
