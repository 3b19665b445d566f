import MillraceCore
import MillraceValues
import Testing

@Suite("Reading batch: blocks")
struct ReadingBatchBlockTests {
    /// Three rows of every kind of field, with absent ones, instants in any order and a reset.
    private func sample(kinds: Bool = true, instants: Bool = true) -> ReadingBatch {
        var batch = ReadingBatch(source: "press/März.csv", names: ["count", "state", "Zähler"])
        let rows: [[(String, ReadingBatch.FieldKind)?]] = [
            [("12", .number), ("running", .text), nil],
            [nil, ("true", .bool), ("{\"a\":[1]}", .json)],
            [("", .text), ("null", .null), ("0.50", .number)],
        ]
        for row in rows {
            for field in row {
                let bytes = Array((field?.0 ?? "").utf8)
                batch.spans.append(
                    field == nil
                        ? .absent : FieldSpan(start: UInt32(batch.bytes.count), length: UInt32(bytes.count)))
                batch.bytes += bytes
                if kinds { batch.kinds.append(field?.1 ?? .text) }
            }
        }
        batch.positions = [0, 1_234_567_890_123, Int64.max]
        if instants { batch.instants = [Instant(seconds: 5), .distantPast, .distantFuture] }
        batch.resets = [1]
        batch.continuesUnbroken = true
        return batch
    }

    private func rows(_ batch: ReadingBatch) -> [[String]] {
        (0..<batch.count).map { row in
            batch.names.indices.map { field in
                let text = batch.text(row: row, field: field) ?? "absent"
                return "\(text) \(batch.kind(row: row, field: field))"
            }
        }
    }

    @Test(arguments: [true, false], [true, false])
    func `a block gives back what went in`(_ kinds: Bool, _ instants: Bool) throws {
        let batch = sample(kinds: kinds, instants: instants)

        let back = try ReadingBatch(block: batch.encoded())

        #expect(back.source == batch.source)
        #expect(back.names == batch.names)
        #expect(back.positions == batch.positions)
        #expect(back.instants == batch.instants)
        #expect(back.resets == batch.resets)
        #expect(back.continuesUnbroken == batch.continuesUnbroken)
        #expect(rows(back) == rows(batch))
        #expect(try ReadingBatch(block: back.encoded()).encoded() == batch.encoded())
    }

    @Test func `a field that lies where that of the row before lies is written once`() throws {
        var batch = ReadingBatch(source: "agent/1", names: ["device", "value"])
        batch.bytes = Array("press-11042".utf8)
        let device = FieldSpan(start: 0, length: 7)
        batch.spans = [
            device, FieldSpan(start: 7, length: 2), device, FieldSpan(start: 9, length: 2), .absent, .absent,
            device, FieldSpan(start: 7, length: 0),
        ]
        batch.positions = [1, 2, 3, 4]

        let block = batch.encoded()
        let back = try ReadingBatch(block: block)

        #expect(rows(back) == rows(batch))
        #expect(block.count { $0 == UInt8(ascii: "p") } == 2)
        #expect(try ReadingBatch(block: back.encoded()).encoded() == block)
        // The very first row has none before it.
        #expect(throws: BlockError.self) { try ReadingBatch(block: [3, 0, 1, 0, 1, 0, 0, 0, 1]) }
    }

    @Test func `a block of version 2 is read as before`() throws {
        // Source "f", fields "a" and "b", one row at 7: "xy", and nothing of b; then one at 8: both empty.
        let block: [UInt8] = [2, 1, 0x66, 2, 1, 0x61, 1, 0x62, 2, 0, 14, 0, 3, 0, 0x78, 0x79, 2, 0, 1, 1]

        let batch = try ReadingBatch(block: block)

        #expect(batch.positions == [7, 8])
        #expect(rows(batch) == [["xy text", "absent text"], [" text", " text"]])
    }

    @Test func `a batch without rows or fields is a block too`() throws {
        let empty = try ReadingBatch(block: ReadingBatch(source: "", names: []).encoded())
        #expect(empty.count == 0)
        #expect(empty.names.isEmpty)

        var fieldless = ReadingBatch(source: "f", names: [])
        fieldless.positions = [3]
        #expect(try ReadingBatch(block: fieldless.encoded()).positions == [3])
    }

    @Test func `damaged bytes are an error that says what to do`() throws {
        let whole = sample().encoded()

        for length in 0..<whole.count {
            #expect(throws: BlockError.self) { try ReadingBatch(block: Array(whole.prefix(length))) }
        }
        #expect(throws: BlockError.self) { try ReadingBatch(block: [2]) }
        #expect(throws: BlockError.self) { try ReadingBatch(block: [1] + Array(repeating: 0xFF, count: 40)) }
        #expect(
            BlockError().description == "a block of kept readings is damaged; restore the store from its backup")
    }

    @Test func `whatever the bytes, reading a block and its fields never traps`() throws {
        var dice = Dice(state: 20_260_302)  // the seed
        let whole = sample().encoded()
        var read = 0
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0...Int(dice.next() % 4) {
                let place = Int(dice.next() % UInt64(bytes.count))
                switch dice.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: dice.next())
                case 1: bytes.insert(UInt8(truncatingIfNeeded: dice.next()), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            do {
                let batch = try ReadingBatch(block: bytes)
                read += 1
                #expect(rows(batch).count == batch.count)
                for row in 0..<batch.count { _ = batch.reading(row: row) }
                _ = batch.encoded()
            } catch {
                #expect(error == BlockError())
            }
        }
        #expect(read > 100)
    }

    /// A small generator that gives the same numbers for the same seed (SplitMix64).
    private struct Dice {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
