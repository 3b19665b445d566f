/// Reads JSON texts (RFC 8259), strictly: UTF-8 only, each name once per object, no half surrogates.
public enum JSONReader {
    /// The one value that all of `bytes` are.
    ///
    /// - Shape: blanks around the value and a UTF-8 byte order mark before it are passed over. Numbers stay exact, as `Value` says.
    /// - Throws: `JSONError` with the first fault.
    public static func read(_ bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) -> Value {
        let marked = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        var offset = marked ? 3 : 0
        let value = try readValue(bytes, at: &offset, limits: limits)
        offset = skipBlanks(bytes, from: offset)
        if offset < bytes.count { throw JSONError(.trailing, at: offset, in: bytes) }
        return value
    }

    /// The one value that the whole text is.
    ///
    /// - Throws: `JSONError` with the first fault.
    public static func read(_ text: String) throws(JSONError) -> Value {
        let bytes = Array(text.utf8)
        return try read(bytes.span)
    }

    /// The value that begins at `offset` (after blanks), for streaming the records of a list from a buffer.
    ///
    /// - Shape: on success `offset` is the byte behind the value, otherwise it is unchanged. A number that touches the end of
    ///   `bytes` is taken as whole; a caller who awaits more bytes reads on only where something stands behind the value.
    /// - Throws: `JSONError`, of kind `.endsEarly` where `bytes` end before the value does.
    public static func readValue(
        _ bytes: Span<UInt8>, at offset: inout Int, limits: JSONLimits = .standard
    ) throws(JSONError) -> Value {
        var records = JSONRecordReader(limits: limits)
        return try records.read(bytes, at: &offset)
    }

    /// The first byte from `offset` on that is no blank (space, tab, line feed, carriage return); `bytes.count` without one.
    public static func skipBlanks(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        var index = offset
        while index < bytes.count, JSONParser.isBlank(bytes[index]) { index &+= 1 }
        return index
    }
}

/// Reads the records of one source one by one: as `JSONReader.readValue`, but faster for records that have the names of the
/// one before.
public struct JSONRecordReader: Sendable {
    private var parser: JSONParser

    /// A reader that has seen no record yet.
    public init(limits: JSONLimits = .standard) { parser = JSONParser(limits: limits) }

    /// The value that begins at `offset`, as `JSONReader.readValue` reads it.
    ///
    /// - Throws: `JSONError`, of kind `.endsEarly` where `bytes` end before the value does.
    public mutating func read(_ bytes: Span<UInt8>, at offset: inout Int) throws(JSONError) -> Value {
        do throws(JSONFault) {
            let value = try parser.value(bytes, from: JSONReader.skipBlanks(bytes, from: offset))
            offset = parser.index
            return value
        } catch {
            throw JSONError(error.kind, at: error.offset, in: bytes)
        }
    }
}
