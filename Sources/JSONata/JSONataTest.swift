public import MillraceValues

/// An expression that only compares names and literals, as a tree: what a host that asks it a million times a second may
/// answer itself.
///
/// - Shape: `path` is a name with the names behind its dots, `$name` for a variable; spans are UTF-8 offsets.
public indirect enum JSONataTest: Sendable {
    /// A member of the input, or a member of it.
    case path([String], Range<Int>)
    /// A text, number, `true`, `false` or `null`.
    case literal(Value)
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`.
    case comparison(Operator, JSONataTest, JSONataTest)
    /// `left in [items]`.
    case isIn(JSONataTest, [JSONataTest])
    /// Both hold.
    case all(JSONataTest, JSONataTest)
    /// One of both holds.
    case any(JSONataTest, JSONataTest)

    /// How two values are compared.
    public enum Operator: String, Sendable {
        /// The same.
        case equal = "="
        /// Not the same, and both there.
        case unequal = "!="
        /// Before.
        case less = "<"
        /// Before or the same.
        case lessOrEqual = "<="
        /// Behind.
        case greater = ">"
        /// Behind or the same.
        case greaterOrEqual = ">="
    }
}

extension JSONataExpression {
    /// The expression as a tree of comparisons; nil where it is anything more.
    public var test: JSONataTest? {
        // The text was read before, when the expression was made.
        do {
            return JSONataTest(try Resolver.resolve(try Parser.parse(text)))
        } catch {
            return nil
        }
    }
}

extension JSONataTest {
    init?(_ node: Node) {
        guard node.predicates.isEmpty, node.stages.isEmpty, node.grouping == nil, !node.keepsArray, !node.isTuple else {
            return nil
        }
        switch node.kind {
        case .string: self = .literal(.string(node.text))
        case .bool: self = .literal(.bool(node.flag))
        case .null: self = .literal(.null)
        case .number:
            guard let number = ExactDecimal(NumberText.text(node.number)) else { return nil }
            self = .literal(.number(number))
        case .variable where !node.text.isEmpty && node.text != "$": self = .path(["$" + node.text], node.span)
        case .path:
            guard !node.keepsSingleton, let names = Self.names(node) else { return nil }
            self = .path(names, node.span)
        case .block:
            guard node.list.count == 1, let inner = JSONataTest(node.list[0]) else { return nil }
            self = inner
        case .binary:
            guard let left = node.left.flatMap({ JSONataTest($0) }) else { return nil }
            if node.text == "in" {
                guard let list = node.right, list.kind == .array, list.predicates.isEmpty, !list.keepsArray else {
                    return nil
                }
                let items = list.list.compactMap { JSONataTest($0) }
                guard items.count == list.list.count, items.allSatisfy(\.isValue) else { return nil }
                self = .isIn(left, items)
                return
            }
            guard let right = node.right.flatMap({ JSONataTest($0) }) else { return nil }
            switch node.text {
            case "and": self = .all(left, right)
            case "or": self = .any(left, right)
            default:
                guard let comparison = Operator(rawValue: node.text) else { return nil }
                self = .comparison(comparison, left, right)
            }
        default: return nil
        }
    }

    private var isValue: Bool {
        switch self {
        case .path, .literal: true
        default: false
        }
    }

    /// The names of a path of names alone.
    private static func names(_ path: Node) -> [String]? {
        var names: [String] = []
        for (place, step) in path.list.enumerated() {
            guard step.predicates.isEmpty, step.stages.isEmpty, step.focus == nil, step.index == nil, !step.isTuple,
                !step.keepsArray
            else { return nil }
            switch step.kind {
            case .name: names.append(step.text)
            case .variable where place == 0 && !step.text.isEmpty && step.text != "$": names.append("$" + step.text)
            default: return nil
            }
        }
        return names
    }
}
