// Hot path: every counted step passes here. Guarded by `script/bench`.

public import MillraceCore
public import MillraceValues

/// A step with the readings it lies between.
struct Delta {
    var step: CounterStep
    /// The reading it begins at; nil for a first value and for an increment.
    var opening: CounterReading?
    /// The reading it is booked at.
    var closing: CounterReading
    /// Of a part of it that `at-change` gives to what held before the closing reading: that time, and just an instant where
    /// it is not shared by time. Nil for the closing reading's own.
    var held: (since: Instant?, until: Instant)?
}

extension CountEngine {
    /// Adds a step to its cells; `segments` is what held up to its closing reading.
    mutating func book(
        _ delta: Delta, _ quantity: Int, _ segments: [AttributionSegment], _ state: inout CountState
    ) {
        guard let closing = segments.last?.attribution else { return }
        let kind = plan.quantities[quantity]
        switch delta.step {
        case .baseline, .held: return
        case .unconfirmed(let amount, let doubt):
            let sentence = Self.sentence(delta, kind, doubt)
            let attribution = accepted(from: delta.opening, segments)?.attribution ?? closing
            var delta = delta
            if plan.atChange == .earlier { delta.held = delta.opening.map { (nil, $0.instant) } }
            add(amount, kind, marks(delta, []), delta, attribution, doubt: sentence, isCurrent: false, &state)
        case .counted(let amount, let marks):
            if amount.isZero { return }
            let marks = self.marks(delta, marks)
            var delta = delta
            guard keepsHistory, segments.count > 1, let opening = delta.opening else {
                if let opening = delta.opening {
                    delta.held = wholeHeld(from: opening.instant, to: delta.closing.instant)
                }
                let isCurrent = delta.closing.instant == state.newest?.instant
                if !closing.others.isEmpty { return deal(amount, quantity, marks, delta, closing, &state) }
                return add(amount, kind, marks, delta, closing, doubt: nil, isCurrent: isCurrent, &state)
            }
            for part in parts(of: amount, from: opening.instant, to: delta.closing.instant, segments) {
                var attribution = part.attribution
                attribution.counts = closing.counts
                delta.held = part.held
                deal(part.amount, quantity, marks, delta, attribution, &state)
            }
        }
    }

    /// Adds a counted step to the cell that the last one went to; false, and nothing done, where `book` has to find its cell.
    ///
    /// What nearly every step comes to, and what `book` would do: no attribution and no plan is copied for it.
    func bookCurrent(
        _ amount: ExactDecimal, _ marks: MarkSet, _ quantity: Int, from opening: CounterReading?,
        to closing: CounterReading, _ state: inout CountState
    ) -> Bool {
        if keepsHistory, state.segments.count > 1 { return false }
        if amount.isZero { return true }
        let cell = state.current
        guard cell >= 0, plan.shares.isEmpty, let single = singleEffects[quantity],
            closing.instant == state.newest?.instant,
            state.cells[cell].key.standing == .counted,
            closing.instant >= state.cells[cell].key.start, closing.instant < state.cells[cell].end,
            let sum = try? state.cells[cell].amounts[single].adding(amount)  // try?: `book` tells of too many digits
        else { return false }
        state.cells[cell].amounts[single] = sum
        let place = PlaceMark(source: closing.source, position: closing.position)
        extend(cell, place, self.marks(from: opening, to: closing, marks), &state)
        return true
    }

    private func marks(_ delta: Delta, _ marks: MarkSet) -> MarkSet {
        self.marks(from: delta.opening, to: delta.closing, marks)
    }

    private func marks(from opening: CounterReading?, to closing: CounterReading, _ marks: MarkSet) -> MarkSet {
        guard let opening else { return marks }
        let (elapsed, overflow) = closing.instant.microseconds.subtractingReportingOverflow(
            opening.instant.microseconds)
        return overflow || elapsed > silence ? marks.union(.afterSilence) : marks
    }

