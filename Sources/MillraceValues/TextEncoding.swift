// Hot path: every chunk of a file passes here. Guarded by `script/bench`.

/// How the characters of a file are written as bytes.
public enum TextEncoding: String, Sendable, CaseIterable {
    /// UTF-8, passed on as it is once it is checked.
    case utf8 = "utf-8"
    /// UTF-16 of the order that its byte order mark says; little-endian without one.
    case utf16 = "utf-16"
    /// UTF-16, low byte first.
    case utf16le = "utf-16le"
    /// UTF-16, high byte first.
    case utf16be = "utf-16be"
    /// Western Windows; its five bytes without a character are refused.
    case windows1252 = "windows-1252"
    /// ISO 8859-1: each byte is the character of that number.
    case latin1 = "latin-1"

    /// What the start of a file says about its encoding: the encoding its byte order mark names and the mark's length.
    ///
    /// - Shape: nil without a mark. Never `.utf16`: the mark tells the order, and it is not there in later chunks.
    public static func mark(at start: Span<UInt8>) -> (encoding: TextEncoding, length: Int)? {
        guard start.count >= 2 else { return nil }
        if start[0] == 0xFF, start[1] == 0xFE { return (.utf16le, 2) }
        if start[0] == 0xFE, start[1] == 0xFF { return (.utf16be, 2) }
        if start.count >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF { return (.utf8, 3) }
        return nil
    }

    /// How to read a file that is declared to be of this encoding and begins with these bytes.
    ///
    /// - Shape: `encoding` is what all chunks are decoded with, `skip` how many bytes of a byte order mark are passed over.
    ///   A mark of another Unicode form than the declared one wins, for it cannot be text; in the one-byte encodings it can,
    ///   so there only UTF-8's three bytes and nothing else are taken for a mark.
    public func opening(_ start: Span<UInt8>) -> (encoding: TextEncoding, skip: Int) {
        let mark = Self.mark(at: start)
        switch self {
        case .utf8, .utf16le, .utf16be: return mark.map { ($0.encoding, $0.length) } ?? (self, 0)
        case .utf16: return mark.map { ($0.encoding, $0.length) } ?? (.utf16le, 0)
        case .windows1252, .latin1:
            if let mark, mark.encoding == .utf8 { return (.utf8, mark.length) }
            return (self, 0)
        }
    }

    /// Adds the text of a chunk to `text` as UTF-8.
    ///
    /// - Shape: returns how many bytes were taken: all but a character that the chunk's end cuts off, which is to be handed
    ///   in again with the bytes that follow. `atEnd` says that none follow, so that a cut character is a fault. No byte order
    ///   mark is passed over here; `opening` does that once per file.
    /// - Throws: `EncodingFault` with the offset in the chunk; what stands before it has been added.
    public func decode(_ chunk: Span<UInt8>, atEnd: Bool, into text: inout [UInt8]) throws(EncodingFault) -> Int {
        switch self {
        case .utf8: try decodeUTF8(chunk, atEnd, &text)
        case .utf16, .utf16le: try decodeUTF16(chunk, atEnd, &text, highFirst: false)
        case .utf16be: try decodeUTF16(chunk, atEnd, &text, highFirst: true)
        case .windows1252, .latin1: try decodeBytes(chunk, &text)
        }
    }

