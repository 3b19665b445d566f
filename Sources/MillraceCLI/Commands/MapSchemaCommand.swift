import ArgumentParser
import MillraceMapping
import MillraceValues

/// `millrace map schema`: what editors complete and check by.
struct MapSchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema (draft-07) of mapping files or of millrace.yaml.",
        discussion: """
            An editor with a YAML language server checks and completes by it and shows what each key means. It reads a file's first \
            line: '# yaml-language-server: $schema=PATH'. What it accepts may still have faults that 'millrace check' finds.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "mapping, or site for millrace.yaml.")
    var kind = Kind.mapping

    /// The files there is a schema of.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case mapping, site
    }

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            let schema = kind == .mapping ? JSONSchema.mappings() : JSONSchema.site(connectors: ConnectorKeys.kinds)
            output.object(["kind": "schema", "of": .string(kind.rawValue), "schema": schema])
            // The result itself, which is not broken to a terminal's width.
            if !options.json { Output.tell(Self.text(schema)) }
            return .done
        }
    }

    /// The schema as it is kept in a file.
    static func text(_ schema: Value) -> String { JSONWriter.pretty(schema) }
}
