import MillraceCore
import MillraceValues

/// Brings intervals into shape and splits them (RULES R12).
///
/// ```text
///  samples ─add─▶ raw … raw ─join-gap─▶ joined ─ignore-shorter─▶ kept ─micro-stop, split-at─▶ facts
/// ```
///
/// Each step decides from the front, so the result depends on the samples alone and not on how often it is asked.
struct StateShaper: Sendable {
    let plan: StatePlan
    let calendar: ShiftCalendar

    // MARK: From states to raw intervals

    /// Adds what holds from the newest instant on.
    func add(_ next: StateInterval, to state: inout DowntimeState) {
        if let last = state.raw.last, last.start == next.start {
            // A second look at the same instant: only the last one counts.
            state.raw.removeLast()
            if !state.raw.isEmpty { state.raw[state.raw.count - 1].end = nil }
        }
        guard let last = state.raw.last else {
            state.raw = [next]
            return
        }
        if last.class == next.class, last.fixedReason == next.fixedReason {
            state.raw[state.raw.count - 1].absorb(next, takesReason: true)
            return
        }
        state.raw[state.raw.count - 1].end = next.start
        state.raw[state.raw.count - 1].last = next.first
        state.raw.append(next)
    }

    // MARK: Joining and ignoring

    /// The interval at the front after joining.
    private struct Joined {
        var interval: StateInterval
        /// How many raw intervals are in it.
        var count: Int
        /// Whether its end cannot move any more.
        var isDecided: Bool
    }

    /// Decides all that can be decided at `now`, before which no sample is missing.
    func advance(_ state: inout DowntimeState, now: Instant, into facts: inout [Downtime]) {
        state.nextDue = nil
        while !state.raw.isEmpty {
            let joined = join(state.raw, now: now)
            let interval = joined.interval
            guard joined.isDecided else {
                wait(for: joined, &state, now: now, into: &facts)
                return
            }
            state.raw.removeFirst(joined.count)
            guard var kept = state.kept else {
                state.kept = interval
                continue
            }
            if isShort(interval, now: now) {
                kept.absorb(interval, takesReason: false)
                state.kept = kept
            } else if kept.isOne(with: interval) {
                kept.absorb(interval, takesReason: true)
                state.kept = kept
            } else {
                facts += whole(kept, state.equipment)
                state.kept = interval
            }
        }
    }

    private func join(_ raw: [StateInterval], now: Instant) -> Joined {
        var result = Joined(interval: raw[0], count: 1, isDecided: false)
        let canJoin = raw[0].class != .producing && plan.shape.joinGap > .zero
        while let end = result.interval.end {
            guard canJoin else {
                result.isDecided = true
                return result
            }
            let partner = raw.indices.dropFirst(result.count).first { index in
                raw[index].start - end < plan.shape.joinGap && result.interval.isOne(with: raw[index])
            }
            guard let partner else {
                result.isDecided = now - end >= plan.shape.joinGap
                return result
            }
            for index in result.count...partner {
                result.interval.absorb(raw[index], takesReason: index == partner)
            }
            result.count = partner + 1
        }
        return result
    }

    /// What can be said while the front may still grow: the interval before it is final once the front is surely not
    /// ignored.
    private func wait(
        for joined: Joined, _ state: inout DowntimeState, now: Instant, into facts: inout [Downtime]
    ) {
        let interval = joined.interval
        if let kept = state.kept, !kept.isOne(with: interval) {
            if isShort(interval, now: now) {
                state.nextDue = interval.start + plan.shape.ignoreShorter
            } else {
                facts += whole(kept, state.equipment)
                state.kept = nil
            }
        }
        if let end = interval.end {
            let decided = end + plan.shape.joinGap
            state.nextDue = state.nextDue.map { max(now, min($0, decided)) } ?? decided
        }
    }

    private func isShort(_ interval: StateInterval, now: Instant) -> Bool {
        (interval.end ?? now) - interval.start < plan.shape.ignoreShorter
    }

    // MARK: From intervals to facts

    /// A final interval as it is told: a short one is a micro-stop, and split.
    func whole(_ interval: StateInterval, _ equipment: String) -> [Downtime] {
        var interval = interval
        let threshold = plan.shape.microStop(of: equipment)
        if let end = interval.end, interval.class == .unplannedDown, end - interval.start < threshold {
            interval.class = .microStop
        }
        return split(interval, until: interval.end ?? interval.start, equipment)
    }

    /// The interval that goes on, as far as its start is final.
    func open(_ state: DowntimeState, now: Instant) -> [Downtime] {
        guard !state.isStale, let front = state.raw.first else { return [] }
        let joined = join(state.raw, now: now)
        guard joined.interval.end == nil, joined.count == state.raw.count else { return [] }
        var interval = front
        interval = joined.interval
        if let kept = state.kept {
            guard kept.isOne(with: interval) else { return [] }
            interval = kept
            interval.absorb(joined.interval, takesReason: true)
        }
        return split(interval, until: max(now, interval.start), state.equipment)
    }

    /// The interval in parts, none of which crosses a border that `split-at` and `by-calendar` name.
    func split(_ interval: StateInterval, until end: Instant, _ equipment: String) -> [Downtime] {
        var facts: [Downtime] = []
        let calendar = calendar.of(equipment)
        var start = interval.start
        repeat {
            let span = calendar.span(at: start)
            var border = end
            if plan.splitAt.contains(.shift) || !plan.byCalendar.isEmpty { border = min(border, span.end) }
            if plan.splitAt.contains(.day) { border = min(border, calendar.day(at: start).end) }
            if plan.splitAt.contains(.order), let change = interval.orders.first(where: { $0.since > start }) {
                border = min(border, change.since)
            }
            let planned = planned(interval.class, at: start, in: span, calendar)
            if let until = planned.until { border = min(border, until) }
            let isLast = border >= end
            facts.append(
                Downtime(
                    mapping: plan.mapping, version: plan.version, equipment: equipment, start: start,
                    end: isLast ? interval.end : border, class: planned.class,
                    reason: interval.reason ?? interval.fallbackReason,
                    order: interval.orders.last { $0.since <= start }?.order ?? nil, shift: span.name,
                    productionDay: span.productionDay, first: interval.first, last: interval.last))
            if isLast { break }
            start = border
        } while start < end
        return facts
    }

    /// What standing is by the calendar, and until when that holds; nil for the whole span.
    private func planned(
        _ class: DowntimeClass, at instant: Instant, in span: ShiftSpan, _ calendar: ShiftCalendar
    ) -> (class: DowntimeClass, until: Instant?) {
        guard `class`.isStanding, !plan.byCalendar.isEmpty else { return (`class`, nil) }
        if span.isOff { return (plan.byCalendar.contains(.offShift) ? .offShift : `class`, nil) }
        guard plan.byCalendar.contains(.breaks),
            let pause = calendar.breaks(in: span).first(where: { $0.end > instant })
        else { return (`class`, nil) }
        return instant >= pause.start ? (.plannedDown, pause.end) : (`class`, pause.start)
    }
}
