import MillraceCore
import MillraceMapping
import MillraceValues

extension StreamBook {
    /// Works on readings whose instant has come: increments are added, ready intervals come to their place among the rows of their
    /// names, counters are worked on again from there.
    mutating func arrive(_ readings: [AheadReading], now: Instant, into step: inout IngestStep) throws {
        step.arrived += readings
        if case .intervals = mapping.plan { return try arriveInPlace(readings, now, &step) }
        for reading in readings { try arrive(reading, &step) }
    }

    private mutating func arrive(_ reading: AheadReading, _ step: inout IngestStep) throws {
        let index = try open(reading.stream.equipment, &step)
        streams[index].isTouched = true
        guard engine.isAdditive else {
            streams[index].dirtyFrom = min(streams[index].dirtyFrom ?? reading.instant, reading.instant)
            return
        }
        try store.blocks(of: connector, since: reading.instant) { block in
            guard block.batch.source == reading.place.source else { return }
            var (state, rejected) = (ReadingMappingState(), [SetAside]())
            let batch = mapping.samples(from: block.batch, state: &state, rejected: &rejected)
            for sample in batch.samples
            where sample.position == reading.place.position && sample.instant == reading.instant {
                _ = engine.take(sample, in: batch, isLate: false, state: &streams[index].state, into: &facts)
            }
        }
        flush(index, &step)
    }

    /// Rows of ready intervals, each followed by what was read of its interval since: so the row that was read later holds, however
    /// long an earlier one waited.
    private mutating func arriveInPlace(
        _ readings: [AheadReading], _ now: Instant, _ step: inout IngestStep
    ) throws {
        let due = Set(readings.map(\.place))
        for (equipment, samples) in try sinceThen(readings, due, now).sorted(by: { $0.key < $1.key }) {
            let index = try open(equipment, &step)
            streams[index].isTouched = true
            let settled = settled(samples, due, streams[index].state)
            for entry in samples.entries {
                let batch = samples.batches[entry.batch]
                if let interval = engine.corrects(entry.sample, in: batch, streams[index].state),
                    settled.contains(interval.name)
                {
                    continue
                }
                _ = engine.take(
                    entry.sample, in: batch, isLate: entry.isLate, state: &streams[index].state, into: &facts)
            }
            flush(index, &step)
        }
    }

    /// The names of intervals that a row read since has told and the state has forgotten: nothing changes them any more.
    private func settled(_ samples: StreamSamples, _ due: Set<Place>, _ state: Engine.State) -> Set<String> {
        var names: Set<String> = []
        for entry in samples.entries {
            let batch = samples.batches[entry.batch]
            if due.contains(Place(source: batch.source, position: entry.sample.position)) { continue }
            if let interval = engine.corrects(entry.sample, in: batch, state), !interval.isAtHand {
                names.insert(interval.name)
            }
        }
        return names
    }

    /// These rows and those of the same names that were read after them, in the order of their pull, by equipment; without those that
    /// wait still.
    private func sinceThen(
        _ readings: [AheadReading], _ due: Set<Place>, _ now: Instant
    ) throws -> [String: StreamSamples] {
        guard let first = try firstBlock(of: readings, due) else { return [:] }
        let corrected = try store.corrections(of: connector)
        var found: [String: StreamSamples] = [:]
        for reading in readings { found[reading.stream.equipment] = StreamSamples(from: .distantPast) }
        var names: [String: Set<String>] = [:]
        var carried = ReadingMappingState()
        try store.blocks(of: connector, from: first) { block in
            var rejected: [SetAside] = []
            let batch = mapping.samples(from: block.batch, state: &carried, rejected: &rejected)
            let through = max(now, block.pulledAt + limits.ahead)
            for (number, equipment) in batch.equipment.enumerated() {
                guard var samples = found.removeValue(forKey: equipment) else { continue }
                let nothing = engine.newState(equipment: equipment)
                samples.add(batch, equipment: Int32(number), lost: []) { sample in
                    let place = Place(source: batch.source, position: sample.position)
                    guard sample.instant <= through, corrected[place].map({ $0 == block.id }) ?? true,
                        let name = engine.corrects(sample, in: batch, nothing)?.name
                    else { return nil }
                    if due.contains(place) {
                        names[equipment, default: []].insert(name)
                    } else if names[equipment]?.contains(name) != true {
                        return nil
                    }
                    guard let lateBefore = block.lateBefore, sample.instant < lateBefore else { return (sample, false) }
                    var late = sample
                    late.instant = block.pulledAt
                    return (late, true)
                }
                found[equipment] = samples
            }
        }
        return found
    }

    /// The number of the first block that holds one of these readings; nil where none does any more.
    private func firstBlock(of readings: [AheadReading], _ due: Set<Place>) throws -> Int64? {
        guard let earliest = readings.map(\.instant).min() else { return nil }
        do {
            try store.blocks(of: connector, since: earliest) { block in
                let source = block.batch.source
                if block.batch.positions.contains(where: { due.contains(Place(source: source, position: $0)) }) {
                    throw Found(block: block.id)
                }
            }
        } catch let found as Found {
            return found.block
        }
        return nil
    }
}

/// Stops the search at the block that was looked for.
private struct Found: Error { let block: Int64 }
