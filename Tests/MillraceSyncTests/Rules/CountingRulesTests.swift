import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Rules of readings and counting, over whole runs.
@Suite("Runs: readings and counting")
struct CountingRulesTests {
    // MARK: R1

    @Test func `R1: a late state reading re-attributes the facts after it, as revisions`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            .init(time("07:00"), ["order": "4711", "parts": "10"]), .init(time("07:30"), ["parts": "15"]),
            .init(time("08:00"), ["parts": "22"]), .init(time("08:30"), ["parts": "30"]),
        ])
        try await site.run(at: time("14:06"))
        #expect(try site.erp.booked("4711") == 20)

        site.press([.init(time("07:45"), ["order": "4712"])])
        try await site.run(at: time("15:00"))
        try await site.run(at: time("15:01"))

        #expect(try site.erp.booked("4711") == 5)
        #expect(try site.erp.booked("4712") == 15)
        #expect(try site.good(.counted) == 20)
    }

    @Test func `R1: at equal instants states apply before counters`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([.init(time("07:00"), ["order": "4711", "parts": "10"])])
        site.press([.init(time("07:30"), ["parts": "15"]), .init(time("07:30"), ["order": "4712"])])

        try await site.run(at: time("14:06"))

        #expect(try site.erp.booked("4712") == 5)
    }

    // MARK: R8

    @Test(arguments: [true, false])
    func `R8: an agent's unbroken chain proves that a weekend had one rollover, a broken one does not`(
        isUnbroken: Bool
    ) async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.agent([.init(time("07:00"), ["order": "4711", "parts": "65530"])], unbroken: false)
        site.agent([.init(time("07:01"), ["parts": "65531"])], unbroken: true)
        try await site.run(at: time("07:06"))
        site.agent([.init(time("07:00", day: 5), ["parts": "5"])], unbroken: isUnbroken)

        try await site.run(at: time("22:06", day: 5))

        #expect(try site.good(.counted) == (isUnbroken ? 11 : 1))
        #expect(try site.good(.unconfirmed) == (isUnbroken ? 0 : 10))
    }

    // MARK: R4

    @Test func `R4: a late counter reading within lateness is put in its place and changes no total`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            .init(time("13:00"), ["order": "4711", "parts": "10"]), .init(time("14:30"), ["parts": "40"]),
        ])
        try await site.run(at: time("22:06"))
        #expect(try site.erp.booked("4711") == 30)

        site.press([.init(time("13:50"), ["parts": "25"])])
        try await site.run(at: time("23:00"))

        #expect(try site.erp.booked("4711") == 30)
        #expect(
            site.erp.postings.map { "\($0.key.prefix(16)) \($0.good)" }.sorted() == [
                "20260302T060000Z 15", "20260302T140000Z -15", "20260302T140000Z 30",
            ])
    }

    @Test func `R4: an increment beyond lateness is booked at the instant of its pull, marked`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00", day: 2), 10), (time("15:00", day: 5), 1)])
        try await site.run(at: time("15:01", day: 5))

        site.packs([(time("06:30", day: 2), 7), (time("16:00", day: 3), 4)])
        try await site.run(at: time("15:30", day: 5))
        try await site.run(at: time("22:06", day: 5))

        let late = try #require(try site.counts.first { $0.marks.contains(.lateFrom) })
        #expect(late.start == time("15:30", day: 5))
        #expect(late.amounts.good == ExactDecimal(7))
        #expect(try site.erp.booked("4711") == 22)
        #expect(
            site.erp.postings.map { "\($0.key.prefix(16)) \($0.good)" }.sorted() == [
                "20260302T060000Z 10", "20260303T140000Z 4", "20260305T140000Z 8",
            ])
    }

    @Test func `R4: a counter reading beyond lateness is recorded and not used`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        site.press([
            .init(time("07:00", day: 2), ["order": "4711", "parts": "10"]),
            .init(time("15:00", day: 5), ["parts": "500"]),
        ])
        try await site.run(at: time("15:01", day: 5))
        let before = try site.facts

        site.press([.init(time("12:00", day: 2), ["parts": "200"])])
        let report = try await site.run(at: time("15:30", day: 5))

        #expect(report.figures["set-aside"] == 1)
        #expect(
            report.notices.contains { $0.contains("beyond 'lateness'; what it counted is in the next delta already") })
        #expect(try site.facts == before)
    }

    @Test func `R4: an outage makes nothing late`() async throws {
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm()])
        site.packs([(time("07:00", day: 2), 10)])
        try await site.run(at: time("07:01", day: 2))
        site.pack.fails(.unreachable("pack", "the folder is gone"))
        for day in 3...5 { try await site.run(at: time("12:00", day: day)) }
        site.pack.fails(nil)

        site.packs([(time("08:00", day: 2), 5), (time("08:00", day: 5), 6)])
        try await site.run(at: time("15:00", day: 6))

        #expect(try site.counts.allSatisfy { !$0.marks.contains(.lateFrom) })
        #expect(
            site.erp.postings.map { "\($0.key.prefix(16)) \($0.good)" }.sorted() == [
                "20260302T060000Z 10", "20260302T060000Z 5", "20260305T060000Z 6",
            ])
    }

    @Test(arguments: [true, false])
    func `R4: a reading ahead of its pull waits until then and counts once`(isCounter: Bool) async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.pieces, SiteTexts.confirm()])
        site.press([.init(time("07:00"), ["order": "4711", "parts": "10"])])
        let ahead = time("09:00")
        if isCounter { site.press([.init(ahead, ["parts": "13"])]) } else { site.packs([(ahead, 3)]) }

        let report = try await site.run(at: time("08:00"))
        #expect(report.figures["set-aside"] == 1)
        #expect(try site.good(.counted) == 0)
        try await site.run(at: time("08:59"))
        #expect(try site.good(.counted) == 0)
        try await site.run(at: time("09:01"))
        for _ in 0..<2 { try await site.run(at: time("14:06")) }

        #expect(try site.good(.counted) == 3)
        #expect(try site.erp.booked("4711") == 3)
    }

    // MARK: R6

    @Test func `R6: after retention late readings and the next ones still give the true count`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts(), SiteTexts.confirm()])
        var parts = 0
        site.press([.init(time("06:00", day: 2), ["order": "4711", "parts": "0"])])
        for day in 2...12 {
            for hour in 7...12 {
                parts += 10
                site.press([.init(time(hour < 10 ? "0\(hour):00" : "\(hour):00", day: day), ["parts": "\(parts)"])])
            }
            try await site.run(at: time("15:00", day: day))
        }
        let calendar = try site.plant.calendar
        let pruned = try site.store.prune(
            Retention(
                readingsOlderThan: time("00:00", day: 10), atMostBytes: nil, recent: time("15:00", day: 9),
                dayStart: { calendar.day(at: $0).start }))
        #expect(pruned.blocks > 0)

        site.press([
            .init(time("10:30", day: 12), ["parts": "\(parts - 15)"]),
            .init(time("13:00", day: 12), ["parts": "\(parts + 3)"]),
        ])
        try await site.run(at: time("16:00", day: 12))

        #expect(try site.erp.booked("4711") == Int64(parts + 3))
    }

    // MARK: R7

    @Test func `R7: a fact without an order waits, delays nobody, and is booked once its table has the row`()
        async throws
    {
        let jobs = "program,order\nA,4711\n"
        let counts = """
            mapping: counts
            from: {connector: line}
            to: {fact: production-count}
            tables: {jobs: {file: ../tables/jobs.csv, key: program, value: order}}
            fields:
              equipment: device
              time: time
              order: {from: program, table: jobs, missing: hold}
              operation: {value: "0010"}
              good: {counter: parts, modulus: 65536, max-rate: 40/min, reset: evidence, first: baseline}
            """
        let site = try TestSite(
            mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": jobs])
        site.press([
            .init(time("07:00"), ["program": "A", "parts": "10"]), .init(time("08:00"), ["parts": "14"]),
            .init(time("09:00"), ["program": "B"]), .init(time("10:00"), ["parts": "20"]),
        ])
        try await site.run(at: time("14:06"))
        #expect(try site.good(.unattributed) == 6)
        #expect(try site.erp.booked("4711") == 4)

        try site.edit(
            mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": jobs + "B,4712\n"])
        let report = try await site.run(at: time("15:00"))
        try await site.run(at: time("15:01"))

        #expect((report.figures["attributed"] ?? 0) > 0)
        #expect(try site.good(.unattributed) == 0)
        #expect(try site.erp.booked("4711") == 4)
        #expect(try site.erp.booked("4712") == 6)
    }

    @Test(arguments: [("later", [30, 120]), ("earlier", [90, 60]), ("by-time", [60, 90])])
    func `R7, R8: pieces whose orders both come later go to the ones that at-change says`(
        _ change: String, _ expected: [Int64]
    ) async throws {
        let counts = """
            mapping: counts
            from: {connector: line}
            to: {fact: production-count}
            tables: {jobs: {file: ../tables/jobs.csv, key: device, valid-from: since}}
            lookup: {job: {table: jobs, by: device, at: time, missing: hold}}
            fields:
              equipment: device
              time: time
              order: job.order
              operation: {value: "0010"}
              good: {counter: parts}
            at-change: \(change)
            """
        let none = "device,since,order\nP9,2026-03-02T07:00:00Z,4711\n"
        let site = try TestSite(mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": none])
        site.press([
            .init(time("07:00"), ["parts": "0"]), .init(time("07:30"), ["parts": "30"]),
            .init(time("08:30"), ["parts": "90"]), .init(time("09:30"), ["parts": "150"]),
        ])
        try await site.run(at: time("14:06"))
        #expect(try site.good(.unattributed) == 150)

        // The first row alone says nothing of what `at-change` gives to the time before it.
        let later = "P1,2026-03-02T08:00:00Z,4712\n"
        try site.edit(mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": none + later])
        try await site.run(at: time("15:00"))
        try await site.run(at: time("15:01"))
        #expect(try site.erp.booked("4712") == expected[1])
        let earlier = "P1,2026-03-02T06:00:00Z,4711\n"
        try site.edit(mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": none + earlier + later])
        try await site.run(at: time("16:00"))
        try await site.run(at: time("16:01"))

        #expect(try site.good(.unattributed) == 0)
        #expect(try [site.erp.booked("4711"), site.erp.booked("4712")] == expected)
    }

    @Test func `R7: late data before attributed facts does not count them twice`() async throws {
        let counts = """
            mapping: counts
            from: {connector: line}
            to: {fact: production-count}
            tables: {jobs: {file: ../tables/jobs.csv, key: program, value: order}}
            fields:
              equipment: device
              time: time
              order: {from: program, table: jobs, missing: hold}
              operation: {value: "0010"}
              good: {counter: parts, modulus: 65536, max-rate: 40/min, reset: evidence, first: baseline}
            """
        let site = try TestSite(
            mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": "program,order\nA,4711\n"])
        site.press([
            .init(time("07:00"), ["program": "B", "parts": "10"]), .init(time("08:00"), ["parts": "14"]),
            .init(time("10:00"), ["parts": "20"]),
        ])
        try await site.run(at: time("14:06"))
        try site.edit(
            mappings: [counts, SiteTexts.confirm()], tables: ["tables/jobs.csv": "program,order\nA,4711\nB,4712\n"])
        try await site.run(at: time("15:00"))
        #expect(try site.erp.booked("4712") == 10)

        site.press([.init(time("09:00"), ["parts": "17"])])
        for minute in 10...12 { try await site.run(at: time("15:\(minute)")) }

        #expect(try site.good(.counted) + site.good(.unattributed) == 10)
        #expect(try site.erp.booked("4712") == 10)
    }

    // MARK: R9

    @Test func `R9: a second source of the same count is shadowed and not booked`() async throws {
        let second = SiteTexts.pieces.replacing("mapping: pieces", with: "mapping: second")
            .replacing("{increment: pieces}", with: "{increment: again}")
        let site = try TestSite(mappings: [
            SiteTexts.pieces, second, SiteTexts.confirm(),
        ])
        site.packs([(time("07:00"), 10)])
        try await site.run(at: time("08:00"))
        site.pack.add(
            .table(
                [TestRow(900, ["time": time("09:00").iso8601, "order": "4711", "again": "10", "ticket": "Z"])],
                source: "pack.csv"))

        try await site.run(at: time("14:06"))

        #expect(try site.good(.counted) == 10)
        #expect(try site.good(.shadowed) == 10)
        #expect(try site.erp.booked("4711") == 10)
    }

    // MARK: R11

    @Test func `R11: skip-when lets only a first document go unmade`() async throws {
        let site = try TestSite(mappings: [
            SiteTexts.pieces, SiteTexts.confirm(more: "skip-when: good = 0 or good = -40 or good = 3"),
        ])
        site.packs([(time("07:00"), 3)], order: "A")
        site.packs([(time("07:00"), 40)], order: "B")
        let report = try await site.run(at: time("14:06"))
        #expect(report.figures["skipped"] == 1)
        #expect(try site.told == ["r1 40 done"])

        site.packs([(time("08:00"), -40)], order: "B")
        site.packs([(time("08:00"), 2)], order: "A")
        try await site.run(at: time("15:00"))

        #expect(try site.told.sorted() == ["r1 40 done", "r1 5 done", "r2 -40 done"])
        #expect(try site.erp.booked("A") == 5)
        #expect(try site.erp.booked("B") == 0)
    }

    @Test func `R11: checks park with their sentence`() async throws {
        let checks = "checks: [{when: good >= 1000, sentence: more than a shift can make}]"
        let site = try TestSite(mappings: [SiteTexts.pieces, SiteTexts.confirm(more: checks)])
        site.packs([(time("07:00"), 4000)])

        try await site.run(at: time("14:06"))

        #expect(try site.told == ["r1 4000 parked"])
        #expect(try site.documents.first?.cause.contains("more than a shift can make") == true)
        #expect(site.erp.calls.isEmpty)
    }

    @Test(arguments: [(-900, "behind"), (0, nil), (-200, nil), (900, "ahead of")] as [(Int, String?)])
    func `R13: an agent's clock that is off is said, since shifts and windows go by it`(off: Int, word: String?)
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts()])
        site.press([.init(time("07:00"), ["order": "A", "parts": "1"])])
        site.line.reaches(.instant(time("08:00") + .seconds(off)))

        let report = try await site.run(at: time("08:00"))

        let said = report.troubles.values.filter { $0.contains("clock") }
        #expect(
            Array(said)
                == (word.map {
                    [
                        "the clock of connector 'line' is more than 5 min \($0) ours; set the one that is wrong, for shifts and windows go by it"
                    ]
                } ?? []))
    }

    /// Runs every `step` minutes over a file to which each machine adds a row, stamped by its own clock.
    private func watched(
        _ clocks: [String: (Instant) -> Duration], hours: Int, step: Int = 5
    ) async throws -> [String] {
        let site = try TestSite(mappings: [SiteTexts.counts()])
        for minute in stride(from: 0, to: hours * 60, by: step) {
            let now = time("06:00") + .seconds(60 * minute)
            for (name, clock) in clocks.sorted(by: { $0.key < $1.key }) {
                site.press([.init(now - .seconds(3) + clock(now), ["order": "A", "parts": "\(minute)"])], device: name)
            }
            try await site.run(at: now)
        }
        return try Status(of: try site.plant, store: site.store, now: site.clock.now).notes.map(\.sentence)
    }

    @Test func `machines of one connector whose clocks are off are told by status, each by itself`() async throws {
        let said = try await watched(
            [
                "P1": { _ in .zero }, "P2": { _ in .seconds(48) }, "P3": { _ in .seconds(-240) },
                "P4": { _ in .seconds(-20) },
            ],
            hours: 2)

        #expect(
            said == [
                "the clock of 'P2' is 45 s ahead of ours; shifts and windows go by it",
                "the clock of 'P3' is 240 s behind that of 'P1', or its readings come so much later; shifts and windows go by it",
            ])
    }

    @Test func `a machine by itself, or all of them, may be read late and are not taken for slow clocks`() async throws
    {
        #expect(try await watched(["P1": { _ in .seconds(-900) }], hours: 3) == [])
        #expect(
            try await watched(["P1": { _ in .seconds(-3_600) }, "P2": { _ in .seconds(-3_630) }], hours: 3) == [])
    }

    @Test func `a machine's clock that drifts is told before it is far off`() async throws {
        let said = try await watched(
            [
                "P1": { _ in .zero },
                "P2": { now in .microseconds((now - time("06:00")).wholeMicroseconds / 86_400 * 12) },
            ], hours: 60, step: 15)

        #expect(said == ["the clock of 'P2' gains 12 s a day; shifts and windows go by it"])
    }

    @Test func `R13: a clock that is a little off, and one that drifts, are told by status`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts()])
        var said: [String] = []
        for (day, off) in [(2, -10), (3, -18), (4, -40), (5, -48)] {
            site.press([.init(time("07:00", day: day), ["order": "A", "parts": "\(day)"])])
            site.line.reaches(.instant(time("08:00", day: day) + .seconds(Int64(off))))
            try await site.run(at: time("08:00", day: day))
            said += try Status(of: try site.plant, store: site.store, now: site.clock.now).notes.map(\.sentence)
        }

        #expect(
            said == [
                "the clock of 'line' is 18 s behind ours and loses 8 s a day; shifts and windows go by it",
                "the clock of 'line' is 40 s behind ours and loses 15 s a day; shifts and windows go by it",
                "the clock of 'line' is 48 s behind ours and loses 13 s a day; shifts and windows go by it",
            ])
    }
}
