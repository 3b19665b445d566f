// Hot path: every object of every record. Guarded by `script/bench`.

/// The names of an object's members in their order, shared by all objects that have the same.
final class Shape {
    let keys: [String]
    /// Places by name, for shapes of more than eight names.
    private let places: [TextKey: Int]
    /// The names as they stand in a JSON text.
    private(set) lazy var written = WrittenNames(keys)

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

/// The names of a shape as they stand in a JSON text, each in quotes and with its colon: written once, and looked for as a whole.
final class WrittenNames: Sendable {
    /// All of them, one behind the other.
    private let bytes: [UInt8]
    /// Where each ends.
    private let ends: [Int]
    /// Whether each stands there without an escape, so that a text with it is read as it is written.
    private let isPlain: [Bool]

    init(_ keys: [String]) {
        var (bytes, ends, isPlain): ([UInt8], [Int], [Bool]) = ([], [], [])
        for key in keys {
            let start = bytes.count
            ItemWriter.quote(key, to: &bytes)
            isPlain.append(bytes.count == start + key.utf8.count + 2)
            bytes.append(0x3A)
            ends.append(bytes.count)
        }
        (self.bytes, self.ends, self.isPlain) = (bytes, ends, isPlain)
    }

    /// Passes over the name where it stands in `text` at `index` as it is expected, without blanks.
    func pass(_ place: Int, in text: Span<UInt8>, at index: inout Int) -> Bool {
        guard place < ends.count, isPlain[place] else { return false }
        let start = place == 0 ? 0 : ends[place &- 1]
        let length = ends[place] &- start
        guard text.count &- index >= length else { return false }
        for offset in 0..<length where bytes[start &+ offset] != text[index &+ offset] { return false }
        index &+= length
        return true
    }

    /// Adds the name.
    func append(_ place: Int, to text: inout [UInt8]) {
        let range = (place == 0 ? 0 : ends[place - 1])..<ends[place]
        // A slice of the list would be counted as one more owner of it.
        bytes.withUnsafeBufferPointer { text.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }
}

/// An object: members in the order they came.
///
/// Up to four values lie in the object itself: most objects of records are small, and need no second piece of memory.
/// Values are replaced as a whole, never in place, so that reading them needs no check of exclusive access.
final class ItemObject {
    private(set) var shape: Shape { didSet { shapeMark = ObjectIdentifier(shape) } }
    /// By what the shape is known, without owning it.
    private(set) var shapeMark: ObjectIdentifier
    private(set) var count: Int
    /// How many lists and objects stand inside each other here, this one among them.
    private(set) var depth = 1
    private var first: Item = .undefined
    private var second: Item = .undefined
    private var third: Item = .undefined
    private var fourth: Item = .undefined
    /// All values, where they are more than that.
    private var all: [Item] = []

    static let inline = 4

    init(_ shape: Shape, _ values: consuming [Item]) {
        self.shape = shape
        shapeMark = ObjectIdentifier(shape)
        count = values.count
        depth = Item.depth(of: values)
        if count > Self.inline { all = values } else { put(values, from: 0) }
    }

    /// An object of the few values that stand behind a place of a list.
    init(_ shape: Shape, few values: [Item], from start: Int) {
        self.shape = shape
        shapeMark = ObjectIdentifier(shape)
        count = values.count - start
        for index in start..<values.count { depth = max(depth, values[index].depth + 1) }
        if count > Self.inline { all = Array(values[start...]) } else { put(values, from: start) }
    }

    convenience init() { self.init(Shape([]), []) }

    private func put(_ values: [Item], from start: Int) {
        if count > 0 { first = values[start] }
        if count > 1 { second = values[start + 1] }
        if count > 2 { third = values[start + 2] }
        if count > 3 { fourth = values[start + 3] }
    }

    private func replace(_ values: [Item]) {
        count = values.count
        depth = Item.depth(of: values)
        all = count > Self.inline ? values : []
        (first, second, third, fourth) = (.undefined, .undefined, .undefined, .undefined)
        if count <= Self.inline { put(values, from: 0) }
    }

    /// The value at that place.
    subscript(at index: Int) -> Item {
        if count > Self.inline { return all[index] }
        return switch index {
        case 0: first
        case 1: second
        case 2: third
        default: fourth
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
        replace(values)
    }

    /// Takes a member out.
    func remove(_ key: String) {
        guard let place = shape.place(of: key) else { return }
        var (keys, values) = (shape.keys, values)
        keys.remove(at: place)
        values.remove(at: place)
        shape = Shape(keys)
        replace(values)
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
