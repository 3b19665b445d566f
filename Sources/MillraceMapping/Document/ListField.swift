import MillraceValues
import MillraceYAML

/// A list of a document's body: an object for each item of a value.
struct ListField: Sendable {
    /// The field with its parents, for faults.
    let name: String
    /// `file:line:column` of the rule.
    let place: String
    let path: String
    let missing: MissingPolicy
    let fields: [(name: String, field: DocumentField)]

    /// The names that its fields have besides the document's inputs: the item, and its place from 1 on.
    static let names = ["item", "index"]

    /// The objects; nil where the value is missing and that is right.
    ///
    /// - Shape: one value that is no list counts as a list of one, since an expression that finds one thing gives that thing.
    func value(_ inputs: ValueObject) throws(MappingFault) -> Value? {
        guard let value = DocumentInputs.value(path, in: inputs) else {
            if case .none = missing { return nil }
            throw MappingFault(
                field: name, code: "missing-value", sentence: "field '\(name)': '\(path)' has no value", place: place)
        }
        var objects: [Value] = []
        for (index, item) in (value.array ?? [value]).enumerated() {
            var own = inputs
            own["item"] = item
            own["index"] = .number(ExactDecimal(Int64(index + 1)))
            do throws(MappingFault) {
                objects.append(.object(try DocumentMapping.object(fields, own)))
            } catch {
                throw MappingFault(
                    field: error.field, code: error.code, sentence: "item \(index + 1): \(error.sentence)",
                    place: error.place)
            }
        }
        return .array(objects)
    }
}

extension DocumentMappingCompiler {
    /// Reads `{each: path, fields: {…}}`.
    func list(_ entry: NodeReader, name: String) -> DocumentField? {
        let missing = MissingPolicy.read(entry, allowed: ["park"]) ?? .park
        let path = entry.text("each")
        let mark = entry.optional("each")?.mark ?? entry.node.mark
        if let path { checkInput(path, at: mark, orLiteral: false) }
        if case .value = missing {
            faults.error(.contradiction, at: entry.mark(of: "missing"), "a list has no stand-in; say park or none")
        }
        guard let node = entry.required("fields") else { return nil }
        let outer = inputs
        if !inputs.isEmpty { inputs += ListField.names.filter { !inputs.contains($0) } }
        defer { inputs = outer }
        let fields = self.fields(node, parent: name)
        return path.map {
            .each(ListField(name: name, place: place(entry.node.mark), path: $0, missing: missing, fields: fields))
        }
    }
}
