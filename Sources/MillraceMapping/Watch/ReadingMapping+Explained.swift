public import MillraceCore
import MillraceValues
import MillraceYAML

extension ReadingMapping {
    /// What each rule makes of the signals as a record left them.
    ///
    /// - Shape: `parsed` is what it was compiled from, with that watch in its context; `set` are the slots that the record
    ///   itself set.
    public func explained(
        _ frame: SignalFrame, set: Set<Int>, parsed: ParsedMapping, watch: MappingWatch
    ) -> [ExplainedRule] {
        let written = WrittenRules(parsed)
        var rules: [ExplainedRule] = []
        _ = watch.take()
        func add(_ rule: ExplainedRule, _ node: MarkedNode?) {
            var rule = rule
            rule.used += watch.take().words
            rules.append(written.located(rule, at: node))
        }
        add(
            .init(kind: .field, name: "equipment", value: .string(frame.equipment)), written.node("fields", "equipment")
        )
        switch plan {
        case .counts(let plan):
            add(
                .init(kind: .field, name: "time", value: .string(frame.instant.iso8601)), written.node("fields", "time")
            )
            for (name, get) in [("order", plan.order), ("operation", plan.operation), ("material", plan.material)] {
                guard let node = written.node("fields", name) else { continue }
                add(attributed(name, get(frame), frame, node, written, plan.slots), node)
            }
            for (index, share) in plan.shares.enumerated() {
                for (name, get) in [
                    ("order", share.order), ("operation", share.operation), ("material", share.material),
                ] {
                    guard let node = written.node("share", "\(index)", name) else { continue }
                    add(attributed("share \(index + 1) \(name)", get(frame), frame, node, written, plan.slots), node)
                }
            }
            for quantity in plan.quantities {
                let name = quantity.label
                var rule = ExplainedRule(kind: .field, name: name, value: frame.values[quantity.slot])
                rule.sentence = set.contains(quantity.slot) ? "" : "not said by this record"
                if let node = written.node("fields", name, "expr") {
                    rule.reads = reads(node, frame, written, plan.slots)
                }
                if case .counter = quantity.source { rule.used = ["a running total: its rise is counted"] }
                add(rule, written.node("fields", name))
            }
            if let countWhen = plan.countWhen, let node = written.node("count-when") {
                let holds = countWhen(frame)
                add(
                    .init(
                        kind: .condition, name: "count-when", value: .bool(holds),
                        sentence: holds ? "" : "what it counts is dropped",
                        reads: reads(node, frame, written, plan.slots)),
                    node)
            }
        case .states(let plan):
            add(
                .init(kind: .field, name: "time", value: .string(frame.instant.iso8601)), written.node("fields", "time")
            )
            explain(plan, frame, written, add)
        case .intervals(let plan):
            for (name, slot) in [("start", plan.startSlot), ("end", plan.endSlot)] {
                guard let node = written.node("fields", name) else { continue }
                add(time(name, slot, frame, "it goes on"), node)
            }
            explain(plan.states, frame, written, add)
            if let rule = withdrawn(plan.withdrawWhen, frame, written, plan.states.slots, "the interval is taken back")
            {
                add(rule, written.node("withdraw-when"))
            }
        case .timeline(let plan):
            for (name, slot) in [("start", plan.startSlot), ("end", plan.endSlot)] {
                guard let node = written.node("fields", name) else { continue }
                add(time(name, slot, frame, "it runs until the next row begins"), node)
            }
            for (name, get) in zip(OrderTimeline.columns, plan.values) {
                guard let node = written.node("fields", name) else { continue }
                add(attributed(name, get(frame), frame, node, written, plan.slots), node)
            }
            if let rule = withdrawn(plan.withdrawWhen, frame, written, plan.slots, "the row is taken back") {
                add(rule, written.node("withdraw-when"))
            }
        }
        return rules
    }

