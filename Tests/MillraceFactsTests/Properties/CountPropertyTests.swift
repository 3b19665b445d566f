import Foundation
import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceFacts

/// Machines with every trouble at once against a generator that knows the truth.
///
/// `MILLRACE_SEEDS=first-last` says which seeds, `MILLRACE_PLANT=machines x readings` how large a plant is; a failing seed is named and
/// replays from its number: `MILLRACE_SEEDS=1234-1234 script/test --filter CountPropertyTests`.
@Suite("Counting against a truth that knows all troubles")
struct CountPropertyTests {
    private static let slots = ["parts", "total", "program", "mode"]

    private static var seeds: ClosedRange<UInt64> {
        let parts = (ProcessInfo.processInfo.environment["MILLRACE_SEEDS"] ?? "1-2000").split(separator: "-")
        guard let first = parts.first.flatMap({ UInt64($0) }), let last = parts.last.flatMap({ UInt64($0) }),
            first <= last
        else { return 1...2_000 }
        return first...last
    }

    /// Machines at most, and readings of all of them.
    private static var size: (machines: Int, readings: Int) {
        let text = ProcessInfo.processInfo.environment["MILLRACE_PLANT"] ?? "5x300"
        let parts = text.split(separator: "x").compactMap { Int($0.filter { $0 != " " }) }
        return parts.count == 2 ? (max(1, parts[0]), max(40, parts[1])) : (5, 300)
    }

    /// Where the seeds were chosen by hand, a long run says how far it is.
    private static func tell(_ line: String) {
        if ProcessInfo.processInfo.environment["MILLRACE_SEEDS"] == nil { return }
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }

    private static func machines(_ seed: UInt64) -> [TroubledMachine] {
        var chance = SeededGenerator(seed: seed)
        let count = size.machines > 5 ? size.machines : Int.random(in: 1...size.machines, using: &chance)
        return (0..<count).map { number in
            TroubledMachine(seed: seed &* 1_000 &+ UInt64(number), readings: size.readings / count)
        }
    }

    private static func plan(_ machine: TroubledMachine, atChange: AtChange = .later) -> CountPlan {
        var quantities = [QuantityPlan(quantity: .good, slot: 0, source: .counter(machine.rule))]
        if machine.hasTotal {
            quantities[0].effects.append(.init(.scrap, isNegative: true))
            quantities.append(
                QuantityPlan(quantity: .scrap, slot: 1, source: .counter(machine.rule), label: "total"))
        }
        return CountPlan(
            mapping: "counts", version: "v1", slots: slots, quantities: quantities,
            order: { frame in
                guard let program = frame.values[2]?.text else { return .none }
                return program == "X9" ? .waiting("no row for X9") : .value(String(program.dropFirst()))
            }, operation: { _ in .value("0010") }, material: { _ in .none },
            attributionSlots: [false, false, true, true], holdsUntil: { _ in .distantFuture },
            countWhen: { $0.values[3] != "MANUAL" }, atChange: atChange, sameWhen: [])
    }

    // MARK: Facts of a machine

    /// The readings as they arrive, each with its place.
    private static func arrivals(_ machine: TroubledMachine) -> [(sample: Sample, batch: SampleBatch)] {
        var position: [Int: Int64] = [:]
        return machine.told.map { told in
            var batch = SampleBatch(source: "agent#\(told.instance)", slots: slots.count, continuesUnbroken: true)
            batch.numbering = machine.isSequence ? .chain : .ours
            batch.equipment = ["M"]
            position[told.instance, default: 0] += 1
            func update(_ number: ExactDecimal?) -> SignalUpdate {
                told.isUndefined ? .nothing : number.map { .value(.number($0)) } ?? .unchanged
            }
            batch.updates = [
                update(told.parts), update(told.rejects), told.program.map { .value(.string($0)) } ?? .unchanged,
                told.mode.map { .value(.string($0)) } ?? .unchanged,
            ]
            let sample = Sample(
                instant: told.instant, position: position[told.instance] ?? 0, equipment: 0, row: 0,
                setsCounter: told.parts != nil, isReset: told.isReset)
            return (sample, batch)
        }
    }

