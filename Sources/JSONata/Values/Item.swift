// Hot path: every value of every expression is one of these. Guarded by `script/bench`.

/// A value inside an evaluation.
///
/// Nothing of it leaves the evaluator's thread: lists and objects are references that a transform may change in its own
/// copy, and results are handed out as bytes or as `Value`.
enum Item {
    /// A variable's slot that nothing was assigned to yet; never the result of an expression.
    case unassigned
    /// No value at all, which is not null.
    case undefined
    case null
    case bool(Bool)
    /// A number whose shortest notation is the one it was written in, or one that was calculated.
    case number(Double)
    /// A number that is kept by its text: only calculating with it makes it a double.
    case numeral(Numeral)
    case string(String)
    case array(ItemArray)
    case object(ItemObject)
    case function(Function)
}

/// A number's text together with its amount.
final class Numeral {
    let text: String
    let amount: Double

    init(_ text: String, _ amount: Double) { (self.text, self.amount) = (text, amount) }
}

/// A list, and what the language knows about how it came to be.
final class ItemArray {
    /// How a list came to be, which decides whether it is flattened or unwrapped.
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// A result of a path, not a list that was written: one item of it stands for itself, none is nothing.
        static let sequence = Flags(rawValue: 1)
        /// Stays a list also with one item.
        static let keepSingleton = Flags(rawValue: 2)
        /// Made by a `[…]` at the beginning or end of a path: is not flattened into the next step.
        static let constructed = Flags(rawValue: 4)
        /// The wrapper around an input that is a list.
        static let wrapper = Flags(rawValue: 8)
    }

    /// How many lists and objects may stand inside each other; what is nested deeper could not be let go of again.
    static let depthLimit = 1_000

    private var stored: [Item]
    /// How many lists and objects stand inside each other here, this one among them.
    let depth: Int
    /// The first and the last number of a range that nobody has looked into yet.
    private var range: (first: Int, last: Int)?
    var flags: Flags
    /// What `@`, `#` and `%` have bound for each item; nil where this is no stream of tuples.
    var tuples: [Bindings]?

    init(_ items: [Item], _ flags: Flags = []) {
        (stored, self.flags) = (items, flags)
        depth = Item.depth(of: items)
    }

    /// The whole numbers of a range, which stay numbers on paper until someone looks.
    init(range first: Int, _ last: Int) {
        (stored, flags, depth) = ([], .sequence, 1)
        range = (first, last)
    }

    /// The items, in order.
    var items: [Item] {
        if range != nil { spell() }
        return stored
    }

    private func spell() {
        guard let limits = range else { return }
        range = nil
        var spelled: [Item] = []
        spelled.reserveCapacity(limits.last - limits.first + 1)
        for number in limits.first...limits.last { spelled.append(.number(Double(number))) }
        stored = spelled
    }

    var count: Int {
        if let range { return range.last - range.first + 1 }
        return stored.count
    }

    /// The untouched range this is; nil for every other list.
    var untouchedRange: (first: Int, last: Int)? { range }

    var isSequence: Bool { flags.contains(.sequence) }
    var isConstructed: Bool { flags.contains(.constructed) }

    /// The same items under other flags; the list itself may be shared and stays as it is.
    func with(_ more: Flags) -> ItemArray {
        if flags.contains(more) { return self }
        let copy: ItemArray
        if let range {
            copy = ItemArray(range: range.first, range.last)
            copy.flags = flags.union(more)
        } else {
            copy = ItemArray(stored, flags.union(more))
        }
        copy.tuples = tuples
        return copy
    }
}

/// The values that `@`, `#` and `%` have bound on the way to an item, by the number of their name.
struct Bindings {
    var entries: [(name: Int, value: Item)] = []

    subscript(name: Int) -> Item {
        get { entries.last { $0.name == name }?.value ?? .unassigned }
        set {
            if let index = entries.firstIndex(where: { $0.name == name }) {
                entries[index].value = newValue
            } else {
                entries.append((name, newValue))
            }
        }
    }

    mutating func merge(_ other: Bindings) {
        for entry in other.entries { self[entry.name] = entry.value }
    }
}

