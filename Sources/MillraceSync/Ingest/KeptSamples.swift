import MillraceCore
import MillraceMapping
import MillraceValues

/// The samples of one stream as its kept readings give them, from an instant on.
struct StreamSamples: Sendable {
    /// A sample with the batch that brought it.
    struct Entry: Sendable {
        var sample: Sample
        var batch: Int
        /// Whether it came beyond `lateness` (only of plans without counters; its instant is that of its pull).
        var isLate: Bool
    }

    /// From when on.
    let from: Instant
    /// The batches, each with this stream's samples only.
    private(set) var batches: [SampleBatch] = []
    /// Batches before which the source may have lost readings.
    private(set) var breaks: Set<Int> = []
    /// The samples, in the order of their pull.
    var entries: [Entry] = []
    private var breaksSeen = 0

    init(from: Instant) { self.from = from }

    /// Copies what the batch has of the equipment.
    ///
    /// - Shape: `lost` are the instants of all batches so far before which the source may have lost readings.
    mutating func add(
        _ batch: SampleBatch, equipment: Int32, lost: [Instant], _ entry: (Sample) -> (sample: Sample, isLate: Bool)?
    ) {
        var own = SampleBatch(source: batch.source, slots: batch.slots, continuesUnbroken: batch.continuesUnbroken)
        own.numbering = batch.numbering
        own.equipment = [batch.equipment[Int(equipment)]]
        for sample in batch.samples where sample.equipment == equipment {
            guard let (taken, isLate) = entry(sample) else { continue }
            var copy = taken
            copy.equipment = 0
            copy.row = Int32(own.samples.count)
            let base = Int(sample.row) * batch.slots
            own.updates += batch.updates[base..<(base + batch.slots)]
            own.samples.append(copy)
            entries.append(Entry(sample: copy, batch: batches.count, isLate: isLate))
        }
        if own.samples.isEmpty { return }
        if lost[breaksSeen...].contains(where: { $0 >= from }) { breaks.insert(batches.count) }
        breaksSeen = lost.count
        batches.append(own)
    }

    /// Puts the samples into the order in which streams with counters and states are worked on.
    mutating func sort() { entries.sort { Sample.precedes($0.sample, $1.sample) } }
}

/// Reads samples of a connector's streams from its kept readings.
struct KeptSamples {
    let connector: ConnectorID
    let mapping: ReadingMapping
    let store: any ReadingStore
    /// Whether samples do not depend on each other: late ones are booked at the instant of their pull then (RULES R4).
    let isAdditive: Bool
    /// Readings that the source says otherwise now, not yet kept.
    var overlay: [(block: KeptBlock, places: [Place])] = []
    /// The text that a block's readings are read by.
    let text: (KeptBlock) throws -> ReadingMapping
    /// Is told of each block that was looked through: how many readings it has, and when they begin.
    var looked: ((_ readings: Int, _ at: Instant) -> Void)?

    /// What is gathered: from when on for each equipment, nil for one that is not asked for.
    struct Wanted {
        /// From when on; an equipment that nobody knew begins at `otherwise`, where that is not nil.
        var begins: [String: Instant]
        var otherwise: Instant?
        /// The last instant.
        var through: Instant
        /// Blocks are looked for so far beyond both ends, for the text may find other instants than those they were kept under.
        var slack: Duration = .zero
        /// So many samples are held at once; nil for any number.
        var atMost: Int?
    }

    /// The samples by equipment; nil where they are too many to hold.
    ///
    /// - Shape: a place that was corrected gives its newest content only; rows whose `same-when` values came before are left out.
    func gather(_ wanted: Wanted) throws -> [String: StreamSamples]? {
        let since = (Array(wanted.begins.values) + (wanted.otherwise.map { [$0] } ?? [])).min() ?? .distantFuture
        var corrected = try store.corrections(of: connector)
        for (number, part) in overlay.enumerated() {
            for place in part.places { corrected[place] = Self.number(number) }
        }
        var gathering = Gathering(samples: wanted.begins.mapValues { StreamSamples(from: $0) })
        do {
            try store.blocks(
                of: connector, since: since - wanted.slack, through: wanted.through + wanted.slack
            ) { block in
                try take(block, wanted, corrected, &gathering)
                looked?(block.batch.count, block.firstInstant ?? block.pulledAt)
            }
            for (number, part) in overlay.enumerated() {
                var block = part.block
                block.id = Self.number(number)
                try take(block, wanted, corrected, &gathering)
            }
        } catch is TooMany {
            return nil
        }
        return gathering.samples
    }

    /// What is not kept yet is newer than all that is.
    private static func number(_ overlay: Int) -> Int64 { .max - 1_000_000 + Int64(overlay) }

    private struct Gathering {
        var samples: [String: StreamSamples]
        var count = 0
        /// The instants before which the source may have lost readings.
        var lost: [Instant] = []
        var known: Set<[String]> = []
        var carried = ReadingMappingState()
    }

    private func take(
        _ block: KeptBlock, _ wanted: Wanted, _ corrected: [Place: Int64], _ gathering: inout Gathering
    ) throws {
        var rejected: [SetAside] = []
        var batch = try text(block).samples(from: block.batch, state: &gathering.carried, rejected: &rejected)
        if batch.numbering == .chain, !batch.continuesUnbroken {
            gathering.lost.append(batch.samples.map(\.instant).min() ?? block.firstInstant ?? block.pulledAt)
        }
        if !corrected.isEmpty {
            batch.samples.removeAll {
                corrected[Place(source: batch.source, position: $0.position)].map { $0 != block.id } ?? false
            }
        }
        dropRepeats(&batch, &gathering.known)
        for (number, equipment) in batch.equipment.enumerated() {
            guard
                var samples = gathering.samples.removeValue(forKey: equipment)
                    ?? wanted.otherwise.map({ StreamSamples(from: $0) })
            else { continue }
            let (before, from) = (samples.entries.count, samples.from)
            samples.add(batch, equipment: Int32(number), lost: gathering.lost) {
                entry($0, block, from, wanted.through)
            }
            gathering.count += samples.entries.count - before
            if !samples.entries.isEmpty || wanted.begins[equipment] != nil { gathering.samples[equipment] = samples }
        }
        if let most = wanted.atMost, gathering.count > most { throw TooMany() }
    }

    /// The sample as it counts; nil where it does not, or lies outside.
    private func entry(
        _ sample: Sample, _ block: KeptBlock, _ from: Instant, _ through: Instant
    ) -> (sample: Sample, isLate: Bool)? {
        var taken = sample
        var isLate = false
        if let lateBefore = block.lateBefore, sample.instant < lateBefore {
            guard isAdditive else { return nil }
            (taken.instant, isLate) = (block.pulledAt, true)
        }
        if taken.instant < from || taken.instant > through { return nil }
        return (taken, isLate)
    }

    private func dropRepeats(_ batch: inout SampleBatch, _ known: inout Set<[String]>) {
        guard case .counts(let plan) = mapping.plan, !plan.sameWhen.isEmpty else { return }
        let (slots, updates) = (batch.slots, batch.updates)
        batch.samples.removeAll { sample in
            !known.insert(
                plan.sameWhen.map { slot in
                    if case .value(let value) = updates[Int(sample.row) * slots + slot] {
                        value.plainText ?? ""
                    } else {
                        ""
                    }
                }
            ).inserted
        }
    }
}

/// Stops the gathering of what is too large.
private struct TooMany: Error {}
