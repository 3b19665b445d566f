// Hot path: every path of every expression. Guarded by `script/bench`.

/// A path that is followed step by step, each over all items of the one before.
final class PathCode {
    let steps: [Step]
    /// Whether it begins with a variable, so that a list in the context is not walked through.
    let isAbsolute: Bool
    let keepsTuples: Bool
    let keepsSingleton: Bool
    let grouping: GroupCode?
    private let isTuple: Bool

    init(steps: [Step], isAbsolute: Bool, keepsTuples: Bool, keepsSingleton: Bool, grouping: GroupCode?) {
        (self.steps, self.isAbsolute, self.keepsTuples) = (steps, isAbsolute, keepsTuples)
        (self.keepsSingleton, self.grouping) = (keepsSingleton, grouping)
        isTuple = steps.contains { $0.isTuple }
    }

    func evaluate(_ machine: Machine, _ frame: Frame, _ input: Item) throws(JSONataError) -> Item {
        var sequence: ItemArray
        if !isAbsolute, case .array(let array) = input {
            sequence = array
        } else {
            sequence = ItemArray([input], .sequence)
        }
        var stream: ItemArray?
        var isStream = false
        var result: Item = .undefined
        for (index, step) in steps.enumerated() {
            if step.isTuple { isStream = true }
            if index == 0, step.isConstructor {
                result = try step.code(machine, frame, .array(sequence))
                if isStream { stream = nil }
            } else if isStream {
                let next = try Steps.tuples(step, sequence, stream, machine, frame)
                stream = next
                result = .array(next)
            } else {
                result = .array(try Steps.plain(step, sequence, machine, frame, isLast: index == steps.count - 1))
            }
            guard case .array(let array) = result else {
                if result.isUndefined || !isStream, index < steps.count - 1 {
                    if result.isUndefined { return .undefined }
                    sequence = ItemArray([result], .sequence)
                    continue
                }
                break
            }
            if !isStream, array.count == 0 { break }
            if step.focus == nil { sequence = array }
        }
        if isStream, let stream {
            result = keepsTuples ? .array(stream) : .array(ItemArray(stream.items, .sequence))
        }
        if keepsSingleton, case .array(let array) = result {
            if array.isConstructed, !array.isSequence {
                result = .array(ItemArray([result], [.sequence, .keepSingleton]))
            } else {
                result = .array(array.with(.keepSingleton))
            }
        }
        guard let grouping else { return result }
        if isStream, let stream { return try grouping.apply(machine, frame, .array(stream)) }
        return try grouping.apply(machine, frame, result)
    }
}

/// How steps are made.
enum Steps {
    /// What lies behind a chain of members; nil where a list has to be walked through.
    static func follow(_ item: Item, _ members: [Member]) -> Item? {
        var current = item
        for member in members {
            switch current {
            case .object(let object): current = member.of(object)
            case .array: return nil
            default: return .undefined
            }
        }
        return current
    }

    /// The member of each object of a list, lists among the values opened.
    static func gather(_ member: Member, _ array: ItemArray, _ found: inout [Item]) {
        for item in array.items {
            switch item {
            case .object(let object):
                switch member.of(object) {
                case .undefined, .unassigned: break
                case .array(let inner): found += inner.items
                case let value: found.append(value)
                }
            case .array(let inner): gather(member, inner, &found)
            default: break
            }
        }
    }

    /// A single member of each object of a list, as a path of one step finds it.
    static func member(_ member: Member, of list: ItemArray, _ machine: Machine) throws(JSONataError) -> Item {
        let items = list.items
        try machine.count(items.count)
        var results: [Item] = []
        results.reserveCapacity(items.count)
        for item in items {
            switch item {
            case .object(let object):
                let value = member.of(object)
                if !value.isUndefined { results.append(value) }
            case .array(let inner):
                var found: [Item] = []
                gather(member, inner, &found)
                if !found.isEmpty { results.append(.sequence(found)) }
            default: break
            }
        }
        return .array(try flattened(results, machine, isLast: true)).settled(keepingArray: false)
    }

