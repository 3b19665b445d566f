import MillraceTesting
import MillraceValues
import Testing

/// What `report` and `calendar` print for one small plant, kept as files that a person can check with pencil and paper: the readings stand
/// below, the outputs in `Fixtures/Report`.
@Suite("Reports and calendars as people read them")
struct ReportGoldenTests {
    /// Two presses on the Saturday before the clocks go forward, and the Monday after.
    ///
    /// P1, early shift of 27 March (06:00 to 14:00, a break of 15 minutes from 10:00): 4711 from 06:00 with 120 pieces and 3 of scrap; a stop
    /// of 30 s, one of 40 min for want of material; idle over the break; 4712 from 12:00 with 50 pieces; then nothing until 14:00, though it runs.
    /// P2 counts 10 pieces and then jumps by 5,000, which nobody can make.
    private static let rows = """
        {"device":"P1","time":"2026-03-27T05:00:00Z","order":"4711","parts":1000,"rejects":10,"state":"RUN","code":null}
        {"device":"P1","time":"2026-03-27T06:00:00Z","parts":1050,"rejects":11}
        {"device":"P1","time":"2026-03-27T06:30:00Z","state":"STOP"}
        {"device":"P1","time":"2026-03-27T06:30:30Z","state":"RUN","code":null}
        {"device":"P1","time":"2026-03-27T07:00:00Z","parts":1100,"rejects":13}
        {"device":"P1","time":"2026-03-27T07:10:00Z","state":"STOP","code":"M12"}
        {"device":"P1","time":"2026-03-27T07:50:00Z","state":"RUN","code":null}
        {"device":"P1","time":"2026-03-27T08:50:00Z","parts":1120,"rejects":13}
        {"device":"P1","time":"2026-03-27T08:55:00Z","state":"READY","code":null}
        {"device":"P1","time":"2026-03-27T09:20:00Z","state":"RUN","code":null}
        {"device":"P1","time":"2026-03-27T11:00:00Z","order":"4712","parts":1120}
        {"device":"P1","time":"2026-03-27T11:30:00Z","parts":1170}
        {"device":"P1","time":"2026-03-27T13:30:00Z","parts":1171,"state":"READY","code":null}
        {"device":"P1","time":"2026-03-27T21:30:00Z","state":"OFF","code":null}
        {"device":"P1","time":"2026-03-30T05:00:00Z","parts":1172,"state":"RUN","code":null}
        {"device":"P2","time":"2026-03-27T05:00:00Z","order":"4713","parts":7}
        {"device":"P2","time":"2026-03-27T05:10:00Z","parts":17}
        {"device":"P2","time":"2026-03-27T05:11:00Z","parts":5017}
        {"device":"P2","time":"2026-03-27T05:12:00Z","parts":5019}

        """

    private static let site = """
        site: {id: G, zone: Europe/Berlin, live-since: 2026-01-01T00:00, day-start: "06:00"}
        store: {sqlite: state/millrace.db}
        limits: {silence: 100 min}
        calendar:
          shifts:
            - {name: early, days: mon-fri, from: "06:00", to: "14:00", breaks: [{from: "10:00", to: "10:15"}]}
            - {name: late, days: mon-fri, from: "14:00", to: "22:00"}
            - {name: weekend, from: "06:00", to: "18:00", days: [sat, sun], rotation: {pattern: 2-2-3, begins: 2026-03-23}}
          holidays: [2026-04-03, 2026-04-06]
          exceptions:
            - {date: 2026-03-28, overtime: [{name: repair, from: "22:00", to: "06:00"}]}
          areas:
            lab: {equipment: [L1], shifts: [{name: day, days: mon-fri, from: "08:00", to: "16:00"}]}
        connectors:
          line: {ndjson: {path: drop/*.ndjson, quiet: 0 s}}
        """

    private static let counts = """
        mapping: counts
        from: {connector: line}
        to: {fact: production-count}
        fields:
          equipment: device
          time: time
          order: {from: order, missing: hold}
          operation: {value: "0010"}
          good: {counter: parts, max-rate: 40/min}
          scrap: {counter: rejects, max-rate: 40/min}
        """

