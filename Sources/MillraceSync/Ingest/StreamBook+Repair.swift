import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// The compiled texts that readings were pulled under (RULES R18): a repair works on each reading by its own.
struct MappingHistory: Sendable {
    /// The compiled mapping of that version; nil where its text is not kept.
    var mapping: @Sendable (MappingName, String) throws -> ReadingMapping?
}

extension StreamBook {
    /// How many samples a repair holds at once.
    private static var samplesAtOnce: Int { 400_000 }

    /// Works streams on again from the snapshot before their first late reading, and records what differs (RULES R4).
    mutating func repair(_ dirty: [Int], through: Instant, aheadOf: Instant, into step: inout IngestStep) throws {
        var rest = dirty[...]
        var width = dirty.count
        while !rest.isEmpty {
            let group = Array(rest.prefix(width))
            guard let repairs = try gather(group, aheadOf: aheadOf) else {
                width = max(1, width / 4)
                continue
            }
            for repair in repairs { try redo(repair, through: through, into: &step) }
            rest = rest.dropFirst(group.count)
        }
    }

    /// A stream, the state to go on from, and its samples since then.
    private struct Repair {
        let index: Int
        let from: Instant
        var state: Engine.State
        /// The samples by the block that brought them, each batch with this stream's samples only.
        var batches: [SampleBatch] = []
        var samples: [(sample: Sample, batch: Int)] = []

        /// Copies what the batch has of this stream; `isWanted` says which samples.
        mutating func add(_ batch: SampleBatch, equipment: Int32, _ isWanted: (Sample) -> Bool) {
            var own = SampleBatch(source: batch.source, slots: batch.slots, continuesUnbroken: batch.continuesUnbroken)
            own.isSequence = batch.isSequence
            for sample in batch.samples where sample.equipment == equipment && isWanted(sample) {
                var copy = sample
                copy.equipment = 0
                copy.row = Int32(own.samples.count)
                let base = Int(sample.row) * batch.slots
                own.updates += batch.updates[base..<(base + batch.slots)]
                own.samples.append(copy)
                samples.append((copy, batches.count))
            }
            own.equipment = [batch.equipment[Int(equipment)]]
            batches.append(own)
        }
    }

    /// The samples of each stream since its snapshot; nil where they are too many to hold and the group must be
    /// smaller.
    private func gather(_ group: [Int], aheadOf: Instant) throws -> [Repair]? {
        var repairs: [Repair] = []
        var places: [String: Int] = [:]
        for index in group {
            let id = streams[index].id
            let snapshot = try store.snapshot(of: id, atOrBefore: streams[index].dirtyFrom ?? .distantPast)
            let state = try snapshot.map { try engine.state($0.state) } ?? engine.newState(equipment: id.equipment)
            places[id.equipment] = repairs.count
            repairs.append(Repair(index: index, from: snapshot?.at ?? .distantPast, state: state))
        }
        var count = 0
        var carried = ReadingMappingState()
        do {
            try store.blocks(of: connector, since: repairs.map(\.from).min() ?? .distantPast) { block in
                let text = try block.versions[mapping.name].flatMap { try history.mapping(mapping.name, $0) } ?? mapping
                var rejected: [SetAside] = []
                let batch = text.samples(from: block.batch, state: &carried, rejected: &rejected)
                for (number, equipment) in batch.equipment.enumerated() {
                    guard let place = places[equipment] else { continue }
                    let before = repairs[place].samples.count
                    let from = repairs[place].from
                    repairs[place].add(batch, equipment: Int32(number)) { sample in
                        sample.instant >= from && sample.instant <= aheadOf
                            && sample.instant >= block.lateBefore ?? .distantPast
                    }
                    count += repairs[place].samples.count - before
                }
                if count > Self.samplesAtOnce, group.count > 1 { throw TooMany() }
            }
        } catch is TooMany {
            return nil
        }
        return repairs
    }

    /// One stream from its snapshot on: new facts, and nothing left of those that are no more.
    private mutating func redo(_ given: Repair, through: Instant, into step: inout IngestStep) throws {
        var repair = given
        let id = streams[repair.index].id
        repair.samples.sort { Sample.precedes($0.sample, $1.sample) }
        let border = engine.border(repair.state, at: repair.from) ?? repair.from
        let before = try store.facts(of: mapping.name, equipment: id.equipment, since: border)
        var told: [FactWrite] = []
        streams[repair.index].state = repair.state
        streams[repair.index].nextSnapshot = .distantPast
        step.voidSnapshots[id] = repair.from
        var unbroken = Set(repair.batches.indices.filter { repair.batches[$0].continuesUnbroken })
        for (sample, batch) in repair.samples {
            if repair.batches[batch].isSequence, unbroken.insert(batch).inserted {
                engine.breakContinuity(&streams[repair.index].state)
            }
            if sample.instant >= streams[repair.index].nextSnapshot {
                snapshotAgain(before: sample, repair.index, &told, &step)
            }
            _ = engine.take(
                sample, in: repair.batches[batch], isLate: false, state: &streams[repair.index].state, into: &told)
        }
        engine.settle(through: through, state: &streams[repair.index].state, into: &told)
        streams[repair.index].dirtyFrom = nil
        streams[repair.index].isTouched = true
        step.facts += differences(told, before, isShadowed: streams[repair.index].isShadowed)
    }

    private mutating func snapshotAgain(
        before sample: Sample, _ index: Int, _ told: inout [FactWrite], _ step: inout IngestStep
    ) {
        let hour = Duration.seconds(3600)
        let border = sample.instant.floored(to: hour)
        streams[index].nextSnapshot = border + hour
        guard let newest = engine.newestInstant(streams[index].state), newest < border else { return }
        engine.settle(through: border, state: &streams[index].state, into: &told)
        if engine.border(streams[index].state, at: border) != nil {
            step.snapshots.append(
                Snapshot(stream: streams[index].id, at: border, state: engine.bytes(streams[index].state)))
        }
    }

    /// What has to be recorded so that the books say what was told now; a fact that vanished becomes 0, an interval is
    /// withdrawn.
    private func differences(_ told: [FactWrite], _ before: [FactRevision], isShadowed: Bool) -> [FactWrite] {
        var result: [FactWrite] = []
        var counts: [ProductionCount] = []
        var starts: Set<Instant> = []
        for write in told {
            switch write {
            case .fresh(let fact), .set(let fact), .add(let fact):
                var fact = fact
                if isShadowed, fact.standing == .counted || fact.standing == .unattributed { fact.standing = .shadowed }
                counts.append(fact)
            case .interval(let fact):
                starts.insert(fact.start)
                result.append(.interval(fact))
            }
        }
        // A fact told twice, because a later value decided on it, is recorded as it was told last.
        var identities: Set<ProductionCount.Identity> = []
        result += counts.reversed().filter { identities.insert($0.identity).inserted }.reversed().map { .set($0) }
        for revision in before {
            switch revision.fact {
            case .count(var fact):
                if fact.amounts.isZero || identities.contains(fact.identity) { continue }
                fact.amounts = .zero
                fact.pieces = []
                result.append(.set(fact))
            case .downtime(var fact):
                if fact.isWithdrawn || starts.contains(fact.start) { continue }
                fact.isWithdrawn = true
                result.append(.interval(fact))
            }
        }
        return result
    }
}

/// Stops the gathering of a group that is too large.
private struct TooMany: Error {}
