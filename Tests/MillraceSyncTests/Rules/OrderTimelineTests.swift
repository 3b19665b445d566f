import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Counts of one connector whose orders another one says, with a timeline of its own.
@Suite("Runs: an order connector with its own timeline")
struct OrderTimelineTests {
    /// What an MES exports: from when on which order runs on which machine.
    static let orders = """
        mapping: mes-orders
        from: {connector: pack}
        to: {timeline: order}
        same-when: [job]
        withdraw-when: status = "DELETED"
        fields:
          equipment: machine
          start: begin
          end: finish
          order: order
          operation: {from: operation, missing: {value: "0010"}}
        """

    static func counts(missing: String = "hold", more: String = "") -> String {
        """
        mapping: counts
        from: {connector: line}
        to: {fact: production-count}
        lookup:
          job: {timeline: mes-orders, missing: \(missing)}
        fields:
          equipment: device
          time: time
          order: job.order
          operation: job.operation
          good: {counter: parts, modulus: 65536, max-rate: 40/min}
        \(more)
        """
    }

    static func row(
        _ job: String, _ begin: String, day: Int = 2, end: String? = nil, order: String?, machine: String = "P1",
        status: String? = nil
    ) -> [String: String] {
        var row = ["job": job, "machine": machine, "begin": time(begin, day: day).iso8601]
        row["order"] = order
        row["finish"] = end.map { time($0, day: day).iso8601 }
        row["status"] = status
        return row
    }

    private static func site(_ mappings: [String] = [orders, counts(), SiteTexts.confirm()]) throws -> TestSite {
        try TestSite(mappings: mappings)
    }

    /// 10 at 07:00, then 5, 7 and 8 more at each half hour.
    private static let readings: [TestSite.Row] = [
        .init(time("07:00"), ["parts": "10"]), .init(time("07:30"), ["parts": "15"]),
        .init(time("08:00"), ["parts": "22"]), .init(time("08:30"), ["parts": "30"]),
    ]

    // MARK: R1, R7

    @Test(arguments: [false, true])
    func `R1: pieces belong to the order in force at their closing reading, whichever connector is pulled first`(
        reversed: Bool
    ) async throws {
        let site = try Self.site()
        if reversed { site.connectors = [site.pack, site.line] }
        site.table([Self.row("1", "06:00", order: "4711"), Self.row("2", "08:00", order: "4712")])
        site.press(Self.readings)

        try await site.run(at: time("14:06"))

        #expect(try site.good(.counted, order: "4711") == 5)
        #expect(try site.good(.counted, order: "4712") == 15)
        #expect(try site.erp.booked("4712") == 15)
    }

    @Test func `R7: pieces without an order wait, delay nobody and find it when its row comes`() async throws {
        let site = try Self.site()
        site.press(Self.readings)
        try await site.run(at: time("09:00"))
        #expect(try site.good(.unattributed) == 20)

        site.table([Self.row("1", "06:00", order: "4711")])
        try await site.run(at: time("10:00"))

        #expect(try site.good(.unattributed) == 0)
        #expect(try site.good(.counted, order: "4711") == 20)
        #expect(try site.differences == [])
    }

    @Test func `R1, R4: a late row re-attributes what was counted after it, as revisions`() async throws {
        let site = try Self.site()
        site.table([Self.row("1", "06:00", order: "4711")])
        site.press(Self.readings)
        try await site.run(at: time("14:06"))
        #expect(try site.erp.booked("4711") == 20)

        site.table([Self.row("2", "07:45", order: "4712")])
        try await site.run(at: time("15:00"))
        try await site.run(at: time("15:01"))

        #expect(try site.erp.booked("4711") == 5)
        #expect(try site.erp.booked("4712") == 15)
        #expect(try site.differences == [])
    }

