// Hot path: every object of every record. Guarded by `script/bench`.

/// The names of an object's members in their order, shared by all objects that have the same.
final class Shape {
    let keys: [String]
    /// Places by name, for shapes of more than eight names.
    private let places: [TextKey: Int]

    static let few = 8
    /// Each name as it stands in a JSON text, in quotes and with its colon; empty where it needs an escape.
    let tokens: [[UInt8]]

    init(_ keys: [String]) {
        self.keys = keys
        tokens = keys.map { key in
            let bytes = Array(key.utf8)
            if bytes.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }) { return [] }
            return [0x22] + bytes + [0x22, 0x3A]
        }
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
final class ItemObject {
    private(set) var shape: Shape
    private(set) var values: [Item]

    init(_ shape: Shape, _ values: [Item]) { (self.shape, self.values) = (shape, values) }

    convenience init() { self.init(Shape([]), []) }

    var count: Int { values.count }

    func key(at index: Int) -> String { shape.keys[index] }

    subscript(key: String) -> Item? { shape.place(of: key).map { values[$0] } }

    /// Sets a member; a new one goes to the end.
    func set(_ key: String, _ value: Item) {
        if let place = shape.place(of: key) {
            values[place] = value
        } else {
            shape = Shape(shape.keys + [key])
            values.append(value)
        }
    }

    /// Takes a member out.
    func remove(_ key: String) {
        guard let place = shape.place(of: key) else { return }
        var keys = shape.keys
        keys.remove(at: place)
        shape = Shape(keys)
        values.remove(at: place)
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
