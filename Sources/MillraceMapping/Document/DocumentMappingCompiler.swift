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
        let body = BodySection(
            faults: faults, context: context, source: source, fields: reader.optional("fields")
        ).body(of: reader)
        let version = Version.hash(
            faults.sources.map(\.text), tables: section.texts + (body?.schemaFiles.map(\.bytes) ?? []))
        readLets()
        reader.notYet("lookup", "use 'table' in the field")
        for key in ["where", "same-when", "count-when", "at-change", "states", "shape", "split-at"]
        where reader.optional(key) != nil {
            let hint = key == "where" ? "write it below 'from'" : "it belongs to reading mappings"
            faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' has no place here; \(hint)")
        }
        var fields: [(name: String, field: DocumentField)] = []
        if let node = reader.required("fields") { fields = self.fields(node, parent: "") }
        let skipWhen = reader.optional("skip-when").flatMap { condition($0, what: "'skip-when'") }
        let checks = readChecks()
        let tests = TestSection.tests(of: reader, tables: tableNames, isDocument: true)
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
            skipWhen: skipWhen, checks: checks, site: context.site, whereText: gathering.condition?.text,
            nameMark: name.mark, target: target, perMarks: gathering.perMarks, windowMark: gathering.windowMark,
            recompiled: { overrides in
                let parsed = MappingFile.parse(
                    text: text, file: file, context: context, tables: source, overrides: overrides)
                if case .document(let mapping) = parsed.mapping { return mapping }
                return nil
            })
    }

    private func readChecks() -> [DocumentMapping.Check] {
        (reader.items("checks") ?? []).compactMap { item in
            let entry = NodeReader(item, what: "a check", faults: faults)
            guard item.members != nil else { return nil }
            defer { entry.finish() }
            // By its name a mapping that extends this one replaces or removes it.
            _ = entry.text("name")
            let when = entry.required("when").flatMap { check($0) }
            guard let sentence = entry.text("sentence", required: true), let when else { return nil }
            return DocumentMapping.Check(holds: when, sentence: sentence, place: place(item.mark))
        }
    }

    /// The condition of a check: of the simple kind where it is one, else an expression.
    private func check(_ node: MarkedNode) -> (@Sendable (ValueObject) throws(MappingFault) -> Bool)? {
        // What calls a function is no simple condition; all else is, and its faults are told in its own words.
        if let text = node.text, text.utf8.contains(UInt8(ascii: "$")), !Condition.canRead(text) {
            guard let expression = expression(node, what: "'when'") else { return nil }
            return { (inputs) throws(MappingFault) -> Bool in try expression.holds(inputs) }
        }
        guard let condition = condition(node, what: "'when'") else { return nil }
        return { (inputs) throws(MappingFault) -> Bool in condition(inputs) }
    }

    /// A condition over the inputs.
    private func condition(_ node: MarkedNode, what: String) -> (@Sendable (ValueObject) -> Bool)? {
        guard let condition = faults.condition(node, what: what) else { return nil }
        for path in condition.paths {
            checkInput(path.text, at: faults.mark(at: path.offset, in: node), orLiteral: false)
        }
        return condition.bound { path in { DocumentInputs.value(path.text, in: $0) } }
    }

    /// Reports a name that is no input.
    func checkInput(_ name: String, at mark: SourceMark, orLiteral: Bool) {
        if inputs.isEmpty || inputs.contains(name) { return }
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
