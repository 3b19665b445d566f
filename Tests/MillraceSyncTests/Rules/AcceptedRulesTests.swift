import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceSync

/// What becomes of documents that an endpoint took and books later.
@Suite("Runs: accepted documents")
struct AcceptedRulesTests {
    private func site(_ confirm: String) async throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.confirm = confirm
        let site = try TestSite(settings, mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00"), 40), (time("15:00"), 2)])
        site.erp.answers([.accepted])
        site.erp.lookUpIsDown(true)
        try await site.run(at: time("22:06"))
        #expect(try site.told == ["r1 40 accepted", "r1 2 queued"])
        return site
    }

    @Test func `R24: what an endpoint took is looked up, and its order goes on as soon as it is there`() async throws {
        let site = try await site("correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}")
        site.erp.lookUpIsDown(false)

        try await site.run(at: time("22:10"))

        #expect(try site.told == ["r1 40 done", "r1 2 done"])
        #expect(site.erp.calls.count == 2)
    }

    @Test(arguments: ["correct: signed", "correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}"])
    func `R24: what an endpoint does not tell of in a day becomes unknown, and a person can decide it`(confirm: String)
        async throws
    {
        let site = try await site(confirm)
        try await site.run(at: time("22:05", day: 3))
        #expect(try site.told == ["r1 40 accepted", "r1 2 queued"])

        let report = try await site.run(at: time("22:07", day: 3))
        #expect(try site.told == ["r1 40 unknown", "r1 2 queued"])
        #expect(report.codes.contains(3))

        let key = try #require(try site.documents.first?.key)
        let queue = QueueVerbs(store: site.store, who: "anna", now: site.clock.now)
        _ = try queue.resolve([key], isBooked: true, reason: nil)
        try await site.run(at: time("22:10", day: 3))
        #expect(try site.told == ["r1 40 done", "r1 2 done"])
    }

    @Test func `R24: a person who knows need not wait for the day to be over`() async throws {
        let site = try await site("correct: signed")
        let key = try #require(try site.documents.first?.key)

        let queue = QueueVerbs(store: site.store, who: "anna", now: site.clock.now)
        _ = try queue.resolve([key], isBooked: true, reason: nil)
        try await site.run(at: time("22:10"))

        #expect(try site.told == ["r1 40 done", "r1 2 done"])
    }
}
