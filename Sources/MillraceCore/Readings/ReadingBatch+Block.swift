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
    /// - Shape: version 3, a `CompactWriter`'s block; positions and instants as differences to the row before. A row whose fields
    ///   lie one after the other, a byte apart, is that stretch of bytes and the lengths of its fields; any other is the lengths + 2 of
    ///   its fields (0: absent, 1: as in the row before), and the bytes of those with a length. Version 2 had lengths + 1 and no 1.
    public func encoded() -> [UInt8] {
        var out = CompactWriter(capacity: bytes.count + spans.count + count * 8 + 64)
        out.put(3)
        out.put(text: source)
        out.put(UInt64(names.count))
        for name in names { out.put(text: name) }
        out.put(UInt64(count))
        out.put((kinds.isEmpty ? 0 : 1) | (instants.isEmpty ? 0 : 2) | (continuesUnbroken ? 4 : 0))
        var (lastPosition, lastInstant): (Int64, Int64) = (0, 0)
        let width = names.count
        for row in 0..<count {
            out.put(signed: positions[row] &- lastPosition)
            lastPosition = positions[row]
            if !instants.isEmpty {
                out.put(signed: instants[row].microseconds &- lastInstant)
                lastInstant = instants[row].microseconds
            }
            let fields = (row &* width)..<((row &+ 1) &* width)
            let stretch = stretch(of: fields)
            out.put((resets.contains(row) ? 1 : 0) | (stretch == nil ? 0 : 2))
            if !kinds.isEmpty { for kind in kinds[fields] { out.put(UInt64(kind.rawValue)) } }
            if let stretch {
                for index in fields { out.put(UInt64(spans[index].length)) }
                out.put(bytes[stretch])
            } else {
                // An agent's rows share the texts of their device and component, by where they lie.
                let before = row == 0 ? 0 : width
                for index in fields {
                    let span = spans[index]
                    if before > 0, span == spans[index &- before], !span.isAbsent {
                        out.put(1)
                    } else {
                        out.put(span.isAbsent ? 0 : UInt64(span.length) + 2)
                    }
                }
                for index in fields where !spans[index].isEmpty {
                    if before > 0, spans[index] == spans[index &- before] { continue }
                    out.put(bytes, spans[index].range)
                }
            }
        }
        return out.bytes
    }

    /// Where the fields lie where they follow each other, a byte apart, as an unquoted row of CSV does; nil elsewhere.
    private func stretch(of fields: Range<Int>) -> Range<Int>? {
        guard let first = fields.first, !spans[first].isAbsent else { return nil }
        var end = spans[first].start &+ spans[first].length
        for index in (first &+ 1)..<fields.upperBound {
            if spans[index].isAbsent || spans[index].start != end &+ 1 { return nil }
            end = spans[index].start &+ spans[index].length
        }
        return Int(spans[first].start)..<Int(end)
    }

    /// The batch that a block holds.
    ///
    /// - Throws: `BlockError` where the bytes are not what `encoded` wrote.
    public init(block: [UInt8]) throws(BlockError) {
        do throws(CompactError) {
            try self.init(compact: block)
        } catch {
            throw BlockError()
        }
    }

    private init(compact block: [UInt8]) throws(CompactError) {
        var input = CompactReader(block)
        let version = try input.number()
        guard version == 2 || version == 3 else { throw CompactError() }
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
            let shape = try input.number()
            if shape & 1 != 0 { resets.insert(row) }
            if flags & 1 != 0 {
                for _ in 0..<width { kinds.append(try Self.kind(&input)) }
            }
            if shape & 2 != 0 {
                try takeStretch(&input, width)
            } else {
                try takeFields(&input, width, version)
            }
        }
        bytes = block
    }

    private static func kind(_ input: inout CompactReader) throws(CompactError) -> FieldKind {
        guard let raw = UInt8(exactly: try input.number()), let kind = FieldKind(rawValue: raw) else {
            throw CompactError()
        }
        return kind
    }

    private mutating func takeStretch(_ input: inout CompactReader, _ width: Int) throws(CompactError) {
        var lengths: [UInt64] = []
        for _ in 0..<width { lengths.append(try input.number()) }
        var start = try input.skip(try Self.sum(lengths, and: width - 1)).lowerBound
        for length in lengths {
            spans.append(try Self.span(start, Int(length)))
            start += Int(length) + 1
        }
    }

    private mutating func takeFields(
        _ input: inout CompactReader, _ width: Int, _ version: UInt64
    ) throws(CompactError) {
        // What is added to a length; below it stand 0 for absent and, from version 3 on, 1 for as before.
        let more = version - 1
        var lengths: [UInt64] = []
        for _ in 0..<width { lengths.append(try input.number()) }
        var start = try input.skip(try Self.sum(lengths.map { $0 < more ? 0 : $0 - more }, and: 0)).lowerBound
        for length in lengths {
            if length == 0 {
                spans.append(.absent)
            } else if length < more {
                guard spans.count >= width else { throw CompactError() }
                spans.append(spans[spans.count - width])
            } else {
                spans.append(try Self.span(start, Int(length - more)))
                start += Int(length - more)
            }
        }
    }

    private static func sum(_ lengths: [UInt64], and more: Int) throws(CompactError) -> UInt64 {
        var whole = UInt64(max(0, more))
        for length in lengths {
            let (sum, overflow) = whole.addingReportingOverflow(length)
            if overflow { throw CompactError() }
            whole = sum
        }
        return whole
    }

    private static func span(_ start: Int, _ length: Int) throws(CompactError) -> FieldSpan {
        guard let start = UInt32(exactly: start), let length = UInt32(exactly: length) else { throw CompactError() }
        return FieldSpan(start: start, length: length)
    }
}
