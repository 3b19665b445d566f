// Hot path: every sample passes `take`. Guarded by `script/bench`.

import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// What a page of a pull is worked on with.
struct PageContext {
    /// When it was pulled.
    var pulledAt: Instant
    /// Readings before this instant are too late (RULES R4); nil where nothing was read before.
    var lateBefore: Instant?
    /// Readings after this instant are ahead of their time.
    var aheadOf: Instant
    /// Up to when slices were told in earlier runs; nil where none was.
    var toldThrough: Instant?
}

/// The streams of one reading mapping of a connector: brings samples in order to their engines, and what comes late to
/// its place.
struct StreamBook<Engine: StreamEngine> {
    let connector: ConnectorID
    let mapping: ReadingMapping
    let store: any ReadingStore
    let history: MappingHistory
    let limits: Plant.Limits
    let timelines: OrderTimelines
    let owners: CountingOwners
    var engine: Engine
    /// Up to when slices were told in earlier runs.
    private var toldThrough = Instant.distantPast
    /// The latest instant that was worked on and is not ahead.
    private(set) var largestInstant: Instant?
    private var indices: [String: Int] = [:]
    /// The equipment of the last batch and the indices of its streams.
    private var met: (names: [String], places: [Int]) = ([], [])
    var streams: [OpenStream<Engine.State>] = []
    var facts: [FactWrite] = []
    /// Rows by `same-when` that are not in the store yet.
    private var metRows: Set<KnownRow> = []

    /// Whether a stream that was met has to be worked on again.
    var isDirty: Bool { streams.contains { $0.dirtyFrom != nil } }

    /// A snapshot is taken at the first sample of each of these.
    private static var snapshotStep: Duration { .seconds(3600) }

    init(
        connector: ConnectorID, mapping: ReadingMapping, engine: Engine, store: any ReadingStore,
        history: MappingHistory, limits: Plant.Limits, timelines: OrderTimelines,
        owners: CountingOwners
    ) {
        (self.timelines, self.owners) = (timelines, owners)
        self.limits = limits
        self.connector = connector
        self.mapping = mapping
        self.engine = engine
        self.store = store
        self.history = history
    }

    /// Works on a page's samples.
    mutating func take(_ given: SampleBatch, _ page: PageContext, into step: inout IngestStep) throws {
        var batch = given
        toldThrough = page.toldThrough ?? .distantPast
        if case .counts(let plan) = mapping.plan, !plan.sameWhen.isEmpty { try dropKnown(&batch, plan, &step) }
        if case .intervals(let plan) = mapping.plan, !plan.sameWhen.isEmpty { step.known += names(batch) }
        if !isInOrder(batch.samples) { batch.samples.sort(by: Sample.precedes) }
        if batch.numbering == .chain, !batch.continuesUnbroken { try breakContinuity() }
        try meet(batch.equipment, &step)
        for sample in batch.samples {
            let index = met.places[Int(sample.equipment)]
            if sample.instant > page.aheadOf {
                wait(for: sample, in: batch, index, page, &step)
                continue
            }
            if sample.instant > largestInstant ?? .distantPast { largestInstant = sample.instant }
            if let lateBefore = page.lateBefore, sample.instant < lateBefore {
                try takeLate(sample, in: batch, index, page, &step)
                continue
            }
            take(sample, in: batch, index, &step)
        }
        if engine.isAdditive { for index in Set(met.places) { flush(index, &step) } }
    }

    /// Finds the streams of a batch's equipment; those of the batch before stand where they stood.
    private mutating func meet(_ names: [String], _ step: inout IngestStep) throws {
        for place in names.indices {
            if place < met.names.count, met.names[place] == names[place] { continue }
            met.names.removeSubrange(min(place, met.names.count)...)
            met.places.removeSubrange(min(place, met.places.count)...)
            met.places.append(try open(names[place], &step))
            met.names.append(names[place])
        }
    }

    private func isInOrder(_ samples: [Sample]) -> Bool {
        for index in samples.indices.dropFirst() where Sample.precedes(samples[index], samples[index - 1]) {
            return false
        }
        return true
    }

    private mutating func take(_ sample: Sample, in batch: SampleBatch, _ index: Int, _ step: inout IngestStep) {
        streams[index].isTouched = true
        if let dirty = streams[index].dirtyFrom {
            // Worked on again from there at the end of the pull; until then its samples only wait in their blocks.
            if sample.instant < dirty { streams[index].dirtyFrom = sample.instant }
            return
        }
        if !engine.isAdditive, sample.instant >= streams[index].nextSnapshot { snapshot(before: sample, index, &step) }
        let taking = engine.take(sample, in: batch, isLate: false, state: &streams[index].state, into: &facts)
        if taking == .late { streams[index].dirtyFrom = sample.instant }
        if !facts.isEmpty { record(index, &step) }
    }

