import MillraceCore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Counters with glitches, zeros and jumps whose readings come late and out of order, through the real store: a repair has to end where one
/// run over everything in order ends.
@Suite("Late readings of troubled counters")
struct LateTroublesTests {
    /// What a press says, and what it surely made.
    private static func made(_ seed: UInt64, _ count: Int = 120) -> (rows: [TestSite.Row], truth: Int64) {
        var chance = SeededGenerator(seed: seed)
        var rows = [TestSite.Row(time("06:00"), ["order": "A", "parts": "400"])]
        var (value, truth, calm) = (Int64(400), Int64(0), 0)
        var instant = time("06:00")
        func say(_ parts: Int64) {
            instant = instant + .seconds(Int.random(in: 5...25, using: &chance))
            rows.append(TestSite.Row(instant, ["parts": "\(((parts % 10_000) + 10_000) % 10_000)"]))
        }
        func produce() {
            let pieces = Int64.random(in: 0...8, using: &chance)
            (value, truth) = (value + pieces, truth + pieces)
            say(value)
        }
        while rows.count < count {
            calm += 1
            if calm < 6 || Int.random(in: 0..<4, using: &chance) > 0 || value % 10_000 > 9_000 || value % 10_000 < 300 {
                produce()
                continue
            }
            calm = 0
            switch Int.random(in: 0..<4, using: &chance) {
            case 0: say(value + 2_000)
            case 1: say(0)
            case 2:
                value += 3_000
                say(value)
            default:
                value = (value / 10_000 + 1) * 10_000 - 30
                say(value)
            }
            for _ in 0..<3 { produce() }
        }
        return (rows, truth)
    }

    private static func site() throws -> TestSite {
        try TestSite(
            .init(),
            mappings: [
                SiteTexts.counts("modulus: 10000, max-rate: 40/min, reset: evidence, first: baseline"),
                SiteTexts.confirm(window: "{every: 1 h}"),
            ])
    }

    @Test(arguments: UInt64(1)...16)
    func `R4, R19: many runs over late readings end where one run over all of them ends`(seed: UInt64) async throws {
        let (rows, truth) = Self.made(seed)
        let once = try Self.site()
        once.press(rows)
        try await once.run(at: time("09:00"))
        try await once.run(at: time("12:00"))

        var chance = SeededGenerator(seed: seed &+ 77)
        let often = try Self.site()
        // The first reading comes first: the base of all counting. The others come in any order, in many runs.
        often.press([rows[0]])
        try await often.run(at: time("06:01"))
        var rest = rows.dropFirst().shuffled(using: &chance)[...]
        var minute = 0
        while !rest.isEmpty {
            let page = Array(rest.prefix(Int.random(in: 1...25, using: &chance)))
            rest = rest.dropFirst(page.count)
            often.press(page)
            minute += 5
            try await often.run(at: time("09:00") + .seconds(minute * 60))
        }
        try await often.run(at: time("12:00"))
        try await often.run(at: time("12:10"))

        #expect(Self.amounts(try often.counts) == Self.amounts(try once.counts))
        #expect(Self.sum(try once.counts) == ExactDecimal(truth))
        let booked = often.erp.postings.reduce(Int64(0)) { $0 + ($1.body["good"]?.decimal?.integer ?? 0) }
        #expect(booked == truth)
    }

    /// The amounts of each fact by what it is known by; places differ with the order of arrival.
    private static func amounts(_ facts: [ProductionCount]) -> [ProductionCount.Identity: Amounts] {
        Dictionary(facts.map { ($0.identity, $0.amounts) }) { first, _ in first }
    }

    private static func sum(_ facts: [ProductionCount]) -> ExactDecimal? {
        facts.filter { $0.standing == .counted }.reduce(ExactDecimal?(.zero)) { sum, fact in
            sum.flatMap { try? $0.adding(fact.amounts.good) }  // try?: nil fails the test
        }
    }
}
