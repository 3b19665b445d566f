import ArgumentParser
import MillraceSync
import MillraceValues
import MillraceYAML

/// `millrace check`: all faults of all files of a site at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the site's files and reports every fault with file, line and column.")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let output = Output(options)
        let compiled = CompiledSite(try SiteFolder(options))
        for fault in compiled.diagnostics {
            output.object([
                "kind": "fault", "file": .string(fault.file), "line": .number(ExactDecimal(Int64(fault.line))),
                "column": .number(ExactDecimal(Int64(fault.column))), "severity": .string(fault.severity.rawValue),
                "code": .string(fault.code.rawValue), "sentence": .string(fault.sentence),
            ])
            if !options.json { output.message(fault.description) }
        }
        let errors = compiled.diagnostics.count { $0.severity == .error }
        if compiled.hasErrors {
            output.end(.invalidConfiguration)
            if options.json { throw CommandFailure(.invalidConfiguration) }
            throw CommandFailure(
                .invalidConfiguration,
                "\(Words.count(errors, "error")); nothing runs until \(errors == 1 ? "it is" : "they are") mended")
        }
        output.line(
            "No faults in \(Words.count(compiled.texts.count, "mapping")) and \(Words.count(compiled.connectors.count, "connector"))."
        )
        output.end(.done)
    }
}
