import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Of the ten ways in which a count was lost or doubled on paper: those of delivery.
@Suite("The ten: delivery")
struct TenDeliveryTests {
    private func site(
        _ confirm: String = "correct: signed", deduplicates: Bool = false
    ) throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.confirm = confirm
        let site = try TestSite(
            settings, mappings: [SiteTexts.pieces, SiteTexts.confirm()], deduplicates: deduplicates)
        site.packs([(time("07:00"), 40)])
        return site
    }

    // MARK: 1

    @Test
    func
        `1, R21: killed between the last request byte and the acknowledgement, without deduplication: unknown, not re-sent`()
        async throws
    {
        let site = try site()
        site.erp.answers([.dies])
        await #expect(throws: StoreError.failed("the process was killed")) { try await site.run(at: time("14:06")) }
        #expect(try site.told == ["r1 40 leased"])

        let report = try await site.run(at: time("14:20"))
        for hour in 15...20 { try await site.run(at: time("\(hour):00")) }

        #expect(try site.told == ["r1 40 unknown"])
        #expect(report.exitCode == 3)
        #expect(site.erp.calls.count == 1)
        #expect(try site.erp.booked("4711") == 40)
    }

    @Test func `1, R23: with a look-up what the killed run sent is found, and not sent again`() async throws {
        let site = try site("correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}")
        site.erp.answers([.dies])
        _ = try? await site.run(at: time("14:06"))  // try?: this run is killed

        // The request may still be running over there: twice its time-out has to pass before "not there" says anything.
        try await site.run(at: time("14:06:30"))
        #expect(try site.told == ["r1 40 unknown"])
        try await site.run(at: time("14:20"))

        #expect(try site.told == ["r1 40 done"])
        #expect(try site.documents.first?.receipt == "R-looked-up")
        #expect(site.erp.calls.count == 1)
    }

    @Test func `1, R23: with deduplication it is repeated with the same key and bytes, and booked once`() async throws {
        let site = try site("correct: signed, once-by: {header: Idempotency-Key, remembered: 24 h}", deduplicates: true)
        site.erp.answers([.dies])
        _ = try? await site.run(at: time("14:06"))  // try?: this run is killed

        try await site.run(at: time("14:20"))

        #expect(try site.told == ["r1 40 done"])
        #expect(site.erp.calls.count == 2)
        #expect(site.erp.keysBookedTwice.isEmpty)
        #expect(site.erp.keysWithOtherBytes.isEmpty)
        #expect(try site.erp.booked("4711") == 40)
    }

    // MARK: 2

    @Test func `2, R15b: r1 parked with 40 and late +2: r2 sends 42, r1 is superseded`() async throws {
        let site = try site()
        site.erp.answers([.refused])
        let first = try await site.run(at: time("14:06"))
        #expect(try site.told == ["r1 40 parked"])
        #expect(first.exitCode == 3)

        site.packs([(time("08:00"), 2)])
        try await site.run(at: time("15:00"))

        #expect(try site.told == ["r1 40 superseded", "r2 42 done"])
        #expect(try site.erp.booked("4711") == 42)
    }

    // MARK: 3

    @Test(arguments: [true, false])
    func `3, R15a: r1's answer lost and late +2: nothing is sent until r1 is decided, then what is missing`(
        wasBooked: Bool
    ) async throws {
        let site = try site()
        site.erp.answers([wasBooked ? .lostAfterCommit : .lostBeforeCommit])
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), 2)])
        for hour in 15...18 { try await site.run(at: time("\(hour):00")) }
        #expect(try site.told == ["r1 40 unknown"])
        #expect(site.erp.calls.count == 1)

        try site.resolve("r1", booked: wasBooked)
        try await site.run(at: time("18:30"))

        #expect(try site.told == (wasBooked ? ["r1 40 done", "r2 2 done"] : ["r1 40 superseded", "r2 42 done"]))
        #expect(try site.erp.booked("4711") == 42)
    }

    @Test(arguments: [true, false])
    func `3, R23: the look-up decides as a person does`(wasBooked: Bool) async throws {
        let site = try site("correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}")
        site.erp.answers([wasBooked ? .lostAfterCommit : .lostBeforeCommit])
        site.erp.lookUpIsDown(true)
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), 2)])
        try await site.run(at: time("15:00"))
        #expect(try site.told == ["r1 40 unknown"])
        #expect(site.erp.calls.count == 1)

        site.erp.lookUpIsDown(false)
        try await site.run(at: time("16:00"))
        try await site.run(at: time("16:10"))

        #expect(try site.good(.done as DocumentState) == 42)
        #expect(try site.erp.booked("4711") == 42)
        #expect(site.erp.keysBookedTwice.isEmpty)
    }

    // MARK: 4

    @Test(
        arguments: [
            ("correct: signed", ["r1 40 done", "r2 -2 done"], 38),
            (
                "correct: {reverse: {post: \"/c/{replaces.receipt}/cancel\"}}",
                ["r1 40 done", "r2 cancel -40 done", "r3 38 done"], 38
            ),
            ("correct: {replace: {put: \"/c/{replaces.receipt}\"}}", ["r1 40 done", "r2 replace -2 done"], 38),
            ("correct: by-hand", ["r1 40 done", "r2 -2 parked"], 40),
        ] as [(String, [String], Int64)])
    func `4, R15f: two pieces less after delivery, by each kind of correct`(
        correct: String, told: [String], booked: Int64
    ) async throws {
        let site = try site(correct)
        try await site.run(at: time("14:06"))
        site.packs([(time("08:00"), -2)])

        try await site.run(at: time("15:00"))
        try await site.run(at: time("15:10"))

        #expect(try site.told == told)
        #expect(try site.erp.booked("4711") == booked)
        if correct == "correct: by-hand" {
            #expect(
                try site.documents.last?.cause
                    == "to be corrected by hand; good: 40 booked, 38 counted, so -2")
        }
    }

    @Test func `4, R15f: a second correction goes on from what the first one left`() async throws {
        let changes = [
            "{reverse: {post: \"/c/{replaces.receipt}\"}}": [-2, 5, -10, -33],
            "{replace: {put: \"/c/{replaces.receipt}\"}}": [-2, -5, -30, -3],
        ]
        for (correct, changes) in changes {
            let site = try site("correct: \(correct)")
            try await site.run(at: time("14:06"))
            for (minute, change) in zip([10, 20, 30, 40], changes) {
                site.packs([(time("08:\(minute)"), change)])
                try await site.run(at: time("15:\(minute)"))
            }

            #expect(try site.erp.booked("4711") == 0, "\(correct)")
            #expect(site.erp.keysBookedTwice.isEmpty)
        }
    }

    // MARK: 5

    @Test func `5, R10: press and packing report one order: booked once per operation`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.pieces, SiteTexts.confirm()])
        site.press([
            .init(time("07:00"), ["order": "4711", "parts": "100"]), .init(time("07:30"), ["parts": "112"]),
        ])
        site.packs([(time("08:00"), 12)])

        try await site.run(at: time("14:06"))
        try await site.run(at: time("14:20"))

        let booked = site.erp.postings.map { "\($0.body["operation"]?.text ?? "") \($0.good)" }.sorted()
        #expect(booked == ["0010 12", "0020 12"])
    }

    // MARK: 9

    @Test func `9, R26: nothing is sent from a restored store, and the run says why`() async throws {
        let site = try site()
        try site.store.claim(as: StoreIdentity(instance: "i", host: "m", path: site.store.path))
        let copy = site.folder.path + "/copy.db"
        try site.store.backup(to: copy, now: site.clock.now)
        try site.reopen("copy.db")
        let standing = StoreStanding(
            try site.store.storeNotes(lastNumber: try site.store.lastNumber()), machine: "m", realPath: copy,
            highWater: nil)
        #expect(standing == .backupCopy(at: site.clock.now.iso8601))

        let report = try await site.run(
            at: time("14:06"), identityTrouble: standing.holdsEndpoints ? standing.description : nil)

        #expect(report.exitCode == 13)
        #expect(
            report.troubles["store"]
                == "this store is a copy made by 'store backup' at \(time("00:00").iso8601); every endpoint is held: run "
                + "'reconcile --against erp', then 'endpoint release' with --reason for each")
        #expect(site.erp.calls.isEmpty)
        #expect(try site.told == ["r1 40 queued"])
    }

    @Test func `9, R26: yesterday's file beside today's high-water sends nothing`() async throws {
        let notes = StoreNotes(
            identity: StoreIdentity(instance: "i", host: "m", path: "/s/millrace.db"), backupOf: nil, lastNumber: 7)

        #expect(
            StoreStanding(notes, machine: "m", realPath: "/s/millrace.db", highWater: 9)
                == .behindHighWater(theirs: 9, ours: 7))
        #expect(StoreStanding(notes, machine: "m", realPath: "/s/millrace.db", highWater: 7) == .same)
        #expect(
            StoreStanding(notes, machine: "n", realPath: "/s/millrace.db", highWater: 7)
                == .moved(from: "machine m", to: "machine n"))
        #expect(
            StoreStanding(notes, machine: "m", realPath: "/t/millrace.db", highWater: 7)
                == .moved(from: "/s/millrace.db", to: "/t/millrace.db"))
    }
}
