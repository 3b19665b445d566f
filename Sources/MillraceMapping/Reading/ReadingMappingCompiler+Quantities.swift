import MillraceCore
import MillraceValues
import MillraceYAML

extension ReadingMappingCompiler {
    /// The quantities that the fields name, and with `total` the one that none of them counts.
    func quantityPlans(_ fields: NodeReader) -> [QuantityPlan] {
        var quantities: [QuantityPlan] = []
        for quantity in CountedQuantity.allCases {
            if let plan = quantityPlan(fields, quantity.rawValue, quantity) { quantities.append(plan) }
        }
        if fields.optional("total") != nil { addTotal(fields, to: &quantities) }
        let names = CountedQuantity.allCases.map(\.rawValue) + ["total"]
        if quantities.isEmpty, names.allSatisfy({ fields.optional($0) == nil }) {
            faults.error(
                .missingKey, at: fields.node.mark, "a mapping to production-count needs 'good', 'scrap' or 'rework'")
        }
        return quantities
    }

    /// A counter of good and scrap together gives the one of both that has no counter of its own.
    private func addTotal(_ fields: NodeReader, to quantities: inout [QuantityPlan]) {
        let hasGood = fields.optional("good") != nil
        guard hasGood != (fields.optional("scrap") != nil) else {
            faults.error(
                .contradiction, at: fields.mark(of: "total"),
                "'total' stands beside exactly one of 'good' and 'scrap', and gives the other")
            return
        }
        let (known, missing): (CountedQuantity, CountedQuantity) = hasGood ? (.good, .scrap) : (.scrap, .good)
        guard var plan = quantityPlan(fields, "total", missing) else { return }
        plan.label = "total"
        for index in quantities.indices where quantities[index].quantity == known {
            quantities[index].effects.append(.init(missing, isNegative: true))
        }
        quantities.append(plan)
    }

    private func quantityPlan(
        _ fields: NodeReader, _ field: String, _ quantity: CountedQuantity
    ) -> QuantityPlan? {
        guard let node = fields.optional(field) else { return nil }
        let what = "field '\(field)'"
        guard node.members != nil else {
            faults.error(
                .oneSource, at: node.mark,
                "\(what) needs {counter: …} for a running total or {increment: …} for pieces of the row's own")
            return nil
        }
        let entry = NodeReader(node, what: what, faults: faults, keys: ReadingKeys.quantity)
        defer { entry.finish() }
        let key = FieldSource.key(of: entry)
        let rule = counterRule(entry)
        let comma = entry.flag("decimal-comma") ?? false
        let conversion = readUnit(entry, quantity)
        guard let key else { return nil }
        guard ["counter", "increment", "expr"].contains(key), let name = entry.text(key) else {
            if !["counter", "increment", "expr"].contains(key) {
                faults.error(
                    .oneSource, at: entry.mark(of: key), "\(what) needs 'counter', 'increment' or 'expr', not '\(key)'")
            }
            return nil
        }
        let found =
            key == "expr"
            ? entry.optional("expr").flatMap { calculated($0, field, hasComma: comma) }
            : scope.slot(name, at: entry.optional(key)?.mark ?? node.mark)
        guard let slot = found else { return nil }
        scope.makeNumber(
            slot, decimalMark: comma ? 0x2C : 0x2E, conversion: conversion == nil ? -1 : Int32(conversions.count))
        if let conversion { conversions.append(conversion) }
        if key == "counter" {
            return QuantityPlan(
                quantity: quantity, slot: slot, source: .counter(converted(rule, conversion, at: entry.node.mark)))
        }
        for word in ["modulus", "width", "max-rate", "reset", "reset-at", "first"] where entry.optional(word) != nil {
            faults.error(
                .contradiction, at: entry.mark(of: word),
                "'\(word)' belongs to a counter, and \(what) is what a row itself reports")
        }
        return QuantityPlan(quantity: quantity, slot: slot, source: .increment)
    }

