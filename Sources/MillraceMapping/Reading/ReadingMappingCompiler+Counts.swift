import MillraceCore
import MillraceValues
import MillraceYAML

extension ReadingMappingCompiler {
    /// The plan for counts, and the fields that it ever sets.
    func countPlan(_ fields: NodeReader, _ parts: PlanParts) -> (DerivationPlan, Set<PerField>)? {
        scope.used = []
        scope.usedLookups = []
        let shares = readShares(fields)
        let order = shares?.first?.order ?? attribution(fields, "order", isRequired: shares == nil)
        let operation = shares?.first?.operation ?? attribution(fields, "operation", isRequired: shares == nil)
        let material = shares?.first?.material ?? attribution(fields, "material", isRequired: false)
        let countWhen = reader.optional("count-when").flatMap { condition($0, what: "'count-when'") }
        let asked = scope.used
        let timed = scope.usedLookups
        let quantities = quantityPlans(fields)
        let hasCounters = quantities.contains { if case .counter = $0.source { true } else { false } }
        checkQuantities(quantities, hasCounters: hasCounters)
        if shares != nil, !hasCounters {
            faults.error(
                .contradiction, at: reader.mark(of: "share"),
                "'share' belongs to counters; a row of its own says its order")
        }
        let sameWhen = (reader.texts("same-when") ?? []).compactMap { scope.slot($0.text, at: $0.mark) }
        let atChange = reader.word("at-change", AtChange.self)
        for key in ["states", "shape", "split-at", "by-calendar", "withdraw-when"] where reader.optional(key) != nil {
            faults.error(.contradiction, at: reader.mark(of: key), "'\(key)' belongs to mappings to downtime")
        }
        guard let order, let operation, !faults.hasErrors else { return nil }
        var sets = Set<PerField>([.order, .operation].filter { $0 == .order ? order.everSet : operation.everSet })
        if material?.everSet == true { sets.insert(.material) }
        for share in shares ?? [] where share.material?.everSet == true { sets.insert(.material) }
        let failing = countWhen?.failing
        let plan = CountPlan(
            mapping: parts.name, version: parts.version, slots: scope.slots.map(\.name), quantities: quantities,
            order: Self.waiting(failing, order.closure), operation: operation.closure,
            material: material?.closure ?? Self.nothing,
            attributionSlots: scope.slots.indices.map(asked.contains), holdsUntil: Self.holdsUntil(timed),
            countWhen: countWhen.map {
                context.watched(Self.settled($0), at: reader.optional("count-when")?.mark ?? reader.node.mark)
            }, atChange: atChange ?? .later, sameWhen: sameWhen,
            shares: (shares ?? []).map {
                OrderShare(
                    parts: $0.parts, order: Self.waiting(failing, $0.order.closure), operation: $0.operation.closure,
                    material: $0.material?.closure ?? Self.nothing)
            }, timelines: scope.timelines.map { MappingName($0.text) })
        return (.counts(plan), sets)
    }

    /// The order, which waits while `count-when` fails: nobody can say whether the pieces count.
    private static func waiting(
        _ failing: (@Sendable (SignalFrame) -> MappingFault?)?, _ order: @escaping SignalAttribution
    ) -> SignalAttribution {
        guard let failing else { return order }
        return { frame in failing(frame).map { .waiting($0.description) } ?? order(frame) }
    }

    /// The condition, which drops nothing while it fails.
    private static func settled(
        _ condition: (holds: SignalCondition, failing: (@Sendable (SignalFrame) -> MappingFault?)?)
    ) -> SignalCondition {
        let holds = condition.holds
        guard let failing = condition.failing else { return holds }
        return { frame in holds(frame) || failing(frame) != nil }
    }

    /// One entry of `share`.
    private struct Share {
        let parts: Int64
        let order: FieldAttribution
        let operation: FieldAttribution
        let material: FieldAttribution?
    }

    /// Several orders that are made at one time on one counter; nil where the mapping has one order.
    private func readShares(_ fields: NodeReader) -> [Share]? {
        guard let items = reader.items("share") else { return nil }
        for name in ["order", "operation", "material"] where fields.optional(name) != nil {
            faults.error(.contradiction, at: fields.mark(of: name), "with 'share', each entry of it says its '\(name)'")
        }
        if items.count < 2 {
            faults.error(
                .contradiction, at: reader.mark(of: "share"), "'share' needs two orders or more; else say 'order'")
        }
        return items.compactMap { item in
            guard item.members != nil else { return nil }
            let entry = NodeReader(item, what: "a share", faults: faults, keys: ReadingKeys.share)
            defer { entry.finish() }
            let parts = entry.integer("parts", in: 1...1_000, required: true)
            let order = attribution(entry, "order", isRequired: true)
            let operation = attribution(entry, "operation", isRequired: true)
            let material = attribution(entry, "material", isRequired: false)
            guard let parts, let order, let operation else { return nil }
            return Share(parts: Int64(parts), order: order, operation: operation, material: material)
        }
    }

    static func holdsUntil(_ lookups: [SignalLookup]) -> @Sendable (SignalFrame) -> Instant {
        { frame in lookups.reduce(.distantFuture) { min($0, $1.nextChange(in: frame)) } }
    }

    private func checkQuantities(_ quantities: [QuantityPlan], hasCounters: Bool) {
        guard hasCounters else { return }
        if reader.optional("where") != nil {
            faults.error(
                .whereWithCounters, at: reader.mark(of: "where"),
                "'where' would tear holes into a counter; take a machine's rows as a signal by 'from.signals', or drop pieces by "
                    + "'count-when', which is asked after the delta")
        }
        if quantities.contains(where: { if case .increment = $0.source { true } else { false } }) {
            faults.error(
                .contradiction, at: reader.mark(of: "fields"),
                "a mapping has either counters or increments; make two mappings of it")
        }
        if reader.optional("same-when") != nil {
            faults.error(
                .contradiction, at: reader.mark(of: "same-when"),
                "'same-when' belongs to increments; a counter is the same however often it is read")
        }
    }

