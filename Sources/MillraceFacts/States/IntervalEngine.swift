public import MillraceCore
public import MillraceValues

/// Turns rows that say from when to when an equipment stood into facts of downtime.
///
/// Rows come in any order; all is told at `flush`. The newest row of a name holds: by its place within one source, by arrival across
/// sources. No two intervals of an equipment are booked for the same time: of two that lie over each other the one that begins first
/// stands, and the other is unconfirmed; one that goes on although another begins later lacks its end and is unconfirmed itself. So what
/// stands depends on the rows alone, whatever their order.
public struct IntervalEngine: Sendable {
    private let plan: IntervalPlan
    private let slotCount: Int
    private let shaper: StateShaper
    private let keeps: Duration

    /// An engine for that plan; a row can correct an interval that ended up to `keeps` before the newest one.
    public init(plan: IntervalPlan, calendar: ShiftCalendar, keeps: Duration) {
        self.plan = plan
        self.keeps = keeps
        slotCount = plan.states.slots.count
        shaper = StateShaper(plan: plan.states, calendar: calendar)
    }

    /// When the sample's interval begins; nil where the sample says none.
    public func start(of sample: Sample, in batch: SampleBatch) -> Instant? {
        instant(plan.startSlot, sample, batch)
    }

    /// The name of the sample's interval, as `same-when` says it.
    public func name(of sample: Sample, in batch: SampleBatch) -> String {
        if plan.sameWhen.isEmpty { return start(of: sample, in: batch)?.iso8601 ?? "" }
        let base = Int(sample.row) * slotCount
        return plan.sameWhen.map { slot in
            if case .value(let value) = batch.updates[base + slot] { value.plainText ?? "" } else { "" }
        }.joined(separator: "\u{1F}")
    }

    /// Whether an interval of the sample's name is in the state.
    public func knows(_ sample: Sample, in batch: SampleBatch, _ state: IntervalState) -> Bool {
        state.rows[name(of: sample, in: batch)] != nil
    }

    /// Takes an interval that was forgotten into the state again, as its facts tell it, so that a row can correct it.
    public func adopt(_ facts: [Downtime], as name: String, state: inout IntervalState) {
        guard let first = facts.first, let last = facts.last else { return }
        state.rows[name] = IntervalRow(
            start: first.start, end: last.end, class: first.class, reason: first.reason, order: first.order,
            isWithdrawn: false, pulledAt: nil, place: first.first,
            told: facts.map { IntervalRow.Told(start: $0.start, doubt: $0.standing == .counted ? "" : $0.rule) })
    }

    /// Works on one row of the state's equipment.
    ///
    /// - Shape: `pulledAt` for a row of an interval that nobody knew, beyond `lateness` (RULES R4).
    public func take(_ sample: Sample, in batch: SampleBatch, pulledAt: Instant? = nil, state: inout IntervalState) {
        guard let start = start(of: sample, in: batch) else { return }
        let base = Int(sample.row) * slotCount
        let values = (0..<slotCount).map { slot in
            if case .value(let value) = batch.updates[base + slot], value != .null { value } else { Value?.none }
        }
        let frame = SignalFrame(values: values, instant: start, equipment: state.equipment)
        let name = name(of: sample, in: batch)
        let known = state.rows[name]
        let found = plan.states.states.first { $0.when?(frame) ?? true }
        var row = IntervalRow(
            start: start, end: instant(plan.endSlot, sample, batch), class: found?.class ?? .unknown,
            reason: found?.reason ?? plan.states.reason(frame).text, order: plan.states.order(frame).text,
            isWithdrawn: plan.withdrawWhen?(frame) ?? false, pulledAt: known == nil ? pulledAt : known?.pulledAt,
            place: Place(source: batch.source, position: sample.position), told: known?.told ?? [])
        state.newest = max(state.newest, row.end ?? start)
        if let known {
            if known.place.source == row.place.source, known.place.position > row.place.position { return }
            // The same once more, as overlapping exports have it, stays where it was said first.
            if known.saysTheSame(as: row) { row.place = known.place }
            if known == row { return }
        }
        state.rows[name] = row
        state.changed.insert(name)
    }

    private func instant(_ slot: Int, _ sample: Sample, _ batch: SampleBatch) -> Instant? {
        guard case .value(let value) = batch.updates[Int(sample.row) * slotCount + slot] else { return nil }
        return value.decimal?.integer.map { Instant(microseconds: $0) }
    }

