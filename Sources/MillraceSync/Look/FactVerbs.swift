public import MillraceCore
import MillraceFacts
import MillraceMapping
public import MillraceValues

/// What no rule explains, as a person sees it: a counter's step, or an interval that lies over another one.
public struct UnconfirmedFact: Hashable, Sendable {
    /// The number by which a person names it.
    public var id: Int64
    /// The fact.
    public var fact: Fact
    /// What to write into the mapping so that such a step is explained next time; nil where nothing can be said.
    public var suggestion: String?
}

/// What became of a decision on one fact.
public struct FactResult: Hashable, Sendable {
    /// The number that was named.
    public var id: Int64
    /// Whether it was done.
    public var isDone: Bool
    /// One sentence.
    public var sentence: String
}

/// What a person decides on facts (RULES R8): once for a step, audited, with the rule for next time.
public struct FactVerbs: Sendable {
    let plant: Plant
    let store: any SiteStore
    let who: String
    let now: Instant

    /// The mapping of facts that a person made.
    public static let byHand = MappingName("by-hand")

    /// The verbs of that person at that instant.
    public init(plant: Plant, store: any SiteStore, who: String, now: Instant) {
        self.plant = plant
        self.store = store
        self.who = who
        self.now = now
    }

    /// What waits for a decision, oldest first.
    public func list() throws(StoreError) -> [UnconfirmedFact] {
        try store.unconfirmedFacts().compactMap { revision in
            switch revision.fact {
            case .count(let fact):
                if fact.amounts.isZero { return nil }
                let suggestion = RuleSuggestion(fact.rule, calendar: plant.calendar.of(fact.equipment)).text
                return UnconfirmedFact(id: revision.id, fact: revision.fact, suggestion: suggestion)
            case .downtime(let fact):
                return fact.isWithdrawn ? nil : UnconfirmedFact(id: revision.id, fact: revision.fact, suggestion: nil)
            }
        }
    }

    /// Books the amounts of these facts (`accepted`), or says that there is nothing to book (`rejected`).
    ///
    /// - Effects: decision, facts and audit are durable together; the next run books what was accepted.
    public func decide(
        _ ids: [Int64], _ verdict: FactDecision.Verdict, reason: String
    ) throws -> [FactResult] {
        try store.together {
            let waiting = try list()
            return try ids.map { id in
                guard let found = waiting.first(where: { $0.id == id }) else {
                    return FactResult(
                        id: id, isDone: false,
                        sentence: "\(id): no fact of that number waits for a decision; 'millrace fact list' shows them")
                }
                if verdict == .accepted, let other = try booked(insteadOf: found.fact) {
                    return FactResult(id: id, isDone: false, sentence: "\(id): \(other)")
                }
                try record(FactDecision(on: found.fact, verdict, who: who, reason: reason), on: found.fact)
                var sentence = "\(id): \(verdict.rawValue)"
                if let rule = found.suggestion { sentence += "; for next time, say \(rule)" }
                return FactResult(id: id, isDone: true, sentence: sentence)
            }
        }
    }

    /// Why an interval cannot be booked: another one begins with it, and the two could not be told apart; nil where it can.
    private func booked(insteadOf fact: Fact) throws -> String? {
        guard case .downtime(let interval) = fact else { return nil }
        let others = try store.facts(of: interval.mapping, equipment: interval.equipment, since: interval.start)
        for case .downtime(let other) in others.map(\.fact)
        where other.start == interval.start && other.standing == .counted && !other.isWithdrawn {
            return
                "another interval of '\(interval.equipment)' begins at \(interval.start.iso8601) and is booked; correct it where it "
                + "comes from, or reject this one"
        }
        return nil
    }

    private func record(_ decision: FactDecision, on fact: Fact) throws {
        var step = IngestStep(connector: "", now: now)
        switch (fact, decision.applied(to: fact)) {
        case (.count(var nothing), .count(let decided)):
            (nothing.amounts, nothing.pieces) = (.zero, [])
            step.facts = [.set(nothing), .set(decided)]
        case (.downtime(var nothing), .downtime(let decided)):
            nothing.isWithdrawn = true
            step.facts = [.interval(nothing), .interval(decided)]
        default: return
        }
        try store.record(decision, now: now)
        try store.commit(step)
    }

