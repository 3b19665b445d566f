import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues
import Testing

@Suite("Queue verbs")
struct QueueVerbsTests {
    private func verbs(_ site: LookSite) -> QueueVerbs { QueueVerbs(store: site.store, who: "anna", now: LookSite.now) }

    @Test
    func `R24: release puts a parked document back into the queue`() throws {
        let site = try LookSite()
        let key = try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .parked, code: "refused")

        let results = try verbs(site).release([key], reason: "the order is open again")

        #expect(results == [QueueResult(key: key, outcome: .changed(from: .parked, to: .queued))])
        let document = try #require(try site.store.documents(matching: key).first)
        #expect(document.state == .queued)
        #expect(document.cause == "released by anna: the order is open again")
        #expect(document.notBefore == LookSite.now)
    }

    @Test
    func `R18: release refuses a document without a body and names remap`() throws {
        let site = try LookSite()
        let key = try site.document(
            of: try site.fold(40, through: 0), revision: 1, good: 40, .parked, code: "missing-row", hasBody: false)

        let results = try verbs(site).release([key], reason: "again")

        #expect(
            results.map(\.sentence) == [
                "\(key): its mapping could not build a body (missing-row); mend the mapping or its tables, then "
                    + "'millrace queue remap \(key)'"
            ])
        #expect(try site.state(key) == .parked)
    }

    @Test
    func `every key gets its own answer, also those that cannot be done`() throws {
        let site = try LookSite()
        let sum = try site.fold(40, through: 0)
        let done = try site.document(of: sum, revision: 1, good: 30, .done)
        let parked = try site.document(of: sum, revision: 2, good: 10, .parked, code: "refused")

        let results = try verbs(site).release([done, "r9", parked], reason: "again")

        #expect(
            results.map(\.sentence) == [
                "\(done): it is done, not parked, and that is final; 'millrace resync' corrects the past",
                "r9: there is no such document; 'millrace queue list --all' shows the keys",
                "\(parked): parked → queued",
            ])
    }

    @Test(arguments: [Discard.bookedByHand, .doNotBook])
    func `R15: discard says what it means for the books`(kind: Discard) throws {
        let site = try LookSite()
        let key = try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .queued)

        let results = try verbs(site).discard([key], as: kind, reason: "typed in by Ben")

        #expect(results.map(\.isDone) == [true])
        let document = try #require(try site.store.documents(matching: key).first)
        #expect(document.state == .discarded)
        #expect(document.discard == kind)
        #expect(document.cause == "discarded by anna: typed in by Ben")
    }

    @Test(arguments: [(true, DocumentState.done), (false, .queued)])
    func `R23: a person ends the doubt`(isBooked: Bool, state: DocumentState) throws {
        let site = try LookSite()
        let key = try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .unknown)

        let results = try verbs(site).resolve([key], isBooked: isBooked, reason: nil)

        #expect(results.map(\.outcome) == [.changed(from: .unknown, to: state)])
        #expect(try site.state(key) == state)
    }

    @Test
    func `R24: resolve is only for documents in doubt`() throws {
        let site = try LookSite()
        let key = try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .parked)

        let results = try verbs(site).resolve([key], isBooked: true, reason: nil)

        let said = "\(key): it is parked, not unknown or accepted; see 'millrace queue show KEY'"
        #expect(results.map(\.sentence) == [said])
    }
}