    /// One step over all items.
    static func plain(
        _ step: Step, _ input: ItemArray, _ machine: Machine, _ frame: Frame, isLast: Bool
    ) throws(JSONataError) -> ItemArray {
        if let order = step.order {
            var sorted = try order.sort(input, machine, frame)
            for case .filter(let filter) in step.stages {
                sorted = try filter.apply(machine, frame, .array(sorted))
            }
            return sorted
        }
        let items = input.items
        try machine.count(items.count)
        var results: [Item] = []
        results.reserveCapacity(items.count)
        for item in items {
            var result: Item
            if let member = step.member, case .object(let object) = item {
                result = member.of(object)
            } else {
                result = try step.code(machine, frame, item)
            }
            for case .filter(let filter) in step.stages {
                result = .array(try filter.apply(machine, frame, result))
            }
            if !result.isUndefined { results.append(result) }
        }
        return try flattened(results, machine, isLast: isLast)
    }

    private static func flattened(
        _ results: [Item], _ machine: Machine, isLast: Bool
    ) throws(JSONataError) -> ItemArray {
        if isLast, results.count == 1, case .array(let array) = results[0], !array.isSequence { return array }
        var hasLists = false
        for result in results {
            if case .array = result {
                hasLists = true
                break
            }
        }
        if !hasLists {
            try machine.hold(results.count)
            return ItemArray(results, .sequence)
        }
        if results.count == 1, case .array(let array) = results[0], !array.isConstructed {
            return array.isSequence && array.tuples == nil && !array.flags.contains(.keepSingleton)
                ? array : ItemArray(array.items, .sequence)
        }
        var flat: [Item] = []
        for result in results {
            if case .array(let array) = result, !array.isConstructed {
                flat += array.items
            } else {
                flat.append(result)
            }
        }
        try machine.hold(flat.count)
        return ItemArray(flat, .sequence)
    }

    /// One step over all tuples.
    static func tuples(
        _ step: Step, _ input: ItemArray, _ stream: ItemArray?, _ machine: Machine, _ frame: Frame
    ) throws(JSONataError) -> ItemArray {
        var result: ItemArray
        if let order = step.order {
            result = try order.sort(stream ?? input, machine, frame)
            if result.tuples == nil {
                result = ItemArray(result.items, .sequence)
                result.tuples = result.items.indices.map { place in
                    var bindings = Bindings()
                    if let index = step.index { bindings[index] = .number(Double(place)) }
                    return bindings
                }
            }
        } else {
            result = try expanded(step, input, stream, machine, frame)
        }
        for stage in step.stages {
            switch stage {
            case .filter(let filter): result = try filter.apply(machine, frame, .array(result))
            case .index(let name):
                var tuples = result.tuples ?? []
                for place in tuples.indices { tuples[place][name] = .number(Double(place)) }
                result.tuples = tuples
            }
        }
        return result
    }

    private static func expanded(
        _ step: Step, _ input: ItemArray, _ stream: ItemArray?, _ machine: Machine, _ frame: Frame
    ) throws(JSONataError) -> ItemArray {
        let items = (stream ?? input).items
        let bindings = stream?.tuples
        var (found, bound): ([Item], [Bindings]) = ([], [])
        try machine.count(items.count)
        for (place, item) in items.enumerated() {
            let outer = bindings?[place] ?? Bindings()
            let inner = Frame(step.scope?.count ?? 0, parent: frame, level: frame.level, bindings: outer)
            let result = try step.code(machine, inner, item)
            if result.isUndefined { continue }
            if case .array(let array) = result, let tuples = array.tuples {
                for (value, tuple) in zip(array.items, tuples) {
                    var merged = outer
                    merged.merge(tuple)
                    found.append(value)
                    bound.append(merged)
                }
                continue
            }
            let values = result.listed
            for (index, value) in values.enumerated() {
                var tuple = outer
                if let focus = step.focus { tuple[focus] = value }
                if let name = step.index { tuple[name] = .number(Double(index)) }
                if let ancestor = step.ancestor { tuple[ancestor] = item }
                found.append(step.focus == nil ? value : item)
                bound.append(tuple)
            }
            try machine.hold(found.count)
        }
        let result = ItemArray(found, .sequence)
        result.tuples = bound
        return result
    }

