public import MillraceCore
public import MillraceValues

/// Which window and which sum a fact belongs to (RULES R12 to R14).
public struct WindowMath: Sendable {
    /// The calendar whose shifts and days are the windows.
    public let calendar: ShiftCalendar

    /// For that calendar.
    public init(calendar: ShiftCalendar) { self.calendar = calendar }

    /// The window in which the fact lies.
    ///
    /// - Shape: a production day begins at its day cut and ends with it, or with the shift that runs over the cut,
    ///   since the whole shift belongs to the day on which it began. `end` is exclusive.
    public func window(of fact: Fact, rule: WindowRule) -> (start: Instant, end: Instant) {
        switch rule {
        case .shift:
            let span = calendar.of(fact.equipment).span(at: fact.start)
            return (span.start, span.end)
        case .day:
            let date = productionDay(of: fact)
            let calendar = calendar.of(fact.equipment)
            let day = calendar.day(of: date)
            let last = calendar.span(at: Instant(microseconds: day.end.microseconds - 1))
            let runsOver = !last.isOff && last.productionDay == date && last.end > day.end
            return (day.start, runsOver ? last.end : day.end)
        case .every(let step):
            let start = fact.start.floored(to: step)
            return (start, start + step)
        }
    }

    /// The first border of the rule's windows after `instant`.
    public func nextBorder(of rule: WindowRule, after instant: Instant) -> Instant {
        switch rule {
        case .shift: calendar.span(at: instant).end
        case .day: calendar.day(at: instant).end
        case .every(let step): instant.floored(to: step) + step
        }
    }

    /// Whether a window of the rule begins at `instant`.
    public func isBorder(_ instant: Instant, of rule: WindowRule) -> Bool {
        nextBorder(of: rule, after: Instant(microseconds: instant.microseconds - 1)) == instant
    }

    /// What the fact's sum is known by under that plan.
    ///
    /// - Shape: an absolute request's sum goes by `per` alone; a downtime's by its start and its equipment.
    public func identity(of fact: Fact, plan: SumPlan, isAbsolute: Bool) -> Sum.Identity {
        if plan.kind == .downtime {
            return Sum.Identity(
                request: plan.request, kind: plan.kind, windowStart: fact.start, perValues: [fact.equipment])
        }
        return Sum.Identity(
            request: plan.request, kind: plan.kind,
            windowStart: isAbsolute ? .distantPast : window(of: fact, rule: plan.window).start,
            perValues: perValues(of: fact, plan: plan, isAbsolute: isAbsolute))
    }

    /// The count's per-values; as `perValues(of:plan:isAbsolute:)` for its fact.
    public func perValues(of count: ProductionCount, plan: SumPlan, isAbsolute: Bool) -> [String] {
        var values: [String] = []
        values.reserveCapacity(plan.per.count + 1)
        if plan.window == .shift, plan.per.first != .shift, !isAbsolute { values.append(count.shift) }
        for field in plan.per { values.append(text(of: count, field) ?? "") }
        return values
    }

    /// What the count has in that field; nil where it has nothing.
    public func text(of count: ProductionCount, _ field: PerField) -> String? {
        switch field {
        case .equipment: count.equipment
        case .order: count.order
        case .operation: count.operation
        case .material: count.material
        case .shift: count.shift
        case .productionDay: count.productionDay.description
        }
    }

    /// The fact's per-values in the declared order, with the shift's name first where the window is the shift.
    ///
    /// - Shape: empty texts for what the fact does not have. The shift stands once also where `per` begins with it, and
    ///   not at all in front of an absolute request's.
    public func perValues(of fact: Fact, plan: SumPlan, isAbsolute: Bool) -> [String] {
        if case .count(let count) = fact { return perValues(of: count, plan: plan, isAbsolute: isAbsolute) }
        var values = plan.per.map { text(of: fact, $0) ?? "" }
        if plan.window == .shift, plan.per.first != .shift, !isAbsolute {
            values.insert(text(of: fact, .shift) ?? "", at: 0)
        }
        return values
    }

    /// What the fact has in that field; nil where it has nothing.
    public func text(of fact: Fact, _ field: PerField) -> String? {
        switch fact {
        case .count(let count): text(of: count, field)
        case .downtime(let interval):
            switch field {
            case .equipment: interval.equipment
            case .productionDay: interval.productionDay.description
            case .order: interval.order
            case .shift: interval.shift
            case .operation, .material: nil
            }
        }
    }

    private func productionDay(of fact: Fact) -> CivilDate {
        switch fact {
        case .count(let count): count.productionDay
        case .downtime(let interval): interval.productionDay
        }
    }
}
