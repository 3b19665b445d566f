public import MillraceCore
import MillraceFacts
import MillraceMapping
public import MillraceValues

/// What of a site is reported.
public struct ReportScope: Hashable, Sendable {
    /// From this instant on.
    public var start: Instant
    /// Up to this instant.
    public var end: Instant
    /// Only this equipment; nil for all.
    public var equipment: String?
    /// Only this order; nil for all.
    public var order: String?

    /// That scope.
    public init(start: Instant, end: Instant, equipment: String? = nil, order: String? = nil) {
        self.start = start
        self.end = end
        self.equipment = equipment
        self.order = order
    }
}

/// Adds up what the facts say, by shift, order or equipment.
///
/// Derived whenever it is asked for, and never stored: a late reading would have to revise it (decision note 0041). Pieces are those of
/// slices that begin in the scope; intervals are cut at its ends, at shifts and at breaks.
public struct Report {
    let plant: Plant
    let store: any BookStore & LookStore
    let scope: ReportScope
    /// The instant up to which time has passed.
    let now: Instant

    /// Intervals that began so long before the scope still reach into it.
    private static var lookBack: Duration { .seconds(8 * 86_400) }

    /// A report of that plant.
    public init(plant: Plant, store: any BookStore & LookStore, scope: ReportScope, now: Instant) {
        self.plant = plant
        self.store = store
        self.scope = scope
        self.now = now
    }

    /// The rows, by their groups.
    public func rows(by grouping: ReportGrouping) throws -> [ReportRow] {
        var sums = ReportSums(plant: plant, scope: scope, grouping: grouping, now: now)
        try eachFact { fact, change in
            switch fact {
            case .count(let count): try sums.add(count, change)
            case .downtime(let interval): sums.add(interval)
            }
        }
        return sums.rows()
    }

    /// The alerts, by subject and time; `silence` is how long nothing may be counted in a shift.
    ///
    /// - Shape: of the equipment in `counting` it is an alert too that nothing was counted in all of the scope.
    public func alerts(silence: Duration, counting: Set<String> = []) throws -> [ReportAlert] {
        var watch = ReportWatch(plant: plant, scope: scope, now: now, silence: silence)
        for equipment in counting.sorted() where scope.equipment.map({ $0 == equipment }) ?? true {
            watch.expect(equipment)
        }
        try eachFact { fact, change in
            switch fact {
            case .count(let count): watch.add(count, change)
            case .downtime(let interval): watch.add(interval)
            }
        }
        var alerts = watch.alerts()
        for gap in try store.gaps(limit: 1_000) {
            if let end = gap.gap.end, end < scope.start { continue }
            if let start = gap.gap.start, start >= scope.end { continue }
            if gap.gap.start == nil, gap.gap.end == nil, gap.recordedAt < scope.start { continue }
            alerts.append(
                ReportAlert(
                    kind: .gap, subject: gap.connector.text, start: gap.gap.start, end: gap.gap.end,
                    sentence: gap.gap.sentence))
        }
        return alerts.sorted {
            ($0.subject, $0.start ?? .distantPast, $0.kind.rawValue)
                < ($1.subject, $1.start ?? .distantPast, $1.kind.rawValue)
        }
    }

    /// Equipment that counts nothing at the end of the scope, more than is usual of it.
    ///
    /// - Shape: `open` are intervals that go on and are no facts yet.
    func silences(_ silence: Duration, counting: Set<String>, open: [Downtime]) throws -> [ReportAlert] {
        var watch = ReportWatch(plant: plant, scope: scope, now: now, silence: silence)
        for equipment in counting { watch.expect(equipment) }
        try eachFact { fact, change in
            switch fact {
            case .count(let count): watch.add(count, change)
            case .downtime(let interval): watch.add(interval)
            }
        }
        for interval in open { watch.add(interval) }
        return watch.ongoing().sorted { $0.subject < $1.subject }
    }

    /// Hands over each revision of a count with its change, and of each interval the newest revision, by start.
    private func eachFact(_ body: (Fact, Amounts) throws -> Void) throws {
        var intervals: [String: Downtime] = [:]
        var at = Instant.distantPast
        func flush() throws {
            for (_, interval) in intervals.sorted(by: { $0.key < $1.key }) { try body(.downtime(interval), .zero) }
            intervals.removeAll(keepingCapacity: true)
        }
        try store.revisions(from: scope.start - lookBack, to: scope.end) { revision in
            if revision.fact.start != at {
                try flush()
                at = revision.fact.start
            }
            if let wanted = scope.equipment, revision.fact.equipment != wanted { return }
            switch revision.fact {
            case .count: try body(revision.fact, revision.change)
            case .downtime(let interval):
                let doubt = interval.standing == .counted ? "" : interval.rule
                intervals["\(interval.equipment)\u{1F}\(interval.mapping)\u{1F}\(doubt)"] = interval
            }
        }
        try flush()
    }

    /// How far back an interval may have begun: a day and a bit where all of them are split at shift or day.
    private var lookBack: Duration {
        let isSplit = plant.readingMappings.allSatisfy { mapping in
            if case .intervals = mapping.plan { return false }
            guard case .states(let plan) = mapping.plan else { return true }
            return !plan.splitAt.isDisjoint(with: [.shift, .day]) || !plan.byCalendar.isEmpty
        }
        return isSplit ? .seconds(129_600) : Self.lookBack
    }
}
