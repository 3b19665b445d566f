/// What the functions on objects do.
enum Objects {
    static func keys(_ item: Item) -> Item {
        var names = ObjectBuilder()
        func gather(_ item: Item) {
            switch item {
            case .array(let array): for inner in array.items { gather(inner) }
            case .object(let object):
                for index in 0..<object.count where !object[at: index].isUndefined {
                    names.set(object.key(at: index), .null)
                }
            default: break
            }
        }
        gather(item)
        return .array(ItemArray(names.keys.map { .string($0) }, .sequence))
    }

    static func lookup(_ item: Item, _ key: String) -> Item {
        switch item {
        case .object(let object): return object[key] ?? .undefined
        case .array(let array):
            var found: [Item] = []
            for inner in array.items {
                switch lookup(inner, key) {
                case .undefined, .unassigned: break
                case .array(let list): found += list.items
                case let value: found.append(value)
                }
            }
            return .array(ItemArray(found, .sequence))
        default: return .undefined
        }
    }

    static func spread(_ item: Item) -> Item {
        switch item {
        case .array(let array):
            var parts: [Item] = []
            for inner in array.items {
                switch spread(inner) {
                case .array(let list): parts += list.items
                case .undefined, .unassigned: break
                case let value: parts.append(value)
                }
            }
            return .array(ItemArray(parts, parts.isEmpty ? .sequence : []))
        case .object(let object):
            let parts = (0..<object.count).map { index -> Item in
                .object(ItemObject(Shape([object.key(at: index)]), [object[at: index]]))
            }
            return .array(ItemArray(parts, .sequence))
        default: return item
        }
    }

    static func merge(_ item: Item) -> Item {
        guard case .array(let array) = item else { return .undefined }
        var members = ObjectBuilder()
        for case .object(let object) in array.items {
            for index in 0..<object.count { members.set(object.key(at: index), object[at: index]) }
        }
        return .object(members.build())
    }

    static func type(_ item: Item) -> Item {
        switch item {
        case .undefined, .unassigned: .undefined
        case .null: .string("null")
        case .bool: .string("boolean")
        case .number, .numeral: .string("number")
        case .string: .string("string")
        case .array: .string("array")
        case .object: .string("object")
        case .function: .string("function")
        }
    }

    /// `$eval`: a text as an expression, with the context or the value given.
    static func eval(_ text: Item, _ focus: Item, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .string(let text) = text else { return .undefined }
        guard caller.machine.limits.allowsEval, let evaluate = caller.evaluate else { throw JSONataError("D4001") }
        var input = caller.input
        if !focus.isUndefined {
            input = focus
            // A list is one value here too.
            if case .array(let array) = focus, !array.isSequence {
                input = .array(ItemArray([focus], [.sequence, .wrapper]))
            }
        }
        return try evaluate(caller.machine, text, input)
    }
}
