import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace reconcile`: counted against booked, with every piece in one place (RULES R20).
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Shows for every order, operation and shift where all that was counted is now.",
        discussion: "Ends with exit 1 where the parts do not sum to what was counted.")

    @OptionGroup var options: GlobalOptions

    @Option(help: "What is compared: receipts.")
    var against = "receipts"

    @Option(help: "Only this production day, such as 2026-03-02.")
    var date: String?

    @Option(help: "Only this order.")
    var order: String?

    func validate() throws {
        if against != "receipts" {
            throw ValidationError("--against '\(against)' is not offered; use --against receipts")
        }
        if let date, CivilDate(date) == nil {
            throw ValidationError("--date '\(date)' is no date; write it as 2026-03-02")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let context = session.definition.mappingContext
            let scope = ReconcileScope(productionDay: date.flatMap { CivilDate($0) }, order: order)
            let reconcile = try Reconcile(plant: session.plant, store: session.store, scope: scope) { text in
                if case .document(let mapping)? = CompiledSite.compile(text, context) { mapping } else { nil }
            }
            let books = try reconcile.run()
            for object in books.flatMap(ReconcileText.objects) { session.output.object(object) }
            for line in ReconcileText.lines(books) { session.output.line(line) }
            let faults = books.flatMap(\.differences)
            if faults.isEmpty { return .done }
            if !options.json {
                session.output.message(
                    "millrace: the parts of \(Words.count(faults.count, "group")) do not sum to what was counted; "
                        + "run 'millrace store verify' and keep a backup")
            }
            return .failed
        }
    }
}

/// The books as a person and as a program read them.
enum ReconcileText {
    /// A table for each request: only the buckets that hold anything.
    static func lines(_ books: [Reconciled]) -> [String] {
        var lines: [String] = []
        for book in books {
            let rows = book.rows.flatMap { row in quantities(of: row).map { (row, $0) } }
            if rows.isEmpty { continue }
            let fields = book.rows.first?.group.keys ?? []
            let buckets = ConservationBucket.allCases.filter { bucket in
                bucket == .booked || rows.contains { !$0.0.bucket(bucket)[$0.1].isZero }
            }
            let hasDifference = !book.differences.isEmpty
            if !lines.isEmpty { lines.append("") }
            lines.append("\(book.request)\(book.isAbsolute ? " (figures, less their openings)" : "")")
            lines += TextTable.lines(
                fields + ["", "counted"] + buckets.map(\.rawValue) + (hasDifference ? ["missing"] : []),
                rows.map { row, quantity in
                    let group = fields.map { row.group[$0]?.plainText ?? "" }
                    let amounts = [row.counted] + buckets.map { row.bucket($0) }
                    let missing = hasDifference ? [row.difference.map { "\($0[quantity])" } ?? "?"] : []
                    return group + [quantity.rawValue] + amounts.map { "\($0[quantity])" } + missing
                }, width: TextTable.keyWidth)
        }
        if lines.isEmpty { return ["Nothing was counted."] }
        let groups = books.reduce(0) { $0 + $1.rows.count }
        if books.allSatisfy(\.differences.isEmpty) {
            lines += ["", "Every piece of \(Words.count(groups, "group")) is in one place."]
        }
        return lines
    }

    /// An object for each group and quantity.
    static func objects(_ book: Reconciled) -> [Value] {
        book.rows.flatMap { row in
            quantities(of: row).map { quantity in
                var object = ValueObject([
                    "kind": "row", "endpoint": .string(book.request.endpoint.text),
                    "request": .string(book.request.request.text), "absolute": .bool(book.isAbsolute),
                ])
                for (name, value) in row.group { object[name] = value }
                object["quantity"] = .string(quantity.rawValue)
                object["counted"] = .number(row.counted[quantity])
                for bucket in ConservationBucket.allCases {
                    let name = bucket.rawValue.split(separator: " ").joined(separator: "-")
                    object[name] = .number(row.bucket(bucket)[quantity])
                }
                object["missing"] = row.difference.map { .number($0[quantity]) } ?? .null
                return .object(object)
            }
        }
    }

    private static func quantities(of row: ConservationRow) -> [CountedQuantity] {
        CountedQuantity.allCases.filter { quantity in
            !row.counted[quantity].isZero || row.buckets.contains { !$0.amounts[quantity].isZero }
        }
    }
}