    /// All values of an object's members, lists among them opened.
    static func wildcard(_ input: Item) -> Item {
        var item = input
        if case .array(let array) = input, array.flags.contains(.wrapper), array.count > 0 { item = array.items[0] }
        var values: [Item] = []
        var hasLists = false
        func open(_ item: Item) {
            guard case .array(let array) = item else { return values.append(item) }
            for inner in array.items { open(inner) }
        }
        switch item {
        case .object(let object):
            for value in object.values where !value.isUndefined {
                if case .array = value { hasLists = true }
                open(value)
            }
        case .array(let array):
            for value in array.items {
                if case .array = value { hasLists = true }
                open(value)
            }
        default: break
        }
        return .array(ItemArray(values, hasLists ? [] : .sequence))
    }

    /// The value and all that lies in it.
    static func descendants(_ input: Item, _ machine: Machine) throws(JSONataError) -> Item {
        if input.isUndefined { return .undefined }
        var found: [Item] = []
        func open(_ item: Item) {
            switch item {
            case .array(let array): for inner in array.items { open(inner) }
            case .object(let object):
                found.append(item)
                for inner in object.values where !inner.isUndefined { open(inner) }
            default: found.append(item)
            }
        }
        open(input)
        try machine.count(found.count)
        try machine.hold(found.count)
        return .sequence(found)
    }
}

extension FilterCode {
    /// The items for which the predicate holds, or those at the places it names.
    func apply(_ machine: Machine, _ frame: Frame, _ input: Item) throws(JSONataError) -> ItemArray {
        let array: ItemArray
        if case .array(let given) = input { array = given } else { array = ItemArray([input], .sequence) }
        let count = array.count
        if let place {
            let floor = place.rounded(.down)
            let index = floor < 0 ? Double(count) + floor : floor
            guard index >= 0, index < Double(count) else { return ItemArray([], .sequence) }
            return one(array, Int(index))
        }
        let items = array.items
        try machine.count(count)
        var (kept, bound): ([Item], [Bindings]) = ([], [])
        for (index, item) in items.enumerated() {
            var inner = frame
            if let scope {
                inner = Frame(scope.count, parent: frame, level: frame.level, bindings: array.tuples?[index])
            }
            if try holds(try code(machine, inner, item), index, count) {
                kept.append(item)
                if let tuples = array.tuples { bound.append(tuples[index]) }
            }
        }
        let result = ItemArray(kept, .sequence)
        if array.tuples != nil { result.tuples = bound }
        return result
    }

    private func one(_ array: ItemArray, _ index: Int) -> ItemArray {
        let item = array.items[index]
        if let tuples = array.tuples {
            let result = ItemArray([item], .sequence)
            result.tuples = [tuples[index]]
            return result
        }
        if case .array(let inner) = item { return inner }
        return ItemArray(item.isUndefined ? [] : [item], .sequence)
    }

    private func holds(_ result: Item, _ index: Int, _ count: Int) throws(JSONataError) -> Bool {
        switch result {
        case .bool(let flag): return flag
        case .number(let number): return Self.names(number, index, count)
        case .numeral(let numeral): return Self.names(numeral.amount, index, count)
        case .array(let array):
            let numbers = array.items.compactMap { $0.amount }
            if numbers.count == array.count, !numbers.isEmpty {
                return numbers.contains { Self.names($0, index, count) }
            }
            return numbers.count == array.count ? false : result.truth
        default: return result.truth
        }
    }

    /// Whether a number means this place; below zero it counts from the end.
    private static func names(_ number: Double, _ index: Int, _ count: Int) -> Bool {
        let floor = number.rounded(.down)
        return (floor < 0 ? Double(count) + floor : floor) == Double(index)
    }
}
