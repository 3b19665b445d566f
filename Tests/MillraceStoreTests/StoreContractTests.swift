import MillraceCore
import MillraceStore
import MillraceTesting
import Testing

/// A new store in a folder of its own; the folder lives as long as this.
struct NewStore {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file("store.sqlite"))
    }
}

@Suite("SQLite store: outbox")
struct SQLiteOutboxTests {
    let new: NewStore
    let checks: OutboxConformance<SQLiteStore>

    init() throws {
        new = try NewStore()
        checks = OutboxConformance(new.store)
    }

    @Test(arguments: [DocumentState.queued, .leased, .accepted, .unknown])
    func `R24: an earlier document of the order that may still go out holds back the later ones`(
        _ state: DocumentState
    ) throws {
        try checks.ordering(state, holdsBack: true)
    }

    @Test(arguments: [DocumentState.parked, .done, .superseded, .discarded])
    func `R24: a parked or finished document holds nobody back`(_ state: DocumentState) throws {
        try checks.ordering(state, holdsBack: false)
    }

    @Test func `documents are leased by number, when due, up to the limit`() throws { try checks.leasing() }
    @Test func `R24: a long queue of few orders gives the first of each`() throws { try checks.longQueue() }
    @Test func `R21: a lease whose run died becomes unknown`() throws { try checks.reclaiming() }
    @Test func `R23: a repeat is leased straight from unknown`() throws { try checks.leasingAgain() }
    @Test func `a change whose document moved meanwhile is left out`() throws { try checks.expectedStates() }

    @Test(
        arguments: zip(
            [DocumentState.queued, .leased, .accepted, .unknown, .parked, .done, .superseded, .discarded],
            [true, true, true, true, false, false, false, false]))
    func `work is what is due or in doubt`(_ state: DocumentState, _ isWork: Bool) throws {
        try checks.work(state, isWork: isWork)
    }

    @Test(arguments: [DocumentState.done, .queued, .parked])
    func `R15a: a sum that waited for a document in doubt is judged again`(_ end: DocumentState) throws {
        try checks.judgedAfterDoubt(end)
    }

    @Test func `R15: a document put away has its sum judged again, a plain post that is done does not`() throws {
        try checks.judgedAfterDecision()
    }

    @Test(
        arguments: zip(
            [DocumentState.done, .discarded, .queued, .leased, .parked], [true, true, false, false, false]))
    func `R15f: the last done of a correction has its sum judged again`(_ other: DocumentState, _ isJudged: Bool) throws
    {
        try checks.judgedAfterCorrection(sibling: other, isJudged: isJudged)
    }

    @Test func `health comes back, and counts leave out what is final`() throws { try checks.healthAndCounts() }
}

@Suite("SQLite store: sums")
struct SQLiteSumStoreTests {
    let new: NewStore
    let checks: SumStoreConformance<SQLiteStore>

    init() throws {
        new = try NewStore()
        checks = SumStoreConformance(new.store)
    }

    @Test func `sums and the fold's position go together`() throws { try checks.folding() }
    @Test func `a fold that fails moves nothing`() throws { try checks.foldingFails() }
    @Test func `changed sums come by number, as far as their window ended`() throws { try checks.changed() }
    @Test func `a waiting document that moved meanwhile undoes the whole making`() throws { try checks.making() }
    @Test func `R16, R18: epochs, texts and openings come back`() throws { try checks.lawsAndOpenings() }
}

@Suite("SQLite store: readings and facts")
struct SQLiteReadingStoreTests {
    let new: NewStore
    let checks: ReadingStoreConformance<SQLiteStore>

    init() throws {
        new = try NewStore()
        checks = ReadingStoreConformance(new.store)
    }

    @Test func `R12: late data makes revisions whose changes add up`() throws { try checks.counts() }
    @Test func `R12: a slice that falls to nothing gets a revision with zero`() throws { try checks.vanishing() }
    @Test func `R7: only the newest revision of an unattributed fact waits`() throws { try checks.waiting() }
    @Test func `R12: an interval is recorded when it says something new`() throws { try checks.intervals() }
    @Test func `streams are pending by what is due and what is dirty`() throws { try checks.streams() }
    @Test func `blocks come in the order of their pull, snapshots by their instant`() throws {
        try checks.blocksAndSnapshots()
    }
    @Test func `R4, R9: known rows and readings ahead are recorded once, of a counting source the newest word holds`()
        throws
    {
        try checks.marks()
    }
    @Test func `what is recorded together is there together or not at all`() throws { try checks.together() }
}

@Suite("SQLite store: runs")
struct SQLiteRunStoreTests {
    let new: NewStore
    let checks: RunStoreConformance<SQLiteStore>

    init() throws {
        new = try NewStore()
        checks = RunStoreConformance(new.store)
    }

    @Test func `R27: the newest runs come first, with the troubles of the last`() throws { try checks.runs() }
    @Test func `R26: notes say whose store it is`() throws { try checks.notes() }
    @Test func `counters go on from run to run`() throws { try checks.counters() }
}
