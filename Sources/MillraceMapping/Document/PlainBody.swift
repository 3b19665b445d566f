// Hot path: the bodies of most documents of a night are built here. Guarded by `script/bench`.

public import MillraceCore
public import MillraceValues

/// The body of a count document whose fields are each one of the inputs, or fixed: what most mappings say. Where each field comes
/// from is found once, so that no list of inputs is made for a document.
///
/// - Shape: gives what `DocumentMapping.body` gives for `DocumentInputs.inputs` of a first document, to the byte.
public struct PlainBody: Sendable {
    /// Where a field's value comes from. Without counted references, which would be counted for every field of every document.
    private enum Source {
        case literal(Int)
        case field(Int)
        case amount(CountedQuantity)
        case key, revision, site, start, end
    }

    private let names: [String]
    /// What stands before each value: a brace or comma, and the field's name.
    private let openings: [[UInt8]]
    private let sources: [Source]
    /// How each field is written; one of a literal is not used.
    private let writers: [FieldWriter?]
    private let literals: [Value]
    /// The names of the sum's fields, in their order.
    private let fields: [String]
    private let site: SiteID

    /// The plain body of a mapping for sums with those fields; nil where the mapping asks for more: a body that is not JSON, tables,
    /// expressions, conditions, objects, lists, or an input that such a sum does not have.
    public init?(_ mapping: DocumentMapping, fields: [String], site: SiteID) {
        guard mapping.form == nil, mapping.lets.isEmpty, mapping.checks.isEmpty, mapping.skipWhen == nil else {
            return nil
        }
        var (sources, writers, literals) = ([Source](), [FieldWriter?](), [Value]())
        for (_, field) in mapping.fields {
            switch field {
            case .literal(let value):
                sources.append(.literal(literals.count))
                literals.append(value)
                writers.append(nil)
            case .object, .list, .each: return nil
            case .input(let input):
                guard let source = Self.source(of: input, fields) else { return nil }
                sources.append(source)
                writers.append(FieldWriter(input))
            }
        }
        names = mapping.fields.map(\.name)
        openings = mapping.fields.enumerated().map { index, field in
            (index == 0 ? [0x7B] : [0x2C]) + JSONWriter.bytes(.string(field.name)) + [0x3A]
        }
        (self.sources, self.writers, self.literals) = (sources, writers, literals)
        self.fields = fields
        self.site = site
    }

    /// The inputs that every document has go before the sum's own fields of the same name.
    private static func source(of input: InputField, _ fields: [String]) -> Source? {
        guard input.expression == nil, input.table == nil, !input.keepsNull, input.paths.count == 1,
            let path = input.paths.first
        else {
            return nil
        }
        switch path {
        case "key": return .key
        case "revision": return .revision
        case "site": return .site
        case "start": return .start
        case "end": return .end
        default:
            if let quantity = CountedQuantity(rawValue: path) { return .amount(quantity) }
            return fields.firstIndex(of: path).map { .field($0) }
        }
    }

    /// Whether the sum has those fields, and each has a value: what is missing is not plain.
    private func fits(_ sum: Sum) -> Bool {
        sum.fields.keys == fields && !sum.fields.values.contains(.string(""))
    }

    /// The body of the sum's first document; nil where the sum has other fields, or one of them no value.
    ///
    /// - Throws: `MappingFault`, with which the document is parked.
    public func body(of sum: Sum, amounts: Amounts, key: @autoclosure () -> String) throws(MappingFault) -> Value? {
        if !fits(sum) { return nil }
        var values: [Value] = []
        values.reserveCapacity(sources.count)
        for index in sources.indices { values.append(try value(index, sum, amounts, key)) }
        return .object(ValueObject(uniqueKeys: names, values: values))
    }

    /// The same as JSON, without a value for the whole.
    ///
    /// - Throws: as `body`.
    public func json(of sum: Sum, amounts: Amounts, key: @autoclosure () -> String) throws(MappingFault) -> [UInt8]? {
        if !fits(sum) { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(240)
        for index in sources.indices {
            bytes.append(contentsOf: openings[index])
            JSONWriter.write(try value(index, sum, amounts, key), into: &bytes)
        }
        if openings.isEmpty { bytes.append(0x7B) }
        bytes.append(0x7D)
        return bytes
    }

    @inline(__always) private func value(
        _ index: Int, _ sum: Sum, _ amounts: Amounts, _ key: () -> String
    ) throws(MappingFault) -> Value {
        let value: Value
        switch sources[index] {
        case .literal(let place): value = literals[place]
        case .field(let place): value = sum.fields.values[place]
        case .amount(let quantity): value = .number(amounts[quantity])
        case .key: value = .string(key())
        case .revision: value = .number(.one)
        case .site: value = .string(site.text)
        case .start: value = .string(sum.windowStart.iso8601)
        case .end: value = .string(sum.windowEnd.iso8601)
        }
        return try writers[index]?.typed(value) ?? value
    }
}

/// How one field is written, by reference: the input's parts are many, and a copy would count each.
private final class FieldWriter: Sendable {
    private let input: InputField

    init(_ input: InputField) { self.input = input }

    func typed(_ value: Value) throws(MappingFault) -> Value { try input.typed(value) }
}