    /// `unit: EA`, what the pieces are, or `unit: {from: GRM, to: KGM}`, what they are turned into; nil where they stay.
    private func readUnit(_ entry: NodeReader, _ quantity: CountedQuantity) -> UnitConversion? {
        guard let node = entry.optional("unit") else { return nil }
        guard node.members != nil else {
            guard let name = faults.text(node, what: "'unit'"),
                let unit = unitNames.unit(name, at: node.mark, faults)
            else { return nil }
            units[quantity] = unit.code
            return nil
        }
        guard let conversion = unitNames.conversion(node, faults) else { return nil }
        units[quantity] = conversion.to.code
        if conversion.isExact { return conversion }
        faults.error(
            .unit, at: node.mark,
            "facts are exact, and \(conversion.from.code) in \(conversion.to.code) may have no end; convert in the document mapping, where 'scale' and 'round' say how"
        )
        return nil
    }

    /// The rule for numbers in the other unit.
    private func converted(_ rule: CounterRule, _ conversion: UnitConversion?, at mark: SourceMark) -> CounterRule {
        guard let conversion else { return rule }
        var rule = rule
        do throws(DecimalError) {
            if let modulus = rule.modulus { rule.modulus = try conversion.exact(modulus) }
            if let rate = rule.maxRate {
                rule.maxRate = MaxRate(pieces: try conversion.exact(rate.pieces), unit: rate.unit)
            }
        } catch {
            faults.error(
                .unit, at: mark, "'modulus' or 'max-rate' cannot be turned into \(conversion.to.code): \(error)")
        }
        return rule
    }

    // MARK: What a counter's steps mean

    private func counterRule(_ entry: NodeReader) -> CounterRule {
        var rule = CounterRule(
            modulus: positive(entry, "modulus"), maxRate: maxRate(entry),
            reset: entry.word("reset", CounterRule.Reset.self) ?? .evidence,
            first: entry.word("first", CounterRule.First.self) ?? .baseline)
        if let width = entry.word("width", RegisterWidth.self) {
            if entry.optional("modulus") != nil {
                faults.error(
                    .contradiction, at: entry.mark(of: "width"),
                    "'width' says the modulus already; leave one of both out")
            }
            (rule.modulus, rule.isSigned) = (width.modulus, width.isSigned)
        }
        rule.resetTimes = resetTimes(entry)
        if rule.resetTimes != nil, entry.optional("max-rate") == nil {
            faults.error(
                .missingKey, at: entry.mark(of: "reset-at"),
                "'reset-at' needs 'max-rate', which tells whether the counter was set back before it rose again")
        }
        return rule
    }

    /// `reset-at: shift`, `reset-at: ["06:00", "18:00"]` or `{times: …, within: 2 min}`.
    private func resetTimes(_ entry: NodeReader) -> ResetTimes? {
        guard let node = entry.optional("reset-at") else { return nil }
        var times = ResetTimes(within: .seconds(120))
        var texts: [MarkedText]?
        if node.members != nil {
            let inner = NodeReader(node, what: "'reset-at'", faults: faults, keys: ReadingKeys.resetAt)
            texts = inner.texts("times", required: true)
            times.within = inner.duration("within") ?? times.within
            inner.finish()
        } else {
            texts = entry.texts("reset-at")
        }
        for text in texts ?? [] {
            switch text.text {
            case "shift": times.atShifts = true
            case "day": times.atDays = true
            default:
                if let time = TimeOfDay(text.text) {
                    times.times.append(time)
                } else {
                    faults.error(
                        .badScalar, at: text.mark,
                        "'reset-at' names shift, day or times of the day such as 06:00, not '\(text.text)'")
                }
            }
        }
        return times
    }

    private func positive(_ entry: NodeReader, _ key: String) -> ExactDecimal? {
        guard let number = entry.decimal(key) else { return nil }
        if number > .zero { return number }
        faults.error(.badScalar, at: entry.optional(key)?.mark ?? entry.node.mark, "'\(key)' has to be more than 0")
        return nil
    }

    /// `40/min`: so many pieces in one s, min, h or d.
    private func maxRate(_ entry: NodeReader) -> MaxRate? {
        guard let text = entry.text("max-rate") else { return nil }
        let parts = text.split(separator: "/").map { $0.filter { $0 != " " } }
        if parts.count == 2, let pieces = ExactDecimal(parts[0]), pieces > .zero, parts[1] != "ms",
            let unit = Duration.parse("1 " + parts[1])
        {
            return MaxRate(pieces: pieces, unit: unit)
        }
        faults.error(
            .badScalar, at: entry.optional("max-rate")?.mark ?? entry.node.mark,
            "'\(text)' is no rate; write pieces per s, min, h or d, such as 40/min")
        return nil
    }
}
