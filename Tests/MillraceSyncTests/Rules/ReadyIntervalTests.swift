import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Rows that say a whole interval, over whole runs.
@Suite("Runs: ready intervals")
struct ReadyIntervalTests {
    static let table = """
        mapping: table
        from: {connector: pack}
        to: {fact: downtime}
        same-when: [id]
        withdraw-when: status = "DELETED"
        fields:
          equipment: machine
          start: {from: begin, type: time}
          end: {from: finish, type: time}
          class: {from: kind, missing: {value: unknown}}
          reason: code
          order: order
        split-at: [shift]
        """

    func site(open: String = "withhold", limits: String? = nil) throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.stop = "correct: {reverse: {post: \"/s/{replaces.receipt}\"}}"
        if let limits { settings.limits = limits }
        return try TestSite(settings, mappings: [Self.table, SiteTexts.stoppage(open: open)])
    }

    func row(
        _ id: String, _ begin: String, _ finish: String, code: String = "M1", kind: String = "unplanned-down",
        status: String = "", day: Int = 2
    ) -> [String: String] {
        [
            "id": id, "machine": "P1", "begin": time(begin, day: day).iso8601,
            "finish": finish.isEmpty ? "" : time(finish, day: day).iso8601, "kind": kind, "code": code, "order": "4711",
            "status": status,
        ]
    }

    func said(_ site: TestSite) -> [String] {
        site.erp.postings.map { posting in
            let (start, end) = (posting.body["start"]?.text ?? "-", posting.body["end"]?.text ?? "-")
            let reason = posting.body["reason"]?.text ?? "-"
            return
                "\(posting.purpose.rawValue) \(start.dropFirst(11).prefix(5)) \(end.dropFirst(11).prefix(5)) \(reason)"
        }
    }

    private func unconfirmed(_ site: TestSite) throws -> [UnconfirmedFact] {
        try FactVerbs(plant: try site.plant, store: site.store, who: "anna", now: site.clock.now).list()
    }

    @Test func `an open row waits for its end, and a later row of the same name gives it`() async throws {
        let site = try site()
        site.table([row("1", "07:00", "")])
        try await site.run(at: time("07:30"))
        #expect(site.erp.calls.isEmpty)

        site.table([row("1", "07:00", "07:40")])
        try await site.run(at: time("08:00"))

        #expect(said(site) == ["post 07:00 07:40 M1"])
    }

    @Test func `a later row corrects end, reason and start, and the same once more changes nothing`() async throws {
        let site = try site()
        site.table([row("1", "07:00", "07:40")])
        try await site.run(at: time("08:00"))
        site.table([row("1", "07:00", "07:45", code: "M2"), row("1", "07:00", "07:45", code: "M2")])
        try await site.run(at: time("08:10"))
        site.table([row("1", "07:05", "07:45", code: "M2")])
        try await site.run(at: time("08:20"))
        site.table([row("1", "07:05", "07:45", code: "M2")])
        try await site.run(at: time("08:30"))

        #expect(said(site).prefix(3) == ["post 07:00 07:40 M1", "cancel 07:00 07:40 M1", "post 07:00 07:45 M2"])
        #expect(said(site).dropFirst(3).sorted() == ["cancel 07:00 07:45 M2", "post 07:05 07:45 M2"])
    }

    @Test func `a row that takes its interval back cancels it`() async throws {
        let site = try site()
        site.table([row("1", "07:00", "07:40")])
        try await site.run(at: time("08:00"))
        site.table([row("1", "07:00", "07:40", status: "DELETED")])
        try await site.run(at: time("08:10"))

        #expect(said(site) == ["post 07:00 07:40 M1", "cancel 07:00 07:40 M1"])
    }

    @Test func `R12: an interval over a shift's border is told in its parts`() async throws {
        let site = try site()
        site.table([row("1", "13:30", "14:20")])
        try await site.run(at: time("15:00"))
        #expect(said(site) == ["post 13:30 14:00 M1", "post 14:00 14:20 M1"])

        site.table([row("1", "13:30", "13:50")])
        try await site.run(at: time("15:10"))

        #expect(
            said(site).suffix(3).sorted() == ["cancel 13:30 14:00 M1", "cancel 14:00 14:20 M1", "post 13:30 13:50 M1"])
    }

    @Test func `two intervals at one time: the later one waits for a person, with equipment and times`() async throws {
        let site = try site()
        site.table([row("1", "07:00", "07:40"), row("2", "07:30", "08:00"), row("3", "07:40", "07:50")])
        try await site.run(at: time("08:10"))

        #expect(said(site) == ["post 07:00 07:40 M1", "post 07:40 07:50 M1"])
        let fact = try #require(try unconfirmed(site).first)
        #expect(fact.fact.equipment == "P1" && fact.fact.start == time("07:30"))
        #expect(
            fact.fact.rule
                == "2026-03-02T07:30:00Z → 2026-03-02T08:00:00Z (pack.csv@200) and 2026-03-02T07:00:00Z → "
                + "2026-03-02T07:40:00Z (pack.csv@100): two intervals at one time")
        let status = try Status(of: try site.plant, store: site.store, now: time("08:10"))
        #expect(
            status.problems.map(\.sentence) == [
                "1 interval of table at P1 is unconfirmed: two intervals at one time"
            ])
    }

    @Test func `which of two intervals waits does not depend on which came first`() async throws {
        let rows = [row("1", "07:00", "07:40"), row("2", "07:30", "08:00")]
        var books: [[String]] = []
        for order in [rows, rows.reversed()] {
            let site = try site()
            for (minute, row) in order.enumerated() {
                site.table([row])
                try await site.run(at: time("08:1\(minute)"))
            }
            try await site.run(at: time("08:20"))
            books.append(
                try site.facts.map { fact in fact.replacing(/position: \d+|csv@\d+/, with: "") }.filter {
                    $0.contains("Standing.counted")
                })
        }
        #expect(books[0] == books[1] && books[0].count == 1)
    }

    @Test(arguments: [FactDecision.Verdict.accepted, .rejected])
    func `R8: a person decides once on an interval that lies over another`(_ verdict: FactDecision.Verdict) async throws
    {
        let site = try site()
        site.table([row("1", "07:00", "07:40"), row("2", "07:30", "08:00")])
        try await site.run(at: time("08:10"))
        let verbs = FactVerbs(plant: try site.plant, store: site.store, who: "anna", now: time("08:15"))
        let id = try #require(try verbs.list().first?.id)

        #expect(try verbs.decide([id], verdict, reason: "seen").map(\.isDone) == [true])
        site.table([row("9", "08:30", "08:40")])
        try await site.run(at: time("08:50"))

        let second = verdict == .accepted ? ["post 07:30 08:00 M1"] : []
        #expect(said(site) == ["post 07:00 07:40 M1"] + second + ["post 08:30 08:40 M1"])
        #expect(try unconfirmed(site).isEmpty)
    }

    @Test func `an interval whose neighbour is corrected stands by itself`() async throws {
        let site = try site()
        site.table([row("1", "07:00", "07:40"), row("2", "07:30", "08:00")])
        try await site.run(at: time("08:10"))

        site.table([row("1", "07:00", "07:20")])
        try await site.run(at: time("08:20"))

        #expect(try unconfirmed(site).isEmpty)
        #expect(said(site).contains("post 07:30 08:00 M1"))
    }

    @Test(arguments: ["07:00", "07:20"])
    func `an interval without end that begins within another one waits, and takes nothing of it`(
        _ begin: String
    ) async throws {
        let site = try site(open: "provisional")
        site.table([row("1", "07:00", "07:40")])
        try await site.run(at: time("08:00"))
        site.table([row("2", begin, "")])
        try await site.run(at: time("08:10"))
        #expect(try unconfirmed(site).count == 1)

        site.table([row("2", begin, begin)])
        try await site.run(at: time("08:20"))

        #expect(try unconfirmed(site).isEmpty)
        #expect(said(site) == ["post 07:00 07:40 M1"])
    }

    @Test func `an interval without end, behind which another one begins, waits for a person`() async throws {
        let site = try site(open: "provisional")
        site.table([row("1", "07:00", "")])
        try await site.run(at: time("07:10"))
        #expect(said(site) == ["post 07:00  M1"])

        site.table([row("2", "09:00", "09:10")])
        try await site.run(at: time("09:30"))

        #expect(said(site).sorted() == ["cancel 07:00  M1", "post 07:00  M1", "post 09:00 09:10 M1"])
        #expect(try unconfirmed(site).map(\.fact.start) == [time("07:00")])
    }

    @Test func `a row that ends before it begins, and one without a class, are set aside with their place`()
        async throws
    {
        let site = try site()
        site.table([row("1", "07:40", "07:00"), row("2", "08:00", "08:10", kind: "broken")])
        let report = try await site.run(at: time("08:30"))

        #expect(site.erp.calls.isEmpty && report.exitCode == 3)
        let rows = try site.store.setAsideRows(of: nil, reason: .unusable, after: 0, limit: 10).map(\.row.sentence)
            .sorted()
        #expect(
            rows == [
                "'broken' is no class; name one of producing, idle, setup, planned-down, unplanned-down, micro-stop, off-shift, unknown, by a table",
                "the interval of 'P1' ends at 2026-03-02T07:00:00Z, before it begins at 2026-03-02T07:40:00Z",
            ])
    }

    @Test func `R4: beyond lateness a new interval is booked with the shift of its pull, and a known one is corrected`()
        async throws
    {
        let site = try site(limits: "lateness: 1 h, ahead: 5 min, silence: 15 min")
        site.table([row("1", "07:00", "07:40")])
        try await site.run(at: time("08:00"))
        site.table([row("7", "20:00", "20:10", day: 5)])
        try await site.run(at: time("20:30", day: 5))
        site.table([row("1", "07:00", "07:40", code: "M9"), row("2", "09:00", "09:10")])
        try await site.run(at: time("21:00", day: 5))
        site.table([row("1", "07:20", "07:40")])
        try await site.run(at: time("21:10", day: 5))

        let facts = try site.store.facts(after: 0, limit: 100).compactMap { revision -> Downtime? in
            if case .downtime(let fact) = revision.fact { fact } else { nil }
        }
        let corrected = try #require(facts.last { $0.start == time("07:00") })
        #expect(corrected.reason == "M9" && corrected.shift == "early" && corrected.marks.isEmpty)
        let late = try #require(facts.last { $0.start == time("09:00") })
        #expect(late.shift == "late" && late.productionDay == CivilDate("2026-03-05") && late.marks == [.lateFrom])
        #expect(late.end == time("09:10") && !facts.contains { $0.start == time("07:20") })
        // Nobody knows any more which interval it moves: a person is told.
        #expect(try site.store.setAsideRows(of: nil, reason: .tooLate, after: 0, limit: 10).count == 1)
    }

    @Test func `R28: a resync of untouched rows changes nothing, also of a stop that ends days later`() async throws {
        let site = try site()
        site.table([
            row("1", "07:00", ""), row("2", "13:30", "14:20"), row("3", "14:00", "14:30"), row("4", "15:00", "15:10"),
        ])
        try await site.run(at: time("16:00"))
        var closed = row("1", "07:00", "07:20")
        closed["finish"] = time("07:20").iso8601
        var long = row("5", "16:00", "")
        long["finish"] = time("09:00", day: 4).iso8601
        site.table([closed, long])
        try await site.run(at: time("09:30", day: 4))
        let (facts, calls) = (try site.facts, site.erp.calls.count)

        let report = try site.resync(from: time("06:00"), to: time("22:00"))
        try await site.run(at: time("09:40", day: 4))

        #expect(report.changesNothing)
        #expect(try site.facts == facts && site.erp.calls.count == calls)
        #expect(try unconfirmed(site).map(\.fact.start) == [time("14:00")])
    }

    @Test func `R19: facts are the same for any number of runs and any cuts`() async throws {
        var generator = SeededGenerator(seed: 7)
        var rows: [[String: String]] = []
        for number in 0..<60 {
            let begin = Int.random(in: 360..<1_200, using: &generator)
            let length = Int.random(in: 1..<50, using: &generator)
            func clock(_ minute: Int) -> String {
                "\(minute / 60 < 10 ? "0" : "")\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
            }
            if number % 3 == 0 { rows.append(row("\(number)", clock(begin), "")) }
            rows.append(row("\(number)", clock(begin), clock(begin + length)))
        }
        var books: [[String]] = []
        for size in [1, 7, 200] {
            let site = try site()
            for start in stride(from: 0, to: rows.count, by: size) {
                site.table(Array(rows[start..<min(start + size, rows.count)]))
                try await site.run(at: time("21:00") + .seconds(Int64(start)))
            }
            try await site.run(at: time("22:00"))
            books.append(try site.facts)
        }
        #expect(books[0] == books[1] && books[1] == books[2])
    }
}
