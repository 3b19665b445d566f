import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// A small plant with everything that goes wrong, driven from one seed: booked must equal what the generator made.
@Suite("Simulation of a plant")
struct PlantSimulationTests {
    private static let columns: Set<String> = ["order"]

    /// How the endpoint tells a repeat.
    private enum Kind: CaseIterable {
        case deduplicates, looksUp, neither

        var confirm: String {
            switch self {
            case .deduplicates: "correct: signed, once-by: {header: Idempotency-Key, remembered: 720 h}"
            case .looksUp: "correct: signed, lookup: {get: \"/c?key={key}\", there: count > 0}"
            case .neither: "correct: signed"
            }
        }
    }

    private struct Made {
        var row: TestRow
        var instant: Instant
        var arrives: Instant
    }

    /// So many readings of two presses, and what they made by order.
    private static func make(_ chance: inout SeededGenerator, _ count: Int = 300) -> (
        rows: [Made], truth: [String: Int64]
    ) {
        var rows: [Made] = []
        var truth: [String: Int64] = [:]
        var parts = ["P1": 900, "P2": 0]
        var orders = ["P1": "A", "P2": "B"]
        for step in 0..<count {
            let device = step % 2 == 0 ? "P1" : "P2"
            let instant = time("06:00") + .seconds(step * 150 + Int.random(in: 0..<140, using: &chance))
            var fields = ["device": device, "time": instant.iso8601]
            if step < 2 { fields["order"] = orders[device] }
            if step >= 2, Int.random(in: 0..<25, using: &chance) == 0 {
                orders[device] = ["A", "B", "C"].randomElement(using: &chance) ?? "A"
                fields["order"] = orders[device]
            }
            let made = step < 2 ? 0 : Int.random(in: 0..<30, using: &chance)
            parts[device] = ((parts[device] ?? 0) + made) % 1_000
            fields["parts"] = "\(parts[device] ?? 0)"
            truth[orders[device] ?? "", default: 0] += Int64(made)
            var arrives = instant
            if Int.random(in: 0..<10, using: &chance) == 0 {
                arrives = instant + .seconds(Int.random(in: 0..<20_000, using: &chance))
            }
            rows.append(Made(row: TestRow(Int64(step + 1) * 100, fields), instant: instant, arrives: arrives))
        }
        return (rows, truth)
    }

    private static func site(_ kind: Kind) throws -> TestSite {
        var settings = SiteTexts.Settings()
        settings.confirm = kind.confirm
        let counts = SiteTexts.counts("modulus: 1000, max-rate: 40/min, reset: evidence, first: baseline")
        let window = "{every: 1 h}"
        return try TestSite(
            settings, mappings: [counts, SiteTexts.confirm(window: window)], deduplicates: kind == .deduplicates)
    }

    private static func answers(_ chance: inout SeededGenerator) -> [FakeEndpoint.Answer] {
        (0..<400).map { _ in
            switch Int.random(in: 0..<100, using: &chance) {
            case 0..<5: .lostAfterCommit
            case 5..<10: .lostBeforeCommit
            case 10..<16: .unavailable
            case 16..<18: .dies
            case 18..<20: .notSent
            case 20..<21: .refused
            default: .done
            }
        }
    }

    /// Runs on until nothing waits; a person looks the rest up in the endpoint's own books.
    private static func drain(_ site: TestSite, from start: Instant) async throws {
        site.erp.answers([])
        for round in 0..<40 {
            do { try await site.run(at: start + .seconds(1_300 * round)) } catch is StoreError { continue }
            for document in try site.documents {
                if document.state == .unknown, round > 2 {
                    try site.resolve(document.key, booked: site.erp.postings.contains { $0.key == document.key })
                } else if document.state == .parked {
                    try site.release(document.key)
                }
            }
            if round > 3, try site.documents.allSatisfy({ $0.state == .done || $0.state == .superseded }) { return }
        }
    }

    private static func check(_ site: TestSite, _ truth: [String: Int64], _ words: String) throws {
        for order in ["A", "B", "C"] {
            #expect(try site.erp.booked(order) == truth[order] ?? 0, "order \(order), \(words)")
        }
        #expect(site.erp.keysBookedTwice.isEmpty, "\(words)")
        #expect(site.erp.keysWithOtherBytes.isEmpty, "\(words)")
        #expect(try site.differences == [], "\(words)")
    }

