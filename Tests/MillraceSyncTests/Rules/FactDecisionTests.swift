import MillraceCore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// What persons decide on facts, over whole runs.
@Suite("Runs: decisions on facts")
struct FactDecisionTests {
    /// A press that counts 10, jumps by 500, which it cannot make, and goes on.
    private func site() async throws -> TestSite {
        let site = try TestSite(.init(), mappings: [SiteTexts.counts(), SiteTexts.confirm(window: "{every: 1 h}")])
        site.press([
            .init(time("07:00"), ["order": "A", "parts": "100"]), .init(time("07:01"), ["parts": "110"]),
            .init(time("07:02"), ["parts": "610"]), .init(time("07:03"), ["parts": "612"]),
        ])
        try await site.run(at: time("08:30"))
        return site
    }

    private func verbs(_ site: TestSite, at hour: String) throws -> FactVerbs {
        FactVerbs(plant: try site.plant, store: site.store, who: "anna", now: time(hour))
    }

    private func booked(_ site: TestSite) -> Int64 {
        site.erp.postings.reduce(0) { $0 + ($1.body["good"]?.decimal?.integer ?? 0) }
    }

    @Test func `R8: an accepted step is booked once, with who and why, and the rule for next time is suggested`()
        async throws
    {
        let site = try await site()
        #expect(booked(site) == 12)
        let waiting = try verbs(site, at: "08:40").list()
        let fact = try #require(waiting.first)
        #expect(waiting.count == 1 && fact.fact.amounts.good == ExactDecimal(500))
        #expect(fact.suggestion == "'max-rate: 501/min' if it can make that many")

        let results = try verbs(site, at: "08:40").decide([fact.id], .accepted, reason: "tool with 50 cavities")
        try await site.run(at: time("08:50"))

        #expect(results.map(\.isDone) == [true])
        #expect(booked(site) == 512)
        #expect(try verbs(site, at: "08:55").list().isEmpty)
        let again = try verbs(site, at: "08:55").decide([fact.id], .accepted, reason: "twice")
        #expect(again.first?.isDone == false)
    }

    @Test(arguments: [FactDecision.Verdict.accepted, .rejected])
    func `R4, R8: a decision holds when a late reading has the step worked on again`(_ verdict: FactDecision.Verdict)
        async throws
    {
        let site = try await site()
        let fact = try #require(try verbs(site, at: "08:40").list().first)
        _ = try verbs(site, at: "08:40").decide([fact.id], verdict, reason: "seen")
        try await site.run(at: time("08:50"))

        site.press([.init(time("07:00:30"), ["parts": "104"])])
        site.press([.init(time("09:00"), ["parts": "615"])])
        for hour in ["09:10", "10:30", "10:40"] { try await site.run(at: time(hour)) }

        #expect(booked(site) == (verdict == .accepted ? 515 : 15))
        #expect(try verbs(site, at: "10:50").list().isEmpty)
    }

    @Test func `R8: where a late reading explains the step, nothing of the decision is booked`() async throws {
        let site = try await site()
        let fact = try #require(try verbs(site, at: "08:40").list().first)
        _ = try verbs(site, at: "08:40").decide([fact.id], .accepted, reason: "seen")
        try await site.run(at: time("08:50"))

        // The counter was set back at 07:01:30, as the connector tells late: from 580 on it goes on by rule.
        site.press([.init(time("07:01:50"), ["parts": "580"])])
        for hour in ["09:10", "10:30"] { try await site.run(at: time(hour)) }

        let left = try verbs(site, at: "10:50").list()
        #expect(left.map(\.fact.amounts.good) == [ExactDecimal(470)])
        #expect(booked(site) == 10 + 30 + 2)
    }

    @Test func `R20: pieces booked by hand are in the books, with who and why`() async throws {
        let site = try await site()
        let fact = try verbs(site, at: "08:40").correct(
            equipment: "P1", at: time("07:30"), order: "A", operation: "0010", material: nil,
            amounts: Amounts(good: ExactDecimal(-2)), reason: "two fell off the pallet")

        try await site.run(at: time("08:50"))

        #expect(fact.rule == "by hand of anna: two fell off the pallet")
        #expect(booked(site) == 10)
    }
}
