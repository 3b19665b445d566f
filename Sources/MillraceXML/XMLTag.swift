// Hot path: filled for every element; script/bench guards it. Names stay numbers and values stay bytes until asked for.
import CLibXML2

/// The tag at which the parser stands: names as numbers, values as bytes. Valid during a handler's step only.
///
/// Names point into the parser's dictionary, which this object keeps alive for itself.
public final class XMLTag {
    /// What a step fills in and reads, as one struct: an access to it is checked once for each step and not once for each property.
    private var content: Content
    /// `nil` once the parser is gone.
    private var parser: xmlParserCtxtPtr?
    private let dictionary: xmlDictPtr

    /// Number of the element's local name in ``XMLNames``, or ``XMLNames/unknown``.
    public var name: Int { content.name }
    /// Number of the element's namespace, or ``XMLNames/unknown`` for one not listed and for none.
    public var namespace: Int { content.namespace }
    /// How many elements it stands in; 0 for the root.
    public var depth: Int { content.depth }
    /// At an end tag: true if the element had no child element.
    public var isLeaf: Bool { content.isLeaf }
    /// The text between the tag before and this one, UTF-8, entities resolved; empty for none.
    public var text: [UInt8] { content.text }
    /// The values of all attributes in one piece, UTF-8; see ``value(of:)``. Empty at an end tag.
    public var bytes: [UInt8] { content.bytes }

    init(_ names: XMLNames, parser: xmlParserCtxtPtr, dictionary: xmlDictPtr) {
        self.parser = parser
        self.dictionary = dictionary
        xmlDictReference(dictionary)
        content = Content(index: XMLNameIndex(names, in: dictionary))
    }

    deinit { xmlDictFree(dictionary) }

    /// What only tags with the same local name have in common, within one document.
    public var nameIdentity: UInt { UInt(bitPattern: content.localNameBytes) }
    /// The local name as text. It makes a String: for messages and unlisted names.
    public var localName: String { content.string(content.localNameBytes) }
    /// The namespace as text; empty for none.
    ///
    /// libxml2 hands an ampersand over as `&#38;` here too.
    public var namespaceName: String {
        content.string(content.namespaceBytes).replacing("&#38;", with: "&")
    }
    /// How many attributes the start tag has, namespace declarations not counted.
    public var attributeCount: Int { content.attributes.count }

    /// Number of the local name of an attribute; `position` is in `0..<attributeCount`, in the order of the document.
    public func attributeName(at position: Int) -> Int { attribute(at: position).name }

    /// Local name of an attribute as text; empty beyond the last.
    public func attributeLocalName(at position: Int) -> String {
        content.attribute(at: position).map { content.string($0.name) } ?? ""
    }

    /// Where in ``bytes`` the value of an attribute stands.
    public func value(at position: Int) -> Range<Int> { attribute(at: position).value }

    /// Number of the local name of an attribute, and where in ``bytes`` its value stands; `position` is in `0..<attributeCount`.
    public func attribute(at position: Int) -> (name: Int, value: Range<Int>) {
        content.attribute(at: position).map { ($0.code, $0.start..<$0.end) } ?? (XMLNames.unknown, 0..<0)
    }

    /// Where in ``bytes`` the value of the attribute of that name stands; `nil` if there is none. Attributes of a
    /// namespace (`xlink:href`) are found by place only.
    public func value(of code: Int) -> Range<Int>? { content.value(of: code) }

    /// The value of the attribute of that name as text; `nil` if there is none.
    public func string(of code: Int) -> String? {
        value(of: code).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// A fault of the content at this tag's place.
    public func fault(_ message: String) -> XMLFault { fault(.content, message) }

    func fault(_ kind: XMLFault.Kind, _ message: String) -> XMLFault {
        XMLFault(
            kind: kind, line: parser.map { Int(millrace_xml_line($0)) } ?? 0,
            column: parser.map { Int(millrace_xml_column($0)) } ?? 0, message: message)
    }
}

/// What the parser does with its tag.
extension XMLTag {
    typealias Name = UnsafePointer<xmlChar>
    /// Five addresses for each attribute: local name, prefix, namespace, begin and end of the value.
    typealias RawAttributes = UnsafeMutablePointer<Name?>

