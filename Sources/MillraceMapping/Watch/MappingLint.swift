import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// Warns of what is allowed in a mapping file and often not meant; a warning stops nothing.
struct MappingLint {
    let root: MarkedNode
    let faults: DiagnosticList
    /// Texts that say something beside tests and the tables' own rows, with what they are.
    private let texts: [Text]

    private struct Text {
        enum Kind { case expression, condition, word }
        let kind: Kind
        let node: MarkedNode
        /// The key it stands behind.
        let key: String
        let text: String
        /// The names it has in it.
        let names: Set<String>
    }

    init(_ root: MarkedNode, faults: DiagnosticList) {
        self.root = root
        self.faults = faults
        var texts: [Text] = []
        for member in root.members ?? [] where !["tests", "tables", "mapping", "version"].contains(member.key) {
            let isLet = member.key == "let"
            Self.gather(member.value, behind: member.key, isExpression: isLet, &texts)
        }
        self.texts = texts
    }

    private static func gather(_ node: MarkedNode, behind key: String, isExpression: Bool, _ texts: inout [Text]) {
        switch node.content {
        case .scalar(let text, _):
            let isCondition = ["where", "count-when", "skip-when", "when"].contains(key)
            let kind: Text.Kind = isExpression || key == "expr" ? .expression : isCondition ? .condition : .word
            texts.append(Text(kind: kind, node: node, key: key, text: text, names: WrittenNames.names(in: text)))
        case .sequence(let items): for item in items { gather(item, behind: key, isExpression: isExpression, &texts) }
        case .mapping(let members):
            for member in members { gather(member.value, behind: member.key, isExpression: isExpression, &texts) }
        }
    }

    func run() {
        unused()
        for text in texts {
            switch text.kind {
            case .expression, .condition: expression(text)
            case .word: break
            }
        }
        severalValues(root["fields"])
    }

    // MARK: What nobody uses

    private func unused() {
        for table in root["tables"]?.members ?? [] where !uses(table.key) {
            warn(
                .unused, table.keyMark,
                "table '\(table.key)' is used by nothing; take it out, or look it up with 'table'")
        }
        for lookup in root["lookup"]?.members ?? [] where !uses(lookup.key) {
            warn(
                .unused, lookup.keyMark,
                "look-up '\(lookup.key)' is used by nothing; take it out, or name a column of it: \(lookup.key).column")
        }
        for signal in root["from"]?["signals"]?.members ?? [] where !uses(signal.key) {
            warn(
                .unused, signal.keyMark,
                "signal '\(signal.key)' is used by nothing; take it out, or name it in a field or condition")
        }
        let lets = root["let"]?.members ?? []
        for value in lets where !texts.contains(where: { $0.names.contains("$\(value.key)") }) {
            warn(
                .unused, value.keyMark,
                "the value '\(value.key)' is used by nothing; take it out, or name it: $\(value.key)")
        }
    }

    private func uses(_ name: String) -> Bool { texts.contains { $0.names.contains(name) } }

    private func warn(_ code: DiagnosticCode, _ mark: SourceMark, _ sentence: String) {
        faults.warning(code, at: mark, sentence)
    }

    // MARK: Traps of expressions

    private func expression(_ text: Text) {
        // try?: one that cannot be read is reported as an error
        guard let expression = try? JSONataExpression(text.text) else { return }
        for trap in expression.traps {
            let mark = MappingExpression.mark(trap.span, in: text.node, faults.source(of: text.node.mark))
            switch trap.kind {
            case .indexOfEach:
                warn(
                    .trap, mark,
                    "'a.b[0]' is the first b of each a; the first of all is '(a.b)[0]'")
            case .zoneName(let zone):
                warn(
                    .trap, mark,
                    "'\(zone)' is no offset, and no zone is known by name here; write $mr_local(time, \"\(zone)\")")
            case .comparison(let name, let symbol, let literal): comparison(name, symbol, literal, mark, text: text)
            }
        }
    }

    private func comparison(
        _ name: String?, _ symbol: String, _ literal: JSONataTrap.Literal, _ mark: SourceMark, text: Text
    ) {
        guard let name else {
            return warn(
                .neverEqual, mark, "both sides are of different types and never equal; write both as text or as numbers"
            )
        }
        let isNumber = isDocument && DocumentInputs.numbers.contains(name)
        let readsNumerals = text.kind == .condition || !isDocument
        switch literal {
        // In conditions and in reading mappings a text that is a number stands for it.
        case .text(let word) where isNumber && readsNumerals && ExactDecimal(word) != nil: break
        case .text where isNumber, .bool where isNumber:
            warn(.neverEqual, mark, "'\(name)' is a number and never equals that; write the number without quotes")
        case .number where !isNumber && isInput(name) && !readsNumerals:
            warn(.neverEqual, mark, "'\(name)' is text and never equals a number; write it in quotes, with its zeros")
        case .null where isInput(name):
            warn(
                .neverEqual, mark,
                "'\(name)' is never null: what has no value is nothing, and a comparison with nothing is false; ask $exists(\(name))"
            )
        case .text(let word): classWord(name, word, mark)
        default: break
        }
        if symbol == "!=" { missing(name, mark) }
    }

    private func isInput(_ name: String) -> Bool {
        PerField.allCases.contains { $0.rawValue == name } || DocumentInputs.downtime.contains(name)
            || ["key", "site", "start", "end"].contains(name)
    }

    private func classWord(_ name: String, _ word: String, _ mark: SourceMark) {
        guard name == "class", isDocument, DowntimeClass(rawValue: word) == nil else { return }
        let known = DowntimeClass.allCases.map(\.rawValue)
        warn(.neverEqual, mark, "there is no class '\(word)'\(Suggestion.ending(for: word, among: known))")
    }

    private var isDocument: Bool { root["to"]?["endpoint"] != nil }

    /// A name that may have no value is unequal to nothing at all.
    private func missing(_ name: String, _ mark: SourceMark) {
        let mayMiss =
            isDocument
            ? ["reason", "order", "operation", "material", "end"].contains(name)
            : root["from"]?["signals"]?[name] != nil
        guard mayMiss else { return }
        warn(
            .comparisonWithNothing, mark,
            "where '\(name)' has no value this is false too, for a comparison with nothing is false; ask for the words that shall hold"
        )
    }

    // MARK: Several values

    private func severalValues(_ node: MarkedNode?) {
        for member in node?.members ?? [] {
            severalValues(member.value["fields"])
            guard let type = member.value["type"], type.text != "array", let expr = member.value["expr"],
                let text = expr.text, let expression = try? JSONataExpression(text),  // try?: reported as an error
                expression.mayBeSeveral
            else { continue }
            warn(
                .trap, expr.mark,
                "the expression may give several values, and field '\(member.key)' is of type \(type.text ?? ""); take one with (…)[0], join them, or say 'type: array'"
            )
        }
    }
}
