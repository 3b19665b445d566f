import ArgumentParser
import Foundation
import Testing

@testable import MillraceCLI

/// All commands, as the program knows them.
struct CommandTree {
    /// A command with its words.
    struct Command {
        let words: [String]
        let type: any ParsableCommand.Type

        var name: String { words.joined(separator: " ") }
        var isGroup: Bool { !type.configuration.subcommands.isEmpty }
    }

    /// The program itself first, then every command below it.
    static var all: [Command] { below(Millrace.self, []) }

    private static func below(_ type: any ParsableCommand.Type, _ words: [String]) -> [Command] {
        [Command(words: words, type: type)]
            + type.configuration.subcommands.flatMap { below($0, words + [$0.configuration.commandName ?? "?"]) }
    }
}

@Suite("Help")
struct HelpTests {
    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        + "/Fixtures/Help"

    private static func file(_ command: CommandTree.Command) -> String {
        folder + "/" + (["millrace"] + command.words).joined(separator: "-") + ".txt"
    }

    /// With MILLRACE_WRITE_GOLDEN=1 the files are written: look at their difference before you keep them.
    @Test func `every command's help is the one that was read and kept`() throws {
        for command in CommandTree.all {
            let text = Millrace.helpMessage(for: command.type, columns: 100) + "\n"
            let path = Self.file(command)
            if ProcessInfo.processInfo.environment["MILLRACE_WRITE_GOLDEN"] == "1" {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            var kept = try String(contentsOfFile: path, encoding: .utf8)
            #if !Web
            let lines = kept.split(separator: "\n", omittingEmptySubsequences: false)
            kept = lines.filter { !$0.hasPrefix("  sandbox ") }.joined(separator: "\n")
            #endif
            #expect(text == kept, "\(path)")
        }
    }

    @Test func `every command says what it does in one sentence, and every argument has its words`() throws {
        for command in CommandTree.all {
            let abstract = command.type.configuration.abstract
            #expect(abstract.hasSuffix(".") || command.name == "manual", "\(command.name): \(abstract)")
            #expect(abstract.first?.isUppercase == true && abstract.count <= 100, "\(command.name): \(abstract)")
            let help = Millrace.helpMessage(for: command.type, columns: 100)
            for line in help.split(separator: "\n") where line.hasPrefix("  -") {
                #expect(line.count > 20 || help.contains(line + "\n      "), "\(command.name): no help for \(line)")
            }
        }
    }

    @Test func `the man page names every command, and no line of it is a stray request`() throws {
        let page = try ManualPage().text
        for command in CommandTree.all where !command.words.isEmpty && !command.isGroup {
            let name = command.name.replacingOccurrences(of: "-", with: "\\-")
            #expect(page.contains("\\fB\(name)\\fR"), "\(command.name)")
        }
        let known = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") {
            #expect(known.contains(String(line.prefix { $0 != " " })), "\(line)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions know the commands`(shell: String) throws {
        let script = Millrace.completionScript(for: try #require(CompletionShell(rawValue: shell)))
        for word in ["init", "run", "status", "doctor", "queue", "endpoint"] { #expect(script.contains(word)) }
    }
}
