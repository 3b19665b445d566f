import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Silence, judged by the calendar and by the states that explain it.
@Suite("Runs: no counts although the shift runs")
struct SilenceTests {
    private func status(_ site: TestSite) throws -> Status {
        try Status(of: try site.plant, store: site.store, now: site.clock.now)
    }

    /// A row each so many minutes from 07:00 of the day before, up to an instant.
    private func rows(every minutes: Int64, through end: Instant) -> [TestSite.Row] {
        let begin = time("07:00", day: 1)
        return (0..<10_000).map { (begin + .seconds($0 * minutes * 60), $0) }.prefix { $0.0 <= end }.map {
            TestSite.Row($0.0, ["parts": "\($0.1 * 10)", "order": "4711"])
        }
    }

    /// Two machines that count every five minutes up to an instant each, read up to 09:00.
    private func site(until first: String, _ second: String, mappings: [String] = []) async throws -> TestSite {
        let site = try TestSite(mappings: [SiteTexts.counts()] + mappings)
        for (device, last) in [("P1", first), ("P2", second)] {
            site.press(rows(every: 5, through: time(last)), device: device)
        }
        try await site.run(at: time("09:00"))
        return site
    }

    @Test func `a machine that counts on is no silence`() async throws {
        #expect(try status(try await site(until: "08:55", "08:55")).silent.isEmpty)
    }

    @Test func `status says of a machine since when it counts nothing, and what to type`() async throws {
        let status = try status(try await site(until: "08:55", "08:00"))

        #expect(
            status.problems.map { "\($0.subject): \($0.sentence) → \($0.advice)" } == [
                "silence P2: P2: no counts for 59 min although the shift runs; look at the machine and its connection → "
                    + "millrace report alerts"
            ])
        #expect(status.exitCode == 3 && status.sentence == "1 equipment without counts; nothing is lost.")
    }

    @Test func `a machine that counts once an hour is silent only where that is unusual of it`() async throws {
        let site = try TestSite(mappings: [SiteTexts.counts()])
        site.press(rows(every: 60, through: time("09:00")))
        try await site.run(at: time("10:00"))
        #expect(try status(site).silent.isEmpty)

        try await site.run(at: time("12:00"))
        #expect(try status(site).silent.map(\.subject) == ["P1"])
    }

    @Test func `nothing is silent before go-live`() async throws {
        let site = try await site(until: "08:55", "08:55")
        let report = Report(
            plant: try site.plant, store: site.store,
            scope: ReportScope(start: time("00:00", day: 27, month: 2), end: time("09:00")), now: time("09:00"))

        let alerts = try report.alerts(silence: .seconds(900), counting: ["P9"])

        #expect(alerts.map { "\($0.subject) \($0.start?.iso8601 ?? "")" } == ["P9 2026-03-01T00:00:00Z"])
    }

    @Test func `a machine of one day only is not known well enough, and a source that is not read tells nothing`()
        async throws
    {
        let site = try TestSite(mappings: [SiteTexts.counts()])
        site.press([.init(time("07:00"), ["parts": "1", "order": "4711"]), .init(time("07:10"), ["parts": "2"])])
        try await site.run(at: time("12:00"))
        #expect(try status(site).silent.isEmpty)
    }

    @Test func `a machine that has been silent for all of a day is not forgotten`() async throws {
        let site = try await site(until: "08:55", "08:00")
        site.press(
            (0...50).map { .init(time("07:00", day: 4) + .seconds(Int64($0) * 60), ["parts": "\(4_000 + $0)"]) })
        try await site.run(at: time("07:51", day: 4))

        #expect(try status(site).silent.map(\.subject) == ["P2"])
    }

    @Test(arguments: [("STOP", 0), ("RUN", 1)])
    func `a machine that stands by its states is explained, also while the stop goes on`(state: String, silent: Int)
        async throws
    {
        let site = try await site(until: "08:55", "08:00", mappings: [SiteTexts.stops])
        site.press([.init(time("08:00:30"), ["state": state])], device: "P2")
        site.press([.init(time("09:29"), ["parts": "400"])])
        try await site.run(at: time("09:31"))

        #expect(try status(site).silent.count == silent)
    }
}