extension Item {
    var isUndefined: Bool {
        switch self {
        case .undefined, .unassigned: true
        default: false
        }
    }

    var isFunction: Bool {
        if case .function = self { return true }
        return false
    }

    /// The amount of a number; nil for everything else.
    var amount: Double? {
        switch self {
        case .number(let number): number
        case .numeral(let numeral): numeral.amount
        default: nil
        }
    }

    /// The letter by which a signature knows this kind of value.
    var symbol: UInt8 {
        switch self {
        case .string: UInt8(ascii: "s")
        case .number, .numeral: UInt8(ascii: "n")
        case .bool: UInt8(ascii: "b")
        case .null: UInt8(ascii: "l")
        case .array: UInt8(ascii: "a")
        case .object: UInt8(ascii: "o")
        case .function: UInt8(ascii: "f")
        case .undefined, .unassigned: UInt8(ascii: "m")
        }
    }

    /// How many lists and objects stand inside each other; 0 for simple values.
    var depth: Int {
        switch self {
        case .array(let array): array.depth
        case .object(let object): object.depth
        default: 0
        }
    }

    /// The depth of a list or an object that holds these.
    static func depth(of items: some Collection<Item>) -> Int {
        var deepest = 0
        for item in items { deepest = max(deepest, item.depth) }
        return deepest + 1
    }

    /// This, where it is not nested too deeply.
    ///
    /// - Throws: D1011.
    func held() throws(JSONataError) -> Item {
        if depth > ItemArray.depthLimit { throw JSONataError("D1011") }
        return self
    }

    /// The items of a list, or this one alone; nothing for nothing.
    var listed: [Item] {
        switch self {
        case .array(let array): array.items
        case .undefined, .unassigned: []
        default: [self]
        }
    }

    /// A sequence of these, which is nothing without items and the item itself where it is one.
    static func sequence(_ items: [Item]) -> Item {
        switch items.count {
        case 0: .undefined
        case 1: items[0]
        default: .array(ItemArray(items, .sequence))
        }
    }

    /// What a sequence stands for once an expression is evaluated: nothing, its one item, or itself.
    func settled(keepingArray keep: Bool) -> Item {
        guard case .array(let array) = self, array.isSequence, array.tuples == nil else { return self }
        switch array.count {
        case 0: return .undefined
        case 1:
            if keep || array.flags.contains(.keepSingleton) { return .array(array.with(.keepSingleton)) }
            return array.items[0]
        default: return keep ? .array(array.with(.keepSingleton)) : self
        }
    }

    /// Whether the language takes this for true; nil for nothing.
    var truth: Bool {
        switch self {
        case .unassigned, .undefined, .null, .function: false
        case .bool(let flag): flag
        case .number(let number): number != 0 && !number.isNaN
        case .numeral(let numeral): numeral.amount != 0
        case .string(let text): !text.isEmpty
        case .object(let object): object.count > 0
        case .array(let array):
            array.count == 1 ? array.items[0].truth : array.items.contains { $0.truth }
        }
    }

    /// Whether both are the same simple value, or one and the same list or object.
    func isIdentical(to other: Item) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)): left === right
        case (.object(let left), .object(let right)): left === right
        default: equals(other)
        }
    }

    /// Whether both are the same all the way down: numbers by amount, texts by their code units, members in any order.
    func equals(_ other: Item) -> Bool {
        switch (self, other) {
        // A list can hold nothing, where a predicate chose it by its place.
        case (.null, .null), (.undefined, .undefined): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)): return Text.same(left, right)
        case (.array(let left), .array(let right)):
            guard left.count == right.count else { return false }
            if left === right { return true }
            return zip(left.items, right.items).allSatisfy { $0.equals($1) }
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            if left === right { return true }
            for index in 0..<left.count {
                guard let value = right[left.key(at: index)], left[at: index].equals(value) else { return false }
            }
            return true
        case (.function(let left), .function(let right)): return left === right
        default:
            if let left = amount, let right = other.amount { return left == right }
            return false
        }
    }
}
