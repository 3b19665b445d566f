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
    /// - Shape: version 4, of a `CompactWriter`'s numbers. Positions and instants are differences to the row before; then a byte (1: the
    ///   counter was reset, 2: the fields' kinds follow, else they are those of the row before); how many rows back the row lies that this
    ///   one is told against (0: none); then for 32 columns at a time two bits for each field (`KeptField`, the lowest first), and the
    ///   length and bytes of each literal.
    ///   Versions 2 and 3, of earlier programs, are read and no longer written.
    ///
    /// - Parameter key: what was tried out on an earlier batch of the source; nil: it is tried on this one.
    public func encoded(_ key: BlockKey? = nil) -> [UInt8] {
        var head = CompactWriter(capacity: 256)
        head.put(4)
        head.put(text: source)
        head.put(UInt64(names.count))
        for name in names { head.put(text: name) }
        head.put(UInt64(count))
        head.put(
            (kinds.isEmpty ? 0 : 1) | (instants.isEmpty ? 0 : 2) | (continuesUnbroken ? 4 : 0)
                | UInt64(numbering.rawValue) << 3)
        return BlockWriter(self, key ?? BlockKey(of: self)).block(head.bytes)
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
        guard (2...4).contains(version) else { throw CompactError() }
        let source = try input.text()
        let width = try input.count()
        var names: [String] = []
        for _ in 0..<width { names.append(try input.text()) }
        self.init(source: source, names: names)
        let rows = try input.count()
        let flags = try input.number()
        continuesUnbroken = flags & 4 != 0
        guard flags < 32, let numbering = Numbering(rawValue: UInt8(flags >> 3)) else { throw CompactError() }
        self.numbering = numbering
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
            if flags & 1 != 0 { try takeKinds(&input, width, areTold: version < 4 || shape & 2 != 0) }
            if version == 4 {
                try takeRow(&input, row, width)
            } else if shape & 2 != 0 {
                try takeStretch(&input, width)
            } else {
                try takeFields(&input, width, version)
            }
        }
        bytes = block
    }

    private mutating func takeKinds(
        _ input: inout CompactReader, _ width: Int, areTold: Bool
    ) throws(CompactError) {
        if !areTold {
            guard kinds.count >= width else { throw CompactError() }
            kinds += kinds[(kinds.count - width)...]
            return
        }
        for _ in 0..<width {
            guard let raw = UInt8(exactly: try input.number()), let kind = FieldKind(rawValue: raw) else {
                throw CompactError()
            }
            kinds.append(kind)
        }
    }

    /// A row of version 4.
    private mutating func takeRow(_ input: inout CompactReader, _ row: Int, _ width: Int) throws(CompactError) {
        if width == 0 { return }
        let back = try input.index(below: row + 1)
        for start in stride(from: 0, to: width, by: KeptField.together) {
            let end = min(start + KeptField.together, width)
            let ways = try input.skip(UInt64(KeptField.bytes(end - start)))
            for column in start..<end {
                let four = input.bytes[ways.lowerBound + (column - start) / 4]
                switch KeptField(rawValue: four >> UInt8((column - start) % 4 * 2) & 3) {
                case .literal:
                    let range = try input.skip(try input.number())
                    spans.append(try Self.span(range.lowerBound, range.count))
                case .asBefore where row > 0: spans.append(spans[(row - 1) * width + column])
                case .asTold where back > 0: spans.append(spans[(row - back) * width + column])
                case .absent: spans.append(.absent)
                default: throw CompactError()
                }
            }
        }
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
