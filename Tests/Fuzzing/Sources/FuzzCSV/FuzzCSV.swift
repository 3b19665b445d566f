import MillraceValues

private struct Row: Equatable {
    var cells: [[UInt8]] = []
    var line = 0
    var fault: CSVFault?
}

/// The rows of a text that comes in pieces of a length.
private func rows(_ text: [UInt8], _ dialect: CSVDialect, pieces: Int) -> [Row] {
    var splitter = CSVSplitter(
        dialect: dialect, limits: CSVLimits(fieldBytes: 64, rowBytes: 256, fieldLines: 4))
    var (buffer, rest, offset): ([UInt8], ArraySlice<UInt8>, Int) = ([], text[...], 0)
    var fields: [FieldSpan] = []
    var found: [Row] = []
    while true {
        switch splitter.next(in: &buffer, from: &offset, atEnd: rest.isEmpty, fields: &fields) {
        case .row:
            for field in fields { precondition(field.range.upperBound <= buffer.count, "a field beyond the text") }
            found.append(Row(cells: fields.map { Array(buffer[$0.range]) }, line: splitter.rowLine))
        case .fault(let fault): found.append(Row(line: splitter.rowLine, fault: fault))
        case .needsMore:
            precondition(!rest.isEmpty, "more is asked for behind the end")
            buffer.removeFirst(offset)
            offset = 0
            buffer += rest.prefix(pieces)
            rest = rest.dropFirst(pieces)
        case .end: return found
        }
        precondition(found.count <= text.count + 1, "more rows than bytes")
    }
}

/// Splits a text into rows, whole and in pieces, which have to be the same; and decodes it from every encoding.
///
/// The first byte says delimiter and quote, the second the length of the pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCSV(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 2 else { return 0 }
    let delimiters: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]
    let dialect = CSVDialect(
        delimiter: delimiters[Int(bytes[0] & 3)], quote: bytes[0] & 4 == 0 ? 0x22 : bytes[0] & 8 == 0 ? 0x27 : nil)
    let text = Array(bytes[2...])
    let whole = rows(text, dialect, pieces: max(1, text.count))
    let parts = rows(text, dialect, pieces: 1 + Int(bytes[1] & 31))
    precondition(whole == parts, "pieces give other rows than the whole")
    for encoding in TextEncoding.allCases {
        var (decoded, parted): ([UInt8], [UInt8]) = ([], [])
        let used = (try? encoding.decode(text.span, atEnd: true, into: &decoded)) ?? -1  // try?: a fault is an answer
        precondition(
            used <= text.count && UTF8Check.firstInvalid(in: decoded.span) == nil, "\(encoding) gives no UTF-8")
        guard used == text.count else { continue }
        var rest = text[...]
        var held: [UInt8] = []
        while !rest.isEmpty {
            held += rest.prefix(1 + Int(bytes[1] & 31))
            rest = rest.dropFirst(1 + Int(bytes[1] & 31))
            // try?: said below
            guard let taken = try? encoding.decode(held.span, atEnd: rest.isEmpty, into: &parted) else {
                preconditionFailure("\(encoding): pieces cannot be read where the whole can")
            }
            held.removeFirst(taken)
        }
        precondition(parted == decoded, "\(encoding): pieces read otherwise than the whole")
    }
    return 0
}
