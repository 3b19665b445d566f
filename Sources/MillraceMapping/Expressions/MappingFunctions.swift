import JSONata
import MillraceCore
import MillraceValues

/// Millrace's own functions in expressions; all begin with `$mr_`.
struct MappingFunctions {
    let context: MappingContext
    let tables: [String: LookupTable]

    /// All of them.
    var all: [JSONataFunction] { [local, lookup] }

    /// The names, for suggestions.
    static let names = ["mr_local", "mr_lookup"]

    /// `$mr_local(time, zone, pattern)`: a time on the wall of a zone, with its offset, so that the hour that comes twice in
    /// autumn stays two hours. `zone` is `site`, `UTC` or an IANA name; without `pattern` it is ISO 8601.
    private var local: JSONataFunction {
        let context = context
        return JSONataFunction("mr_local", "<s-ss?:s>") { (arguments) throws(JSONataError) -> Value? in
            guard let text = arguments[0]?.text else { return nil }
            guard let instant = Instant(iso8601: text) else {
                throw JSONataError(code: "MR019", message: "$mr_local: '\(text.prefix(80))' is no time with an offset")
            }
            let zone = try Self.zone(arguments[1]?.text ?? "site", context)
            let pattern = arguments[2]?.text ?? "yyyy-MM-dd'T'HH:mm:ssXXX"
            do {
                return .string(try TimePattern(pattern).format(instant, zone: zone))
            } catch {
                throw JSONataError(code: "MR019", message: "$mr_local: \(error)")
            }
        }
    }

    private static func zone(_ name: String, _ context: MappingContext) throws(JSONataError) -> Zone {
        if name == "site" { return context.zone }
        if name == "UTC" { return .utc }
        do {
            return try Zone(named: name, folder: context.zoneFolder)
        } catch {
            throw JSONataError(code: "MR019", message: "$mr_local: \(error)")
        }
    }

    /// `$mr_lookup(table, key, …)`: the row of a table of the mapping, its value where the table names one, else an object of
    /// its columns; nothing where there is no row.
    private var lookup: JSONataFunction {
        let tables = tables
        return JSONataFunction("mr_lookup", "<s(snb)+:x>") { (arguments) throws(JSONataError) -> Value? in
            guard let name = arguments.first??.text else { return nil }
            guard let table = tables[name] else {
                let known = tables.keys.sorted().joined(separator: ", ")
                throw JSONataError(
                    code: "MR013", message: "$mr_lookup: there is no table '\(name)'; the mapping has \(known)")
            }
            let key = arguments.dropFirst().compactMap { $0?.plainText }
            guard key.count == table.keys.count else {
                throw JSONataError(
                    code: "MR014",
                    message: "$mr_lookup: table '\(name)' has \(table.keys.count) keys, and \(key.count) have a value")
            }
            guard let row = table.row(for: key, at: .distantFuture) else { return nil }
            if let column = table.valueColumn.flatMap({ table.column(named: $0) }) {
                return .string(row.values[column])
            }
            var object = ValueObject()
            for (index, column) in table.columns.enumerated() { object[column] = .string(row.values[index]) }
            return .object(object)
        }
    }
}