    /// The state before the first sample of an hour, so that late data costs at most the work of what follows it.
    private mutating func snapshot(before sample: Sample, _ index: Int, _ step: inout IngestStep) {
        let border = sample.instant.floored(to: Self.snapshotStep)
        streams[index].nextSnapshot = border + Self.snapshotStep
        guard let newest = engine.newestInstant(streams[index].state), newest < border else { return }
        engine.settle(through: border, state: &streams[index].state, into: &facts)
        record(index, &step)
        if engine.border(streams[index].state, at: border) != nil {
            step.snapshots.append(
                Snapshot(stream: streams[index].id, at: border, state: engine.bytes(streams[index].state)))
        }
    }

    /// The names of all intervals, by which a later row is known for a correction.
    private func names(_ batch: SampleBatch) -> [KnownRow] {
        let nothing = engine.newState(equipment: "")
        return batch.samples.compactMap { sample in
            engine.corrects(sample, in: batch, nothing).map { KnownRow(mapping: mapping.name, values: $0.name) }
        }
    }

    /// Beyond `lateness`: increments and ready intervals are booked at the instant of their pull, counter readings are recorded and
    /// not used.
    private mutating func takeLate(
        _ sample: Sample, in batch: SampleBatch, _ index: Int, _ page: PageContext, _ step: inout IngestStep
    ) throws {
        streams[index].isTouched = true
        if let interval = engine.corrects(sample, in: batch, streams[index].state), !interval.isAtHand,
            try takeLate(interval, sample, in: batch, index, &step)
        {
            return
        }
        if engine.isAdditive {
            var moved = sample
            moved.instant = page.pulledAt
            _ = engine.take(moved, in: batch, isLate: true, state: &streams[index].state, into: &facts)
            record(index, &step)
            return
        }
        step.setAside.append(
            SetAside(
                place: Place(source: batch.source, position: sample.position), line: nil, field: nil, reason: .tooLate,
                sentence:
                    "the reading of \(sample.instant.iso8601) came at \(page.pulledAt.iso8601), beyond 'lateness'; "
                    + "what it counted is in the next delta already",
                content: []))
    }

    /// A row about an interval that the state does not have: it corrects what is recorded from the same start on. One that says another
    /// start is left to a person, for nobody knows any more which interval it moves; false for an interval that nobody knew.
    private mutating func takeLate(
        _ interval: CorrectedInterval, _ sample: Sample, in batch: SampleBatch, _ index: Int, _ step: inout IngestStep
    ) throws -> Bool {
        let equipment = streams[index].id.equipment
        let recorded = try store.facts(of: mapping.name, equipment: equipment, since: interval.start).compactMap {
            if case .downtime(let fact) = $0.fact, !fact.isWithdrawn, fact.standing != .rejected { fact } else { nil }
        }
        if let known = recorded.first(where: { $0.start == interval.start && $0.standing == .counted }) {
            // Its parts rest on the same row.
            let parts = recorded.filter { $0.first == known.first }.sorted { $0.start < $1.start }
            engine.adopt(parts, as: interval, state: &streams[index].state)
            _ = engine.take(sample, in: batch, isLate: false, state: &streams[index].state, into: &facts)
            return true
        }
        let row = KnownRow(mapping: mapping.name, values: interval.name)
        guard case .intervals(let plan) = mapping.plan, !plan.sameWhen.isEmpty, try store.known([row]).contains(row)
        else { return false }
        step.setAside.append(
            SetAside(
                place: Place(source: batch.source, position: sample.position), line: nil, field: "start",
                reason: .tooLate,
                sentence:
                    "the row moves an interval of '\(equipment)' that is older than 'lateness' to \(interval.start.iso8601); "
                    + "correct it in the ERP, or resync the day from the source",
                content: []))
        return true
    }

    private func wait(
        for sample: Sample, in batch: SampleBatch, _ index: Int, _ page: PageContext, _ step: inout IngestStep
    ) {
        let place = Place(source: batch.source, position: sample.position)
        step.ahead.append(AheadReading(stream: streams[index].id, place: place, instant: sample.instant))
        step.setAside.append(
            SetAside(
                place: place, line: nil, field: nil, reason: .ahead,
                sentence:
                    "the reading is stamped \(sample.instant.iso8601), ahead of its pull at \(page.pulledAt.iso8601); "
                    + "it waits until then, check the clock of '\(streams[index].id.equipment)'",
                content: []))
    }

    mutating func flush(_ index: Int, _ step: inout IngestStep) {
        engine.flush(state: &streams[index].state, into: &facts)
        record(index, &step)
    }

