import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// `millrace report`: pieces and seconds, to be added up.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Adds up pieces and time by shift, order or equipment, and says what to look at.",
        discussion: """
            Times are seconds after ISO 22400-2: planned busy time, actual production time, setup, delay and down time. They are sums; \
            who wants a ratio divides sums, never averages ratios.
            """,
        subcommands: [
            ReportShiftCommand.self, ReportOrderCommand.self, ReportEquipmentCommand.self, ReportAlertsCommand.self,
        ])
}

/// What all reports ask.
struct ReportOptions: ParsableArguments {
    @Option(help: "The first production day, or an instant; yesterday where nothing is said.")
    var from: String?

    @Option(help: "The last production day, or an instant; the first where nothing is said.")
    var to: String?

    @Option(help: "Only this equipment.")
    var equipment: String?

    /// From when to when, by the plant's production days.
    func scope(_ session: Session, order: String? = nil) throws -> ReportScope {
        let calendar = session.plant.calendar
        let now = session.clock.now()
        let yesterday = calendar.day(at: now).date.adding(days: -1)
        func border(_ text: String?, isEnd: Bool, otherwise: CivilDate) throws -> Instant {
            guard let text else { return isEnd ? calendar.day(of: otherwise).end : calendar.day(of: otherwise).start }
            if let date = CivilDate(text) { return isEnd ? calendar.day(of: date).end : calendar.day(of: date).start }
            return try session.instant(text)
        }
        let start = try border(from, isEnd: false, otherwise: yesterday)
        let last = from == nil ? yesterday : calendar.day(at: start).date
        let end = try border(to, isEnd: true, otherwise: last)
        guard start < end else {
            throw CommandFailure(.usage, "the report would begin at \(start.iso8601) and end at \(end.iso8601)")
        }
        return ReportScope(start: start, end: end, equipment: equipment, order: order)
    }
}

/// What the reports of pieces and time have in common.
struct ReportTable: ParsableArguments {
    @OptionGroup var options: GlobalOptions
    @OptionGroup var asked: ReportOptions
    @Flag(help: "Print CSV.") var csv = false

    /// Prints the report.
    func run(by grouping: ReportGrouping, order: String? = nil) async throws {
        try await Verb.run(options) { session in
            let scope = try asked.scope(session, order: order)
            let report = Report(plant: session.plant, store: session.store, scope: scope, now: session.clock.now())
            let rows = try report.rows(by: grouping)
            for row in rows { session.output.object(ReportText.object(row)) }
            for line in csv ? ReportText.csv(rows) : ReportText.lines(rows) { session.output.line(line) }
            if grouping != .equipment { return .done }
            let open = try OpenInterval.all(of: session.plant, in: scope, store: session.store)
            for interval in open { session.output.object(ReportText.object(interval)) }
            if !csv, let line = ReportText.line(open, zone: session.definition.zone) { session.output.line(line) }
            return .done
        }
    }
}

/// `millrace report shift`.
struct ReportShiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shift", abstract: "Pieces and time by production day, shift and equipment.")

    @OptionGroup var table: ReportTable

    func run() async throws { try await table.run(by: .shift) }
}

/// `millrace report order`.
struct ReportOrderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order", abstract: "Pieces and time by order, operation and equipment.")

    @OptionGroup var table: ReportTable
    @Option(help: "Only this order.") var order: String?

    func run() async throws { try await table.run(by: .order, order: order) }
}

/// `millrace report equipment`.
struct ReportEquipmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "equipment", abstract: "Pieces and time by equipment.")

    @OptionGroup var table: ReportTable

    func run() async throws { try await table.run(by: .equipment) }
}

/// `millrace report alerts`.
struct ReportAlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Shifts without counts, counters that stand, intervals over each other, and lost stretches.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var asked: ReportOptions

    func run() async throws {
        try await Verb.run(options) { session in
            let scope = try asked.scope(session)
            let report = Report(
                plant: session.plant, store: session.store, scope: scope, now: session.clock.now())
            let counting = try CountingEquipment(plant: session.plant, store: session.store).read(since: scope.start)
            let alerts = try report.alerts(silence: session.plant.limits.silence, counting: counting)
            for alert in alerts { session.output.object(ReportText.object(alert)) }
            for line in ReportText.lines(alerts, zone: session.definition.zone) { session.output.line(line) }
            return .done
        }
    }
}

