import Glibc
import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues
import Testing

@Suite("SQLite store: retention and copies")
struct StoreKeepingTests {
    let new: NewStore
    var store: SQLiteStore { new.store }
    let stream = StreamID(connector: "press-line", mapping: "press-counts", equipment: "press-1")
    let day: Int64 = 1440

    init() throws { new = try NewStore() }

    /// A block of that minute, with a snapshot at it.
    private func keep(_ minute: Int64, due: Int64? = nil, dirty: Int64? = nil) throws {
        var step = StoreSamples.step([])
        var batch = ReadingBatch(source: "f\(minute)", names: [])
        batch.positions = [minute]
        step.blocks = [
            EncodedBlock(
                KeptBlock(
                    batch: batch, firstInstant: StoreSamples.minute(minute), lastInstant: StoreSamples.minute(minute),
                    pulledAt: StoreSamples.minute(minute), versions: [:], lateBefore: nil))
        ]
        step.snapshots = [Snapshot(stream: stream, at: StoreSamples.minute(minute), state: [1])]
        step.streams[stream] = StreamRecord(
            state: [9], due: due.map { StoreSamples.minute($0) }, dirtyFrom: dirty.map { StoreSamples.minute($0) })
        try store.commit(step)
    }

    private func kept() throws -> [String] {
        var sources: [String] = []
        try store.blocks(of: "press-line", since: .distantPast) { sources.append($0.batch.source) }
        return sources
    }

    private func prune(olderThan minute: Int64, atMostBytes: Int64? = nil, recent: Int64 = 9_999) throws -> PruneReport
    {
        try store.prune(
            Retention(
                readingsOlderThan: StoreSamples.minute(minute), atMostBytes: atMostBytes,
                recent: StoreSamples.minute(recent), dayStart: { $0.floored(to: .seconds(86_400)) }))
    }

    @Test func `R6: old readings go, counter state stays`() throws {
        for minute in [Int64(0), 10, 20] { try keep(minute) }

        let report = try prune(olderThan: 20)

        #expect(report.blocks == 2)
        #expect(report.bytes > 0)
        #expect(try kept() == ["f20"])
        #expect(try store.stream(stream)?.state == [9])
        #expect(try prune(olderThan: 20) == PruneReport())
    }

    @Test func `R6: readings stay that a dirty stream is worked on from, behind its snapshot`() throws {
        for minute in [Int64(0), 10, 20] { try keep(minute, dirty: 15) }

        #expect(try prune(olderThan: 9_999).blocks == 1)

        #expect(try kept() == ["f10", "f20"])
        #expect(try store.snapshot(of: stream, atOrBefore: StoreSamples.minute(15))?.at == StoreSamples.minute(10))
    }

    @Test func `R6: readings stay behind the snapshot before what is due, and all where there is none`() throws {
        try keep(0, due: 30)
        try keep(10, due: 30)
        #expect(try prune(olderThan: 9_999).blocks == 1)
        #expect(try kept() == ["f10"])

        var void = StoreSamples.step([])
        void.voidSnapshots = [stream: .distantPast]
        try store.commit(void)
        #expect(try prune(olderThan: 9_999).blocks == 0)
    }

    @Test func `R6: readings stay of facts that are not folded, or wait for an order or a decision`() throws {
        for minute in [Int64(0), 1, 2, 3] { try keep(minute) }
        try store.commit(
            StoreSamples.step([
                .fresh(StoreSamples.count(5, minute: 1, order: nil, standing: .unattributed)),
                .fresh(StoreSamples.count(5, minute: 3)),
            ]))
        #expect(try prune(olderThan: 9_999).blocks == 1)
        #expect(try kept() == ["f1", "f2", "f3"])

        try store.fold([], through: 2)
        _ = try prune(olderThan: 9_999)
        #expect(try kept() == ["f1"])

        try store.commit(
            StoreSamples.step([.set(StoreSamples.count(0, minute: 1, order: nil, standing: .unattributed))]))
        try store.fold([], through: 3)
        _ = try prune(olderThan: 9_999)
        #expect(try kept() == [])
    }

    @Test func `R6: over the limit the oldest go, but none that is recent`() throws {
        for minute in [Int64(0), 10, 20, 30] { try keep(minute) }
        let bytes = try prune(olderThan: 1).bytes

        #expect(try prune(olderThan: 0, atMostBytes: 2 * bytes + 8).blocks == 1)
        #expect(try kept() == ["f20", "f30"])
        #expect(try prune(olderThan: 0, atMostBytes: 0, recent: 25).blocks == 1)
        #expect(try kept() == ["f30"])
    }

    @Test func `R6: of snapshots the first of a production day stays, and all that are recent`() throws {
        // The start is at 05:00 UTC, so minute 1140 is midnight.
        let minutes: [Int64] = [0, 60, 1_080, 1_140, 1_200, 2_000]
        for minute in minutes { try keep(minute) }

        #expect(try prune(olderThan: -1, recent: 1_500).snapshots == 3)

        let left = try minutes.filter {
            try store.snapshot(of: stream, atOrBefore: StoreSamples.minute($0))?.at == StoreSamples.minute($0)
        }
        #expect(left == [0, 1_140, 2_000])
        #expect(try prune(olderThan: 2_000, recent: 1_500).snapshots == 1)
        #expect(
            try store.snapshot(of: stream, atOrBefore: StoreSamples.minute(1_199))?.at == StoreSamples.minute(1_140))
        #expect(try store.snapshot(of: stream, atOrBefore: StoreSamples.minute(1_139)) == nil)
    }

    @Test func `R26: a copy is whole, says that it is one, and is its owner's alone`() throws {
        try store.commit(StoreSamples.step([.fresh(StoreSamples.count(7))]))
        try store.claim(as: StoreIdentity(instance: "i", host: "m", path: new.folder.file("store.sqlite")))
        let target = new.folder.file("copy.sqlite")

        try store.backup(to: target, now: StoreSamples.start)
        try store.backup(to: target, now: StoreSamples.start)

        let copy = try SQLiteStore(path: target)
        #expect(try copy.facts(after: 0, limit: 9) == store.facts(after: 0, limit: 9))
        #expect(try store.note(StoreNote.isBackup) == nil)
        let standing = StoreStanding(
            try copy.storeNotes(lastNumber: 0), machine: "m", realPath: new.folder.file("store.sqlite"), highWater: 0)
        #expect(standing == .backupCopy(at: "2026-03-02T05:00:00Z"))
        var status = stat()
        #expect(stat(target, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(access(target + ".part", F_OK) != 0)
    }

    @Test func `a copy that cannot be written leaves nothing and says so`() throws {
        let target = new.folder.path + "/none/copy.sqlite"

        #expect(
            throws: StoreError.full("'\(target)' cannot be written (No such file or directory)")
        ) { try store.backup(to: target, now: StoreSamples.start) }
    }
}
