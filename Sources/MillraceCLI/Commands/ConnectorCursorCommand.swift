import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace connector cursor`: how far a source was read.
struct ConnectorCursorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cursor", abstract: "Shows how far a source was read, and sets it.",
        subcommands: [CursorShowCommand.self, CursorSetCommand.self], defaultSubcommand: CursorShowCommand.self)
}

/// `millrace connector cursor show`.
struct CursorShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows how far a source was read; with --json the position itself, as 'set' takes it.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The connector.")
    var connector: String

    func run() async throws {
        try await Verb.run(options) { session in
            let id = try session.connector(connector)
            let cursor = try session.store.cursor(of: id)
            session.output.object([
                "kind": "cursor", "connector": .string(id.text), "pulled-through": .optional(cursor.pulledThrough),
                "largest-event-time": .optional(cursor.largestEventTime), "position": cursor.position ?? .null,
            ])
            let zone = session.definition.zone
            session.output.line("read through  \(cursor.pulledThrough.map { Words.time($0, zone: zone) } ?? "never")")
            session.output.line("newest event  \(cursor.largestEventTime.map { Words.time($0, zone: zone) } ?? "none")")
            for line in Self.lines(cursor.position) { session.output.line(line) }
            for entry in try session.store.audits(of: "cursor \(id)", limit: 5) {
                session.output.line(
                    "set           \(Words.time(entry.at, zone: zone)) by \(entry.who): \(entry.detail)")
            }
            return .done
        }
    }

    /// The position in words: a line a file, or the agent's sequence.
    private static func lines(_ position: Value?) -> [String] {
        guard let members = position?.object else { return ["position      none: it is read from its beginning"] }
        if let files = members["files"]?.array {
            let past = members["past"]?.array?.count ?? 0
            return files.map { "file          \(JSONWriter.text($0))" } + ["files before  \(past)"]
        }
        return members.map { name, value in
            name + String(repeating: " ", count: max(1, 14 - name.count)) + (value.plainText ?? JSONWriter.text(value))
        }
    }
}

/// `millrace connector cursor set`.
struct CursorSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Sets how far a source was read; the next run reads on from there.",
        discussion: """
            What was read already and comes again is known by its place where it comes from a counter or a state. Increments without \
            'same-when' would be counted twice: that is refused without --yes. To work on the past again, use 'millrace resync'.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The connector.")
    var connector: String

    @Option(help: "The position, as 'cursor show --json' prints it.")
    var position: String?

    @Flag(help: "Read from the beginning, as a new connector does.")
    var fromStart = false

    @Option(help: "Why; kept in the audit.")
    var reason: String

    @Flag(help: "Also where increments may be counted twice.")
    var yes = false

    func validate() throws {
        if fromStart == (position != nil) {
            throw ValidationError("say where to read on: --position JSON or --from-start")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let id = try session.connector(connector)
            var value: Value?
            if let position {
                value = try? JSONReader.read(position)  // try?: what it is not is said below
                guard value?.object != nil else {
                    throw CommandFailure(
                        .usage,
                        "'\(position)' is no position; take it from 'millrace connector cursor show \(id) --json'")
                }
            }
            let counted = session.plant.readingMappings.filter { mapping in
                guard mapping.connectors.contains(id), case .counts(let plan) = mapping.plan else { return false }
                return !plan.hasCounters && plan.sameWhen.isEmpty
            }
            if let mapping = counted.first, !yes {
                throw CommandFailure(
                    .failed,
                    "mapping '\(mapping.name)' would count rows twice that come again, for it has no 'same-when'; nothing was "
                        + "changed, use 'millrace resync --from-source' or say --yes")
            }
            // A run keeps the position in memory and would write its own over it.
            let lock = try session.runLock()
            defer { withExtendedLifetime(lock) {} }
            let now = session.clock.now()
            try session.store.together {
                try session.store.setCursor(value, of: id)
                try session.store.audit(
                    AuditEntry(
                        at: now, who: session.who, verb: "cursor-set", subject: "cursor \(id)",
                        detail: "\(value.map(JSONWriter.text) ?? "from the start"): \(reason)"))
            }
            session.output.object(["kind": "cursor", "connector": .string(id.text), "position": value ?? .null])
            session.output.line(
                "'\(id)' is read on \(value == nil ? "from its beginning" : "from there") with the next run.")
            return .done
        }
    }
}

extension Session {
    /// The connector of that name.
    ///
    /// - Throws: `CommandFailure` with exit 2.
    func connector(_ name: String) throws -> ConnectorID {
        if connectorSettings.contains(where: { $0.id == ConnectorID(name) }) { return ConnectorID(name) }
        let known = connectorSettings.map(\.id.text).joined(separator: ", ")
        throw CommandFailure(.usage, "there is no connector '\(name)'; the site has \(known)")
    }

    /// The lock of runs, for a short while.
    ///
    /// - Throws: `CommandFailure` with exit 11 where a run holds it.
    func runLock() throws -> RunLock {
        switch try RunLock.take(StoreCare(session: self).folder + "/lock", now: clock.now(), maxTime: .seconds(60)) {
        case .taken(let lock): return lock
        case .heldBy(let holder):
            throw CommandFailure(
                .locked, "a run is at work (process \(holder.process)); nothing was changed, try again after it")
        }
    }
}
