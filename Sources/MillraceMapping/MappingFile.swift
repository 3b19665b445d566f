public import MillraceCore
import MillraceValues
public import MillraceYAML

/// A mapping file, compiled.
public enum MappingFile: Sendable {
    /// From readings to samples and facts.
    case reading(ReadingMapping)
    /// From sums to documents.
    case document(DocumentMapping)

    /// The mapping's name.
    public var name: MappingName {
        switch self {
        case .reading(let mapping): mapping.name
        case .document(let mapping): mapping.name
        }
    }

    /// Reads and compiles a mapping file.
    ///
    /// - Shape: `file` is the path as messages name it; tables and the mapping that it extends are asked for by paths beside it, a
    ///   ready-made one by `MappingPath.library`. A mapping with an error is nil, one with warnings is not.
    public static func parse(
        text: String, file: String, context: MappingContext, tables: @escaping TableSource
    ) -> ParsedMapping {
        parse(text: text, file: file, context: context, tables: tables, overrides: [:])
    }

    static func parse(
        text: String, file: String, context: MappingContext, tables: @escaping TableSource, overrides: TableOverrides
    ) -> ParsedMapping {
        let faults = DiagnosticList(SourceText(file: file, text: text))
        guard let root = YAMLFile.read(faults).flatMap({ Overlay(faults: faults, source: tables).whole($0) }) else {
            return ParsedMapping(
                sources: faults.sources, root: nil, name: nil, mapping: nil, diagnostics: faults.sorted)
        }
        let mapping = compiled(root, faults: faults, context: context, tables: tables, overrides: overrides)
        // With errors a misspelt name makes the right one unused; first things first.
        if overrides.isEmpty, !faults.hasErrors { MappingLint(root, faults: faults).run() }
        let name = root["mapping"].flatMap { node in node.text.map { MarkedText(text: $0, mark: node.mark) } }
        return ParsedMapping(
            sources: faults.sources, root: root, name: name, mapping: faults.hasErrors ? nil : mapping,
            diagnostics: faults.sorted)
    }

    private static func compiled(
        _ root: MarkedNode, faults: DiagnosticList, context: MappingContext, tables: @escaping TableSource,
        overrides: TableOverrides
    ) -> MappingFile? {
        let reader = NodeReader(
            root, what: "the mapping file", faults: faults, keys: MappingKeys.table(of: root))
        guard root.members != nil else { return nil }
        let name = reader.text("mapping", required: true)
            .map { MarkedText(text: $0, mark: reader.optional("mapping")?.mark ?? root.mark) }
        _ = reader.optional("version")
        reader.notYet("uses", "say 'extends' with the name of a ready-made mapping")
        // A nameless mapping is compiled all the same, for its other faults.
        let named = name ?? MarkedText(text: "", mark: root.mark)
        guard let target = reader.reader("to", required: true) else {
            reader.allow(["from", "tables", "lookup", "where", "fields", "body", "tests"])
            return nil
        }
        let fact = target.word("fact", FactKind.self)
        if target.optional("endpoint") != nil || target.optional("request") != nil {
            let endpoint = target.text("endpoint", required: true)
            let request = target.text("request", required: true)
            if target.optional("fact") != nil {
                faults.error(
                    .contradiction, at: target.mark(of: "fact"),
                    "a mapping goes to a fact or to an endpoint, not to both")
            }
            target.finish()
            let compiler = DocumentMappingCompiler(reader, context: context, source: tables, overrides: overrides)
            let place = DocumentTarget(
                endpoint: endpoint.map { MarkedText(text: $0, mark: target.optional("endpoint")?.mark ?? root.mark) },
                request: request.map { MarkedText(text: $0, mark: target.optional("request")?.mark ?? root.mark) })
            return compiler.mapping(name: named, target: place).map(MappingFile.document)
        }
        var result = fact.map { ReadingTarget.fact($0) }
        if let timeline = target.text("timeline") {
            if timeline != "order" {
                faults.error(
                    .unknownWord, at: target.mark(of: "timeline"), "'timeline' can only say 'order', not '\(timeline)'")
            }
            if target.optional("fact") != nil {
                faults.error(
                    .contradiction, at: target.mark(of: "timeline"),
                    "a mapping makes facts, or says which orders run, not both")
            }
            result = .orders
        }
        target.finish()
        guard let result else {
            if target.optional("fact") == nil {
                faults.error(
                    .missingKey, at: target.node.mark,
                    "'to' needs {fact: …} or {timeline: order} for a reading mapping or {endpoint: …, request: …} for a document mapping"
                )
            }
            return nil
        }
        let compiler = ReadingMappingCompiler(reader, context: context, source: tables, overrides: overrides)
        return compiler.mapping(name: named, target: result).map(MappingFile.reading)
    }
}

/// What came of a mapping file: the mapping, unless it has errors, and all faults by place.
public struct ParsedMapping: Sendable {
    /// The texts that places refer to: the file's own, then those that it extends.
    let sources: [SourceText]
    /// The file's content with what it extends; nil where it cannot be read.
    let root: MarkedNode?
    /// The name as it is written, also of a mapping with errors; nil where there is none.
    public let name: MarkedText?
    /// The mapping; nil where it has errors.
    public let mapping: MappingFile?
    /// All faults, by place.
    public let diagnostics: [Diagnostic]

    /// The file's own text.
    public var source: SourceText { sources[0] }

    /// The text that the place refers to.
    func source(of mark: SourceMark) -> SourceText { sources.indices.contains(mark.text) ? sources[mark.text] : source }
}
