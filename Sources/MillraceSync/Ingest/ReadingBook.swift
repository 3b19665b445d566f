// Hot path: every sample passes `take`. Guarded by `script/bench`.

import MillraceCore
import MillraceMapping
import MillraceValues

/// One reading mapping of a connector, whatever it makes.
///
/// Exactly one of the four is there. A protocol in their place would leave the books generic at run time, which cost a copy of the
/// stream for every sample.
struct ReadingBook {
    let connector: ConnectorID
    let mapping: ReadingMapping
    /// The equipment that its rows have named in this pull.
    var equipment = EquipmentTable()
    /// The equipment met in this pull and the newest reading of each; `distantPast` where only unusable rows name it.
    var latest: (equipment: [String], instants: [Instant]) = ([], [])
    private var counts: StreamBook<CountStreams>?
    private var states: StreamBook<StateStreams>?
    private var intervals: StreamBook<IntervalStreams>?
    private var orders: TimelineBook?

    init(
        connector: ConnectorID, mapping: ReadingMapping, plant: Plant, store: any ReadingStore, history: MappingHistory,
        timelines: OrderTimelines, owners: CountingOwners
    ) {
        self.connector = connector
        self.mapping = mapping
        switch mapping.plan {
        case .counts(let plan):
            counts = StreamBook(
                connector: connector, mapping: mapping,
                engine: CountStreams(plan: plan, calendar: plant.calendar, limits: plant.limits), store: store,
                history: history, limits: plant.limits, timelines: timelines, owners: owners)
        case .states(let plan):
            states = StreamBook(
                connector: connector, mapping: mapping,
                engine: StateStreams(plan: plan, calendar: plant.calendar, tellsOpen: plant.tellsOpenIntervals),
                store: store, history: history, limits: plant.limits, timelines: timelines, owners: owners)
        case .intervals(let plan):
            intervals = StreamBook(
                connector: connector, mapping: mapping,
                engine: IntervalStreams(plan: plan, calendar: plant.calendar, limits: plant.limits), store: store,
                history: history, limits: plant.limits, timelines: timelines, owners: owners)
        case .timeline(let plan): orders = TimelineBook(connector: connector, plan: plan, timelines: timelines)
        }
    }

    /// The newest readings so far, for so much equipment; the book has none until it is given them back, so that they have one owner.
    mutating func letGoOfLatest(for equipment: [String]) -> [Instant] {
        var instants = latest.instants
        latest = ([], [])
        while instants.count < equipment.count { instants.append(.distantPast) }
        return instants
    }

    /// Works on a page's samples; returns from when on the orders of which equipment are others.
    mutating func take(
        _ batch: SampleBatch, _ page: PageContext, into step: inout IngestStep
    ) throws -> [OrderChange] {
        if let changes = try orders?.take(batch, page, into: &step) { return changes }
        try counts?.take(batch, page, into: &step)
        try states?.take(batch, page, into: &step)
        try intervals?.take(batch, page, into: &step)
        return []
    }

    /// Has what the orders of an equipment decide worked on again from where they changed in this run; returns from where on, where
    /// anything was worked on behind that.
    @discardableResult
    mutating func reorder(_ change: OrderChange, into step: inout IngestStep) throws -> Instant? {
        guard mapping.plan.timelines.contains(change.timeline) else { return nil }
        return try counts?.reorder(change.equipment, into: &step) ?? states?.reorder(change.equipment, into: &step)
    }

    /// Carries what the present text would carry, where the one before took these signals from elsewhere.
    mutating func relearn(_ signals: Set<String>, through: Instant, now: Instant, into step: inout IngestStep) throws {
        try counts?.relearn(signals, through: through, now: now, into: &step)
        try states?.relearn(signals, through: through, now: now, into: &step)
    }

    /// Puts the states that changed into the step.
    mutating func keep(into step: inout IngestStep) throws {
        counts?.keep(into: &step)
        states?.keep(into: &step)
        intervals?.keep(into: &step)
        try orders?.keep(into: &step)
    }

    /// Tells what the watermark settles, and works dirty streams on again.
    mutating func settle(
        through: Instant, pending: [(StreamID, StreamRecord)], arrived: [AheadReading], aheadOf: Instant,
        into step: inout IngestStep
    ) throws {
        try counts?.settle(through: through, pending: pending, arrived: arrived, aheadOf: aheadOf, into: &step)
        try states?.settle(through: through, pending: pending, arrived: arrived, aheadOf: aheadOf, into: &step)
        try intervals?.settle(through: through, pending: pending, arrived: arrived, aheadOf: aheadOf, into: &step)
    }

    /// The latest instant that was worked on and is not ahead.
    var largestInstant: Instant? {
        counts?.largestInstant ?? states?.largestInstant ?? intervals?.largestInstant ?? orders?.largestInstant
    }
    /// Whether a stream that was met has to be worked on again.
    var isDirty: Bool { counts?.isDirty ?? states?.isDirty ?? intervals?.isDirty ?? false }
}
