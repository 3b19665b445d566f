// Hot path: every counter reading passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Explains the steps of one counter, or flags them (RULES R8).
struct CounterStepper: Sendable {
    /// How the counter behaves.
    let rule: CounterRule
    private let unit: Int64

    /// For a counter of that rule.
    init(_ rule: CounterRule) {
        self.rule = rule
        unit = max(1, rule.maxRate?.unit.wholeMicroseconds ?? 1)
    }

    /// Takes the next value in time and says what it means.
    func step(_ state: inout CounterState, to reading: CounterReading, _ evidence: StepEvidence) -> CounterVerdict {
        let isProven = evidence.isSequence && state.isContinuous && !evidence.isNewInstance
        let opening = state.last
        state.last = reading
        state.isContinuous = true
        guard let opening else {
            let step: CounterStep = rule.first == .count ? .counted(reading.value, []) : .baseline
            return CounterVerdict(opening: nil, step: step)
        }
        if let held = state.held {
            return stepHeld(held, &state, from: opening, to: reading, evidence, isProven)
        }
        let step = explain(from: opening, to: reading, evidence, isProven)
        if step == .held { hold(&state, before: opening, zero: reading, isProven) }
        return CounterVerdict(opening: opening, step: step)
    }

    private func hold(_ state: inout CounterState, before: CounterReading, zero: CounterReading, _ isProven: Bool) {
        state.held = CounterState.Held(
            before: before, zero: zero, first: nil, isZeroProven: isProven, isFirstProven: false)
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
            if evidence.isNewInstance, !value.isNegative, isPlausible(value, span) { return .counted(value, .reset) }
            if rule.maxRate == nil, value.isZero { return .held }
        } else if rule.maxRate == nil {
            return .counted(difference, [])
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
        if let next = Self.sum(amount, modulus), isPlausible(next, gap) { return .several(amount) }
        return .one(amount)
    }

    /// The time that a step may have taken, in microseconds: at least one unit of the rate, and just that where nothing
    /// was lost.
    private func gap(from opening: CounterReading, to closing: CounterReading, _ isProven: Bool) -> Int64 {
        if isProven { return unit }
        let (elapsed, overflow) = closing.instant.microseconds.subtractingReportingOverflow(
            opening.instant.microseconds)
        return overflow ? .max : max(unit, elapsed)
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
        sum(left, right.negated)
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
        if step == .held { hold(&state, before: first, zero: reading, isProven) }
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