    private static let stops = """
        mapping: stops
        from: {connector: line}
        to: {fact: downtime}
        fields:
          equipment: device
          time: time
          order: order
          reason: code
        states:
          - {when: state = "RUN", class: producing}
          - {when: state = "READY", class: idle}
          - {when: state = "STOP", class: unplanned-down}
          - {otherwise: true, class: unknown}
        shape: {micro-stop: {P1: 1 min, otherwise: 2 min}}
        by-calendar: [off-shift, breaks]
        split-at: [shift, order]
        """

    private static func output(_ site: borrowing SiteFixture, _ words: String...) async throws -> String {
        let ending = try await BuiltProgram.run(words + ["--site", site.path], in: site)
        #expect(ending.code == 0, "\(ending)")
        return ending.output
    }

    private static func plant() async throws -> SiteFixture {
        let site = try SiteFixture()
        site.write("millrace.yaml", Self.site)
        site.write("mappings/counts.yaml", counts)
        site.write("mappings/stops.yaml", stops)
        site.write("drop/line.ndjson", rows)
        _ = try await site.run()
        _ = try await site.run()
        return site
    }

    /// The same with an endpoint that sends nothing yet, and a confirmation for each order and shift.
    private static let booking = (
        endpoint: """

        endpoints:
          erp:
            deliver: off
            http: {url: "http://127.0.0.1:9"}
            requests:
              confirm: {post: /confirmations, quantity: delta, correct: signed}

        """,
        mapping: """
        mapping: confirm
        from: {fact: production-count, per: [order, operation], window: shift, close: {settle: 5 min, at-latest: 24 h}}
        to: {endpoint: erp, request: confirm}
        fields: {order: order, good: good, scrap: scrap, key: key}
        """
    )

    @Test func `From a booked figure back to the readings and their arithmetic, as a cost controller reads it`()
        async throws
    {
        let site = try SiteFixture()
        site.write("millrace.yaml", Self.site + Self.booking.endpoint)
        site.write("mappings/counts.yaml", Self.counts)
        site.write("mappings/stops.yaml", Self.stops)
        site.write("mappings/confirm.yaml", Self.booking.mapping)
        site.write("drop/line.ndjson", Self.rows)
        _ = try await site.run()
        _ = try await site.run()
        try Self.compare(try await Self.output(site, "explain", "4711"), with: "explain-order.txt")
    }

    @Test func `What the readings of a figure counted besides stands with it, so that it adds up`() async throws {
        let site = try SiteFixture()
        site.write("millrace.yaml", Self.site + Self.booking.endpoint)
        site.write("mappings/counts.yaml", Self.counts + "\nat-change: by-time\n")
        site.write("mappings/confirm.yaml", Self.booking.mapping)
        site.write(
            "drop/line.ndjson",
            """
            {"device":"P1","time":"2026-03-27T05:00:00Z","order":"4711","parts":1000}
            {"device":"P1","time":"2026-03-27T06:00:00Z","order":"4712"}
            {"device":"P1","time":"2026-03-27T06:30:00Z","parts":1090}

            """)
        _ = try await site.run()
        _ = try await site.run()

        let text = try await Self.output(site, "explain", "4711")

        #expect(text.contains("P1: 60 good"), "\(text)")
        #expect(text.contains("parts: 1000 (drop/line.ndjson@0) → 1090 (drop/line.ndjson@"), "\(text)")
        #expect(text.contains("    besides, in this slice: 30 good for 4712 0010\n"), "\(text)")
    }

