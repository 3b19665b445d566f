// Hot path: every counter reading passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Explains the steps of one counter, or flags them (RULES R8).
///
/// A class only so that looking one up for each reading copies nothing of its rule.
final class CounterStepper: Sendable {
    /// How the counter behaves.
    let rule: CounterRule
    private let unit: Int64

    /// For a counter of that rule.
    init(_ rule: CounterRule) {
        self.rule = rule
        unit = max(1, rule.maxRate?.unit.wholeMicroseconds ?? 1)
    }

    /// Whether every rise is counted as it is (`rise`): no rate is declared that it could break.
    var takesAnyRise: Bool { rule.maxRate == nil }

    /// Takes the next value of a counter that `takesAnyRise` where it is a plain rise, which nearly every value is; nil, and nothing
    /// done, where `step` has to look at it.
    ///
    /// - Shape: what is counted and the reading that the step begins at, as `step` would give them.
    @inline(__always) static func rise(
        _ state: inout CounterState, to reading: CounterReading
    ) -> (amount: ExactDecimal, opening: CounterReading)? {
        guard state.isSettled, let opening = state.last, opening.instant != reading.instant,
            !reading.value.isNegative, let amount = difference(reading.value, opening.value), !amount.isNegative
        else { return nil }
        state.last = reading
        state.isContinuous = true
        return (amount, opening)
    }

    /// Takes the next value in time and says what it means.
    func step(_ state: inout CounterState, to given: CounterReading, _ evidence: StepEvidence) -> CounterVerdict {
        let reading = unsigned(given)
        let isProven = evidence.isSequence && state.isContinuous && !evidence.isNewInstance
        let opening = state.last
        if let opening, opening.instant == reading.instant, opening.value == reading.value, !evidence.isReset {
            // The same once more says nothing: it neither confirms a number nor clears one.
            return CounterVerdict(opening: opening, step: .counted(.zero, []))
        }
        state.last = reading
        state.isContinuous = true
        guard let opening else {
            let step: CounterStep = rule.first == .count ? .counted(reading.value, []) : .baseline
            return CounterVerdict(opening: nil, step: step)
        }
        if let held = state.held {
            let verdict = stepHeld(held, &state, from: opening, to: reading, evidence, isProven)
            if let settled = verdict.settled { note(settled.step, at: settled.closing, &state) }
            note(verdict.step, at: reading, &state)
            return verdict
        }
        let step = explain(from: opening, to: reading, evidence, isProven)
        note(step, at: reading, &state)
        if let suspect = state.suspect {
            // Repeats of a number say no more than the number.
            if suspect.off.value == reading.value { return CounterVerdict(opening: opening, step: step) }
            state.suspect = nil
            if let verdict = bridge(suspect, to: reading, evidence, isProven, step) { return verdict }
        }
        keep(step, &state, from: opening, to: reading, isProven, evidence)
        return CounterVerdict(opening: opening, step: step)
    }

    /// Remembers when it was set back, so that a declared time near to that is not asked for once more.
    private func note(_ step: CounterStep, at reading: CounterReading, _ state: inout CounterState) {
        if case .counted(_, let marks) = step, marks.contains(.reset) { state.lastReset = reading.instant }
    }

    /// What a signed register shows as a negative number is the upper half of its modulus.
    private func unsigned(_ reading: CounterReading) -> CounterReading {
        guard rule.isSigned, reading.value.isNegative, let modulus = rule.modulus,
            let half = Self.sum(reading.value, reading.value), let above = Self.sum(half, modulus), !above.isNegative,
            let value = Self.sum(reading.value, modulus)
        else { return reading }
        var copy = reading
        copy.value = value
        return copy
    }