    @Test func `R4: beyond lateness a row finds pieces that wait, and leaves the order of the others`() async throws {
        let wide = Self.counts().replacing("modulus: 65536, ", with: "")
        let site = try Self.site([Self.orders, wide, SiteTexts.confirm()])
        site.table([Self.row("2", "08:00", order: "4712")])
        site.press(Self.readings)
        site.press([.init(time("07:00", day: 8), ["parts": "31"])])
        try await site.run(at: time("07:01", day: 8))
        #expect(try site.good(.unattributed) == 5)

        site.table([Self.row("1", "06:00", order: "4711"), Self.row("3", "08:10", order: "4713")])
        let report = try await site.run(at: time("07:30", day: 8))

        #expect(try site.good(.unattributed) == 0)
        #expect(try site.good(.counted, order: "4711") == 5)
        #expect(try site.good(.counted, order: "4712") == 15)
        // The one that is told now runs since: what was counted within lateness is its.
        #expect(try site.good(.counted, order: "4713") == 1)
        #expect(report.codes.contains(3))
        let rows = try site.store.setAsideRows(of: "pack", reason: .tooLate, after: 0, limit: 9)
        #expect(rows.count == 2)
        #expect(rows.first?.row.sentence.contains("beyond 'lateness'") == true)
    }

    // MARK: Rows

    @Test func `a later row of the same name corrects the one before, and one that is taken back holds no more`()
        async throws
    {
        let site = try Self.site()
        site.table([Self.row("1", "06:00", order: "4711"), Self.row("2", "07:10", order: "4712")])
        site.press(Self.readings)
        try await site.run(at: time("09:00"))
        #expect(try site.good(.counted, order: "4712") == 20)

        site.table([Self.row("2", "08:10", order: "4712")])
        try await site.run(at: time("09:10"))
        #expect(try site.good(.counted, order: "4711") == 12)

        site.table([Self.row("2", "08:10", order: "4712", status: "DELETED")])
        try await site.run(at: time("09:20"))
        #expect(try site.good(.counted, order: "4711") == 20)
        #expect(try site.good(.counted) == 20)
    }