    private static func facts(
        _ samples: [(sample: Sample, batch: SampleBatch)], _ plan: CountPlan, cuts: Set<Int> = []
    ) throws -> [ProductionCount.Identity: ProductionCount] {
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "M", plan: plan)
        var told = CountedFacts()
        var books: [ProductionCount.Identity: ProductionCount] = [:]
        for (index, entry) in samples.enumerated() {
            if cuts.contains(index) {
                engine.settle(through: entry.sample.instant, state: &state, into: &told)
                state = try CountState(try JSONReader.read(JSONWriter.text(state.value(plan))), plan: plan)
                #expect(book(told, &books), "a fact came fresh twice")
                told = CountedFacts()
            }
            engine.take(entry.sample, in: entry.batch, state: &state, into: &told)
        }
        engine.settle(
            through: (samples.last?.sample.instant ?? .distantPast) + .seconds(600), state: &state, into: &told)
        #expect(book(told, &books), "a fact came fresh twice")
        return books
    }

    /// Whether every fresh fact was new and every revised one known.
    private static func book(
        _ told: CountedFacts, _ books: inout [ProductionCount.Identity: ProductionCount]
    ) -> Bool {
        var isRight = true
        for fact in told.fresh { isRight = books.updateValue(fact, forKey: fact.identity) == nil && isRight }
        for fact in told.revised { isRight = books.updateValue(fact, forKey: fact.identity) != nil && isRight }
        return isRight
    }

    // MARK: What has to hold

    private struct Finding: Equatable, CustomStringConvertible {
        var good: [String: Int64] = [:]
        var scrap: Int64 = 0
        var flagged: Set<Instant> = []
        var description: String { "\(good) scrap \(scrap) flagged \(flagged.map(\.iso8601).sorted())" }
    }

    private static func finding(_ facts: some Collection<ProductionCount>) -> Finding {
        var finding = Finding()
        for fact in facts where !fact.amounts.isZero {
            let good = fact.amounts.good.integer ?? .min
            switch fact.standing {
            case .counted: finding.good["counted \(fact.order ?? "-")", default: 0] += good
            case .dropped: finding.good["dropped", default: 0] += good
            case .unattributed: finding.good["unattributed", default: 0] += good
            default: finding.flagged.insert(fact.start.floored(to: Plant.minute))
            }
            if fact.standing == .counted { finding.scrap += fact.amounts.scrap.integer ?? .min }
        }
        finding.good = finding.good.filter { $0.value != 0 }
        return finding
    }

    private static func check(_ seed: UInt64, _ number: Int, _ machine: TroubledMachine) throws -> [String] {
        let plan = plan(machine)
        var samples = arrivals(machine)
        samples.sort { precedes($0, $1) }
        let once = try facts(samples, plan)
        let found = finding(once.values)
        var truth = Finding()
        (truth.good, truth.scrap) = (machine.truth.good, machine.hasTotal ? machine.truth.scrap : 0)
        truth.flagged = Set(machine.truth.flagged.map { $0.floored(to: Plant.minute) })
        var faults: [String] = []
        func say(_ text: String) {
            faults.append("seed \(seed), machine \(number) (\(machine.register), \(machine.troubles)): \(text)")
        }
        if found != truth { say("found \(found), made \(truth)") }
        var chance = SeededGenerator(seed: seed ^ 0xABCD)
        var shuffled = arrivals(machine).shuffled(using: &chance)
        shuffled.sort { precedes($0, $1) }
        let cuts =
            seed % 50 == 0
            ? Set(samples.indices)
            : Set(
                (0..<6).map { _ in
                    Int.random(in: samples.indices, using: &chance)
                })
        if try facts(shuffled, plan, cuts: cuts) != once { say("runs, cuts or arrival show in the facts") }
        return faults
    }

    /// The order of a repair: by time, states first, then source and place.
    private static func precedes(
        _ left: (sample: Sample, batch: SampleBatch), _ right: (sample: Sample, batch: SampleBatch)
    ) -> Bool {
        if Sample.precedes(left.sample, right.sample) { return true }
        if Sample.precedes(right.sample, left.sample) { return false }
        return left.batch.source < right.batch.source
    }

    @Test
    func `R8, R19, R20: nothing decidable is miscounted, everything else is flagged, whatever the order and cuts`()
        throws
    {
        var faults: [String] = []
        var seen: [Trouble: Int] = [:]
        var (done, readings) = (0, 0)
        for seed in Self.seeds {
            for (number, machine) in Self.machines(seed).enumerated() {
                for trouble in machine.troubles { seen[trouble, default: 0] += 1 }
                faults += try Self.check(seed, number, machine)
                readings += machine.told.count
            }
            done += 1
            if done.isMultiple(of: 100) {
                Self.tell("\(done) seeds up to \(seed), \(readings) readings, \(faults.count) faults")
            }
        }
        #expect(faults.isEmpty, "\(faults.count) faults, the first: \(faults.prefix(5).joined(separator: "\n"))")
        if Self.seeds.count >= 2_000 { #expect(Trouble.allCases.allSatisfy { (seen[$0] ?? 0) > 100 }, "\(seen)") }
    }

    @Test func `R8: whatever at-change says, the parts of a delta sum to it`() throws {
        for seed in Self.seeds where seed % 20 == 0 {
            for machine in Self.machines(seed) {
                let samples = Self.arrivals(machine).sorted { Self.precedes($0, $1) }
                let sums = try [AtChange.later, .earlier, .byTime].map { change in
                    try Self.facts(samples, Self.plan(machine, atChange: change)).values.reduce(Amounts.zero) {
                        try $0.adding($1.amounts)
                    }
                }
                #expect(sums[0] == sums[1] && sums[0] == sums[2], "seed \(seed)")
            }
        }
    }
}
