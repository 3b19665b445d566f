// Operators, conditions and lists.

extension Compiler {
    func negate(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let operand = try compile(try required(node.left), scope, depth + 1).code
        let span = node.span
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            let item = try operand(machine, frame, input)
            if item.isUndefined { return .undefined }
            guard let number = try Operators.number(item, at: span) else {
                throw JSONataError("D1002", at: span, token: "-", value: item)
            }
            return .number(-number)
        }
    }

    func binary(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let left = try compile(try required(node.left), scope, depth + 1)
        let right = try compile(try required(node.right), scope, depth + 1)
        let (first, second) = (left.code, right.code)
        let sides = Operators.Sides(
            text: node.text, left: node.left?.span ?? node.span, right: node.right?.span ?? node.span, all: node.span)
        let code: Code
        if readsNumerals, let lenient = Numerals.code(node.text, first, second, sides) {
            return folded(Part(lenient), node, left, right)
        }
        switch node.text {
        case "and":
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                guard try first(machine, frame, input).truth else { return .bool(false) }
                return .bool(try second(machine, frame, input).truth)
            }
        case "or":
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                if try first(machine, frame, input).truth { return .bool(true) }
                return .bool(try second(machine, frame, input).truth)
            }
        case "=", "!=":
            let wanted = node.text == "="
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                if one.isUndefined || other.isUndefined { return .bool(false) }
                return .bool(one.equals(other) == wanted)
            }
        case "in":
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                if one.isUndefined || other.isUndefined { return .bool(false) }
                guard case .array(let array) = other else { return .bool(one.isIdentical(to: other)) }
                return .bool(array.items.contains { $0.isIdentical(to: one) })
            }
        case "&":
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                let one = try first(machine, frame, input)
                return try Operators.joined(one, try second(machine, frame, input), sides, machine)
            }
        case "<", "<=", ">", ">=":
            let compare = Operators.comparison(node.text)
            if case .number(let bound)? = right.constant {
                code = { (machine, frame, input) throws(JSONataError) -> Item in
                    let one = try first(machine, frame, input)
                    if case .number(let amount) = one { return .bool(Operators.holds(amount, compare, bound)) }
                    return try Operators.compared(one, try second(machine, frame, input), sides, compare)
                }
                break
            }
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                let one = try first(machine, frame, input)
                return try Operators.compared(one, try second(machine, frame, input), sides, compare)
            }
        case "..":
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                let one = try first(machine, frame, input)
                return try Operators.range(one, try second(machine, frame, input), sides)
            }
        default:
            guard let calculate = Operators.arithmetic(node.text) else {
                throw JSONataError("S0204", at: node.mark, token: node.text)
            }
            code = { (machine, frame, input) throws(JSONataError) -> Item in
                let (one, other) = (try first(machine, frame, input), try second(machine, frame, input))
                return try Operators.calculated(one, other, sides, calculate)
            }
        }
        return folded(Part(code), node, left, right)
    }

    /// The value itself, where both sides are constant and nothing fails.
    private func folded(_ part: Part, _ node: Node, _ left: Part, _ right: Part) -> Part {
        guard left.constant != nil, right.constant != nil, node.text != ".." else { return part }
        let machine = Machine(JSONataEnvironment(now: { 0 }, random: { 0 }, elapsed: { .zero }))
        do {
            return Part(constant: try part.code(machine, Frame(0, parent: nil, level: 0), .undefined))
        } catch {
            // What fails, fails when it is evaluated, if ever.
            return part
        }
    }

    func condition(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let test = watched(try compile(try required(node.left), scope, depth + 1).code, of: node)
        let then = try compile(try required(node.right), scope, depth + 1).code
        switch node.kind {
        case .coalesce:
            return Part { (machine, frame, input) throws(JSONataError) -> Item in
                let item = try test(machine, frame, input)
                return item.isUndefined ? try then(machine, frame, input) : item
            }
        case .otherwise:
            return Part { (machine, frame, input) throws(JSONataError) -> Item in
                let item = try test(machine, frame, input)
                return item.truth ? item : try then(machine, frame, input)
            }
        default:
            guard let third = node.third else {
                return Part { (machine, frame, input) throws(JSONataError) -> Item in
                    try test(machine, frame, input).truth ? try then(machine, frame, input) : .undefined
                }
            }
            let other = try compile(third, scope, depth + 1).code
            return Part { (machine, frame, input) throws(JSONataError) -> Item in
                try test(machine, frame, input).truth
                    ? try then(machine, frame, input) : try other(machine, frame, input)
            }
        }
    }

    func array(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        var parts: [(code: Code, isList: Bool)] = []
        var constants: [Item]? = []
        for item in node.list {
            let part = try compile(item, scope, depth + 1)
            parts.append((part.code, item.kind == .array))
            if let constant = part.constant, item.kind != .array {
                constants?.append(constant)
            } else {
                constants = nil
            }
        }
        let flags: ItemArray.Flags = node.isConstructor ? .constructed : []
        if let constants { return Part(constant: .array(ItemArray(constants, flags))) }
        if parts.count == 1, node.list[0].kind == .binary, node.list[0].text == ".." {
            // A range alone stays a range until someone looks into it.
            let range = parts[0].code
            return Part { (machine, frame, input) throws(JSONataError) -> Item in
                let item = try range(machine, frame, input)
                guard case .array(let array) = item else { return .array(ItemArray(item.listed, flags)) }
                if let limits = array.untouchedRange {
                    let fresh = ItemArray(range: limits.first, limits.last)
                    fresh.flags = flags
                    return .array(fresh)
                }
                return .array(ItemArray(array.items, flags))
            }
        }
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            var items: [Item] = []
            for part in parts {
                let item = try part.code(machine, frame, input)
                switch item {
                case .undefined, .unassigned: break
                case .array(let array) where !part.isList: items += array.items
                default: items.append(item)
                }
            }
            try machine.hold(items.count)
            return try Item.array(ItemArray(items, flags)).held()
        }
    }
}

