// Hot path: every sample of a count mapping passes here; no text and no dictionary is made while nothing but counters
// change. Guarded by `script/bench`.

public import MillraceCore
public import MillraceValues

/// Turns samples into facts of production: deltas first, attribution second (RULES R7, R8, R12).
///
/// A plan with counters takes the samples of one equipment in the order of `Sample.precedes`. A slice is told when a
/// sample of a later slice comes or `settle` passes its end, so every fact comes once, whatever the batches; the one
/// exception are values held behind a fall to zero, which are decided later and tell their fact again
/// (`CountedFacts.revised`).
///
/// A plan of increments alone (`isAdditive`) takes rows in any order and tells all at `flush`: each fact then carries
/// the amounts to add to what is stored under its identity (`ProductionCount.adding`).
public struct CountEngine: Sendable {
    let plan: CountPlan
    /// Whether facts are amounts to add, told at `flush`.
    public let isAdditive: Bool
    var cursor: ShiftCursor
    let slice: Duration
    let sliceWidth: Int64
    let silence: Int64
    private let steppers: [CounterStepper?]
    /// For each quantity whether its stepper is asked for falls alone.
    private let takesAnyRise: [Bool]
    private var resetClocks: [ResetClock?]
    private let hasResetClocks: Bool
    /// The quantity that each of the plan's adds to, where it adds to one; nil where it takes away, or does both.
    let singleEffects: [CountedQuantity?]
    private let slotCount: Int
    /// Whether steps need to know what held at their opening reading.
    let keepsHistory: Bool

    /// An engine for that plan: facts in slices of `slice`, deltas over more than `silence` marked.
    public init(plan: CountPlan, calendar: ShiftCalendar, slice: Duration, silence: Duration) {
        self.plan = plan
        self.slice = slice
        sliceWidth = max(1, slice.wholeMicroseconds)
        self.silence = silence.wholeMicroseconds
        isAdditive = !plan.hasCounters
        cursor = ShiftCursor(calendar)
        slotCount = plan.slots.count
        keepsHistory = plan.atChange != .later && plan.hasCounters
        steppers = plan.quantities.map { quantity in
            if case .counter(let rule) = quantity.source { CounterStepper(rule) } else { nil }
        }
        takesAnyRise = steppers.map { $0?.takesAnyRise ?? false }
        resetClocks = steppers.map { $0?.rule.resetTimes.map { ResetClock($0, calendar) } }
        hasResetClocks = resetClocks.contains { $0 != nil }
        singleEffects = plan.quantities.map { quantity in
            guard quantity.effects.count == 1, let effect = quantity.effects.first, !effect.isNegative else {
                return nil
            }
            return effect.quantity
        }
    }

    /// Works on one sample of the state's equipment.
    ///
    /// - Shape: `isLate` marks the pieces `late-from` (RULES R4); the caller has set the sample's instant to that of
    ///   its pull. `batch` has as many slots as the plan.
    /// - Effects: `facts` gains what can be told now. Nothing is changed unless the result is `.taken`.
    @discardableResult
    public mutating func take(
        _ sample: Sample, in batch: SampleBatch, isLate: Bool = false, state: inout CountState,
        into facts: inout CountedFacts
    ) -> Taking {
        if !isAdditive {
            if let newest = state.newest {
                let isSameSource = state.source >= 0 && state.sources[Int(state.source)] == batch.source
                let meeting = newest.meeting(sample, isSameSource: isSameSource)
                if meeting != .taken { return meeting }
            }
            // In order, but in a slice that was told already: told fresh once more, it would be booked twice.
            if sample.instant < state.toldThrough { return .late }
            if state.nextDue <= sample.instant { tell(through: sample.instant, &state, &facts) }
            state.newest = NewestSample(sample)
        }
        if state.source < 0 || state.sources[Int(state.source)] != batch.source { state.enter(batch.source) }
        let base = Int(sample.row) * slotCount
        for slot in 0..<slotCount {
            switch batch.updates[base + slot] {
            case .unchanged: continue
            case .nothing:
                set(nil, slot, &state)
                state.conditions.forget(slot)
            case .value(.null): set(nil, slot, &state)
            case .value(let value): set(value, slot, &state)
            case .condition(let report): set(state.conditions.take(report, slot: slot), slot, &state)
            }
        }
        if state.isStale || isAdditive || (state.segments.last?.until ?? .distantPast) <= sample.instant {
            attribute(at: sample.instant, &state)
        }
        for index in plan.quantities.indices {
            guard case .value(let value) = batch.updates[base + plan.quantities[index].slot] else { continue }
            count(value, index, sample, batch.numbering, isLate: isLate, &state)
        }
        if !isAdditive, state.nextDue <= sample.instant { tell(through: sample.instant, &state, &facts) }
        return .taken
    }

