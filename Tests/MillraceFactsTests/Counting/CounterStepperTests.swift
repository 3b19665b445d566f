import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceFacts

@Suite("Counter stepper")
struct CounterStepperTests {
    /// What the values mean one after the other, a minute apart, each with its held predecessors' decisions in front.
    private func steps(
        _ rule: CounterRule, _ values: [Int64], minutes: Int64 = 1, evidence: [Int: StepEvidence] = [:]
    ) -> [CounterStep] {
        let stepper = CounterStepper(rule)
        var state = CounterState()
        var steps: [CounterStep] = []
        for (index, value) in values.enumerated() {
            let reading = CounterReading(
                value: ExactDecimal(value), instant: Instant(seconds: Int64(index) * minutes * 60), source: 0,
                position: Int64(index))
            let verdict = stepper.step(&state, to: reading, evidence[index] ?? StepEvidence())
            if let settled = verdict.settled { steps.append(settled.step) }
            steps.append(verdict.step)
        }
        return steps
    }

    private func counted(_ amount: Int64, _ marks: MarkSet = []) -> CounterStep {
        .counted(ExactDecimal(amount), marks)
    }
    private func doubt(_ amount: Int64, _ doubt: Doubt) -> CounterStep { .unconfirmed(ExactDecimal(amount), doubt) }

    @Test func `R8: a 16-bit counter rolls over`() {
        #expect(steps(Press.evidence, [65530, 5]) == [.baseline, counted(11, .rollover)])
    }

    @Test func `R8: a rise faster than the rate is unconfirmed, and counting goes on from it`() {
        #expect(steps(Press.evidence, [10, 500, 503]) == [.baseline, doubt(490, .tooFast), counted(3)])
    }

    @Test func `R8: after sixty hours two numbers of rollovers are plausible, so the step is flagged`() {
        #expect(steps(Press.evidence, [100, 400], minutes: 3600) == [.baseline, doubt(300, .ambiguous)])
    }