    @Test func `behind the end of an order nothing is in force, and an order without a number says so`() async throws {
        let site = try Self.site()
        site.table([
            Self.row("1", "06:00", end: "07:30", order: "4711"), Self.row("2", "08:15", order: nil),
        ])
        site.press(Self.readings)
        try await site.run(at: time("09:00"))

        // The end is the first instant at which it holds no more.
        #expect(try site.good(.unattributed) == 20)
        let rules = Set(try site.counts.map(\.rule))
        #expect(
            rules == [
                "timeline 'mes-orders' says no order of 'P1' yet",
                "timeline 'mes-orders' says no 'order' of 'P1' from 2026-03-02T08:15:00Z on",
            ])
    }

    @Test func `two orders that begin together are nobody's guess`() async throws {
        let site = try Self.site()
        site.table([Self.row("1", "06:00", order: "4711"), Self.row("2", "06:00", order: "4712")])
        site.press(Self.readings)
        try await site.run(at: time("09:00"))

        #expect(try site.good(.unattributed) == 20)
        #expect(try site.counts.first?.rule.contains("says two orders of 'P1' from 2026-03-02T06:00:00Z on") == true)
    }

    @Test func `R4: a row that is planned ahead is known and moves no watermark`() async throws {
        let site = try Self.site()
        site.pack.reaches(.largestEventTime)
        site.table([Self.row("1", "06:00", order: "4711"), Self.row("2", "12:00", order: "4712")])
        site.press(Self.readings)
        try await site.run(at: time("09:00"))
        #expect(try site.store.cursor(of: "pack").pulledThrough == time("06:00"))
        #expect(try site.good(.counted, order: "4711") == 20)

        site.press([.init(time("12:30"), ["parts": "40"])])
        try await site.run(at: time("13:00"))
        #expect(try site.good(.counted, order: "4712") == 10)
    }

    @Test func `R27: a whole list that is exported once more changes nothing and is worked on no further`() async throws
    {
        let site = try Self.site()
        let list = [Self.row("1", "06:00", order: "4711"), Self.row("2", "08:00", order: "4712")]
        site.table(list)
        site.press(Self.readings)
        try await site.run(at: time("14:06"))
        let facts = try site.store.facts(after: 0, limit: 1_000).count

        site.table(list)
        try await site.run(at: time("14:30"))

        #expect(try site.store.facts(after: 0, limit: 1_000).count == facts)
        #expect(site.erp.postings.count == 2)
        let before = try site.bytes()
        try await site.run(at: time("14:31"))
        #expect(try site.bytes() == before)
    }

    // MARK: R13

    @Test func `R13: a window waits for the connector that says whose its pieces are`() async throws {
        let site = try Self.site()
        site.table([Self.row("1", "06:00", order: "4711")])
        site.press(Self.readings)
        site.pack.fails(.unreachable("pack", "no share"))
        try await site.run(at: time("14:06"))
        #expect(site.erp.postings.isEmpty)

        site.pack.fails(nil)
        try await site.run(at: time("14:30"))
        #expect(try site.erp.booked("4711") == 20)
    }

    @Test func `a run of the order connector alone has what is counted worked on again`() async throws {
        let site = try Self.site()
        site.table([Self.row("1", "06:00", order: "4711")])
        site.press(Self.readings)
        try await site.run(at: time("09:00"))

        site.table([Self.row("2", "07:45", order: "4712")])
        try await site.run(at: time("09:10"), options: RunOptions(connectors: ["pack"]))

        #expect(try site.good(.counted, order: "4712") == 15)
    }

    // MARK: Other mappings

    @Test func `a difference over a change of order is shared by time`() async throws {
        let site = try Self.site([Self.orders, Self.counts(more: "at-change: by-time"), SiteTexts.confirm()])
        site.table([Self.row("1", "06:00", order: "4711")])
        site.press([.init(time("07:00"), ["parts": "10"]), .init(time("08:00"), ["parts": "70"])])
        try await site.run(at: time("09:00"))
        #expect(try site.good(.counted, order: "4711") == 60)

        site.table([Self.row("2", "07:20", order: "4712")])
        try await site.run(at: time("09:10"))

        #expect(try site.good(.counted, order: "4711") == 20)
        #expect(try site.good(.counted, order: "4712") == 40)
    }

    @Test func `rows with pieces of their own are attributed too, and once more where the orders were others`()
        async throws
    {
        let pieces = """
            mapping: pieces
            from: {connector: line}
            to: {fact: production-count}
            same-when: [ticket]
            lookup: {job: {timeline: mes-orders}}
            fields:
              equipment: device
              time: time
              order: job.order
              operation: job.operation
              good: {increment: pieces}
            """
        let site = try Self.site([Self.orders, pieces, SiteTexts.confirm()])
        site.table([Self.row("1", "06:00", order: "4711")])
        site.press([
            .init(time("07:00"), ["pieces": "3"]), .init(time("07:00:20"), ["pieces": "4"]),
            .init(time("08:00"), ["pieces": "5"]),
        ])
        try await site.run(at: time("14:06"))
        #expect(try site.erp.booked("4711") == 12)

        site.table([Self.row("2", "07:00:10", order: "4712")])
        try await site.run(at: time("15:00"))
        try await site.run(at: time("15:01"))

        #expect(try site.good(.counted, order: "4711") == 3)
        #expect(try site.erp.booked("4712") == 9)
        #expect(try site.differences == [])
    }

    @Test func `a stop bears the order of the timeline, and is split where that changes while nothing else does`()
        async throws
    {
        let stops = """
            mapping: stops
            from: {connector: line}
            to: {fact: downtime}
            lookup: {job: {timeline: mes-orders}}
            fields: {equipment: device, time: time, order: job.order}
            states:
              - {when: state = "RUN", class: producing}
              - {when: state = "STOP", class: unplanned-down}
              - {otherwise: true, class: unknown}
            split-at: [order]
            """
        let site = try Self.site([Self.orders, stops, SiteTexts.stoppage()])
        site.table([Self.row("1", "06:00", order: "4711"), Self.row("2", "07:30", order: "4712")])
        site.press([.init(time("07:00"), ["state": "STOP"])])
        try await site.run(at: time("09:00"))
        site.table([Self.row("3", "08:00", order: "4713"), Self.row("2", "07:40", order: "4712")])
        try await site.run(at: time("09:30"))
        site.press([.init(time("10:00"), ["state": "RUN"])])
        try await site.run(at: time("10:30"))

        func stopped() throws -> [String] {
            var newest: [String: String] = [:]
            for revision in try site.store.facts(after: 0, limit: 100) {
                guard case .downtime(let fact) = revision.fact, fact.class == .unplannedDown else { continue }
                newest[fact.start.iso8601] =
                    fact.isWithdrawn
                    ? nil : "\(fact.start.iso8601) \(fact.end?.iso8601 ?? "open") \(fact.order ?? "-")"
            }
            return newest.values.sorted()
        }
        #expect(
            try stopped() == [
                "2026-03-02T07:00:00Z 2026-03-02T07:40:00Z 4711", "2026-03-02T07:40:00Z 2026-03-02T08:00:00Z 4712",
                "2026-03-02T08:00:00Z 2026-03-02T10:00:00Z 4713",
            ])

        site.table([Self.row("2", "07:10", order: "4712")])
        try await site.run(at: time("10:40"))
        #expect(try stopped().first == "2026-03-02T07:00:00Z 2026-03-02T07:10:00Z 4711")
        #expect(try stopped().count == 3)
    }

    @Test func `one export that says orders and pieces goes through two mappings of one connector`() async throws {
        let pieces = """
            mapping: pieces
            from: {connector: pack}
            to: {fact: production-count}
            where: kind = "P"
            same-when: [job]
            lookup: {job: {timeline: mes-orders}}
            fields:
              equipment: machine
              time: begin
              order: job.order
              operation: job.operation
              good: {increment: pieces}
            """
        let site = try Self.site([
            Self.orders.replacing("fields:", with: "where: kind = \"O\"\nfields:"), pieces, SiteTexts.confirm(),
        ])
        func order(_ job: String, _ begin: String, _ order: String) -> [String: String] {
            Self.row(job, begin, order: order).merging(["kind": "O"]) { $1 }
        }
        func piece(_ ticket: String, _ at: String, _ pieces: String) -> [String: String] {
            Self.row(ticket, at, order: nil).merging(["kind": "P", "pieces": pieces]) { $1 }
        }
        site.table([piece("t1", "07:00", "3"), order("1", "06:00", "4711"), piece("t2", "08:00", "4")])
        try await site.run(at: time("08:30"))
        #expect(try site.good(.counted, order: "4711") == 7)

        site.table([piece("t3", "08:10", "5"), order("2", "07:30", "4712")])
        try await site.run(at: time("08:40"))
        #expect(try site.good(.counted, order: "4711") == 3)
        #expect(try site.good(.counted, order: "4712") == 9)
    }

    // MARK: check

    @Test func `a look-up of a timeline that there is not is a fault with its place`() throws {
        let error = try #require(throws: TestSite.Faulty.self) {
            _ = try TestSite(mappings: [
                Self.orders, Self.counts().replacing("timeline: mes-orders", with: "timeline: mes-order"),
                SiteTexts.confirm(),
            ])
        }
        #expect(error.description.contains("mappings/1.yaml:5:"))
        #expect(
            error.description.contains(
                "no mapping to {timeline: order} is called 'mes-order'; did you mean 'mes-orders'?"))
    }

    @Test func `a timeline cannot look up another one, and has no states`() throws {
        let error = try #require(throws: TestSite.Faulty.self) {
            _ = try TestSite(mappings: [
                Self.orders + "\nlookup: {job: {timeline: mes-orders, by: machine}}\ncount-when: order = \"1\"",
                Self.counts(), SiteTexts.confirm(),
            ])
        }
        #expect(error.description.contains("a timeline of orders is no look-up of a mapping that makes one itself"))
        #expect(error.description.contains("'by' belongs to a table"))
        #expect(error.description.contains("count-when"))
    }
}
