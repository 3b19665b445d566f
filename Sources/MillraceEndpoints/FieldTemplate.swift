import MillraceCore
import MillraceValues

/// A text with names in braces, which a document's fields take the place of: `/orders/{order}/output`.
///
/// - Shape: `{key}` is the document's key; every other name is looked for among its fields as it stands, dots included
///   (`{replaces.receipt}`). What is put in is percent-encoded, so that no value can change what surrounds it.
struct FieldTemplate: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case text(String)
        case field(String)
    }

    /// The template as it was written.
    let source: String
    private let parts: [Part]

    /// Reads a template.
    ///
    /// - Throws: a brace without its partner, or braces without a name.
    init(_ source: String) throws(EndpointError) {
        var parts: [Part] = []
        var rest = source[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
                throw EndpointError("'\(source)': a brace has no partner; write a field as {name}")
            }
            let name = rest[rest.index(after: brace)..<end]
            guard !name.isEmpty, !name.contains("{"), !name.contains(where: \.isWhitespace) else {
                throw EndpointError("'\(source)': '{\(name)}' names no field; write a field as {name}")
            }
            if brace > rest.startIndex { parts.append(.text(String(rest[..<brace]))) }
            parts.append(.field(String(name)))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.source = source
        self.parts = parts
    }

    /// The names in braces, in their order.
    var fields: [String] {
        parts.compactMap { if case .field(let name) = $0 { name } else { nil } }
    }

    /// What stands outside of braces.
    var texts: [String] {
        parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    /// What stands behind the last field; empty where a field is the end.
    var ending: String {
        if case .text(let text) = parts.last { text } else { "" }
    }

    /// The text with each field in its place.
    ///
    /// - Throws: a field that the document lacks, that is empty or no single value, or that a path would take for a step up.
    func filled(fields: ValueObject, key: String?) throws(EndpointError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let fixed): text += fixed
            case .field(let name): text += try coded(name, fields: fields, key: key)
            }
        }
        return text
    }

    private func coded(_ name: String, fields: ValueObject, key: String?) throws(EndpointError) -> String {
        let value = name == "key" ? key ?? fields["key"]?.plainText : fields[name]?.plainText
        guard let value else {
            let known = (["key"] + fields.keys.filter { $0 != "key" }).joined(separator: ", ")
            throw EndpointError("'\(source)' names the field '\(name)', which this document has not; it has \(known)")
        }
        guard !value.isEmpty else {
            let reason = name == "replaces.receipt" ? ", as the document it replaces has no receipt" : ""
            throw EndpointError(
                "'\(source)' needs the field '\(name)', which is empty here\(reason); settle it by hand")
        }
        guard value != ".", value != ".." else {
            throw EndpointError(
                "'\(source)': the field '\(name)' is '\(value)', which no address or file name can hold")
        }
        return PercentCoding.encode(value)
    }
}

extension Document {
    /// What a template can name: its fields, and its number within the sum.
    var namedFields: ValueObject {
        var fields = fields
        if fields["revision"] == nil { fields["revision"] = .number(ExactDecimal(Int64(revision))) }
        return fields
    }
}
