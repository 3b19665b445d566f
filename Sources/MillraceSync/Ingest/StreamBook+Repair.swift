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
        var samples: StreamSamples
    }

    /// The samples of each stream since its snapshot; nil where they are too many to hold and the group must be smaller.
    private func gather(_ group: [Int], aheadOf: Instant) throws -> [Repair]? {
        var repairs: [Repair] = []
        var slack = Duration.zero
        for index in group {
            let id = streams[index].id
            let dirty = streams[index].dirtyFrom ?? .distantPast
            let snapshot = try store.snapshot(of: id, atOrBefore: dirty)
            let given = try snapshot.map { try engine.state($0.state) } ?? engine.newState(equipment: id.equipment)
            // Rows with pieces of their own rest on nothing before them.
            let from = engine.isAdditive ? dirty.floored(to: limits.slice) : snapshot?.at ?? .distantPast
            let state = try engine.bound(given, id.equipment, since: from, timelines)
            if engine.isAdditive, try hasLate(id, since: from) { slack = Self.allKept }
            repairs.append(Repair(index: index, from: from, state: state, samples: StreamSamples(from: from)))
        }
        let begins = Dictionary(repairs.map { (streams[$0.index].id.equipment, $0.from) }) { first, _ in first }
        let kept = KeptSamples(
            connector: connector, mapping: mapping, store: store, isAdditive: engine.isAdditive,
            text: { block in
                try block.versions[mapping.name].flatMap { try history.mapping(mapping.name, $0) } ?? mapping
            })
        guard
            let samples = try kept.gather(
                .init(
                    begins: begins, otherwise: nil, through: aheadOf, slack: slack,
                    atMost: group.count > 1 ? Self.samplesAtOnce : nil))
        else { return nil }
        for place in repairs.indices {
            if let own = samples[streams[repairs[place].index].id.equipment] { repairs[place].samples = own }
        }
        return repairs
    }

    /// Longer than any reading is kept.
    private static var allKept: Duration { .seconds(1_000 * 86_400) }

    /// Whether pieces that came beyond `lateness` are booked since then: their rows lie under an instant long before.
    private func hasLate(_ id: StreamID, since instant: Instant) throws -> Bool {
        try store.facts(of: mapping.name, equipment: id.equipment, since: instant).contains {
            if case .count(let fact) = $0.fact { fact.marks.contains(.lateFrom) } else { false }
        }
    }

    /// One stream from its snapshot on: new facts, and nothing left of those that are no more.
    ///
    /// Windows that were worked on again by a text of their own are left out, and worked on once more by that text.
    private mutating func redo(_ given: Repair, through: Instant, into step: inout IngestStep) throws {
        var repair = given
        let id = streams[repair.index].id
        let dirtyFrom = streams[repair.index].dirtyFrom ?? .distantPast
        if !engine.isAdditive { repair.samples.sort() }
        let border = engine.border(repair.state, at: repair.from) ?? repair.from
        let before = try store.facts(of: mapping.name, equipment: id.equipment, since: border)
        var told: [FactWrite] = []
        streams[repair.index].state = repair.state
        streams[repair.index].nextSnapshot = .distantPast
        step.voidSnapshots[id] = repair.from
        var broken = -1
        for entry in repair.samples.entries {
            if entry.batch != broken, repair.samples.breaks.contains(entry.batch) {
                engine.breakContinuity(&streams[repair.index].state)
                broken = entry.batch
            }
            if entry.sample.instant >= streams[repair.index].nextSnapshot {
                snapshotAgain(before: entry.sample, repair.index, &told, &step)
            }
            _ = engine.take(
                entry.sample, in: repair.samples.batches[entry.batch], isLate: entry.isLate,
                state: &streams[repair.index].state, into: &told)
        }
        engine.settle(through: through, state: &streams[repair.index].state, into: &told)
        if engine.isAdditive { engine.flush(state: &streams[repair.index].state, into: &told) }
        streams[repair.index].dirtyFrom = nil
        streams[repair.index].isTouched = true
        let windows = try store.resyncedWindows(of: id)
        let isShadowed = streams[repair.index].isShadowed
        let fixedBefore =
            streams[repair.index].ordersFixedBefore == dirtyFrom
            ? dirtyFrom.floored(to: limits.slice) : Instant.distantPast
        streams[repair.index].ordersFixedBefore = nil
        let isFree = { (start: Instant) in
            start >= fixedBefore && !windows.contains { $0.start <= start && start < $0.end }
        }
        step.facts += FactChanges.of(
            told.filter { isFree($0.start) }, before: before.map(\.fact).filter { isFree($0.start) },
            isShadowed: isShadowed)
        for (number, window) in windows.enumerated() where window.end > dirtyFrom {
            guard let text = try history.mapping(mapping.name, window.version) else { continue }
            let changes = try rework(
                window, text, since: dirtyFrom, through: through, newer: windows[(number + 1)...],
                isShadowed: isShadowed)
            step.facts += changes.facts
            step.snapshots += changes.snapshots
            step.voidSnapshots[changes.scratch] = changes.from
        }
    }

    /// What waits for its order by the window's text, once more by the present one: as it was looked up when that came.
    private func reattributed(_ told: [FactWrite]) throws -> [FactWrite] {
        guard case .counts(let plan) = mapping.plan else { return told }
        return try Reattribution(plan: plan, timelines: timelines).applied(to: told)
    }

    /// A window that was worked on again, once more by its text, for late data fell into it.
    private func rework(
        _ window: ResyncedWindow, _ text: ReadingMapping, since: Instant, through: Instant,
        newer: ArraySlice<ResyncedWindow>, isShadowed: Bool
    ) throws -> WindowChanges {
        let again = WindowRework(
            connector: connector, mapping: text, store: store, engine: try engine.speaking(text), limits: limits,
            timelines: timelines)
        let begin = try again.begin(in: window, since: since)
        let equipment = window.stream.equipment
        let result =
            try again.told([equipment: begin], otherwise: nil, end: window.end, watermark: through)[equipment]
            ?? .init()
        let border = max(window.start, engine.border(begin.state, at: begin.at) ?? begin.at)
        let isOurs = { (start: Instant) in
            start >= border && start < window.end && !newer.contains { $0.start <= start && start < $0.end }
        }
        let before = try store.facts(of: mapping.name, equipment: equipment, since: border).map(\.fact)
        return WindowChanges(
            facts: FactChanges.of(
                try reattributed(result.told.filter { isOurs($0.start) }), before: before.filter { isOurs($0.start) },
                isShadowed: isShadowed),
            snapshots: result.snapshots, scratch: again.scratch(window.stream), from: begin.at)
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
}
