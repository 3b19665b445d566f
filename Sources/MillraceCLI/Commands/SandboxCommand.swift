#if Web
import ArgumentParser
import MillraceSandbox
import MillraceValues

/// `millrace sandbox`: a stand-in ERP and replayed agents on this machine alone.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Runs a stand-in ERP and replayed agents here, with faults on demand.",
        discussion: "It listens on 127.0.0.1 alone, and keeps its books in a file. Stop it with Ctrl-C.")

    @Option(help: "The port; 0 takes a free one and prints it.")
    var port = 8480

    @Option(help: "The file of the stand-in ERP's own books.")
    var database = "sandbox.db"

    @Option(help: "The token that requests have to bear. Default: none.")
    var token: String?

    @Option(help: "The seed of the faults.")
    var seed: UInt64 = 1

    @Option(help: "A replayed agent: NAME=TIMELINE, the timeline a file of observations, one JSON object a line.")
    var agent: [String] = []

    func run() async throws {
        var settings = SandboxSettings(database: database, port: port)
        settings.token = token.map { Secret($0) }
        settings.seed = seed
        settings.agents = try agent.map { text in
            guard let mark = text.firstIndex(of: "="), mark > text.startIndex else {
                throw CommandFailure(.usage, "--agent '\(text)' names no timeline; write NAME=FILE")
            }
            return ReplaySettings(name: String(text[..<mark]), timeline: String(text[text.index(after: mark)...]))
        }
        let chosen = settings
        let stop = StopSignal()
        do {
            try await stop.watch(grace: .zero) {
                try await runSandbox(chosen) { port in
                    Output.tell("The sandbox listens on http://127.0.0.1:\(port)/; stop it with Ctrl-C.")
                }
            }
        } catch is CancellationError {
            return
        }
    }
}
#endif
