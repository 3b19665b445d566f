package import MillraceCore
import MillraceValues
import Testing

/// What every `ReadingStore` must do. A conformer's tests run each check with a new empty store.
package struct ReadingStoreConformance<Store: ReadingStore & SumStore> {
    /// The store under test.
    package let store: Store
    private let connector = StoreSamples.connector

    /// Checks of that store.
    package init(_ store: Store) { self.store = store }

    private func put(_ facts: FactWrite...) throws { try store.commit(StoreSamples.step(facts)) }

    private func all() throws -> [FactRevision] { try store.facts(after: 0, limit: 100) }

    private func newest() throws -> [Fact] {
        try store.facts(of: "press-counts", equipment: "press-1", since: StoreSamples.start).map(\.fact)
    }

    /// A fresh fact comes back as it was; what is added or set makes revisions whose changes add up.
    package func counts() throws {
        let fact = StoreSamples.count(10)
        var more = StoreSamples.count(5)
        more.marks = [.rollover, .afterSilence]
        more.last = Place(source: "b.csv", position: 1)

        try put(.fresh(fact))
        try put(.add(more), .set(StoreSamples.count(12)), .set(StoreSamples.count(12)))

        #expect(try all().map(\.id) == [1, 2, 3])
        #expect(try all().map(\.revision) == [1, 2, 3])
        #expect(try all().map(\.change) == [10, 5, -3].map(StoreSamples.good))
        #expect(try all().first?.fact == .count(fact))
        guard case .count(let second) = try all()[1].fact else { throw Unexpected() }
        #expect(second.amounts == StoreSamples.good(15))
        #expect(second.first == fact.first)
        #expect(second.last == more.last)
        #expect(second.marks == more.marks)
        #expect(try newest() == [.count(StoreSamples.count(12))])
        #expect(try store.facts(of: "press-counts", equipment: "press-2", since: StoreSamples.start).isEmpty)
        #expect(try store.facts(after: 1, limit: 1).map(\.id) == [2])
    }

    /// A slice that falls to nothing gets a revision with 0; other identities are other facts.
    package func vanishing() throws {
        try put(.fresh(StoreSamples.count(10)), .fresh(StoreSamples.count(4, order: "4712")))

        try put(.set(StoreSamples.count(0)))

        #expect(try all().map(\.change) == [10, 4, -10].map(StoreSamples.good))
        #expect(try newest().count == 2)
        #expect(try all().last?.revision == 2)
    }

    /// Only the newest revision of a waiting fact waits, and only while there is something in it.
    package func waiting() throws {
        let piece = WaitingPiece(
            instant: StoreSamples.start, amounts: StoreSamples.good(3), signals: ValueObject(["tool": "T-0012"]))
        let fact = StoreSamples.count(3, order: nil, standing: .unattributed, pieces: [piece])
        let other = StoreSamples.count(9, minute: 1, order: nil, standing: .unconfirmed)

        try put(.add(fact), .fresh(other))
        try put(.add(fact))

        let waiting = try store.unattributedFacts()
        #expect(waiting.map(\.revision) == [2])
        guard case .count(let doubled)? = waiting.first?.fact else { throw Unexpected() }
        #expect(doubled.pieces == [piece, piece])
        #expect(doubled.amounts == StoreSamples.good(6))
        var nothing = fact
        nothing.amounts = .zero
        nothing.pieces = []
        try put(.set(nothing))
        #expect(try store.unattributedFacts().isEmpty)
    }

    /// An interval that says the same is not recorded again; a withdrawal needs something to withdraw.
    package func intervals() throws {
        try put(.interval(StoreSamples.interval(minute: 9, isWithdrawn: true)))
        #expect(try all().isEmpty)

        try put(.interval(StoreSamples.interval(end: nil)))
        try put(.interval(StoreSamples.interval()), .interval(StoreSamples.interval()))
        try put(.interval(StoreSamples.interval(isWithdrawn: true)))

        #expect(try all().map(\.revision) == [1, 2, 3])
        #expect(try all()[1].fact == .downtime(StoreSamples.interval()))
        #expect(
            try store.facts(of: "press-stops", equipment: "press-1", since: StoreSamples.start).map(\.fact)
                == [.downtime(StoreSamples.interval(isWithdrawn: true))])
    }

    /// Streams that have something due or are dirty, and no others.
    package func streams() throws {
        let records: [(String, Int64?, Int64?)] = [
            ("calm", nil, nil), ("due", 5, nil), ("later", 6, nil), ("dirty", nil, 1), ("both", 5, 2),
            ("late-dirty", 9, 2),
        ]
        var step = StoreSamples.step([])
        for (name, due, dirty) in records {
            step.streams[StreamID(connector: connector, mapping: "m", equipment: name)] = StreamRecord(
                state: Array(name.utf8), due: due.map { StoreSamples.minute($0) },
                dirtyFrom: dirty.map { StoreSamples.minute($0) })
        }
        step.mappingStates = ["m": ["last": 1]]
        step.cursor = StoredCursor(position: ["offset": 3], pulledThrough: StoreSamples.start, largestEventTime: nil)
        #expect(try store.cursor(of: connector) == StoredCursor())

        try store.commit(step)

        let pending = try store.pendingStreams(of: connector, through: StoreSamples.minute(5))
        #expect(Set(pending.map(\.0.equipment)) == ["due", "dirty", "both", "late-dirty"])
        #expect(pending.count == 4)
        for (id, record) in step.streams { #expect(try store.stream(id) == record) }
        #expect(try store.stream(StreamID(connector: connector, mapping: "m", equipment: "none")) == nil)
        #expect(try store.equipment(of: connector, mapping: "m").count == 6)
        #expect(try store.cursor(of: connector) == step.cursor)
        #expect(try store.mappingState(of: connector, mapping: "m") == ["last": 1])
        #expect(try store.pendingStreams(of: "other", through: .distantFuture).isEmpty)
    }

    /// Blocks from an instant on in the order of their pull; snapshots at or before an instant, until they are void.
    package func blocksAndSnapshots() throws {
        let stream = StreamID(connector: connector, mapping: "m", equipment: "e")
        for minute in [Int64(1), 3, 2] {
            var step = StoreSamples.step([])
            var batch = ReadingBatch(source: "f\(minute)", names: [])
            batch.positions = [minute]
            step.blocks = [
                EncodedBlock(
                    KeptBlock(
                        batch: batch, firstInstant: StoreSamples.minute(minute),
                        lastInstant: StoreSamples.minute(minute),
                        pulledAt: StoreSamples.minute(9), versions: ["m": "v1"], lateBefore: StoreSamples.start))
            ]
            step.snapshots = [Snapshot(stream: stream, at: StoreSamples.minute(minute), state: [UInt8(minute)])]
            try store.commit(step)
        }

        var sources: [String] = []
        var ids: [Int64] = []
        try store.blocks(of: connector, since: StoreSamples.minute(2)) { block in
            sources.append(block.batch.source)
            ids.append(block.id)
            #expect(block.versions == ["m": "v1"])
            #expect(block.lateBefore == StoreSamples.start)
        }

        #expect(sources == ["f3", "f2"])
        var since: [Int64] = []
        try store.blocks(of: connector, from: try #require(ids.last)) { since.append($0.id) }
        #expect(since == [try #require(ids.last)])
        try store.blocks(of: "another", from: 0) { _ in Issue.record("a block of another connector") }
        #expect(try store.snapshot(of: stream, atOrBefore: StoreSamples.minute(2))?.state == [2])
        #expect(try store.snapshot(of: stream, atOrBefore: StoreSamples.start) == nil)
        var void = StoreSamples.step([])
        void.voidSnapshots = [stream: StoreSamples.minute(1)]
        try store.commit(void)
        #expect(try store.snapshot(of: stream, atOrBefore: .distantFuture)?.state == [1])
    }

    /// Known rows and waiting readings are recorded once; of a counting source the step's own word holds.
    package func marks() throws {
        let rows = ["1;2", "1;3"].map { KnownRow(mapping: "m", values: $0) }
        let stream = StreamID(connector: connector, mapping: "m", equipment: "e")
        let ahead = (1...2).map {
            AheadReading(stream: stream, place: Place(source: "f", position: $0), instant: StoreSamples.minute($0))
        }
        let source = CountingSource(equipment: "e", quantity: .good)
        var step = StoreSamples.step([])
        step.known = [rows[0]]
        step.ahead = ahead
        step.countingSources = [source: "m"]
        step.setAside = [
            SetAside(
                place: Place(source: "f", position: 1), line: 1, field: nil, reason: .ahead, sentence: "s", content: [])
        ]
        step.gaps = [Gap(source: "f", from: 1, to: nil, start: nil, end: nil, sentence: "lost")]

        try store.commit(step)
        step.countingSources = [source: "other"]
        try store.commit(step)

        #expect(try store.known(rows) == [rows[0]])
        #expect(try store.aheadReadings(of: connector, through: StoreSamples.minute(1)) == [ahead[0]])
        #expect(try store.countingSource(of: source) == "other")
        #expect(try store.countingSource(of: CountingSource(equipment: "e", quantity: .scrap)) == nil)
        #expect(try store.countingSource(of: CountingSource(equipment: "e", quantity: nil)) == nil)
        var arrived = StoreSamples.step([])
        arrived.arrived = ahead
        try store.commit(arrived)
        #expect(try store.aheadReadings(of: connector, through: .distantFuture).isEmpty)
    }

    /// What is recorded together is there together, or not at all: also where an error inside was not passed on.
    package func together() throws {
        try store.together {
            try put(.fresh(StoreSamples.count(1)))
            #expect(try all().count == 1)
            try store.fold([("stem/A", StoreSamples.sum("A"))], through: 1)
        }
        #expect(try all().count == 1)

        #expect(throws: Unexpected()) {
            try store.together {
                try put(.fresh(StoreSamples.count(1, minute: 1)))
                throw Unexpected()
            }
        }
        #expect(throws: StoreError.self) {
            try store.together {
                try put(.fresh(StoreSamples.count(1, minute: 2)))
                _ = try? store.fold([("stem/A", StoreSamples.hugeGain("A"))], through: 2)  // try?: swallowed on purpose
            }
        }

        #expect(try all().count == 1)
        #expect(try store.foldedThrough() == 1)
        try put(.fresh(StoreSamples.count(1, minute: 3)))
        #expect(try all().count == 2)
    }

    private struct Unexpected: Error, Equatable {}
}
