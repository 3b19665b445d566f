// Hot path: every sample of a state mapping passes here. Guarded by `script/bench`.

public import MillraceCore
public import MillraceValues

/// Turns samples into intervals of one state (RULES R12): states, then `join-gap`, `ignore-shorter`, `micro-stop`, then
/// `split-at`.
///
/// The state at an instant is that after all samples of the instant. Before any signal is known there is no state and
/// no fact. Intervals of every class are told, also `producing`, since reports need the seconds by class. `join-gap`
/// joins stops, never production: a blip of production between two stops vanishes in the stop, a blip of a stop in
/// production by `ignore-shorter`.
///
/// An interval is told when nothing can change it any more: when what follows it has lasted `ignore-shorter`, and no
/// stop of the same kind can come within `join-gap`. Which intervals are told depends on the samples alone; the
/// watermark of `settle` only tells them earlier. The reason is the first real one within the interval, and where none
/// comes, what stands for a missing one.
public struct DowntimeEngine: Sendable {
    private let plan: StatePlan
    private let slotCount: Int
    private let shaper: StateShaper
    /// What the reason field gives where nothing is known: no real reason.
    private let missingReason: Attributed

    /// An engine for that plan.
    public init(plan: StatePlan, calendar: ShiftCalendar) {
        self.plan = plan
        slotCount = plan.slots.count
        shaper = StateShaper(plan: plan, calendar: calendar)
        let nothing = SignalFrame(
            values: Array(repeating: nil, count: plan.slots.count), instant: .distantPast, equipment: "")
        missingReason = plan.reason(nothing)
    }

    /// Works on one sample of the state's equipment; samples come in the order of `Sample.precedes`.
    ///
    /// - Effects: `facts` gains the intervals that are final now. Nothing is changed unless the result is `.taken`.
    @discardableResult
    public mutating func take(
        _ sample: Sample, in batch: SampleBatch, state: inout DowntimeState, into facts: inout [Downtime]
    ) -> Taking {
        if let newest = state.newest {
            let meeting = newest.meeting(sample, isSameSource: state.source == batch.source)
            if meeting != .taken { return meeting }
            if sample.instant < state.decidedThrough { return .late }
            if state.isStale, newest.instant < sample.instant { look(&state, &facts) }
            if plan.holdsUntil != nil { followOrder(before: sample.instant, &state) }
        }
        state.newest = NewestSample(sample)
        if state.source != batch.source { state.source = batch.source }
        let base = Int(sample.row) * slotCount
        for slot in 0..<slotCount {
            switch batch.updates[base + slot] {
            case .unchanged: continue
            case .nothing:
                set(nil, slot, &state)
                state.conditions.forget(slot)
            case .value(let value): set(value == .null ? Value?.none : value, slot, &state)
            case .condition(let report): set(state.conditions.take(report, slot: slot), slot, &state)
            }
        }
        if let due = state.nextDue, due <= sample.instant, !state.isStale {
            shaper.advance(&state, now: sample.instant, into: &facts)
        }
        if state.isStale { state.nextDue = sample.instant + .microseconds(1) }
        return .taken
    }

    /// Tells the intervals that are final now that nothing before `instant` is missing.
    ///
    /// - Shape: with `provisional` also the interval that goes on, with the end nil, once its start is final; the same
    ///   fact may come again unchanged.
    public mutating func settle(
        through instant: Instant, provisional: Bool = false, state: inout DowntimeState, into facts: inout [Downtime]
    ) {
        if state.isStale, let newest = state.newest, newest.instant < instant { look(&state, &facts) }
        if plan.holdsUntil != nil { followOrder(before: instant, &state) }
        // Each decision rests on nothing having come up to its own due, and on no more.
        while let due = state.nextDue, due <= instant, !state.isStale {
            shaper.advance(&state, now: due, into: &facts)
            state.decidedThrough = max(state.decidedThrough, due)
            if let next = state.nextDue, next <= due {
                shaper.advance(&state, now: instant, into: &facts)
                state.decidedThrough = max(state.decidedThrough, instant)
                break
            }
        }
        if provisional { facts += shaper.open(state, now: instant) }
    }

    private func set(_ value: Value?, _ slot: Int, _ state: inout DowntimeState) {
        if value != nil { state.isKnown = true }
        if state.values[slot] == value { return }
        state.values[slot] = value
        state.isStale = true
    }

    /// Notes the orders that a table or timeline puts in force while no signal changes.
    private func followOrder(before instant: Instant, _ state: inout DowntimeState) {
        guard let holdsUntil = plan.holdsUntil, !state.isStale, let last = state.raw.indices.last,
            state.raw[last].end == nil
        else { return }
        var at = max(state.raw[last].start, state.raw[last].orders.last?.since ?? .distantPast)
        for _ in 0..<10_000 {
            var frame = SignalFrame(
                values: state.values, instant: at, equipment: state.equipment, timelines: state.timelines)
            let next = holdsUntil(frame)
            if next >= instant || next <= at { return }
            (at, frame.instant) = (next, next)
            let order = order(frame)
            if order != state.raw[last].orders.last?.order {
                state.raw[last].orders.append(.init(since: at, order: order))
            }
        }
    }

    private func order(_ frame: SignalFrame) -> String? {
        if case .value(let text) = plan.order(frame) { text } else { nil }
    }

    /// Finds the state that holds after all samples of the newest instant.
    private func look(_ state: inout DowntimeState, _ facts: inout [Downtime]) {
        state.isStale = false
        guard state.isKnown, let newest = state.newest else { return }
        let frame = SignalFrame(
            values: state.values, instant: newest.instant, equipment: state.equipment, timelines: state.timelines)
        let place = Place(source: state.source, position: newest.position)
        shaper.add(interval(frame, place), to: &state)
        shaper.advance(&state, now: newest.instant, into: &facts)
    }

    private func interval(_ frame: SignalFrame, _ place: Place) -> StateInterval {
        let found = plan.states.first { $0.when?(frame) ?? true }
        let said = plan.reason(frame)
        var (real, fallback): (String?, String?) = (found?.reason, nil)
        if real == nil, case .value(let text) = said {
            if said == missingReason { fallback = text } else { real = text }
        }
        return StateInterval(
            start: frame.instant, end: nil, class: found?.class ?? .unknown, fixedReason: found?.reason,
            startReason: real,
            reason: real, fallbackReason: fallback, orders: [.init(since: frame.instant, order: order(frame))],
            first: place,
            last: place)
    }
}