    @Test func `What a person accepted or corrected stands in the explanation, with who and why`() async throws {
        let site = try SiteFixture()
        site.write("millrace.yaml", Self.site + Self.booking.endpoint)
        site.write("mappings/counts.yaml", Self.counts.replacing("scrap: {counter", with: "total: {counter"))
        site.write("mappings/confirm.yaml", Self.booking.mapping)
        site.write(
            "drop/line.ndjson",
            """
            {"device":"P1","time":"2026-03-27T05:00:00Z","order":"4711","parts":1000,"rejects":1000}
            {"device":"P1","time":"2026-03-27T05:01:00Z","parts":6000}
            {"device":"P1","time":"2026-03-27T05:02:00Z","parts":6010,"rejects":1010}
            {"device":"P1","time":"2026-03-27T05:03:00Z","rejects":1015}

            """)
        _ = try await site.run()
        _ = try await site.run()
        let said = ["--order", "4711", "--operation", "0010", "--good", "2", "--reason", "found"]
        let correct = ["fact", "correct", "--equipment", "P1", "--site", site.path] + said

        let report = try await Self.output(site, "report", "order", "--csv", "--from", "2026-03-27")
        let list = try await Self.output(site, "fact", "list", "--json")
        let id = list.split(separator: "\"id\":").dropFirst().first.map { String($0.prefix { $0.isNumber }) } ?? ""

        _ = try await Self.output(site, "fact", "accept", id, "--reason", "seen")
        let ahead = try await BuiltProgram.run(correct + ["--at", "2999-03-27T07:00"], in: site)
        let before = try await BuiltProgram.run(correct + ["--at", "2025-03-27T07:00"], in: site)
        let done = try await BuiltProgram.run(correct + ["--at", "2026-03-27T07:00"], in: site)
        _ = try await site.run()
        let text = try await Self.output(site, "explain", "4711")

        #expect([ahead.code, before.code, done.code] == [2, 2, 0], "\(ahead) \(before) \(done)")
        #expect(report.contains("\n4711,0010,P1,10,5,0,5000,0,0,"), "\(report)")
        #expect(text.contains("  good: {counter: parts, max-rate: 40/min}\n    accepted by "), "\(text)")
        #expect(text.contains(": seen; good 1000 at 2026-03-27T05:00:00Z → 6000 at "), "\(text)")
        #expect(text.contains("counts.yaml:10  total: {counter: rejects, max-rate: 40/min}\n"), "\(text)")
        #expect(text.contains("P1: 2 good, reading by-hand@") && text.contains(": found\n"), "\(text)")
    }

    /// With `MILLRACE_FIXTURES=write` the file is written anew, for a person to read its difference.
    private static func compare(_ text: String, with name: String) throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let path = "\(folder)/Fixtures/Report/\(name)"
        if SiteFixture.writesFixtures { SiteFixture.rewrite(path, text) }
        #expect(text == String(decoding: SiteFixture.bytes(path), as: UTF8.self), "\(name) differs:\n\(text)")
    }

    @Test(arguments: ["shift", "order", "equipment"])
    func `R5, R12: a report adds up pieces and seconds`(kind: String) async throws {
        let site = try await Self.plant()
        let days = ["--from", "2026-03-27"]
        let table = try await BuiltProgram.run(["report", kind, "--site", site.path] + days, in: site).output
        let csv = try await BuiltProgram.run(["report", kind, "--csv", "--site", site.path] + days, in: site).output
        let json = try await BuiltProgram.run(["report", kind, "--json", "--site", site.path] + days, in: site).output
        let asked = kind == "equipment" ? csv + "\n" + json : csv
        try Self.compare(table + "\n" + asked, with: "report-\(kind).txt")
    }

    @Test func `A shift that runs without counts, and what else is to be looked at`() async throws {
        let site = try await Self.plant()
        let text = try await Self.output(site, "report", "alerts", "--from", "2026-03-27")
        try Self.compare(text, with: "report-alerts.txt")
    }

    @Test func `R5: a week with a clock change, overtime and holidays, of plant and area`() async throws {
        let site = try await Self.plant()
        let before = try await Self.output(site, "calendar", "show", "--week", "2026-W13")
        let easter = try await Self.output(site, "calendar", "show", "--week", "2026-04-03")
        try Self.compare(before + "\n" + easter, with: "calendar-week.txt")
    }
}
