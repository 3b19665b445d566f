import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// It is 03:00 and cron has mailed: everything that can be wrong at once, mended with what `status` says and nothing else.
@Suite("The night")
struct NightTests {
    private static let confirm = SiteTexts.confirm(
        more: "tables: {center: {file: ../tables/center.csv, key: operation, value: erp}}",
        fields: ", center: {from: operation, table: center, missing: park}")
    private static let right = ["tables/center.csv": "operation,erp\n0010,WC-1\n"]
    private static let wrong = ["tables/center.csv": "operation,erp\n0011,WC-1\n"]

    private func status(_ site: TestSite) throws -> Status {
        try Status(of: try site.plant, store: site.store, now: site.clock.now)
    }

    private func advice(_ site: TestSite, _ word: String) throws -> String {
        let problems = try status(site).problems
        let problem = problems.first { $0.sentence.contains(word) || $0.subject.contains(word) }
        return try #require(problem, "nothing says '\(word)': \(problems.map(\.sentence))").advice
    }

    private func queue(_ site: TestSite) -> QueueVerbs {
        QueueVerbs(store: site.store, who: "anna", now: site.clock.now)
    }

    @Test
    func
        `an outage, a closed order, 400 parked documents, a wrong password, a full disk and a lost answer: each says what to type, and the books are equal at the end`()
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts(), Self.confirm], tables: Self.wrong)
        // 400 orders of a minute each in the early shift, then one order in the late one.
        site.press(minutes(400, from: time("06:00"), order: { "A\($0)" }))
        site.press(minutes(440, from: time("14:00"), first: 800, order: { _ in "B" }))

        // The table has a wrong row: 400 documents are parked, and one line says how to mend them all.
        let first = try await site.run(at: time("14:10"))
        #expect(first.codes.contains(3))
        #expect(
            try advice(site, "parked")
                == "mend the mapping or its table, then: millrace queue remap --endpoint erp --cause missing-row")
        try site.edit(mappings: [SiteTexts.counts(), Self.confirm], tables: Self.right)
        let remap = try Remap(plant: try site.plant, world: try site.world(site.store), store: site.store, who: "anna")
            .run(.init(endpoint: "erp", cause: "missing-row"), reason: "the row is mended", isPreview: false)
        #expect(remap.rows.documentCount == 399)

        // The ERP is down all night: it is held, every document waits, and nobody has to type anything.
        site.erp.answers([], then: .notSent)
        let down = try await site.run(at: time("22:10"))
        #expect(down.codes.contains(4))
        #expect(try advice(site, "endpoint erp") == "")
        #expect(try status(site).count(.queued) == 400)

        // It is back with another password: only the credential is at fault.
        site.erp.answers([], then: .auth)
        let refused = try await site.run(at: time("03:00", day: 3))
        #expect(refused.codes.contains(12))
        let said = "mend the credential or certificate, then: millrace endpoint release erp"
        #expect(try advice(site, "endpoint erp") == said)
        let verbs = EndpointVerbs(plant: try site.plant, store: site.store, who: "anna", now: site.clock.now)
        _ = try await verbs.release("erp", discardBefore: nil, figures: [:], reason: nil) { _, _ in .notOffered }

        // One order is closed there, and one answer is lost by an endpoint that knows no keys.
        site.erp.answers([.refused, .lostAfterCommit, .done], then: .done)
        let third = try await site.run(at: time("03:10", day: 3))
        #expect(third.codes.contains(3))
        let closed = try #require(try site.documents.first { $0.state == .parked })
        #expect(
            try advice(site, "refused").hasPrefix(
                "mend it there, then: millrace queue release \(closed.key) --reason TEXT"))
        let lost = try #require(try site.documents.first { $0.state == .unknown })
        #expect(
            try advice(site, "unknown")
                == "look into the other system, then: millrace queue resolve \(lost.key) --booked | --not-booked")
        #expect(try queue(site).release([closed.key], reason: "the order is open again").allSatisfy(\.isDone))
        #expect(try queue(site).resolve([lost.key], isBooked: true, reason: "seen there").allSatisfy(\.isDone))

        // The disk is full: nothing is pulled, nothing is lost, what is there goes out.
        site.press(minutes(40, from: time("22:00"), first: 1680, order: { _ in "C" }))
        let full = try await site.run(at: time("03:20", day: 3), hasRoom: false)
        #expect(full.codes.contains(14))
        #expect(full.troubles["disk"]?.contains("nothing is lost") == true)

        try await site.run(at: time("06:10", day: 3))
        let problems = try status(site).problems.map(\.sentence)
        #expect(problems == [])
        for number in 1..<400 { #expect(try site.erp.booked("A\(number)") == 2) }
        #expect(try site.erp.booked("B") == 880)
        #expect(try site.erp.booked("C") == 80)
        #expect(site.erp.keysBookedTwice == [])
        #expect(try site.differences == [])
    }
}
