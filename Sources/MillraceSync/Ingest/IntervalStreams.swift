import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Ready intervals of equipment.
struct IntervalStreams: StreamEngine {
    private let engine: IntervalEngine
    private let calendar: ShiftCalendar
    private let limits: Plant.Limits
    private var told: [Downtime] = []

    /// An interval that ended so long before `lateness` may still lie under a newer one.
    private static var margin: Duration { .seconds(2 * 86_400) }

    init(plan: IntervalPlan, calendar: ShiftCalendar, limits: Plant.Limits) {
        (self.calendar, self.limits) = (calendar, limits)
        engine = IntervalEngine(plan: plan, calendar: calendar, keeps: limits.lateness + Self.margin)
    }

    var isAdditive: Bool { true }
    var readsToTheEnd: Bool { true }
    var tells: [CountedQuantity?] { [nil] }

    func speaking(_ text: ReadingMapping) throws -> IntervalStreams {
        guard case .intervals(let plan) = text.plan else { throw OtherKind(mapping: text.name) }
        return IntervalStreams(plan: plan, calendar: calendar, limits: limits)
    }

    func newState(equipment: String) -> IntervalState { IntervalState(equipment: equipment) }
    func state(_ bytes: [UInt8]) throws -> IntervalState { try IntervalState(storedState(bytes)) }
    func bytes(_ state: IntervalState) -> [UInt8] { JSONWriter.bytes(state.value) }

    mutating func take(
        _ sample: Sample, in batch: SampleBatch, isLate: Bool, state: inout IntervalState, into facts: inout [FactWrite]
    ) -> Taking {
        engine.take(sample, in: batch, pulledAt: isLate ? sample.instant : nil, state: &state)
        return .taken
    }

    func corrects(_ sample: Sample, in batch: SampleBatch, _ state: IntervalState) -> CorrectedInterval? {
        guard let start = engine.start(of: sample, in: batch) else { return nil }
        return CorrectedInterval(
            name: engine.name(of: sample, in: batch), start: start, isAtHand: engine.knows(sample, in: batch, state))
    }

    func adopt(_ facts: [Downtime], as interval: CorrectedInterval, state: inout IntervalState) {
        engine.adopt(facts, as: interval.name, state: &state)
    }

    mutating func settle(through instant: Instant, state: inout IntervalState, into facts: inout [FactWrite]) {}

    mutating func flush(state: inout IntervalState, into facts: inout [FactWrite]) {
        engine.flush(state: &state, into: &told)
        if told.isEmpty { return }
        facts += told.map { .interval($0) }
        told.removeAll(keepingCapacity: true)
    }

    func due(_ state: IntervalState) -> Instant? { nil }
    func newestInstant(_ state: IntervalState) -> Instant? { nil }
    func border(_ state: IntervalState, at instant: Instant) -> Instant? { nil }
    func earliestPending(_ state: IntervalState) -> Instant? { nil }
    func breakContinuity(_ state: inout IntervalState) {}
}

/// The interval that a row beyond `lateness` is about.
struct CorrectedInterval {
    /// Its name, as `same-when` says it.
    let name: String
    /// When it begins, as the row says.
    let start: Instant
    /// Whether it is in the state, so that the row corrects it as any other does.
    let isAtHand: Bool
}
