import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// The ledger over whole runs; the pure decisions have their tests beside `Ledger`.
@Suite("Runs: ledger")
struct LedgerRulesTests {
    private func site(_ confirm: String = "correct: signed") throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.confirm = confirm
        let site = try TestSite(settings, mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 40)])
        return site
    }

    private func put(_ site: TestSite, _ key: String, _ state: DocumentState, _ discard: Discard?) throws {
        for document in try site.store.documents(matching: key) {
            _ = try site.store.record(
                [
                    DocumentChange(
                        id: document.id, from: [document.state], to: state, cause: "a person", discard: discard)
                ],
                by: "test", now: site.clock.now)
        }
    }

    @Test func `R15b: while the endpoint is held a waiting document is superseded, not followed`() async throws {
        let site = try site()
        site.erp.answers([], then: .notSent)
        try await site.run(at: time("14:06"))
        for hour in 15...17 {
            site.packs([(time("0\(hour - 8):30"), 1)])
            try await site.run(at: time("\(hour):00"))
        }
        site.erp.answers([])
        try await site.run(at: time("20:00"))
        try await site.run(at: time("21:00"))

        #expect(try site.told.last == "r4 43 done")
        #expect(try site.documents.dropLast().allSatisfy { $0.state == .superseded })
        #expect(try site.erp.booked("4711") == 43)
    }

    @Test(arguments: [Discard.bookedByHand, .doNotBook])
    func `R15c: what a person settled is not booked again, and what comes later is`(discard: Discard) async throws {
        let site = try site()
        site.erp.answers([.refused])
        try await site.run(at: time("14:06"))
        try put(site, "r1", .discarded, discard)
        try await site.run(at: time("15:00"))
        #expect(site.erp.postings.isEmpty)

        site.packs([(time("08:00"), 2)])
        try await site.run(at: time("16:00"))

        #expect(try site.told == ["r1 40 discarded", "r2 2 done"])
        #expect(try site.bucket(.settled) == 40)
        #expect(try site.differences == [])
    }

    @Test func `R15d: numbers are never reused`() async throws {
        let site = try site()
        site.erp.answers([.refused, .refused, .refused])
        for hour in 14...17 {
            try await site.run(at: time("\(hour):06"))
            site.packs([(time("0\(hour - 7):30"), 1)])
        }

        #expect(
            try site.documents.map { "r\($0.revision) \($0.amounts.good)" } == ["r1 40", "r2 41", "r3 42", "r4 43"])
        #expect(Set(try site.documents.map(\.key)).count == 4)
    }

    @Test func `R15e: a total that comes back to what is booked makes no document, and puts away what waits`()
        async throws
    {
        let site = try site()
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), 5)])
        site.erp.answers([.refused])
        try await site.run(at: time("15:00"))
        site.packs([(time("08:30"), -5)])
        try await site.run(at: time("16:00"))

        #expect(try site.told == ["r1 40 done", "r2 5 superseded"])
        #expect(try site.erp.booked("4711") == 40)
        #expect(try site.differences == [])
    }

    @Test func `R15f: a cancel that is refused leaves the correction half done and the books whole`() async throws {
        let site = try site("correct: {reverse: {post: \"/c/{replaces.receipt}\"}}")
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), -2)])
        site.erp.answers([.refused])
        try await site.run(at: time("15:00"))
        for hour in 16...18 { try await site.run(at: time("\(hour):00")) }
        #expect(try site.differences == [])

        for document in try site.documents where document.state == .parked { try site.release(document.key) }
        for hour in 19...21 { try await site.run(at: time("\(hour):00")) }

        #expect(try site.erp.booked("4711") == 38)
        #expect(try site.differences == [])
    }

    @Test(arguments: ["reverse", "replace"])
    func `R15f, R23: a correction of a document without its receipt says so, and is made anew when a person gives it`(
        correct: String
    ) async throws {
        let site = try site("correct: {\(correct): {put: \"/c/{replaces.receipt}\"}}")
        func verbs() -> QueueVerbs { QueueVerbs(store: site.store, who: "anna", now: site.clock.now) }
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("14:06"))
        let key = try #require(try site.documents.first?.key)
        _ = try verbs().resolve([key], isBooked: true, reason: nil)
        site.packs([(time("08:00"), -4)])
        try await site.run(at: time("15:00"))
        let parked = try #require(try site.documents.first { $0.state == .parked })
        #expect(parked.causeCode == "no-receipt")
        #expect(
            parked.cause
                == "\(key) has no receipt, which the call that corrects it needs; look there for its number, then: "
                + "millrace queue resolve \(key) --booked --receipt NUMBER")

        let results = try verbs().resolve([key], isBooked: true, reason: nil) { _ in "77" }
        for hour in 16...18 { try await site.run(at: time("\(hour):00")) }

        #expect(
            results.map(\.sentence) == ["\(key): it has its receipt; the next run makes anew what waits for it"])
        #expect(try site.erp.booked("4711") == 36)
        #expect(try site.documents.filter { $0.replaces == key }.last?.fields["replaces.receipt"] == "77")
        #expect(try site.differences == [])
    }

    @Test func `R23: the receipt of what a person found booked is looked up`() async throws {
        let site = try site(
            "correct: {replace: {put: \"/c/{replaces.receipt}\"}}, "
                + "lookup: {get: \"/c?key={key}\", there: count > 0, receipt: id}")
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("14:06"))
        let key = try #require(try site.documents.first?.key)
        let verbs = QueueVerbs(store: site.store, who: "anna", now: site.clock.now)

        let found = try await verbs.receipts(of: [key, "r9"], from: [site.erp.contract.id: site.erp])
        _ = try verbs.resolve([key], isBooked: true, reason: nil) { found[$0.id] }

        #expect(try site.documents.map(\.receipt) == ["R-looked-up"])
        #expect(try site.told == ["r1 40 done"])
    }

    @Test func `R15f: a replacing document booked by hand is not undone by the next one, nor by a resync`() async throws
    {
        let site = try site("correct: {replace: {put: \"/c/{replaces.receipt}\"}}")
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), -4)])
        site.erp.answers([.refused])
        try await site.run(at: time("15:00"))
        try put(site, "r2", .discarded, .bookedByHand)
        site.packs([(time("08:30"), -1)])
        try await site.run(at: time("16:00"))
        #expect(try site.told == ["r1 40 done", "r2 replace -4 discarded", "r3 replace -1 done"])
        #expect(site.erp.postings.last?.body["good"] == 35)

        var settings = SiteTexts.Settings()
        settings.confirm = "correct: {replace: {put: \"/c/{replaces.receipt}\"}}"
        try site.edit(settings, mappings: [SiteTexts.pieces, SiteTexts.confirm() + "\n# says the same"])
        let report = try site.resync(from: time("06:00"), to: time("14:00"))
        try await site.run(at: time("17:00"))

        #expect(report.rows.count(.correct) == 0)
        #expect(site.erp.postings.count == 2)
        #expect(try site.differences == [])
    }

    @Test func `R15f: a cancel whose answer is lost is decided before anything else of its sum goes on`() async throws {
        let site = try site("correct: {reverse: {post: \"/c/{replaces.receipt}\"}}")
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), -2)])
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("15:00"))
        try await site.run(at: time("16:00"))
        try site.resolve("r2", booked: true)
        for hour in 17...20 { try await site.run(at: time("\(hour):00")) }

        #expect(try site.erp.booked("4711") == 38)
        #expect(site.erp.keysBookedTwice.isEmpty)
        #expect(try site.differences == [])
    }
}
