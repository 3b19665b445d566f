// Hot path: the bodies of most documents of a night are built here. Guarded by `script/bench`.

public import MillraceCore
public import MillraceValues

/// The body of a count document whose fields are each one of the inputs, or fixed: what most mappings say. Where each field comes
/// from is found once, so that no list of inputs is made for a document.
///
/// - Shape: gives what `DocumentMapping.body` gives for `DocumentInputs.inputs` of a first document, to the byte.
public struct PlainBody: Sendable {
    /// Where a field's value comes from.
    private enum Source {
        case literal(Value)
        case field(Int, InputField)
        case amount(CountedQuantity, InputField)
        case key(InputField)
        case revision(InputField)
        case site(InputField)
        case start(InputField)
        case end(InputField)
    }

    private let names: [String]
    private let sources: [Source]
    /// The names of the sum's fields, in their order.
    private let fields: [String]
    private let site: SiteID

    /// The plain body of a mapping for sums with those fields; nil where the mapping asks for more: a body that is not JSON, tables,
    /// expressions, conditions, objects, lists, or an input that such a sum does not have.
    public init?(_ mapping: DocumentMapping, fields: [String], site: SiteID) {
        guard mapping.form == nil, mapping.lets.isEmpty, mapping.checks.isEmpty, mapping.skipWhen == nil else {
            return nil
        }
        var sources: [Source] = []
        for (_, field) in mapping.fields {
            switch field {
            case .literal(let value): sources.append(.literal(value))
            case .object, .list, .each: return nil
            case .input(let input):
                guard let source = Self.source(of: input, fields) else { return nil }
                sources.append(source)
            }
        }
        names = mapping.fields.map(\.name)
        self.sources = sources
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
        case "key": return .key(input)
        case "revision": return .revision(input)
        case "site": return .site(input)
        case "start": return .start(input)
        case "end": return .end(input)
        default:
            if let quantity = CountedQuantity(rawValue: path) { return .amount(quantity, input) }
            return fields.firstIndex(of: path).map { .field($0, input) }
        }
    }

    /// The body of the sum's first document; nil where the sum has other fields.
    ///
    /// - Throws: `MappingFault`, with which the document is parked.
    public func body(of sum: Sum, amounts: Amounts, key: @autoclosure () -> String) throws(MappingFault) -> Value? {
        if sum.fields.keys != fields { return nil }
        var values: [Value] = []
        values.reserveCapacity(sources.count)
        for source in sources {
            switch source {
            case .literal(let value): values.append(value)
            case .field(let index, let input): values.append(try input.typed(sum.fields.values[index]))
            case .amount(let quantity, let input): values.append(try input.typed(.number(amounts[quantity])))
            case .key(let input): values.append(try input.typed(.string(key())))
            case .revision(let input): values.append(try input.typed(.number(.one)))
            case .site(let input): values.append(try input.typed(.string(site.text)))
            case .start(let input): values.append(try input.typed(.string(sum.windowStart.iso8601)))
            case .end(let input): values.append(try input.typed(.string(sum.windowEnd.iso8601)))
            }
        }
        return .object(ValueObject(uniqueKeys: names, values: values))
    }
}