    /// Tells what the rows since the last time changed: first what is no more, then what is.
    ///
    /// - Effects: rows that nothing can change any more are forgotten.
    public func flush(state: inout IntervalState, into facts: inout [Downtime]) {
        if state.changed.isEmpty { return }
        let doubts = doubts(state)
        var (withdrawn, told) = ([Downtime](), [Downtime]())
        for name in state.rows.sorted(by: { ($0.value.start, $0.key) < ($1.value.start, $1.key) }).map(\.key) {
            guard var row = state.rows[name] else { continue }
            let doubt = doubts[name] ?? ""
            let isSame = !state.changed.contains(name) && row.told.allSatisfy { $0.doubt == doubt }
            if isSame { continue }
            let now = self.facts(row, doubt, state.equipment)
            let telling = now.map { IntervalRow.Told(start: $0.start, doubt: $0.standing == .counted ? "" : $0.rule) }
            withdrawn += row.told.filter { !telling.contains($0) }.map { gone($0, row, state.equipment) }
            told += now
            row.told = telling
            state.rows[name] = row
        }
        facts += withdrawn + told
        state.changed = []
        let border = state.newest - keeps
        state.rows = state.rows.filter { _, row in
            row.end.map { $0 >= border } ?? (!row.isWithdrawn || row.start >= border)
        }
    }

    /// The rows that cannot stand beside others, each with a sentence.
    private func doubts(_ state: IntervalState) -> [String: String] {
        let rows = state.rows.filter { !$0.value.isWithdrawn && $0.value.end != $0.value.start }.sorted {
            ($0.value.start, $0.value.end ?? .distantFuture, $0.key)
                < ($1.value.start, $1.value.end ?? .distantFuture, $1.key)
        }
        var doubts: [String: String] = [:]
        var standing: (row: IntervalRow, end: Instant)?
        for (place, entry) in rows.enumerated() {
            let row = entry.value
            if let standing, row.start < standing.end {
                doubts[entry.key] = Self.sentence(row, standing.row, "two intervals at one time")
            } else if row.end == nil, let next = rows[(place + 1)...].first(where: { $0.value.start > row.start }) {
                doubts[entry.key] = Self.sentence(row, next.value, "it goes on although another one begins")
            } else {
                standing = (row, row.end ?? .distantFuture)
            }
        }
        return doubts
    }

    private static func sentence(_ row: IntervalRow, _ other: IntervalRow, _ words: String) -> String {
        func text(_ row: IntervalRow) -> String {
            "\(row.start) → \(row.end.map(\.description) ?? "open") (\(row.place))"
        }
        return "\(text(row)) and \(text(other)): \(words)"
    }

    private func facts(_ row: IntervalRow, _ doubt: String, _ equipment: String) -> [Downtime] {
        if row.isWithdrawn || row.end == row.start { return [] }
        let interval = StateInterval(
            start: row.start, end: row.end, class: row.class, orders: [.init(since: row.start, order: row.order)],
            reason: row.reason, place: row.place)
        var facts = shaper.whole(interval, equipment)
        if !doubt.isEmpty || row.pulledAt != nil || row.end == nil, var whole = facts.first {
            // Undivided until it is decided, and where it is booked at the instant of its pull.
            whole.end = row.end
            facts = [whole]
        }
        return facts.map { fact in
            var fact = fact
            if let pulledAt = row.pulledAt {
                let span = shaper.calendar.of(equipment).span(at: pulledAt)
                (fact.shift, fact.productionDay, fact.marks) = (span.name, span.productionDay, [.lateFrom])
            }
            if !doubt.isEmpty { (fact.standing, fact.rule) = (.unconfirmed, doubt) }
            return fact
        }
    }

    private func gone(_ told: IntervalRow.Told, _ row: IntervalRow, _ equipment: String) -> Downtime {
        let span = shaper.calendar.of(equipment).span(at: told.start)
        return Downtime(
            mapping: plan.states.mapping, version: plan.states.version, equipment: equipment, start: told.start,
            end: row.end, class: row.class, reason: row.reason, order: row.order, shift: span.name,
            productionDay: span.productionDay, isWithdrawn: true,
            standing: told.doubt.isEmpty ? .counted : .unconfirmed, rule: told.doubt, first: row.place, last: row.place)
    }
}

extension Attributed {
    /// The text; nil where there is none.
    fileprivate var text: String? { if case .value(let text) = self { text } else { nil } }
}
