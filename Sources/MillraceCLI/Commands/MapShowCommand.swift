import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues
import MillraceYAML

/// `millrace map show`: the mapping as it is used, with what it extends and where each rule comes from.
struct MapShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints a mapping with all that it extends, and the origin of each rule.",
        discussion: """
            What is printed is a mapping file again. In a site it also says what 'good', 'scrap' and 'rework' mean for the request \
            that a document mapping feeds: the amount to add, or the total.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping's name, or its file.")
    var mapping: String

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            let source = try MapSources.named(mapping, options)
            guard let text = source.text(output) else { return .invalidConfiguration }
            let merged = MappingFile.merged(text: text, file: source.file, tables: source.tables)
            for fault in merged.diagnostics where fault.severity == .error { output.message(fault.description) }
            if merged.lines.isEmpty { return .invalidConfiguration }
            let meaning = source.parsed(output).flatMap { self.meaning($0.mapping) } ?? []
            for line in merged.lines {
                output.object(["kind": "line", "text": .string(line.text), "origin": .optional(line.origin)])
            }
            for sentence in meaning { output.object(["kind": "notice", "sentence": .string(sentence)]) }
            // The result itself, which is not broken to a terminal's width.
            if !options.json {
                Output.write(meaning.map { "# \($0)\n" }.joined() + merged.annotated, to: 1)
            }
            return .done
        }
    }

    /// What the amounts mean for the request that the mapping feeds; nothing without a site that has it.
    private func meaning(_ mapping: MappingFile) -> [String] {
        // try?: without a site nobody knows the request.
        guard case .document(let mapping) = mapping,
            let folder = try? SiteFolder(options),  // try?: a file outside of a site has no request to ask
            let site = CompiledSite(folder).site,
            let request = site.definition.endpoint(mapping.plan.request.endpoint)?.request(mapping.plan.request.request)
        else { return [] }
        return RequestWords.meaning(request.contract, mapping.plan)
    }
}

/// What a request means for the amounts of a mapping.
enum RequestWords {
    /// Sentences, one a line.
    static func meaning(_ contract: RequestContract, _ plan: SumPlan) -> [String] {
        if plan.kind == .downtime {
            return ["request \(contract.id): one document for each stop, corrected \(correction(contract))"]
        }
        switch contract.quantity {
        case .delta:
            return [
                "request \(contract.id) adds: 'good' is the amount to add, in a correction what is added or taken away",
                "corrected \(correction(contract)); \(orders(contract))",
            ]
        case .absolute(let over, let opening):
            let names = over.map(\.rawValue).joined(separator: ", ")
            return [
                "request \(contract.id) replaces: 'good' is the total since live-since per \(names), with the opening figure (\(opening.rawValue))",
                orders(contract),
            ]
        }
    }

    private static func correction(_ contract: RequestContract) -> String {
        switch contract.correct {
        case .signed: "by signed amounts"
        case .reverse: "by taking back and sending anew"
        case .replace: "by replacing the document"
        case .byHand: "by hand"
        }
    }

    private static func orders(_ contract: RequestContract) -> String {
        contract.inOrderBy.map { "one document in flight per \($0.rawValue)" } ?? "in no particular order"
    }
}
