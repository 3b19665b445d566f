// Hot path: kept readings are written and read here. Guarded by `script/bench`.

import MillraceValues

/// Why a kept block cannot be read: the store was damaged.
public struct BlockError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The block is damaged.
    package init() {}

    /// One sentence.
    public var description: String { "a block of kept readings is damaged; restore the store from its backup" }
}

extension ReadingBatch {
    /// The batch as one block of bytes, for the store.
    ///
    /// - Shape: version 1; numbers as LEB128; a field is its length + 1 (0: absent) and its bytes; positions and
    ///   instants as differences to the row before.
    public func encoded() -> [UInt8] {
        var out = BlockWriter()
        out.bytes.reserveCapacity(bytes.count + spans.count + count * 4 + 64)
        out.put(1)
        out.put(text: source)
        out.put(UInt64(names.count))
        for name in names { out.put(text: name) }
        out.put(UInt64(count))
        out.put((kinds.isEmpty ? 0 : 1) | (instants.isEmpty ? 0 : 2) | (continuesUnbroken ? 4 : 0))
        var (lastPosition, lastInstant): (Int64, Int64) = (0, 0)
        let width = names.count
        let content = bytes.span
        for row in 0..<count {
            out.put(signed: positions[row] &- lastPosition)
            lastPosition = positions[row]
            if !instants.isEmpty {
                out.put(signed: instants[row].microseconds &- lastInstant)
                lastInstant = instants[row].microseconds
            }
            out.put(resets.contains(row) ? 1 : 0)
            for index in (row * width)..<((row + 1) * width) {
                let span = spans[index]
                if span.isAbsent {
                    out.put(0)
                    continue
                }
                out.put(UInt64(span.length) + 1)
                if !kinds.isEmpty { out.put(UInt64(kinds[index].rawValue)) }
                out.put(content.extracting(Int(span.start)..<Int(span.start + span.length)))
            }
        }
        return out.bytes
    }

    /// The batch that a block holds.
    ///
    /// - Throws: `BlockError` where the bytes are not what `encoded` wrote.
    public init(block: [UInt8]) throws(BlockError) {
        var input = BlockReader(bytes: block)
        guard try input.number() == 1 else { throw BlockError() }
        let source = try input.text()
        let width = try input.count()
        var names: [String] = []
        for _ in 0..<width { names.append(try input.text()) }
        self.init(source: source, names: names)
        let rows = try input.count()
        let flags = try input.number()
        continuesUnbroken = flags & 4 != 0
        var (position, instant): (Int64, Int64) = (0, 0)
        for row in 0..<rows {
            position &+= try input.signed()
            positions.append(position)
            if flags & 2 != 0 {
                instant &+= try input.signed()
                instants.append(Instant(microseconds: instant))
            }
            if try input.number() == 1 { resets.insert(row) }
            for _ in 0..<width {
                let length = try input.number()
                if length == 0 {
                    spans.append(.absent)
                    if flags & 1 != 0 { kinds.append(.text) }
                    continue
                }
                if flags & 1 != 0 {
                    guard let raw = UInt8(exactly: try input.number()), let kind = FieldKind(rawValue: raw) else {
                        throw BlockError()
                    }
                    kinds.append(kind)
                }
                spans.append(try input.skip(length - 1))
            }
        }
        bytes = block
    }
}

/// Appends numbers and texts to a block.
private struct BlockWriter {
    var bytes: [UInt8] = []

    mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func put(signed number: Int64) {
        put(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    mutating func put(_ content: Span<UInt8>) {
        for index in content.indices { bytes.append(content[index]) }
    }

    mutating func put(text: String) {
        put(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

/// Takes numbers and texts from a block; every length is checked against the end.
private struct BlockReader {
    let bytes: [UInt8]
    var offset = 0

    mutating func number() throws(BlockError) -> UInt64 {
        var (result, shift): (UInt64, UInt64) = (0, 0)
        while offset < bytes.count, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
            shift += 7
        }
        throw BlockError()
    }

    mutating func count() throws(BlockError) -> Int {
        guard let count = Int(exactly: try number()), count <= bytes.count else { throw BlockError() }
        return count
    }

    mutating func signed() throws(BlockError) -> Int64 {
        let raw = try number()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    mutating func skip(_ length: UInt64) throws(BlockError) -> FieldSpan {
        guard let size = UInt32(exactly: length), Int(size) <= bytes.count - offset, let start = UInt32(exactly: offset)
        else {
            throw BlockError()
        }
        offset += Int(size)
        return FieldSpan(start: start, length: size)
    }

    mutating func text() throws(BlockError) -> String {
        let span = try skip(try number())
        return String(decoding: bytes[Int(span.start)..<Int(span.start + span.length)], as: UTF8.self)
    }
}
