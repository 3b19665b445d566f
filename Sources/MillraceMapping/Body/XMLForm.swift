public import MillraceValues

/// How a body is written as XML 1.0 in UTF-8.
///
/// - Shape: a member is an element of its name, a list that element once for each item, null an empty element. A member
///   `@name` is an attribute of the element around it, `#text` its text. The items of a body that is a list are elements named
///   `item`. Elements stand in the order of the members; numbers are written with all their digits.
/// - Source: XML 1.0 (fifth edition), Namespaces in XML 1.0.
public struct XMLForm: Hashable, Sendable {
    /// A namespace that names with this prefix belong to.
    public struct Prefix: Hashable, Sendable {
        /// The word before the colon.
        public let name: String
        /// The namespace.
        public let namespace: String
    }

    /// The name of the outermost element.
    public var root: String
    /// The namespace of names without a prefix; nil for none.
    public var namespace: String?
    /// The other namespaces, declared at the root in this order.
    public var prefixes: [Prefix] = []
    /// Whether the text begins with `<?xml version="1.0" encoding="UTF-8"?>`.
    public var declaration = true
    /// Blanks for each level of elements, each on a line of its own; 0 for no blanks at all.
    public var indent = 0

    /// Elements in a root of that name.
    public init(root: String) { self.root = root }

    /// Begins the name of a member that is an attribute.
    static let attributeMark: Character = "@"
    /// The name of a member that is the text of the element around it.
    static let text = "#text"

    /// The bytes of a body.
    ///
    /// - Throws: what XML cannot hold, with the member that holds it.
    public func bytes(_ body: Value) throws(BodyFault) -> [UInt8] {
        var writing = XMLWriting(form: self)
        if case .array = body {
            try writing.element(root, .object(ValueObject(["item": body])), path: "", depth: 0)
        } else {
            try writing.element(root, body, path: "", depth: 0)
        }
        return Array(writing.text.utf8)
    }

    /// Why the form cannot have an element of that name; nil where it can.
    func fault(inName name: String, isAttribute: Bool = false) -> String? {
        guard let parts = XMLNameRule.parts(name) else {
            return
                "'\(name)' is no name for an XML \(isAttribute ? "attribute" : "element"); rename the member or use json"
        }
        guard let prefix = parts.prefix else { return nil }
        if prefix == "xml" {
            return isAttribute ? nil : "'\(name)' begins with 'xml:', which is for attributes; rename the member"
        }
        if prefixes.contains(where: { $0.name == prefix }) { return nil }
        return "'\(name)' has the prefix '\(prefix)', which 'namespaces' does not declare; add it there"
    }
}

/// A text of XML that grows.
private struct XMLWriting {
    let form: XMLForm
    var text: String

    init(form: XMLForm) {
        self.form = form
        text = form.declaration ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : ""
    }

    mutating func element(_ name: String, _ value: Value, path: String, depth: Int) throws(BodyFault) {
        if let fault = form.fault(inName: name) { throw BodyFault(path, fault) }
        guard case .array(let items) = value else { return try one(name, value, path: path, depth: depth) }
        for item in items {
            if case .array = item {
                throw BodyFault(path, "'\(path)' is a list of lists, which has no names for XML; build objects instead")
            }
            try one(name, item, path: path, depth: depth)
        }
    }

    private mutating func one(_ name: String, _ value: Value, path: String, depth: Int) throws(BodyFault) {
        begin(depth)
        text += "<\(name)"
        if depth == 0 { try declareNamespaces() }
        var content: Value? = value
        if case .object(let object) = value { content = try attributes(of: object, path: path) }
        switch content {
        case nil, .null?: text += "/>"
        case .object(let members)?:
            text += ">"
            for (key, member) in members {
                try element(key, member, path: path.isEmpty ? key : "\(path).\(key)", depth: depth + 1)
            }
            if !members.isEmpty { begin(depth) }
            text += "</\(name)>"
        case let scalar?:
            text += ">"
            try append(scalar, path: path, isAttribute: false)
            text += "</\(name)>"
        }
        if depth == 0 { text += "\n" }
    }

    /// A new line for an element or its end, where the form asks for lines.
    private mutating func begin(_ depth: Int) {
        guard form.indent > 0, depth > 0 || text.last != "\n", !text.isEmpty else { return }
        text += "\n" + String(repeating: " ", count: form.indent * depth)
    }

    private mutating func declareNamespaces() throws(BodyFault) {
        if let namespace = form.namespace {
            text += " xmlns=\""
            try append(.string(namespace), path: "", isAttribute: true)
            text += "\""
        }
        for prefix in form.prefixes {
            text += " xmlns:\(prefix.name)=\""
            try append(.string(prefix.namespace), path: "", isAttribute: true)
            text += "\""
        }
    }

    /// Writes the attributes of an object and gives what stands in the element: elements, a text, or nothing.
    private mutating func attributes(of object: ValueObject, path: String) throws(BodyFault) -> Value? {
        var (rest, hasAttributes, inner): (ValueObject, Bool, Value?) = (ValueObject(), false, nil)
        for (key, member) in object {
            let place = path.isEmpty ? key : "\(path).\(key)"
            if key == XMLForm.text {
                inner = member
                if member.object != nil || member.array != nil {
                    throw BodyFault(place, "'\(place)' is the text of an element and holds more than one value")
                }
            } else if key.first == XMLForm.attributeMark {
                hasAttributes = true
                try attribute(String(key.dropFirst()), member, path: place)
            } else {
                rest.append(key, member)
            }
        }
        guard let inner else { return rest.isEmpty && hasAttributes ? nil : .object(rest) }
        if let (key, _) = rest.first(where: { _ in true }) {
            throw BodyFault(
                path.isEmpty ? key : "\(path).\(key)",
                "an element has text or elements, and '\(path)' has both '#text' and '\(key)'; drop one")
        }
        return inner
    }

    private mutating func attribute(_ name: String, _ value: Value, path: String) throws(BodyFault) {
        if let fault = form.fault(inName: name, isAttribute: true) { throw BodyFault(path, fault) }
        if value.object != nil || value.array != nil {
            throw BodyFault(path, "'\(path)' is an attribute and holds more than one value; make it an element")
        }
        text += " \(name)=\""
        try append(value, path: path, isAttribute: true)
        text += "\""
    }

    private mutating func append(_ value: Value, path: String, isAttribute: Bool) throws(BodyFault) {
        let raw = value == .null ? "" : value.plainText ?? ""
        if TextCheck.firstForbidden(in: raw) != nil {
            throw BodyFault(path, "'\(path)' holds a control character, which XML cannot; clean it in the mapping")
        }
        for scalar in raw.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"" where isAttribute: text += "&quot;"
            // Readers turn a bare one into a line feed (XML 1.0, section 2.11), and each into a blank in an attribute (3.3.3).
            case "\r": text += "&#13;"
            case "\n" where isAttribute: text += "&#10;"
            case "\t" where isAttribute: text += "&#9;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