/// What the operators do.
enum Operators {
    /// Where an operator and its sides stand, for messages.
    struct Sides {
        let text: String
        let left: Range<Int>
        let right: Range<Int>
        let all: Range<Int>
    }

    /// The number an item is; nil for everything else.
    ///
    /// - Throws: D1001 for a number beyond all bounds.
    static func number(_ item: Item, at span: Range<Int>) throws(JSONataError) -> Double? {
        guard let number = item.amount, !number.isNaN else { return nil }
        if number.isInfinite { throw JSONataError("D1001", at: span, value: item) }
        return number
    }

    static func arithmetic(_ text: String) -> ((Double, Double) -> Double)? {
        switch text {
        case "+": { $0 + $1 }
        case "-": { $0 - $1 }
        case "*": { $0 * $1 }
        case "/": { $0 / $1 }
        case "%": { $0.truncatingRemainder(dividingBy: $1) }
        default: nil
        }
    }

    static func calculated(
        _ left: Item, _ right: Item, _ sides: Sides, _ calculate: (Double, Double) -> Double
    ) throws(JSONataError) -> Item {
        if case .number(let one) = left, case .number(let other) = right, one.isFinite, other.isFinite {
            return .number(calculate(one, other))
        }
        let one = try number(left, at: sides.left)
        if one == nil, !left.isUndefined {
            throw JSONataError("T2001", at: sides.left, token: sides.text, value: left)
        }
        let other = try number(right, at: sides.right)
        if other == nil, !right.isUndefined {
            throw JSONataError("T2002", at: sides.right, token: sides.text, value: right)
        }
        guard let one, let other else { return .undefined }
        return .number(calculate(one, other))
    }

    static func joined(
        _ left: Item, _ right: Item, _ sides: Sides, _ machine: Machine
    ) throws(JSONataError) -> Item {
        let one = left.isUndefined ? "" : try Strings.string(left, at: sides.left)
        let other = right.isUndefined ? "" : try Strings.string(right, at: sides.right)
        try machine.hold(text: one.utf8.count + other.utf8.count)
        return .string(one + other)
    }

    enum Comparison { case less, lessOrEqual, greater, greaterOrEqual }

    static func comparison(_ text: String) -> Comparison {
        switch text {
        case "<": .less
        case "<=": .lessOrEqual
        case ">": .greater
        default: .greaterOrEqual
        }
    }

    static func holds(_ one: Double, _ comparison: Comparison, _ other: Double) -> Bool {
        switch comparison {
        case .less: one < other
        case .lessOrEqual: one <= other
        case .greater: one > other
        case .greaterOrEqual: one >= other
        }
    }

    static func compared(
        _ left: Item, _ right: Item, _ sides: Sides, _ comparison: Comparison
    ) throws(JSONataError) -> Item {
        if let one = left.amount, let other = right.amount { return .bool(holds(one, comparison, other)) }
        if case .string(let one) = left, case .string(let other) = right {
            switch comparison {
            case .less: return .bool(Text.precedes(one, other))
            case .lessOrEqual: return .bool(!Text.precedes(other, one))
            case .greater: return .bool(Text.precedes(other, one))
            case .greaterOrEqual: return .bool(!Text.precedes(one, other))
            }
        }
        guard isComparable(left) else { throw JSONataError("T2010", at: sides.left, token: sides.text, value: left) }
        guard isComparable(right) else {
            throw JSONataError("T2010", at: sides.right, token: sides.text, value: right)
        }
        if left.isUndefined || right.isUndefined { return .undefined }
        throw JSONataError("T2009", at: sides.all, token: sides.text, value: left, second: right)
    }

    private static func isComparable(_ item: Item) -> Bool {
        switch item {
        case .undefined, .unassigned, .number, .numeral, .string: true
        default: false
        }
    }

    /// At most so many numbers are in a range.
    static let rangeLimit = 10_000_000

    static func range(_ left: Item, _ right: Item, _ sides: Sides) throws(JSONataError) -> Item {
        let first = left.amount.flatMap { Int(exactly: $0) }
        if first == nil, !left.isUndefined { throw JSONataError("T2003", at: sides.left, token: "..", value: left) }
        let last = right.amount.flatMap { Int(exactly: $0) }
        if last == nil, !right.isUndefined { throw JSONataError("T2004", at: sides.right, token: "..", value: right) }
        guard let first, let last, first <= last else { return .undefined }
        let (size, isTooMany) = last.subtractingReportingOverflow(first)
        if isTooMany || size >= rangeLimit {
            throw JSONataError("D2014", at: sides.all, token: "..", value: .number(Double(last) - Double(first) + 1))
        }
        return .array(ItemArray(range: first, last))
    }
}
