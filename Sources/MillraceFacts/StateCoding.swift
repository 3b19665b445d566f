import MillraceCore
import MillraceValues

/// Writes the parts that kept states have in common, as short lists without names.
enum StateCoding {
    static func write(_ instant: Instant) -> Value { .number(ExactDecimal(instant.microseconds)) }
    static func write(_ number: Int64) -> Value { .number(ExactDecimal(number)) }
    static func write(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
    static func write(_ place: PlaceMark) -> Value { [write(Int64(place.source)), write(place.position)] }

    static func write(_ amounts: Amounts) -> Value {
        [.number(amounts.good), .number(amounts.scrap), .number(amounts.rework)]
    }
}

/// Reads a list item by item; a missing or foreign item is an error that names the part.
struct StateReader {
    private let items: [Value]
    private let part: String
    private var index = 0
    /// The sources that places may name.
    var sources = 0

    init(_ value: Value?, _ part: String, sources: Int = 0) throws(StateError) {
        guard let items = value?.array else { throw .malformed(part: part) }
        (self.items, self.part, self.sources) = (items, part, sources)
    }

    /// Whether every item was read.
    var isAtEnd: Bool { index >= items.count }

    mutating func next() throws(StateError) -> Value {
        guard index < items.count else { throw .malformed(part: part) }
        index += 1
        return items[index - 1]
    }

    /// Nil for null. `Value` takes `nil` for its own null, so the type is said.
    mutating func optional() throws(StateError) -> Value? {
        let value = try next()
        return value == .null ? Value?.none : value
    }

    mutating func text() throws(StateError) -> String {
        guard let text = try next().text else { throw .malformed(part: part) }
        return text
    }

    mutating func optionalText() throws(StateError) -> String? {
        guard let value = try optional() else { return nil }
        guard let text = value.text else { throw .malformed(part: part) }
        return text
    }

    mutating func flag() throws(StateError) -> Bool {
        guard case .bool(let flag) = try next() else { throw .malformed(part: part) }
        return flag
    }

    mutating func number() throws(StateError) -> ExactDecimal {
        guard let number = try next().decimal else { throw .malformed(part: part) }
        return number
    }

    mutating func integer() throws(StateError) -> Int64 {
        guard let integer = try number().integer else { throw .malformed(part: part) }
        return integer
    }

    mutating func instant() throws(StateError) -> Instant { Instant(microseconds: try integer()) }

    mutating func source() throws(StateError) -> Int32 {
        let index = try integer()
        guard index >= 0, index < sources else { throw .malformed(part: part) }
        return Int32(index)
    }

    mutating func place() throws(StateError) -> PlaceMark {
        var reader = try list()
        return PlaceMark(source: try reader.source(), position: try reader.integer())
    }

    mutating func amounts() throws(StateError) -> Amounts {
        var reader = try list()
        return Amounts(good: try reader.number(), scrap: try reader.number(), rework: try reader.number())
    }

    mutating func list() throws(StateError) -> StateReader {
        try StateReader(try next(), part, sources: sources)
    }

    mutating func lists() throws(StateError) -> [StateReader] {
        let reader = try list()
        var result: [StateReader] = []
        for item in reader.items { result.append(try StateReader(item, part, sources: sources)) }
        return result
    }
}