    /// Deals an amount out to the orders that share the counter: round by round, each its parts in turn; the parts sum to it.
    ///
    /// - Shape: what is no whole number of pieces goes to the first of them.
    private mutating func deal(
        _ amount: ExactDecimal, _ quantity: Int, _ marks: MarkSet, _ delta: Delta, _ attribution: Attribution,
        _ state: inout CountState
    ) {
        let kind = plan.quantities[quantity]
        let shares = [attribution] + attribution.others
        let round = shares.reduce(0) { $0 + $1.parts }
        guard shares.count > 1, round > 0, let pieces = amount.integer, pieces > 0 else {
            return add(amount, kind, marks, delta, attribution, doubt: nil, isCurrent: false, &state)
        }
        // What a counter of all pieces adds to the third quantity and another counter takes from it are rounds of that
        // quantity: dealt forth and back, so that no side gets less than nothing of it.
        for effect in kind.effects {
            guard let counted = CountedQuantity.allCases.firstIndex(of: effect.quantity) else { continue }
            let start = state.dealt[counted] % round
            let end = effect.isNegative ? start - pieces % round : start + pieces % round
            let (from, to) = effect.isNegative ? (end + round, start + round) : (start, end)
            let whole = pieces / round
            var one = kind
            one.effects = [effect]
            var low: Int64 = 0
            for var share in shares {
                let own =
                    whole * share.parts + Self.dealt(to, low, share.parts, round)
                    - Self.dealt(from, low, share.parts, round)
                low += share.parts
                if own == 0 { continue }
                share.counts = attribution.counts
                add(ExactDecimal(own), one, marks, delta, share, doubt: nil, isCurrent: false, &state)
            }
            state.dealt[counted] = (end + round) % round
        }
    }

    /// How many of the first pieces lie in a share's part of each round.
    private static func dealt(_ pieces: Int64, _ low: Int64, _ parts: Int64, _ round: Int64) -> Int64 {
        pieces / round * parts + min(max(pieces % round - low, 0), parts)
    }

    private mutating func add(
        _ amount: ExactDecimal, _ kind: QuantityPlan, _ marks: MarkSet, _ delta: Delta, _ attribution: Attribution,
        doubt: String?, isCurrent: Bool, _ state: inout CountState
    ) {
        let closing = delta.closing
        var cell = state.current
        let fits =
            isCurrent && cell >= 0 && closing.instant >= state.cells[cell].key.start
            && closing.instant < state.cells[cell].end
        if !fits {
            cell = findCell(delta, attribution, doubt, &state)
            if isCurrent { state.current = cell }
        }
        let place = PlaceMark(source: closing.source, position: closing.position)
        guard let sum = Self.sum(state.cells[cell].amounts, amount, kind.effects) else {
            let sentence = "\(kind.label) \(amount) at \(closing.instant): the slice's sum has too many digits"
            cell = findCell(delta, attribution, sentence, &state)
            state.cells[cell].amounts[kind.quantity] = amount
            return extend(cell, place, marks, &state)
        }
        state.cells[cell].amounts = sum
        extend(cell, place, marks, &state)
        guard attribution.waiting != nil, attribution.counts || doubt != nil else { return }
        state.cells[cell].pieces.append(
            WaitingPiece(
                instant: delta.held?.until ?? closing.instant, since: delta.held?.since,
                amounts: Self.sum(.zero, amount, kind.effects) ?? .zero,
                signals: attribution.signals ?? ValueObject()))
    }

    /// The amounts with so many pieces more; nil where a sum has too many digits.
    private static func sum(
        _ amounts: Amounts, _ amount: ExactDecimal, _ effects: [QuantityPlan.Effect]
    ) -> Amounts? {
        var result = amounts
        for effect in effects {
            let change = effect.isNegative ? amount.negated : amount
            guard let sum = try? result[effect.quantity].adding(change) else { return nil }  // try?: callers tell
            result[effect.quantity] = sum
        }
        return result
    }

    /// Takes an unconfirmed step back that proved to be a single reading off: its fact falls to nothing.
    mutating func withdraw(_ suspect: CounterState.Suspect, _ quantity: Int, _ state: inout CountState) {
        let segments = state.heldSegments[quantity]
        state.heldSegments[quantity] = []
        guard let attribution = segments.last?.attribution else { return }
        let delta = Delta(
            step: .unconfirmed(suspect.amount, suspect.doubt), opening: suspect.before, closing: suspect.off)
        let sentence = Self.sentence(delta, plan.quantities[quantity], suspect.doubt)
        let cell = findCell(delta, attribution, sentence, &state)
        (state.cells[cell].amounts, state.cells[cell].marks, state.cells[cell].pieces) = (.zero, [], [])
        (state.cells[cell].isChanged, state.cells[cell].isWithdrawn) = (true, true)
        state.nextDue = min(state.nextDue, state.cells[cell].due)
    }

    private func extend(
        _ cell: Int, _ place: PlaceMark, _ marks: MarkSet, _ state: inout CountState
    ) {
        state.cells[cell].marks.formUnion(marks)
        state.cells[cell].isChanged = true
        if isAdditive {
            // Rows come in any order: the ends are those by place.
            let (low, high) = (state.cells[cell].first, state.cells[cell].last)
            if isBefore(place, low, state) { state.cells[cell].first = place }
            if isBefore(high, place, state) { state.cells[cell].last = place }
        } else if place.source != state.cells[cell].last.source || place.position > state.cells[cell].last.position {
            state.cells[cell].last = place
        }
        if state.cells[cell].due < state.nextDue { state.nextDue = state.cells[cell].due }
    }

