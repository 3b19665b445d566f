import MillraceCore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Rules of the books as a whole: the same whatever the order, and nothing in two places.
@Suite("Runs: books")
struct BookRulesTests {
    private static let columns: Set<String> = ["order", "mode", "state", "code"]
    private static let mappings = [
        SiteTexts.counts(more: "count-when: mode = \"AUTO\""), SiteTexts.pieces, SiteTexts.stops,
        SiteTexts.confirm(), SiteTexts.stoppage(),
    ]

    /// What two presses and a packing line said over thirty hours, in the order of time.
    private struct Plant {
        var press: [TestRow] = []
        var pack: [TestRow] = []

        init(seed: UInt64) {
            var chance = SeededGenerator(seed: seed)
            var parts = ["P1": 60_000, "P2": 100]
            let start = time("06:00")
            for step in 0..<180 {
                let device = step % 2 == 0 ? "P1" : "P2"
                let instant = start + .seconds(step * 600 + Int.random(in: 0..<500, using: &chance))
                var fields = ["device": device, "time": instant.iso8601]
                if step < 2 { (fields["order"], fields["mode"], fields["state"]) = ("A", "AUTO", "RUN") }
                switch Int.random(in: 0..<10, using: &chance) {
                case 0: fields["order"] = ["A", "B", "C"].randomElement(using: &chance)
                case 1: fields["mode"] = ["AUTO", "MANUAL"].randomElement(using: &chance)
                case 2: fields["state"] = ["RUN", "STOP", "STOP", "OFF"].randomElement(using: &chance)
                case 3: parts[device] = 0
                default: parts[device] = ((parts[device] ?? 0) + Int.random(in: 0..<200, using: &chance)) % 65_536
                }
                fields["parts"] = "\(parts[device] ?? 0)"
                press.append(TestRow(Int64(step + 1) * 100, fields))
                for part in 0..<(step % 4 == 0 ? 3 : 0) {
                    pack.append(
                        TestRow(
                            Int64(step * 10 + part + 1) * 100,
                            [
                                "time": instant.iso8601, "order": ["A", "B"].randomElement(using: &chance) ?? "A",
                                "pieces": "\(Int.random(in: -2..<40, using: &chance))", "ticket": "T\(step)-\(part)",
                            ]))
                }
            }
        }
    }

    private func run(_ plant: Plant, cut: UInt64?, keepsOrder: Bool = false) async throws -> TestSite {
        let site = try TestSite(Self.settings, mappings: Self.mappings)
        guard let cut else {
            site.line.add(.table(plant.press, source: "line.csv", columns: Self.columns))
            site.pack.add(.table(plant.pack, source: "pack.csv", columns: Self.columns))
            try await site.run(at: time("22:30", day: 4))
            return site
        }
        var chance = SeededGenerator(seed: cut)
        var (press, pack) = (plant.press, plant.pack)
        if !keepsOrder {
            press.shuffle(using: &chance)
            pack.shuffle(using: &chance)
        }
        // The clock is behind everything, so that nothing is ahead; what is late is within lateness.
        site.clock.set(time("12:00", day: 3))
        while !press.isEmpty || !pack.isEmpty {
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                let size = Int.random(in: 1...40, using: &chance)
                if !press.isEmpty {
                    site.line.add(.table(Array(press.prefix(size)), source: "line.csv", columns: Self.columns))
                    press.removeFirst(min(size, press.count))
                }
                if !pack.isEmpty {
                    site.pack.add(.table(Array(pack.prefix(size)), source: "pack.csv", columns: Self.columns))
                    pack.removeFirst(min(size, pack.count))
                }
            }
            site.clock.advance(by: .seconds(60))
            try await site.run()
        }
        try await site.run(at: time("22:30", day: 4))
        return site
    }

    private static var settings: SiteTexts.Settings {
        var settings = SiteTexts.Settings()
        settings.stop = "correct: {replace: {put: \"/s/{replaces.receipt}\"}}"
        return settings
    }

    // MARK: R19

    @Test(arguments: 1...12)
    func `R19: facts and totals are the same for any batching, number of runs and order of arrival`(
        seed: Int
    ) async throws {
        let plant = Plant(seed: UInt64(seed))
        let whole = try await run(plant, cut: nil)

        let cut = try await run(plant, cut: UInt64(seed) * 7919, keepsOrder: seed % 3 == 0)

        let (facts, others) = (try whole.facts, try cut.facts)
        #expect(facts.count > 60)
        #expect(facts == others, "only in one: \(Set(facts).symmetricDifference(others).sorted().prefix(4))")
        #expect(try whole.totals == cut.totals)
    }

    @Test(arguments: 1...4)
    func `R19: documents of one sum add up to its total whatever the cuts`(seed: Int) async throws {
        let plant = Plant(seed: UInt64(seed) + 100)

        let site = try await run(plant, cut: UInt64(seed))

        for order in ["A", "B", "C"] {
            #expect(try site.erp.booked(order) == site.good(.counted, order: order), "order \(order)")
        }
        #expect(site.erp.keysBookedTwice.isEmpty)
    }

    @Test(arguments: 1...4)
    func `R19: runs cut at the same points give byte-identical documents`(seed: Int) async throws {
        let plant = Plant(seed: UInt64(seed) + 200)
        var told: [[String]] = []
        for pages in [1, 7] {
            let site = try TestSite(Self.settings, mappings: Self.mappings)
            for (rows, through) in [
                (0..<60, time("20:30")), (60..<120, time("06:40", day: 3)), (120..<180, time("22:30", day: 4)),
            ] {
                let press = Array(plant.press[rows])
                let size = (press.count + pages - 1) / pages
                for start in stride(from: 0, to: press.count, by: size) {
                    site.line.add(
                        .table(
                            Array(press[start..<min(start + size, press.count)]), source: "line.csv",
                            columns: Self.columns))
                }
                try await site.run(at: through)
            }
            told.append(
                try site.documents.map { "\($0.key) \(String(decoding: $0.body ?? [], as: UTF8.self)) \($0.state)" })
        }
        #expect(told[0].count > 4)
        #expect(told[0] == told[1])
    }

    // MARK: R20

    @Test(arguments: 1...6)
    func `R20: at every instant all that was counted is in exactly one bucket`(seed: Int) async throws {
        let plant = Plant(seed: UInt64(seed) + 300)
        let site = try TestSite(Self.settings, mappings: Self.mappings)
        site.erp.answers(
            [.done, .lostAfterCommit, .refused, .unavailable, .done, .lostBeforeCommit, .refused, .done], then: .done)
        var rows = plant.press.indices[...]
        var hours = 0
        var waited: Int64 = 0
        while !rows.isEmpty {
            site.line.add(.table(Array(plant.press[rows.prefix(12)]), source: "line.csv", columns: Self.columns))
            rows = rows.dropFirst(12)
            hours += 2
            try await site.run(at: time("06:00") + .seconds(hours * 3600 + 600))
            #expect(try site.differences == [], "after \(hours) hours")
            waited += try site.bucket(.inDoubt) + site.bucket(.parked) + site.bucket(.open)
        }
        try await site.run(at: time("22:30", day: 4))

        #expect(try site.differences == [])
        let counted = try site.counts.reduce(Int64(0)) { $0 + ($1.amounts.good.integer ?? 0) }
        let buckets = try ConservationBucket.allCases.reduce(Int64(0)) { try $0 + site.bucket($1) }
        #expect(buckets == counted)
        #expect(waited > 0)
    }
}
