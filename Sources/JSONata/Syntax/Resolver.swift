/// Shapes what the parser read: dots become paths, predicates and groupings go to their steps, `%` finds its step.
struct Resolver {
    private var labels = 0

    /// The expression, ready to be compiled.
    static func resolve(_ node: Node) throws(JSONataError) -> Node {
        var resolver = Resolver()
        let result = try resolver.resolve(node)
        if result.kind == .parent || !result.seeking.isEmpty {
            throw JSONataError("S0217", at: result.span, token: result.text)
        }
        return result
    }

    private mutating func resolve(_ node: Node) throws(JSONataError) -> Node {
        let result = try shape(node)
        if node.keepsArray { result.keepsArray = true }
        return result
    }

    private mutating func resolve(_ node: Node?) throws(JSONataError) -> Node {
        guard let node else { throw JSONataError("S0206", token: "nothing") }
        return try resolve(node)
    }

    private mutating func shape(_ node: Node) throws(JSONataError) -> Node {
        switch node.kind {
        case .name: return path(of: node)
        case .word:
            node.kind = .name
            return path(of: node)
        case .parent:
            let slot = Slot(label: labels)
            labels += 1
            node.slot = slot
            return node
        case .dot: return try dot(node)
        case .filter: return try filter(node)
        case .group: return try group(node)
        case .order: return try order(node)
        case .focus: return try focus(node)
        case .position: return try position(node)
        case .lambda:
            node.right = try resolve(node.right)
            if let body = node.right { Self.markTails(body) }
            return node
        case .block: return try block(node)
        case .negate: return try negate(node)
        case .array: return try collect(node, node.list)
        case .apply:
            try sides(node, ancestry: false)
            node.keepsArray = node.left?.keepsArray == true || node.right?.keepsArray == true
            return node
        case .transform:
            try sides(node, ancestry: false)
            return node
        case .binary, .condition, .coalesce, .otherwise:
            try sides(node, ancestry: true)
            return node
        case .bind:
            let value = try resolve(node.right)
            node.right = value
            push(value, to: node)
            return node
        case .object:
            try members(node, ancestry: true)
            return node
        case .call, .partial:
            _ = try collect(node, node.list)
            node.left = try resolve(node.left)
            return node
        case .end: throw JSONataError("S0207", at: node.span)
        default: return node
        }
    }

    private func path(of node: Node) -> Node {
        let path = Node(.path, node.text, node.span)
        path.list = [node]
        if node.keepsArray { path.keepsSingleton = true }
        return path
    }

    private mutating func sides(_ node: Node, ancestry: Bool) throws(JSONataError) {
        if let left = node.left {
            let side = try resolve(left)
            node.left = side
            if ancestry { push(side, to: node) }
        }
        if let right = node.right {
            let side = try resolve(right)
            node.right = side
            if ancestry { push(side, to: node) }
        }
        if let third = node.third {
            let side = try resolve(third)
            node.third = side
            if ancestry { push(side, to: node) }
        }
    }

    private mutating func collect(_ node: Node, _ items: [Node]) throws(JSONataError) -> Node {
        var list: [Node] = []
        for item in items {
            let value = try resolve(item)
            push(value, to: node)
            list.append(value)
        }
        node.list = list
        return node
    }

    private mutating func members(_ node: Node, ancestry: Bool) throws(JSONataError) {
        var pairs: [(key: Node, value: Node)] = []
        for pair in node.pairs {
            let (key, value) = (try resolve(pair.key), try resolve(pair.value))
            if ancestry {
                push(key, to: node)
                push(value, to: node)
            }
            pairs.append((key, value))
        }
        node.pairs = pairs
    }

    private mutating func negate(_ node: Node) throws(JSONataError) -> Node {
        let inner = try resolve(node.left)
        if inner.kind == .number, inner.predicates.isEmpty {
            inner.number = -inner.number
            inner.span = node.span
            return inner
        }
        node.left = inner
        push(inner, to: node)
        return node
    }

    private mutating func block(_ node: Node) throws(JSONataError) -> Node {
        let result = try collect(node, node.list)
        result.isConstructor = result.list.contains {
            $0.isConstructor || ($0.kind == .path && $0.list.first?.isConstructor == true)
        }
        return result
    }

    // MARK: steps

    private mutating func dot(_ node: Node) throws(JSONataError) -> Node {
        let first = try resolve(node.left)
        let path: Node
        if first.kind == .path {
            path = first
        } else {
            path = Node(.path, first.text, first.span)
            path.list = [first]
            if first.kind == .parent, let slot = first.slot { path.seeking = [slot] }
        }
        let rest = try resolve(node.right)
        if rest.kind == .path {
            path.list += rest.list
        } else {
            rest.stages = rest.predicates + rest.stages
            rest.predicates = []
            path.list.append(rest)
        }
        path.span = node.span
        for step in path.list {
            switch step.kind {
            case .number, .bool, .null: throw JSONataError("S0213", at: step.span, token: step.text)
            case .string: step.kind = .name
            default: break
            }
        }
        if path.list.contains(where: { $0.keepsArray }) { path.keepsSingleton = true }
        if let step = path.list.first, step.kind == .array { step.isConstructor = true }
        if let step = path.list.last, step.kind == .array { step.isConstructor = true }
        try findAncestors(of: path)
        return path
    }