    /// Says why an equipment stood: of the interval that begins at `start`, or in which it lies.
    ///
    /// - Shape: nil where there is no such interval.
    /// - Effects: reason, fact and audit are durable together; the next run makes a document of it, or a revision.
    public func say(
        reason: String, equipment: String, at instant: Instant
    ) throws -> Downtime? {
        try store.together {
            for mapping in plant.readingMappings where mapping.kind == .downtime {
                let known = try store.facts(
                    of: mapping.name, equipment: equipment, since: instant - .seconds(8 * 86_400))
                for case .downtime(let interval) in known.map(\.fact)
                where !interval.isWithdrawn && interval.standing == .counted && interval.class != .producing
                    && interval.start <= instant
                    && interval.end.map({ $0 > instant }) ?? true
                {
                    var said = interval
                    said.reason = reason
                    var step = IngestStep(connector: "", now: now)
                    step.facts = [.interval(said)]
                    try store.record(SaidReason(of: interval, reason: reason, who: who), now: now)
                    try store.commit(step)
                    return said
                }
            }
            return nil
        }
    }

    /// Books pieces that no source told, or takes some back (negative amounts).
    ///
    /// - Effects: the fact and the audit are durable together.
    /// - Throws: `StoreError`.
    public func correct(
        equipment: String, at instant: Instant, order: String?, operation: String?, material: String?, amounts: Amounts,
        reason: String
    ) throws -> ProductionCount {
        let span = plant.calendar.of(equipment).span(at: instant)
        let slice = instant.floored(to: plant.limits.slice)
        let place = Place(source: "by-hand", position: now.microseconds)
        let fact = ProductionCount(
            mapping: Self.byHand, version: "by-hand", equipment: equipment, start: max(slice, span.start),
            end: min(slice + plant.limits.slice, span.end), order: order, operation: operation, material: material,
            shift: span.name, productionDay: span.productionDay, standing: .counted,
            rule: "by hand of \(who): \(reason)", amounts: amounts, marks: [], first: place, last: place)
        try store.together {
            var step = IngestStep(connector: "", now: now)
            step.facts = [.add(fact)]
            try store.commit(step)
            try store.note(
                verb: "fact-corrected", subject: "\(equipment) \(instant.iso8601)",
                detail:
                    "good \(amounts.good), scrap \(amounts.scrap), rework \(amounts.rework), order \(order ?? "none"): \(reason)",
                by: who, now: now)
        }
        return fact
    }
}

/// What to write into a mapping so that a step like this one is explained next time.
struct RuleSuggestion {
    /// The words for the mapping; nil where nothing can be said.
    let text: String?

    /// From the step's sentence: `good 4711 at … → 12 at …: no rule explains the fall`.
    init(_ sentence: String, calendar: ShiftCalendar) {
        text = Self.step(sentence).flatMap { Self.suggestion($0, calendar) }
    }

    private struct Step {
        var from: ExactDecimal
        var to: ExactDecimal
        var opening: Instant
        var closing: Instant
        var doubt: String
    }

    private static func step(_ sentence: String) -> Step? {
        let words = sentence.split(separator: " ", maxSplits: 7).map(String.init)
        // label, number, at, instant, →, number, at, rest
        guard words.count == 8, words[2] == "at", words[4] == "→", words[6] == "at", let from = ExactDecimal(words[1]),
            let to = ExactDecimal(words[5]), let opening = Instant(iso8601: words[3]),
            let end = words[7].firstRange(of: ": "), let closing = Instant(iso8601: String(words[7][..<end.lowerBound]))
        else { return nil }
        return Step(
            from: from, to: to, opening: opening, closing: closing, doubt: String(words[7][end.upperBound...]))
    }

    private static func suggestion(_ step: Step, _ calendar: ShiftCalendar) -> String? {
        if step.doubt.contains("faster than max-rate") {
            let difference = try? step.to.subtracting(step.from)  // try?: numbers too long to compare suggest nothing
            guard let rise = difference?.integer else { return nil }
            let seconds = max(60, (step.closing - step.opening).wholeMicroseconds / 1_000_000)
            let perMinute = rise.multipliedReportingOverflow(by: 60).partialValue / seconds + 1
            return "'max-rate: \(perMinute)/min' if it can make that many"
        }
        guard step.doubt.contains("explains the fall") else { return nil }
        if step.to.isNegative, step.from <= ExactDecimal(32_767), step.from > ExactDecimal(32_000) {
            return "'width: int16'"
        }
        let span = calendar.span(at: step.closing + .seconds(300))
        if !span.isOff, (step.closing - span.start).wholeMicroseconds.magnitude <= 300_000_000 {
            return "'reset-at: shift' if it is set back at each shift's start"
        }
        for modulus in [256, 1_000, 10_000, 65_536, 100_000, 1_000_000] as [Int64] {
            guard let from = step.from.integer, let to = step.to.integer, to >= 0, from < modulus,
                from > modulus - modulus / 50, to < modulus / 50
            else { continue }
            return "'modulus: \(modulus)' if it begins again there"
        }
        return "'reset: zero' if it is set back at will and then counts from zero"
    }
}
