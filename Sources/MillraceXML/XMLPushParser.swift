// Hot path: hands every element over; script/bench guards it.
import CLibXML2

/// Reads a document piece by piece and hands its elements to a handler.
///
/// Refused: document types (and with them all entities but the five and character references), encodings beyond UTF-8,
/// UTF-16, ISO 8859 and Windows 125x, and whatever is beyond ``XMLLimits``. Nothing is ever fetched or opened. Memory stays in
/// the order of the largest tag and text. Not `Sendable`: one task feeds one parser.
public final class XMLPushParser {
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()
    private static let pieceBytes = 64 << 10

    private let names: XMLNames
    private let limits: XMLLimits
    private let handler: any XMLHandler
    private var scanner: XMLTagScanner
    private var width = XMLEncodingGuard.Width.bytes
    /// The first bytes, until there are the four that tell the encoding.
    private var head: [UInt8] = []
    /// Half a UTF-16 unit between two pieces.
    private var halfUnit: UInt8?
    private var context: xmlParserCtxtPtr?
    private var tag: XMLTag?
    private var total = 0
    private var place = Place()
    private var isParsing = false
    private var isFinished = false
    private var fault: XMLFault?

    /// Where the parser stands. One struct: an access to it is checked once for each tag and not once for each property.
    private struct Place {
        var depth = 0
        var hasRoot = false
        var lastWasStart = false

        /// Goes into an element; returns how deep it stands.
        mutating func begin() -> Int {
            (depth, hasRoot, lastWasStart) = (depth + 1, true, true)
            return depth - 1
        }

        /// Leaves it; returns how deep it stood, and whether no element stood in it.
        mutating func end() -> (depth: Int, isLeaf: Bool) {
            defer { lastWasStart = false }
            depth -= 1
            return (depth, lastWasStart)
        }
    }

    /// Makes a parser for one document.
    public init(names: XMLNames, limits: XMLLimits = XMLLimits(), handler: any XMLHandler) {
        self.names = names
        self.limits = limits
        self.handler = handler
        scanner = XMLTagScanner(limits)
        _ = Self.isReady
    }

    deinit {
        tag?.detach()
        xmlFreeParserCtxt(context)
    }

    /// Reads the next bytes of the document, of any number.
    ///
    /// - Throws: the first fault, and the same one at every later call.
    public func feed(_ bytes: [UInt8]) throws(XMLFault) { try feed(bytes.span) }

    /// Reads the next bytes of the document, of any number.
    ///
    /// - Throws: the first fault, and the same one at every later call.
    public func feed(_ bytes: Span<UInt8>) throws(XMLFault) {
        try check()
        guard bytes.count <= limits.totalBytes - total else {
            throw fail(.limit, "the document is longer than \(limits.totalBytes) bytes")
        }
        total += bytes.count
        try bytes.withUnsafeBufferPointer { (all: UnsafeBufferPointer<UInt8>) throws(XMLFault) in
            var rest = all[...]
            if context == nil {
                let missing = rest.prefix(4 - head.count)
                head += missing
                rest = rest.dropFirst(missing.count)
                guard head.count == 4 else { return }
                try open()
            }
            while !rest.isEmpty {
                try push(UnsafeBufferPointer(rebasing: rest.prefix(Self.pieceBytes)))
                rest = rest.dropFirst(Self.pieceBytes)
            }
        }
    }

    /// Says that the document is at its end.
    ///
    /// - Throws: the first fault; a document that is empty or breaks off is one.
    public func finish() throws(XMLFault) {
        try check()
        if context == nil { try open() }
        isFinished = true
        try parse(UnsafeBufferPointer(start: nil, count: 0), isLast: true)
        if let context, context.pointee.wellFormed == 0 { throw fail(.malformed, "the document is not well-formed") }
    }

    private func check() throws(XMLFault) {
        if let fault { throw fault }
        if isParsing { throw fail(.content, "a handler must not feed its own parser") }
        if isFinished { throw fail(.malformed, "there are bytes after the end of the document") }
    }

