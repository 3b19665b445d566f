import MillraceCore
import MillraceValues
import MillraceYAML

extension ReadingMappingCompiler {
    /// The plan for rows that say which order runs from when on.
    ///
    /// - Effects: `rule` learns which rows cannot be used.
    func timelinePlan(
        _ fields: NodeReader, _ parts: PlanParts, _ rule: inout IntervalRule?
    ) -> (DerivationPlan, Set<PerField>)? {
        refuseTimelines("that makes one itself")
        for key in ["count-when", "at-change", "states", "shape", "split-at", "by-calendar", "share"]
        where reader.optional(key) != nil {
            faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' has no meaning in a timeline of orders")
        }
        _ = fields.required("order")
        let read = OrderTimeline.columns.map { attribution(fields, $0, isRequired: false)?.closure ?? Self.nothing }
        let (sameWhen, withdrawWhen) = readNames()
        rule?.fault = Self.either(withdrawWhen?.failing) { frame in
            for look in read { if case .waiting(let sentence) = look(frame) { return sentence } }
            return nil
        }
        guard let rule, !faults.hasErrors else { return nil }
        return (
            .timeline(
                TimelinePlan(
                    mapping: parts.name, version: parts.version, slots: scope.slots.map(\.name),
                    startSlot: rule.startSlot, endSlot: rule.endSlot, values: read, sameWhen: sameWhen,
                    withdrawWhen: withdrawWhen?.holds)), []
        )
    }

    /// A look-up of a timeline: whose pieces they are is asked by the equipment, at the reading's time.
    func timelineLookup(_ name: MarkedText, _ lookup: String, _ missing: MissingPolicy) -> SignalLookup {
        let columns = LookupTable(
            name: name.text, keys: ["equipment"], valueColumn: nil, isTimed: false, columns: OrderTimeline.columns)
        let given = overrides[name.text].map { TimelineUse.given($0, zone: context.zone, at: name.mark, faults) }
        return SignalLookup(
            name: lookup, table: columns, keys: [], missing: missing,
            timeline: TimelineUse(name: name.text, index: scope.timeline(name), given: given, watch: context.watch))
    }
}
