import MillraceCore
import MillraceFacts
import MillraceValues

extension WindowMath {
    /// The start of the window of that rule in which the instant lies.
    private func border(of rule: WindowRule, atOrBefore instant: Instant) -> Instant {
        switch rule {
        case .shift: calendar.span(at: instant).start
        case .day: calendar.day(at: instant).start
        case .every(let step): instant.floored(to: step)
        }
    }

    /// The last instant before that is a border of all the rules; nil where none is found within a year.
    func commonBorder(of rules: [WindowRule], before instant: Instant) -> Instant? {
        var candidate = instant - .microseconds(1)
        let limit = instant - .seconds(366 * 86_400)
        // Where the rules disagree the earliest of their borders is earlier each time.
        while candidate > limit {
            candidate = rules.map { border(of: $0, atOrBefore: candidate) }.min() ?? .distantPast
            if rules.allSatisfy({ isBorder(candidate, of: $0) }) { return candidate }
        }
        return nil
    }

    /// The first instant after that is a border of all the rules; nil where none is found within a year.
    func commonBorder(of rules: [WindowRule], after instant: Instant) -> Instant? {
        var candidate = rules.map { nextBorder(of: $0, after: instant) }.max() ?? .distantFuture
        let limit = instant + .seconds(366 * 86_400)
        while candidate < limit {
            if rules.allSatisfy({ isBorder(candidate, of: $0) }) { return candidate }
            let before = candidate - .microseconds(1)
            candidate = rules.map { nextBorder(of: $0, after: before) }.max() ?? .distantFuture
        }
        return nil
    }
}
