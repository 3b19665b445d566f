/// Something in an expression that is allowed and often not meant.
public struct JSONataTrap: Equatable, Sendable {
    /// What it is.
    public enum Kind: Equatable, Sendable {
        /// `a.b[0]`: the first of each and not the first of all.
        case indexOfEach
        /// `$fromMillis` and its like take offsets and no zone's name; what was written.
        case zoneName(String)
        /// A comparison of a plain member of the input (nil for a literal) with a literal.
        case comparison(name: String?, symbol: String, with: Literal)
    }

    /// A literal of a comparison.
    public enum Literal: Equatable, Sendable {
        case text(String), number, null, bool
    }

    /// What it is.
    public let kind: Kind
    /// Where, as UTF-8 offsets.
    public let span: Range<Int>
}

extension JSONataExpression {
    /// What in the expression may not be meant, in the order of the text; what of it matters the host knows, who knows the input.
    public var traps: [JSONataTrap] {
        // The text was read before, when the expression was made.
        do {
            var finder = TrapFinder()
            finder.visit(try Resolver.resolve(try Parser.parse(text)))
            return finder.found.sorted { $0.span.lowerBound < $1.span.lowerBound }
        } catch {
            return []
        }
    }

    /// Whether the result may be one thing, several or none, for it ends in a filter, a wildcard or a mapping over a list.
    public var mayBeSeveral: Bool {
        do {
            return TrapFinder.isSeveral(try Resolver.resolve(try Parser.parse(text)))
        } catch {
            return false
        }
    }
}

/// Walks through an expression and gathers what may not be meant.
private struct TrapFinder {
    private(set) var found: [JSONataTrap] = []
    private static let comparisons = ["=", "!=", "<", "<=", ">", ">="]
    /// Functions that take an offset, and which argument it is.
    private static let offsets = ["fromMillis": 2, "now": 1]

    mutating func visit(_ node: Node) {
        switch node.kind {
        case .binary where Self.comparisons.contains(node.text): comparison(node)
        case .path:
            if node.list.count > 1, let last = node.list.last,
                Self.filters(of: last).contains(where: { $0.kind == .number })
            {
                add(.indexOfEach, node.span)
            }
        case .call:
            if node.left?.kind == .variable, let place = Self.offsets[node.left?.text ?? ""], node.list.count > place,
                case let zone = node.list[place], zone.kind == .string,
                zone.text.unicodeScalars.contains(where: \.properties.isAlphabetic), zone.text != "Z"
            {
                add(.zoneName(zone.text), zone.span)
            }
        default: break
        }
        node.parts.forEach { visit($0) }
    }

    private mutating func comparison(_ node: Node) {
        guard let left = node.left, let right = node.right else { return }
        if let literal = Self.literal(right) {
            if let name = Self.name(left) { add(.comparison(name: name, symbol: node.text, with: literal), node.span) }
        } else if let literal = Self.literal(left), let name = Self.name(right) {
            add(.comparison(name: name, symbol: node.text, with: literal), node.span)
        }
        if let one = Self.literal(left), let other = Self.literal(right), !Self.areAlike(one, other) {
            add(.comparison(name: nil, symbol: node.text, with: other), node.span)
        }
    }

    private mutating func add(_ kind: JSONataTrap.Kind, _ span: Range<Int>) {
        found.append(JSONataTrap(kind: kind, span: span))
    }

    /// The one name that a node is; nil for anything else.
    private static func name(_ node: Node?) -> String? {
        guard let node, node.kind == .path, node.list.count == 1, let step = node.list.first, step.kind == .name,
            filters(of: step).isEmpty, node.predicates.isEmpty
        else { return nil }
        return step.text
    }

    private static func literal(_ node: Node) -> JSONataTrap.Literal? {
        switch node.kind {
        case .string: .text(node.text)
        case .number: .number
        case .null: .null
        case .bool: .bool
        default: nil
        }
    }

    private static func areAlike(_ left: JSONataTrap.Literal, _ right: JSONataTrap.Literal) -> Bool {
        switch (left, right) {
        case (.text, .text), (.number, .number), (.null, .null), (.bool, .bool): true
        default: false
        }
    }

    private static func filters(of node: Node) -> [Node] {
        (node.stages + node.predicates).compactMap { if case .filter(let filter) = $0 { filter } else { nil } }
    }

    static func isSeveral(_ node: Node) -> Bool {
        if node.keepsArray || node.keepsSingleton { return false }
        switch node.kind {
        case .wildcard, .descendant: return true
        case .path:
            let last = node.list.last.map(filters) ?? []
            if let filter = (last + filters(of: node)).last { return filter.kind != .number }
            return node.list.contains { [.wildcard, .descendant].contains($0.kind) || !filters(of: $0).isEmpty }
        case .block: return node.list.last.map(isSeveral) ?? false
        case .condition: return node.right.map(isSeveral) ?? false || node.third.map(isSeveral) ?? false
        default: return filters(of: node).last.map { $0.kind != .number } ?? false
        }
    }
}
