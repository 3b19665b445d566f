import MillraceValues

/// Builds the tree of a condition: `or` binds weakest, then `and`, then comparisons.
struct ConditionParser {
    let tokens: [ConditionToken]
    private var index = 0
    private var depth = 0

    init(tokens: [ConditionToken]) { self.tokens = tokens }

    private var token: ConditionToken { tokens[min(index, tokens.count - 1)] }

    mutating func whole() throws(ConditionFault) -> Condition.Node {
        if token.kind == .end { throw fault("the condition is empty") }
        let node = try either()
        guard token.kind == .end else {
            throw fault("'\(words(token))' is not expected here; use 'and' or 'or' between comparisons")
        }
        return node
    }

    private mutating func either() throws(ConditionFault) -> Condition.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth < 50 else { throw fault("the condition has too many parentheses") }
        var node = try both()
        while take(name: "or") { node = .any(node, try both()) }
        return node
    }

    private mutating func both() throws(ConditionFault) -> Condition.Node {
        var node = try comparison()
        while take(name: "and") { node = .all(node, try comparison()) }
        return node
    }

    private mutating func comparison() throws(ConditionFault) -> Condition.Node {
        let left = try operand()
        if case .mark(let mark) = token.kind, let comparison = Condition.Comparison(rawValue: mark) {
            index += 1
            return .comparison(comparison, left, try operand())
        }
        if take(name: "in") { return .isIn(left, try list()) }
        return left
    }

    private mutating func list() throws(ConditionFault) -> [Condition.Node] {
        guard take(mark: "[") else { throw fault("after 'in' a list is due, such as [\"READY\", \"STOPPED\"]") }
        var items: [Condition.Node] = []
        if take(mark: "]") { return items }
        repeat { items.append(try operand()) } while take(mark: ",")
        guard take(mark: "]") else { throw fault("the list has no closing ]") }
        return items
    }

    private mutating func operand() throws(ConditionFault) -> Condition.Node {
        let start = token.offset
        switch token.kind {
        case .text(let text):
            index += 1
            return .literal(.string(text))
        case .number(let number):
            index += 1
            return .literal(.number(number))
        case .name(let name):
            if name == "and" || name == "or" || name == "in" { throw fault("before '\(name)' a comparison is missing") }
            index += 1
            if case .mark("(") = token.kind {
                throw fault("functions are not yet in this version; use a table or another field")
            }
            switch name {
            case "true": return .literal(.bool(true))
            case "false": return .literal(.bool(false))
            case "null": return .literal(.null)
            default: return .name(Condition.Path(parts: try parts(after: name), offset: start))
            }
        case .mark("("):
            index += 1
            let node = try either()
            guard take(mark: ")") else { throw fault("the parenthesis has no closing )") }
            return node
        case .mark(let mark): throw fault("'\(mark)' is not expected here; a name, a text or a number is due")
        case .end: throw fault("the condition ends where a name, a text or a number is due")
        }
    }

    private mutating func parts(after first: String) throws(ConditionFault) -> [String] {
        var parts = [first]
        while take(mark: ".") {
            guard case .name(let next) = token.kind else { throw fault("after the dot a name is due") }
            parts.append(next)
            index += 1
        }
        return parts
    }

    private mutating func take(mark: String) -> Bool {
        guard token.kind == .mark(mark) else { return false }
        index += 1
        return true
    }

    private mutating func take(name: String) -> Bool {
        guard token.kind == .name(name) else { return false }
        index += 1
        return true
    }

    private func fault(_ sentence: String) -> ConditionFault {
        ConditionFault(offset: token.offset, description: sentence)
    }

    private func words(_ token: ConditionToken) -> String {
        switch token.kind {
        case .name(let text), .text(let text), .mark(let text): text
        case .number(let number): number.description
        case .end: "the end"
        }
    }
}
