import MillraceXML

/// Writes every step of a parser down, one line each.
final class XMLRecorder: XMLHandler {
    private(set) var lines: [String] = []
    /// An element at which the recorder refuses the document.
    var refused: String?

    func startElement(_ tag: XMLTag) throws(XMLFault) {
        if let refused, tag.localName == refused { throw tag.fault("'\(refused)' is not wanted") }
        var line = "\(tag.depth) <\(tag.localName)"
        for position in 0..<tag.attributeCount {
            let value = String(decoding: tag.bytes[tag.value(at: position)], as: UTF8.self)
            line += " \(tag.attributeLocalName(at: position))=\(value)"
        }
        let text = String(decoding: tag.text, as: UTF8.self)
        lines.append(line + (text.isEmpty ? "" : " after '\(text)'"))
    }

    func endElement(_ tag: XMLTag) throws(XMLFault) {
        let text = String(decoding: tag.text, as: UTF8.self)
        lines.append("\(tag.depth) \(tag.isLeaf ? "leaf" : "node") \(tag.localName) '\(text)'")
    }
}

/// Counts what it copies, as a connector would.
final class XMLCounter: XMLHandler {
    private(set) var elements = 0
    private(set) var copied: [UInt8] = []
    private(set) var copiedBytes = 0

    func startElement(_ tag: XMLTag) throws(XMLFault) {
        elements += 1
        copied.removeAll(keepingCapacity: true)
        for position in 0..<tag.attributeCount { copied.append(contentsOf: tag.bytes[tag.value(at: position)]) }
        copiedBytes += copied.count
    }

    func endElement(_ tag: XMLTag) throws(XMLFault) {
        if tag.isLeaf { copied.append(contentsOf: tag.text) }
        copiedBytes += copied.count
    }
}

/// Parses bytes in pieces of that size and gives the steps.
func record(
    _ bytes: [UInt8], names: [String] = [], limits: XMLLimits = XMLLimits(), pieces: Int = .max,
    with recorder: XMLRecorder = XMLRecorder()
) throws(XMLFault) -> [String] {
    let parser = XMLPushParser(names: XMLNames(names), limits: limits, handler: recorder)
    var rest = bytes[...]
    while !rest.isEmpty {
        try parser.feed(Array(rest.prefix(pieces)))
        rest = rest.dropFirst(pieces)
    }
    try parser.finish()
    return recorder.lines
}

/// The fault of a document, or `nil` if it has none.
func faultOf(_ bytes: [UInt8], limits: XMLLimits = XMLLimits(), pieces: Int = .max) -> XMLFault? {
    do throws(XMLFault) {
        _ = try record(bytes, limits: limits, pieces: pieces)
        return nil
    } catch {
        return error
    }
}
