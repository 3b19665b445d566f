import CLibXML2

/// What libxml2 reports while it compiles or validates, in order.
final class XMLReports {
    /// One report.
    struct Report {
        let isError: Bool
        /// The message without its line end and full stop.
        let sentence: String
        let file: String?
        let line: Int?
        /// Names of the elements below the outermost one, an attribute last.
        let path: [String]
    }

    /// No more are kept.
    private static let most = 100
    private(set) var all: [Report] = []

    /// What libxml2 hands to `take`; holds while this object lives.
    var address: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// For `xmlSchemaSet…StructuredErrors` with `address`.
    static let take: xmlStructuredErrorFunc = { context, error in
        guard let context, let error else { return }
        Unmanaged<XMLReports>.fromOpaque(context).takeUnretainedValue().add(error.pointee)
    }

    /// Does something with libxml2 on this thread whose other reports come here too, and nothing to stderr.
    func listening<Result>(_ work: () -> Result) -> Result {
        millrace_xml_hush(address, Self.take)
        defer { millrace_xml_unhush() }
        return work()
    }

    private func add(_ error: xmlError) {
        guard all.count < Self.most else { return }
        var text = error.message.map { String(cString: $0) } ?? "it cannot be read"
        while let last = text.last, last == "\n" || last == "." || last == " " { text.removeLast() }
        let node = error.node?.assumingMemoryBound(to: xmlNode.self)
        all.append(
            Report(
                isError: error.level.rawValue >= XML_ERR_ERROR.rawValue, sentence: text,
                file: error.file.map { String(cString: $0) }, line: error.line > 0 ? Int(error.line) : nil,
                path: Self.path(node) + Self.attribute(in: text)))
    }

    /// The attribute that a message is about: libxml2 names the element's node then, and the attribute in words only.
    private static func attribute(in message: String) -> [String] {
        guard let begin = message.firstRange(of: ", attribute '")?.upperBound, message.hasPrefix("Element '"),
            let end = message[begin...].firstIndex(of: "'")
        else { return [] }
        let name = message[begin..<end]
        return ["@" + (name.lastIndex(of: "}").map { name[name.index(after: $0)...] } ?? name)]
    }

    private static func path(_ node: UnsafeMutablePointer<xmlNode>?) -> [String] {
        var names: [String] = []
        var next = node
        while let here = next, names.count < 300 {
            switch here.pointee.type {
            case XML_ELEMENT_NODE: names.append(name(of: here))
            case XML_ATTRIBUTE_NODE: names.append("@" + name(of: here))
            // A document has no namespace where an element has one.
            default: break
            }
            next = here.pointee.parent
        }
        return Array(names.reversed().dropFirst())
    }

    private static func name(of node: UnsafeMutablePointer<xmlNode>) -> String {
        let prefix = node.pointee.ns.flatMap { $0.pointee.prefix }.map { String(cString: $0) + ":" } ?? ""
        return prefix + (node.pointee.name.map { String(cString: $0) } ?? "")
    }
}
