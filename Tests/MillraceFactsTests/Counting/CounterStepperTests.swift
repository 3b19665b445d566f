import MillraceCore
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
}