    @Test func `R8: where the agent proves that nothing was lost, the time since the last reading does not count`() {
        let proof = StepEvidence(isSequence: true)
        #expect(
            steps(Press.evidence, [100, 103], minutes: 3600, evidence: [0: proof, 1: proof]) == [.baseline, counted(3)])
    }

    @Test func `R8: a fall without an explanation is flagged, and counting goes on from the new base`() {
        #expect(steps(Press.evidence, [4711, 12, 15]) == [.baseline, doubt(12, .fall), counted(3)])
    }

    @Test func `R8: a reset that the source tells of counts the new value from zero`() {
        #expect(
            steps(Press.evidence, [4711, 12], evidence: [1: StepEvidence(isReset: true)]) == [
                .baseline, counted(12, .reset),
            ])
    }

    @Test func `R8: a new instance of the agent explains a fall that is plausible from zero`() {
        let fresh = StepEvidence(isNewInstance: true)
        #expect(steps(Press.evidence, [4711, 12], evidence: [1: fresh]) == [.baseline, counted(12, .reset)])
        #expect(steps(Press.evidence, [4711, 900], evidence: [1: fresh]) == [.baseline, doubt(900, .fall)])
        #expect(steps(Press.evidence, [4711, 4713], evidence: [1: fresh]) == [.baseline, counted(2)])
    }

    @Test func `R8: a new instance of the agent that begins with zero is told by the values after it`() {
        let fresh = StepEvidence(isNewInstance: true)
        #expect(
            steps(Press.evidence, [4711, 0, 4713, 4714], evidence: [1: fresh])
                == [.baseline, .held, .held, counted(2, .transientZero), counted(1)])
        #expect(
            steps(Press.evidence, [4711, 0, 2, 3], evidence: [1: fresh])
                == [.baseline, .held, .held, counted(2, .reset), counted(1)])
        // Both are plausible: the instance tells.
        #expect(
            steps(Press.evidence, [20, 0, 22, 23], evidence: [1: fresh])
                == [.baseline, .held, .held, counted(22, .reset), counted(1)])
    }

    @Test func `R8: with 'reset: zero' every fall is a reset`() {
        let rule = CounterRule(modulus: nil, maxRate: Press.rate, reset: .zero, first: .baseline)
        #expect(steps(rule, [4711, 12, 0, 7]) == [.baseline, counted(12, .reset), counted(0, .reset), counted(7)])
    }

    @Test func `R8: the first value is the base, or counts whole where the mapping says so`() {
        let rule = CounterRule(modulus: nil, maxRate: Press.rate, reset: .evidence, first: .count)
        #expect(steps(Press.evidence, [7]) == [.baseline])
        #expect(steps(rule, [7]) == [counted(7)])
    }

    @Test func `R8: a zero from which the count returns to where it was is transient`() {
        #expect(
            steps(Press.evidence, [3760, 0, 3763, 3766, 3767])
                == [.baseline, .held, .held, counted(3, .transientZero), counted(3), counted(1)])
    }

    @Test func `R8: a zero from which the count goes on is a reset`() {
        #expect(
            steps(Press.evidence, [3760, 0, 2, 5]) == [.baseline, .held, .held, counted(2, .reset), counted(3)])
    }

    @Test func `R8: repeated zeros say no more than one`() {
        #expect(
            steps(Press.evidence, [3760, 0, 0, 0, 3763, 3766])
                == [.baseline, .held, .held, .held, .held, counted(3, .transientZero), counted(3)])
    }

    @Test func `R8: a zero is flagged where what follows goes on from both numbers, or from neither`() {
        #expect(steps(Press.evidence, [3, 0, 5, 6]) == [.baseline, .held, .held, doubt(2, .zero), counted(1)])
        #expect(
            steps(Press.evidence, [3760, 0, 1900, 1901]) == [.baseline, .held, .held, doubt(1900, .zero), counted(1)])
    }

    @Test func `R8: where zero is the very first value, the rise after it is flagged`() {
        #expect(
            steps(Press.evidence, [0, 3763, 3766, 3767]) == [.baseline, doubt(3763, .tooFast), counted(3), counted(1)])
    }

    @Test func `R8: without a rate a rise counts as it is and a fall by less than half the modulus is a rollover`() {
        let rule = CounterRule(modulus: ExactDecimal(65536), maxRate: nil, reset: .evidence, first: .baseline)
        #expect(steps(rule, [10, 60000]) == [.baseline, counted(59990)])
        #expect(steps(rule, [65530, 5]) == [.baseline, counted(11, .rollover)])
        #expect(steps(rule, [30000, 5]) == [.baseline, doubt(5, .fall)])
    }

    @Test func `R8: without a rate a zero belongs to whichever number the first value is nearer`() {
        #expect(
            steps(Press.bare, [3760, 0, 3763, 3766]) == [
                .baseline, .held, .held, counted(3, .transientZero), counted(3),
            ])
        #expect(steps(Press.bare, [3760, 0, 2, 3]) == [.baseline, .held, .held, counted(2, .reset), counted(1)])
    }

    @Test func `R8: numbers with too many digits are flagged, never a trap`() {
        let rule = CounterRule(modulus: nil, maxRate: nil, reset: .evidence, first: .baseline)
        #expect(
            steps(rule, [-9_000_000_000_000_000_001, 9_000_000_000_000_000_001]) == [
                .baseline, .unconfirmed(.zero, .tooLarge),
            ])
    }

    // MARK: What a later value tells

    /// What the last verdict says, and how many steps were taken back.
    private func verdicts(_ rule: CounterRule, _ values: [Int64]) -> (last: CounterStep, withdrawn: Int) {
        let stepper = CounterStepper(rule)
        var state = CounterState()
        var (last, withdrawn) = (CounterStep.baseline, 0)
        for (index, value) in values.enumerated() {
            let reading = CounterReading(
                value: ExactDecimal(value), instant: Instant(seconds: Int64(index) * 20), source: 0,
                position: Int64(index))
            let verdict = stepper.step(&state, to: reading, StepEvidence())
            last = verdict.step
            if verdict.withdrawn != nil { withdrawn += 1 }
        }
        return (last, withdrawn)
    }

    private static let glitches: [(values: [Int64], amount: Int64)] = [
        ([400, 9000, 402], 2), ([400, 9000, 9000, 402], 2), ([400, 17, 402], 2), ([65530, 300, 3], 9),
    ]

    @Test(arguments: glitches)
    func `R8: a single number off is taken back, and the step over it counts`(_ values: [Int64], _ amount: Int64) {
        let found = verdicts(Press.evidence, values)
        let marks: MarkSet = values[0] > 60_000 ? [.glitch, .rollover] : .glitch
        #expect(found.last == counted(amount, marks) && found.withdrawn == 1)
    }

    @Test func `R8: where the number after it goes on from both, nothing of the step is booked`() {
        let found = verdicts(Press.evidence, [400, 380, 402])
        #expect(found.last == doubt(2, .either) && found.withdrawn == 1)
        let between = verdicts(Press.evidence, [10, 60, 61])
        #expect(between.last == counted(1) && between.withdrawn == 0)
    }

    @Test func `R8: a jump from which the count goes on stays unconfirmed`() {
        let found = verdicts(Press.evidence, [400, 9000, 9003])
        #expect(found.last == counted(3) && found.withdrawn == 0)
    }

    @Test func `R8: the same number at the same instant says nothing, also after a zero`() {
        let stepper = CounterStepper(Press.evidence)
        var state = CounterState()
        var steps: [CounterStep] = []
        for (seconds, value) in [(0, 3760), (10, 0), (20, 3763), (20, 3763), (30, 3766)] as [(Int64, Int64)] {
            let reading = CounterReading(
                value: ExactDecimal(value), instant: Instant(seconds: seconds), source: 0, position: 0)
            let verdict = stepper.step(&state, to: reading, StepEvidence())
            if let settled = verdict.settled { steps.append(settled.step) }
            steps.append(verdict.step)
        }
        #expect(steps == [.baseline, .held, .held, counted(0), counted(3, .transientZero), counted(3)])
    }

    @Test func `R8: of nothing or a whole modulus the modulus is told, for nothing would be seen by nobody`() {
        #expect(steps(Press.evidence, [100, 100], minutes: 3_600) == [.baseline, doubt(65_536, .ambiguous)])
    }

    @Test func `R8: a plain rise is what the whole rules make of it, and anything else is left to them`() {
        let rules = [
            CounterRule(modulus: nil, maxRate: nil, reset: .zero, first: .count), Press.bare, Press.evidence,
            CounterRule(modulus: ExactDecimal(256), maxRate: nil, reset: .evidence, first: .baseline),
        ]
        var random = SeededGenerator(seed: 47)
        var rises = 0
        for rule in rules {
            let stepper = CounterStepper(rule)
            var (state, plain) = (CounterState(), CounterState())
            var (value, instant) = (Int64(100), Int64(0))
            for position in 0..<4_000 {
                switch random.next() % 12 {
                case 0: value = 0
                case 1: value = Int64(random.next() % 400) - 20
                case 2: break
                default: value += Int64(random.next() % 5)
                }
                if random.next() % 8 > 0 { instant += 20 }
                let reading = CounterReading(
                    value: ExactDecimal(value), instant: Instant(seconds: instant), source: 0,
                    position: Int64(position))
                let verdict = stepper.step(&state, to: reading, StepEvidence())
                if stepper.takesAnyRise, let rise = CounterStepper.rise(&plain, to: reading) {
                    rises += 1
                    #expect(verdict == CounterVerdict(opening: rise.opening, step: .counted(rise.amount, [])))
                } else {
                    #expect(stepper.step(&plain, to: reading, StepEvidence()) == verdict)
                }
                #expect(plain == state)
            }
        }
        #expect(rises > 1_000)
    }

    // MARK: Declared resets

    private func reset(
        _ values: [(String, Int64)], within: Int64 = 120
    ) throws -> (counted: [ExactDecimal], flagged: [ExactDecimal]) {
        let rule = CounterRule(
            modulus: nil, maxRate: Press.rate, reset: .evidence, first: .baseline,
            resetTimes: ResetTimes(atShifts: true, within: .seconds(within)))
        let facts = try Press.facts(
            values.map { Row($0.0, ["parts": .number(ExactDecimal($0.1))]) }, plan: Press.plan(rule))
        return (facts.good(), facts.good(.unconfirmed))
    }

    @Test func `R8: a counter that is set back at each shift's start counts from zero then`() throws {
        let found = try reset([("13:58", 700), ("13:59", 720), ("14:01", 9), ("14:02", 20)])
        #expect(found.counted == [20, 9, 11].map { ExactDecimal($0) } && found.flagged.isEmpty)
    }

    @Test func `R8: the machine's clock may be off by 'within', either way, and a declared reset is used once`() throws
    {
        let early = try reset([("13:58", 700), ("13:59", 3), ("14:00:30", 12), ("14:01:30", 20)])
        let late = try reset([("13:59", 700), ("14:01", 720), ("14:01:30", 5), ("14:03", 9)])
        #expect(early.counted == [3, 9, 8].map { ExactDecimal($0) } && early.flagged.isEmpty)
        #expect(late.counted == [25, 4].map { ExactDecimal($0) } && late.flagged.isEmpty)
    }

    @Test func `R8: at no declared time a fall is flagged, and a rise over one that fits zero too`() throws {
        let fall = try reset([("09:00", 700), ("09:01", 9), ("09:02", 11)])
        #expect(fall.counted == [ExactDecimal(2)] && fall.flagged == [ExactDecimal(9)])
        let rise = try reset([("13:59:50", 5), ("14:00:10", 9)])
        #expect(rise.counted.isEmpty && rise.flagged == [ExactDecimal(4)])
    }

    // MARK: Good, scrap and total

    @Test(arguments: [true, false])
    func `R8: of good, scrap and total any two give the third`(_ hasGood: Bool) throws {
        let (known, missing): (CountedQuantity, CountedQuantity) = hasGood ? (.good, .scrap) : (.scrap, .good)
        var plan = Press.plan()
        plan.quantities = [
            QuantityPlan(
                quantity: known, slot: 0, source: .counter(Press.evidence),
                effects: [.init(known), .init(missing, isNegative: true)]),
            QuantityPlan(quantity: missing, slot: 1, source: .counter(Press.evidence), label: "total"),
        ]
        let facts = try Press.facts(
            [
                Row("06:00", ["parts": 65_530, "rejects": 10]), Row("06:01", ["parts": 4, "rejects": 23]),
                Row("06:02", ["parts": 6]), Row("06:02:30", ["rejects": 26]),
            ], plan: plan)
        #expect(facts.map { $0.amounts[known] } == [10, 2].map { ExactDecimal($0) })
        #expect(facts.map { $0.amounts[missing] } == [3, 1].map { ExactDecimal($0) })
    }
}