    /// Tells the facts of every slice that ended at `instant` or before, now that nothing before it is missing.
    public func settle(through instant: Instant, state: inout CountState, into facts: inout CountedFacts) {
        if !isAdditive, state.nextDue <= instant { tell(through: instant, &state, &facts) }
    }

    /// Tells everything that is in the making, finished or not: of an additive plan at the end of each batch.
    public func flush(state: inout CountState, into facts: inout CountedFacts) {
        tell(through: .distantFuture, &state, &facts)
    }

    private func set(_ value: Value?, _ slot: Int, _ state: inout CountState) {
        if plan.attributionSlots[slot], state.values[slot] != value { state.isStale = true }
        state.values[slot] = value
        if value == nil {
            // A signal that becomes undefined keeps its last number, and proves nothing any more.
            for index in plan.quantities.indices where plan.quantities[index].slot == slot {
                state.counters[index].isContinuous = false
            }
        }
    }

    private mutating func count(
        _ value: Value, _ index: Int, _ sample: Sample, _ numbering: ReadingBatch.Numbering, isLate: Bool,
        _ state: inout CountState
    ) {
        let number: ExactDecimal
        if case .number(let plain) = value {
            number = plain
        } else if let other = value.decimal ?? value.text.flatMap({ ExactDecimal($0) }) {
            number = other
        } else {
            state.counters[index].isContinuous = false
            return
        }
        let reading = CounterReading(
            value: number, instant: sample.instant, source: state.source, position: sample.position)
        if takesAnyRise[index], !sample.isReset, let rise = CounterStepper.rise(&state.counters[index], to: reading) {
            if bookCurrent(rise.amount, [], index, from: rise.opening, to: reading, &state) { return }
            book(
                Delta(step: .counted(rise.amount, []), opening: rise.opening, closing: reading), index, state.segments,
                &state)
            if keepsHistory, state.segments.count > 1 { trimHistory(&state) }
            return
        }
        guard let stepper = steppers[index] else {
            return book(
                Delta(step: .counted(number, isLate ? .lateFrom : []), opening: nil, closing: reading), index,
                state.segments,
                &state)
        }
        var evidence = StepEvidence(isReset: sample.isReset, isNewInstance: false, isSequence: numbering == .chain)
        if numbering != .ours, let last = state.counters[index].last, last.source != state.source {
            evidence.isNewInstance = true
        }
        if hasResetClocks, resetClocks[index] != nil, let last = state.counters[index].last {
            let counter = state.counters[index]
            let known = counter.held.flatMap { $0.isResetNear ? $0.zero.instant : nil } ?? counter.lastReset
            evidence.resetNear = resetClocks[index]?.near(
                reading.instant, after: last.instant, known: known, of: state.equipment)
            evidence.resetBetween = resetClocks[index]?.between(
                last.instant, reading.instant, known: known, of: state.equipment)
        }
        let verdict = stepper.step(&state.counters[index], to: reading, evidence)
        if case .counted(let amount, let marks) = verdict.step, verdict.settled == nil, verdict.withdrawn == nil,
            state.counters[index].suspect == nil,
            bookCurrent(amount, marks, index, from: verdict.opening, to: state.counters[index].last ?? reading, &state)
        {
            return
        }
        if let withdrawn = verdict.withdrawn { withdraw(withdrawn, index, &state) }
        if let settled = verdict.settled {
            book(
                Delta(step: settled.step, opening: settled.opening, closing: settled.closing), index,
                state.heldSegments[index], &state)
            state.heldSegments[index] = []
        }
        if verdict.step == .held {
            if state.counters[index].held?.first?.position == reading.position {
                state.heldSegments[index] = state.segments
            }
        } else {
            let closing = state.counters[index].last ?? reading
            book(Delta(step: verdict.step, opening: verdict.opening, closing: closing), index, state.segments, &state)
            if let suspect = state.counters[index].suspect, suspect.off.position == reading.position {
                state.heldSegments[index] = accepted(from: suspect.before, state.segments).map { [$0] } ?? []
            }
        }
        if keepsHistory, state.segments.count > 1 { trimHistory(&state) }
    }
}
