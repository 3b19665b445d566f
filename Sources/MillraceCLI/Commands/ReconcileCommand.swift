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
        abstract: "Shows for every order, operation and shift where all that was counted is now, and why.",
        discussion: """
            Against the receipts it asks nobody: every piece is in one place, and each that is not booked has its reason. Against \
            the ERP it asks for figures ('read') and documents ('lookup') as far as the requests offer it. Ends with exit 1 where \
            the parts do not sum to what was counted, or the ERP says otherwise.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: "What is compared: receipts, or erp.")
    var against = "receipts"

    @Option(help: "Only this production day, such as 2026-03-02.")
    var date: String?

    @Option(help: "Only this order.")
    var order: String?

    func validate() throws {
        if !["receipts", "erp"].contains(against) {
            throw ValidationError("--against '\(against)' is not offered; use --against receipts or --against erp")
        }
        if let date, CivilDate(date) == nil {
            throw ValidationError("--date '\(date)' is no date; write it as 2026-03-02")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let context = session.definition.mappingContext(schemas: Assembly.schemas)
            let scope = ReconcileScope(productionDay: date.flatMap { CivilDate($0) }, order: order)
            let line = ProgressLine(options, now: session.clock.now)
            defer { line.end() }
            var reconcile = try Reconcile(plant: session.plant, store: session.store, scope: scope) {
                CompiledSite.document($0, context)
            }
            reconcile.progress = line.watch
            let books = try reconcile.run()
            let reasons = try reconcile.reasons(books)
            line.end()
            if scope == ReconcileScope() { try ReconcileNote.keep(books, at: session.clock.now(), in: session.store) }
            for object in books.flatMap(ReconcileText.objects) + reasons.map(\.object) { session.output.object(object) }
            for line in ReconcileText.lines(books, reasons) { session.output.line(line) }
            let faults = books.flatMap(\.differences)
            if !faults.isEmpty, !options.json {
                session.output.message(
                    "millrace: the parts of \(Words.count(faults.count, "group")) do not sum to what was counted; "
                        + "run 'millrace store verify' and keep a backup")
            }
            let asked = against == "erp" ? try await askERP(session, scope) : .done
            return faults.isEmpty ? asked : .failed
        }
    }

    /// Asks the other system: done where it says the same, failed where it says otherwise, else 4 where it did not say. A restored store whose books agree may go on (RULES R26).
    private func askERP(_ session: Session, _ scope: ReconcileScope) async throws -> Exit {
        let world = try session.world(identityTrouble: nil)
        let report = try await options.showingProgress(now: session.clock.now) { progress in
            try await ReconcileAgainst(
                plant: session.plant, store: session.store, endpoints: world.endpoints, scope: scope,
                progress: progress
            ).run()
        }
        for sentence in report.unasked + report.unanswered { session.output.note(sentence) }
        for difference in report.differences {
            session.output.object(difference.object)
            session.output.line("- \(difference.name): \(difference.sentence)")
            if !difference.advice.isEmpty { session.output.line("  → \(difference.advice)") }
        }
        let silent = report.unanswered.count
        if silent > 0 {
            session.output.line(
                "\(Words.count(silent, "question")) of \(silent + report.answers) got no answer; ask again once the ERP answers."
            )
        } else if report.differences.isEmpty {
            session.output.line("The ERP says the same, in \(Words.count(report.answers, "answer")).")
        }
        let care = StoreCare(session: session)
        let isWhole =
            scope == ReconcileScope() && report.differences.isEmpty && report.unanswered.isEmpty
            && report.unasked.isEmpty
        let isHeld = try session.plant.endpoints.contains {
            try session.store.health(of: $0.id).causeCode == "restored"
        }
        if isWhole, try isHeld || care.standing().holdsEndpoints {
            try care.adopt()
            try session.endpointVerbs.releaseRestored("its books agree")
            session.output.line(
                "The store was restored or copied; its books agree, so the endpoints go on with the next run.")
        }
        return report.differences.isEmpty ? silent > 0 ? .endpointDown : .done : .failed
    }
}

extension ForeignDifference {
    /// The difference as an object.
    fileprivate var object: Value {
        [
            "kind": "difference", "endpoint": .string(request.endpoint.text), "request": .string(request.request.text),
            "key": .string(key), "ours": ours.map(Value.number) ?? .null, "theirs": theirs.map(Value.number) ?? .null,
            "sentence": .string(sentence), "advice": .string(advice),
        ]
    }
}

extension ReconcileReason {
    /// The reason as an object.
    fileprivate var object: Value {
        var object = ValueObject([
            "kind": "reason", "endpoint": .string(request.endpoint.text), "request": .string(request.request.text),
            "bucket": .string(bucket.rawValue.split(separator: " ").joined(separator: "-")),
        ])
        for (name, value) in group where object[name] == nil { object[name] = value }
        for quantity in CountedQuantity.allCases { object[quantity.rawValue] = .number(amounts[quantity]) }
        object["sentence"] = .string(sentence)
        object["advice"] = .string(advice)
        return .object(object)
    }
}

/// The books as a person and as a program read them.
enum ReconcileText {
    /// A table for each request: only the buckets that hold anything.
    static func lines(_ books: [Reconciled], _ reasons: [ReconcileReason] = []) -> [String] {
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
            let table = TextTable.lines(
                fields + ["", "counted"] + buckets.map(\.rawValue) + (hasDifference ? ["missing"] : []),
                rows.map { row, quantity in
                    let group = fields.map { row.group[$0]?.plainText ?? "" }
                    let amounts = [row.counted] + buckets.map { row.bucket($0) }
                    let missing = hasDifference ? [row.difference.map { "\($0[quantity])" } ?? "?"] : []
                    return group + [quantity.rawValue] + amounts.map { "\($0[quantity])" } + missing
                }, width: TextTable.keyWidth)
            if let width = Terminal.current.width, table.contains(where: { $0.count > width }) {
                lines += narrow(fields, rows)
            } else {
                lines += table
            }
            lines += self.reasons(reasons.filter { $0.request == book.request })
        }
        if lines.isEmpty { return ["Nothing was counted."] }
        let groups = books.reduce(0) { $0 + $1.rows.count }
        if books.allSatisfy(\.differences.isEmpty) {
            lines += ["", "Every piece of \(Words.count(groups, "group")) is in one place."]
        }
        return lines
    }

    /// The same where a terminal is too narrow for a column per bucket: the group in one column, what is not booked in words.
    private static func narrow(
        _ fields: [String], _ rows: [(row: ConservationRow, quantity: CountedQuantity)]
    ) -> [String] {
        let groups = rows.map { row, _ in fields.map { row.group[$0]?.plainText ?? "" } }
        let widths = fields.indices.map { field in groups.map { $0[field].count }.max() ?? 0 }
        let others = ConservationBucket.allCases.filter { $0 != .booked }
        return ["by " + fields.joined(separator: ", ")]
            + TextTable.lines(
                ["", "", "counted", "booked", "elsewhere"],
                zip(rows, groups).map { entry, group in
                    let (row, quantity) = entry
                    let cells = zip(group, widths).map {
                        $0 + String(repeating: " ", count: $1 - $0.count)
                    }
                    let elsewhere = others.compactMap { bucket -> String? in
                        let amount = row.bucket(bucket)[quantity]
                        return amount.isZero ? nil : "\(amount) \(bucket.rawValue)"
                    }
                    let missing = row.difference.map { $0[quantity] }
                    let gap = missing.map { $0.isZero ? [] : ["\($0) missing"] } ?? ["cannot be added"]
                    return [
                        cells.joined(separator: " "), quantity.rawValue, "\(row.counted[quantity])",
                        "\(row.bucket(.booked)[quantity])", (elsewhere + gap).joined(separator: ", "),
                    ]
                })
    }

    /// Why what is not booked is not, the first of each bucket.
    private static func reasons(_ reasons: [ReconcileReason]) -> [String] {
        var lines: [String] = []
        for bucket in ConservationBucket.allCases {
            let these = reasons.filter { $0.bucket == bucket }
            for reason in these.prefix(10) {
                let group = reason.group.map { _, value in value.plainText ?? "" }.filter { !$0.isEmpty }.joined(
                    separator: " ")
                lines.append("- \(group): \(Words.amounts(reason.amounts)) \(bucket.rawValue): \(reason.sentence)")
                if !reason.advice.isEmpty { lines.append("  → \(reason.advice)") }
            }
            if these.count > 10 {
                lines.append("  … and \(these.count - 10) more that are \(bucket.rawValue); all with --json")
            }
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
