import MillraceCore
public import MillraceValues

/// The bytes of a document, made by its mapping, and what they are.
public struct WrittenBody: Equatable, Sendable {
    /// The bytes; the same facts give the same (RULES R19).
    public let bytes: [UInt8]
    /// The media type.
    public let contentType: String
}

/// How a mapping writes its documents, and what they are held to.
struct DocumentBody: Sendable {
    enum Form: Sendable {
        case xml(XMLForm)
        case csv(CSVForm)
    }

    /// The schema and its file, as messages name it.
    struct Held: Sendable {
        let schema: any DocumentSchema
        let file: String
    }

    let form: Form
    let contentType: String
    let schema: Held?
    /// The files that the schema is made of.
    let schemaFiles: [(path: String, bytes: [UInt8])]
    /// `file:line:column` of the section.
    let place: String
    /// The places of fields, by their names with dots.
    let places: [String: String]

    /// The bytes of a body, judged by the schema.
    func written(_ body: Value) throws(MappingFault) -> WrittenBody {
        let bytes: [UInt8]
        do throws(BodyFault) {
            bytes =
                switch form {
                case .xml(let form): try form.bytes(body)
                case .csv(let form): try form.bytes(body)
                }
        } catch {
            throw MappingFault(
                field: error.path.isEmpty ? "body" : error.path, code: "format", sentence: error.description,
                place: place(of: error.path))
        }
        if let schema { try judge(bytes, schema) }
        return WrittenBody(bytes: bytes, contentType: contentType)
    }

    private func judge(_ bytes: [UInt8], _ held: Held) throws(MappingFault) {
        let faults = held.schema.faults(in: bytes)
        guard let first = faults.first else { return }
        var sentence = "the document is not as \(held.file) wants it: \(first.sentence)"
        if !first.path.isEmpty { sentence += ", at \(first.path.joined(separator: "/"))" }
        if let line = first.line { sentence += ", line \(line) of the document" }
        if faults.count > 1 { sentence += "; and \(faults.count - 1) more" }
        let path = first.path.joined(separator: ".")
        throw MappingFault(
            field: path.isEmpty ? "body" : path, code: "schema", sentence: sentence, place: place(of: path))
    }

    /// The place of the field, or of the nearest one around it.
    private func place(of path: String) -> String {
        var parts = path.split(separator: ".", omittingEmptySubsequences: false)
        while !parts.isEmpty {
            if let place = places[parts.joined(separator: ".")] { return place }
            parts.removeLast()
        }
        return place
    }
}

extension DocumentMapping {
    /// The document's bytes for a body that `body(for:)` gave, where the mapping says how they are written; nil where the
    /// endpoint does.
    ///
    /// - Throws: `MappingFault`, with which the document is parked: `format` for what the form cannot hold, `schema` for what the
    ///   schema does not allow.
    public func written(_ body: Value) throws(MappingFault) -> WrittenBody? {
        guard let form = self.form else { return nil }
        return try form.written(body)
    }

    /// The paths of the files that the mapping's schema is made of; empty without one.
    public var schemaFiles: [String] { form?.schemaFiles.map(\.path) ?? [] }
}
