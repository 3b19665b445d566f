import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

extension DocumentMappingCompiler {
    /// Millrace's own functions, with the tables and units of the mapping.
    var functions: MappingFunctions { MappingFunctions(context: context, tables: tables, units: units) }

    /// An expression as it stands in the file; nil, and reported, where it cannot be read or names what is not there.
    func expression(_ node: MarkedNode, what: String) -> MappingExpression? {
        guard let expression = faults.expression(node, what: what) else { return nil }
        for reference in expression.references { check(reference, node) }
        return MappingExpression(
            expression, functions: functions.all, node: node,
            source: faults.source(of: node.mark), watch: context.watch)
    }

    /// Reports a name that is not there.
    func check(_ reference: JSONataReference, _ node: MarkedNode) {
        let mark = MappingExpression.mark(reference.span, in: node, faults.source(of: node.mark))
        switch reference.kind {
        case .input:
            if inputs.contains(reference.path.joined(separator: ".")) { return }
            checkInput(reference.name, at: mark, orLiteral: false)
        case .variable:
            let known = lets.map(\.name)
            if (known + MappingFunctions.names).contains(reference.name) { return }
            faults.error(
                .unknownName, at: mark,
                "'$\(reference.name)' is no value of 'let' that stands before"
                    + Suggestion.ending(for: reference.name, among: known))
        case .function, .call, .failing:
            if let fault = reference.fault { faults.error(.unknownName, at: mark, fault) }
            faults.checkArguments(of: reference, in: node, among: tableNames, functions)
        case .hyphen: break  // a subtraction; names that are not there are told one by one
        }
    }

    /// Reads `let`: values with a name, each of which the later ones, the fields and the checks can use as `$name`.
    func readLets() {
        guard let node = reader.optional("let") else { return }
        guard let members = node.members else {
            faults.error(.wrongShape, at: node.mark, "'let' has to be a mapping, not \(node.shapeInWords)")
            return
        }
        for member in members {
            guard let expression = expression(member.value, what: "'\(member.key)' of 'let'") else { continue }
            lets.append((member.key, expression))
            if !inputs.isEmpty { inputs.append(MappingExpression.variableMark + member.key) }
        }
    }
}
