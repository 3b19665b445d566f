import MillraceCore
import MillraceValues
import MillraceYAML

extension ReadingMappingCompiler {
    /// When the rows' intervals end, with the slots that hold their times.
    func intervalRule(_ fields: NodeReader, origin: Origin) -> IntervalRule? {
        if origin.signals != nil {
            faults.error(
                .contradiction, at: fields.mark(of: fields.optional("start") == nil ? "end" : "start"),
                "'start' and 'end' belong to rows that say both; a source of signals says its states, under 'states'")
            return nil
        }
        let end = timeRule(fields, origin: origin, field: "end")
        return IntervalRule(
            end: end, startSlot: scope.intervalSlot("start of the interval"),
            endSlot: scope.intervalSlot("end of the interval"), fault: nil)
    }

    /// The plan for ready intervals, and the fields that it ever sets.
    ///
    /// - Effects: `rule` learns which rows cannot be used.
    func intervalPlan(
        _ fields: NodeReader, _ parts: PlanParts, _ rule: inout IntervalRule?
    ) -> (DerivationPlan, Set<PerField>)? {
        for key in ["count-when", "at-change"] where reader.optional(key) != nil {
            faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' belongs to mappings to production-count")
        }
        refuseTimelines("whose rows say their own order")
        let (words, fault) = classes(fields)
        var (plan, sets) = states(fields, parts, words)
        if plan.shape.joinGap > .zero || plan.shape.ignoreShorter > .zero {
            faults.error(
                .contradiction, at: reader.mark(of: "shape"),
                "the rows say whole intervals already, so that 'shape' can only say 'micro-stop'")
        }
        let (sameWhen, withdrawWhen) = readNames()
        rule?.fault = Self.either(withdrawWhen?.failing, fault)
        guard let rule, !faults.hasErrors else { return nil }
        plan.slots = scope.slots.map(\.name)
        return (
            .intervals(
                IntervalPlan(
                    states: plan, startSlot: rule.startSlot, endSlot: rule.endSlot, sameWhen: sameWhen,
                    withdrawWhen: withdrawWhen?.holds)), sets
        )
    }

    /// The columns that name what a row says, and when a row takes that back.
    func readNames() -> (
        sameWhen: [Int], withdrawWhen: (holds: SignalCondition, failing: (@Sendable (SignalFrame) -> MappingFault?)?)?
    ) {
        (
            (reader.texts("same-when") ?? []).compactMap { scope.slot($0.text, at: $0.mark) },
            reader.optional("withdraw-when").flatMap { condition($0, what: "'withdraw-when'") }
        )
    }

    /// Look-ups of timelines belong to what is read, not to rows that say when something was.
    func refuseTimelines(_ why: String) {
        for name in scope.timelines {
            faults.error(.contradiction, at: name.mark, "a timeline of orders is no look-up of a mapping \(why)")
        }
    }

    /// A row on which a condition fails cannot be used.
    static func either(
        _ failing: (@Sendable (SignalFrame) -> MappingFault?)?, _ fault: (@Sendable (SignalFrame) -> String?)?
    ) -> (@Sendable (SignalFrame) -> String?)? {
        guard let failing else { return fault }
        return { frame in failing(frame)?.description ?? fault?(frame) }
    }

    /// How a row's class is found: by the field `class`, whose text is a class, or by `states`, from the top.
    private func classes(
        _ fields: NodeReader
    ) -> (states: [StatePlan.State], fault: (@Sendable (SignalFrame) -> String?)?) {
        let hasClass = fields.optional("class") != nil
        if hasClass == (reader.optional("states") != nil) {
            faults.error(
                .oneSource, at: fields.node.mark,
                "a mapping of whole intervals needs exactly one of the field 'class' and 'states'")
        }
        if !hasClass { return (reader.optional("states") == nil ? [] : readStates(), nil) }
        guard let field = attribution(fields, "class", isRequired: false) else { return ([], nil) }
        let get = field.closure
        let words = DowntimeClass.allCases.map(\.rawValue)
        let states = DowntimeClass.allCases.map { kind in
            StatePlan.State(when: { get($0) == .value(kind.rawValue) }, class: kind, reason: nil)
        }
        return (
            states,
            { frame in
                switch get(frame) {
                case .value(let text) where words.contains(text): nil
                case .value(let text): "'\(text)' is no class; name one of \(words.joined(separator: ", ")), by a table"
                case .none: "the row gives no class; name one of \(words.joined(separator: ", "))"
                case .waiting(let sentence): sentence
                }
            }
        )
    }
}