    /// Keeps what the values after this step may still explain.
    private func keep(
        _ step: CounterStep, _ state: inout CounterState, from opening: CounterReading, to reading: CounterReading,
        _ isProven: Bool, _ evidence: StepEvidence
    ) {
        switch step {
        case .held: hold(&state, before: opening, zero: reading, isProven, evidence)
        case .unconfirmed(let amount, let doubt) where doubt == .fall || doubt == .tooFast:
            state.suspect = CounterState.Suspect(
                before: opening, off: reading, amount: amount, doubt: doubt, isProven: isProven)
        default: break
        }
    }

    /// Whether the value after a suspect goes on from the number before it: then the suspect was a single reading off.
    ///
    /// - Shape: nil where the value goes on from the suspect alone, or from neither.
    private func bridge(
        _ suspect: CounterState.Suspect, to reading: CounterReading, _ evidence: StepEvidence, _ isProven: Bool,
        _ step: CounterStep
    ) -> CounterVerdict? {
        if evidence.isReset || evidence.isNewInstance { return nil }
        if case .counted(_, let marks) = step, marks.contains(.reset) { return nil }
        guard let difference = Self.difference(reading.value, suspect.before.value) else { return nil }
        let amount: ExactDecimal
        if rule.maxRate == nil, !difference.isNegative {
            amount = difference
        } else if case .one(let found) = candidate(
            difference, gap(from: suspect.before, to: reading, suspect.isProven && isProven))
        {
            amount = found
        } else {
            return nil
        }
        guard case .counted = step else {
            let marks: MarkSet = difference.isNegative ? [.glitch, .rollover] : .glitch
            return CounterVerdict(withdrawn: suspect, opening: suspect.before, step: .counted(amount, marks))
        }
        // A number that lies between both gives one sum either way: its own step stays in doubt, this one does not.
        if suspect.before.value <= suspect.off.value, suspect.off.value <= reading.value { return nil }
        return CounterVerdict(withdrawn: suspect, opening: suspect.before, step: .unconfirmed(amount, .either))
    }

    private func hold(
        _ state: inout CounterState, before: CounterReading, zero: CounterReading, _ isProven: Bool,
        _ evidence: StepEvidence
    ) {
        state.held = CounterState.Held(
            before: before, zero: zero, first: nil, isZeroProven: isProven, isFirstProven: false,
            isResetNear: evidence.resetNear != nil || evidence.isNewInstance)
    }

    // MARK: A step by itself

    private func explain(
        from opening: CounterReading, to closing: CounterReading, _ evidence: StepEvidence, _ isProven: Bool
    ) -> CounterStep {
        let value = closing.value
        if evidence.isReset {
            return value.isNegative ? .unconfirmed(value, .fall) : .counted(value, .reset)
        }
        guard let difference = Self.difference(value, opening.value) else { return .unconfirmed(.zero, .tooLarge) }
        if difference.isNegative {
            if rule.reset == .zero, !value.isNegative { return .counted(value, .reset) }
            let span = gap(from: opening, to: closing, isProven)
            // Zero may also be transient, just then: the values after it tell.
            if evidence.isNewInstance, !value.isNegative, isPlausible(value, span) {
                return value.isZero ? .held : .counted(value, .reset)
            }
            if let time = evidence.resetNear, !value.isNegative,
                isPlausible(value, min(span, gap(since: time, to: closing)))
            {
                return value.isZero ? .held : .counted(value, .reset)
            }
            if rule.maxRate == nil, value.isZero { return .held }
        } else if rule.maxRate == nil {
            return .counted(difference, [])
        } else if let time = evidence.resetBetween, !difference.isZero {
            return overReset(difference, from: opening, to: closing, since: time, isProven)
        }
        switch candidate(difference, gap(from: opening, to: closing, isProven)) {
        case .one(let amount): return .counted(amount, difference.isNegative ? .rollover : [])
        case .none:
            if !difference.isNegative { return .unconfirmed(difference, .tooFast) }
            return value.isZero ? .held : .unconfirmed(value, .fall)
        case .several(let amount):
            return difference.isNegative && value.isZero ? .held : .unconfirmed(amount, .ambiguous)
        }
    }

