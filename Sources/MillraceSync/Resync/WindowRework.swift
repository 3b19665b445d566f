import MillraceCore
import MillraceMapping
import MillraceValues

/// What working on a window again changes of one stream.
struct WindowChanges {
    var facts: [FactWrite]
    var snapshots: [Snapshot]
    /// The stream of those snapshots.
    var scratch: StreamID
    /// From when on they are new.
    var from: Instant
}

/// Works a window of a stream on again by one text, beside the stream's own state, which stays as it is (RULES R28).
struct WindowRework<Engine: StreamEngine> {
    let connector: ConnectorID
    let mapping: ReadingMapping
    let store: any ReadingStore
    let engine: Engine
    let limits: Plant.Limits
    let timelines: OrderTimelines
    /// Readings that the source says otherwise now, not yet kept.
    var overlay: [(block: KeptBlock, places: [Place])] = []

    /// Is told of each block of readings that was looked through.
    var looked: ((_ readings: Int, _ at: Instant) -> Void)?

    /// How far beyond both ends blocks are looked for: a corrected zone or format moves instants by at most a day.
    private static var slack: Duration { .seconds(26 * 3600) }
    /// How far behind the window samples are read for what is still open at its end.
    private static var run: Duration { .seconds(24 * 3600) }

    /// A state to go on from.
    struct Begin {
        var state: Engine.State
        var at: Instant
    }

    /// The stream under which the window's own snapshots are kept.
    func scratch(_ stream: StreamID) -> StreamID {
        StreamID(
            connector: stream.connector, mapping: MappingName("\(stream.mapping)@\(mapping.version)"),
            equipment: stream.equipment)
    }

    /// The state from which facts from `start` on are whole: a snapshot before it and `lateness`; nil where there is none.
    func begin(of stream: StreamID, start: Instant) throws -> Begin? {
        if engine.isAdditive { return nil }
        return try store.snapshot(of: stream, atOrBefore: start - limits.lateness).map {
            Begin(state: try engine.state($0.state), at: $0.at)
        }
    }

    /// The state to go on from when late data fell into the window: its own newest one before, else as at first.
    func begin(in window: ResyncedWindow, since: Instant) throws -> Begin {
        if let own = try store.snapshot(of: scratch(window.stream), atOrBefore: since), own.at >= window.start {
            return Begin(state: try engine.state(own.state), at: own.at)
        }
        return try begin(of: window.stream, start: window.start)
            ?? Begin(state: engine.newState(equipment: window.stream.equipment), at: .distantPast)
    }

    /// Tells the facts of streams by equipment, with samples up to where nothing that begins before `end` is open any more.
    ///
    /// - Shape: with `otherwise` also of equipment that nobody knew, from there on.
    func told(
        _ begins: [String: Begin], otherwise: Instant?, end: Instant, watermark: Instant
    ) throws -> [String: Told] {
        let kept = KeptSamples(
            connector: connector, mapping: mapping, store: store, isAdditive: engine.isAdditive,
            overlay: overlay, text: { _ in mapping }, looked: looked)
        var through = engine.readsToTheEnd ? max(watermark, end) : min(end + Self.run, max(watermark, end))
        while true {
            let samples =
                try kept.gather(
                    .init(begins: begins.mapValues(\.at), otherwise: otherwise, through: through, slack: Self.slack))
                ?? [:]
            var result: [String: Told] = [:]
            for (equipment, own) in samples {
                let id = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
                let begin = begins[equipment] ?? Begin(state: engine.newState(equipment: equipment), at: own.from)
                result[equipment] = try facts(
                    id, from: begin, samples: own, end: end, watermark: min(watermark, through))
            }
            if engine.isAdditive || through >= watermark || !result.values.contains(where: \.isOpen) { return result }
            through = watermark
        }
    }

    /// What was told.
    struct Told {
        var told: [FactWrite] = []
        var snapshots: [Snapshot] = []
        /// Whether something that begins before the end may still change.
        var isOpen = false
        /// What is carried behind the last sample; nil where nothing is.
        var state: Engine.State?
    }

    /// Tells the stream's facts from a state on.
    private func facts(
        _ stream: StreamID, from begin: Begin, samples given: StreamSamples, end: Instant, watermark: Instant
    ) throws -> Told {
        var (engine, samples) = (engine, given)
        var state = try engine.bound(begin.state, stream.equipment, since: begin.at, timelines)
        var result = Told()
        if !engine.isAdditive { samples.sort() }
        var (broken, next) = (-1, Instant.distantPast)
        for entry in samples.entries where entry.sample.instant >= begin.at {
            if entry.batch != broken, samples.breaks.contains(entry.batch) {
                engine.breakContinuity(&state)
                broken = entry.batch
            }
            if !engine.isAdditive, entry.sample.instant >= next {
                snapshot(before: entry.sample, stream, end, &engine, &state, &next, &result)
            }
            _ = engine.take(
                entry.sample, in: samples.batches[entry.batch], isLate: entry.isLate, state: &state, into: &result.told)
        }
        engine.settle(through: watermark, state: &state, into: &result.told)
        if engine.isAdditive { engine.flush(state: &state, into: &result.told) }
        result.state = state
        result.isOpen = engine.earliestPending(state).map { $0 < end } ?? false
        return result
    }

    /// States to go on from when late data comes: one a day, and one an hour where it is likely.
    private func snapshot(
        before sample: Sample, _ stream: StreamID, _ end: Instant, _ engine: inout Engine, _ state: inout Engine.State,
        _ next: inout Instant, _ result: inout Told
    ) {
        let isRecent = sample.instant > end - limits.lateness - .seconds(7200)
        let step = Duration.seconds(isRecent ? 3600 : 86_400)
        let border = sample.instant.floored(to: step)
        next = border + step
        guard let newest = engine.newestInstant(state), newest < border, sample.instant < end else { return }
        engine.settle(through: border, state: &state, into: &result.told)
        if engine.border(state, at: border) != nil {
            result.snapshots.append(Snapshot(stream: scratch(stream), at: border, state: engine.bytes(state)))
        }
    }
}
