import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceFacts

/// One counter for several orders that are made at one time.
@Suite("Counters shared by orders")
struct SharedCounterTests {
    /// Two of three pieces are of order L, one of R; R waits while no program is known.
    private static func plan(_ parts: [Int64] = [2, 1], atChange: AtChange = .later) -> CountPlan {
        var plan = Press.plan(Press.bare, atChange: atChange)
        plan.shares = parts.enumerated().map { place, parts in
            OrderShare(
                parts: parts, order: { order(of: place, in: $0) }, operation: { _ in Attributed.value("0010") },
                material: { _ in Attributed.none })
        }
        return plan
    }

    private static func order(of place: Int, in frame: SignalFrame) -> Attributed {
        if place == 0 { return .value("L") }
        guard let program = frame.values[2]?.text else { return .waiting("no program") }
        return .value("R\(place)\(program)")
    }

    private static func sums(_ facts: [ProductionCount]) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for fact in facts {
            sums["\(fact.standing.rawValue) \(fact.order ?? "-")", default: 0] += fact.amounts.good.integer ?? .min
        }
        return sums
    }

    private static func row(_ instant: Instant, _ parts: Int64, program: String? = nil) -> Row {
        var updates: [String: SignalUpdate] = ["parts": .value(.number(ExactDecimal(parts)))]
        if let program { updates["program"] = .value(.string(program)) }
        return Row(instant, updates)
    }

    @Test func `R7: of every three pieces two go to the one order and one to the other, over all readings`() throws {
        let rows = (0...30).map { Self.row(Plant.at("06:00") + .seconds(Int64($0) * 10), Int64($0), program: "A") }
        #expect(Self.sums(try Press.facts(rows, plan: Self.plan())) == ["counted L": 20, "counted R1A": 10])
        // One large step is dealt as thirty small ones.
        let step = [rows[0], rows[30]]
        #expect(Self.sums(try Press.facts(step, plan: Self.plan())) == ["counted L": 20, "counted R1A": 10])
    }

    @Test func `R7: a share whose order is not known waits with its pieces, and delays no other`() throws {
        let facts = try Press.facts(Press.parts([("06:00", 100), ("06:01", 109)]), plan: Self.plan())
        #expect(Self.sums(facts) == ["counted L": 6, "unattributed -": 3])
        let piece = try #require(facts.first { $0.standing == .unattributed }?.pieces.first)
        #expect(piece.signals[OrderShare.signal] == 1 && piece.amounts.good == ExactDecimal(3))
    }

    @Test func `R7: of what a counter of all pieces gives, no side gets less than nothing`() throws {
        var plan = Self.plan([1, 1])
        plan.quantities[0].effects.append(.init(.scrap, isNegative: true))
        plan.quantities[1].label = "total"
        let rows = [(0, 0), (2, 3), (3, 4), (3, 5), (9, 12)].enumerated().map { number, counts in
            Row(
                Plant.at("06:00") + .seconds(Int64(number) * 60),
                [
                    "parts": .value(.number(ExactDecimal(Int64(counts.0)))),
                    "rejects": .value(.number(ExactDecimal(Int64(counts.1)))), "program": .value("A"),
                ])
        }

        let facts = try Press.facts(rows, plan: plan)

        #expect(facts.allSatisfy { !$0.amounts.scrap.isNegative })
        #expect(Self.sums(facts) == ["counted L": 5, "counted R1A": 4])
        let scrap = Dictionary(grouping: facts, by: \.order).mapValues { facts in
            facts.map { $0.amounts.scrap.integer ?? .min }.reduce(0, +)
        }
        #expect(scrap == ["L": 2, "R1A": 1])
    }

    @Test(arguments: [AtChange.later, .earlier, .byTime])
    func `R8, R19: the parts sum to the delta, whatever changes and however often the state is written`(
        _ change: AtChange
    ) throws {
        for seed in UInt64(1)...50 {
            var chance = SeededGenerator(seed: seed)
            let parts = (0..<Int.random(in: 2...4, using: &chance)).map { _ in Int64.random(in: 1...5, using: &chance) }
            let plan = Self.plan(parts, atChange: change)
            var (begin, value, instant, rows) = (Int64(0), Int64(0), Plant.at("06:00"), [Row]())
            for number in 0..<60 {
                instant = instant + .seconds(Int64.random(in: 1...90, using: &chance))
                value += Int64.random(in: 0...9, using: &chance)
                if number == 0 { begin = value }
                rows.append(Self.row(instant, value, program: number % 7 == 3 ? "P\(number)" : nil))
            }
            let once = try Press.facts(rows, plan: plan)
            #expect(Self.sums(once).values.reduce(0, +) == value - begin, "seed \(seed)")
            #expect(try Self.written(rows, plan) == once, "seed \(seed)")
        }
    }

    /// The facts where the state is written and read again behind every reading.
    private static func written(_ rows: [Row], _ plan: CountPlan) throws -> [ProductionCount] {
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var facts = CountedFacts()
        let batch = SampleBatch.of(rows, slots: Press.slots)
        for sample in batch.samples {
            engine.take(sample, in: batch, state: &state, into: &facts)
            state = try CountState(try JSONReader.read(JSONWriter.text(state.value(plan))), plan: plan)
        }
        engine.settle(
            through: max(Plant.at("23:59"), rows.last?.instant ?? .distantPast) + .seconds(60), state: &state,
            into: &facts)
        return facts.all
    }
}
