import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues
import Synchronization
import Testing

@testable import MillraceSync

/// Rules of delivery, over whole runs.
@Suite("Runs: delivery")
struct DeliveryRulesTests {
    private static let once = "correct: signed, once-by: {header: Idempotency-Key, remembered: 24 h}"
    private static let lookUp = "correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}"

    private func site(_ confirm: String = "correct: signed", deduplicates: Bool = false) throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.confirm = confirm
        return try TestSite(settings, mappings: [SiteTexts.pieces, SiteTexts.confirm()], deduplicates: deduplicates)
    }

    // MARK: R21

    @Test func `R21: an orderly stop returns unsent leases to queued`() async throws {
        let site = try site(Self.once, deduplicates: true)
        for order in ["A", "B", "C", "D", "E"] { site.packs([(time("07:00"), 4)], order: order) }
        let erp = site.erp

        try await site.run(at: time("14:06"), isStopped: { erp.calls.count >= 2 })

        #expect(Set(try site.told) == ["r1 4 done", "r1 4 queued"])
        #expect(try site.documents.filter { $0.state == .queued }.count == 3)
        try await site.run(at: time("14:07"))
        #expect(site.erp.calls.count == 5)
        #expect(site.erp.repeats == 0)
    }

    @Test(arguments: [true, false])
    func `R21: a run that dies with several on their way loses none and sends none twice`(deduplicates: Bool)
        async throws
    {
        var settings = SiteTexts.Settings()
        settings.confirm = deduplicates ? Self.once : Self.lookUp
        settings.concurrency = 4
        let site = try TestSite(
            settings, mappings: [SiteTexts.pieces, SiteTexts.confirm()], deduplicates: deduplicates)
        for number in 0..<40 { site.packs([(time("07:00"), 4), (time("15:00"), 3)], order: "O\(number)") }
        site.erp.answers(Array(repeating: .done, count: 9) + [.dies])
        _ = try? await site.run(at: time("22:06"))  // try?: this run is killed
        let unknown = try site.documents.filter { $0.state != .queued && $0.state != .done }.count
        #expect(unknown <= (deduplicates ? 100 : 4))

        site.erp.answers([.unavailable, .lostAfterCommit, .throttled(.seconds(60)), .lostBeforeCommit, .done, .dies])
        for minute in [20, 30, 40, 50] {
            _ = try? await site.run(at: time("22:\(minute)"))  // try?: one of these is killed
        }
        for minute in [20, 30, 40, 50] { try await site.run(at: time("23:\(minute)")) }

        #expect(try site.documents.allSatisfy { $0.state == .done })
        #expect(site.erp.keysBookedTwice.isEmpty)
        for number in 0..<40 { #expect(try site.erp.booked("O\(number)") == 7) }
    }

    @Test
    func `R22: an endpoint that answers later to everything is down after a quarter of an hour, since the first time`()
        async throws
    {
        let site = try site(Self.once, deduplicates: true)
        site.packs([(time("07:00"), 40)])
        site.erp.answers([], then: .throttled(.seconds(120)))

        var codes: [Int] = []
        for minute in ["06", "09", "12", "15", "18", "21", "24", "27"] {
            codes.append(try await site.run(at: time("14:\(minute)")).exitCode)
        }
        let health = try site.store.health(of: "erp")
        site.erp.answers([])
        let after = try await site.run(at: time("14:40"))

        #expect(codes == [0, 0, 0, 0, 0, 4, 4, 4])
        #expect(health.causeCode == "down")
        #expect(health.heldSince == time("14:06"))
        #expect(after.exitCode == 0)
        #expect(try site.told == ["r1 40 done"])
    }

    // MARK: R23

    @Test func `R23: what a killed run sent is not repeated beyond the endpoint's memory`() async throws {
        let site = try site(Self.once, deduplicates: true)
        site.packs([(time("07:00"), 40)])
        site.erp.answers([.dies])
        _ = try? await site.run(at: time("14:06"))  // try?: this run is killed

        // Cron stood still for two days: the endpoint has forgotten the key.
        try await site.run(at: time("15:00", day: 4))
        try await site.run(at: time("15:10", day: 4))

        #expect(try site.told == ["r1 40 unknown"])
        #expect(site.erp.calls.count == 1)
    }

    @Test func `R23: a lost answer is repeated within the endpoint's memory only`() async throws {
        let site = try site(Self.once, deduplicates: true)
        site.packs([(time("07:00"), 40)])
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("14:06"))
        try await site.run(at: time("14:07", day: 3))

        #expect(try site.told == ["r1 40 unknown"])
        #expect(site.erp.calls.count == 1)
    }

    @Test func `R23: attempts that never left cost nothing of the endpoint's memory`() async throws {
        let site = try site(Self.once, deduplicates: true)
        site.packs([(time("07:00"), 40)])
        site.erp.answers([.notSent, .unavailable, .lostAfterCommit])
        try await site.run(at: time("14:06", day: 2))
        try await site.run(at: time("14:06", day: 3))
        try await site.run(at: time("14:06", day: 4))
        #expect(try site.told == ["r1 40 unknown"])
        try await site.run(at: time("15:06", day: 4))

        #expect(try site.told == ["r1 40 done"])
        #expect(try site.erp.booked("4711") == 40)
    }

    @Test func `R23: any answer to a repeat but done and duplicate leaves it unknown`() async throws {
        let site = try site(Self.once, deduplicates: true)
        site.packs([(time("07:00"), 40)])
        site.erp.answers([.lostAfterCommit, .refused, .unavailable, .lostBeforeCommit])
        try await site.run(at: time("14:06"))
        var told: [String] = []
        for hour in [16, 18, 20] {
            try await site.run(at: time("\(hour):00"))
            told += try site.told
        }
        #expect(told == ["r1 40 unknown", "r1 40 unknown", "r1 40 unknown"])
        try await site.run(at: time("23:00"))

        #expect(try site.told == ["r1 40 done"])
        #expect(try site.documents.first?.causeCode == "duplicate")
        #expect(site.erp.keysBookedTwice.isEmpty)
        #expect(site.erp.keysWithOtherBytes.isEmpty)
    }

    @Test func `R23: not there counts only later than twice the time-out after the last attempt`() async throws {
        let site = try site(Self.lookUp)
        site.packs([(time("07:00"), 40)])
        site.erp.answers([.lostBeforeCommit])
        try await site.run(at: time("14:06"))
        site.clock.advance(by: .seconds(59))
        try await site.run()
        #expect(try site.told == ["r1 40 unknown"])

        try await site.run(at: time("14:20"))

        #expect(try site.told == ["r1 40 done"])
        #expect(try site.erp.booked("4711") == 40)
    }

    @Test func `R23: look-ups that bring no answer take a minute of a run, not all of it`() async throws {
        let site = try site(Self.lookUp)
        for number in 0..<4 { site.packs([(time("07:00"), 4)], order: "O\(number)") }
        site.erp.answers([], then: .lostBeforeCommit)
        try await site.run(at: time("14:06"))
        let asked = Mutex(0)
        let clock = site.clock
        site.erp.lookUpIsDown(true) {
            asked.withLock { $0 += 1 }
            clock.advance(by: .seconds(30))
        }

        try await site.run(at: time("15:00"))

        #expect(asked.withLock { $0 } == 2)
    }

    // MARK: R24

    @Test func `R24: an outage holds the endpoint, costs the document nothing, and ends by itself`() async throws {
        let site = try site()
        for order in ["A", "B", "C"] { site.packs([(time("07:00"), 4)], order: order) }
        site.erp.answers([], then: .notSent)
        let report = try await site.run(at: time("14:06"))
        #expect(report.exitCode == 4)
        #expect(site.erp.calls.count == 1)
        for minute in 7...50 { try await site.run(at: time(minute < 10 ? "14:0\(minute)" : "14:\(minute)")) }
        #expect(try site.documents.allSatisfy { $0.state == .queued })

        site.erp.answers([])
        try await site.run(at: time("16:00"))

        #expect(try site.told == ["r1 4 done", "r1 4 done", "r1 4 done"])
        #expect(try site.store.health(of: "erp") == EndpointHealth())
    }

    @Test func `R24: 503 without end holds the endpoint after a few, 429 for as long as it says`() async throws {
        let site = try site()
        for number in 0..<20 { site.packs([(time("07:00"), 4)], order: "O\(number)") }
        site.erp.answers([], then: .unavailable)
        try await site.run(at: time("14:06"))
        #expect(site.erp.calls.count == 5)

        site.erp.answers([.throttled(.seconds(1200))])
        try await site.run(at: time("15:00"))
        #expect(site.erp.calls.count == 6)
        try await site.run(at: time("15:19"))
        #expect(site.erp.calls.count == 6)
        try await site.run(at: time("15:21"))
        try await site.run(at: time("15:22"))

        #expect(try site.documents.allSatisfy { $0.state == .done })
    }

    @Test(arguments: [true, false])
    func `R24: an endpoint that answers nothing certain is held after a few, and tried with a single document`(
        deduplicates: Bool
    ) async throws {
        let site = try site(deduplicates ? Self.once : "correct: signed", deduplicates: deduplicates)
        for number in 0..<20 { site.packs([(time("07:00"), 4)], order: "O\(number)") }
        site.erp.answers([], then: .lostBeforeCommit)

        let report = try await site.run(at: time("14:06"))
        #expect(site.erp.calls.count == 5)
        #expect(report.exitCode == 4)
        #expect(
            report.troubles["endpoint erp"]
                == "endpoint 'erp' is held (down): the lack of answers does not say what became of documents, so nothing more is "
                + "sent for now; all is safe in the queue")
        try await site.run(at: time("15:00"))
        #expect(site.erp.calls.count == 6)

        site.erp.answers([])
        try await site.run(at: time("16:00"))
        #expect(try site.documents.filter { $0.state == .done }.count == (deduplicates ? 20 : 14))
        #expect(try site.store.health(of: "erp") == EndpointHealth())
    }

    @Test func `an endpoint that a person holds while a run sends to it gets nothing more`() async throws {
        let site = try site(Self.once, deduplicates: true)
        for order in ["A", "B", "C", "D", "E", "F"] { site.packs([(time("07:00"), 4)], order: order) }
        try site.store.setHealth(
            EndpointHealth(causeCode: "down", failures: 2), of: "erp", by: "run", now: time("13:00"))
        let (erp, clock) = (site.erp, site.clock)
        let verbs = EndpointVerbs(plant: try site.plant, store: site.store, who: "anna", now: time("14:06"))

        let report = try await site.run(
            at: time("14:06"),
            isStopped: {
                if erp.calls.count >= 2 {
                    // try?: what is expected below says whether it went through
                    try? verbs.hold("erp", reason: "month end")
                    clock.advance(by: .seconds(2))
                }
                return false
            })

        #expect(site.erp.calls.count <= 3)
        #expect(try site.store.health(of: "erp").causeCode == "by-hand")
        #expect(report.troubles["endpoint erp"]?.contains("held by anna: month end") == true)
        #expect(try site.documents.filter { $0.state == .queued }.count >= 3)
    }

    @Test func `what a clock that ran ahead has written holds neither endpoint nor documents`() async throws {
        let site = try site()
        site.packs([(time("07:00"), 4)])
        site.erp.answers([.notSent])
        try await site.run(at: time("14:06") + .seconds(200 * 86_400))
        #expect(try site.told == ["r1 4 queued"])

        try await site.run(at: time("14:10"))

        #expect(try site.told == ["r1 4 done"])
    }

    @Test(arguments: [true, false])
    func `R26: what waited in a restored store is told, looked up or decided, and never repeated`(canLookUp: Bool)
        async throws
    {
        let site = try site(
            Self.once + (canLookUp ? ", lookup: {get: \"/c?key={key}\", there: count > 0}" : ""), deduplicates: true)
        site.packs([(time("07:00"), 40)])
        try await site.run(at: time("14:06"), options: RunOptions(delivers: false))
        let verbs = EndpointVerbs(plant: try site.plant, store: site.store, who: "anna", now: time("14:10"))
        try verbs.holdAll(restored: "it is a copy")
        _ = try await verbs.release(
            "erp", discardBefore: nil, figures: [:], reason: "compared", read: { _, _ in .notOffered })

        #expect(try site.store.stuck().map(\.state) == [.unknown])
        try await site.run(at: time("15:00"))

        #expect(try site.told == [canLookUp ? "r1 40 done" : "r1 40 unknown"])
        #expect(site.erp.calls.count == (canLookUp ? 1 : 0))
    }

    @Test func `R26: an endpoint that was off when its store was copied is released as one of a restored store`()
        async throws
    {
        let site = try site()
        site.packs([(time("07:00"), 4)])
        let health = EndpointHealth(
            heldUntil: .distantFuture, cause: "it is a copy", causeCode: "restored", wasOff: true)
        try site.store.setHealth(health, of: "erp", by: "anna", now: time("13:00"))

        try await site.run(at: time("14:06"))

        #expect(try site.store.health(of: "erp").causeCode == "restored")
        #expect(site.erp.calls.isEmpty)
    }

    @Test func `R24: a refused credential holds the endpoint and parks nothing`() async throws {
        let site = try site()
        for order in ["A", "B", "C"] { site.packs([(time("07:00"), 4)], order: order) }
        site.erp.answers([.auth])

        let report = try await site.run(at: time("14:06"))

        #expect(report.exitCode == 12)
        #expect(site.erp.calls.count == 1)
        #expect(try site.documents.allSatisfy { $0.state == .queued })
    }

    @Test(arguments: [FakeEndpoint.Answer.lostAfterCommit, .accepted])
    func `R24: a document in doubt holds back later ones of its order, and no others`(
        answer: FakeEndpoint.Answer
    ) async throws {
        let site = try site()
        site.packs([(time("07:00"), 4), (time("15:00"), 5)], order: "A")
        site.packs([(time("07:00"), 6), (time("15:00"), 7)], order: "B")
        site.erp.answers([answer])

        for hour in ["22:06", "22:30", "23:30"] { try await site.run(at: time(hour)) }

        let held = try site.documents.filter { $0.orderValue == "A" }.map { "\($0.amounts.good) \($0.state.rawValue)" }
        #expect(held == [answer == .accepted ? "4 accepted" : "4 unknown", "5 queued"])
        #expect(try site.erp.booked("B") == 13)
    }

    @Test func `R24: a parked document holds back nobody`() async throws {
        let site = try site()
        site.packs([(time("07:00"), 4), (time("15:00"), 5)], order: "A")
        site.erp.answers([.refused])

        try await site.run(at: time("22:06"))
        try await site.run(at: time("22:07"))

        #expect(try site.told == ["r1 4 parked", "r1 5 done"])
    }

    @Test func `R24: documents of one order go in the order of their windows`() async throws {
        let site = try site()
        for hour in [6, 14, 22] { site.packs([(time("\(hour < 10 ? "0" : "")\(hour):30"), hour)], order: "A") }
        site.erp.answers([.unavailable, .done, .unavailable])

        for minute in [10, 20, 30, 40, 50] { try await site.run(at: time("06:\(minute)", day: 3)) }

        #expect(site.erp.postings.map(\.good) == [ExactDecimal(6), ExactDecimal(14), ExactDecimal(22)])
    }

    // MARK: R26

    @Test(arguments: [true, false])
    func `R26: documents made after a release for windows before it begin as unknown and are never repeated`(
        canLookUp: Bool
    ) async throws {
        let site = try site(
            Self.once + (canLookUp ? ", lookup: {get: \"/c?key={key}\", there: count > 0}" : ""), deduplicates: true)
        site.packs([(time("07:00"), 40)])
        try site.store.setNote(StoreNote.restoredBefore("erp"), time("14:00").iso8601)

        let report = try await site.run(at: time("14:06"))
        #expect(report.exitCode == 3)
        #expect(try site.told == ["r1 40 unknown"])
        #expect(site.erp.calls.isEmpty)
        try await site.run(at: time("15:00"))

        #expect(try site.told == [canLookUp ? "r1 40 done" : "r1 40 unknown"])
        #expect(site.erp.calls.count == (canLookUp ? 1 : 0))

        site.packs([(time("15:00"), 7)])
        try await site.run(at: time("22:06"))
        #expect(site.erp.calls.count == (canLookUp ? 2 : 0))
    }

    // MARK: R27

    @Test func `R27: an idle run commits nothing`() async throws {
        let site = try site()
        site.packs([(time("07:00"), 40), (time("15:00"), 1)])
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("14:06"))
        try await site.run(at: time("14:07"))
        let before = try site.bytes()

        for minute in 10...20 {
            let report = try await site.run(at: time("14:\(minute)"))
            #expect(!report.didAnything)
            #expect(report.exitCode == 0)
        }

        #expect(try site.bytes() == before)
    }

    @Test func `R27: exit 3 says newly parked or undecided, the trouble lasts until it is decided`() async throws {
        let site = try site()
        site.packs([(time("07:00"), 40)])
        site.erp.answers([.lostAfterCommit])

        let first = try await site.run(at: time("14:06"))
        let second = try await site.run(at: time("15:06"))
        try site.resolve("r1", booked: true)
        let third = try await site.run(at: time("16:06"))

        #expect([first.exitCode, second.exitCode, third.exitCode] == [3, 0, 0])
        #expect([first, second, third].map { $0.troubles["undecided erp/confirm"] != nil } == [true, true, false])
    }

    @Test func `R27: another request of the same outage is no news`() {
        let causes = ["confirmations", "stoppages"].map {
            "POST https://erp.example/\($0): not executed (503, busy: try again later); it is sent again by itself, after 20 s"
        }
        #expect(causes.map(Run.withoutPlace) == Array(repeating: "not executed (503, busy: try again later)", count: 2))
        #expect(Run.withoutPlace("a sentence: with a colon") == "a sentence: with a colon")
    }

    @Test func `R27: a trouble is printed when it begins, changes or ends, and again after remind`() {
        func lines(_ current: [String: String], _ told: inout [ToldTrouble], _ now: Instant) -> [String] {
            let troubles = Troubles(current: current, told: told, remind: .seconds(4 * 3600), now: now, zone: .utc)
            told = troubles.told
            return troubles.lines
        }
        var told: [ToldTrouble] = []

        #expect(lines(["endpoint erp": "it is down"], &told, time("08:00")) == ["it is down"])
        #expect(lines(["endpoint erp": "it is down"], &told, time("08:05")).isEmpty)
        #expect(
            lines(["endpoint erp": "it is slow"], &told, time("08:10"))
                == ["it is slow (since \(Words.time(time("08:00"), zone: .utc)))"])
        #expect(lines(["endpoint erp": "it is slow"], &told, time("12:09")).isEmpty)
        #expect(
            lines(["endpoint erp": "it is slow"], &told, time("12:10"))
                == ["it is slow (since \(Words.time(time("08:00"), zone: .utc)))"])
        #expect(
            lines([:], &told, time("12:15")) == ["over: endpoint erp, since \(Words.time(time("08:00"), zone: .utc))"])
        #expect(lines([:], &told, time("12:20")).isEmpty)
    }
}
