// Hot path: kept readings and facts are written and read with these. Guarded by `script/bench`.

/// Appends numbers and texts to a block of bytes, small numbers short.
///
/// - Shape: a number is LEB128 (seven bits a byte, the lowest first); a signed one is folded first (0, -1, 1, -2, …), so that small
///   ones of both signs are short; a text is its length in bytes and its UTF-8.
public struct CompactWriter: Sendable {
    /// What was written.
    public var bytes: [UInt8] { content }
    @usableFromInline var content: [UInt8] = []

    /// A writer that has room for so many bytes.
    public init(capacity: Int) { content.reserveCapacity(capacity) }

    /// Writes a number.
    @inlinable public mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a number that may be negative.
    @inlinable public mutating func put(signed number: Int64) {
        put(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    /// Writes a text.
    public mutating func put(text: String) {
        put(UInt64(text.utf8.count))
        content.append(contentsOf: text.utf8)
    }

    /// Writes some of the bytes, a few mostly, as they are and without their number.
    public mutating func put(_ bytes: [UInt8], _ range: Range<Int>) {
        if range.count > 24 { return content.append(contentsOf: bytes[range]) }
        for index in range { content.append(bytes[index]) }
    }

    /// Writes bytes as they are, without their number.
    public mutating func put(_ bytes: ArraySlice<UInt8>) { content.append(contentsOf: bytes) }

    @inlinable mutating func append(_ byte: UInt8) { content.append(byte) }
}

/// Why a block of bytes cannot be read: it was damaged.
public struct CompactError: Error, Equatable, Sendable {
    /// The block is damaged.
    public init() {}
}

/// Takes from a block what a `CompactWriter` put there; every length is checked against the end.
public struct CompactReader: Sendable {
    /// The block.
    public let bytes: [UInt8]
    /// Where the next number begins.
    public private(set) var offset = 0

    /// A reader at the block's start.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next number.
    public mutating func number() throws(CompactError) -> UInt64 {
        var (result, shift): (UInt64, UInt64) = (0, 0)
        while offset < bytes.count, shift < 64 {
            let byte = bytes[offset]
            offset &+= 1
            result |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
            shift &+= 7
        }
        throw CompactError()
    }

    /// The next number, which counts things of at least one byte each.
    public mutating func count() throws(CompactError) -> Int {
        guard let count = Int(exactly: try number()), count <= bytes.count else { throw CompactError() }
        return count
    }

    /// The next number, which is less than `end`.
    public mutating func index(below end: Int) throws(CompactError) -> Int {
        guard let index = Int(exactly: try number()), index < end else { throw CompactError() }
        return index
    }

    /// The next number, which may be negative.
    public mutating func signed() throws(CompactError) -> Int64 {
        let raw = try number()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// Where the next so many bytes lie; goes on behind them.
    public mutating func skip(_ length: UInt64) throws(CompactError) -> Range<Int> {
        guard let size = Int(exactly: length), size <= bytes.count - offset else { throw CompactError() }
        offset += size
        return (offset - size)..<offset
    }

    /// The next text.
    public mutating func text() throws(CompactError) -> String {
        String(decoding: bytes[try skip(try number())], as: UTF8.self)
    }
}
