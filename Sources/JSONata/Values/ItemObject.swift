// Hot path: every object of every record. Guarded by `script/bench`.

/// The names of an object's members in their order, shared by all objects that have the same.
final class Shape {
    let keys: [String]
    /// Places by name, for shapes of more than eight names.
    private let places: [TextKey: Int]

    static let few = 8

    init(_ keys: [String]) {
        self.keys = keys
        var places: [TextKey: Int] = [:]
        if keys.count > Self.few {
            for (index, key) in keys.enumerated() { places[TextKey(key)] = index }
        }
        self.places = places
    }

    /// Whether no name stands twice.
    var isDistinct: Bool {
        if keys.count > Self.few { return places.count == keys.count }
        return keys.indices.allSatisfy { place(of: keys[$0]) == $0 }
    }

    /// The place of a name; nil where there is none.
    func place(of key: String) -> Int? {
        if keys.count > Self.few { return places[TextKey(key)] }
        for index in keys.indices where Text.same(keys[index], key) { return index }
        return nil
    }
}

/// An object: members in the order they came.
///
/// The first four values lie in the object itself: most objects of records are small, and need no second piece of memory.
/// Values are replaced as a whole, never in place, so that reading them needs no check of exclusive access.
final class ItemObject {
    private(set) var shape: Shape
    private(set) var count: Int
    /// How many lists and objects stand inside each other here, this one among them.
    private(set) var depth = 1
    private var first: Item = .undefined
    private var second: Item = .undefined
    private var third: Item = .undefined
    private var fourth: Item = .undefined
    private var more: [Item] = []

    private static let inline = 4

    init(_ shape: Shape, _ values: [Item]) {
        self.shape = shape
        count = values.count
        put(values[...])
    }

    init(_ shape: Shape, _ values: ArraySlice<Item>) {
        self.shape = shape
        count = values.count
        put(values)
    }

    convenience init() { self.init(Shape([]), []) }

    private func put(_ values: ArraySlice<Item>) {
        count = values.count
        depth = Item.depth(of: values)
        let start = values.startIndex
        if count > 0 { first = values[start] }
        if count > 1 { second = values[start + 1] }
        if count > 2 { third = values[start + 2] }
        if count > 3 { fourth = values[start + 3] }
        more = count > Self.inline ? Array(values[(start + Self.inline)...]) : []
    }

    /// The value at that place.
    subscript(at index: Int) -> Item {
        switch index {
        case 0: first
        case 1: second
        case 2: third
        case 3: fourth
        default: more[index - Self.inline]
        }
    }

    /// All values in order.
    var values: [Item] { (0..<count).map { self[at: $0] } }

    func key(at index: Int) -> String { shape.keys[index] }

    subscript(key: String) -> Item? { shape.place(of: key).map { self[at: $0] } }

    /// Sets a member; a new one goes to the end.
    func set(_ key: String, _ value: Item) {
        var values = values
        if let place = shape.place(of: key) {
            values[place] = value
        } else {
            shape = Shape(shape.keys + [key])
            values.append(value)
        }
        put(values[...])
    }

    /// Takes a member out.
    func remove(_ key: String) {
        guard let place = shape.place(of: key) else { return }
        var (keys, values) = (shape.keys, values)
        keys.remove(at: place)
        values.remove(at: place)
        shape = Shape(keys)
        put(values[...])
    }
}

/// Members that are gathered one by one.
struct ObjectBuilder {
    private(set) var keys: [String] = []
    var values: [Item] = []
    private var places: [TextKey: Int] = [:]

    /// The place of a name among those so far.
    func place(of key: String) -> Int? {
        if keys.count > Shape.few { return places[TextKey(key)] }
        for index in keys.indices where Text.same(keys[index], key) { return index }
        return nil
    }

    /// Adds a member, or puts the value at the place the name already has.
    mutating func set(_ key: String, _ value: Item) {
        if let place = place(of: key) {
            values[place] = value
            return
        }
        keys.append(key)
        values.append(value)
        if keys.count == Shape.few + 1 {
            for (index, key) in keys.enumerated() { places[TextKey(key)] = index }
        } else if keys.count > Shape.few {
            places[TextKey(key)] = keys.count - 1
        }
    }

    func build() -> ItemObject { ItemObject(Shape(keys), values) }
}