    /// A rise over a declared reset: from zero, or, where the machine did not do it, from the number before.
    private func overReset(
        _ difference: ExactDecimal, from opening: CounterReading, to closing: CounterReading, since time: Instant,
        _ isProven: Bool
    ) -> CounterStep {
        let isFromZero = isPlausible(closing.value, max(unit, Self.elapsed(from: time, to: closing.instant)))
        switch candidate(difference, gap(from: opening, to: closing, isProven)) {
        case .none: return isFromZero ? .counted(closing.value, .reset) : .unconfirmed(difference, .tooFast)
        case .one(let amount): return isFromZero ? .unconfirmed(amount, .resetTime) : .counted(amount, [])
        case .several(let amount): return .unconfirmed(amount, .ambiguous)
        }
    }

    /// Which of the difference plus whole numbers of moduli are plausible.
    private enum Candidate {
        case none
        case one(ExactDecimal)
        /// More than one; this is the smallest.
        case several(ExactDecimal)
    }

    private func candidate(_ difference: ExactDecimal, _ gap: Int64) -> Candidate {
        guard let modulus = rule.modulus, !modulus.isZero, !modulus.isNegative else {
            return !difference.isNegative && isPlausible(difference, gap) ? .one(difference) : .none
        }
        var amount = difference
        if amount.isNegative {
            guard let next = Self.sum(amount, modulus) else { return .none }
            // A fall by more than one modulus is no rollover: the number before was none that the counter can show.
            if next.isNegative { return .none }
            amount = next
        }
        guard rule.maxRate != nil else {
            // Only falls come here: without a rate a rise counts as it is, and a fall to zero is held.
            guard let twice = Self.sum(amount, amount), twice < modulus else { return .none }
            return .one(amount)
        }
        guard isPlausible(amount, gap) else { return .none }
        // Of nothing or a whole modulus the latter is told: nothing would be seen by nobody.
        if let next = Self.sum(amount, modulus), isPlausible(next, gap) {
            return .several(amount.isZero ? modulus : amount)
        }
        return .one(amount)
    }

    /// The time that a step may have taken, in microseconds: at least one unit of the rate, and just that where nothing
    /// was lost.
    private func gap(from opening: CounterReading, to closing: CounterReading, _ isProven: Bool) -> Int64 {
        isProven ? unit : max(unit, Self.elapsed(from: opening.instant, to: closing.instant))
    }

    /// The time since a declared reset, by a clock that may be off by its tolerance.
    private func gap(since time: Instant, to closing: CounterReading) -> Int64 {
        let within = rule.resetTimes?.within.wholeMicroseconds ?? 0
        let (sum, overflow) = Self.elapsed(from: time, to: closing.instant).addingReportingOverflow(within)
        return overflow ? .max : max(unit, sum)
    }

    private static func elapsed(from start: Instant, to end: Instant) -> Int64 {
        let (elapsed, overflow) = end.microseconds.subtractingReportingOverflow(start.microseconds)
        return overflow ? .max : elapsed
    }

    /// Whether so many pieces fit into that time; always where no rate is declared.
    private func isPlausible(_ amount: ExactDecimal, _ gap: Int64) -> Bool {
        guard let rate = rule.maxRate else { return true }
        // amount / gap ≤ pieces / unit, without dividing; both products fit into 126 bits.
        var need = Int128(amount.coefficient) * Int128(unit)
        var room = Int128(rate.pieces.coefficient) * Int128(gap)
        var shift = amount.exponent - rate.pieces.exponent
        while shift > 0 {
            let (next, overflow) = need.multipliedReportingOverflow(by: 10)
            if overflow { return amount.isNegative }
            (need, shift) = (next, shift - 1)
        }
        while shift < 0 {
            let (next, overflow) = room.multipliedReportingOverflow(by: 10)
            if overflow { return !rate.pieces.isNegative }
            (room, shift) = (next, shift + 1)
        }
        return need <= room
    }

