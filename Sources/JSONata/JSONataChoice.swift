extension JSONataExpression {
    /// The choices in the expression, `?:`, `??` and `?` with two sides: the places of their marks, as UTF-8 offsets, in the order of the
    /// text. `JSONataEnvironment.onChoice` names them by these.
    public var choices: [Range<Int>] {
        // The text was read before, when the expression was made.
        do {
            var found: Set<Range<Int>> = []
            func visit(_ node: Node) {
                if [.condition, .coalesce, .otherwise].contains(node.kind) { found.insert(node.mark) }
                node.parts.forEach(visit)
            }
            visit(try Resolver.resolve(try Parser.parse(text)))
            return found.sorted { $0.lowerBound < $1.lowerBound }
        } catch {
            return []
        }
    }
}

extension Node {
    /// The nodes it is made of.
    var parts: [Node] {
        var parts = [left, right, third, grouping].compactMap { $0 } + list
        parts += pairs.flatMap { [$0.key, $0.value] } + terms.map(\.by)
        for case .filter(let part) in stages + predicates { parts.append(part) }
        return parts
    }
}
