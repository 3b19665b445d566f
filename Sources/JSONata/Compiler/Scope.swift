/// Where variables live while an expression is compiled.
final class Scope {
    let parent: Scope?
    /// The names that are assigned in it, with their slots.
    private(set) var names: [String: Int] = [:]
    /// Whether `@`, `#` and `%` bind values here.
    let isTuple: Bool

    init(parent: Scope?, names: [String] = [], isTuple: Bool = false) {
        (self.parent, self.isTuple) = (parent, isTuple)
        for name in names { add(name) }
    }

    /// Makes room for a name.
    func add(_ name: String) {
        if names[name] == nil { names[name] = names.count }
    }

    var count: Int { names.count }

    /// The names that an expression assigns in its own scope, not inside blocks, functions or steps of their own.
    static func assigned(in node: Node) -> [String] {
        var names: [String] = []
        gather(node, &names)
        return names
    }

    private static func gather(_ node: Node?, _ names: inout [String]) {
        guard let node, node.kind != .block, node.kind != .lambda else { return gatherAround(node, &names) }
        if node.kind == .bind, let name = node.left?.text, !names.contains(name) { names.append(name) }
        gather(node.left, &names)
        gather(node.right, &names)
        gather(node.third, &names)
        for part in node.list { gather(part, &names) }
        for pair in node.pairs {
            gather(pair.key, &names)
            gather(pair.value, &names)
        }
        for term in node.terms { gather(term.by, &names) }
        gatherAround(node, &names)
    }

    /// What hangs on a node belongs to the scope around it, also where the node has its own.
    private static func gatherAround(_ node: Node?, _ names: inout [String]) {
        guard let node else { return }
        for stage in node.stages + node.predicates {
            if case .filter(let part) = stage { gather(part, &names) }
        }
        gather(node.grouping, &names)
    }
}

/// Where a variable may be found, from the inside out.
enum Place {
    /// In that slot of the frame so many frames out.
    case slot(hops: Int, index: Int)
    /// Among what a step bound, so many frames out.
    case bound(hops: Int, name: Int)
}
