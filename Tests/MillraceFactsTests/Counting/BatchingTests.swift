import MillraceCore
import MillraceValues
import Testing

@testable import MillraceFacts

@Suite("Batching does not show in the facts")
struct BatchingTests {
    /// A small generator with a seed, so that every run of the tests sees the same plant (SplitMix64).
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private func rows(_ count: Int, seed: UInt64) -> [Row] {
        var random = Seeded(state: seed)
        var (parts, instant) = (Int64(65_000), Plant.at("05:30"))
        return (0..<count).map { _ in
            instant = instant + .milliseconds(Int64.random(in: 0...40_000, using: &random))
            parts = (parts + Int64.random(in: 0...5, using: &random)) % 65_536
            var updates: [String: SignalUpdate] = ["parts": .value(.number(ExactDecimal(parts)))]
            switch Int.random(in: 0..<30, using: &random) {
            case 0: updates["parts"] = .nothing
            case 1: updates["parts"] = .value(0)
            case 2: (parts, updates["parts"]) = (0, .value(0))
            case 3: updates["program"] = .value(.string("O\(Int.random(in: 1...3, using: &random))"))
            case 4: updates = ["mode": .value(Bool.random(using: &random) ? "AUTOMATIC" : "MANUAL")]
            case 5: updates["program"] = .value("X9")
            case 6: updates["rejects"] = .value(.number(ExactDecimal(Int64.random(in: 0...3, using: &random))))
            default: break
            }
            return Row(instant, updates)
        }
    }

    /// Whether both are the same fact (RULES R12).
    private func isSame(_ left: ProductionCount, _ right: ProductionCount) -> Bool {
        left.start == right.start && left.order == right.order && left.operation == right.operation
            && left.material == right.material && left.shift == right.shift && left.standing == right.standing
            && left.rule == right.rule
    }

    private func run(_ rows: [Row], plan: CountPlan, cuts: Set<Int>) throws -> (
        fresh: [ProductionCount], revised: [ProductionCount]
    ) {
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var facts = CountedFacts()
        let batch = SampleBatch.of(rows, slots: Press.slots)
        for (index, sample) in batch.samples.enumerated() {
            if cuts.contains(index) {
                engine.settle(through: sample.instant, state: &state, into: &facts)
                let written = JSONWriter.text(state.value(plan))
                state = try CountState(try JSONReader.read(written), plan: plan)
                #expect(JSONWriter.text(state.value(plan)) == written)
            }
            #expect(engine.take(sample, in: batch, state: &state, into: &facts) == .taken)
        }
        engine.settle(through: Plant.at("23:59") + .seconds(864_000), state: &state, into: &facts)
        return (fresh: facts.fresh, revised: facts.revised)
    }

    @Test(arguments: [(UInt64(1), AtChange.later), (2, .earlier), (3, .byTime), (4, .later)])
    func `R19: a thousand runs tell the facts of one run`(_ seed: UInt64, _ change: AtChange) throws {
        let rows = rows(1_000, seed: seed)
        let plan = Press.plan(atChange: change, countWhen: { $0.values[3] != "MANUAL" })
        let once = try run(rows, plan: plan, cuts: [])

        let thousand = try run(rows, plan: plan, cuts: Set(rows.indices))
        var random = Seeded(state: seed &+ 100)
        let some = try run(rows, plan: plan, cuts: Set((0..<20).map { _ in Int.random(in: 0..<1_000, using: &random) }))

        #expect(once.fresh.count > 100)
        #expect(thousand.fresh == once.fresh && thousand.revised == once.revised)
        #expect(some.fresh == once.fresh && some.revised == once.revised)
    }

    @Test func `R19: every fact is told once, but for those that a held zero decides later`() throws {
        let found = try run(rows(1_000, seed: 5), plan: Press.plan(), cuts: [])
        let repeats = found.fresh.indices.filter { index in
            found.fresh[..<index].contains { isSame($0, found.fresh[index]) }
        }
        let strangers = found.revised.filter { late in !found.fresh.contains { isSame($0, late) } }
        #expect(repeats.isEmpty)
        #expect(strangers.isEmpty)
    }

    @Test func `a state that is not one is refused with a sentence`() {
        #expect(throws: StateError.unknownVersion) { try CountState(["v": 9], plan: Press.plan()) }
        #expect(throws: StateError.malformed(part: "p")) { try CountState(["v": 1, "e": "P1"], plan: Press.plan()) }
        #expect(
            StateError.malformed(part: "p").description
                == "a kept state has no usable 'p'; check the store with 'millrace store verify', nothing was changed")
    }
}
