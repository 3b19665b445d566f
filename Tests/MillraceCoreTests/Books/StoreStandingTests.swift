import MillraceCore
import Testing

@Suite("Store standing")
struct StoreStandingTests {
    private let identity = StoreIdentity(instance: "i", host: "m1", path: "/site/store.sqlite")

    private func standing(
        _ notes: StoreNotes, machine: String = "m1", path: String = "/site/store.sqlite", highWater: Int64? = nil
    ) -> StoreStanding {
        StoreStanding(notes, machine: machine, realPath: path, highWater: highWater)
    }

    @Test func `R26: the store that delivered last from here goes on`() {
        let notes = StoreNotes(identity: identity, backupOf: nil, lastNumber: 7)

        #expect(standing(notes) == .same)
        #expect(standing(notes, highWater: 7) == .same)
        #expect(
            standing(StoreNotes(identity: nil, backupOf: nil, lastNumber: 0), machine: "m2", path: "/other") == .same)
        #expect(!StoreStanding.same.holdsEndpoints)
        #expect(StoreStanding.same.description.isEmpty)
    }

    @Test func `R26: a copy, another machine, another folder and an older state are held`() {
        let notes = StoreNotes(identity: identity, backupOf: nil, lastNumber: 7)
        let copy = StoreNotes(identity: identity, backupOf: "2026-03-02T05:00:00Z", lastNumber: 7)

        #expect(standing(copy, machine: "m2", highWater: 9) == .backupCopy(at: "2026-03-02T05:00:00Z"))
        #expect(standing(notes, machine: "m2", path: "/x") == .moved(from: "machine m1", to: "machine m2"))
        #expect(standing(notes, path: "/x") == .moved(from: "/site/store.sqlite", to: "/x"))
        #expect(standing(notes, highWater: 8) == .behindHighWater(theirs: 8, ours: 7))
        #expect(
            standing(StoreNotes(identity: nil, backupOf: nil, lastNumber: 0), highWater: 8)
                == .behindHighWater(theirs: 8, ours: 0))
    }

    @Test func `R26: the sentence says what is held and what to do`() {
        let what = StoreStanding.behindHighWater(theirs: 8, ours: 7)

        #expect(what.holdsEndpoints)
        #expect(
            what.description
                == "this store ends at document 7, but document 8 went out from here already; every endpoint is held: "
                + "run 'reconcile --against erp', then 'endpoint release' with --reason for each")
    }
}
