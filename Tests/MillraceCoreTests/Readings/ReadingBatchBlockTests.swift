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
        batch.numbering = .chain
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
        #expect(back.numbering == batch.numbering)
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
        // Once more behind the absent one, for the first column is the key here and an absent key is met for the first time.
        #expect(block.count { $0 == UInt8(ascii: "p") } == 1)
        #expect(try ReadingBatch(block: back.encoded()).encoded() == block)
    }

    /// Machines in turn, of which only a counter changes, with kinds where asked.
    private func turns(_ machines: Int, _ rounds: Int, kinds: Bool) -> ReadingBatch {
        var batch = ReadingBatch(source: "night.csv", names: ["at", "machine", "order", "good", "note"])
        for round in 0..<rounds {
            for machine in 0..<machines {
                let row = [
                    "2026-03-02T06:00:\(10 + round)Z", "M\(100 + machine)", "4711000\(machine)", "\(round * machine)",
                    "",
                ]
                for (column, text) in row.enumerated() {
                    let isAbsent = column == 4 && machine % 3 == 0
                    batch.spans.append(
                        isAbsent
                            ? .absent
                            : FieldSpan(start: UInt32(batch.bytes.count), length: UInt32(text.utf8.count)))
                    batch.bytes += Array(text.utf8)
                    if kinds { batch.kinds.append(column == 3 ? .number : isAbsent ? .null : .text) }
                }
                batch.positions.append(Int64(batch.positions.count))
            }
        }
        return batch
    }

    @Test(arguments: [1, 2, 7, 250], [true, false])
    func `R6: rows of machines in turn come back as they were`(_ machines: Int, _ kinds: Bool) throws {
        let batch = turns(machines, 9, kinds: kinds)

        let block = batch.encoded()
        let back = try ReadingBatch(block: block)

        #expect(back.positions == batch.positions)
        #expect(rows(back) == rows(batch))
        if machines > 1, !kinds { #expect(block.count < batch.bytes.count * 2 / 3) }
        // What was tried out on another batch costs bytes at most.
        for foreign in [turns(3, 40, kinds: false), ReadingBatch(source: "x", names: []), sample()] {
            #expect(try rows(ReadingBatch(block: batch.encoded(BlockKey(of: foreign)))) == rows(batch))
        }
    }

    @Test(arguments: [4, 31, 32, 33, 63, 64, 65, 130]) func `R6: rows of many columns come back as they were`(
        _ columns: Int
    ) throws {
        var batch = ReadingBatch(source: "wide", names: (0..<columns).map { "c\($0)" })
        for row in 0..<20 {
            for column in 0..<columns {
                let text = column % 3 == 0 ? "\(row)" : "same \(column)"
                batch.spans.append(
                    (row + column) % 7 == 0
                        ? .absent : FieldSpan(start: UInt32(batch.bytes.count), length: UInt32(text.utf8.count)))
                batch.bytes += Array(text.utf8)
            }
            batch.positions.append(Int64(row))
        }

        #expect(try rows(ReadingBatch(block: batch.encoded())) == rows(batch))
    }

    @Test func `a row of version 4 names no row that is not there`() throws {
        // Source "", one field "": a row told against one before the first, as the one before, and against none.
        for row: [UInt8] in [[0, 0, 1, 3], [0, 0, 0, 1], [0, 0, 0, 2]] {
            #expect(throws: BlockError.self) { try ReadingBatch(block: [4, 0, 1, 0, 1, 0] + row) }
        }
        #expect(try ReadingBatch(block: [4, 0, 1, 0, 1, 0, 0, 0, 0, 3]).count == 1)
        // The kinds of the first row are never those of the row before.
        #expect(throws: BlockError.self) { try ReadingBatch(block: [4, 0, 1, 0, 1, 1, 0, 0, 0, 3]) }
    }

    @Test func `a block of version 3 is read as before`() throws {
        // Source "f", fields "a" and "b": a stretch "xy,z" at 7, then at 8 as in the row before and nothing of b.
        let block: [UInt8] = [
            3, 1, 0x66, 2, 1, 0x61, 1, 0x62, 2, 0, 14, 2, 2, 1, 0x78, 0x79, 0x2C, 0x7A, 2, 0, 1, 0,
        ]

        let batch = try ReadingBatch(block: block)

        #expect(batch.positions == [7, 8])
        #expect(rows(batch) == [["xy text", "z text"], ["xy text", "absent text"]])
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
