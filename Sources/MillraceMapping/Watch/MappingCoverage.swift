import JSONata
import MillraceCore
public import MillraceValues
import MillraceYAML

/// What of a mapping its tests touch, and what not.
///
/// Points are what is written in the file: fields, rows, both sides of conditions and of choices in expressions, states, checks, and
/// words about what is missing. A field is touched where a test expects something of it: one that is only made along the way may be wrong.
public struct MappingCoverage: Sendable {
    /// One thing that a test can touch.
    public struct Point: Hashable, Sendable {
        /// What it is.
        public enum Kind: String, Sendable, CaseIterable {
            case field, value, row, condition, state, check, choice, missing
        }
        /// What it is.
        public let kind: Kind
        /// Its name, with the side where it has two: `count-when, false`.
        public let name: String
        /// The file that says it.
        public let file: String
        /// Its line there.
        public let line: Int
        /// Whether a test touched it.
        public let isTouched: Bool
    }

    /// The file as messages name it.
    public let file: String
    /// All of them, by place.
    public let points: [Point]

    /// How many are touched.
    public var touched: Int { points.count(where: \.isTouched) }

    /// The share that is touched, in hundredths; 100 where there is nothing to touch.
    public static func percent(touched: Int, of all: Int) -> ExactDecimal {
        // Rounded down: 100.0 means all.
        ExactDecimal(coefficient: all == 0 ? 1_000 : Int64(touched * 1_000 / all), exponent: -1) ?? .zero
    }

    /// The points of a mapping, touched as its tests and what was noted while they ran say.
    public init(_ parsed: ParsedMapping, tests: [MappingTest], events: [MappingWatch.Event]) {
        file = parsed.source.file
        guard let root = parsed.root else {
            points = []
            return
        }
        var finder = PointFinder(parsed, root: root, tests: tests, events: Set(events))
        finder.find()
        points = finder.points.sorted { ($0.file, $0.line, $0.name) < ($1.file, $1.line, $1.name) }
    }
}

/// Walks through a mapping file and gathers its points.
private struct PointFinder {
    let parsed: ParsedMapping
    let root: MarkedNode
    let tests: [MappingTest]
    let events: Set<MappingWatch.Event>
    private(set) var points: [MappingCoverage.Point] = []
    private let expected: Set<String>
    /// The fields of a document that had no value.
    private let missed: Set<String>
    private var isDocument: Bool { root["to"]?["endpoint"] != nil }

    init(_ parsed: ParsedMapping, root: MarkedNode, tests: [MappingTest], events: Set<MappingWatch.Event>) {
        (self.parsed, self.root, self.tests, self.events) = (parsed, root, tests, events)
        expected = Set(tests.reduce(into: []) { Self.names(in: $1.expect, "", &$0) }.map(Self.plain))
        missed = Set(events.compactMap { if case .missing(let field) = $0 { Self.plain(field) } else { nil } })
    }

    /// A field's name without its places in lists, which are one rule each: `Amount[0].Kind` is `Amount.Kind`.
    private static func plain(_ name: String) -> String {
        name.split(separator: "[").enumerated().map { index, part in
            index == 0 ? String(part) : part.firstIndex(of: "]").map { String(part[part.index(after: $0)...]) } ?? ""
        }.joined()
    }

    /// The paths of all that tests expect, and the fields for which documents wait.
    private static func names(in value: Value, _ path: String, _ names: inout Set<String>) {
        switch value {
        case .object(let members):
            for (name, member) in members {
                if path.isEmpty, name == "parked" {
                    if let field = member["field"]?.text { names.insert(field) }
                } else {
                    Self.names(in: member, path.isEmpty ? name : "\(path).\(name)", &names)
                }
            }
        case .array(let items):
            for item in items { Self.names(in: item, path, &names) }
            if !path.isEmpty { names.insert(path) }
        default: names.insert(path)
        }
    }

    private mutating func add(_ kind: MappingCoverage.Point.Kind, _ name: String, _ mark: SourceMark, _ isTouched: Bool)
    {
        let file = parsed.source(of: mark).file
        points.append(.init(kind: kind, name: name, file: file, line: mark.line, isTouched: isTouched))
    }

