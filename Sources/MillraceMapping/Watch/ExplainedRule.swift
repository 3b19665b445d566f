public import MillraceValues
import MillraceYAML

/// What one rule of a mapping made of one record.
public struct ExplainedRule: Sendable {
    /// What the rule is.
    public enum Kind: String, Sendable {
        case field, value, condition, state, check
    }
    /// What it is.
    public var kind: Kind
    /// Its name: of a field with its parents, `$name` of a value, the key of a condition.
    public var name: String
    /// What it gave; nil for nothing.
    public var value: Value?
    /// Why it gave nothing, or what it means; empty where the value says it.
    public var sentence = ""
    /// The names that it reads, with their values.
    public var reads: [(name: String, value: Value?)] = []
    /// Rows of tables that were found, and what was missing.
    public var used: [String] = []
    /// The line of the file that says it.
    public var rule = ""
    /// The file that says it; empty where none does.
    public var file = ""
    /// Its line there.
    public var line = 0

    /// The rule as one flat object.
    public var object: Value {
        var reads = ValueObject()
        for (name, value) in self.reads { reads[name] = value ?? .null }
        return [
            "kind": "rule", "what": .string(kind.rawValue), "name": .string(name), "value": value ?? .null,
            "sentence": .string(sentence), "reads": .object(reads), "used": .array(used.map { .string($0) }),
            "file": .string(file), "line": .number(ExactDecimal(Int64(line))), "rule": .string(rule),
        ]
    }
}

/// The rules of a mapping file by their paths, with the lines that say them.
struct WrittenRules {
    private let parsed: ParsedMapping

    init(_ parsed: ParsedMapping) { self.parsed = parsed }

    /// The node behind these keys; a number picks an item.
    func node(_ path: String...) -> MarkedNode? { node(path) }

    private func node(_ path: [String]) -> MarkedNode? {
        path.reduce(parsed.root) { node, key in
            if let items = node?.items, let index = Int(key) {
                return items.indices.contains(index) ? items[index] : nil
            }
            return node?[key]
        }
    }

    /// A field of a document by its name, nested ones with dots, those of a list with its number: `Amount[0].Kind`.
    func documentField(_ name: String) -> MarkedNode? {
        var node = parsed.root
        for part in name.split(separator: ".") {
            let pieces = part.split(whereSeparator: { $0 == "[" || $0 == "]" }).map(String.init)
            node = node?["fields"]
            for piece in pieces {
                if let items = node?.items ?? node?["fields"]?.items, let index = Int(piece) {
                    node =
                        items.indices.contains(index)
                        ? MarkedNode(
                            .mapping([MarkedMember(key: "fields", keyMark: items[index].mark, value: items[index])]),
                            mark: items[index].mark) : nil
                } else {
                    node = node?[piece]
                }
            }
        }
        return node
    }

    /// The rule with the line of its node and where that stands.
    func located(_ rule: ExplainedRule, at node: MarkedNode?) -> ExplainedRule {
        guard let node else { return rule }
        var rule = rule
        let source = parsed.source(of: node.mark)
        (rule.file, rule.line) = (source.file, node.mark.line)
        rule.rule = Self.trimmed(source.line(node.mark.line))
        return rule
    }

    private static func trimmed(_ line: String) -> String {
        var scalars = line.unicodeScalars[...]
        while scalars.first == " " { scalars = scalars.dropFirst() }
        return String(scalars)
    }
}

extension [MappingWatch.Event] {
    /// What was used, in words, each once: an expression may ask for one row several times.
    var words: [String] {
        var said: Set<String> = []
        return all.filter { said.insert($0).inserted }
    }

    private var all: [String] {
        compactMap { event in
            switch event {
            case .row(let table, let key, let from):
                let since = from == .distantPast ? "" : ", valid from \(from.iso8601)"
                return "row \(key.joined(separator: ", ")) of \(table)\(since)"
            case .missing: return "no value: as 'missing' says"
            case .choice(let mark, let isFirst):
                return "\(isFirst ? "first" : "other") side of the choice in line \(mark.line)"
            case .condition, .attributed: return nil
            }
        }
    }
}
