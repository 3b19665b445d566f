import ArgumentParser
import Glibc
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// `millrace run`: one pass, for cron.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Pulls, sums and delivers once; silent when all is well.",
        discussion: """
            Exit codes: 0 done or nothing to do, 3 something newly parked, set aside or undecided, 4 an endpoint is down, \
            5 a source is unreachable, 6 a limit was reached and more waits, 10 the site has faults, 11 another run holds the \
            lock, 12 a credential was refused, 13 the store cannot be trusted, 14 the disk is full.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Only these connectors. Default: all.")
    var connectors: [String] = []

    @Flag(help: "Pull and make documents, send nothing.")
    var pullOnly = false

    @Flag(help: "Send what waits, pull nothing.")
    var deliverOnly = false

    @Option(help: "Stop after so long, such as '4 min'; what is left waits for the next run.")
    var maxTime: String?

    func validate() throws {
        if pullOnly, deliverOnly {
            throw ValidationError("--pull-only and --deliver-only exclude each other; give one")
        }
        if let maxTime, Duration.parse(maxTime) == nil {
            throw ValidationError("--max-time '\(maxTime)' is no length of time; write it as '30 s', '4 min' or '1 h'")
        }
    }

    func run() async throws {
        do {
            try await runOnce()
        } catch {
            guard let failure = CommandFailure(error), isSilent(failure) else { throw error }
            throw CommandFailure(failure.exit)
        }
    }

    /// Whether cron was told of the failure already (RULES R27).
    private func isSilent(_ failure: CommandFailure) -> Bool {
        if failure.isEnded || options.json || Terminal.current.showsProgress { return false }
        if [.usage, .locked].contains(failure.exit) { return false }
        let site = try? SiteFolder(options)  // try?: without a site there is no note, and the failure is told
        guard let site, let note = FailureNote(site: site.path) else { return false }
        // The site's own 'remind' may be in a file that cannot be read.
        return !note.isTold(failure, now: Assembly.clock().now(), remind: SiteDefinition.Limits().remind)
    }

    private func runOnce() async throws {
        let session = try Session.open(options)
        for name in connectors
        where !session.connectorSettings.contains(where: { $0.id == ConnectorID(name) }) {
            let known = session.connectorSettings.map(\.id.text).joined(separator: ", ")
            throw CommandFailure(.usage, "there is no connector '\(name)'; the site has \(known)")
        }
        try await SiteRun(session: session).run(
            RunOptions(
                connectors: connectors.map { ConnectorID($0) }, pulls: !deliverOnly, delivers: !pullOnly,
                maxTime: maxTime.flatMap { Duration.parse($0) }))
    }
}
