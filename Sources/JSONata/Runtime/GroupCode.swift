/// Members that are made for each item, and the values of one name together: `{key: value}`.
final class GroupCode {
    /// One `key: value`.
    struct Pair {
        let key: Code
        let constant: String?
        let value: Code
        let keySpan: Range<Int>
    }

    private let pairs: [Pair]
    /// The values alone.
    private let codes: [Code]
    /// The scope of a tuple's frame; nil where no stream of tuples comes here.
    private let scope: Scope?
    /// The shape of the objects made here, where all names are constant and differ.
    private let shape: Shape?

    init(pairs: [Pair], scope: Scope?) {
        (self.pairs, self.scope) = (pairs, scope)
        codes = pairs.map(\.value)
        let names = pairs.compactMap { $0.constant }
        let shape = Shape(names)
        self.shape = names.count == pairs.count && shape.isDistinct ? shape : nil
    }

    func apply(_ machine: Machine, _ frame: Frame, _ input: Item) throws(JSONataError) -> Item {
        guard case .array(let array) = input else {
            if scope != nil { return .object(try reduced(machine, frame, ItemArray([input]))) }
            return .object(try single(machine, frame, input))
        }
        if scope != nil { return .object(try reduced(machine, frame, array)) }
        switch array.count {
        case 0: return .object(try single(machine, frame, .undefined))
        case 1: return .object(try single(machine, frame, array.items[0]))
        default:
            let items = array.items
            guard shape != nil, !items.contains(where: { $0.isUndefined }) else {
                return .object(try grouped(machine, frame, items))
            }
            // Names that never change gather everything: each value is made from all items together.
            return .object(try single(machine, frame, .array(ItemArray(Self.opened(items)))))
        }
    }

    /// The items, lists among them opened.
    private static func opened(_ items: [Item]) -> [Item] {
        for item in items {
            if case .array = item { return items.flatMap { $0.listed } }
        }
        return items
    }

    /// The object of one item.
    private func single(_ machine: Machine, _ frame: Frame, _ item: Item) throws(JSONataError) -> ItemObject {
        guard let shape else { return try grouped(machine, frame, [item]) }
        var values: [Item] = []
        values.reserveCapacity(codes.count)
        var isWhole = true
        for index in codes.indices {
            let value = try codes[index](machine, frame, item)
            if value.isUndefined { isWhole = false }
            values.append(value)
        }
        if isWhole { return ItemObject(shape, values) }
        var members = ObjectBuilder()
        for (index, value) in values.enumerated() where !value.isUndefined { members.set(shape.keys[index], value) }
        return members.build()
    }

    /// What was gathered under one name.
    private struct Group {
        let pair: Int
        var items: [Item]
        var isList = false
        var tuples: [Bindings] = []

        /// What the value is made from: the item, or all of them.
        var context: Item { isList ? .array(ItemArray(items)) : items[0] }

        mutating func add(_ item: Item) {
            if item.isUndefined { return }
            if !isList {
                if case .array(let array) = items[0] { items = array.items }
                isList = true
            }
            if case .array(let array) = item { items += array.items } else { items.append(item) }
        }
    }

    private func grouped(_ machine: Machine, _ frame: Frame, _ items: [Item]) throws(JSONataError) -> ItemObject {
        try machine.count(items.count)
        var names = ObjectBuilder()
        var groups: [Group] = []
        for item in items {
            for (index, pair) in pairs.enumerated() {
                guard let name = try name(pair, machine, frame, item) else { continue }
                if let place = names.place(of: name) {
                    try check(groups[place].pair, index, name)
                    groups[place].add(item)
                } else {
                    names.set(name, .undefined)
                    groups.append(Group(pair: index, items: [item]))
                }
            }
        }
        var members = ObjectBuilder()
        for (place, group) in groups.enumerated() {
            let value = try pairs[group.pair].value(machine, frame, group.context)
            if !value.isUndefined { members.set(names.keys[place], value) }
        }
        return members.build()
    }

    private func name(
        _ pair: Pair, _ machine: Machine, _ frame: Frame, _ item: Item
    ) throws(JSONataError) -> String? {
        if let constant = pair.constant { return constant }
        switch try pair.key(machine, frame, item) {
        case .string(let name): return name
        case .undefined, .unassigned: return nil
        case let other: throw JSONataError("T1003", at: pair.keySpan, token: "{", value: other)
        }
    }

    private func check(_ known: Int, _ index: Int, _ name: String) throws(JSONataError) {
        guard known == index else {
            throw JSONataError("D1009", at: pairs[index].keySpan, token: "{", value: .string(name))
        }
    }

    /// The object of a stream of tuples: of each name, what was bound comes together too.
    private func reduced(_ machine: Machine, _ frame: Frame, _ stream: ItemArray) throws(JSONataError) -> ItemObject {
        var names = ObjectBuilder()
        var groups: [Group] = []
        let tuples = stream.tuples ?? []
        let items = stream.items
        for (place, item) in items.enumerated() {
            let bindings = place < tuples.count ? tuples[place] : Bindings()
            let inner = Frame(scope?.count ?? 0, parent: frame, level: frame.level, bindings: bindings)
            for (index, pair) in pairs.enumerated() {
                guard let name = try name(pair, machine, inner, item) else { continue }
                if let known = names.place(of: name) {
                    try check(groups[known].pair, index, name)
                    groups[known].items.append(item)
                    groups[known].tuples.append(bindings)
                } else {
                    names.set(name, .undefined)
                    groups.append(Group(pair: index, items: [item], tuples: [bindings]))
                }
            }
        }
        var members = ObjectBuilder()
        for (place, group) in groups.enumerated() {
            var context = group.items[0]
            var bindings = group.tuples[0]
            for index in 1..<max(1, group.items.count) {
                context = Lists.append(context, group.items[index])
                for entry in group.tuples[index].entries {
                    let known = bindings[entry.name]
                    bindings[entry.name] = Lists.append(known.isUndefined ? .undefined : known, entry.value)
                }
            }
            let inner = Frame(scope?.count ?? 0, parent: frame, level: frame.level, bindings: bindings)
            let value = try pairs[group.pair].value(machine, inner, context)
            if !value.isUndefined { members.set(names.keys[place], value) }
        }
        return members.build()
    }
}

extension Compiler {
    static func group(
        _ compiler: Compiler, _ node: Node, _ scope: Scope, _ depth: Int, tuple: Bool = false
    ) throws(JSONataError) -> GroupCode {
        var inner = scope
        if tuple {
            let names = node.pairs.flatMap { Scope.assigned(in: $0.key) + Scope.assigned(in: $0.value) }
            inner = Scope(parent: scope, names: names, isTuple: true)
        }
        var pairs: [GroupCode.Pair] = []
        for pair in node.pairs {
            let key = try compiler.compile(pair.key, inner, depth)
            var constant: String?
            if case .string(let name) = key.constant { constant = name }
            let value = try compiler.compile(pair.value, inner, depth).code
            pairs.append(
                GroupCode.Pair(key: key.code, constant: constant, value: value, keySpan: pair.key.span))
        }
        return GroupCode(pairs: pairs, scope: tuple ? inner : nil)
    }
}
