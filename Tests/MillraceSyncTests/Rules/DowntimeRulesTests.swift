import MillraceCore
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
}
