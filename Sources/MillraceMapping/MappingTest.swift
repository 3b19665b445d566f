public import MillraceValues
public import MillraceYAML
import MillraceCore

/// A test inside a mapping file, as plain nouns.
public struct MappingTest: Sendable {
    /// Its name.
    public let name: String
    /// The file it stands in: the mapping's own, or one that it extends.
    public let file: String
    /// Where it stands.
    public let mark: SourceMark
    /// The rows it gives, one for a document mapping. All values are texts.
    public let given: [ValueObject]
    /// Rows in the place of the tables' own; tables that it does not name keep theirs.
    public let tables: [String: [[String: String]]]
    /// What it expects: a subset, only the named fields are compared. A list for reading mappings.
    public let expect: Value
}

/// Why the tables that a test gives cannot be used.
public struct TestTables: Error {
    /// One sentence each.
    public let sentences: [String]

    init(_ parsed: ParsedMapping) {
        sentences = parsed.diagnostics.filter { $0.severity == .error }.map { "with the test's tables: \($0.sentence)" }
    }
}

/// Reads `tests:` of a mapping file.
struct TestSection {
    /// - Shape: `inputs` are the names that the tests of a document mapping can give, nil for a reading mapping, whose tests give
    ///   columns.
    static func tests(of reader: NodeReader, tables: [String], inputs: [String]?) -> [MappingTest] {
        let faults = reader.faults
        return (reader.items("tests") ?? []).compactMap { item in
            let test = NodeReader(item, what: "a test", faults: faults, keys: MappingKeys.test)
            guard item.members != nil else { return nil }
            defer { test.finish() }
            let name = test.text("name", required: true)
            let given = test.required("given").map { node in
                (node.items ?? [node]).compactMap { object($0, faults: faults) }
            }
            if let inputs, let members = test.optional("given")?.members {
                checkNames(of: members, among: inputs, faults)
            }
            var overrides: [String: [[String: String]]] = [:]
            for member in test.members("tables") ?? [] {
                if !tables.contains(member.key) {
                    faults.error(
                        .unknownName, at: member.keyMark,
                        "there is no table '\(member.key)'\(Suggestion.ending(for: member.key, among: tables))")
                }
                overrides[member.key] = rows(member.value, faults: faults)
            }
            let expect = test.required("expect")
            guard let name, let given, let expect else { return nil }
            if inputs != nil, given.count != 1 {
                faults.error(.test, at: item.mark, "the test of a document mapping gives one mapping of inputs")
                return nil
            }
            return MappingTest(
                name: name, file: faults.source(of: item.mark).file, mark: item.mark, given: given, tables: overrides,
                expect: value(expect))
        }
    }

    /// Warns of what a test gives and the mapping does not have: it would be told as if it had a value.
    private static func checkNames(of members: [MarkedMember], among inputs: [String], _ faults: DiagnosticList) {
        for member in members {
            let isThere = inputs.contains { $0 == member.key || $0.hasPrefix(member.key + ".") }
            if isThere || inputs.isEmpty { continue }
            faults.warning(
                .unused, at: member.keyMark,
                "the test gives '\(member.key)', and this mapping has no such input"
                    + Suggestion.ending(for: member.key, among: inputs))
        }
    }

    private static func rows(_ node: MarkedNode, faults: DiagnosticList) -> [[String: String]] {
        if let items = node.items { return items.compactMap { row($0, faults: faults) } }
        // The short form of `rows: {ESTOP: "01"}`.
        return (node.members ?? []).map { ["key": $0.key, "value": $0.value.text ?? ""] }
    }

    static func row(_ node: MarkedNode, faults: DiagnosticList) -> [String: String]? {
        guard let members = node.members else {
            faults.error(.wrongShape, at: node.mark, "a row has to be a mapping of columns to values")
            return nil
        }
        return Dictionary(members.map { ($0.key, $0.value.text ?? "") }) { first, _ in first }
    }

    private static func object(_ node: MarkedNode, faults: DiagnosticList) -> ValueObject? {
        guard node.members != nil, case .object(let object) = value(node) else {
            faults.error(.wrongShape, at: node.mark, "'given' has to be a mapping, or a list of them")
            return nil
        }
        return object
    }

    /// The node as a value: texts, lists and objects only.
    static func value(_ node: MarkedNode) -> Value {
        switch node.content {
        // A null that is written as YAML and JSON have it is one; in quotes it is a text.
        case .scalar(let text, .plain) where ["", "~", "null"].contains(text): return .null
        case .scalar(let text, _): return .string(text)
        case .sequence(let items): return .array(items.map(value))
        case .mapping(let members):
            var object = ValueObject()
            for member in members { object.append(member.key, value(member.value)) }
            return .object(object)
        }
    }
}
