import JSONata
import MillraceCore
import MillraceYAML

/// What a request asks its endpoint: `resolve`, `read` and `lookup`.
extension RequestCompiler {
    /// Reads `resolve`: what is asked for before each call.
    func resolving(_ reader: NodeReader) -> [Resolving] {
        (reader.members("resolve") ?? []).compactMap { member in
            let entry = NodeReader(
                member.value, what: "'\(member.key)' of 'resolve'", faults: faults, keys: EndpointKeys.resolving)
            guard member.value.members != nil else { return nil }
            defer { entry.finish() }
            if PathTemplate.known.contains(member.key) {
                faults.error(
                    .contradiction, at: member.keyMark,
                    "'\(member.key)' is a field of every document; give what is asked for another name")
            }
            let question = question(entry, found: [])
            guard let path = entry.text("value", required: true), let question else { return nil }
            return Resolving(name: member.key, question: question, valuePath: path)
        }
    }

    /// Reads `read`; `found` are the names of `resolve`.
    func figureRead(_ reader: NodeReader, found: [String]) -> FigureRead? {
        guard let entry = reader.reader("read") else { return nil }
        defer { entry.finish() }
        let question = question(entry, found: found)
        let isZero = notFound(entry, means: "0")
        let figure = figure(entry)
        guard let figure, let question else { return nil }
        return FigureRead(question: question, figure: figure, zeroIs404: isZero)
    }

    private func figure(_ entry: NodeReader) -> FigureRead.Figure? {
        guard let node = entry.required("figure") else { return nil }
        guard node.members != nil else { return entry.text("figure").map(FigureRead.Figure.path) }
        let inner = NodeReader(node, what: "'figure'", faults: faults, keys: EndpointKeys.figure)
        defer { inner.finish() }
        guard let node = inner.required("expr") else { return nil }
        // An answer has members of its own, so that only functions and values can be wrong.
        return expression(node, "figure", inputs: nil, values: []).map(FigureRead.Figure.expression)
    }

    /// Reads `lookup`; `found` are the names of `resolve`.
    func keyLookup(_ reader: NodeReader, found: [String]) -> KeyLookup? {
        guard let entry = reader.reader("lookup") else { return nil }
        defer { entry.finish() }
        let question = question(entry, found: found)
        let there = entry.required("there").flatMap { faults.comparison($0, what: "'there'") }
        let notThere = entry.optional("not-there").map { faults.comparison($0, what: "'not-there'") }
        let receipt = entry.text("receipt")
        let isMissing = notFound(entry, means: "not-there")
        if question?.body != nil, notThere == nil {
            faults.error(
                .missingKey, at: reader.mark(of: "lookup"),
                "a look-up by 'post' needs 'not-there', for what answers so often says 200 to a fault, too: "
                    + "else a fault would mean that the document is not there, and it would be sent again")
        }
        guard let question, let there else { return nil }
        return KeyLookup(
            question: question, there: there, notThere: notThere ?? nil, receiptPath: receipt, missingIs404: isMissing)
    }

    /// Whether the file says what a 404 means; without the word it is no answer, for it may as well be a wrong address.
    private func notFound(_ entry: NodeReader, means word: String) -> Bool {
        guard let node = entry.optional("not-found") else { return false }
        if node.text == word { return true }
        faults.error(.unknownWord, at: node.mark, "'not-found' says what a 404 means here, and can only be \(word)")
        return false
    }

    /// A call that changes nothing, with the values that its path and body are made of.
    private func question(_ entry: NodeReader, found: [String]) -> QuestionDefinition? {
        var lets: [EndpointExpression] = []
        for member in entry.members("let") ?? [] {
            let known = found + lets.map(\.name)
            if known.contains(member.key) || PathTemplate.known.contains(member.key) {
                faults.error(
                    .contradiction, at: member.keyMark, "there is a '\(member.key)' already; take another name")
                continue
            }
            if let value = expression(member.value, member.key, inputs: PathTemplate.known, values: known) {
                lets.append(value)
            }
        }
        let values = found + lets.map(\.name)
        let call = call(entry, ["get", "post"], isRequired: true, names: values)
        let body = entry.optional("body").flatMap {
            expression($0, "body", inputs: PathTemplate.known, values: values)
        }
        guard let call else { return nil }
        if (call.method == "POST") != (entry.optional("body") != nil) {
            faults.error(
                .contradiction, at: entry.node.mark, "\(entry.what): 'post' and 'body' belong together, 'get' has none")
        }
        return QuestionDefinition(call: call, lets: lets, body: body)
    }

    /// - Shape: `inputs` are the members that it can name, nil for any; `values` what stands there as `$name`.
    private func expression(
        _ node: MarkedNode, _ name: String, inputs: [String]?, values: [String]
    ) -> EndpointExpression? {
        guard let expression = faults.expression(node, what: "'\(name)'") else { return nil }
        let source = faults.source(of: node.mark)
        var (named, used): ([String], [String]) = ([], [])
        for reference in expression.references {
            let mark = MappingExpression.mark(reference.span, in: node, source)
            switch reference.kind {
            case .input:
                guard let inputs else { continue }
                let path = reference.path.joined(separator: ".")
                if let name = [path, reference.name].first(where: inputs.contains) {
                    named.append(name)
                } else {
                    faults.unknown(reference.name, "field of a document", among: inputs, at: mark, orLiteral: false)
                }
            case .variable:
                if values.contains(reference.name) {
                    used.append(reference.name)
                    continue
                }
                faults.unknown(
                    "$" + reference.name, "value", among: values.map { "$" + $0 }, at: mark, orLiteral: false)
            case .function where MappingFunctions.names.contains(reference.name):
                faults.error(.unknownName, at: mark, "'$\(reference.name)' belongs to mapping files")
            case .function, .call, .hyphen, .failing:
                if let fault = reference.fault { faults.error(.unknownName, at: mark, fault) }
            }
        }
        return EndpointExpression(
            name: name, expression: MappingExpression(expression, functions: [], node: node, source: source),
            inputs: named, values: used)
    }
}
