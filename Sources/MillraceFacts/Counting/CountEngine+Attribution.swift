import MillraceCore
import MillraceValues

extension CountEngine {
    /// Brings the segments up to what holds at `instant`.
    func attribute(at instant: Instant, _ state: inout CountState) {
        // A table's rows can begin to hold between two samples; each such border is a change at its own instant.
        var rounds = 0
        while let last = state.segments.last, last.until <= instant, last.until > last.since, !isAdditive,
            rounds < 1_000
        {
            look(at: last.until, &state)
            rounds += 1
        }
        if state.isStale || isAdditive || (state.segments.last?.until ?? .distantPast) <= instant {
            look(at: instant, &state)
        }
        state.isStale = false
    }

    private func look(at instant: Instant, _ state: inout CountState) {
        let frame = SignalFrame(
            values: state.values, instant: instant, equipment: state.equipment, timelines: state.timelines)
        let segment = AttributionSegment(
            since: instant, attribution: plan.attribution(frame), until: plan.holdsUntil(frame))
        guard let last = state.segments.last else {
            state.segments = [segment]
            state.current = -1
            return
        }
        if last.attribution == segment.attribution {
            state.segments[state.segments.count - 1].until = segment.until
            return
        }
        state.current = -1
        if keepsHistory {
            state.segments.append(segment)
        } else {
            state.segments = [segment]
        }
    }

    /// Forgets what held before the oldest reading that a step may still begin at.
    func trimHistory(_ state: inout CountState) {
        var oldest = Instant.distantFuture
        for counter in state.counters {
            if let held = counter.held { oldest = min(oldest, held.before.instant) }
            if let suspect = counter.suspect { oldest = min(oldest, suspect.before.instant) }
            if let last = counter.last { oldest = min(oldest, last.instant) }
        }
        let needed = state.segments.lastIndex { $0.since <= oldest } ?? 0
        if needed > 0 { state.segments.removeFirst(needed) }
    }

    /// What a step that no rule explains counts for if a person accepts it: whole, so never shared by time.
    func accepted(from opening: CounterReading?, _ segments: [AttributionSegment]) -> AttributionSegment? {
        guard plan.atChange == .earlier, let opening else { return segments.last }
        return segments.last { $0.since <= opening.instant } ?? segments.first
    }

    /// The time to which `at-change` gives a delta as a whole.
    func wholeHeld(from opening: Instant, to closing: Instant) -> (since: Instant?, until: Instant)? {
        switch plan.atChange {
        case .later: nil
        case .earlier: (nil, opening)
        case .byTime: (opening, closing)
        }
    }

    /// Shares a delta over what held in its time, as `at-change` says; the shares sum to it.
    func parts(
        of amount: ExactDecimal, from opening: Instant, to closing: Instant, _ segments: [AttributionSegment]
    ) -> [(attribution: Attribution, amount: ExactDecimal, held: (since: Instant?, until: Instant)?)] {
        let first = segments.lastIndex { $0.since <= opening } ?? 0
        let last = segments.count - 1
        let held = wholeHeld(from: opening, to: closing)
        if plan.atChange == .earlier { return [(segments[first].attribution, amount, held)] }
        let (whole, overflow) = closing.microseconds.subtractingReportingOverflow(opening.microseconds)
        guard first < last, !overflow, whole > 0 else { return [(segments[last].attribution, amount, held)] }
        var result: [(Attribution, ExactDecimal, (since: Instant?, until: Instant)?)] = []
        var rest = amount
        for index in first..<last {
            let start = max(segments[index].since, opening)
            let length = segments[index + 1].since.microseconds - start.microseconds
            // What is too long to be shared stays whole with what holds at its closing reading.
            guard length > 0 else { continue }
            let share = try? amount.share(length, of: whole)  // try?: too many digits: it stays in the rest
            guard let share, let left = try? rest.subtracting(share) else { continue }  // try?: too many digits, too
            if !share.isZero {
                result.append((segments[index].attribution, share, (since: start, until: segments[index + 1].since)))
            }
            rest = left
        }
        if !rest.isZero {
            result.append((segments[last].attribution, rest, (since: segments[last].since, until: closing)))
        }
        return result
    }
}
