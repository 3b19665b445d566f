import MillraceValues

extension Item {
    /// The same as an item; numbers keep their notation.
    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .number(let number): self = Item(number: number.description)
        case .numeral(let text): self = Item(number: text)
        case .string(let text): self = .string(text)
        case .array(let items): self = .array(ItemArray(items.map { Item($0) }))
        case .object(let object):
            var members = ObjectBuilder()
            for (key, value) in object { members.set(key, Item(value)) }
            self = .object(members.build())
        }
    }

    /// A number by its JSON text: a double where that is written the same, else the text with its amount.
    init(number text: String) {
        let amount = Double(text) ?? .nan
        self = NumberText.text(amount) == text ? .number(amount) : .numeral(Numeral(text, amount))
    }

    /// The value this is, for callers outside; nil for nothing and for a function, which is no JSON.
    ///
    /// - Throws: D1001 for a number that is not finite.
    func value() throws(JSONataError) -> Value? {
        switch self {
        case .undefined, .unassigned, .function: return nil
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let number):
            guard number.isFinite else {
                if number.isNaN { return .null }
                throw JSONataError("D1001", value: self)
            }
            return Self.exact(NumberText.text(number))
        case .numeral(let numeral): return Self.exact(numeral.text)
        case .string(let text): return .string(text)
        case .array(let array):
            var items: [Value] = []
            items.reserveCapacity(array.count)
            for item in array.items { items.append(try item.value() ?? .null) }
            return .array(items)
        case .object(let object):
            var members = ValueObject()
            for index in 0..<object.count {
                guard let value = try object[at: index].value() else { continue }
                members.append(object.key(at: index), value)
            }
            return .object(members)
        }
    }

    private static func exact(_ text: String) -> Value {
        if let number = ExactDecimal(text), number.description == text { return .number(number) }
        return .numeral(text)
    }
}