    /// How many bytes of the file the decoded text came from.
    ///
    /// - Shape: `bytes` are whole characters of UTF-8 that `decode` made.
    public func sourceLength(ofUTF8 bytes: Span<UInt8>) -> Int {
        if self == .utf8 { return bytes.count }
        var characters = 0
        var pairs = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte & 0xC0 != 0x80 { characters &+= 1 }
            if byte >= 0xF0 { pairs &+= 1 }
        }
        return self == .windows1252 || self == .latin1 ? characters : 2 &* (characters &+ pairs)
    }

    private func decodeUTF8(_ chunk: Span<UInt8>, _ atEnd: Bool, _ text: inout [UInt8]) throws(EncodingFault) -> Int {
        var end = chunk.count
        var fault: Int?
        if let invalid = UTF8Check.firstInvalid(in: chunk) {
            end = invalid
            if atEnd || !Self.isCut(chunk.extracting(invalid...)) { fault = invalid }
        }
        text.reserveCapacity(text.count + end)
        for index in 0..<end { text.append(chunk[index]) }
        if let fault { throw EncodingFault(encoding: self, offset: fault) }
        return end
    }

    /// Whether the bytes are the start of a sequence that could go on.
    private static func isCut(_ rest: Span<UInt8>) -> Bool {
        guard rest.count < 4 else { return false }
        // A sequence that is valid once the lowest or the highest continuation bytes follow is only cut.
        for filler in [0x80, 0xBF] as [UInt8] {
            var whole = [UInt8](repeating: filler, count: 4)
            for index in 0..<rest.count { whole[index] = rest[index] }
            if let length = UTF8Check.sequence(whole.span, at: 0), length > rest.count { return true }
        }
        return false
    }

    private func decodeUTF16(
        _ chunk: Span<UInt8>, _ atEnd: Bool, _ text: inout [UInt8], highFirst: Bool
    ) throws(EncodingFault) -> Int {
        var index = 0
        text.reserveCapacity(text.count + chunk.count / 2)
        while chunk.count &- index >= 2 {
            let unit = Self.unit(chunk, index, highFirst)
            if unit < 0x80 {
                text.append(UInt8(truncatingIfNeeded: unit))
                index &+= 2
                continue
            }
            if let scalar = Unicode.Scalar(unit) {
                text.append(contentsOf: UTF8.encode(scalar) ?? .init())
                index &+= 2
                continue
            }
            guard chunk.count &- index >= 4 else {
                if atEnd || unit >= 0xDC00 { throw EncodingFault(encoding: self, offset: index) }
                return index
            }
            let low = Self.unit(chunk, index &+ 2, highFirst)
            guard unit < 0xDC00, low >= 0xDC00, low < 0xE000,
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { throw EncodingFault(encoding: self, offset: index) }
            text.append(contentsOf: UTF8.encode(scalar) ?? .init())
            index &+= 4
        }
        if atEnd, index < chunk.count { throw EncodingFault(encoding: self, offset: index) }
        return index
    }

    private static func unit(_ chunk: Span<UInt8>, _ index: Int, _ highFirst: Bool) -> UInt16 {
        let (first, second) = (UInt16(chunk[index]), UInt16(chunk[index &+ 1]))
        return highFirst ? first << 8 | second : second << 8 | first
    }

    private func decodeBytes(_ chunk: Span<UInt8>, _ text: inout [UInt8]) throws(EncodingFault) -> Int {
        text.reserveCapacity(text.count + chunk.count)
        for index in 0..<chunk.count {
            let byte = chunk[index]
            if byte < 0x80 {
                text.append(byte)
            } else if self == .latin1 || byte >= 0xA0 {
                text.append(0xC0 | byte >> 6)
                text.append(0x80 | byte & 0x3F)
            } else {
                guard let scalar = Unicode.Scalar(Self.windows[Int(byte & 0x1F)]), scalar.value > 0 else {
                    throw EncodingFault(encoding: self, offset: index)
                }
                text.append(contentsOf: UTF8.encode(scalar) ?? .init())
            }
        }
        return chunk.count
    }

    /// The characters of the bytes 0x80...0x9F in Windows-1252; 0 where there is none.
    ///
    /// - Source: unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT
    private static let windows: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]
}

/// Bytes that the declared encoding does not have.
public struct EncodingFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The encoding that was declared.
    public let encoding: TextEncoding
    /// Where the bytes begin: in the chunk, as `decode` throws it.
    public let offset: Int

    /// A fault there; a reader of chunks moves it to the offset in its file.
    public init(encoding: TextEncoding, offset: Int) { (self.encoding, self.offset) = (encoding, offset) }

    /// One sentence.
    public var description: String {
        "the bytes at offset \(offset) are not \(encoding.rawValue); say the file's encoding, or mend the file"
    }
}
