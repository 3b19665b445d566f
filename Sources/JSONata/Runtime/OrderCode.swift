extension OrderCode {
    /// The items in order, equal ones as they were.
    ///
    /// - Throws: T2007 and T2008 for what cannot be compared.
    func sort(_ input: ItemArray, _ machine: Machine, _ frame: Frame) throws(JSONataError) -> ItemArray {
        let items = input.items
        guard items.count > 1 else { return input }
        try machine.count(items.count * 4)
        var keys = SortKeys(count: items.count, terms: terms.count)
        if let order = quickly(items, &keys, input, machine, frame) { return arranged(order, items, input) }
        let order = try MergeSort.sorted(items.count) { (left, right) throws(JSONataError) -> Bool in
            try follows(left, right, &keys, input, items, machine, frame)
        }
        return arranged(order, items, input)
    }

    private func arranged(_ order: [Int], _ items: [Item], _ input: ItemArray) -> ItemArray {
        let result = ItemArray(order.map { items[$0] }, .sequence)
        if let tuples = input.tuples { result.tuples = order.map { tuples[$0] } }
        return result
    }

    /// The order where each term's keys are all numbers or all texts, which most are; nil where they are not.
    private func quickly(
        _ items: [Item], _ keys: inout SortKeys, _ input: ItemArray, _ machine: Machine, _ frame: Frame
    ) -> [Int]? {
        var columns: [[Double]] = []
        for (index, term) in terms.enumerated() {
            do throws(JSONataError) {
                guard let column = try column(index, items, &keys, input, machine, frame) else { return nil }
                columns.append(term.isDescending ? column.map { -$0 } : column)
            } catch {
                // A key that nothing is compared by may fail unseen: the careful way finds out.
                return nil
            }
        }
        if columns.count == 1 { return Self.sorted(columns[0]) }
        return MergeSort.sortedPlainly(items.count) { (left, right) in
            for column in columns where column[left] != column[right] { return column[left] > column[right] }
            return false
        }
    }

    private static func sorted(_ numbers: [Double]) -> [Int] {
        guard numbers.count <= 32 else {
            return MergeSort.sortedPlainly(numbers.count) { numbers[$0] > numbers[$1] }
        }
        var order = Array(numbers.indices)
        for place in order.indices.dropFirst() {
            let item = order[place]
            var gap = place
            while gap > 0, numbers[order[gap - 1]] > numbers[item] {
                order[gap] = order[gap - 1]
                gap -= 1
            }
            order[gap] = item
        }
        return order
    }

    /// The keys of a term as numbers that are in the same order: texts by their rank. Nil for mixed kinds.
    private func column(
        _ term: Int, _ items: [Item], _ keys: inout SortKeys, _ input: ItemArray, _ machine: Machine, _ frame: Frame
    ) throws(JSONataError) -> [Double]? {
        var (numbers, texts): ([Double], [String]) = ([], [])
        numbers.reserveCapacity(items.count)
        for place in items.indices {
            switch try key(place, term, &keys, input, items, machine, frame) {
            case .number(let number) where texts.isEmpty && number.isFinite: numbers.append(number)
            case .string(let text) where numbers.isEmpty: texts.append(text)
            default: return nil
            }
        }
        return texts.isEmpty ? numbers : Self.ranks(texts)
    }

    private static func ranks(_ texts: [String]) -> [Double] {
        var places: [TextKey: Int] = [:]
        var distinct: [String] = []
        let members = texts.map { text -> Int in
            // Few texts are found faster by looking than by hashing.
            if distinct.count <= 8 {
                if let known = distinct.firstIndex(where: { Text.same($0, text) }) { return known }
            } else if let known = places[TextKey(text)] {
                return known
            }
            if distinct.count == 8 {
                for (place, text) in distinct.enumerated() { places[TextKey(text)] = place }
            }
            if distinct.count >= 8 { places[TextKey(text)] = distinct.count }
            distinct.append(text)
            return distinct.count - 1
        }
        var ranks = [Double](repeating: 0, count: distinct.count)
        let order = distinct.indices.sorted { Text.precedes(distinct[$0], distinct[$1]) }
        for (rank, place) in order.enumerated() { ranks[place] = Double(rank) }
        return members.map { ranks[$0] }
    }

    /// Whether the left item belongs behind the right one.
    private func follows(
        _ left: Int, _ right: Int, _ keys: inout SortKeys, _ input: ItemArray, _ items: [Item], _ machine: Machine,
        _ frame: Frame
    ) throws(JSONataError) -> Bool {
        for (index, term) in terms.enumerated() {
            let one = try key(left, index, &keys, input, items, machine, frame)
            let other = try key(right, index, &keys, input, items, machine, frame)
            // What has no key stands last, also in descending order.
            if one.isUndefined {
                if other.isUndefined { continue }
                return true
            }
            if other.isUndefined { return false }
            let isLess: Bool
            if let first = one.amount, let second = other.amount {
                if first == second { continue }
                isLess = first < second
            } else if case .string(let first) = one, case .string(let second) = other {
                if Text.same(first, second) { continue }
                isLess = Text.precedes(first, second)
            } else {
                throw fault(one, other, at: term.span)
            }
            return isLess == term.isDescending
        }
        return false
    }

    private func fault(_ one: Item, _ other: Item, at span: Range<Int>) -> JSONataError {
        for item in [one, other] {
            switch item {
            case .number, .numeral, .string: continue
            default: return JSONataError("T2008", at: span, token: "^", value: item)
            }
        }
        return JSONataError("T2007", at: span, token: "^", value: one, second: other)
    }

    private func key(
        _ place: Int, _ term: Int, _ keys: inout SortKeys, _ input: ItemArray, _ items: [Item], _ machine: Machine,
        _ frame: Frame
    ) throws(JSONataError) -> Item {
        if let known = keys[place, term] { return known }
        var inner = frame
        if let scope {
            inner = Frame(scope.count, parent: frame, level: frame.level, bindings: input.tuples?[place])
        }
        let item = try terms[term].code(machine, inner, items[place])
        keys[place, term] = item.isUndefined ? .undefined : item
        return item
    }
}

