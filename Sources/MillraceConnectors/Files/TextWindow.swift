// Hot path: every byte of every dropped file passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// A stretch of a file as UTF-8, with the way back to the file's own offsets.
struct TextWindow {
    /// Where in the file the stretch begins.
    let start: Int64
    /// The text as UTF-8; readers may change it where they have read it.
    var text: [UInt8]
    /// Whether the stretch ends where the file ends.
    let reachesEnd: Bool
    /// Whether nothing will follow: the file ends here and has been quiet.
    let isFinal: Bool
    /// The bytes of the file.
    let raw: [UInt8]
    /// The text as it was read.
    let pristine: [UInt8]
    /// Where in the text the file has bytes that its encoding does not have; they are U+FFFD in the text.
    private var faults: [Int] = []
    /// Where UTF-8 is invalid for the first time.
    private var firstInvalid = Int.max
    private let encoding: TextEncoding
    private var lastText = 0
    private var lastFile = 0

    init(start: Int64, raw: [UInt8], encoding: TextEncoding, reachesEnd: Bool, isFinal: Bool) {
        self.start = start
        self.raw = raw
        self.encoding = encoding
        self.reachesEnd = reachesEnd
        self.isFinal = isFinal
        if encoding == .utf8 {
            (text, pristine) = (raw, raw)
            firstInvalid = UTF8Check.firstInvalid(in: raw.span) ?? .max
            return
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(raw.count + raw.count / 4)
        var offset = 0
        let bytes = raw.span
        while offset < raw.count {
            let before = decoded.count
            do throws(EncodingFault) {
                let taken = try encoding.decode(bytes.extracting(offset...), atEnd: isFinal, into: &decoded)
                offset += taken
                break
            } catch {
                // The bad unit becomes one replacement character, which counts as one unit on the way back.
                offset += encoding.sourceLength(ofUTF8: decoded.span.extracting(before...)) + Self.unit(of: encoding)
                faults.append(decoded.count)
                decoded += [0xEF, 0xBF, 0xBD]
            }
        }
        (text, pristine) = (decoded, decoded)
    }

    private static func unit(of encoding: TextEncoding) -> Int {
        encoding == .windows1252 || encoding == .latin1 ? 1 : 2
    }

    /// The offset in the file of an offset in the text; callers ask in growing order.
    mutating func fileOffset(_ offset: Int) -> Int64 {
        if encoding == .utf8 { return start + Int64(offset) }
        if offset < lastText { (lastText, lastFile) = (0, 0) }
        lastFile += encoding.sourceLength(ofUTF8: pristine.span.extracting(lastText..<offset))
        lastText = offset
        return start + Int64(min(lastFile, raw.count))
    }

    /// The first byte of the range that is not of the file's encoding; nil where all are.
    func invalid(in range: Range<Int>) -> Int? {
        if encoding == .utf8 {
            if range.upperBound <= firstInvalid { return nil }
            return UTF8Check.firstInvalid(in: pristine.span.extracting(range)).map { range.lowerBound + $0 }
        }
        return faults.first { range.contains($0) }
    }

    /// The name of the encoding, for messages.
    var encodingName: String { encoding.rawValue }

    /// Behind the next line feed from `offset` on; nil where there is none.
    func endOfLine(from offset: Int) -> Int? {
        let bytes = pristine.span
        var index = offset
        while index < bytes.count {
            if bytes[index] == 0x0A { return index + 1 }
            index &+= 1
        }
        return nil
    }
}

/// What was read from a window: one page of a file.
struct FilePage {
    /// The readings.
    var batch: ReadingBatch
    /// Rows that could not be read.
    var setAside: [SetAside] = []
    /// How much of the window's text is used up.
    var consumed = 0
    /// The line that begins there.
    var line: Int
    /// Where in the format the reader is then.
    var phase: ReadPhase

    /// How many readings a page holds at most: larger pages save little time and cost memory at any size of the source.
    static let rowLimit = 3_000
    /// How many rows it sets aside at most.
    static let setAsideLimit = 1_000

    init(source: String, names: [String], line: Int, phase: ReadPhase) {
        batch = ReadingBatch(source: source, names: names)
        self.line = line
        self.phase = phase
    }

    /// Whether the page holds as much as one may.
    var isFull: Bool { batch.count >= Self.rowLimit || setAside.count >= Self.setAsideLimit }

    /// Sets a row of the window aside.
    mutating func setAside(
        _ window: inout TextWindow, _ row: Range<Int>, line: Int, field: String?, _ sentence: String
    ) {
        setAside.append(
            SetAside(
                place: Place(source: batch.source, position: window.fileOffset(row.lowerBound)), line: Int64(line),
                field: field, reason: .unreadable, sentence: sentence,
                content: Array(window.pristine[row.lowerBound..<min(row.upperBound, row.lowerBound + 4096)])))
    }

    /// Sets the row aside where its bytes are not of the file's encoding; whether it did.
    mutating func setAsideIfUndecodable(_ window: inout TextWindow, _ row: Range<Int>, line: Int) -> Bool {
        guard let place = window.invalid(in: row) else { return false }
        let column = place - row.lowerBound + 1
        let sentence =
            "line \(line), column \(column): the bytes there are not \(window.encodingName); "
            + "declare the file's encoding, or mend the row"
        setAside(&window, row, line: line, field: nil, sentence)
        return true
    }
}
