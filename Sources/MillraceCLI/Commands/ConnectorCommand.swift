import ArgumentParser
import MillraceConnectors
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTransport
import MillraceValues

/// `millrace connector`: the sources that readings come from.
struct ConnectorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connector",
        abstract: "Shows the sources of readings, what they hold, and what of it could not be used.",
        subcommands: [
            ConnectorListCommand.self, ConnectorTestCommand.self, ConnectorSetAsideCommand.self,
            ConnectorCursorCommand.self,
        ],
        defaultSubcommand: ConnectorListCommand.self)
}

/// `millrace connector list`.
struct ConnectorListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the connectors: where they read, and how far they came.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await Verb.run(options) { session in
            let (store, zone) = (session.store, session.definition.zone)
            let told = try store.told()
            var rows: [[String]] = []
            for (id, settings) in session.connectorSettings {
                let cursor = try store.cursor(of: id)
                let trouble = told.first { $0.subject == "connector \(id)" }
                session.output.object([
                    "kind": "connector", "connector": .string(id.text), "type": .string(settings.kind),
                    "source": .string(settings.source), "pulled-through": .optional(cursor.pulledThrough),
                    "trouble": .optional(trouble?.sentence), "since": .optional(trouble?.since),
                ])
                rows.append([
                    id.text, settings.kind, cursor.pulledThrough.map { Words.time($0, zone: zone) } ?? "never",
                    trouble == nil ? "ok" : "not read", settings.source,
                ])
            }
            session.output.lines(["connector", "kind", "read through", "state", "source"], rows)
            if let line = StoreCare(session: session).lastRunLine { session.output.line(line) }
            if rows.isEmpty { session.output.line("The site has no connector; add one under 'connectors'.") }
            return .done
        }
    }
}

/// `millrace connector test`.
struct ConnectorTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Reads connectors from their beginning and says what they hold; keeps nothing.",
        discussion: """
            Shows each signal with what it looks like and its last value. The cursor stays, files stay where they lie. Exit 5 \
            where a source cannot be read, 12 where it refuses the credential.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The connectors. Default: all.")
    var connectors: [String] = []

    @Option(help: "Look at so many readings of each.")
    var limit = 5_000

    func run() async throws {
        try await Verb.run(options) { session in
            let known = session.connectorSettings.map(\.id.text)
            for name in connectors where !known.contains(name) {
                throw CommandFailure(
                    .usage, "there is no connector '\(name)'; the site has \(known.joined(separator: ", "))")
            }
            var codes: Set<Exit> = []
            for (id, settings) in session.connectorSettings where connectors.isEmpty || connectors.contains(id.text) {
                do {
                    let survey = try await settings.survey(
                        clock: session.clock, zone: session.definition.zone, limit: limit)
                    SurveyText(name: id.text, source: settings.source, survey: survey).say(
                        session.output, zone: session.definition.zone)
                } catch let failure as ConnectorError {
                    codes.insert(failure.exit)
                    session.output.object([
                        "kind": "connector", "connector": .string(id.text), "source": .string(settings.source),
                        "trouble": .string(failure.description),
                    ])
                    if !options.json { session.output.message("millrace: \(failure)") }
                }
            }
            return [.credentialRefused, .sourceUnreachable].first { codes.contains($0) } ?? .done
        }
    }
}

extension ConnectorError {
    /// The exit code that says what is wrong.
    var exit: Exit { if case .refused = self { .credentialRefused } else { .sourceUnreachable } }
}

extension ConnectorSettings.Decoded {
    /// The kind, as the site's file names it.
    var kind: String {
        switch self {
        case .agent: "mtconnect"
        case .files(let files):
            switch files.format {
            case .csv: "csv"
            case .ndjson: "ndjson"
            case .json: "json"
            case .streams: "mtconnect"
            }
        }
    }

    /// Where it reads: an address, or a path.
    var source: String {
        switch self {
        case .agent(let agent):
            switch agent.source {
            case .agent(let url): url
            case .files(_, let path): path
            }
        case .files(let files): files.path
        }
    }

    /// The same source, told to leave everything where it lies and to begin with the oldest that it has.
    var onlyLooking: ConnectorSettings.Decoded {
        switch self {
        case .files(var files):
            files.after = .keep
            files.quiet = .zero
            return .files(files)
        case .agent(var agent):
            agent.after = .keep
            agent.start = .oldest
            return .agent(agent)
        }
    }

    /// What the source holds.
    ///
    /// - Throws: `ConnectorError` where it cannot be read.
    func survey(clock: Clock, zone: Zone, limit: Int) async throws -> SourceSurvey {
        let connectors = Assembly.connectors(
            [(id: ConnectorID("survey"), settings: onlyLooking)], transport: CurlTransport(), clock: clock)
        guard let connector = connectors.first else { throw CommandFailure(.failed, "there is nothing to look at") }
        return try await SourceSurvey(of: connector, zone: zone, limit: limit)
    }
}
