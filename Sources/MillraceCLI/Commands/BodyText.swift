import MillraceValues

/// A document's body as a person reads it; what goes out are its bytes as they are.
enum BodyText {
    /// JSON as it is, XML with a line for each element, CSV by its lines.
    static func lines(_ body: [UInt8]) -> [String] {
        let text = String(decoding: body, as: UTF8.self)
        if body.first == UInt8(ascii: "<") { return XMLOutline(text).lines }
        return text.split(omittingEmptySubsequences: true) { $0.isNewline }.map(String.init)
    }

    /// What the body holds, each value with a name: members of JSON, elements and attributes of XML, else lines.
    static func members(_ body: [UInt8]?) -> [(name: String, text: String)] {
        guard let body else { return [] }
        let text = String(decoding: body, as: UTF8.self)
        if body.first == UInt8(ascii: "<") { return XMLOutline(text).members }
        guard let value = try? JSONReader.read(text) else {  // try?: other formats are compared line by line
            return lines(body).enumerated().map { ("line \($0.offset + 1)", $0.element) }
        }
        return members(value, "")
    }

    private static func members(_ value: Value, _ path: String) -> [(name: String, text: String)] {
        guard let object = value.object else { return [(path, JSONWriter.text(value))] }
        return object.flatMap { name, value in members(value, path.isEmpty ? name : "\(path).\(name)") }
    }
}

/// The elements of an XML text that a mapping wrote: no comments, no sections, every `<` and `>` begins or ends a tag.
private struct XMLOutline {
    /// The text with a line for each element, two blanks for each level.
    private(set) var lines: [String] = []
    /// Texts and attributes by the path to them, repeated elements counted from 1: `Line[2].@unit`.
    private(set) var members: [(name: String, text: String)] = []
    private var open: [String] = []
    /// How often a path was met.
    private var met: [String: Int] = [:]

    init(_ text: String) {
        var rest = text[...]
        var isFresh = false
        while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
            let between = rest[..<start]
            let tag = String(rest[start...end])
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("</") {
                close(tag, after: between, isLeaf: isFresh)
                isFresh = false
            } else if tag.hasPrefix("<?") {
                lines.append(tag)
            } else {
                begin(tag)
                isFresh = !tag.hasSuffix("/>")
            }
        }
    }

    private var indent: String { String(repeating: "  ", count: open.count) }

    private mutating func begin(_ tag: String) {
        lines.append(indent + tag)
        let inner = tag.dropFirst().dropLast(tag.hasSuffix("/>") ? 2 : 1)
        let name = inner.prefix { $0 != " " }
        let path = open.isEmpty ? "" : numbered((open.dropFirst() + [String(name)]).joined(separator: "."))
        var attributes = inner.dropFirst(name.count)
        while let equals = attributes.firstIndex(of: "="),
            let first = attributes[equals...].firstIndex(of: "\""),
            let last = attributes[attributes.index(after: first)...].firstIndex(of: "\"")
        {
            let key = attributes[..<equals].drop { $0 == " " }
            members.append(
                ("\(path.isEmpty ? "" : path + ".")@\(key)", String(attributes[attributes.index(after: first)..<last])))
            attributes = attributes[attributes.index(after: last)...]
        }
        if tag.hasSuffix("/>") { members.append((path, "")) } else { open.append(lastPart(of: path, or: String(name))) }
    }

    private mutating func close(_ tag: String, after text: Substring, isLeaf: Bool) {
        let path = open.dropFirst().joined(separator: ".")
        if !open.isEmpty { open.removeLast() }
        guard isLeaf, let last = lines.popLast() else {
            lines.append(indent + tag)
            return
        }
        lines.append(last + text + tag)
        members.append((path, String(text)))
    }

    private mutating func numbered(_ path: String) -> String {
        let count = (met[path] ?? 0) + 1
        met[path] = count
        return count == 1 ? path : "\(path)[\(count)]"
    }

    private func lastPart(of path: String, or name: String) -> String {
        path.split(separator: ".").last.map(String.init) ?? name
    }
}
