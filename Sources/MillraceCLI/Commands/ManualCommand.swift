import ArgumentParser
import MillraceValues

/// `millrace completion`: what a shell needs to complete commands.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Prints the completions for a shell.",
        discussion: """
            bash: millrace completion bash > /etc/bash_completion.d/millrace. zsh: a file _millrace in a folder of $fpath. fish: \
            ~/.config/fish/completions/millrace.fish.
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: String

    func run() throws {
        guard let known = CompletionShell(rawValue: shell) else {
            throw CommandFailure(.usage, "'\(shell)' is no shell that is known; there are bash, zsh and fish")
        }
        Output.tell(Millrace.completionScript(for: known))
    }
}

/// `millrace manual`: the man page, made from the commands themselves.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Prints the man page: millrace manual | man -l -.")

    func run() throws {
        Output.tell(try ManualPage().text)
    }
}
