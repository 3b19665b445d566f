import ArgumentParser
import Glibc
import MillraceCore

/// Runs the program with the process's arguments and ends it with an exit code of DESIGN section 8.
public func runCommandLine() async {
    signal(SIGPIPE, SIG_IGN)
    let code = await Terminal.$current.withValue(.real) {
        await Millrace.run(Array(CommandLine.arguments.dropFirst()))
    }
    // Not a return from `main`: closing the store would sync it once more, and it is whole as it is.
    fflush(nil)
    _exit(code)
}

/// `millrace`: production facts from the shop floor to the systems that plan, pay and ship.
struct Millrace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace",
        abstract: "Carries production counts and downtime from the shop floor to the ERP, each of them once.",
        discussion: """
            A site is a folder with millrace.yaml, mappings/ and tables/. Cron runs 'millrace run'; 'millrace status' says what \
            is stuck and what to do.
            """,
        version: Version.text,
        subcommands: [InitCommand.self, RunCommand.self, CheckCommand.self] + lookCommands + sandboxCommands
            + [CompletionCommand.self, ManualCommand.self])

    private static var sandboxCommands: [any ParsableCommand.Type] {
        #if Web
        [SandboxCommand.self]
        #else
        []
        #endif
    }

    /// Whether this program has the sandbox, which a build without the trait `Web` leaves out.
    static let hasSandbox = !sandboxCommands.isEmpty

    /// The arguments with the options of every command behind the command, also where they stand before it.
    static func optionsLast(_ arguments: [String]) -> [String] {
        var (options, rest) = ([String](), arguments[...])
        while let first = rest.first {
            if ["--json", "--quiet", "--no-progress"].contains(first) || first.hasPrefix("--site=") {
                options.append(rest.removeFirst())
            } else if first == "--site", rest.count > 1 {
                options += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return rest + options
    }

    /// Parses and runs; returns the exit code.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            if !hasSandbox, optionsLast(arguments).first == "sandbox" {
                throw CommandFailure(
                    .usage,
                    "this program was built without the sandbox (trait Web); try with an endpoint that is a folder, or your ERP's "
                        + "test system")
            }
            var command = try parseAsRoot(optionsLast(arguments))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            if let failure = CommandFailure(error) { return end(failure, arguments) }
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                Output.tell(text)
                return 0
            }
            Output.complain(text)
            let exit: Exit = code == .validationFailure ? .usage : .failed
            if arguments.contains("--json") { Output.tellEnd(exit, text) }
            return exit.rawValue
        }
    }

    /// Says on stderr what failed, and with `--json` also in the last object.
    private static func end(_ failure: CommandFailure, _ arguments: [String]) -> Int32 {
        for detail in failure.details { Output.complain(detail) }
        if !failure.sentence.isEmpty { Output.complain("millrace: " + failure.sentence) }
        if !failure.isEnded, arguments.contains("--json") { Output.tellEnd(failure.exit, failure.sentence) }
        return failure.exit.rawValue
    }
}

extension StoreError {
    /// The exit code that says what the user has to mend.
    var exit: Exit {
        switch self {
        case .full: .storageFull
        case .corrupt, .newer: .storeUntrusted
        case .busy, .cannotOpen, .changedMeanwhile, .failed: .failed
        }
    }
}

/// The program's version.
enum Version {
    /// As `millrace --version` prints it.
    static let text = "0.1.0"
}
