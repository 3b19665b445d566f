import MillraceCore
import MillraceStore
import MillraceTesting
import Testing

@Suite("Store identity: cut anywhere")
struct StoreIdentityTests {
    @Test(arguments: [StoreCut.before(commit: 1), .after(commit: 1), .before(commit: 2), .after(commit: 2)])
    func `R26: a run killed while it notes whose store it is leaves all notes or none, never a move`(_ cut: StoreCut)
        throws
    {
        let folder = try TestFolder()
        let store = try SQLiteStore(path: folder.path + "/millrace.db")
        let identity = StoreIdentity(instance: "a", host: "machine-1", path: folder.path)

        // try?: the cut is what the test is about.
        try? CuttableStore(store, cut: cut).claim(as: identity)

        let found = try SQLiteStore(path: folder.path + "/millrace.db")
        let notes = try found.storeNotes(lastNumber: 1)
        #expect(notes.identity == nil || notes.identity == identity)
        #expect(StoreStanding(notes, machine: "machine-1", realPath: folder.path, highWater: 1) == .same)
        // One commit: a cut at a second one never comes.
        if cut == .before(commit: 2) || cut == .after(commit: 2) { #expect(notes.identity == identity) }
    }
}
