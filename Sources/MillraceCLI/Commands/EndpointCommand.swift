import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace endpoint`: the systems that documents go to, and what a person decides on them.
struct EndpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoint",
        abstract: "Shows, tests, holds and releases endpoints, and says where absolute figures begin.",
        subcommands: [
            EndpointListCommand.self, EndpointTestCommand.self, EndpointHoldCommand.self, EndpointReleaseCommand.self,
            EndpointOpeningCommand.self,
        ], defaultSubcommand: EndpointListCommand.self)
}

/// `millrace endpoint list`.
struct EndpointListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the endpoints: whether they are held, why, and how much waits.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await Verb.run(options) { session in
            let (store, zone, now) = (session.store, session.definition.zone, session.clock.now())
            let counts = try store.counts()
            let isRestored = try StoreCare(session: session).standing().holdsEndpoints
            var rows: [[String]] = []
            for contract in session.plant.endpoints {
                let health = try store.health(of: contract.id)
                let waiting = counts.filter { $0.request.endpoint == contract.id && QueueList.open.contains($0.state) }
                    .reduce(0) { $0 + $1.count }
                let isHeld = contract.delivers && (isRestored || health.standsStill(at: now))
                let code = isRestored ? "restored" : health.causeCode
                session.output.object([
                    "kind": "endpoint", "endpoint": .string(contract.id.text), "deliver": .bool(contract.delivers),
                    "held": .bool(isHeld), "cause-code": .string(health.causeCode), "cause": .string(health.cause),
                    "since": .optional(health.heldSince), "until": .optional(health.heldUntil),
                    "discard-before": .optional(health.discardBefore), "waiting": .count(waiting),
                    "requests": .array(contract.requests.map { .string($0.id.request.text) }),
                ])
                rows.append([
                    contract.id.text, !contract.delivers ? "off" : isHeld ? "held (\(code))" : "open",
                    isHeld ? health.heldSince.map { Words.time($0, zone: zone) } ?? "" : "", "\(waiting)",
                    isHeld ? health.cause : "",
                ])
            }
            session.output.lines(["endpoint", "state", "since", "waiting", "why"], rows)
            return .done
        }
    }
}

/// `millrace endpoint hold`.
struct EndpointHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Holds an endpoint until it is released; its documents wait in the queue.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    @Option(help: "Why; shown by status and kept in the audit.")
    var reason: String

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("say why with --reason TEXT") }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            try session.endpointVerbs.hold(endpoint, reason: reason)
            session.output.object(["kind": "decision", "endpoint": .string(endpoint), "held": true])
            session.output.line("'\(endpoint)' is held; what is on its way ends, then nothing more is sent.")
            return .done
        }
    }
}

/// `millrace endpoint release`.
struct EndpointReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets a held endpoint go on.",
        discussion: """
            After a restore each endpoint is released by itself, with --reason: the store goes on from then, the others stay held. \
            An endpoint that was off needs --discard-before: nothing of a window that begins before that time is ever sent. For \
            absolute requests the figure of each sum is read, or said with --figure.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    @Option(
        help: "Send nothing of windows that begin before this time; a border of every window that feeds the endpoint.")
    var discardBefore: String?

    @Option(help: "VALUE=FIGURE: what an absolute sum stands at in the other system now; once per sum.")
    var figure: [String] = []

    @Option(help: "Why; asked for after a restore, kept in the audit.")
    var reason: String?

    func run() async throws {
        try await Verb.run(options) { session in
            let (verbs, care) = (session.endpointVerbs, StoreCare(session: session))
            let id = try verbs.contract(endpoint).id
            if try care.standing().holdsEndpoints {
                if reason?.isEmpty ?? true { throw EndpointRefusal.needsReason(id) }
                try care.adopt()
            }
            var figures: [String: ExactDecimal] = [:]
            for (name, number) in try EndpointOpeningCommand.pairs(figure) { figures[name] = number }
            let time = try discardBefore.map { try session.instant($0) }
            let reads =
                time != nil
                && session.plant.endpoints.first { $0.id == id }?.requests.contains(where: \.canReadFigure) == true
            let live = reads ? try session.world(identityTrouble: nil).endpoints[id] : nil
            let release = try await verbs.release(
                endpoint, discardBefore: time, figures: figures, reason: reason,
                read: { request, fields in
                    guard let live else { return .notOffered }
                    return await live.readFigure(request, fields: fields)
                })
            say(release, session)
            return .done
        }
    }

    private func say(_ release: EndpointVerbs.Release, _ session: Session) {
        let output = session.output
        output.object([
            "kind": "decision", "endpoint": .string(endpoint), "held": false, "was-held": .bool(release.wasHeld),
            "discarded": .array(release.discarded.map { .string($0) }),
        ])
        for row in release.openings { output.object(row.object) }
        output.line(
            release.wasHeld ? "'\(endpoint)' goes on with the next run." : "'\(endpoint)' was not held; it goes on.")
        if !release.discarded.isEmpty {
            output.line(
                "\(Words.count(release.discarded.count, "document")) of earlier windows put away as settled by hand.")
        }
        for row in release.openings {
            output.line("\(row.request) \(row.name) begins at \(row.opening?.description ?? "?").")
        }
    }
}

/// `millrace endpoint opening`.
struct EndpointOpeningCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opening",
        abstract: "Says at which figure absolute sums began; without figures lists those that wait.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    @Argument(help: "The request.")
    var request: String?

    @Argument(help: "VALUE=FIGURE, such as 4711=0; several values of a sum are joined by '/'.")
    var figures: [String] = []

    @Flag(help: "List the sums that have an opening, too.")
    var all = false

    func run() async throws {
        try await Verb.run(options) { session in
            let verbs = session.endpointVerbs
            if let request, !figures.isEmpty {
                for row in try verbs.setOpenings(endpoint, request: request, try Self.pairs(figures)) {
                    session.output.object(row.object)
                    session.output.line("\(row.request) \(row.name) begins at \(row.opening?.description ?? "?").")
                }
                return .done
            }
            let rows = try verbs.openings(of: endpoint, request: request, onlyWaiting: !all)
            for row in rows { session.output.object(row.object) }
            session.output.lines(
                ["request", "sum", "counted", "opening"],
                rows.map { [$0.request.description, $0.name, "\($0.total.good)", $0.opening?.description ?? "waits"] })
            if rows.isEmpty { session.output.line("No sum waits for an opening.") }
            return .done
        }
    }

    /// The pairs of VALUE=FIGURE.
    ///
    /// - Throws: `CommandFailure` with exit 2 for anything else.
    static func pairs(_ texts: [String]) throws -> [(name: String, figure: ExactDecimal)] {
        try texts.map { text in
            guard let mark = text.lastIndex(of: "="), let figure = ExactDecimal(text[text.index(after: mark)...]) else {
                throw CommandFailure(.usage, "'\(text)' is not VALUE=FIGURE, such as 4711=120")
            }
            return (String(text[..<mark]), figure)
        }
    }
}

extension Session {
    /// The verbs on endpoints of this site and user.
    var endpointVerbs: EndpointVerbs {
        EndpointVerbs(plant: plant, store: store, who: who, now: clock.now())
    }
}
