import MillraceYAML

/// Looks through the fields of a mapping for names that the form of its body cannot have, and keeps their places.
final class BodyNames {
    private let faults: DiagnosticList
    /// `file:line:column` of each field, by its name with dots.
    private(set) var places: [String: String] = [:]

    init(faults: DiagnosticList) { self.faults = faults }

    /// Checks the fields as elements and attributes.
    func check(_ fields: MarkedNode?, as form: XMLForm, parent: String = "") {
        let members = fields?.members ?? []
        for member in members {
            let name = note(member, parent)
            let inner = Self.inner(member.value)
            if member.key == XMLForm.text {
                if inner != nil {
                    faults.error(.contradiction, at: member.keyMark, "'#text' is one value and has no fields")
                }
                if let other = members.first(where: { $0.key != XMLForm.text && !Self.isAttribute($0.key) }) {
                    faults.error(
                        .contradiction, at: other.keyMark,
                        "an element has text or elements, and this has both '#text' and '\(other.key)'; drop one")
                }
                continue
            }
            let isAttribute = Self.isAttribute(member.key)
            let word = isAttribute ? String(member.key.dropFirst()) : member.key
            if let fault = form.fault(inName: word, isAttribute: isAttribute) {
                faults.error(.badScalar, at: member.keyMark, fault)
            }
            guard let inner else { continue }
            if isAttribute {
                faults.error(.contradiction, at: member.keyMark, "'\(name)' is an attribute and has no fields")
            }
            for item in inner.items ?? [inner] { check(item, as: form, parent: name) }
        }
    }

    /// The names of the columns that the fields give, inner ones with dots, in the order they are written.
    func columns(_ fields: MarkedNode?, parent: String = "") -> [String] {
        (fields?.members ?? []).flatMap { member -> [String] in
            let name = note(member, parent)
            if member.value["each"] != nil || member.value["fields"]?.items != nil {
                faults.error(.contradiction, at: member.keyMark, "'\(name)' is a list, which a row of CSV cannot hold")
                return []
            }
            if let inner = Self.inner(member.value) { return columns(inner, parent: name) }
            return [name]
        }
    }

    private func note(_ member: MarkedMember, _ parent: String) -> String {
        let name = parent.isEmpty ? member.key : "\(parent).\(member.key)"
        places[name] = faults.place(member.keyMark)
        return name
    }

    private static func isAttribute(_ name: String) -> Bool { name.first == XMLForm.attributeMark }

    /// The fields inside a field: of an object, or of the items of a list.
    private static func inner(_ field: MarkedNode) -> MarkedNode? {
        field["fields"] ?? field["each"].flatMap { $0["fields"] }
    }
}
