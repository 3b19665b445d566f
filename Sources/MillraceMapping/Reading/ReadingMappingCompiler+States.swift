import MillraceCore
import MillraceValues
import MillraceYAML

extension ReadingMappingCompiler {
    /// The plan for downtime, and the fields that it ever sets.
    func statePlan(_ fields: NodeReader, _ parts: PlanParts) -> (DerivationPlan, Set<PerField>)? {
        for key in ["count-when", "at-change"] where reader.optional(key) != nil {
            faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' belongs to mappings to production-count")
        }
        for key in ["same-when", "withdraw-when"] where reader.optional(key) != nil {
            faults.error(
                .contradiction, at: reader.mark(of: key),
                "'\(key)' belongs to rows that say a whole interval, with 'start' and 'end'")
        }
        let (plan, sets) = states(fields, parts, readStates())
        return faults.hasErrors ? nil : (.states(plan), sets)
    }

    /// The parts that states and ready intervals have in common.
    func states(
        _ fields: NodeReader, _ parts: PlanParts, _ states: [StatePlan.State]
    ) -> (StatePlan, Set<PerField>) {
        scope.usedLookups = []
        let order = attribution(fields, "order", isRequired: false)
        let timed = scope.usedLookups
        let reason = attribution(fields, "reason", isRequired: false)
        let shape = readShape()
        let splits = readSplits()
        let planned = readPlanned()
        let plan = StatePlan(
            mapping: parts.name, version: parts.version, slots: scope.slots.map(\.name), states: states,
            reason: reason?.closure ?? Self.nothing, order: order?.closure ?? Self.nothing, shape: shape,
            splitAt: splits, byCalendar: planned, timelines: scope.timelines.map { MappingName($0.text) },
            holdsUntil: timed.isEmpty ? nil : Self.holdsUntil(timed))
        return (plan, order?.everSet == true ? [.order] : [])
    }

    func readStates() -> [StatePlan.State] {
        let items = reader.items("states", required: true) ?? []
        var states: [StatePlan.State] = []
        var otherwise = false
        for item in items {
            let entry = NodeReader(item, what: "a state", faults: faults, keys: ReadingKeys.state)
            guard item.members != nil else { continue }
            defer { entry.finish() }
            if otherwise {
                faults.error(.contradiction, at: item.mark, "after 'otherwise' no state is ever asked; move it up")
            }
            let `class` = entry.word("class", DowntimeClass.self, required: true)
            let reason = entry.text("reason")
            let when = entry.optional("when")
            let other = entry.flag("otherwise") ?? false
            otherwise = otherwise || other
            if (when == nil) == !other {
                faults.error(.oneSource, at: item.mark, "a state needs exactly one of 'when' and 'otherwise: true'")
                continue
            }
            var condition = when.map { node in
                self.condition(node, what: "'when'").map { context.watched($0.holds, at: item.mark) }
            }
            if when == nil, context.watch != nil { condition = context.watched({ _ in true }, at: item.mark) }
            if let `class` { states.append(StatePlan.State(when: condition ?? nil, class: `class`, reason: reason)) }
        }
        if !items.isEmpty, !otherwise {
            faults.error(
                .missingKey, at: reader.mark(of: "states"),
                "'states' needs a last one with 'otherwise: true', such as {otherwise: true, class: unknown}")
        }
        return states
    }

    private func readShape() -> StatePlan.Shape {
        guard let shape = reader.reader("shape") else { return StatePlan.Shape() }
        defer { shape.finish() }
        var result = StatePlan.Shape(
            joinGap: shape.duration("join-gap") ?? .zero, ignoreShorter: shape.duration("ignore-shorter") ?? .zero)
        guard let node = shape.optional("micro-stop"), let members = node.members else {
            result.microStop = shape.duration("micro-stop") ?? .zero
            return result
        }
        let inner = NodeReader(node, what: "'micro-stop'", faults: faults)
        for member in members {
            guard let length = inner.duration(member.key) else { continue }
            if member.key == "otherwise" { result.microStop = length } else { result.microStops[member.key] = length }
        }
        return result
    }

    private func readPlanned() -> Set<StatePlan.Planned> {
        var planned = Set<StatePlan.Planned>()
        for text in reader.texts("by-calendar") ?? [] {
            if let word = StatePlan.Planned(rawValue: text.text) {
                planned.insert(word)
            } else {
                faults.error(
                    .unknownWord, at: text.mark, "'by-calendar' is any of off-shift, breaks, not '\(text.text)'")
            }
        }
        return planned
    }

    private func readSplits() -> Set<StatePlan.Split> {
        var splits = Set<StatePlan.Split>()
        for text in reader.texts("split-at") ?? [] {
            if let split = StatePlan.Split(rawValue: text.text) {
                splits.insert(split)
            } else {
                faults.error(.unknownWord, at: text.mark, "'split-at' is any of shift, day, order, not '\(text.text)'")
            }
        }
        return splits
    }
}
