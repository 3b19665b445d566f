import ArgumentParser
import MillraceValues

/// The man page in roff, made from what ArgumentParser says of the commands.
struct ManualPage {
    private let root: Value

    /// Asks for the commands.
    ///
    /// - Throws: `CommandFailure` where the answer is not what it was when this was written.
    init() throws {
        do {
            _ = try Millrace.parseAsRoot(["--experimental-dump-help"])
        } catch {
            let dump = try? JSONReader.read(Millrace.fullMessage(for: error))  // try?: what is no JSON is told below
            if let root = dump?["command"] {
                self.root = root
                return
            }
        }
        throw CommandFailure(.failed, "the commands cannot be listed; report this with 'millrace --version'")
    }

    /// The page.
    var text: String {
        var lines = [
            ".TH MILLRACE 1 \"\" \"millrace \(Version.text)\" \"Millrace\"", ".SH NAME",
            "millrace \\- \(Self.roff(root["abstract"]?.text ?? ""))", ".SH SYNOPSIS",
            ".B millrace", ".I command",
            "[\\fB\\-\\-site\\fR \\fIDIR\\fR] [\\fB\\-\\-json\\fR] [\\fB\\-\\-quiet\\fR] [\\fB\\-\\-no\\-progress\\fR] [\\fIargument\\fR ...]",
            ".SH DESCRIPTION", Self.roff(root["discussion"]?.text ?? ""), ".SH OPTIONS OF ALL COMMANDS",
        ]
        for argument in Self.arguments(of: Self.commands(of: root).first { !Self.arguments(of: $0).isEmpty } ?? root)
        where Self.isGlobal(argument) {
            lines += Self.entry(argument)
        }
        lines.append(".SH COMMANDS")
        for command in Self.commands(of: root) { lines += section(command, "") }
        lines += [".SH EXIT STATUS"]
        for (code, meaning) in Self.exits { lines += [".TP", ".B \(code)", Self.roff(meaning)] }
        lines += ["Of several at once the first of 13, 14, 12, 10, 1, 4, 5, 3, 6.", ".SH ENVIRONMENT"]
        for (name, meaning) in Self.variables { lines += [".TP", ".B \(name)", Self.roff(meaning)] }
        return lines.joined(separator: "\n")
    }

    private func section(_ command: Value, _ prefix: String) -> [String] {
        let name = prefix + (command["commandName"]?.text ?? "")
        let inner = Self.commands(of: command)
        let own = Self.arguments(of: command).filter { !Self.isGlobal($0) }
        var lines: [String] = []
        if inner.isEmpty || !own.isEmpty {
            let words = own.filter { $0["kind"]?.text == "positional" }.map { argument in
                let value = Self.roff((argument["valueName"]?.text ?? "").uppercased())
                let many = argument["isRepeating"] == .bool(true) ? " ..." : ""
                return argument["isOptional"] == .bool(true) ? "[\\fI\(value)\\fR\(many)]" : "\\fI\(value)\\fR\(many)"
            }
            lines += [
                ".SS \\fB\(Self.roff(name))\\fR \(words.joined(separator: " "))",
                Self.roff(command["abstract"]?.text ?? ""),
            ]
            if let discussion = command["discussion"]?.text, !discussion.isEmpty {
                lines += [".PP", Self.roff(discussion)]
            }
            for argument in own { lines += Self.entry(argument) }
        }
        for command in inner { lines += section(command, name + " ") }
        return lines
    }

    private static func commands(of value: Value) -> [Value] {
        (value["subcommands"]?.array ?? []).filter {
            $0["shouldDisplay"] != .bool(false) && $0["commandName"]?.text != "help"
        }
    }

    private static func arguments(of value: Value) -> [Value] {
        (value["arguments"]?.array ?? []).filter { $0["shouldDisplay"] != .bool(false) }
    }

    private static func isGlobal(_ argument: Value) -> Bool {
        ["site", "json", "quiet", "no-progress", "help", "version"].contains(names(argument).first ?? "")
    }

    private static func names(_ argument: Value) -> [String] {
        (argument["names"]?.array ?? []).compactMap { $0["name"]?.text }.sorted { $0.count > $1.count }
    }

    private static func entry(_ argument: Value) -> [String] {
        let names = (argument["names"]?.array ?? []).compactMap { name in
            name["name"]?.text.map { (name["kind"]?.text == "short" ? "-" : "--") + $0 }
        }
        let value = (argument["valueName"]?.text ?? "").uppercased()
        var head = names.map { "\\fB\(roff($0))\\fR" }.joined(separator: ", ")
        switch argument["kind"]?.text {
        case "positional": head = "\\fI\(roff(value))\\fR"
        case "option": head += " \\fI\(roff(value))\\fR"
        default: break
        }
        return [".TP", head, roff(argument["abstract"]?.text ?? "")]
    }

    /// A text as roff takes it: no line of it is a request, and hyphens stay hyphens.
    private static func roff(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
    }

    /// The exit codes of DESIGN section 8.
    static let exits: [(String, String)] = [
        ("0", "Done, or nothing to do."), ("1", "Failed."), ("2", "Usage: the call is wrong."),
        ("3", "Done, but something was newly parked, set aside or left undecided."),
        ("4", "An endpoint is down; all is safe in the queue."), ("5", "A source is unreachable; its cursor is kept."),
        ("6", "The time or record limit is reached; more waits."),
        ("10", "The configuration or a mapping is invalid; nothing was done."), ("11", "Another run holds the lock."),
        ("12", "A credential or certificate was refused."),
        ("13", "The store is corrupt, restored from an older copy, or newer than this program."),
        ("14", "The storage is full or read-only."), ("130, 143", "Interrupted; leases were given back."),
    ]

    private static let variables: [(String, String)] = [
        ("MILLRACE_SITE", "The site's folder, where neither --site nor this folder names one."),
        ("MILLRACE_NOW", "The instant at which the command's clock begins, for rehearsals."),
        ("NO_COLOR", "Where it is set, nothing is coloured."),
        ("COLUMNS", "How wide a terminal is that does not say so itself."),
    ]
}