/// Reports as a person and as a program read them.
enum ReportText {
    /// A table: pieces as they are, times in whole seconds; columns in which nothing stands are left out.
    static func lines(_ rows: [ReportRow]) -> [String] {
        guard let first = rows.first else { return ["Nothing was counted, and no interval is known."] }
        let names = ReportRow.names
        let columns = rows.map(\.columns)
        let shown = names.indices.filter { column in
            ["good", "planned-busy", "production"].contains(names[column])
                || (!names[column].hasSuffix("-seconds") && columns.contains { !$0[column].isZero })
                || (["unknown-seconds", "planned-down-seconds", "off-shift-seconds"].contains(names[column])
                    && columns.contains { !$0[column].isZero })
        }
        return TextTable.lines(
            first.group.keys + shown.map { names[$0] },
            zip(rows, columns).map { row, values in
                row.group.map { $0.1.text ?? "" } + shown.map { whole(values[$0], names[$0]) }
            }, width: TextTable.keyWidth, labels: first.group.count)
    }

    private static func whole(_ value: ExactDecimal, _ name: String) -> String {
        let isPieces = ["good", "scrap", "rework", "unconfirmed", "unattributed", "dropped"].contains(name)
        if isPieces { return "\(value)" }
        let rounded = try? value.rounded(scale: 0, rule: .halfUp)  // try?: what cannot be rounded is shown as it is
        return "\(rounded ?? value)"
    }

    /// A head and a line for each row, every column, in full.
    static func csv(_ rows: [ReportRow]) -> [String] {
        guard let first = rows.first else { return [] }
        let head = (first.group.keys + ReportRow.names).map(quoted).joined(separator: ",")
        return [head]
            + rows.map { row in
                (row.group.map { quoted($0.1.text ?? "") } + row.columns.map { "\($0)" }).joined(separator: ",")
            }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// An object for a row: every column, in full.
    static func object(_ row: ReportRow) -> Value {
        var object = ValueObject(["kind": "row"])
        for (name, value) in row.group { object.append(name, value) }
        for (name, value) in zip(ReportRow.names, row.columns) { object.append(name, .number(value)) }
        return .object(object)
    }

    /// What goes on is in no row: what it is, or how many intervals go on; nil where none does of which a class is known.
    static func line(_ open: [OpenInterval], zone: Zone) -> String? {
        let known = open.filter { $0.class != .unknown }
        guard let first = known.first else { return nil }
        let since = zone.local(first.start).description.prefix(16)
        if known.count == 1 {
            return "\(first.equipment) has been \(first.class.rawValue) since \(since); that counts when it ends."
        }
        return "What \(known.count) machines do by their newest readings counts when it ends; --json shows it."
    }

    /// An object for an interval that goes on: in no row before it ends.
    static func object(_ open: OpenInterval) -> Value {
        [
            "kind": "open", "equipment": .string(open.equipment), "class": .string(open.class.rawValue),
            "since": .optional(open.start), "read-through": .optional(open.readThrough),
            "seconds": .number(open.seconds),
        ]
    }

    /// A line for each alert.
    static func lines(_ alerts: [ReportAlert], zone: Zone) -> [String] {
        if alerts.isEmpty { return ["Nothing to look at."] }
        func clock(_ instant: Instant?) -> String {
            guard let instant else { return "?" }
            let text = zone.local(instant).description
            return String(text.prefix(16))
        }
        return TextTable.lines(
            ["what", "where", "from", "to", ""],
            alerts.map { [$0.kind.rawValue, $0.subject, clock($0.start), clock($0.end), $0.sentence] },
            width: TextTable.keyWidth)
    }

    /// An object for an alert.
    static func object(_ alert: ReportAlert) -> Value {
        [
            "kind": "alert", "alert": .string(alert.kind.rawValue), "subject": .string(alert.subject),
            "start": .optional(alert.start), "end": .optional(alert.end), "sentence": .string(alert.sentence),
        ]
    }
}
