import MillraceCore
import MillraceValues

/// Finds the declared resets of a counter; keeps the stretch between two of them, so that most questions cost two comparisons.
struct ResetClock: Sendable {
    private let times: ResetTimes
    private let calendar: ShiftCalendar
    /// By the area of the equipment, -1 for the plant.
    private var stretches: [Int: (from: Instant, until: Instant)] = [:]

    /// For those times, by that calendar.
    init(_ times: ResetTimes, _ calendar: ShiftCalendar) {
        (self.times, self.calendar) = (times, calendar)
    }

    /// The declared reset that a fall at `closing` may be, by a clock that may be off; nil where there is none.
    ///
    /// - Shape: `known` is when the counter was set back last: a time so near to it has been dealt with.
    mutating func near(_ closing: Instant, after opening: Instant, known: Instant?, of equipment: String) -> Instant? {
        let last = latest(atOrBefore: closing + times.within, equipment)
        return last > opening - times.within && isOpen(last, known) ? last : nil
    }

    /// The last declared reset after `opening`, up to `closing`; nil where there is none.
    mutating func between(_ opening: Instant, _ closing: Instant, known: Instant?, of equipment: String) -> Instant? {
        let last = latest(atOrBefore: closing, equipment)
        return last > opening && isOpen(last, known) ? last : nil
    }

    private func isOpen(_ time: Instant, _ known: Instant?) -> Bool {
        guard let known else { return true }
        return time > known + times.within
    }

    private mutating func latest(atOrBefore instant: Instant, _ equipment: String) -> Instant {
        let area = calendar.area(of: equipment) ?? -1
        if let known = stretches[area], instant >= known.from, instant < known.until { return known.from }
        let found = stretch(around: instant, calendar.of(equipment))
        stretches[area] = found
        return found.from
    }

    /// The last declared reset up to `instant` and the next one.
    private func stretch(around instant: Instant, _ calendar: ShiftCalendar) -> (from: Instant, until: Instant) {
        var (last, next) = (Instant.distantPast, Instant.distantFuture)
        func note(_ border: Instant) {
            if border <= instant { last = max(last, border) } else { next = min(next, border) }
        }
        if times.atDays {
            let day = calendar.day(at: instant)
            note(day.start)
            note(day.end)
        }
        if times.atShifts { shiftStarts(around: instant, calendar).forEach(note) }
        let today = calendar.settings.zone.local(instant).date
        for time in times.times {
            for offset in -2...2 {
                let local = CivilTime(
                    date: today.adding(days: offset), microsecondsOfDay: Int64(time.seconds) * 1_000_000)
                note(calendar.settings.zone.border(local))
            }
        }
        return (last, next)
    }

    /// The start of the shift before and of the one after; time in no shift is passed over, a month of it at most.
    private func shiftStarts(around instant: Instant, _ calendar: ShiftCalendar) -> [Instant] {
        var starts: [Instant] = []
        var span = calendar.span(at: instant)
        var steps = 0
        while span.isOff, steps < 62 {
            span = calendar.span(at: span.start - .microseconds(1))
            steps += 1
        }
        if !span.isOff { starts.append(span.start) }
        span = calendar.span(at: calendar.span(at: instant).end)
        steps = 0
        while span.isOff, steps < 62 {
            span = calendar.span(at: span.end)
            steps += 1
        }
        if !span.isOff { starts.append(span.start) }
        return starts
    }
}
