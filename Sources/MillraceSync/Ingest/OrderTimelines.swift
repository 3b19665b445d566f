import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// The timelines of orders, as the store has them and as this run's rows changed them: one for all pulls of a run.
///
/// What a page brought is asked for before it is committed, so that two connectors that are pulled one after the other find the same.
final class OrderTimelines {
    private let store: any ReadingStore
    /// The connectors that each timeline is read from.
    private let sources: [MappingName: [ConnectorID]]
    /// Those that changed and may not be committed yet.
    private var changed: [StreamID: OrderTimeline] = [:]
    /// From when on which orders are others, in the order of the pages that said so.
    private(set) var changes: [OrderChange] = []

    init(_ plant: Plant, store: any ReadingStore) {
        self.store = store
        var sources: [MappingName: [ConnectorID]] = [:]
        for mapping in plant.readingMappings where mapping.makesTimeline { sources[mapping.name] = mapping.connectors }
        self.sources = sources
    }

    /// The timelines of an equipment, as far as any instant from `since` on asks for them; none where none are named.
    ///
    /// - Throws: `StoreError`, `StateError`.
    func of(_ names: [MappingName], _ equipment: String, since: Instant = .distantPast) throws -> [OrderTimeline] {
        try names.map { name in
            let parts = try (sources[name] ?? []).map {
                try timeline(StreamID(connector: $0, mapping: name, equipment: equipment), since: since)
            }
            return parts.count == 1 ? parts[0] : OrderTimeline(parts.flatMap(\.rows))
        }
    }

    /// The timelines that a mapping asks, of each equipment of these samples.
    func of(_ mapping: ReadingMapping, _ batches: [SampleBatch]) throws -> [String: [OrderTimeline]] {
        let names = mapping.plan.timelines
        if names.isEmpty { return [:] }
        return try Dictionary(uniqueKeysWithValues: Set(batches.flatMap(\.equipment)).map { ($0, try of(names, $0)) })
    }

    /// What one connector says of an equipment.
    func timeline(_ id: StreamID, since: Instant = .distantPast) throws -> OrderTimeline {
        if let known = changed[id] { return known }
        return try store.stream(id).map { try OrderTimeline(bytes: $0.state, since: since) } ?? OrderTimeline()
    }

    /// Notes what a page made of it.
    func set(_ timeline: OrderTimeline, of id: StreamID) { changed[id] = timeline }

    /// Notes from when on orders are others.
    func note(_ changes: [OrderChange]) { self.changes += changes }
}

extension StreamEngine {
    /// The state, with the timelines of orders that its plan asks.
    func bound(_ given: State, _ equipment: String, since: Instant, _ timelines: OrderTimelines?) throws -> State {
        guard !self.timelines.isEmpty, let timelines else { return given }
        var state = given
        bind(try timelines.of(self.timelines, equipment, since: since), to: &state)
        return state
    }
}

/// From when on the orders of an equipment are others.
struct OrderChange: Hashable, Sendable {
    /// The mapping that makes the timeline.
    let timeline: MappingName
    /// The equipment.
    let equipment: String
    /// The first instant.
    let from: Instant
    /// Whether they are others before that too, which came beyond `lateness`.
    let isCut: Bool
}

/// The rows of one order connector: brings them into the timelines of their equipment (RULES R1, R4, R7).
struct TimelineBook {
    let connector: ConnectorID
    let mapping: MappingName
    let timelines: OrderTimelines
    private let engine: TimelineEngine
    private var touched: Set<StreamID> = []
    /// The latest instant that a row said and is not ahead.
    private(set) var largestInstant: Instant?

    init(connector: ConnectorID, plan: TimelinePlan, timelines: OrderTimelines) {
        (self.connector, mapping, self.timelines) = (connector, plan.mapping, timelines)
        engine = TimelineEngine(plan: plan)
    }

    /// Works on a page's rows; returns from when on the orders of which equipment are others.
    ///
    /// - Shape: a row that is planned ahead of its time is taken and moves no watermark. What a row says of the time before
    ///   `lateness` is for pieces that wait for an order; those that have one keep it.
    mutating func take(
        _ batch: SampleBatch, _ page: PageContext, into step: inout IngestStep
    ) throws -> [OrderChange] {
        var (before, now): ([StreamID: OrderTimeline], [StreamID: OrderTimeline]) = ([:], [:])
        for sample in batch.samples {
            let equipment = batch.equipment[Int(sample.equipment)]
            guard let row = engine.row(sample, in: batch, equipment: equipment) else { continue }
            for instant in [row.start, row.end ?? row.start]
            where instant <= page.aheadOf && instant > largestInstant ?? .distantPast {
                largestInstant = instant
            }
            let id = StreamID(connector: connector, mapping: mapping, equipment: equipment)
            let known = try now[id] ?? timelines.timeline(id)
            var timeline = known
            timeline.take(row)
            if before[id] == nil { before[id] = known }
            now[id] = timeline
            guard let lateBefore = page.lateBefore, timeline != known else { continue }
            noteLate(row, timeline.firstDifference(from: known), lateBefore, page, into: &step)
        }
        for (id, timeline) in now where timeline != before[id] {
            timelines.set(timeline, of: id)
            touched.insert(id)
        }
        return before.compactMap { id, old in
            guard let from = now[id]?.firstDifference(from: old) else { return nil }
            let border = max(from, page.lateBefore ?? from)
            return OrderChange(timeline: mapping, equipment: id.equipment, from: border, isCut: border > from)
        }.sorted { ($0.equipment, $0.from) < ($1.equipment, $1.from) }
    }

    private func noteLate(
        _ row: OrderTimeline.Row, _ from: Instant?, _ lateBefore: Instant, _ page: PageContext,
        into step: inout IngestStep
    ) {
        guard let from, from < lateBefore else { return }
        step.setAside.append(
            SetAside(
                place: row.place, line: nil, field: "start", reason: .tooLate,
                sentence:
                    "the row says another order from \(from.iso8601) on and came at \(page.pulledAt.iso8601), beyond 'lateness': "
                    + "it holds from \(lateBefore.iso8601) on and for pieces without an order; for the others before, resync the day",
                content: []))
    }

    /// Puts the timelines that changed into the step.
    mutating func keep(into step: inout IngestStep) throws {
        for id in touched {
            var timeline = try timelines.timeline(id)
            engine.prune(&timeline)
            step.streams[id] = StreamRecord(state: timeline.bytes, due: nil, dirtyFrom: nil)
        }
        touched = []
    }
}
