public import MillraceCore
import MillraceFacts
import MillraceMapping
public import MillraceValues

/// Which equipment counts, and which of it counts nothing now although its shift runs.
public struct CountingEquipment {
    let plant: Plant
    let store: any SiteStore & LookStore & BookStore

    /// A machine of which nothing was read for so long is not there any more.
    private static var goneAfter: Duration { .seconds(7 * 86_400) }
    /// How far back a silence is looked for.
    private static var lookBack: Duration { .seconds(86_400) }

    /// The equipment of that plant.
    public init(plant: Plant, store: any SiteStore & LookStore & BookStore) {
        self.plant = plant
        self.store = store
    }

    /// Every equipment with a counter that was read at `instant` or later.
    public func read(since instant: Instant) throws -> Set<String> {
        var found: Set<String> = []
        for mapping in plant.readingMappings {
            guard case .counts(let plan) = mapping.plan, plan.hasCounters else { continue }
            let engine = CountStreams(plan: plan, calendar: plant.calendar, limits: plant.limits)
            for connector in mapping.connectors {
                for equipment in try store.equipment(of: connector, mapping: mapping.name) {
                    let id = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
                    guard let record = try store.stream(id),
                        let newest = engine.newestInstant(try engine.state(record.state)), newest >= instant
                    else { continue }
                    found.insert(equipment)
                }
            }
        }
        return found
    }

    /// Of each equipment that counts nothing now although its shift runs, since when, as far as the sources are read.
    ///
    /// - Shape: a look at the newest facts where all count; only else at those of a day.
    public func silent(now: Instant) throws -> [ReportAlert] {
        let through = try judgedThrough(now)
        var expected: Set<String> = []
        for mapping in plant.readingMappings where mapping.kind == .productionCount {
            for connector in mapping.connectors {
                expected.formUnion(try store.equipment(of: connector, mapping: mapping.name))
            }
        }
        expected = expected.filter { !plant.calendar.of($0).span(at: through - .microseconds(1)).isOff }
        if expected.isEmpty { return [] }
        let border = through - plant.limits.silence
        try store.revisions(from: border - plant.limits.slice, to: through) { revision in
            if case .count(let fact) = revision.fact, fact.end > border, !revision.change.isZero {
                expected.remove(fact.equipment)
            }
        }
        if expected.isEmpty { return [] }
        expected = try established(expected, through)
        if expected.isEmpty { return [] }
        let known = try read(since: through - Self.goneAfter)
        let report = Report(
            plant: plant, store: store, scope: ReportScope(start: through - Self.lookBack, end: through), now: through)
        return try report.silences(
            plant.limits.silence, counting: known, open: try openIntervals(of: expected, through)
        ).filter { expected.contains($0.subject) }
    }

    /// Up to when silence can be told from not having read: of a source that could not be read in the last run, up to where it was.
    private func judgedThrough(_ now: Instant) throws -> Instant {
        let troubled = Set(try store.told().map(\.subject))
        var through = now
        for connector in plant.feeders(of: .productionCount) where troubled.contains("connector \(connector)") {
            through = min(through, try store.cursor(of: connector).pulledThrough ?? .distantPast)
        }
        return through
    }

    /// Those that counted on two production days of the last ones, so that one knows how they go.
    private func established(_ equipment: Set<String>, _ through: Instant) throws -> Set<String> {
        var days: [String: Set<CivilDate>] = [:]
        try store.revisions(from: through - Self.goneAfter, to: through) { revision in
            if case .count(let fact) = revision.fact, equipment.contains(fact.equipment), !revision.change.isZero {
                days[fact.equipment, default: []].insert(fact.productionDay)
            }
        }
        return equipment.filter { (days[$0]?.count ?? 0) >= 2 }
    }

    /// What the equipment does now, which is no fact before it ends.
    private func openIntervals(of equipment: Set<String>, _ through: Instant) throws -> [Downtime] {
        var writes: [FactWrite] = []
        for mapping in plant.readingMappings {
            guard case .states(let plan) = mapping.plan else { continue }
            var engine = StateStreams(plan: plan, calendar: plant.calendar, tellsOpen: true)
            for connector in mapping.connectors {
                for name in equipment.sorted() {
                    let id = StreamID(connector: connector, mapping: mapping.name, equipment: name)
                    guard let record = try store.stream(id) else { continue }
                    var state = try engine.state(record.state)
                    engine.settle(through: through, state: &state, into: &writes)
                }
            }
        }
        return writes.compactMap { if case .downtime(let fact) = $0.fact, fact.end == nil { fact } else { nil } }
    }
}