    // MARK: Order, operation, material, reason

    /// The attribution of a field that is not there.
    static let nothing: SignalAttribution = { _ in Attributed.none }

    struct FieldAttribution {
        let closure: SignalAttribution
        /// Whether it ever gives a value.
        let everSet: Bool
    }

    /// The attribution of a field; nil where it is not there (reported where it has to be) or has faults.
    func attribution(_ fields: NodeReader, _ name: String, isRequired: Bool) -> FieldAttribution? {
        guard let read = readAttribution(fields, name, isRequired: isRequired) else { return nil }
        guard let watch = context.watch else { return read }
        return FieldAttribution(
            closure: { frame in
                let attributed = read.closure(frame)
                watch.note(.attributed(field: name, attributed))
                return attributed
            }, everSet: read.everSet)
    }

    private func readAttribution(_ fields: NodeReader, _ name: String, isRequired: Bool) -> FieldAttribution? {
        guard let node = fields.optional(name) else {
            if isRequired {
                faults.error(
                    .orderAndOperation, at: fields.node.mark,
                    "a mapping to production-count sets '\(name)'; where there is none, say so: \(name): {value: none}"
                )
            }
            return nil
        }
        let fallback: MissingPolicy = isRequired ? .hold : .none
        if let text = node.text {
            if FieldSource.looksLiteral(text) {
                faults.bareLiteral(text, at: node.mark)
                return nil
            }
            return pathAttribution(text, at: node.mark, rule: nil, missing: nil, fallback: fallback)
        }
        let entry = NodeReader(
            node, what: "field '\(name)'", faults: faults, keys: ReadingKeys.attribution)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let key = FieldSource.key(of: entry)
        if let type = entry.text("type"), type != "string" {
            faults.error(
                .unknownWord, at: entry.optional("type")?.mark ?? node.mark, "field '\(name)' is of type string")
        }
        let rule = TextRule(entry)
        let missing = MissingPolicy.read(entry, allowed: ["hold"])
        let tableName = entry.text("table")
        switch key {
        case "value":
            guard let text = entry.text("value") else { return nil }
            return text == "none"
                ? FieldAttribution(closure: Self.nothing, everSet: false)
                : FieldAttribution(closure: { _ in .value(text) }, everSet: true)
        case "from":
            guard let path = entry.text("from") else { return nil }
            let mark = entry.optional("from")?.mark ?? node.mark
            guard let tableName else {
                return pathAttribution(path, at: mark, rule: rule, missing: missing, fallback: fallback)
            }
            return tableAttribution(path, at: mark, entry, tableName, rule: rule, missing: missing ?? fallback)
        case "expr":
            return entry.optional("expr").flatMap {
                expressionAttribution($0, name, rule: rule, missing: missing ?? fallback)
            }
        case nil: return nil
        case let other?:
            faults.error(
                .oneSource, at: entry.mark(of: other), "field '\(name)' needs 'from', 'value' or 'expr', not '\(other)'"
            )
            return nil
        }
    }

    private func pathAttribution(
        _ path: String, at mark: SourceMark, rule: TextRule?, missing: MissingPolicy?, fallback: MissingPolicy
    ) -> FieldAttribution? {
        let shape = rule.flatMap { $0.isPlain ? nil : $0 }
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        if parts.count == 2, var lookup = scope.lookups[parts[0]] {
            // What the field says goes before what the look-up says for all its columns.
            if let missing { lookup.missing = missing }
            let lookup = lookup
            guard let column = scope.column(parts[1], of: lookup, at: mark) else { return nil }
            return FieldAttribution(closure: { Self.shaped(lookup.attributed(column, $0), shape) }, everSet: true)
        }
        guard let get = scope.getter(path, at: mark, orLiteral: true) else { return nil }
        let policy = missing ?? fallback
        return FieldAttribution(
            closure: { frame in
                guard let text = get(frame)?.plainText else {
                    return policy.attributed("signal '\(path)' has no value yet")
                }
                return Self.shaped(.value(text), shape)
            }, everSet: true)
    }

    private func tableAttribution(
        _ path: String, at mark: SourceMark, _ entry: NodeReader, _ tableName: String, rule: TextRule,
        missing: MissingPolicy
    ) -> FieldAttribution? {
        let get = scope.getter(path, at: mark)
        guard let table = table(tableName, at: entry.optional("table")?.mark ?? mark), let get else { return nil }
        guard table.keys.count == 1, let value = table.valueColumn, let column = table.column(named: value) else {
            faults.error(
                .table, at: entry.mark(of: "table"),
                "table '\(tableName)' needs one key and a 'value' to be used here; else write a 'lookup'")
            return nil
        }
        let lookup = SignalLookup(name: path, table: table, keys: [get], missing: missing)
        if table.isTimed { scope.usedLookups.append(lookup) }
        return FieldAttribution(
            closure: { Self.shaped(lookup.attributed(column, $0), rule.isPlain ? nil : rule) }, everSet: true)
    }

    static func shaped(_ attributed: Attributed, _ rule: TextRule?) -> Attributed {
        guard let rule, case .value(let text) = attributed else { return attributed }
        guard let result = rule.applied(to: text) else { return .waiting("'\(text)' is longer than 'at-most' allows") }
        return result.isEmpty ? .none : .value(result)
    }
}
