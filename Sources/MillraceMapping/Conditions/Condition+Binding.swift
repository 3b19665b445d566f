// Hot path: `count-when` and states are asked of every reading, `where` of every row. Guarded by `script/bench`.

import JSONata
public import MillraceValues
import MillraceYAML

/// Where a condition stands, and what it may call: what its evaluation needs where it is more than comparisons.
struct ConditionUse {
    let functions: [JSONataFunction]
    let node: MarkedNode
    let source: SourceText
    /// How sentences name it, such as `'count-when'`.
    let what: String
}

extension Condition {
    /// The condition as a closure over some input, where one that fails is false.
    ///
    /// - Shape: `bind` gives the way from the input to the value of a name; `instant` is what `$now()` is.
    func bound<Input>(
        _ use: ConditionUse?, at instant: @escaping @Sendable (Input) -> Instant? = { _ in nil },
        _ bind: (Path) -> @Sendable (Input) -> Value?
    ) -> @Sendable (Input) -> Bool {
        if let test { return Self.code(test, text, bind) }
        guard let use else { return { _ in false } }
        let checked: @Sendable (Input) throws(MappingFault) -> Bool = checked(use, at: instant, bind)
        return { input in
            do { return try checked(input) } catch { return false }
        }
    }

    /// The condition as a closure that throws where the condition fails; comparisons never do.
    ///
    /// - Shape: `instant` is what `$now()` is.
    func checked<Input>(
        _ use: ConditionUse, at instant: @escaping @Sendable (Input) -> Instant?,
        _ bind: (Path) -> @Sendable (Input) -> Value?
    ) -> @Sendable (Input) throws(MappingFault) -> Bool {
        if let test {
            let code = Self.code(test, text, bind)
            return { (input) throws(MappingFault) -> Bool in code(input) }
        }
        let evaluation = MappingExpression(
            expression, functions: use.functions, node: use.node, source: use.source, readsNumerals: true)
        let getters = paths.map { ($0.parts, bind($0)) }
        let what = use.what
        return { (input) throws(MappingFault) -> Bool in
            var values = ExpressionInputs()
            for (parts, get) in getters { values.add(get(input), at: parts) }
            return MappingExpression.isTrue(try evaluation.value(values, at: instant(input), of: what))
        }
    }

    private static func code<Input>(
        _ test: JSONataTest, _ text: String, _ bind: (Path) -> @Sendable (Input) -> Value?
    ) -> @Sendable (Input) -> Bool {
        switch test {
        case .path, .literal:
            let get = getter(test, text, bind)
            return { get($0).map(MappingExpression.isTrue) ?? false }
        case .all(let left, let right):
            let (first, second) = (code(left, text, bind), code(right, text, bind))
            return { first($0) && second($0) }
        case .any(let left, let right):
            let (first, second) = (code(left, text, bind), code(right, text, bind))
            return { first($0) || second($0) }
        case .comparison(let comparison, let left, let right):
            let (first, second) = (getter(left, text, bind), getter(right, text, bind))
            return { input in
                guard let left = first(input), let right = second(input) else { return false }
                return compare(left, comparison, right)
            }
        case .isIn(let left, let items):
            let first = getter(left, text, bind)
            let others = items.map { getter($0, text, bind) }
            return { input in
                guard let left = first(input) else { return false }
                return others.contains { other in other(input).map { isIn(left, $0) } ?? false }
            }
        }
    }

    private static func getter<Input>(
        _ test: JSONataTest, _ text: String, _ bind: (Path) -> @Sendable (Input) -> Value?
    ) -> @Sendable (Input) -> Value? {
        switch test {
        case .path(let parts, let span):
            return bind(Path(parts: parts, offset: scalars(before: span.lowerBound, in: text)))
        case .literal(let value): return { _ in value }
        default:
            let code = code(test, text, bind)
            return { .bool(code($0)) }
        }
    }

    // MARK: Comparing

    private static func compare(_ left: Value, _ comparison: JSONataTest.Operator, _ right: Value) -> Bool {
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
        case (.string, .number), (.number, .string), (.string, .numeral), (.numeral, .string):
            guard let first = number(left), let second = number(right) else { return false }
            return first == second
        case (.number(let first), .number(let second)): return first == second
        case (.number, .numeral), (.numeral, .number), (.numeral, .numeral):
            if let first = left.decimal, let second = right.decimal { return first == second }
            return double(left) == double(right)
        case (.array(let first), .array(let second)):
            return first.count == second.count && zip(first, second).allSatisfy(isSame)
        case (.object(let first), .object(let second)):
            return first.count == second.count
                && first.allSatisfy { key, value in
                    second.contains { $0.0.utf8.elementsEqual(key.utf8) && isSame(value, $0.1) }
                }
        default: return left.means(right)
        }
    }

    /// Whether two values inside lists or objects are the same: there a text is no number.
    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.string, .number), (.number, .string), (.string, .numeral), (.numeral, .string): false
        default: equal(left, right)
        }
    }

    /// Whether a list in `in [..]` has it: what is a list there stands for its items.
    private static func isIn(_ left: Value, _ right: Value) -> Bool {
        if case .array(let items) = right { return items.contains { equal(left, $0) } }
        return equal(left, right)
    }

    private static func precedes(_ left: Value, _ right: Value) -> Bool? {
        if case .string(let first) = left, case .string(let second) = right { return precedes(first, second) }
        if let first = number(left), let second = number(right) { return first < second }
        guard let first = double(left), let second = double(right) else { return nil }
        return first < second
    }

    /// By UTF-16 code units, as the language orders texts: the same as by bytes but for characters beyond U+FFFF.
    private static func precedes(_ first: String, _ second: String) -> Bool {
        if first.utf8.allSatisfy({ $0 < 0xEE }), second.utf8.allSatisfy({ $0 < 0xEE }) {
            return first.utf8.lexicographicallyPrecedes(second.utf8)
        }
        return first.utf16.lexicographicallyPrecedes(second.utf16)
    }

    private static func number(_ value: Value) -> ExactDecimal? {
        if case .string(let text) = value { return ExactDecimal(text) }
        return value.decimal
    }

    /// The amount of a number that no exact decimal holds.
    private static func double(_ value: Value) -> Double? {
        switch value {
        case .number(let number): Double(number.description)
        case .numeral(let text): Double(text)
        default: nil
        }
    }

    /// Whether it holds for a JSON value, such as an answer's body; a path through a list takes the first element, and `count`
    /// of a list is its length where the elements have no such member. Only comparisons can be asked so.
    public func holds(on value: Value) -> Bool {
        bound(nil) { path in { @Sendable (input: Value) in JSONPath.value(at: path.parts, in: input) } }(value)
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
