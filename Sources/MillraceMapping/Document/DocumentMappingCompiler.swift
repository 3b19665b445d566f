import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// Compiles the text of a document mapping.
final class DocumentMappingCompiler {
    let reader: NodeReader
    let faults: DiagnosticList
    let context: MappingContext
    let source: TableSource
    let overrides: TableOverrides
    var tables: [String: LookupTable] = [:]
    var tableNames: [String] = []
    var units = UnitNames()
    /// What fields and conditions can name.
    var inputs: [String] = []
    /// Names that a sum has only where they are in `per`.
    var needPer: [String] = []
    /// The values of `let` so far.
    var lets: [(name: String, expression: MappingExpression)] = []

    init(_ reader: NodeReader, context: MappingContext, source: @escaping TableSource, overrides: TableOverrides) {
        self.reader = reader
        faults = reader.faults
        self.context = context
        self.source = source
        self.overrides = overrides
    }

    /// The mapping; nil where it has faults.
    func mapping(name: MarkedText, target: DocumentTarget) -> DocumentMapping? {
        let gathering = readFrom()
        var section = TablesSection(faults: faults, context: context, source: source, overrides: overrides)
        tables = section.tables(of: reader)
        tableNames = section.names
        units = UnitNames.read(reader)
        let body = BodySection(
            faults: faults, context: context, source: source, fields: reader.optional("fields")
        ).body(of: reader)
        let version = Version.hash(faults.sources.map(\.text), tables: body?.schemaFiles.map(\.bytes) ?? [])
        readLets()
        reader.notYet("lookup", "use 'table' in the field")
        for key in ["where", "same-when", "count-when", "at-change", "states", "shape", "split-at"]
        where reader.optional(key) != nil {
            let hint = key == "where" ? "write it below 'from'" : "it belongs to reading mappings"
            faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' has no place here; \(hint)")
        }
        var fields: [(name: String, field: DocumentField)] = []
        if let node = reader.required("fields") { fields = self.fields(node, parent: "") }
        let skipWhen = reader.optional("skip-when").flatMap { node in
            condition(node, what: "'skip-when'").map { self.context.watched($0, at: node.mark) }
        }
        let checks = readChecks()
        let tests = TestSection.tests(of: reader, tables: tableNames, inputs: inputs)
        reader.finish()
        guard let gathering, let endpoint = target.endpoint, let request = target.request, !faults.hasErrors else {
            return nil
        }
        let id = RequestID(EndpointID(endpoint.text), RequestName(request.text))
        let plan = gathering.plan(MappingName(name.text), version: version, request: id)
        let (text, file, context, source) = (faults.source.text, faults.source.file, context, source)
        return DocumentMapping(
            name: MappingName(name.text), version: version, plan: plan, tests: tests, file: file, form: body,
            fields: fields,
            lets: lets,
            skipWhen: skipWhen, checks: checks, site: context.site, tables: tables,
            whereText: gathering.condition?.text,
            nameMark: name.mark, target: target, perMarks: gathering.perMarks, windowMark: gathering.windowMark,
            recompiled: { overrides in
                MappingFile.parse(text: text, file: file, context: context, tables: source, overrides: overrides)
            })
    }

    private func readChecks() -> [DocumentMapping.Check] {
        (reader.items("checks") ?? []).compactMap { item in
            let entry = NodeReader(item, what: "a check", faults: faults, keys: DocumentKeys.check)
            guard item.members != nil else { return nil }
            defer { entry.finish() }
            // By its name a mapping that extends this one replaces or removes it.
            _ = entry.text("name")
            let when = entry.required("when").flatMap { node in
                condition(node, what: "'when'").map { self.context.watched($0, at: node.mark) }
            }
            guard let sentence = entry.text("sentence", required: true), let when else { return nil }
            return DocumentMapping.Check(holds: when, sentence: sentence, place: place(item.mark))
        }
    }

    /// A condition over the inputs.
    private func condition(
        _ node: MarkedNode, what: String
    ) -> (@Sendable (ValueObject) throws(MappingFault) -> Bool)? {
        guard let condition = faults.condition(node, what: what) else { return nil }
        for reference in condition.expression.references { check(reference, node) }
        let use = ConditionUse(
            functions: functions.all, node: node,
            source: faults.source(of: node.mark), what: what)
        return condition.checked(
            use, at: { ($0["end"] ?? $0["start"])?.text.flatMap { Instant(iso8601: $0) } },
            { path in { DocumentInputs.found(path.text, in: $0) } })
    }

    /// Reports a name that is no input.
    func checkInput(_ name: String, at mark: SourceMark, orLiteral: Bool) {
        if inputs.isEmpty || inputs.contains(name) { return }
        // A way into a value of 'let' or an item; what it holds is known when it runs.
        if let dot = name.firstIndex(of: "."), case let first = String(name[..<dot]), inputs.contains(first),
            first == "item" || first.hasPrefix(MappingExpression.variableMark)
        {
            return
        }
        if needPer.contains(name) {
            faults.error(
                .unknownName, at: mark,
                "'\(name)' is not in 'per', so that a sum has more than one; add it there, or write {value: …}")
        } else {
            faults.unknown(name, "input", among: inputs, at: mark, orLiteral: orLiteral)
        }
    }

    func place(_ mark: SourceMark) -> String { faults.place(mark) }
}
