import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Orders and counts from two connectors, in any order, with corrections, crashes and restarts: the books are those of one run over all.
@Suite("Orders of a connector of their own, and counts of another")
struct OrderTimelinePropertyTests {
    /// An order as the MES says it last.
    private struct Job {
        var start: Instant
        var end: Instant?
        var order: String
        var machine: String
        var isDeleted = false
    }

    /// What happened, with what the MES said of it one after the other.
    private struct Plant {
        var rows: [[String: String]] = []
        var readings: [TestSite.Row] = []
        /// Pieces by machine and order; what nobody can say stands under "-".
        var truth: [String: Int64] = [:]

        init(seed: UInt64) {
            var chance = SeededGenerator(seed: seed)
            var jobs: [String: Job] = [:]
            let machines = ["P1", "P2", "P3"]
            for number in 0..<Int.random(in: 4...14, using: &chance) {
                let start = time("05:30") + .seconds(60 * Int.random(in: 0..<480, using: &chance))
                let length = Duration.seconds(60 * Int.random(in: 1..<200, using: &chance))
                let name = "J\(number)"
                var job = Job(
                    start: start, end: Int.random(in: 0..<3, using: &chance) == 0 ? start + length : nil,
                    order: "47\(number % 9)", machine: machines[Int.random(in: 0..<3, using: &chance)])
                say(job, name)
                for _ in 0..<Int.random(in: 0...2, using: &chance) {
                    switch Int.random(in: 0..<4, using: &chance) {
                    case 0: job.start = job.start + .seconds(60 * Int.random(in: -90..<90, using: &chance))
                    case 1: job.end = job.start + .seconds(60 * Int.random(in: 1..<240, using: &chance))
                    case 2: job.order = "48\(number % 9)"
                    default: job.isDeleted.toggle()
                    }
                    if let end = job.end, end < job.start { job.end = nil }
                    say(job, name)
                }
                jobs[name] = job
            }
            for machine in machines {
                var (instant, value) = (time("06:00") + .seconds(Int.random(in: 0..<50, using: &chance)), Int64(100))
                readings.append(.init(instant, ["parts": "\(value)", "device": machine]))
                while instant < time("13:30") {
                    instant = instant + .seconds(Int.random(in: 20..<900, using: &chance))
                    let pieces = Int64.random(in: 0...9, using: &chance)
                    value += pieces
                    readings.append(.init(instant, ["parts": "\(value)", "device": machine]))
                    if pieces > 0 {
                        truth["\(machine) \(Self.order(of: machine, at: instant, Array(jobs.values)))", default: 0] +=
                            pieces
                    }
                }
            }
        }

        private mutating func say(_ job: Job, _ name: String) {
            var row = [
                "job": name, "machine": job.machine, "begin": job.start.iso8601, "order": job.order,
                "status": job.isDeleted ? "DELETED" : "RUN",
            ]
            row["finish"] = job.end?.iso8601
            rows.append(row)
        }

        /// By the definition, and by nothing of the program: of all orders that hold, the one that began last.
        private static func order(of machine: String, at instant: Instant, _ jobs: [Job]) -> String {
            let own = jobs.filter { $0.machine == machine && !$0.isDeleted && $0.end != $0.start }
            let holding = own.filter { job in
                guard job.start <= instant else { return false }
                if let end = job.end { return instant < end }
                return !own.contains { $0.start > job.start && $0.start <= instant }
            }
            let last = holding.map(\.start).max()
            let orders = Set(holding.filter { $0.start == last }.map(\.order))
            return orders.count == 1 ? orders.first ?? "-" : "-"
        }
    }

    private static func site(isReversed: Bool = false, more: String = "") throws -> TestSite {
        let site = try TestSite(mappings: [
            OrderTimelineTests.orders, OrderTimelineTests.counts(more: more), SiteTexts.confirm(),
        ])
        if isReversed { site.connectors = [site.pack, site.line] }
        return site
    }

    private static func counted(_ site: TestSite) throws -> [String: Int64] {
        var result: [String: Int64] = [:]
        for fact in try site.counts {
            result["\(fact.equipment) \(fact.order ?? "-")", default: 0] += fact.amounts.good.integer ?? .min
        }
        return result
    }

    @Test(arguments: UInt64(1)...60)
    func `R1, R19: whatever comes first, each piece is its order's`(seed: UInt64) async throws {
        let plant = Plant(seed: seed)
        let once = try Self.site()
        once.table(plant.rows)
        once.press(plant.readings)
        try await once.run(at: time("15:00"))
        try await once.run(at: time("23:00"))
        #expect(try Self.counted(once) == plant.truth)
        #expect(try once.differences == [])

        var chance = SeededGenerator(seed: seed &+ 1_000)
        let often = try Self.site(isReversed: seed % 2 == 0)
        // A machine's first reading is the base of its counting; rows of one order keep their order.
        let first = Set(
            ["P1", "P2", "P3"].compactMap { name in plant.readings.first { $0.fields["device"] == name }?.instant })
        often.press(plant.readings.filter { first.contains($0.instant) })
        var readings = plant.readings.filter { !first.contains($0.instant) }.shuffled(using: &chance)[...]
        var rows = plant.rows[...]
        var now = time("13:31")
        while !readings.isEmpty || !rows.isEmpty {
            now = now + .seconds(60)
            if Bool.random(using: &chance) {
                let page = readings.prefix(Int.random(in: 1...30, using: &chance))
                readings = readings.dropFirst(page.count)
                if !page.isEmpty { often.press(Array(page)) }
            }
            if Bool.random(using: &chance) {
                let page = rows.prefix(Int.random(in: 1...4, using: &chance))
                rows = rows.dropFirst(page.count)
                if !page.isEmpty { often.table(Array(page)) }
            }
            if Int.random(in: 0..<3, using: &chance) == 0 {
                // The process dies at a commit; the next one finds what was durable.
                let commit = Int.random(in: 1...3, using: &chance)
                let cut = Bool.random(using: &chance) ? StoreCut.before(commit: commit) : .after(commit: commit)
                _ = try? await often.run(at: now, cut: cut)
                try often.reopen()
            } else {
                try await often.run(at: now)
            }
        }
        try await often.run(at: time("15:00"))
        try await often.run(at: time("23:00"))
        #expect(try Self.counted(often) == plant.truth)
        #expect(try often.facts == once.facts)
        #expect(try often.totals == once.totals)
        #expect(try often.differences == [])
    }

    @Test(arguments: UInt64(61)...80)
    func `R19: shared by time, too`(seed: UInt64) async throws {
        let plant = Plant(seed: seed)
        let once = try Self.site(more: "at-change: by-time")
        once.table(plant.rows)
        once.press(plant.readings)
        try await once.run(at: time("15:00"))

        let often = try Self.site(isReversed: true, more: "at-change: by-time")
        for (number, page) in [plant.readings.prefix(40), plant.readings.dropFirst(40)].enumerated() {
            often.press(Array(page))
            often.table(Array(number == 0 ? plant.rows.prefix(3) : plant.rows.dropFirst(3)))
            try await often.run(at: time("14:0\(number)"))
        }
        try await often.run(at: time("15:00"))
        #expect(try often.facts == once.facts)
        #expect(try Self.counted(often).values.reduce(0, +) == plant.truth.values.reduce(0, +))
    }
}
