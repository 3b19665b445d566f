public import MillraceValues
import MillraceYAML

extension DocumentMapping {
    /// What each rule makes of these inputs (`DocumentInputs`), in the order in which they are asked.
    ///
    /// - Shape: `parsed` is what it was compiled from, with that watch in its context.
    public func explained(_ given: ValueObject, parsed: ParsedMapping, watch: MappingWatch) -> [ExplainedRule] {
        let written = WrittenRules(parsed)
        var inputs = given
        var rules: [ExplainedRule] = []
        _ = watch.take()
        for (name, expression) in lets {
            var rule = ExplainedRule(kind: .value, name: "$\(name)", reads: Self.reads(expression.names, inputs))
            rule.evaluate { () throws(MappingFault) in try expression.value(inputs, of: "let.\(name)") }
            rule.used = watch.take().words
            inputs[MappingExpression.variableMark + name] = rule.value
            rules.append(written.located(rule, at: written.node("let", name)))
        }
        if skipWhen != nil {
            let skips = skips(inputs)
            _ = watch.take()
            let rule = ExplainedRule(
                kind: .condition, name: "skip-when", value: .bool(skips), sentence: skips ? "no document is made" : "")
            rules.append(written.located(rule, at: written.node("skip-when")))
        }
        for (index, check) in checks.enumerated() {
            var rule = ExplainedRule(kind: .check, name: "check \(index + 1)")
            rule.evaluate { () throws(MappingFault) in .bool(try check.holds(inputs)) }
            if rule.value == true { rule.sentence = "parks: \(check.sentence)" }
            rule.used = watch.take().words
            rules.append(written.located(rule, at: written.node("checks", "\(index)")))
        }
        explain(fields, parent: "", inputs, written, watch, &rules)
        return rules
    }

    private func explain(
        _ fields: [(name: String, field: DocumentField)], parent: String, _ inputs: ValueObject,
        _ written: WrittenRules, _ watch: MappingWatch, _ rules: inout [ExplainedRule]
    ) {
        for (key, field) in fields {
            let name = parent.isEmpty ? key : "\(parent).\(key)"
            var rule = ExplainedRule(kind: .field, name: name)
            switch field {
            case .object(let inner):
                explain(inner, parent: name, inputs, written, watch, &rules)
                continue
            case .list(let items):
                for (index, item) in items.enumerated() {
                    explain(item, parent: "\(name)[\(index)]", inputs, written, watch, &rules)
                }
                continue
            case .each(let list):
                rule.reads = Self.reads([list.path], inputs)
                rule.evaluate { () throws(MappingFault) in try list.value(inputs) }
                rule.used = watch.take().words
            case .literal(let value): rule.value = value
            case .input(let input):
                rule.reads = Self.reads(input.paths + (input.expression?.names ?? []), inputs)
                rule.evaluate { () throws(MappingFault) in try input.value(inputs) }
                rule.used = watch.take().words
            }
            rules.append(written.located(rule, at: written.documentField(name)))
        }
    }

    private static func reads(_ names: [String], _ inputs: ValueObject) -> [(name: String, value: Value?)] {
        names.map { ($0, DocumentInputs.value($0, in: inputs)) }
    }
}

extension ExplainedRule {
    /// Takes the result, or the sentence of the fault.
    fileprivate mutating func evaluate(_ body: () throws(MappingFault) -> Value?) {
        do throws(MappingFault) {
            value = try body()
        } catch {
            sentence = "\(error.code): \(error.sentence)"
        }
    }
}
