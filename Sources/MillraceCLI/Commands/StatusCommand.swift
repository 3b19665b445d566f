import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace status`: what is where, in words; what is stuck, since when, why, and what to type.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says in words what is where, what is stuck, since when, why, and what to type.",
        discussion: """
            With --check the exit code says it too: 0 all is well, 3 something waits for a person, 4 an endpoint is down, 5 a \
            source is unreachable, 12 a credential was refused, 13 the store cannot be trusted, 14 the disk is full. Documents that \
            wait at an endpoint that the site switches off (deliver: false) are told and change no exit code.
            """)

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Show the newest runs that did something.")
    var runs = false

    @Flag(help: "End with an exit code that says whether all is well; for a watcher.")
    var check = false

    @Option(help: "How many runs are shown.")
    var limit = 20

    func run() async throws {
        try await Verb.run(options) { session in runs ? try showRuns(session) : try showStatus(session) }
    }

    private func showStatus(_ session: Session) throws -> Exit {
        let status = try session.status()
        for object in StatusObjects(status: status).all { session.output.object(object) }
        let text = StatusText(status: status, zone: session.definition.zone)
        for line in text.lines { session.output.line(line, text.paint(line)) }
        if let line = StoreCare(session: session).lastRunLine { session.output.line(line) }
        return check ? Exit(rawValue: Int32(status.exitCode)) ?? .failed : .done
    }

    private func showRuns(_ session: Session) throws -> Exit {
        let runs = try session.store.runs(limit: limit)
        for run in runs {
            var object = ValueObject([
                "kind": "run", "run": .string(run.id.text), "started-at": .string(run.startedAt.iso8601),
                "ended-at": .string(run.endedAt.iso8601), "exit-code": .count(run.exitCode),
            ])
            for (word, figure) in run.figures.sorted(by: { $0.key < $1.key }) {
                object[word] = .number(ExactDecimal(figure))
            }
            object["notices"] = .array(run.notices.map { .string($0) })
            session.output.object(.object(object))
            session.output.line(StatusText.text(of: run, zone: session.definition.zone))
            for notice in run.notices { session.output.line("  \(notice)") }
        }
        if runs.isEmpty { session.output.line("No run has done anything yet.") }
        return .done
    }
}

extension Session {
    /// The site's status, with what a run would find now.
    func status() throws -> Status {
        let standing = try StoreCare(session: self).standing()
        return try Status(
            of: plant, store: store,
            present: Status.Present(
                store: standing.holdsEndpoints ? standing.description : nil, disk: hasRoom() ? nil : Run.noRoom,
                locked: try endpoints().locked), now: clock.now())
    }
}
