// Hot path: `where` is asked of every row. Guarded by `script/bench`.

public import MillraceValues

extension Condition {
    /// The condition as a closure over some input.
    ///
    /// - Shape: `bind` gives the way from the input to the value of a name.
    func bound<Input>(_ bind: (Path) -> @Sendable (Input) -> Value?) -> @Sendable (Input) -> Bool {
        Self.test(root, bind)
    }

    private static func test<Input>(
        _ node: Node, _ bind: (Path) -> @Sendable (Input) -> Value?
    ) -> @Sendable (Input) -> Bool {
        switch node {
        case .name, .literal:
            let get = getter(node, bind)
            return { get($0).map(holds) ?? false }
        case .all(let left, let right):
            let (first, second) = (test(left, bind), test(right, bind))
            return { first($0) && second($0) }
        case .any(let left, let right):
            let (first, second) = (test(left, bind), test(right, bind))
            return { first($0) || second($0) }
        case .comparison(let comparison, let left, let right):
            let (first, second) = (getter(left, bind), getter(right, bind))
            return { input in
                guard let left = first(input), let right = second(input) else { return false }
                return compare(left, comparison, right)
            }
        case .isIn(let left, let items):
            let first = getter(left, bind)
            let others = items.map { getter($0, bind) }
            return { input in
                guard let left = first(input) else { return false }
                return others.contains { other in other(input).map { compare(left, .equal, $0) } ?? false }
            }
        }
    }

    private static func getter<Input>(
        _ node: Node, _ bind: (Path) -> @Sendable (Input) -> Value?
    ) -> @Sendable (Input) -> Value? {
        switch node {
        case .name(let path): return bind(path)
        case .literal(let value): return { _ in value }
        default:
            let test = test(node, bind)
            return { .bool(test($0)) }
        }
    }

    /// A value alone holds unless it is false, null, zero or an empty text.
    private static func holds(_ value: Value) -> Bool {
        switch value {
        case .null: false
        case .bool(let flag): flag
        case .number, .numeral: !(value.decimal?.isZero ?? false)
        case .string(let text): !text.isEmpty
        case .array(let items): !items.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    private static func compare(_ left: Value, _ comparison: Comparison, _ right: Value) -> Bool {
        switch comparison {
        case .equal: return equal(left, right)
        case .unequal: return !equal(left, right)
        case .less: return precedes(left, right) ?? false
        case .greater: return precedes(right, left) ?? false
        case .lessOrEqual: return precedes(right, left).map { !$0 } ?? false
        case .greaterOrEqual: return precedes(left, right).map { !$0 } ?? false
        }
    }

    private static func equal(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        // By bytes: `==` of texts would take two ways of writing an accent for the same key.
        case (.string(let first), .string(let second)): return first.utf8.elementsEqual(second.utf8)
        case (.string(let text), .number(let number)), (.number(let number), .string(let text)):
            return ExactDecimal(text) == number
        default: return left.means(right)
        }
    }

    private static func precedes(_ left: Value, _ right: Value) -> Bool? {
        if case .string(let first) = left, case .string(let second) = right {
            return first.utf8.lexicographicallyPrecedes(second.utf8)
        }
        guard let first = number(left), let second = number(right) else { return nil }
        return first < second
    }

    private static func number(_ value: Value) -> ExactDecimal? {
        if case .string(let text) = value { return ExactDecimal(text) }
        return value.decimal
    }

    /// Whether it holds for a JSON value, such as an answer's body; a path through a list takes the first element, and `count`
    /// of a list is its length where the elements have no such member.
    public func holds(on value: Value) -> Bool {
        bound { path in { @Sendable (input: Value) in JSONPath.value(at: path.parts, in: input) } }(value)
    }
}

/// Plain paths into a JSON value.
public enum JSONPath {
    /// The value at the path; nil where there is none.
    ///
    /// - Shape: names between dots; a number picks an element, and any other name on a list that of its first element. `count`
    ///   on a list is its length.
    public static func value(at parts: [String], in root: Value) -> Value? {
        var value = root
        for (index, part) in parts.enumerated() {
            if case .array(let items) = value {
                if let position = Int(part) {
                    guard items.indices.contains(position) else { return nil }
                    value = items[position]
                    continue
                }
                if part == "count", index == parts.count - 1 { return .number(ExactDecimal(Int64(items.count))) }
                guard let first = items.first else { return nil }
                value = first
            }
            guard let next = value[part] else { return nil }
            value = next
        }
        return value
    }

    /// The value at the path as text with dots between the names; nil where there is none.
    public static func value(at path: String, in root: Value) -> Value? {
        value(at: path.split(separator: ".").map(String.init), in: root)
    }
}