/// The keys of all items, each found when it is first needed.
struct SortKeys {
    private var known: [Item]
    private let terms: Int

    init(count: Int, terms: Int) {
        known = [Item](repeating: .unassigned, count: count * terms)
        self.terms = terms
    }

    subscript(place: Int, term: Int) -> Item? {
        get {
            let item = known[place * terms + term]
            if case .unassigned = item { return nil }
            return item
        }
        set { known[place * terms + term] = newValue ?? .unassigned }
    }
}

/// Sorts by merging, so that equal items keep their order and the comparisons are the same each time.
enum MergeSort {
    /// As `sorted`, for comparisons that cannot fail.
    static func sortedPlainly(_ count: Int, _ follows: (Int, Int) -> Bool) -> [Int] {
        do {
            return try sorted(count) { (left, right) throws(JSONataError) -> Bool in follows(left, right) }
        } catch {
            // The comparison above throws nothing.
            return Array(0..<count)
        }
    }

    /// The places of `count` items in order; `follows` says that the first belongs behind the second.
    static func sorted(
        _ count: Int, _ follows: (Int, Int) throws(JSONataError) -> Bool
    ) throws(JSONataError) -> [Int] {
        var (order, scratch) = (Array(0..<count), Array(0..<count))
        try sort(&order, &scratch, 0, count, follows)
        return order
    }

    private static func sort(
        _ order: inout [Int], _ scratch: inout [Int], _ start: Int, _ end: Int,
        _ follows: (Int, Int) throws(JSONataError) -> Bool
    ) throws(JSONataError) {
        guard end - start > 1 else { return }
        let middle = start + (end - start) / 2
        try sort(&order, &scratch, start, middle, follows)
        try sort(&order, &scratch, middle, end, follows)
        var (left, right, to) = (start, middle, start)
        while left < middle, right < end {
            if try follows(order[left], order[right]) {
                scratch[to] = order[right]
                right += 1
            } else {
                scratch[to] = order[left]
                left += 1
            }
            to += 1
        }
        while left < middle {
            scratch[to] = order[left]
            left += 1
            to += 1
        }
        while right < end {
            scratch[to] = order[right]
            right += 1
            to += 1
        }
        for index in start..<end { order[index] = scratch[index] }
    }
}