    private mutating func filter(_ node: Node) throws(JSONataError) -> Node {
        let result = try resolve(node.left)
        let isPath = result.kind == .path
        let step = isPath ? result.list.last ?? result : result
        if step.grouping != nil { throw JSONataError("S0209", at: node.mark) }
        let predicate = try resolve(node.right)
        for slot in predicate.seeking {
            if slot.level == 1 { try seek(step, slot) } else { slot.level -= 1 }
        }
        if !predicate.seeking.isEmpty || predicate.kind == .parent { push(predicate, to: step) }
        if isPath { step.stages.append(.filter(predicate)) } else { step.predicates.append(.filter(predicate)) }
        return result
    }

    private mutating func group(_ node: Node) throws(JSONataError) -> Node {
        let result = try resolve(node.left)
        if result.grouping != nil { throw JSONataError("S0210", at: node.mark) }
        let grouping = Node(.object, "{", node.span, mark: node.mark)
        grouping.pairs = node.pairs
        try members(grouping, ancestry: false)
        result.grouping = grouping
        return result
    }

    private mutating func order(_ node: Node) throws(JSONataError) -> Node {
        var result = try resolve(node.left)
        if result.kind != .path {
            let path = Node(.path, result.text, result.span)
            path.list = [result]
            result = path
        }
        let step = Node(.sort, "^", node.span, mark: node.mark)
        for term in node.terms {
            let by = try resolve(term.by)
            push(by, to: step)
            step.terms.append((term.isDescending, by))
        }
        result.list.append(step)
        try findAncestors(of: result)
        return result
    }

    private mutating func focus(_ node: Node) throws(JSONataError) -> Node {
        let result = try resolve(node.left)
        let step = result.kind == .path ? result.list.last ?? result : result
        if !step.stages.isEmpty || !step.predicates.isEmpty { throw JSONataError("S0215", at: node.mark) }
        if step.kind == .sort { throw JSONataError("S0216", at: node.mark) }
        if node.keepsArray { step.keepsArray = true }
        step.focus = node.right?.text
        step.isTuple = true
        return result
    }

    private mutating func position(_ node: Node) throws(JSONataError) -> Node {
        var result = try resolve(node.left)
        let step: Node
        if result.kind == .path {
            step = result.list.last ?? result
        } else {
            step = result
            let path = Node(.path, result.text, result.span)
            path.list = [result]
            step.stages += step.predicates
            step.predicates = []
            result = path
        }
        guard let name = node.right?.text else { return result }
        if step.stages.isEmpty { step.index = name } else { step.stages.append(.index(name)) }
        step.isTuple = true
        return result
    }

    /// Marks the calls that are the last thing a body does.
    private static func markTails(_ node: Node) {
        switch node.kind {
        case .call where node.predicates.isEmpty: node.isTail = true
        case .condition:
            if let then = node.right { markTails(then) }
            if let other = node.third { markTails(other) }
        case .block:
            if let last = node.list.last { markTails(last) }
        default: break
        }
    }

    // MARK: parents

    private func push(_ value: Node, to node: Node) {
        guard !value.seeking.isEmpty || value.kind == .parent else { return }
        node.seeking += value.seeking
        if value.kind == .parent, let slot = value.slot { node.seeking.append(slot) }
    }

    private func seek(_ node: Node, _ slot: Slot) throws(JSONataError) {
        switch node.kind {
        case .name, .wildcard:
            slot.level -= 1
            if slot.level == 0 {
                // Two `%` of one step share its name.
                if let known = node.ancestor { slot.label = known.label }
                node.ancestor = slot
                node.isTuple = true
            }
        case .parent: slot.level += 1
        case .block:
            guard let last = node.list.last else { return }
            node.isTuple = true
            try seek(last, slot)
        case .path:
            node.isTuple = true
            var index = node.list.count - 1
            repeat {
                try seek(node.list[index], slot)
                index -= 1
            } while slot.level > 0 && index >= 0
        default: throw JSONataError("S0217", at: node.span, token: node.text)
        }
    }

    private func findAncestors(of path: Node) throws(JSONataError) {
        guard let last = path.list.last else { return }
        var wanted = last.seeking
        if last.kind == .parent, let slot = last.slot { wanted.append(slot) }
        for slot in wanted {
            var index = path.list.count - 2
            while slot.level > 0 {
                if index < 0 {
                    path.seeking.append(slot)
                    break
                }
                var step = path.list[index]
                index -= 1
                // Steps in a row that bind their item stand at the same place.
                while index >= 0, step.focus != nil, path.list[index].focus != nil {
                    step = path.list[index]
                    index -= 1
                }
                try seek(step, slot)
            }
        }
    }
}