    /// Hands over what an engine told; of a second source it is shadowed (RULES R9).
    ///
    /// A file may bring a reading whose slice the watermark told before: what it counts is added to what is recorded then.
    mutating func record(_ index: Int, _ step: inout IngestStep) {
        if facts.isEmpty { return }
        for place in facts.indices {
            if case .fresh(let fact) = facts[place], fact.end <= toldThrough { facts[place] = .add(fact) }
        }
        step.facts += streams[index].isShadowed ? facts.map(\.shadowed) : facts
        facts.removeAll(keepingCapacity: true)
    }

    private mutating func breakContinuity() throws {
        for equipment in try store.equipment(of: connector, mapping: mapping.name) {
            var nothing = IngestStep(connector: connector, now: .distantPast)
            let index = try open(equipment, &nothing)
            streams[index].isTouched = true
        }
        for index in streams.indices { engine.breakContinuity(&streams[index].state) }
    }

    /// Rows whose `same-when` values are known are repeats and go no further.
    private mutating func dropKnown(_ batch: inout SampleBatch, _ plan: CountPlan, _ step: inout IngestStep) throws {
        var rows: [KnownRow] = []
        for sample in batch.samples {
            let base = Int(sample.row) * batch.slots
            let values = plan.sameWhen.map { slot in
                if case .value(let value) = batch.updates[base + slot] { value.plainText ?? "" } else { "" }
            }
            rows.append(KnownRow(mapping: mapping.name, values: values.joined(separator: "\u{1F}")))
        }
        let known = try store.known(rows)
        var kept: [Sample] = []
        for (sample, row) in zip(batch.samples, rows) where !known.contains(row) && metRows.insert(row).inserted {
            kept.append(sample)
            step.known.append(row)
        }
        batch.samples = kept
    }

    /// The index of the equipment's stream; reads its record where it was not met in this run.
    mutating func open(_ equipment: String, _ step: inout IngestStep) throws -> Int {
        if let index = indices[equipment] { return index }
        let id = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
        let record = try store.stream(id)
        let state = try record.map { try engine.state($0.state) } ?? engine.newState(equipment: equipment)
        var stream = OpenStream(id: id, state: state, dirtyFrom: record?.dirtyFrom)
        if let newest = engine.newestInstant(state) {
            stream.nextSnapshot = newest.floored(to: Self.snapshotStep) + Self.snapshotStep
        }
        for quantity in engine.tells {
            let source = CountingSource(equipment: equipment, quantity: quantity)
            if try owners.isShadowed(source, of: mapping.name, into: &step) { stream.isShadowed = true }
        }
        indices[equipment] = streams.count
        streams.append(stream)
        if !engine.timelines.isEmpty { try followOrders(streams.count - 1) }
        return streams.count - 1
    }

    /// Puts the states that changed into the step.
    mutating func keep(into step: inout IngestStep) {
        metRows.removeAll()
        for index in streams.indices where streams[index].isTouched {
            streams[index].isTouched = false
            step.streams[streams[index].id] = StreamRecord(
                state: engine.bytes(streams[index].state), due: engine.due(streams[index].state),
                dirtyFrom: streams[index].dirtyFrom)
        }
    }

    /// Tells what the watermark settles, and works dirty streams on again.
    mutating func settle(
        through: Instant, pending: [(StreamID, StreamRecord)], arrived: [AheadReading], aheadOf: Instant,
        into step: inout IngestStep
    ) throws {
        for (id, _) in pending { _ = try open(id.equipment, &step) }
        if !arrived.isEmpty { try arrive(arrived, now: aheadOf - limits.ahead, into: &step) }
        let dirty = streams.indices.filter { streams[$0].dirtyFrom != nil }
        if !dirty.isEmpty { try repair(dirty, through: through, aheadOf: aheadOf, into: &step) }
        for index in streams.indices {
            guard let due = engine.due(streams[index].state), due <= through else { continue }
            engine.settle(through: through, state: &streams[index].state, into: &facts)
            record(index, &step)
            streams[index].isTouched = true
        }
    }
}

/// A stream as it is worked on.
struct OpenStream<State: Sendable>: Sendable {
    let id: StreamID
    var state: State
    /// Everything from here on has to be worked on again.
    var dirtyFrom: Instant?
    /// Whether its record has to be written.
    var isTouched = false
    /// Whether another mapping counts the same (RULES R9).
    var isShadowed = false
    /// How many changes of orders of this run it knows.
    var ordersSeen = -1
    /// Where only orders that were said beyond `lateness` have it worked on again: what was told before keeps its order (RULES R4).
    var ordersFixedBefore: Instant?
    /// The first sample from here on takes a snapshot.
    var nextSnapshot = Instant.distantPast

    init(id: StreamID, state: State, dirtyFrom: Instant?) {
        self.id = id
        self.state = state
        self.dirtyFrom = dirtyFrom
    }
}
