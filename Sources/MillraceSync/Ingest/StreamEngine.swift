import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// What counting and state engines have in common, so that ingesting, settling and repairing are written once.
protocol StreamEngine: Sendable {
    /// What is carried of one equipment.
    associatedtype State: Sendable

    /// Whether samples of one equipment do not depend on each other.
    var isAdditive: Bool { get }
    /// What of an equipment only one mapping may tell: the quantities it counts, nil for intervals (RULES R9).
    var tells: [CountedQuantity?] { get }

    /// The mappings whose timelines of orders it asks.
    var timelines: [MappingName] { get }

    /// Has a state ask these timelines, one for each that is named.
    func bind(_ timelines: [OrderTimeline], to state: inout State)

    /// Whether facts of a window may come from samples long after it, as the end of an interval may.
    var readsToTheEnd: Bool { get }

    /// The same engine for another text of its mapping.
    func speaking(_ text: ReadingMapping) throws -> Self
    /// A state of which nothing is known.
    func newState(equipment: String) -> State
    /// The state in a stored record.
    func state(_ bytes: [UInt8]) throws -> State
    /// The state as it is stored.
    func bytes(_ state: State) -> [UInt8]
    /// Works on one sample.
    mutating func take(
        _ sample: Sample, in batch: SampleBatch, isLate: Bool, state: inout State, into facts: inout [FactWrite]
    ) -> Taking
    /// Tells what nothing before `instant` can change any more.
    mutating func settle(through instant: Instant, state: inout State, into facts: inout [FactWrite])
    /// Tells everything, finished or not.
    mutating func flush(state: inout State, into facts: inout [FactWrite])
    /// When something can be told without a new sample.
    func due(_ state: State) -> Instant?
    /// The instant of the newest sample.
    func newestInstant(_ state: State) -> Instant?
    /// From when on facts are told again by whoever goes on from this state; nil where it is no border for a snapshot.
    func border(_ state: State, at instant: Instant) -> Instant?
    /// Where the earliest fact begins that going on from this state may still tell or change; nil where there is none.
    func earliestPending(_ state: State) -> Instant?
    /// Notes that the source may have lost readings.
    func breakContinuity(_ state: inout State)
    /// Nothing is known of these signals any more: another text takes them from elsewhere.
    func forget(_ signals: Set<String>, in state: inout State)
    /// The ready interval that a row is about; nil where samples are no intervals.
    func corrects(_ sample: Sample, in batch: SampleBatch, _ state: State) -> CorrectedInterval?
    /// Takes a ready interval that was forgotten into the state again, as its facts tell it.
    func adopt(_ facts: [Downtime], as interval: CorrectedInterval, state: inout State)
}

extension StreamEngine {
    func adopt(_ facts: [Downtime], as interval: CorrectedInterval, state: inout State) {}
    func forget(_ signals: Set<String>, in state: inout State) {}
    var timelines: [MappingName] { [] }
    func bind(_ timelines: [OrderTimeline], to state: inout State) {}
    var readsToTheEnd: Bool { false }
    func corrects(_ sample: Sample, in batch: SampleBatch, _ state: State) -> CorrectedInterval? { nil }
}

/// Counters and increments.
struct CountStreams: StreamEngine {
    private var engine: CountEngine
    private let plan: CountPlan
    private let calendar: ShiftCalendar
    private let limits: Plant.Limits
    private var told = CountedFacts()

    init(plan: CountPlan, calendar: ShiftCalendar, limits: Plant.Limits) {
        (self.plan, self.calendar, self.limits) = (plan, calendar, limits)
        engine = CountEngine(plan: plan, calendar: calendar, slice: limits.slice, silence: limits.silence)
    }

    var isAdditive: Bool { engine.isAdditive }
    var tells: [CountedQuantity?] { plan.quantities.map(\.quantity) }
    var timelines: [MappingName] { plan.timelines }

    func bind(_ timelines: [OrderTimeline], to state: inout CountState) { state.bind(timelines) }

    func speaking(_ text: ReadingMapping) throws -> CountStreams {
        guard case .counts(let plan) = text.plan else { throw OtherKind(mapping: text.name) }
        return CountStreams(plan: plan, calendar: calendar, limits: limits)
    }

    func newState(equipment: String) -> CountState { CountState(equipment: equipment, plan: plan) }

    func state(_ bytes: [UInt8]) throws -> CountState {
        try CountState(storedState(bytes), plan: plan)
    }

    func bytes(_ state: CountState) -> [UInt8] { JSONWriter.bytes(state.value(plan)) }

    mutating func take(
        _ sample: Sample, in batch: SampleBatch, isLate: Bool, state: inout CountState, into facts: inout [FactWrite]
    ) -> Taking {
        let taking = engine.take(sample, in: batch, isLate: isLate, state: &state, into: &told)
        hand(over: &facts)
        return taking
    }

    mutating func settle(through instant: Instant, state: inout CountState, into facts: inout [FactWrite]) {
        engine.settle(through: instant, state: &state, into: &told)
        hand(over: &facts)
    }

    mutating func flush(state: inout CountState, into facts: inout [FactWrite]) {
        engine.flush(state: &state, into: &told)
        hand(over: &facts)
    }

    private mutating func hand(over facts: inout [FactWrite]) {
        if !told.fresh.isEmpty {
            facts += told.fresh.map { isAdditive ? .add($0) : .fresh($0) }
            told.fresh.removeAll(keepingCapacity: true)
        }
        if !told.revised.isEmpty {
            facts += told.revised.map { .set($0) }
            told.revised.removeAll(keepingCapacity: true)
        }
    }

    func due(_ state: CountState) -> Instant? { state.due }
    func newestInstant(_ state: CountState) -> Instant? { state.newestInstant }
    func border(_ state: CountState, at instant: Instant) -> Instant? { state.isClean ? instant : nil }
    func earliestPending(_ state: CountState) -> Instant? { state.earliestPending }
    func breakContinuity(_ state: inout CountState) { state.breakContinuity() }
    func forget(_ signals: Set<String>, in state: inout CountState) { state.forget(signals, plan: plan) }
}

/// A text of a mapping makes another kind of fact than the one that went before.
struct OtherKind: Error, CustomStringConvertible {
    let mapping: MappingName

    var description: String {
        "mapping '\(mapping)' made another kind of fact before; give the new one a name of its own"
    }
}

/// The JSON of a stored state.
///
/// - Throws: `StoreError.corrupt` where it is none.
func storedState(_ bytes: [UInt8]) throws -> Value {
    do { return try JSONReader.read(bytes.span) } catch {
        throw StoreError.corrupt("a stream's state is damaged (\(error))")
    }
}