    /// Fills in a start tag.
    func begin(_ local: Name?, _ uri: Name?, _ count: Int, _ raw: RawAttributes?, depth: Int) {
        content.begin(local, uri, count, raw, depth: depth)
    }

    /// Fills in an end tag.
    func end(_ local: Name?, _ uri: Name?, depth: Int, isLeaf: Bool) {
        content.turn(to: local, uri, depth: depth)
        content.isLeaf = isLeaf
    }

    /// Adds to the text before the next tag; false if it gets longer than the limit.
    func append(_ piece: UnsafeBufferPointer<UInt8>, limit: Int) -> Bool { content.append(piece, limit: limit) }

    /// Forgets the text once its tag was handled.
    func clearText() { content.text.removeAll(keepingCapacity: true) }

    /// Cuts the tie to a parser that ends.
    func detach() { parser = nil }
}

extension XMLTag {
    fileprivate struct Attribute {
        let code: Int
        let isForeign: Bool
        let name: Name?
        let start: Int
        let end: Int
    }

    /// What stands in a tag.
    fileprivate struct Content {
        let index: XMLNameIndex
        var name = XMLNames.unknown
        var namespace = XMLNames.unknown
        var depth = 0
        var isLeaf = true
        var text: [UInt8] = []
        var bytes: [UInt8] = []
        var attributes: [Attribute] = []
        var localNameBytes: Name?
        var namespaceBytes: Name?

        init(index: XMLNameIndex) { self.index = index }

        func attribute(at position: Int) -> Attribute? {
            attributes.indices.contains(position) ? attributes[position] : nil
        }

        func value(of code: Int) -> Range<Int>? {
            for attribute in attributes where attribute.code == code && !attribute.isForeign {
                return attribute.start..<attribute.end
            }
            return nil
        }

        func string(_ name: Name?) -> String { name.map { String(cString: $0) } ?? "" }

        mutating func begin(_ local: Name?, _ uri: Name?, _ count: Int, _ raw: RawAttributes?, depth: Int) {
            turn(to: local, uri, depth: depth)
            isLeaf = true
            guard let raw else { return }
            for position in 0..<count {
                let five = raw + position * 5
                let start = bytes.count
                if let from = five[3], let to = five[4] { appendValue(from, to) }
                attributes.append(
                    Attribute(
                        code: index.code(of: five[0]), isForeign: five[2] != nil, name: five[0], start: start,
                        end: bytes.count))
            }
        }

        mutating func append(_ piece: UnsafeBufferPointer<UInt8>, limit: Int) -> Bool {
            guard piece.count <= limit - text.count else { return false }
            text.append(contentsOf: piece)
            return true
        }

        mutating func turn(to local: Name?, _ uri: Name?, depth: Int) {
            localNameBytes = local
            namespaceBytes = uri
            name = index.code(of: local)
            namespace = index.code(of: uri)
            self.depth = depth
            attributes.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
        }

        /// Copies a value. Where entities are not replaced, libxml2 hands every ampersand of a value over as `&#38;`.
        private mutating func appendValue(_ from: Name, _ to: Name) {
            let value = UnsafeBufferPointer(start: from, count: max(0, to - from))
            var start = 0
            var index = 0
            while index < value.count {
                if value[index] == UInt8(ascii: "&") {
                    bytes.append(contentsOf: value[start...index])
                    start = index + 1
                    if value[start...].starts(with: "#38;".utf8) { start += 4 }
                    index = start
                } else {
                    index += 1
                }
            }
            bytes.append(contentsOf: start == 0 ? value : UnsafeBufferPointer(rebasing: value[start...]))
        }
    }
}