    private static func difference(_ left: ExactDecimal, _ right: ExactDecimal) -> ExactDecimal? {
        try? left.subtracting(right)  // try?: the only error is a number of more than 18 digits; callers treat it
    }

    private static func sum(_ left: ExactDecimal, _ right: ExactDecimal) -> ExactDecimal? {
        try? left.adding(right)  // try?: the only error is a number of more than 18 digits, and the callers treat that
    }
}

extension CounterStepper {
    // MARK: A step after a fall to zero

    private func stepHeld(
        _ held: CounterState.Held, _ state: inout CounterState, from opening: CounterReading,
        to reading: CounterReading,
        _ evidence: StepEvidence, _ isProven: Bool
    ) -> CounterVerdict {
        guard let first = held.first else {
            if evidence.isReset {
                state.held = nil
                return CounterVerdict(opening: opening, step: explain(from: opening, to: reading, evidence, isProven))
            }
            if reading.value.isZero {
                state.held?.zero = reading
                state.held?.isZeroProven = held.isZeroProven && isProven
            } else {
                state.held?.first = reading
                state.held?.isFirstProven = isProven
            }
            return CounterVerdict(opening: opening, step: .held)
        }
        state.held = nil
        let step = explain(from: first, to: reading, evidence, isProven)
        keep(step, &state, from: first, to: reading, isProven, evidence)
        var goesOn = false
        if case .counted = step { goesOn = true }
        return CounterVerdict(settled: settle(held, first, goesOn: goesOn), opening: first, step: step)
    }

    private func settle(
        _ held: CounterState.Held, _ first: CounterReading, goesOn: Bool
    ) -> CounterVerdict.Settled {
        func settled(_ step: CounterStep, from opening: CounterReading) -> CounterVerdict.Settled {
            CounterVerdict.Settled(opening: opening, closing: first, step: step)
        }
        guard let difference = Self.difference(first.value, held.before.value) else {
            return settled(.unconfirmed(.zero, .tooLarge), from: held.before)
        }
        let flagged = settled(
            .unconfirmed(difference.isNegative ? first.value : difference, .zero), from: held.before)
        if rule.maxRate == nil { return nearer(held, first, difference) ?? flagged }
        guard goesOn else { return flagged }
        let fromBefore = candidate(
            difference, gap(from: held.before, to: first, held.isZeroProven && held.isFirstProven))
        let fromZero = candidate(first.value, gap(from: held.zero, to: first, held.isFirstProven))
        switch (fromBefore, fromZero) {
        case (.one(let amount), .none):
            return settled(
                .counted(amount, difference.isNegative ? [.transientZero, .rollover] : .transientZero),
                from: held.before)
        case (.none, .one(let amount)): return settled(.counted(amount, .reset), from: held.zero)
        case (_, .one(let amount)) where held.isResetNear:
            return settled(.counted(amount, .reset), from: held.zero)
        default: return flagged
        }
    }

    /// Without a rate: the number before or zero, whichever the first value is nearer to; nil where neither is.
    ///
    /// Zero itself is a rollover where it is no farther behind the number before than the first value is behind zero: a
    /// slow counter passes through zero every time that it rolls over.
    private func nearer(
        _ held: CounterState.Held, _ first: CounterReading, _ difference: ExactDecimal
    ) -> CounterVerdict.Settled? {
        if first.value.isNegative { return nil }
        if let modulus = rule.modulus, let rest = Self.difference(modulus, held.before.value), !rest.isNegative,
            rest <= first.value, difference.isNegative, let amount = Self.sum(rest, first.value)
        {
            return CounterVerdict.Settled(
                opening: held.before, closing: first, step: .counted(amount, .rollover))
        }
        let (near, far) = (difference.magnitude, first.value)
        if near < far, !difference.isNegative {
            return CounterVerdict.Settled(
                opening: held.before, closing: first, step: .counted(difference, .transientZero))
        }
        if far < near { return CounterVerdict.Settled(opening: held.zero, closing: first, step: .counted(far, .reset)) }
        return nil
    }
}
