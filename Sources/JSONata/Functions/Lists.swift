/// What the functions on lists do, and those that take functions.
enum Lists {
    /// Both as one list; nothing beside something is that something.
    static func append(_ first: Item, _ second: Item) -> Item {
        if first.isUndefined { return second.isUndefined ? .undefined : second }
        if second.isUndefined { return first }
        if case .array = first { return .array(ItemArray(first.listed + second.listed)) }
        // A single value and a list become a list, a value alone stays the sequence it was.
        return .array(ItemArray([first] + second.listed))
    }

    static func map(_ list: Item, _ function: Function?, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .array(let array) = list, let function else { return .undefined }
        var results: [Item] = []
        for (index, item) in array.items.enumerated() {
            let result = try caller.callback(function, item, .number(Double(index)), list)
            if !result.isUndefined { results.append(result) }
            try caller.machine.hold(results.count)
        }
        return .array(ItemArray(results, .sequence))
    }

    static func filter(_ list: Item, _ function: Function?, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .array(let array) = list, let function else { return .undefined }
        var results: [Item] = []
        for (index, item) in array.items.enumerated()
        where try caller.callback(function, item, .number(Double(index)), list).truth {
            results.append(item)
        }
        return .array(ItemArray(results, .sequence))
    }

    static func single(_ list: Item, _ function: Function?, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .array(let array) = list else { return .undefined }
        var found: Item?
        for (index, item) in array.items.enumerated() {
            if let function, try !caller.callback(function, item, .number(Double(index)), list).truth { continue }
            if found != nil { throw JSONataError("D3138") }
            found = item
        }
        guard let found else { throw JSONataError("D3139") }
        return found
    }

    static func reduce(
        _ list: Item, _ function: Function?, _ start: Item, _ caller: Caller
    ) throws(JSONataError) -> Item {
        guard case .array(let array) = list, let function else { return .undefined }
        let arity = function.arity
        if arity < 2 { throw JSONataError("D3050") }
        let items = array.items
        var (result, index) = (start, 0)
        if start.isUndefined, let first = items.first { (result, index) = (first, 1) }
        while index < items.count {
            var arguments = [result, items[index]]
            if arity >= 3 { arguments.append(.number(Double(index))) }
            if arity >= 4 { arguments.append(list) }
            result = try caller.machine.apply(function, arguments, caller)
            index += 1
        }
        return result
    }

    static func sift(_ item: Item, _ function: Function?, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .object(let object) = item, let function else { return .undefined }
        var members = ObjectBuilder()
        for index in 0..<object.count {
            let key = object.key(at: index)
            if try caller.callback(function, object[at: index], .string(key), item).truth {
                members.set(key, object[at: index])
            }
        }
        return members.keys.isEmpty ? .undefined : .object(members.build())
    }

    static func each(_ item: Item, _ function: Function?, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .object(let object) = item, let function else { return .undefined }
        var results: [Item] = []
        for index in 0..<object.count {
            let result = try caller.callback(function, object[at: index], .string(object.key(at: index)), item)
            if !result.isUndefined { results.append(result) }
        }
        return .array(ItemArray(results, .sequence))
    }

    static func sort(_ list: Item, _ function: Function?, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .array(let array) = list else { return .undefined }
        let items = array.items
        guard items.count > 1 else { return list }
        try caller.machine.count(items.count * 4)
        let order: [Int]
        if let function {
            order = try MergeSort.sorted(items.count) { (left, right) throws(JSONataError) -> Bool in
                isTruthy(try caller.machine.apply(function, [items[left], items[right]], caller))
            }
        } else if items.allSatisfy({ $0.amount != nil }) {
            order = try MergeSort.sorted(items.count) { (left, right) throws(JSONataError) -> Bool in
                (items[left].amount ?? 0) > (items[right].amount ?? 0)
            }
        } else {
            var texts: [String] = []
            for item in items {
                guard case .string(let text) = item else { throw JSONataError("D3070", value: item) }
                texts.append(text)
            }
            order = try MergeSort.sorted(items.count) { (left, right) throws(JSONataError) -> Bool in
                Text.precedes(texts[right], texts[left])
            }
        }
        return .array(ItemArray(order.map { items[$0] }))
    }

    /// What the comparing function says, as JavaScript takes it.
    private static func isTruthy(_ item: Item) -> Bool {
        switch item {
        case .array, .object, .function: true
        default: item.truth
        }
    }

    static func zip(_ lists: [Item]) -> Item {
        let columns = lists.map { list -> [Item] in
            if case .array(let array) = list { return array.items }
            return []
        }
        let count = columns.map(\.count).min() ?? 0
        return .array(ItemArray((0..<count).map { row in .array(ItemArray(columns.map { $0[row] })) }))
    }

    static func shuffle(_ list: Item, _ caller: Caller) -> Item {
        guard case .array(let array) = list, array.count > 1 else { return list }
        var items = array.items
        for index in stride(from: items.count - 1, to: 0, by: -1) {
            let other = min(index, Int(caller.machine.environment.random() * Double(index + 1)))
            items.swapAt(index, max(0, other))
        }
        return .array(ItemArray(items))
    }

    static func distinct(_ list: Item) -> Item {
        guard case .array(let array) = list, array.count > 1 else { return list }
        var kept: [Item] = []
        var texts: Set<TextKey> = []
        for item in array.items {
            if case .string(let text) = item {
                if texts.insert(TextKey(text)).inserted { kept.append(item) }
            } else if !kept.contains(where: { $0.equals(item) }) {
                kept.append(item)
            }
        }
        return .array(ItemArray(kept, array.isSequence ? .sequence : []))
    }

    static func reverse(_ list: Item) -> Item {
        guard case .array(let array) = list, array.count > 1 else { return list }
        return .array(ItemArray(array.items.reversed()))
    }
}