    @Test(arguments: 0..<200)
    func `booked equals made, and no key is booked twice`(seed: Int) async throws {
        var chance = SeededGenerator(seed: UInt64(seed))
        let kind = Kind.allCases[seed % 3]
        let (rows, truth) = Self.make(&chance)
        let site = try Self.site(kind)
        site.erp.answers(Self.answers(&chance))
        var left = rows.sorted { $0.arrives < $1.arrives }
        var now = time("06:00")

        while !left.isEmpty {
            now = now + .seconds(Int.random(in: 3_600..<12_000, using: &chance))
            let arrived = left.prefix { $0.arrives <= now }
            left.removeFirst(arrived.count)
            var pages = Array(arrived)[...]
            while !pages.isEmpty {
                let size = Int.random(in: 1...40, using: &chance)
                site.line.add(.table(pages.prefix(size).map(\.row), source: "line.csv", columns: Self.columns))
                pages = pages.dropFirst(size)
            }
            var cut: StoreCut?
            if Int.random(in: 0..<3, using: &chance) == 0 {
                let number = Int.random(in: 1...14, using: &chance)
                cut = Bool.random(using: &chance) ? .before(commit: number) : .after(commit: number)
            }
            do { try await site.run(at: now, cut: cut) } catch StoreError.failed("the process was killed") {}
        }
        try await Self.drain(site, from: now + .seconds(7_200))

        try Self.check(site, truth, "seed \(seed)")
        // Something did happen: parts were made, documents went out.
        #expect(truth.values.reduce(0, +) > 2_000)
        #expect(site.erp.calls.count > 12)
    }

    @Test(arguments: 0..<30)
    func `the figure of an absolute request ends in what was made`(seed: Int) async throws {
        var chance = SeededGenerator(seed: UInt64(seed) + 9_000)
        let (rows, truth) = Self.make(&chance, 100)
        var settings = SiteTexts.Settings()
        settings.progress = seed % 2 == 0 ? "opening: 0" : "opening: 0, read: {get: \"/o/{order}\", figure: good}"
        let counts = SiteTexts.counts("modulus: 1000, max-rate: 40/min, reset: evidence, first: baseline")
        let site = try TestSite(settings, mappings: [counts, SiteTexts.progress])
        site.erp.answers(Self.answers(&chance))
        var left = rows.sorted { $0.arrives < $1.arrives }
        var now = time("06:00")

        while !left.isEmpty {
            now = now + .seconds(Int.random(in: 900..<3_600, using: &chance))
            let arrived = left.prefix { $0.arrives <= now }
            left.removeFirst(arrived.count)
            if !arrived.isEmpty {
                site.line.add(.table(arrived.map(\.row), source: "line.csv", columns: Self.columns))
            }
            do { try await site.run(at: now) } catch StoreError.failed("the process was killed") {}
        }
        try await Self.drain(site, from: now + .seconds(7_200))

        for (order, made) in truth where made > 0 {
            #expect(site.erp.figures[order] == ExactDecimal(made), "order \(order), seed \(seed)")
        }
        #expect(try site.differences == [], "seed \(seed)")
        #expect(site.erp.keysWithOtherBytes.isEmpty, "seed \(seed)")
    }

    @Test(arguments: [true, false], [true, false])
    func `a run cut at any commit loses nothing and sends nothing twice`(isAfter: Bool, deduplicates: Bool) async throws
    {
        var chance = SeededGenerator(seed: 4711)
        let (rows, truth) = Self.make(&chance, 100)
        let order = rows.sorted { $0.arrives < $1.arrives }
        var number = 1
        var wasCut = true
        while wasCut {
            let site = try Self.site(deduplicates ? .deduplicates : .looksUp)
            site.line.add(.table(order.prefix(50).map(\.row), source: "line.csv", columns: Self.columns))
            try await site.run(at: time("08:30"))
            site.line.add(.table(order.dropFirst(50).map(\.row), source: "line.csv", columns: Self.columns))
            wasCut = false
            do {
                try await site.run(
                    at: time("14:30"), cut: isAfter ? .after(commit: number) : .before(commit: number))
            } catch StoreError.failed("the process was killed") {
                wasCut = true
            }
            try await Self.drain(site, from: time("22:00"))
            try Self.check(site, truth, "cut \(isAfter ? "after" : "before") commit \(number)")
            number += 1
        }
        #expect(number > 6)
    }
}
