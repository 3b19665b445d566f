import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace connector set-aside`: rows that could not be used.
struct ConnectorSetAsideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-aside",
        abstract: "Shows rows that could not be used, tries them again, or leaves them out for good.",
        subcommands: [SetAsideListCommand.self, SetAsideRetryCommand.self, SetAsideSkipCommand.self],
        defaultSubcommand: SetAsideListCommand.self)
}

/// Which rows a verb is for.
struct SetAsideSelection: ParsableArguments {
    @Option(help: "Only rows of this connector.")
    var connector: String?

    @Option(
        help: "Only rows set aside for this reason: unreadable, unusable, column, ahead, too-late, shadowed or file.")
    var why: String?

    /// The rows of the selection.
    ///
    /// - Throws: `CommandFailure` with exit 2 for names that are none.
    func rows(_ places: [String], _ session: Session) throws -> [KeptSetAside] {
        if let connector, !session.connectorSettings.contains(where: { $0.id == ConnectorID(connector) }) {
            let known = session.connectorSettings.map(\.id.text).joined(separator: ", ")
            throw CommandFailure(.usage, "there is no connector '\(connector)'; the site has \(known)")
        }
        var reason: SetAside.Reason?
        if let why {
            guard let known = SetAside.Reason(rawValue: why) else {
                throw CommandFailure(.usage, "'\(why)' is no reason; 'millrace connector set-aside list' shows them")
            }
            reason = known
        }
        return try session.setAside.rows(of: connector.map { ConnectorID($0) }, reason: reason, places: places)
    }
}

/// `millrace connector set-aside list`.
struct SetAsideListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists rows that could not be used: where they stand, why, and what they say.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: SetAsideSelection

    func run() async throws {
        try await Verb.run(options) { session in
            let rows = try selection.rows([], session)
            for row in rows { session.output.object(row.object) }
            session.output.lines(
                ["row", "since", "reason", "place", "what is wrong"],
                rows.map { row in
                    [
                        "\(row.id)", Words.time(row.recordedAt, zone: session.definition.zone), row.row.reason.rawValue,
                        row.row.line.map { "\(row.row.place.source):\($0)" } ?? row.row.place.description,
                        row.row.sentence,
                    ]
                })
            if rows.isEmpty { session.output.line("Nothing is set aside.") }
            return .done
        }
    }
}

/// `millrace connector set-aside retry`.
struct SetAsideRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Counts rows that the present mapping can use, by a resync of their windows.",
        discussion: "Mend the mapping or its table first. What it cannot use still stays set aside.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: SetAsideSelection

    @Argument(help: "The rows, by number or place. Default: all of the selection.")
    var rows: [String] = []

    @Option(help: "Why; kept in the audit.")
    var reason: String

    @Flag(help: "Do not ask, however many documents it makes.")
    var yes = false

    func run() async throws {
        try await Verb.run(options) { session in
            let chosen = try selection.rows(rows, session)
            let retry = try session.setAside.retry(chosen)
            for (row, sentence) in retry.left {
                session.output.object(row.object)
                session.output.line("\(row.row.place): \(sentence)")
            }
            if let scope = retry.scope {
                let line = ProgressLine(options, now: session.clock.now)
                let resync = try session.resync(progress: line.watch)
                let seen = try refusing(line) { try resync.run(scope, reason: reason, isPreview: true) }
                try session.confirm(seen.rows.documentCount, isSure: yes) {
                    for line in AgainText.lines(seen.rows, zone: session.definition.zone) { session.output.line(line) }
                }
                let report = try refusing(line) { try resync.run(scope, reason: reason, isPreview: false) }
                for row in report.rows where row.action != .skip { session.output.object(row.object(isPreview: false)) }
                for line in AgainText.lines(report.rows.filter { $0.action != .skip }, zone: session.definition.zone) {
                    session.output.line(line)
                }
            }
            try session.store.settle(
                retry.usable, by: session.who, reason: "tried again: \(reason)", now: session.clock.now())
            session.output.object([
                "kind": "retry", "used": .count(retry.usable.count), "left": .count(retry.left.count),
            ])
            session.output.line(
                chosen.isEmpty
                    ? "No row is so."
                    : "\(Words.count(retry.usable.count, "row")) used now, \(retry.left.count) still set aside.")
            return retry.left.isEmpty ? .done : .newlyParked
        }
    }
}

/// `millrace connector set-aside skip`.
struct SetAsideSkipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip", abstract: "Leaves rows out for good; they are not shown any more.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: SetAsideSelection

    @Argument(help: "The rows, by number or place. Default: all of the selection.")
    var rows: [String] = []

    @Option(help: "Why; kept in the audit.")
    var reason: String

    func run() async throws {
        try await Verb.run(options) { session in
            if rows.isEmpty, selection.connector == nil, selection.why == nil {
                throw CommandFailure(.usage, "name rows by number or place, or by --connector and --why")
            }
            let chosen = try selection.rows(rows, session)
            try session.setAside.skip(chosen, reason: reason)
            for row in chosen { session.output.object(row.object) }
            session.output.line(
                chosen.isEmpty ? "No row is so." : "\(Words.count(chosen.count, "row")) left out for good.")
            return chosen.isEmpty && !rows.isEmpty ? .failed : .done
        }
    }
}

extension Session {
    /// The verbs on rows set aside of this site and user.
    fileprivate var setAside: SetAsideVerbs {
        SetAsideVerbs(plant: plant, store: store, who: who, now: clock.now())
    }
}

extension KeptSetAside {
    /// The row as one flat object.
    var object: Value {
        [
            "kind": "set-aside-row", "row": .number(ExactDecimal(id)), "connector": .string(connector.text),
            "place": .string(row.place.description), "line": row.line.map { .number(ExactDecimal($0)) } ?? .null,
            "field": .optional(row.field), "reason": .string(row.reason.rawValue), "sentence": .string(row.sentence),
            "content": .string(String(decoding: row.content, as: UTF8.self)), "since": .string(recordedAt.iso8601),
        ]
    }
}
