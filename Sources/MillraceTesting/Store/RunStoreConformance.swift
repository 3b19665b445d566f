package import MillraceCore
import MillraceValues
import Testing

/// What every `RunStore` must do. A conformer's tests run each check with a new empty store.
package struct RunStoreConformance<Store: RunStore & ReadingStore> {
    /// The store under test.
    package let store: Store

    /// Checks of that store.
    package init(_ store: Store) { self.store = store }

    private func run(_ minute: Int64) -> RunRecord {
        RunRecord(
            id: RunID("run-\(minute)"), startedAt: StoreSamples.minute(minute),
            endedAt: StoreSamples.minute(minute + 1),
            exitCode: 3, figures: ["readings": 4, "sent": -1], notices: ["a sentence"])
    }

    /// The newest runs first; the troubles are those of the last run.
    package func runs() throws {
        let trouble = ToldTrouble(
            subject: "endpoint erp down", sentence: "it does not answer", since: StoreSamples.start,
            toldAt: StoreSamples.minute(2))

        try store.record(run(1), told: [trouble])
        #expect(try store.told() == [trouble])
        try store.record(run(2), told: [])

        #expect(try store.runs(limit: 5) == [run(2), run(1)])
        #expect(try store.runs(limit: 1) == [run(2)])
        #expect(try store.told() == [])
    }

    /// Counters go on from run to run.
    package func counters() throws {
        let (read, sent) = (CounterSeries("read_total", [("connector", "a\"b")]), CounterSeries("sent_total"))
        var first = run(1)
        first.counted.add(4, to: read)
        var second = run(2)
        second.counted.add(2, to: read)
        second.counted.add(1, to: sent)

        try store.record(first, told: [])
        try store.record(second, told: [])

        #expect(try store.counters().amounts == [read: 6, sent: 1])
        #expect(read.description == #"millrace_read_total{connector="a\"b"}"#)
    }

    /// A note is set, changed and taken away; a claim ends being a copy.
    package func notes() throws {
        let identity = StoreIdentity(instance: "i", host: "m", path: "/p")
        #expect(try store.storeNotes(lastNumber: 3) == StoreNotes(identity: nil, backupOf: nil, lastNumber: 3))
        try store.setNote(StoreNote.isBackup, "2026-03-02T05:00:00Z")
        #expect(try store.storeNotes(lastNumber: 3).backupOf == "2026-03-02T05:00:00Z")

        try store.claim(as: identity)

        #expect(try store.storeNotes(lastNumber: 3) == StoreNotes(identity: identity, backupOf: nil, lastNumber: 3))
        try store.setNote(StoreNote.instance, nil)
        #expect(try store.note(StoreNote.instance) == nil)
    }
}
