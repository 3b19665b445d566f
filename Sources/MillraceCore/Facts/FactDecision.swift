public import MillraceValues

/// What a person decided on a step that no rule explains (RULES R8): once, for this step only.
///
/// - Shape: the step is known by mapping, equipment, the start of its fact, and its sentence, which names both readings. So a repair
///   that tells the step again finds the decision.
public struct FactDecision: Hashable, Sendable {
    /// What was decided.
    public enum Verdict: String, Sendable, CaseIterable {
        /// The amount is booked.
        case accepted
        /// It is not.
        case rejected
    }

    /// The reading mapping.
    public var mapping: MappingName
    /// The equipment.
    public var equipment: String
    /// The start of the fact.
    public var start: Instant
    /// The sentence of the step.
    public var sentence: String
    /// What was decided.
    public var verdict: Verdict
    /// Who decided.
    public var who: String
    /// Why.
    public var reason: String

    /// That decision on that fact.
    public init(on fact: Fact, _ verdict: Verdict, who: String, reason: String) {
        (mapping, equipment, start, sentence) = (fact.mapping, fact.equipment, fact.start, fact.rule)
        (self.verdict, self.who, self.reason) = (verdict, who, reason)
    }

    /// What the fact becomes by it: the same with the standing that it has now, and who decided that and why.
    public func applied(to fact: Fact) -> Fact {
        let rule = "\(verdict.rawValue) by \(who): \(reason); \(sentence)"
        switch fact {
        case .count(var decided):
            switch verdict {
            case .accepted: decided.standing = decided.pieces.isEmpty ? .counted : .unattributed
            case .rejected: (decided.standing, decided.pieces) = (.rejected, [])
            }
            decided.rule = rule
            return .count(decided)
        case .downtime(var decided):
            decided.standing = verdict == .accepted ? .counted : .rejected
            decided.rule = rule
            return .downtime(decided)
        }
    }
}

/// Why an equipment stood, as a person says it: it holds also when a repair tells the interval again.
public struct SaidReason: Hashable, Sendable {
    /// The reading mapping that made the interval.
    public var mapping: MappingName
    /// The equipment.
    public var equipment: String
    /// When the interval began.
    public var start: Instant
    /// The reason.
    public var reason: String
    /// Who says it.
    public var who: String

    /// That reason of that interval.
    public init(of interval: Downtime, reason: String, who: String) {
        (mapping, equipment, start) = (interval.mapping, interval.equipment, interval.start)
        (self.reason, self.who) = (reason, who)
    }
}

/// Decisions on facts, and the facts that wait for one.
///
/// A second conformer needs to know: a decision is recorded once for a step; a later one takes its place. Each is audited.
public protocol FactDecisionStore: Sendable {
    /// The newest revision of every fact that no rule explains: of counts with an amount that is not nothing, of intervals those that
    /// are not withdrawn.
    func unconfirmedFacts() throws(StoreError) -> [FactRevision]
    /// The decision on the step; nil where nobody has decided.
    func decision(on fact: Fact) throws(StoreError) -> FactDecision?
    /// Records a decision.
    ///
    /// - Effects: it stands in the audit too.
    func record(_ decision: FactDecision, now: Instant) throws(StoreError)
    /// The reason that a person said of the interval; nil where nobody did.
    func saidReason(of interval: Downtime) throws(StoreError) -> String?
    /// Records a reason, in the place of an earlier one.
    ///
    /// - Effects: it stands in the audit too.
    func record(_ reason: SaidReason, now: Instant) throws(StoreError)
    /// Notes in the audit what a person did by hand.
    func note(verb: String, subject: String, detail: String, by who: String, now: Instant) throws(StoreError)
}