    /// Makes libxml2's parser once the encoding's first signs are there.
    private func open() throws(XMLFault) {
        guard let width = XMLEncodingGuard.width(of: head) else {
            throw fail(.encoding, "the document is neither UTF-8, UTF-16, ISO 8859 nor Windows 125x")
        }
        self.width = width
        let refusal = head.withUnsafeBufferPointer { scan($0) }
        if let refusal { throw fail(refusal.kind, refusal.message) }
        var sax = xmlSAXHandler()
        sax.initialized = millrace_xml_sax2_magic()
        sax.startDocument = xmlDocumentStarted
        sax.internalSubset = xmlDocumentTypeSeen
        sax.startElementNs = xmlElementStarted
        sax.endElementNs = xmlElementEnded
        sax.characters = xmlTextSeen
        sax.ignorableWhitespace = xmlTextSeen
        sax.cdataBlock = xmlTextSeen
        sax.serror = xmlReported
        let me = Unmanaged.passUnretained(self).toOpaque()
        let made = head.withUnsafeBytes { bytes in
            xmlCreatePushParserCtxt(
                &sax, me, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), nil)
        }
        guard let made, let dictionary = made.pointee.dict else { throw fail(.limit, "memory ran out") }
        context = made
        xmlCtxtUseOptions(made, Int32(XML_PARSE_NONET.rawValue))
        tag = XMLTag(names, parser: made, dictionary: dictionary)
    }

    private func push(_ piece: UnsafeBufferPointer<UInt8>) throws(XMLFault) {
        guard let refusal = scan(piece) else { return try parse(piece, isLast: false) }
        // What stands before the refused tag is still read: an earlier fault goes first, and the place is known.
        try parse(UnsafeBufferPointer(rebasing: piece.prefix(refusal.bytesBefore)), isLast: false)
        throw fail(refusal.kind, refusal.message)
    }

    /// Shows the scanner a piece, UTF-16 as one byte a unit: ASCII as itself, all else as 0x80.
    private func scan(_ piece: UnsafeBufferPointer<UInt8>) -> XMLTagScanner.Refusal? {
        if width == .bytes { return scanner.scan(piece) }
        let whole = (halfUnit.map { [$0] } ?? []) + Array(piece)
        let units = (0..<whole.count / 2).map { number -> UInt8 in
            let (first, second) = (whole[2 * number], whole[2 * number + 1])
            let (high, low) = width == .bigEndian ? (first, second) : (second, first)
            return high == 0 && low < 0x80 ? low : 0x80
        }
        let carried = halfUnit == nil ? 0 : 1
        halfUnit = whole.count % 2 == 0 ? nil : whole.last
        return units.withUnsafeBufferPointer { scanner.scan($0) }.map {
            .init(kind: $0.kind, message: $0.message, bytesBefore: max(0, 2 * $0.bytesBefore - carried))
        }
    }

    private func parse(_ piece: UnsafeBufferPointer<UInt8>, isLast: Bool) throws(XMLFault) {
        guard let context else { return }
        isParsing = true
        millrace_xml_hush(Unmanaged.passUnretained(self).toOpaque(), xmlReported)
        let code = piece.withMemoryRebound(to: CChar.self) {
            xmlParseChunk(context, $0.baseAddress, Int32($0.count), isLast ? 1 : 0)
        }
        millrace_xml_unhush()
        isParsing = false
        if let fault { throw fault }
        if code != 0, context.pointee.wellFormed == 0 { throw fail(.malformed, "the document is not well-formed") }
    }

    @discardableResult
    private func fail(_ kind: XMLFault.Kind, _ message: String) -> XMLFault {
        let first = fault ?? tag?.fault(kind, message) ?? XMLFault(kind: kind, line: 1, column: 1, message: message)
        fault = first
        return first
    }

    private func stop(_ first: XMLFault) {
        if fault == nil { fault = first }
        xmlStopParser(context)
    }
}

/// What libxml2's callbacks do.
extension XMLPushParser {
    fileprivate func documentStarted() {
        guard let context, let name = millrace_xml_declared_encoding(context) else { return }
        let declared = String(cString: name)
        guard !XMLEncodingGuard.allows(declared, in: width) else { return }
        stop(fail(.encoding, "the encoding '\(declared.prefix(40))' is not read here, or the bytes are not in it"))
    }