    private func time(_ name: String, _ slot: Int, _ frame: SignalFrame, _ otherwise: String) -> ExplainedRule {
        let instant = frame.values[slot]?.decimal?.integer.map { Instant(microseconds: $0).iso8601 }
        return ExplainedRule(
            kind: .field, name: name, value: instant.map { .string($0) }, sentence: instant == nil ? otherwise : "")
    }

    private func withdrawn(
        _ condition: SignalCondition?, _ frame: SignalFrame, _ written: WrittenRules, _ slots: [String],
        _ sentence: String
    ) -> ExplainedRule? {
        guard let condition, let node = written.node("withdraw-when") else { return nil }
        let holds = condition(frame)
        return ExplainedRule(
            kind: .condition, name: "withdraw-when", value: .bool(holds), sentence: holds ? sentence : "",
            reads: reads(node, frame, written, slots))
    }

    /// The rules that states and ready intervals have in common.
    private func explain(
        _ plan: StatePlan, _ frame: SignalFrame, _ written: WrittenRules, _ add: (ExplainedRule, MarkedNode?) -> Void
    ) {
        for (name, get) in [("order", plan.order), ("reason", plan.reason)] {
            guard let node = written.node("fields", name) else { continue }
            add(attributed(name, get(frame), frame, node, written, plan.slots), node)
        }
        if let node = written.node("fields", "class") {
            var rule = ExplainedRule(kind: .field, name: "class", reads: reads(node, frame, written, plan.slots))
            let found = plan.states.first { $0.when?(frame) ?? true }
            rule.value = found.map { .string($0.class.rawValue) }
            if found == nil { rule.sentence = "no class, so that the row is set aside" }
            return add(rule, node)
        }
        for (index, state) in plan.states.enumerated() {
            let holds = state.when?(frame) ?? true
            guard let node = written.node("states", "\(index)") else { continue }
            var rule = ExplainedRule(kind: .state, name: "state \(index + 1)", value: .bool(holds))
            rule.reads = node["when"].map { reads($0, frame, written, plan.slots) } ?? []
            if holds { rule.sentence = "\(state.class.rawValue)\(state.reason.map { ", \($0)" } ?? "")" }
            add(rule, node)
            if holds { break }
        }
    }

    private func attributed(
        _ name: String, _ attributed: Attributed, _ frame: SignalFrame, _ node: MarkedNode, _ written: WrittenRules,
        _ slots: [String]
    ) -> ExplainedRule {
        var rule = ExplainedRule(kind: .field, name: name, reads: reads(node, frame, written, slots))
        switch attributed {
        case .value(let text): rule.value = .string(text)
        case .none: rule.sentence = "nothing, and that is right"
        case .waiting(let why): rule.sentence = "the fact waits: \(why)"
        }
        return rule
    }

    /// The signals that a rule names, itself or by a look-up, with what they say.
    private func reads(
        _ node: MarkedNode, _ frame: SignalFrame, _ written: WrittenRules, _ slots: [String]
    ) -> [(name: String, value: Value?)] {
        var names = Set<String>()
        func gather(_ node: MarkedNode) {
            if let text = node.text { names.formUnion(WrittenNames.names(in: text)) }
            node.items?.forEach(gather)
            node.members?.map(\.value).forEach(gather)
        }
        gather(node)
        // What stands between a rule and the signals: values of 'let', and keys of look-ups.
        var known: Set<String> = []
        while let name = names.first(where: { !known.contains($0) }) {
            known.insert(name)
            if name.hasPrefix(MappingExpression.variableMark) {
                written.node("let", String(name.dropFirst())).map(gather)
            }
            written.node("lookup", name, "by").map(gather)
        }
        let signals = slots.enumerated().filter { names.contains($0.element) }.map {
            ($0.element, frame.values[$0.offset])
        }
        return (names.contains("device") && !slots.contains("device") ? [("device", .string(frame.equipment))] : [])
            + signals
    }
}
