import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// States of equipment.
struct StateStreams: StreamEngine {
    private var engine: DowntimeEngine
    private let plan: StatePlan
    private let calendar: ShiftCalendar
    private let tellsOpen: Bool
    private var told: [Downtime] = []

    /// With `tellsOpen` an interval that goes on is told too, for mappings that post provisionally.
    init(plan: StatePlan, calendar: ShiftCalendar, tellsOpen: Bool) {
        (self.plan, self.calendar, self.tellsOpen) = (plan, calendar, tellsOpen)
        engine = DowntimeEngine(plan: plan, calendar: calendar)
    }

    var isAdditive: Bool { false }
    var tells: [CountedQuantity?] { [nil] }
    var timelines: [MappingName] { plan.timelines }

    func bind(_ timelines: [OrderTimeline], to state: inout DowntimeState) { state.bind(timelines) }

    func speaking(_ text: ReadingMapping) throws -> StateStreams {
        guard case .states(let plan) = text.plan else { throw OtherKind(mapping: text.name) }
        return StateStreams(plan: plan, calendar: calendar, tellsOpen: tellsOpen)
    }

    func newState(equipment: String) -> DowntimeState { DowntimeState(equipment: equipment, plan: plan) }

    func state(_ bytes: [UInt8]) throws -> DowntimeState { try DowntimeState(storedState(bytes), plan: plan) }

    func bytes(_ state: DowntimeState) -> [UInt8] { JSONWriter.bytes(state.value(plan)) }

    mutating func take(
        _ sample: Sample, in batch: SampleBatch, isLate: Bool, state: inout DowntimeState, into facts: inout [FactWrite]
    ) -> Taking {
        let taking = engine.take(sample, in: batch, state: &state, into: &told)
        hand(over: &facts)
        return taking
    }

    mutating func settle(through instant: Instant, state: inout DowntimeState, into facts: inout [FactWrite]) {
        engine.settle(through: instant, provisional: tellsOpen, state: &state, into: &told)
        hand(over: &facts)
    }

    mutating func flush(state: inout DowntimeState, into facts: inout [FactWrite]) {}

    private mutating func hand(over facts: inout [FactWrite]) {
        if told.isEmpty { return }
        facts += told.map { .interval($0) }
        told.removeAll(keepingCapacity: true)
    }

    func due(_ state: DowntimeState) -> Instant? { state.due }
    func newestInstant(_ state: DowntimeState) -> Instant? { state.newestInstant }
    func border(_ state: DowntimeState, at instant: Instant) -> Instant? {
        min(state.earliestPending ?? instant, instant)
    }
    func earliestPending(_ state: DowntimeState) -> Instant? { state.earliestPending }
    func breakContinuity(_ state: inout DowntimeState) { state.breakContinuity() }
    func forget(_ signals: Set<String>, in state: inout DowntimeState) { state.forget(signals, plan: plan) }
}