    private func isBefore(_ left: PlaceMark, _ right: PlaceMark, _ state: CountState) -> Bool {
        if left.source == right.source { return left.position < right.position }
        return state.sources[Int(left.source)] < state.sources[Int(right.source)]
    }

    private mutating func findCell(
        _ delta: Delta, _ attribution: Attribution, _ doubt: String?, _ state: inout CountState
    ) -> Int {
        let (opening, closing) = (delta.opening, delta.closing)
        let span = cursor.span(at: closing.instant, of: state.equipment)
        let slice = closing.instant.floored(to: slice)
        let start = max(slice, span.start)
        let standing: Standing
        let rule: String
        if let doubt {
            (standing, rule) = (.unconfirmed, doubt)
        } else if !attribution.counts {
            (standing, rule) = (.dropped, "count-when")
        } else if let waiting = attribution.waiting {
            (standing, rule) = (.unattributed, waiting)
        } else {
            (standing, rule) = (.counted, "")
        }
        let key = CellKey(
            start: start, order: attribution.order, operation: attribution.operation, material: attribution.material,
            shift: span.name, standing: standing, rule: rule)
        if isAdditive {
            if let known = state.index[key] { return known }
        } else if let known = state.cells.lastIndex(where: { $0.key == key }) {
            return known
        }
        let due = slice + self.slice
        let last = PlaceMark(source: closing.source, position: closing.position)
        let first = opening.map { PlaceMark(source: $0.source, position: $0.position) } ?? last
        state.cells.append(
            CountCell(
                key: key, end: min(due, span.end), due: due, productionDay: span.productionDay, first: first, last: last
            ))
        if isAdditive { state.index[key] = state.cells.count - 1 }
        return state.cells.count - 1
    }

    private static func sentence(_ delta: Delta, _ kind: QuantityPlan, _ doubt: Doubt) -> String {
        let to = "\(delta.closing.value) at \(delta.closing.instant)"
        guard let opening = delta.opening else { return "\(kind.label) \(to): \(doubt.words)" }
        return "\(kind.label) \(opening.value) at \(opening.instant) → \(to): \(doubt.words)"
    }

    // MARK: Telling

    /// Tells every changed cell whose slice ended at `instant` or before, and forgets the cells that nothing can change
    /// any more.
    func tell(through instant: Instant, _ state: inout CountState, _ facts: inout CountedFacts) {
        var kept: [CountCell] = []
        var next = Instant.distantFuture
        for var cell in state.cells {
            if cell.due > instant, instant != .distantFuture {
                if cell.isChanged { next = min(next, cell.due) }
                kept.append(cell)
                continue
            }
            if !isAdditive, cell.due > state.toldThrough { state.toldThrough = cell.due }
            if cell.isChanged {
                let fact = cell.fact(plan, equipment: state.equipment, sources: state.sources)
                if cell.isTold {
                    facts.revised.append(fact)
                } else if !cell.isWithdrawn {
                    facts.fresh.append(fact)
                }
                (cell.isTold, cell.isChanged) = (true, false)
            }
            if !isAdditive, isAwaited(cell, state) { kept.append(cell) }
        }
        state.cells = kept
        state.nextDue = next
        state.current = -1
        if isAdditive { state.index = [:] }
    }

    /// Whether a held value may still be added to the cell's slice, or a suspect taken out of it.
    private func isAwaited(_ cell: CountCell, _ state: CountState) -> Bool {
        state.counters.contains { counter in
            guard let awaited = counter.held?.first ?? counter.suspect?.off else { return false }
            return awaited.instant.floored(to: slice) + slice == cell.due
        }
    }
}

extension ProductionCount {
    /// This fact with the amounts of another one of the same identity: how the facts of an additive plan are stored.
    ///
    /// - Throws: `DecimalError.tooLarge` where an amount needs more than 18 digits.
    public func adding(_ other: ProductionCount) throws(DecimalError) -> ProductionCount {
        var sum = self
        sum.amounts = try amounts.adding(other.amounts)
        sum.marks = marks.union(other.marks)
        if Self.isBefore(other.first, first) { sum.first = other.first }
        if Self.isBefore(last, other.last) { sum.last = other.last }
        sum.pieces = (pieces + other.pieces).sorted { $0.instant < $1.instant }
        return sum
    }

    private static func isBefore(_ left: Place, _ right: Place) -> Bool {
        (left.source, left.position) < (right.source, right.position)
    }
}