    mutating func find() {
        for (name, key) in [("where", "where"), ("count-when", "count-when"), ("skip-when", "skip-when")] {
            // The facts that a document mapping gathers are none of its tests' business: they give a sum.
            if let node = root[key] { sides(name, node) }
        }
        for (index, state) in (root["states"]?.items ?? []).enumerated() {
            let words = state["when"]?.text ?? "otherwise"
            add(.state, "\(index + 1): \(words)", state.mark, events.contains(.condition(state.mark, true)))
        }
        for (index, check) in (root["checks"]?.items ?? []).enumerated() {
            guard let node = check["when"] else { continue }
            let name = check["name"]?.text ?? "\(index + 1)"
            for holds in [true, false] {
                add(
                    .check, "\(name), \(holds ? "parks" : "passes")", node.mark,
                    events.contains(.condition(node.mark, holds)))
            }
            choices(node)
        }
        for member in root["let"]?.members ?? [] {
            add(.value, "$\(member.key)", member.keyMark, tests.contains { $0.expect["skipped"] == nil })
            choices(member.value)
        }
        tables()
        if isDocument {
            fields(root["fields"], parent: "")
        } else {
            facts()
        }
    }

    private mutating func sides(_ name: String, _ node: MarkedNode) {
        for holds in [true, false] {
            add(.condition, "\(name), \(holds)", node.mark, events.contains(.condition(node.mark, holds)))
        }
    }

    private mutating func choices(_ node: MarkedNode?) {
        guard let node, let text = node.text,
            let expression = try? JSONataExpression(text)  // try?: a condition, which has no choices
        else { return }
        for span in expression.choices {
            let mark = MappingExpression.mark(span, in: node, parsed.source(of: node.mark))
            for (isFirst, side) in [(true, "first"), (false, "other")] {
                add(.choice, "\(side) side", mark, events.contains(.choice(mark, isFirst)))
            }
        }
    }

    /// Rows that stand in the file itself; those of other files are the site's.
    private mutating func tables() {
        for table in root["tables"]?.members ?? [] {
            guard let rows = table.value["rows"] else { continue }
            let touched = Set(
                events.compactMap { event -> [String]? in
                    if case .row(table.key, let key, _) = event { key } else { nil }
                })
            for row in rows.members ?? [] {
                add(.row, "\(table.key): \(row.key)", row.keyMark, touched.contains([row.key]))
            }
            let keys = table.value["key"].map { $0.items ?? [$0] }?.compactMap(\.text) ?? []
            for row in rows.items ?? [] {
                let key = keys.map { row[$0]?.text ?? "" }
                add(.row, "\(table.key): \(key.joined(separator: ", "))", row.mark, touched.contains(key))
            }
        }
    }

    // MARK: Documents

    private mutating func fields(_ node: MarkedNode?, parent: String) {
        for member in node?.members ?? [] {
            let name = parent.isEmpty ? member.key : "\(parent).\(member.key)"
            if let inner = member.value["fields"] {
                for item in inner.items ?? [inner] { fields(item, parent: name) }
                continue
            }
            let isExpected = expected.contains(name) || expected.contains { $0.hasPrefix(name + ".") }
            add(.field, name, member.keyMark, isExpected)
            if let missing = member.value["missing"] {
                add(.missing, name, missing.mark, missed.contains(name))
            }
            choices(member.value["expr"])
        }
    }

    // MARK: Facts

    private mutating func facts() {
        let fields = root["fields"]?.members ?? []
        for member in fields {
            let names =
                switch member.key {
                case "time": tests.isEmpty ? [] : [""]
                // What all make less the one that has a counter is the other one.
                case "total": fields.contains { $0.key == "good" } ? ["scrap"] : ["good"]
                default: [member.key]
                }
            add(.field, member.key, member.keyMark, names.contains { $0.isEmpty || expected.contains($0) })
            if let missing = member.value["missing"] {
                add(.missing, member.key, missing.mark, isMissed(member.key, missing))
            }
            choices(member.value["expr"])
        }
        for lookup in root["lookup"]?.members ?? [] {
            guard let missing = lookup.value["missing"] else { continue }
            let users = fields.filter { ($0.value.text ?? $0.value["from"]?.text)?.hasPrefix(lookup.key + ".") == true }
            add(.missing, lookup.key, missing.mark, users.contains { isMissed($0.key, missing) })
        }
    }

    /// Whether the field was given what stands for a missing value.
    private func isMissed(_ field: String, _ missing: MarkedNode) -> Bool {
        let fallback = missing["value"]?.text
        return events.contains { event in
            guard case .attributed(field, let attributed) = event else { return false }
            return switch (attributed, fallback) {
            case (.value(let text), let fallback?): text == fallback
            case (.none, nil): missing.text == "none"
            case (.waiting, nil): missing.text != "none"
            default: false
            }
        }
    }
}