    fileprivate func documentTypeSeen() {
        stop(fail(.documentType, "a document type declaration (<!DOCTYPE) is not allowed"))
    }

    fileprivate func started(_ local: XMLTag.Name?, _ uri: XMLTag.Name?, _ count: Int, _ raw: XMLTag.RawAttributes?) {
        guard fault == nil, let tag else { return }
        let depth = place.begin()
        guard depth < limits.depth else {
            return stop(fail(.limit, "elements stand more than \(limits.depth) deep in one another"))
        }
        tag.begin(local, uri, count, raw, depth: depth)
        do throws(XMLFault) { try handler.startElement(tag) } catch { stop(error) }
        tag.clearText()
    }

    fileprivate func ended(_ local: XMLTag.Name?, _ uri: XMLTag.Name?) {
        guard fault == nil, let tag else { return }
        let place = place.end()
        tag.end(local, uri, depth: place.depth, isLeaf: place.isLeaf)
        do throws(XMLFault) { try handler.endElement(tag) } catch { stop(error) }
        tag.clearText()
    }

    fileprivate func textSeen(_ piece: UnsafeBufferPointer<UInt8>) {
        guard fault == nil, let tag, !tag.append(piece, limit: limits.textBytes) else { return }
        stop(fail(.limit, "a text is longer than \(limits.textBytes) bytes"))
    }

    /// Keeps the first fatal report. Others (an undeclared prefix, say) do not make a document unreadable.
    fileprivate func reported(_ error: borrowing xmlError) {
        guard fault == nil, error.level == XML_ERR_FATAL else { return }
        let text = error.message.map { String(cString: $0) } ?? "the document is not well-formed"
        var sentence = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
        // libxml2 calls an early end by the same name as too long a document.
        if isFinished, error.code == Int32(XML_ERR_DOCUMENT_END.rawValue), place.depth > 0 || !place.hasRoot {
            sentence = total == 0 ? "the document is empty" : "the document breaks off"
        }
        if error.line > 0 {
            fault = XMLFault(
                kind: .malformed, line: Int(error.line), column: Int(error.int2), message: String(sentence.prefix(300)))
        } else {
            fail(.malformed, String(sentence.prefix(300)))
        }
    }
}

// Plain functions, so that no actor's isolation clings to them. libxml2 calls them inside `parse`, with the parser's
// own address: the parser outlives the call.

private func parser(_ context: UnsafeMutableRawPointer?) -> XMLPushParser? {
    context.map { Unmanaged<XMLPushParser>.fromOpaque($0).takeUnretainedValue() }
}

private func xmlDocumentStarted(_ context: UnsafeMutableRawPointer?) { parser(context)?.documentStarted() }

private func xmlDocumentTypeSeen(
    _ context: UnsafeMutableRawPointer?, _ name: XMLTag.Name?, _ external: XMLTag.Name?, _ system: XMLTag.Name?
) { parser(context)?.documentTypeSeen() }

private func xmlElementStarted(
    _ context: UnsafeMutableRawPointer?, _ local: XMLTag.Name?, _ prefix: XMLTag.Name?, _ uri: XMLTag.Name?,
    _ namespaceCount: Int32, _ namespaces: XMLTag.RawAttributes?, _ count: Int32, _ defaulted: Int32,
    _ attributes: XMLTag.RawAttributes?
) { parser(context)?.started(local, uri, Int(count), attributes) }

private func xmlElementEnded(
    _ context: UnsafeMutableRawPointer?, _ local: XMLTag.Name?, _ prefix: XMLTag.Name?, _ uri: XMLTag.Name?
) { parser(context)?.ended(local, uri) }

private func xmlTextSeen(_ context: UnsafeMutableRawPointer?, _ text: XMLTag.Name?, _ count: Int32) {
    parser(context)?.textSeen(UnsafeBufferPointer(start: text, count: Int(count)))
}

private func xmlReported(_ context: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<xmlError>?) {
    if let error { parser(context)?.reported(error.pointee) }
}
