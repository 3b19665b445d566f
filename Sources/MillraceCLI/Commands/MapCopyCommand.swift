import ArgumentParser
import Glibc
import MillraceValues

/// `millrace map copy`: a ready-made mapping becomes the site's own.
struct MapCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copies a ready-made mapping into the site's mappings/; without NAME lists them.",
        discussion:
            "Nothing is overwritten. The copy is the site's own: name your connector in it and change what you like.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping's name.")
    var name: String?

    @Option(help: "The file that is made. Default: mappings/NAME.yaml of the site.")
    var to: String?

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            guard let name else {
                for (name, text) in ReadyMappings.texts {
                    output.object([
                        "kind": "mapping", "mapping": .string(name),
                        "purpose": .string(ReadyMappings.purpose(of: text)),
                    ])
                }
                output.lines(
                    ["mapping", "for"], ReadyMappings.texts.map { [$0.name, ReadyMappings.purpose(of: $0.text)] })
                return .done
            }
            guard let text = ReadyMappings.text(named: name) else {
                let known = ReadyMappings.texts.map(\.name).joined(separator: ", ")
                throw CommandFailure(.usage, "there is no ready-made mapping '\(name)'; there are \(known)")
            }
            let path = try to ?? target(name)
            if access(path, F_OK) == 0 {
                throw CommandFailure(.usage, "'\(path)' is there already; name another file with --to")
            }
            try WholeFile.write(Array(text.utf8), to: path, mode: 0o644)
            output.object(["kind": "file", "path": .string(path)])
            output.line("made \(path); name your connector or endpoint in it, then: millrace check")
            return .done
        }
    }

    private func target(_ name: String) throws -> String {
        let folder = try SiteFolder(options).path + "/mappings"
        if access(folder, F_OK) != 0, mkdir(folder, 0o755) != 0 {
            throw CommandFailure(.storageFull, "'\(folder)' cannot be made: \(String(cString: strerror(errno)))")
        }
        return "\(folder)/\(name).yaml"
    }
}
