import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceXML
import MillraceYAML
import Testing

/// A site whose document mappings may have schemas; the files are the ones a test gives, by path.
struct BodySite {
    static let head = """
        mapping: out
        from: {fact: production-count, per: [order, operation, equipment], window: shift}
        to: {endpoint: erp, request: confirm}

        """
    static let inputs = ValueObject([
        "order": "4711", "operation": "0010", "equipment": "P1", "shift": "early", "production-day": "2026-03-02",
        "good": .numeral("40.000"), "scrap": 2, "rework": 0, "start": "2026-03-02T05:00:00Z",
        "end": "2026-03-02T13:00:00Z", "key": "k/r1", "revision": 1, "site": "P01",
    ])

    var files: [String: String] = [:]
    /// A folder of real files, asked where `files` has none.
    var folder: String?

    func parse(_ rest: String, head: String = head) throws -> ParsedMapping {
        let context = MappingContext(
            site: "P01", zone: try Zone(named: "Europe/Berlin"), schemas: XSDSchemas())
        let (files, folder) = (files, folder)
        return MappingFile.parse(text: head + rest, file: "mappings/out.yaml", context: context) { path in
            if let text = files[path] { return .bytes(Array(text.utf8)) }
            guard let folder, let bytes = SharedData.bytes(folder + "/" + path) else {
                return .unreadable("there is no such file")
            }
            return .bytes(bytes)
        }
    }

    func mapping(_ rest: String, head: String = head) throws -> DocumentMapping {
        let parsed = try parse(rest, head: head)
        #expect(parsed.diagnostics.map(\.description) == [])
        guard case .document(let mapping) = parsed.mapping else { throw TestSite.NoMapping() }
        return mapping
    }

    /// The faults of the file, as `line:column code sentence`, lines counted behind the head.
    func faults(_ rest: String) throws -> [String] {
        let before = Self.head.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        return try parse(rest).diagnostics.map {
            $0.file == "mappings/out.yaml"
                ? "\($0.line - before):\($0.column) \($0.code.rawValue) \($0.sentence)"
                : "\($0.file):\($0.line) \($0.code.rawValue) \($0.sentence)"
        }
    }

    func written(
        _ rest: String, head: String = head, _ change: (inout ValueObject) -> Void = { _ in }
    ) throws -> WrittenBody {
        var inputs = Self.inputs
        change(&inputs)
        let mapping = try mapping(rest, head: head)
        return try #require(try mapping.written(mapping.body(for: inputs)))
    }

    func text(_ rest: String, _ change: (inout ValueObject) -> Void = { _ in }) throws -> String {
        String(decoding: try written(rest, change).bytes, as: UTF8.self)
    }

    /// The fault with which a document is parked.
    func fault(
        _ rest: String, head: String = head, _ change: (inout ValueObject) -> Void = { _ in }
    ) -> MappingFault? {
        #expect(throws: MappingFault.self) { _ = try written(rest, head: head, change) }
    }
}

/// Reads a document into `{namespace}name` lines with attributes and texts.
final class ElementRecorder: XMLHandler {
    private(set) var lines: [String] = []

    func startElement(_ tag: XMLTag) throws(XMLFault) {
        var line = "{\(tag.namespaceName)}\(tag.localName)"
        for position in 0..<tag.attributeCount {
            let value = String(decoding: tag.bytes[tag.value(at: position)], as: UTF8.self)
            line += " \(tag.attributeLocalName(at: position))=\(value)"
        }
        lines.append(line)
    }

    func endElement(_ tag: XMLTag) throws(XMLFault) {
        if tag.isLeaf, !tag.text.isEmpty { lines.append("'\(String(decoding: tag.text, as: UTF8.self))'") }
    }

    static func lines(_ bytes: [UInt8]) throws -> [String] {
        let recorder = ElementRecorder()
        let parser = XMLPushParser(names: XMLNames([]), handler: recorder)
        try parser.feed(bytes)
        try parser.finish()
        return recorder.lines
    }
}
