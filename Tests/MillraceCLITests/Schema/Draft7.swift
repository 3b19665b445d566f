import MillraceValues
import MillraceYAML

/// Says whether a value is valid against a JSON Schema of draft-07: the keywords that Millrace prints, and no others.
struct Draft7 {
    private let root: Value
    /// Keywords that say nothing of a value.
    private static let silent = ["$schema", "title", "description", "definitions", "examples"]

    struct UnknownKeyword: Error { let keyword: String }

    init(_ root: Value) { self.root = root }

    /// Why the value is not valid, as paths with the keyword; empty where it is.
    func faults(_ value: Value) throws -> [String] { try faults(value, root, "") }

    private func faults(_ value: Value, _ schema: Value, _ path: String) throws -> [String] {
        if case .bool(let flag) = schema { return flag ? [] : ["\(path): false"] }
        let rules = schema.object ?? ValueObject()
        if let name = rules["$ref"]?.text?.split(separator: "/").last {
            return try faults(value, root["definitions"]?[String(name)] ?? false, path)
        }
        return try rules.flatMap { keyword, rule in
            try fails(value, keyword, rule, rules, path).map { ["\(path): \(keyword)"] + $0 } ?? []
        }
    }

    /// What is behind a keyword's fault; nil where it has none.
    private func fails(
        _ value: Value, _ keyword: String, _ rule: Value, _ rules: ValueObject, _ path: String
    ) throws -> [String]? {
        func all(_ parts: [[String]]) -> [String]? { parts.allSatisfy(\.isEmpty) ? nil : parts.flatMap { $0 } }
        let branches = rule.array ?? []
        switch keyword {
        case _ where Self.silent.contains(keyword): return nil
        case "type":
            let types = (rule.array ?? [rule]).compactMap(\.text)
            return types.contains { Self.isOf(value, $0) } ? nil : []
        case "const": return value == rule ? nil : []
        case "enum": return branches.contains(value) ? nil : []
        case "pattern":
            guard let text = value.text else { return nil }
            return text.firstMatch(of: try Regex(rule.text ?? "")) != nil ? nil : []
        case "minimum": return value.decimal.map { $0 < rule.decimal ?? .zero } == true ? [] : nil
        case "maximum": return value.decimal.map { $0 > rule.decimal ?? .zero } == true ? [] : nil
        case "required":
            guard let object = value.object else { return nil }
            return branches.compactMap(\.text).allSatisfy { object[$0] != nil } ? nil : []
        case "properties":
            return all(
                try (value.object ?? ValueObject()).map { name, member in
                    try rule[name].map { try faults(member, $0, "\(path)/\(name)") } ?? []
                })
        case "additionalProperties":
            let known = rules["properties"]?.object?.keys ?? []
            return all(
                try (value.object ?? ValueObject()).filter { !known.contains($0.0) }.map { name, member in
                    try faults(member, rule, "\(path)/\(name)")
                })
        case "items": return all(try (value.array ?? []).enumerated().map { try faults($1, rule, "\(path)/\($0)") })
        case "allOf": return all(try branches.map { try faults(value, $0, path) })
        case "anyOf": return try branches.contains { try faults(value, $0, path).isEmpty } ? nil : []
        case "oneOf": return try branches.count { try faults(value, $0, path).isEmpty } == 1 ? nil : []
        case "if":
            let branch = try faults(value, rule, path).isEmpty ? rules["then"] : rules["else"]
            return all([try branch.map { try faults(value, $0, path) } ?? []])
        case "then", "else": return nil
        default: throw UnknownKeyword(keyword: keyword)
        }
    }

    private static func isOf(_ value: Value, _ type: String) -> Bool {
        switch (value, type) {
        case (.object, "object"), (.array, "array"), (.string, "string"), (.bool, "boolean"), (.null, "null"): true
        case (.number, "number"), (.numeral, "number"): true
        case (.number(let number), "integer"): number.integer != nil
        default: false
        }
    }
}

extension Value {
    /// The node as an editor sees it: plain scalars by the core schema of YAML 1.2.
    init(asEditorsSee node: MarkedNode) throws {
        switch node.content {
        case .scalar(let text, .plain):
            switch text {
            case "", "~", "null", "Null", "NULL": self = .null
            case "true", "True", "TRUE": self = true
            case "false", "False", "FALSE": self = false
            default:
                let isNumber = try text.wholeMatch(of: Regex("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)")) != nil
                self = isNumber ? ExactDecimal(text).map(Value.number) ?? .numeral(text) : .string(text)
            }
        case .scalar(let text, _): self = .string(text)
        case .sequence(let items): self = .array(try items.map { try Value(asEditorsSee: $0) })
        case .mapping(let members):
            var object = ValueObject()
            for member in members { object.append(member.key, try Value(asEditorsSee: member.value)) }
            self = .object(object)
        }
    }
}
