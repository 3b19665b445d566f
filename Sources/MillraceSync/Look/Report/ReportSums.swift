import MillraceCore
import MillraceFacts
import MillraceValues

/// Adds facts up by the groups of a report.
struct ReportSums {
    private let plant: Plant
    private let scope: ReportScope
    private let grouping: ReportGrouping
    private let through: Instant
    private var groups: [ReportKey: ReportRow] = [:]
    private var cursor: ShiftCursor
    private var breaks: [String: (span: ShiftSpan, pauses: [(start: Instant, end: Instant)])] = [:]
    /// For orders: the operations counted by order and equipment, so that times find their row.
    private var operations: [ReportKey: Set<String>] = [:]

    init(plant: Plant, scope: ReportScope, grouping: ReportGrouping, now: Instant) {
        self.plant = plant
        self.scope = scope
        self.grouping = grouping
        through = min(scope.end, now)
        cursor = ShiftCursor(plant.calendar)
    }

    // MARK: Pieces

    mutating func add(_ fact: ProductionCount, _ change: Amounts) throws {
        guard fact.start >= scope.start, fact.standing != .shadowed else { return }
        if let order = scope.order, fact.order != order { return }
        let key =
            switch grouping {
            case .equipment: ReportKey([fact.equipment])
            case .shift: ReportKey([fact.productionDay.description, fact.shift, fact.equipment])
            case .order: ReportKey([fact.order ?? "", fact.operation ?? "", fact.equipment])
            }
        if grouping == .order, let operation = fact.operation {
            operations[ReportKey([fact.order ?? "", fact.equipment]), default: []].insert(operation)
        }
        var row = groups[key] ?? ReportRow(group: ValueObject())
        row.amounts[fact.standing] = try (row.amounts[fact.standing] ?? .zero).adding(change)
        groups[key] = row
    }

    // MARK: Time

    mutating func add(_ fact: Downtime) {
        if fact.isWithdrawn || fact.standing != .counted { return }
        if let order = scope.order, fact.order != order { return }
        let calendar = plant.calendar.of(fact.equipment)
        var start = max(fact.start, scope.start)
        let end = min(fact.end ?? through, through)
        if fact.class == .microStop, fact.start >= scope.start, fact.start < scope.end {
            let span = cursor.span(at: fact.start, of: fact.equipment)
            change(key(of: fact, span)) { $0.microStops += 1 }
        }
        while start < end {
            let span = cursor.span(at: start, of: fact.equipment)
            let until = min(end, span.end)
            let length = (until - start).wholeMicroseconds
            let paused = pausedTime(in: span, from: start, to: until, fact.equipment, calendar)
            let busy = span.isOff ? 0 : length - paused
            change(key(of: fact, span)) { Self.add(fact.class, length, busy, to: &$0) }
            start = until
        }
    }

    private static func add(_ class: DowntimeClass, _ length: Int64, _ busy: Int64, to row: inout ReportRow) {
        row.classes[`class`, default: 0] += length
        switch `class` {
        case .producing: row.production += length
        case .setup: row.setup += length
        case .idle, .microStop: row.delay += busy
        case .unplannedDown: row.down += busy
        case .plannedDown, .offShift: row.plannedBusy -= busy
        case .unknown: break
        }
        // What was seen of the planned time; taken off what the calendar plans, when the rows are made.
        row.unseen -= busy
    }

    private func key(of fact: Downtime, _ span: ShiftSpan) -> ReportKey {
        switch grouping {
        case .equipment: ReportKey([fact.equipment])
        case .shift: ReportKey([span.productionDay.description, span.name, fact.equipment])
        case .order: ReportKey([fact.order ?? "", "", fact.equipment])
        }
    }

    private mutating func change(_ key: ReportKey, _ body: (inout ReportRow) -> Void) {
        var row = groups[key] ?? ReportRow(group: ValueObject())
        body(&row)
        groups[key] = row
    }

    /// How much of the stretch lies in breaks of its shift.
    private mutating func pausedTime(
        in span: ShiftSpan, from start: Instant, to end: Instant, _ equipment: String, _ calendar: ShiftCalendar
    ) -> Int64 {
        if span.isOff { return 0 }
        if breaks[equipment]?.span != span { breaks[equipment] = (span, calendar.breaks(in: span)) }
        return (breaks[equipment]?.pauses ?? []).reduce(0) { sum, pause in
            sum + max(0, (min(end, pause.end) - max(start, pause.start)).wholeMicroseconds)
        }
    }

    // MARK: Rows

    mutating func rows() -> [ReportRow] {
        if grouping == .order { moveTimes() } else { plan() }
        let names: [String] =
            switch grouping {
            case .equipment: ["equipment"]
            case .shift: ["production-day", "shift", "equipment"]
            case .order: ["order", "operation", "equipment"]
            }
        return groups.sorted { $0.key < $1.key }.map { key, row in
            var row = row
            for (name, value) in zip(names, key.values) { row.group.append(name, .string(value)) }
            return row
        }
    }

    /// The times of an order go to its operation, where the equipment worked on one alone.
    private mutating func moveTimes() {
        for (key, row) in groups {
            var row = row
            // Of an order only what was seen is known: it plans no time.
            row.plannedBusy -= row.unseen
            row.unseen = 0
            groups[key] = row
        }
        for (key, row) in groups where key.values[1].isEmpty {
            let known = operations[ReportKey([key.values[0], key.values[2]])] ?? []
            guard known.count == 1, let operation = known.first else { continue }
            groups[key] = nil
            let target = ReportKey([key.values[0], operation, key.values[2]])
            var sum = groups[target] ?? ReportRow(group: ValueObject())
            sum.take(times: row)
            let taken: Void? = try? sum.take(amounts: row)  // try?: too many digits to be added: its own row
            guard taken != nil else {
                groups[key] = row
                continue
            }
            groups[target] = sum
        }
    }

    /// What the calendar plans, for every equipment that was heard of.
    private mutating func plan() {
        let position = grouping == .equipment ? 0 : 2
        let all = Set(groups.keys.map { $0.values[position] })
        // Without any shift nothing is planned, and nothing is missing.
        for equipment in all {
            let calendar = plant.calendar.of(equipment)
            for span in calendar.spans(from: scope.start, to: through) where !span.isOff {
                let (start, end) = (max(span.start, scope.start), min(span.end, through))
                let busy =
                    (end - start).wholeMicroseconds - pausedTime(in: span, from: start, to: end, equipment, calendar)
                let key =
                    grouping == .equipment
                    ? ReportKey([equipment])
                    : ReportKey([span.productionDay.description, span.name, equipment])
                change(key) {
                    $0.plannedBusy += busy
                    $0.unseen += busy
                }
            }
        }
    }
}

/// The values of a group's fields.
struct ReportKey: Hashable, Comparable {
    let values: [String]

    init(_ values: [String]) { self.values = values }

    static func < (left: ReportKey, right: ReportKey) -> Bool { left.values.lexicographicallyPrecedes(right.values) }
}

extension ReportRow {
    mutating func take(times row: ReportRow) {
        classes.merge(row.classes) { $0 + $1 }
        microStops += row.microStops
        plannedBusy += row.plannedBusy
        production += row.production
        setup += row.setup
        delay += row.delay
        down += row.down
        unseen += row.unseen
    }

    mutating func take(amounts row: ReportRow) throws {
        var sums = amounts
        for (standing, more) in row.amounts { sums[standing] = try (sums[standing] ?? .zero).adding(more) }
        amounts = sums
    }
}
