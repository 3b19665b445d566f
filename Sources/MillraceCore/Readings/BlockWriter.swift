// Hot path: kept readings are written here. Guarded by `script/bench`.

import MillraceValues

/// How a field of a kept row is told; two bits of a block of version 4.
enum KeptField: UInt8 {
    /// By its own bytes.
    case literal
    /// As in the row before.
    case asBefore
    /// As in the row that this one is told against.
    case asTold
    /// The row does not have it.
    case absent

    /// The fields of so many columns stand together: how each is told, then their literals.
    static var together: Int { 32 }

    /// How many bytes tell how so many fields are told.
    static func bytes(_ fields: Int) -> Int { (fields + 3) / 4 }
}

/// Writes the rows of a batch for `ReadingBatch.encoded`.
///
/// Machines report in turn, so a row says little that the last one of the same machine has not said.
struct BlockWriter {
    private let batch: ReadingBatch
    private let width: Int
    /// The column by whose text the row to tell against is looked up.
    private let key: Int

    /// How many places there are for keys. Two keys at one place cost bytes and no more.
    fileprivate static var places: Int { 1024 }

    init(_ batch: ReadingBatch, _ key: BlockKey) {
        self.batch = batch
        width = batch.names.count
        self.key = key.column < width ? key.column : 0
    }

    /// The block: its head, then the rows.
    func block(_ head: [UInt8]) -> [UInt8] {
        // The last row in which the hash of a key's text was met; -1 where it was not.
        var lastRows = [Int](repeating: -1, count: Self.places)
        var room = head.count &+ batch.count &* (31 &+ width &* 7)
        for span in batch.spans { room &+= Int(span.length) }
        let block = [UInt8](capacity: room) { out in
            for byte in head { out.append(byte) }
            let (bytes, spans) = (batch.bytes.span, batch.spans.span.extracting(0..<(batch.count &* width)))
            for row in 0..<batch.count {
                putPlace(row, into: &out)
                put(row, bytes, spans, &lastRows, into: &out)
            }
        }
        // Of its own size: many blocks wait for one commit.
        return Array(block[...])
    }

    /// What the row has beside its fields' texts.
    private func putPlace(_ row: Int, into out: inout OutputSpan<UInt8>) {
        out.put(signed: batch.positions[row] &- (row == 0 ? 0 : batch.positions[row &- 1]))
        if !batch.instants.isEmpty {
            let before = row == 0 ? 0 : batch.instants[row &- 1].microseconds
            out.put(signed: batch.instants[row].microseconds &- before)
        }
        let reset: UInt8 = batch.resets.contains(row) ? 1 : 0
        if batch.kinds.isEmpty { return out.append(reset) }
        let kinds = batch.kinds[(row &* width)..<((row &+ 1) &* width)]
        if row > 0, kinds.elementsEqual(batch.kinds[((row &- 1) &* width)..<(row &* width)]) {
            return out.append(reset)
        }
        out.append(reset | 2)
        for kind in kinds { out.append(kind.rawValue) }
    }

    private func put(
        _ row: Int, _ bytes: Span<UInt8>, _ spans: Span<FieldSpan>, _ lastRows: inout [Int],
        into out: inout OutputSpan<UInt8>
    ) {
        if width == 0 { return }
        let raw = bytes.bytes
        let first = row &* width
        let place = Self.place(of: spans[first &+ key], in: bytes)
        let told = lastRows[place]
        lastRows[place] = row
        out.put(UInt64(told < 0 ? 0 : row &- told))
        for start in stride(from: 0, to: width, by: KeptField.together) {
            let end = min(start &+ KeptField.together, width)
            var ways: UInt64 = 0
            for place in start..<end {
                let span = spans[unchecked: first &+ place]
                var way = KeptField.literal
                if span.isAbsent {
                    way = .absent
                } else if told >= 0, Self.isSame(span, spans[unchecked: told &* width &+ place], raw) {
                    way = .asTold
                } else if row > 0, Self.isSame(span, spans[unchecked: first &- width &+ place], raw) {
                    way = .asBefore
                }
                ways |= UInt64(way.rawValue) &<< UInt64((place &- start) &* 2)
            }
            var rest = ways
            for _ in 0..<KeptField.bytes(end &- start) {
                out.append(UInt8(truncatingIfNeeded: rest))
                rest &>>= 8
            }
            // One bit for each field of which both bits are zero.
            var literals = ~(ways | ways &>> 1) & 0x5555_5555_5555_5555
            if end &- start < KeptField.together { literals &= (1 &<< UInt64((end &- start) &* 2)) &- 1 }
            while literals != 0 {
                put(spans[unchecked: first &+ start &+ literals.trailingZeroBitCount / 2], bytes, into: &out)
                literals &= literals &- 1
            }
        }
    }

    private func put(_ literal: FieldSpan, _ bytes: Span<UInt8>, into out: inout OutputSpan<UInt8>) {
        out.put(UInt64(literal.length))
        for index in literal.range { out.append(bytes[index]) }
    }

    /// Whether two fields have the same text. One that is there and empty is not the same as an absent one.
    @inline(__always) fileprivate static func isSame(_ one: FieldSpan, _ other: FieldSpan, _ bytes: RawSpan) -> Bool {
        !other.isAbsent && bytes.isSame(one, other)
    }

    /// Where a key of that text is noted.
    fileprivate static func place(of span: FieldSpan, in bytes: Span<UInt8>) -> Int {
        var hash: UInt32 = 0
        for index in span.range { hash = (hash &+ UInt32(bytes[index])) &* 0x9E37_79B1 }
        return Int(hash &>> 22)
    }
}

/// The column that names the machine, as far as a batch lets one guess: that whose last row of the same text tells most of a row.
///
/// Tried out once for many batches of one source. Where the guess is poor, blocks are larger and as right.
public struct BlockKey: Sendable {
    let names: [String]
    let column: Int

    /// Tries the columns on the batch's first rows.
    public init(of batch: ReadingBatch) {
        names = batch.names
        let (width, rows) = (batch.names.count, min(batch.count, BlockWriter.places))
        // The last rows are judged: what came before them is what a row in the middle of a block has.
        let judged = max(rows - 32, rows / 2)..<rows
        let (bytes, spans) = (batch.bytes.span, batch.spans.span)
        var best = (column: 0, score: 0)
        for column in 0..<width {
            var (score, lastRows) = (0, [Int](repeating: -1, count: BlockWriter.places))
            for row in 0..<rows {
                let place = BlockWriter.place(of: spans[row * width + column], in: bytes)
                let last = lastRows[place]
                lastRows[place] = row
                guard judged.contains(row), last >= 0 else { continue }
                for field in 0..<width
                where BlockWriter.isSame(spans[row * width + field], spans[last * width + field], bytes.bytes) {
                    score += 1
                }
            }
            if score > best.score { best = (column, score) }
        }
        column = best.column
    }

    /// Whether the batch has the columns that were tried.
    public func fits(_ batch: ReadingBatch) -> Bool { names == batch.names }
}

extension OutputSpan<UInt8> {
    /// Writes a number as `CompactWriter` does.
    fileprivate mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a number that may be negative as `CompactWriter` does.
    fileprivate mutating func put(signed number: Int64) {
        put(UInt64(bitPattern: (number &<< 1) ^ (number &>> 63)))
    }
}
