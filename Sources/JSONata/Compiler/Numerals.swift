import MillraceValues

/// The operators where texts that are numbers stand for them (`JSONataEnvironment.readsNumerals`).
///
/// `in` finds lists and objects by what they hold. Amounts are compared by their digits where one side is not a plain double, so that a host that compares exact decimals
/// itself finds the same.
enum Numerals {
    /// The code of a comparison or calculation; nil for the operators that are the same.
    static func code(_ text: String, _ first: @escaping Code, _ second: @escaping Code, _ sides: Operators.Sides)
        -> Code?
    {
        switch text {
        case "=", "!=":
            let wanted = text == "="
            return { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                if one.isUndefined || other.isUndefined { return .bool(false) }
                return .bool(same(one, other) == wanted)
            }
        case "in":
            return { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                if one.isUndefined || other.isUndefined { return .bool(false) }
                guard case .array(let array) = other else { return .bool(same(one, other)) }
                return .bool(array.items.contains { same(one, $0) })
            }
        case "<", "<=", ">", ">=":
            let comparison = Operators.comparison(text)
            return { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                if one.isUndefined || other.isUndefined { return .undefined }
                return .bool(holds(one, comparison, other))
            }
        default:
            guard let calculate = Operators.arithmetic(text) else { return nil }
            return { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                return try Operators.calculated(number(one), number(other), sides, calculate)
            }
        }
    }

    /// A text that is a number as that number; everything else as it is.
    private static func number(_ item: Item) -> Item {
        guard case .string(let text) = item, let number = ExactDecimal(text) else { return item }
        return Item(number: number.description)
    }

    private static func same(_ left: Item, _ right: Item) -> Bool {
        if case .string = left, case .string = right { return left.equals(right) }
        if let order = order(left, right) { return order == 0 }
        return left.equals(right)
    }

    private static func holds(_ left: Item, _ comparison: Operators.Comparison, _ right: Item) -> Bool {
        let order: Int
        if case .string(let one) = left, case .string(let other) = right {
            order = Text.precedes(one, other) ? -1 : Text.precedes(other, one) ? 1 : 0
        } else {
            guard let found = Self.order(left, right) else { return false }
            order = found
        }
        switch comparison {
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        case .greaterOrEqual: return order >= 0
        }
    }

    /// Whether the left amount is less (-1), the same (0) or more (1); nil where one of them is no number.
    private static func order(_ left: Item, _ right: Item) -> Int? {
        if case .number(let one) = left, case .number(let other) = right {
            return one < other ? -1 : one > other ? 1 : one == other ? 0 : nil
        }
        guard isNumber(left) || isNumber(right) else { return nil }
        if let one = exact(left), let other = exact(right) { return one < other ? -1 : one == other ? 0 : 1 }
        // Beyond exact decimals only numbers are left, no texts.
        guard let one = left.amount, let other = right.amount else { return nil }
        return one < other ? -1 : one > other ? 1 : one == other ? 0 : nil
    }

    private static func isNumber(_ item: Item) -> Bool {
        switch item {
        case .number, .numeral: true
        default: false
        }
    }

    private static func exact(_ item: Item) -> ExactDecimal? {
        switch item {
        case .number(let number): number.isFinite ? ExactDecimal(NumberText.text(number)) : nil
        case .numeral(let numeral): ExactDecimal(numeral.text)
        case .string(let text): ExactDecimal(text)
        default: nil
        }
    }
}
