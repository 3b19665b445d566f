/// A JSON value: what readings, mapping results and documents are made of.
///
/// Numbers stay exact: `number` where the text is the canonical notation of an `ExactDecimal`, `numeral` with the digits
/// as they were written for every other number (`40.000`, `1e400`, 30 digits), so that copying never changes a byte.
public enum Value: Hashable, Sendable {
    /// JSON's null.
    case null
    /// True or false.
    case bool(Bool)
    /// A number in canonical notation.
    case number(ExactDecimal)
    /// A number kept by its text, which is valid JSON.
    case numeral(String)
    /// A text.
    case string(String)
    /// A list.
    case array([Value])
    /// Members in the order they were written.
    case object(ValueObject)
}

extension Value {
    /// The exact number this is; nil for other kinds and for a number beyond 18 digits.
    public var decimal: ExactDecimal? {
        switch self {
        case .number(let number): number
        case .numeral(let text): ExactDecimal(text)
        default: nil
        }
    }

    /// The text this is; nil for other kinds.
    public var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The members this has; nil for other kinds.
    public var object: ValueObject? {
        if case .object(let object) = self { return object }
        return nil
    }

    /// The list this is; nil for other kinds.
    public var array: [Value]? {
        if case .array(let items) = self { return items }
        return nil
    }

    /// The member of that name; nil where there is none or this is no object.
    public subscript(_ key: String) -> Value? { object?[key] }

    /// A scalar as a person would write it; nil for null, lists and objects.
    public var plainText: String? {
        switch self {
        case .string(let text): text
        case .number(let number): number.description
        case .numeral(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// Whether both say the same, numbers by amount: `40`, `40.000` and `4e1` are the same; members in any order.
    public func means(_ other: Value) -> Bool {
        switch (self, other) {
        case (.number, .number), (.number, .numeral), (.numeral, .number), (.numeral, .numeral):
            if let left = decimal, let right = other.decimal { return left == right }
            return self == other
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.means($1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { value.means($0) } ?? false }
        default: return self == other
        }
    }
}

/// The members of a JSON object, in order, each name once.
public struct ValueObject: Sendable {
    /// The names in order.
    public private(set) var keys: [String] = []
    /// The values, one for each name.
    public private(set) var values: [Value] = []

    /// An object without members.
    public init() {}

    /// An object with these members, as many values as keys; the caller has made sure that no name stands twice.
    ///
    /// Objects that are made with one list of keys share it.
    public init(uniqueKeys keys: [String], values: [Value]) { (self.keys, self.values) = (keys, values) }

    /// An object with these members; of two equal names the later value stays, at the earlier place.
    public init(_ members: KeyValuePairs<String, Value>) {
        for (key, value) in members { self[key] = value }
    }

    /// Reads, sets or (with nil) removes a member; a new one goes to the end.
    public subscript(_ key: String) -> Value? {
        get { keys.firstIndex(of: key).map { values[$0] } }
        set {
            switch (keys.firstIndex(of: key), newValue) {
            case (let index?, let value?): values[index] = value
            case (let index?, nil):
                keys.remove(at: index)
                values.remove(at: index)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Adds a member at the end without looking for its name; the caller knows that it is new.
    public mutating func append(_ key: String, _ value: Value) {
        keys.append(key)
        values.append(value)
    }
}

extension ValueObject: Hashable {
    /// Equal with the same members in the same order.
    public static func == (left: ValueObject, right: ValueObject) -> Bool {
        left.keys == right.keys && left.values == right.values
    }
}

extension ValueObject: Sequence {
    /// How many members there are.
    public var count: Int { keys.count }
    /// Whether there are none.
    public var isEmpty: Bool { keys.isEmpty }
    /// The members in order.
    public func makeIterator() -> Zip2Sequence<[String], [Value]>.Iterator { zip(keys, values).makeIterator() }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .number(ExactDecimal(value)) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
    /// A list.
    public init(arrayLiteral elements: Value...) { self = .array(elements) }
    /// Members in the order they are written.
    public init(dictionaryLiteral elements: (String, Value)...) {
        var object = ValueObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
