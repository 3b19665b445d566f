import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace queue`: the documents that wait, and what a person decides on them.
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Shows the documents that wait, and takes decisions on them.",
        subcommands: [
            QueueListCommand.self, QueueShowCommand.self, QueueReleaseCommand.self, QueueDiscardCommand.self,
            QueueResolveCommand.self, QueueRemapCommand.self, QueueExportCommand.self,
        ], defaultSubcommand: QueueListCommand.self)
}

/// Which documents a verb is for, when not by key.
struct QueueSelection: ParsableArguments {
    @Option(help: "Only documents of this endpoint.")
    var endpoint: String?

    @Option(help: "Only documents with this cause, as 'queue list' shows it.")
    var cause: String?

    /// Whether anything is selected.
    var isEmpty: Bool { endpoint == nil && cause == nil }

    /// The keys that were named, or else those of the selection.
    ///
    /// - Throws: `CommandFailure` with exit 2 where neither or both are given.
    func keys(
        _ named: [String], in states: Set<DocumentState>, _ verbs: QueueVerbs, _ session: Session
    ) throws -> [String] {
        if !named.isEmpty {
            if isEmpty { return named }
            throw CommandFailure(.usage, "name documents by KEY or by --endpoint and --cause, not by both")
        }
        if isEmpty {
            throw CommandFailure(
                .usage, "name documents by KEY, or by --endpoint and --cause; 'millrace queue list' shows them")
        }
        let keys = try verbs.keys(in: states, endpoint: endpoint.map { EndpointID($0) }, cause: cause)
        if keys.isEmpty { try checkEndpoint(session) }
        return keys
    }

    /// Where nothing was found, whether the endpoint is one: a slip of the pen must not read as if nothing waited.
    ///
    /// - Throws: `EndpointRefusal`.
    func checkEndpoint(_ session: Session) throws {
        if let endpoint { _ = try session.endpointVerbs.contract(endpoint) }
    }
}

/// `millrace queue list`.
struct QueueListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what waits, grouped by reason; with --all one document a line.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: QueueSelection

    @Flag(help: "Each document on a line of its own, not grouped.")
    var all = false

    @Option(help: "Only documents in this state; also done, superseded and discarded ones.")
    var state: String?

    func run() async throws {
        try await Verb.run(options) { session in
            let states = try DocumentState.named(state)
            let documents = try QueueList(store: session.store).documents(
                in: states, endpoint: selection.endpoint.map { EndpointID($0) }, cause: selection.cause)
            if documents.isEmpty { try selection.checkEndpoint(session) }
            for document in documents { session.output.object(document.object) }
            let lines =
                all
                ? QueueText.rows(documents, zone: session.definition.zone)
                : QueueText.groups(
                    documents, zone: session.definition.zone, contract: session.plant.contract(of:))
            for line in lines { session.output.line(line) }
            return .done
        }
    }
}

/// `millrace queue show KEY`.
struct QueueShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a document: why it waits, what was tried, and its body.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The document's key, or its end.")
    var key: String

    func run() async throws {
        try await Verb.run(options) { session in
            let document = try session.document(key)
            let attempts = try session.store.attempts(of: document.id)
            session.output.object(document.whole)
            for attempt in attempts { session.output.object(attempt.object(of: document)) }
            for line in QueueText.page(document, attempts, zone: session.definition.zone) { session.output.line(line) }
            return .done
        }
    }
}

/// `millrace queue release`.
struct QueueReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Puts parked documents back into the queue, with the same key and body.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: QueueSelection

    @Argument(help: "The documents' keys, or their ends.")
    var keys: [String] = []

    @Option(help: "Why; kept in the audit.")
    var reason = "by hand"

    func run() async throws {
        try await Verb.run(options) { session in
            let verbs = QueueVerbs(store: session.store, who: session.who, now: session.clock.now())
            return session.tell(
                try verbs.release(try selection.keys(keys, in: [.parked], verbs, session), reason: reason))
        }
    }
}

/// `millrace queue discard`.
struct QueueDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Puts parked or queued documents away for good; says what that means for the books.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: QueueSelection

    @Argument(help: "The documents' keys, or their ends.")
    var keys: [String] = []

    @Flag(help: "It was booked by hand in the other system.")
    var bookedByHand = false

    @Flag(help: "It shall not be booked at all.")
    var doNotBook = false

    @Option(help: "Why; kept in the audit.")
    var reason: String

    func validate() throws {
        if bookedByHand == doNotBook {
            throw ValidationError("say what it means for the books: --booked-by-hand or --do-not-book")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let verbs = QueueVerbs(store: session.store, who: session.who, now: session.clock.now())
            let chosen = try selection.keys(keys, in: [.parked, .queued], verbs, session)
            return session.tell(
                try verbs.discard(chosen, as: bookedByHand ? .bookedByHand : .doNotBook, reason: reason))
        }
    }
}

/// `millrace queue resolve`.
struct QueueResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Ends the doubt about documents whose answer was lost: a person has looked.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The documents' keys, or their ends.")
    var keys: [String]

    @Flag(help: "The other system has it.")
    var booked = false

    @Flag(help: "The other system does not have it; it is sent again.")
    var notBooked = false

    @Option(
        help: "The number that the other system gave it, which corrections may need. Default: what a look-up finds.")
    var receipt: String?

    @Option(help: "How it was found out; kept in the audit.")
    var reason: String?

    func validate() throws {
        if booked == notBooked { throw ValidationError("say what the other system has: --booked or --not-booked") }
        guard let receipt else { return }
        if notBooked || keys.count > 1 || receipt.isEmpty {
            throw ValidationError(
                "--receipt is the number of one document that is there: KEY --booked --receipt NUMBER")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let verbs = QueueVerbs(store: session.store, who: session.who, now: session.clock.now())
            let asks = booked && receipt == nil
            let found = asks ? try await verbs.receipts(of: keys, from: try session.endpoints().endpoints) : [:]
            return session.tell(
                try verbs.resolve(keys, isBooked: booked, reason: reason) { receipt ?? found[$0.id] })
        }
    }
}

extension Session {
    /// Says what became of each key; exit 1 where any was left as it is.
    fileprivate func tell(_ results: [QueueResult]) -> Exit {
        for result in results {
            output.object(result.object)
            if result.isDone {
                output.line(result.sentence)
            } else if !options.json {
                output.message("millrace: " + result.sentence)
            }
        }
        if results.isEmpty { output.line("No document is so.") }
        return results.allSatisfy(\.isDone) ? .done : .failed
    }
}
