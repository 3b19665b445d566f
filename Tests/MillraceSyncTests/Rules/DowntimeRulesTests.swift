import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Rules of downtime, over whole runs.
@Suite("Runs: downtime")
struct DowntimeRulesTests {
    private func site(
        _ stop: String = "correct: {replace: {put: \"/s/{replaces.receipt}\"}}", open: String = "withhold"
    ) throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.stop = stop
        let site = try TestSite(settings, mappings: [SiteTexts.stops, SiteTexts.stoppage(open: open)])
        site.press([
            .init(time("07:00"), ["state": "RUN", "order": "4711", "code": "M1"]),
            .init(time("08:00"), ["state": "STOP"]),
        ])
        return site
    }

    private func said(_ site: TestSite) -> [String] {
        site.erp.postings.map { posting in
            let (start, end) = (posting.body["start"]?.text ?? "-", posting.body["end"]?.text ?? "-")
            return "\(posting.purpose.rawValue) \(start.dropFirst(11).prefix(5)) \(end.dropFirst(11).prefix(5))"
        }
    }

    // MARK: R9

    /// The same machine, told by an MES too; nothing proves it before both were read.
    private static let mes = """
        mapping: mes-stops
        from: {connector: pack}
        to: {fact: downtime}
        fields: {equipment: machine, start: begin, end: finish, class: kind}
        """

    @Test(arguments: [false, true])
    func `R9: the stops of a machine that two mappings tell are booked once`(reversed: Bool) async throws {
        let site = try TestSite(mappings: [SiteTexts.stops, Self.mes, SiteTexts.stoppage()])
        if reversed { site.connectors = [site.pack, site.line] }
        site.press([
            .init(time("07:00"), ["state": "RUN", "order": "4711", "code": "M1"]),
            .init(time("08:00"), ["state": "STOP"]), .init(time("09:00"), ["state": "RUN"]),
        ])
        site.table([
            [
                "machine": "P1", "begin": time("08:00:20").iso8601, "finish": time("09:00").iso8601,
                "kind": "unplanned-down",
            ]
        ])
        for hour in ["09:30", "10:30"] { try await site.run(at: time(hour)) }

        #expect(site.erp.postings.count == 1)
        let told = try site.store.standings().filter { $0.standing == .shadowed }
        #expect(told.map(\.mapping) == [reversed ? "stops" : "mes-stops"])
        #expect(told.map(\.equipment) == ["P1"])
        #expect(told.map(\.rule) == ["another mapping tells the states or stops of this equipment"])
    }

    @Test func `R9: a mapping of another name takes over from one that there is no more`() async throws {
        let site = try site()
        try await site.run(at: time("08:10"))
        try site.edit(mappings: [
            SiteTexts.stops.replacing("mapping: stops", with: "mapping: press-stops"), SiteTexts.stoppage(),
        ])
        site.press([
            .init(time("08:20"), ["state": "RUN"]), .init(time("08:30"), ["state": "STOP"]),
            .init(time("08:50"), ["state": "RUN"]),
        ])
        try await site.run(at: time("09:30"))

        #expect(site.erp.postings.count == 1)
        #expect(try site.store.standings().filter { $0.standing == .shadowed } == [])
    }

    @Test func `R9: check names two mappings that surely tell the stops of one machine`() throws {
        let second = SiteTexts.stops.replacing("mapping: stops", with: "mapping: more-stops")
        let error = try #require(throws: TestSite.Faulty.self) {
            _ = try TestSite(mappings: [SiteTexts.stops, second, SiteTexts.stoppage()])
        }
        #expect(
            error.description.contains(
                "mappings/1.yaml:1:10: error MR026: 'stops' tells the stops of the same equipment of 'line' too, and each "
                    + "would be booked twice; leave one of them, or part their rows by 'where'"))
        let fixed = second.replacing("equipment: device", with: "equipment: {value: P9}")
        _ = try TestSite(mappings: [SiteTexts.stops, fixed, SiteTexts.stoppage()])
        let elsewhere = SiteTexts.stops.replacing("equipment: device", with: "equipment: {value: P9}")
            .replacing("connector: line", with: "connector: pack")
        let other = try #require(throws: TestSite.Faulty.self) {
            _ = try TestSite(mappings: [fixed, elsewhere, SiteTexts.stoppage()])
        }
        #expect(other.description.contains("tells the stops of 'P9' too"))
    }

    @Test func `R12: a stop is told once it ended, though many runs lie in it`() async throws {
        let site = try site()
        for hour in ["08:10", "09:10", "10:10"] { try await site.run(at: time(hour)) }
        #expect(site.erp.calls.isEmpty)
        site.press([.init(time("10:30"), ["state": "RUN"])])

        for hour in ["10:40", "11:40", "12:40"] { try await site.run(at: time(hour)) }

        #expect(said(site) == ["post 08:00 10:30"])
    }

    @Test func `R15f: an open stop is told provisionally and closed by a correction`() async throws {
        let site = try site(open: "provisional")
        for hour in ["08:10", "09:10", "10:10"] { try await site.run(at: time(hour)) }
        #expect(said(site) == ["post 08:00 "])
        site.press([.init(time("10:30"), ["state": "RUN"])])

        for hour in ["10:40", "11:40"] { try await site.run(at: time(hour)) }

        #expect(said(site) == ["post 08:00 ", "replace 08:00 10:30"])
        #expect(try site.documents.last?.replaces == site.documents.first?.key)
    }

    @Test(arguments: [
        ("correct: {replace: {put: \"/s/{replaces.receipt}\"}}", ["post 08:00 10:30", "replace 08:00 09:15"]),
        (
            "correct: {reverse: {post: \"/s/{replaces.receipt}\"}}",
            ["post 08:00 10:30", "cancel 08:00 10:30", "post 08:00 09:15"]
        ),
        ("correct: by-hand", ["post 08:00 10:30"]),
    ])
    func `R15f: a late reading that ends a stop earlier goes by correct`(correct: String, expected: [String])
        async throws
    {
        let site = try site(correct)
        site.press([.init(time("10:30"), ["state": "RUN"])])
        try await site.run(at: time("10:40"))

        site.press([.init(time("09:15"), ["state": "RUN"])])
        for hour in ["11:40", "12:40"] { try await site.run(at: time(hour)) }

        #expect(said(site) == expected)
        #expect(try site.documents.filter { $0.state == .parked }.count == (correct.hasSuffix("by-hand") ? 1 : 0))
    }

    @Test func `R12: a stop whose start moved is withdrawn and told anew`() async throws {
        let site = try site("correct: {reverse: {post: \"/s/{replaces.receipt}\"}}")
        site.press([.init(time("10:30"), ["state": "RUN"])])
        try await site.run(at: time("10:40"))

        site.press([.init(time("07:30"), ["state": "STOP"])])
        for hour in ["11:40", "12:40"] { try await site.run(at: time(hour)) }

        #expect(said(site).sorted() == ["cancel 08:00 10:30", "post 07:30 10:30", "post 08:00 10:30"])
    }

    /// Whole stops of a table, each corrected by a call that takes the place of the one before.
    private func replacing() throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.stop = "correct: {replace: {put: \"/s/{replaces.receipt}\"}}"
        return try TestSite(settings, mappings: [ReadyIntervalTests.table, SiteTexts.stoppage()])
    }

    private func row(
        _ begin: String, _ finish: String, kind: String = "unplanned-down", status: String = ""
    ) -> [String: String] {
        [
            "id": "1", "machine": "P1", "begin": time(begin).iso8601, "finish": time(finish).iso8601, "kind": kind,
            "code": "M1", "order": "4711", "status": status,
        ]
    }

    @Test(arguments: [
        ("08:00", "unplanned-down", "DELETED"), ("08:00", "setup", ""), ("08:01", "unplanned-down", ""),
    ])
    func
        `R15f: a stop that is not told any more is replaced by one that ended where it began, and replaced again when it comes back`(
            finish: String, kind: String, status: String
        ) async throws
    {
        let site = try replacing()
        site.table([row("08:00", "09:00")])
        try await site.run(at: time("09:30"))
        site.table([row("08:00", finish == "08:00" ? "09:00" : finish, kind: kind, status: status)])
        for hour in ["10:00", "10:30"] { try await site.run(at: time(hour)) }
        #expect(said(site) == ["post 08:00 09:00", "replace 08:00 08:00"])
        let rows = try site.resync(from: time("06:00"), to: time("14:00")).rows
        #expect(rows.count(.correct) == 0 && rows.count(.create) == 0)

        site.table([row("08:00", "09:00")])
        for hour in ["11:00", "11:30"] { try await site.run(at: time(hour)) }

        #expect(said(site) == ["post 08:00 09:00", "replace 08:00 08:00", "replace 08:00 09:00"])
        #expect(try site.documents.map(\.replaces) == [nil] + site.documents.dropLast().map(\.key))
    }

    @Test func `R12: a stop whose start moved stands once where corrections replace`() async throws {
        let site = try replacing()
        site.table([row("08:00", "09:00")])
        try await site.run(at: time("09:30"))

        site.table([row("08:10", "09:00")])
        for hour in ["10:00", "10:30"] { try await site.run(at: time(hour)) }

        #expect(said(site).sorted() == ["post 08:00 09:00", "post 08:10 09:00", "replace 08:00 08:00"])
    }

    @Test(arguments: [Discard.bookedByHand, .doNotBook])
    func `R15c: a withdrawal that a person settled is not sent, and what comes back replaces the record`(
        discard: Discard
    ) async throws {
        let site = try replacing()
        site.table([row("08:00", "09:00")])
        try await site.run(at: time("09:30"))
        site.table([row("08:00", "09:00", status: "DELETED")])
        site.erp.answers([.refused])
        try await site.run(at: time("10:00"))
        for document in try site.documents where document.state == .parked {
            _ = try site.store.record(
                [DocumentChange(id: document.id, from: [.parked], to: .discarded, discard: discard)], by: "test",
                now: site.clock.now)
        }
        for hour in ["10:30", "11:00"] { try await site.run(at: time(hour)) }
        #expect(site.erp.calls.count == 2)

        site.table([row("08:00", "09:00")])
        for hour in ["11:30", "12:00"] { try await site.run(at: time(hour)) }

        #expect(said(site) == ["post 08:00 09:00", "replace 08:00 09:00"])
        let (first, last) = (try #require(try site.documents.first), try #require(try site.documents.last))
        #expect(last.fields["replaces.receipt"]?.text == first.receipt)
    }

    @Test func `R15a: nothing of a stop is corrected while its first telling is in doubt`() async throws {
        let site = try site()
        site.press([.init(time("10:30"), ["state": "RUN"])])
        site.erp.answers([.lostAfterCommit])
        try await site.run(at: time("10:40"))
        site.press([.init(time("09:15"), ["state": "RUN"])])
        for hour in ["11:40", "12:40"] { try await site.run(at: time(hour)) }
        #expect(said(site) == ["post 08:00 10:30"])

        try site.resolve("r1", booked: true)
        try await site.run(at: time("13:00"))

        #expect(said(site) == ["post 08:00 10:30", "replace 08:00 09:15"])
    }

    private func waiting(_ site: TestSite) async throws {
        site.press([
            .init(time("07:00"), ["state": "RUN", "order": "4711", "code": "-"]),
            .init(time("08:00"), ["state": "STOP"]), .init(time("08:30"), ["state": "RUN"]),
            .init(time("09:00"), ["state": "RUN"]),
        ])
        try await site.run(at: time("09:00"))
        try await site.run(at: time("09:10"))
    }

    private func awaiting() throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.stop = "correct: {replace: {put: \"/s/{replaces.receipt}\"}}"
        let stoppage = SiteTexts.stoppage().replacing(
            "at-least: 2 min,", with: "at-least: 2 min, await-reason: {for: 2 h, none: [\"-\"]},")
        return try TestSite(settings, mappings: [SiteTexts.stops, stoppage])
    }

    private func reasons(_ site: TestSite) -> [String] {
        site.erp.postings.map { "\($0.purpose.rawValue) \($0.body["reason"]?.text ?? "none")" }
    }

    @Test func `R12: a stop without a reason waits for one until its deadline, and a later reason is a revision`()
        async throws
    {
        let site = try awaiting()
        try await waiting(site)
        #expect(site.erp.calls.isEmpty)

        try await site.run(at: time("10:29"))
        #expect(site.erp.calls.isEmpty)
        try await site.run(at: time("10:31"))
        #expect(reasons(site) == ["post -"])
        let verbs = FactVerbs(plant: try site.plant, store: site.store, who: "anna", now: time("10:40"))
        let said = try verbs.say(reason: "NO-MATERIAL", equipment: "P1", at: time("08:10"))
        try await site.run(at: time("10:45"))

        #expect(said?.start == time("08:00"))
        #expect(reasons(site) == ["post -", "replace NO-MATERIAL"])
    }

    @Test func `R4, R12: a reason that was said in time goes with the first document, and a repair keeps it`()
        async throws
    {
        let site = try awaiting()
        try await waiting(site)
        let verbs = FactVerbs(plant: try site.plant, store: site.store, who: "anna", now: time("09:20"))
        _ = try verbs.say(reason: "NO-MATERIAL", equipment: "P1", at: time("08:00"))
        try await site.run(at: time("09:30"))
        #expect(reasons(site) == ["post NO-MATERIAL"])

        site.press([.init(time("08:20"), ["state": "RUN"])])
        for hour in ["09:40", "11:40"] { try await site.run(at: time(hour)) }

        #expect(reasons(site) == ["post NO-MATERIAL", "replace NO-MATERIAL"])
        #expect(said(site).last == "replace 08:00 08:20")
    }

    /// Known failure of others: stops over each other make the availability negative.
    @Test func `R12: however late states come, no two stops lie over each other, in the books or in the ERP`()
        async throws
    {
        for seed in UInt64(1)...6 {
            var chance = SeededGenerator(seed: seed)
            var settings = SiteTexts.Settings()
            settings.stop = "correct: {reverse: {post: \"/s/{replaces.receipt}\"}}"
            let site = try TestSite(settings, mappings: [SiteTexts.stops, SiteTexts.stoppage()])
            var rows = (0..<40).map { number in
                TestSite.Row(
                    time("07:00") + .seconds(Int64(number) * 300 + Int64.random(in: 0..<290, using: &chance)),
                    ["state": Bool.random(using: &chance) ? "RUN" : "STOP", "order": "4711"])
            }
            rows.shuffle(using: &chance)
            for part in 0..<5 {
                site.press(Array(rows[part * 8..<part * 8 + 8]))
                try await site.run(at: time("11:0\(part)"))
            }
            site.press([.init(time("11:30"), ["state": "RUN"])])
            for minute in 40...42 { try await site.run(at: time("11:\(minute)")) }

            var newest: [Downtime.Identity: Downtime] = [:]
            for revision in try site.store.facts(after: 0, limit: 10_000) {
                if case .downtime(let fact) = revision.fact { newest[fact.identity] = fact }
            }
            let facts = newest.values.filter { !$0.isWithdrawn }.sorted { $0.start < $1.start }
            for (earlier, later) in zip(facts, facts.dropFirst()) {
                #expect(earlier.end.map { $0 <= later.start && $0 > earlier.start } ?? false, "seed \(seed)")
            }
            // What the ERP holds: posted and not cancelled.
            var held: [String: (start: String, end: String)] = [:]
            for posting in site.erp.postings {
                let (start, end) = (posting.body["start"]?.text ?? "", posting.body["end"]?.text ?? "")
                held[start] = posting.purpose == .cancel ? nil : (start, end)
            }
            let stops = held.values.sorted { $0.start < $1.start }
            for (earlier, later) in zip(stops, stops.dropFirst()) {
                #expect(earlier.end <= later.start, "seed \(seed): \(earlier) and \(later)")
            }
            #expect(!stops.isEmpty)
        }
    }
}
