import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues
import Testing

@Suite("Status")
struct StatusTests {
    private func status(_ site: LookSite) throws -> Status {
        try Status(of: site.plant, store: site.store, now: LookSite.now)
    }

    @Test
    func `a site where nothing is stuck is well`() throws {
        let site = try LookSite()
        try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .done)

        let status = try status(site)

        #expect(status.sentence == "All is well: nothing waits for anybody, 0 documents on the way, 0 sums still open.")
        #expect(status.exitCode == 0)
    }

    @Test
    func `what is stuck is said with its reason and what to type`() throws {
        let site = try LookSite()
        let sum = try site.fold(40, through: 0)
        let parked = try site.document(
            of: sum, revision: 1, good: 40, .parked, cause: "order 4711 is closed", code: "refused")
        _ = try site.fold(5, request: "progress", through: 0)
        try site.store.setHealth(
            EndpointHealth(
                heldUntil: LookSite.now + .seconds(60), heldSince: LookSite.now - .seconds(7_200),
                cause: "connection refused",
                causeCode: "down"), of: "erp", by: "run", now: LookSite.now)
        try site.record([
            try LookSite.fact(
                "2026-03-02T06:02:00Z", good: 3, order: nil, standing: .unattributed, rule: "no row in 'jobs'")
        ])

        let status = try status(site)

        #expect(
            status.sentence
                == "1 endpoint held, 1 document parked, 1 fact without an order, 1 sum waiting for an opening; nothing is lost."
        )
        #expect(
            status.problems.map(\.sentence) == [
                "endpoint 'erp' is held (down): connection refused; it is tried again at 2026-03-03 10:01",
                "1 document of erp/confirm is parked (refused): order 4711 is closed",
                "1 sum of erp/progress waits for the figure to begin at: 4711",
                "1 fact of press-counts at P1 (3 good) wait for an order: no row in 'jobs'",
            ])
        #expect(
            status.problems.dropFirst().first?.advice
                == "mend it there, then: millrace queue release \(parked) --reason TEXT; where that order is finished: "
                + "millrace queue remap \(parked) --order OLD=NEW")
        #expect(status.exitCode == 4)
    }

    @Test
    func `what waits for something at the endpoint is told, and what is found out by itself needs nobody`() throws {
        let site = try LookSite()
        let sum = try site.fold(40, through: 0)
        try site.document(of: sum, revision: 1, good: 30, .unknown, cause: "the answer was lost", code: "unknown")
        try site.document(
            of: try site.fold(40, order: "4712", through: 0), revision: 1, good: 40, .queued,
            cause: "no order '4712' there", code: "business-hold", order: "4712")

        let asked = try status(site)
        #expect(asked.sentence == "1 document unknown, 1 document held back there; nothing is lost.")
        #expect(asked.problems.map(\.advice.isEmpty) == [false, false])
        #expect(asked.problems[0].advice.hasPrefix("look into the other system"))
        #expect(
            asked.problems[1].sentence == "1 document of erp/confirm is queued (business-hold): no order '4712' there")
        site.plant.endpoints[0].requests[0].canLookUp = true
        #expect(try status(site).problems[0].advice.hasPrefix("nothing; it is looked up"))
    }

    @Test
    func `the same doubt at many machines is told once`() throws {
        let site = try LookSite()
        try site.record(
            try (1...7).map {
                try LookSite.fact(
                    "2026-03-02T06:03:00Z", good: 2, standing: .unconfirmed, rule: "good 10 → 2: no rule",
                    equipment: "P\($0)")
            })

        let problems = try status(site).problems

        #expect(problems.count == 1)
        #expect(
            problems.first?.sentence.hasPrefix(
                "7 facts of press-counts at 7 equipment (P1, P2, P3, P4, P5, …) (14 good) are") == true)
    }

    @Test
    func `R9: shadowed facts and R8: unconfirmed ones are seen`() throws {
        let site = try LookSite()
        try site.record([
            try LookSite.fact("2026-03-02T06:02:00Z", good: 3, standing: .shadowed),
            try LookSite.fact("2026-03-02T06:03:00Z", good: 9, standing: .unconfirmed, rule: "good 10 → 3: no rule"),
        ])

        let status = try status(site)

        #expect(status.sentence == "1 fact unconfirmed; nothing is lost.")
        #expect(status.notes.map(\.subject) == ["facts shadowed"])
        #expect(status.exitCode == 3)
    }

    @Test(arguments: [(59, "59 s"), (3_600, "1 h"), (7_830, "2 h 10 min"), (90_000, "1 d 1 h"), (172_800, "2 d")])
    func `an age is said in its largest words`(seconds: Int, words: String) {
        #expect(Words.age(.seconds(seconds)) == words)
    }

    @Test
    func `documents that wait at an endpoint that is switched off are told, and wake no watcher`() throws {
        let site = try LookSite()
        site.plant.endpoints[0] = EndpointContract(
            id: "erp", delivers: false, concurrency: 1, perSecond: nil, requests: site.plant.endpoints[0].requests)
        try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .queued)

        let status = try status(site)

        #expect(
            status.sentence
                == "Nothing is stuck, but 1 document waits at 1 endpoint that is switched off, 0 documents on the way, "
                + "0 sums still open.")
        #expect(
            status.notes.map(\.sentence) == [
                "1 document waits at endpoint 'erp', which millrace.yaml switches off (deliver: false): nothing is sent there"
            ])
        #expect(status.notes.first?.since != nil && status.notes.first?.advice.contains("endpoint release erp") == true)
        #expect(status.isWell && status.exitCode == 0)
    }
}
