public import MillraceCore
import MillraceMapping
import MillraceValues

extension Resync {
    /// Reads sources again and keeps what they say otherwise for the resync that follows (RULES R28).
    ///
    /// - Shape: `sources` read from their beginning and put nothing away; places are those of the first time. A reading with a known
    ///   place and other content is a correction; one that is not kept, between places that are, was lost and is found. What lies
    ///   behind the last kept place of a source is left to the next run. A source that does not have every kept place any more was
    ///   moved about and is left out, with a notice: its rows could be counted twice.
    /// - Effects: none in the store; corrections are recorded with the resync.
    /// - Throws: `ConnectorError`, `StoreError`.
    public mutating func read(_ sources: [any Connector], for scope: ResyncScope) async throws {
        for source in sources where scope.connectors.isEmpty || scope.connectors.contains(source.id) {
            let kept = try keptRows(of: source.id, scope)
            var seen: [String: Set<Int64>] = [:]
            var batches: [ReadingBatch] = []
            var readings: Int64 = 0
            _ = try await source.pull(from: nil) { page in
                readings += Int64(page.batch?.count ?? 0)
                world.progress?(
                    RunProgress(subject: source.id.text, unit: "readings", done: readings, share: page.share))
                guard let batch = page.batch, kept[batch.source] != nil else { return .goOn }
                seen[batch.source, default: []].formUnion(batch.positions)
                batches.append(batch)
                return .goOn
            }
            for (name, rows) in kept.sorted(by: { $0.key < $1.key }) {
                guard let positions = seen[name] else {
                    overlay.notices.append("'\(name)' is not there any more; what was kept of it stays")
                    continue
                }
                if !rows.keys.allSatisfy(positions.contains) {
                    overlay.notices.append(
                        "'\(name)' does not have every row where it was: it is left out; correct rows in their places")
                    continue
                }
                for batch in batches where batch.source == name { compare(batch, rows, source.id, scope) }
            }
        }
    }

    /// What is kept of each source in the window: the content by place.
    private func keptRows(of connector: ConnectorID, _ scope: ResyncScope) throws -> [String: [Int64: ValueObject]] {
        let corrected = try store.corrections(of: connector)
        var rows: [String: [Int64: ValueObject]] = [:]
        try store.blocks(of: connector, since: scope.from, through: scope.to) { block in
            for row in 0..<block.batch.count {
                let place = block.batch.place(row: row)
                if corrected[place].map({ $0 != block.id }) ?? false { continue }
                rows[place.source, default: [:]][place.position] = block.batch.content(row)
            }
        }
        return rows
    }

    /// Takes the rows of the batch that are said otherwise, as a block of their own.
    private mutating func compare(
        _ batch: ReadingBatch, _ kept: [Int64: ValueObject], _ connector: ConnectorID, _ scope: ResyncScope
    ) {
        let last = kept.keys.max() ?? .min
        var wanted: [Int] = []
        var inWindow: Set<Int64> = []
        var (first, end): (Instant?, Instant?) = (nil, nil)
        for mapping in plant.readingMappings(of: connector) {
            var (state, rejected) = (ReadingMappingState(), [SetAside]())
            for sample in mapping.samples(from: batch, state: &state, rejected: &rejected).samples
            where sample.instant >= scope.from && sample.instant < scope.to {
                inWindow.insert(sample.position)
                first = min(first ?? sample.instant, sample.instant)
                end = max(end ?? sample.instant, sample.instant)
            }
        }
        for row in 0..<batch.count where inWindow.contains(batch.positions[row]) || kept[batch.positions[row]] != nil {
            let position = batch.positions[row]
            if let known = kept[position] {
                if known == batch.content(row) { continue }
                overlay.corrected += 1
            } else if position < last {
                overlay.found += 1
            } else {
                continue
            }
            wanted.append(row)
        }
        if wanted.isEmpty { return }
        let block = KeptBlock(
            batch: batch.only(wanted), firstInstant: first ?? scope.from, lastInstant: end ?? scope.to,
            pulledAt: world.clock.now(),
            versions: Dictionary(plant.readingMappings(of: connector).map { ($0.name, $0.version) }) { name, _ in name
            },
            lateBefore: nil)
        overlay.blocks.append((connector, block, wanted.map { batch.place(row: $0) }))
    }
}

extension ReadingBatch {
    /// The fields of a row, with the instant that the source gives.
    fileprivate func content(_ row: Int) -> ValueObject {
        let reading = reading(row: row)
        var fields = ValueObject()
        for (name, value) in reading.fields.sorted(by: { $0.0 < $1.0 }) { fields.append(name, value) }
        if let instant = reading.instant { fields.append("", .string(instant.iso8601)) }
        return fields
    }

    /// These rows alone.
    fileprivate func only(_ rows: [Int]) -> ReadingBatch {
        var batch = ReadingBatch(source: source, names: names)
        batch.bytes = bytes
        let width = names.count
        for (place, row) in rows.enumerated() {
            batch.spans += spans[(row * width)..<((row + 1) * width)]
            if !kinds.isEmpty { batch.kinds += kinds[(row * width)..<((row + 1) * width)] }
            batch.positions.append(positions[row])
            if !instants.isEmpty { batch.instants.append(instants[row]) }
            if resets.contains(row) { batch.resets.insert(place) }
        }
        (batch.continuesUnbroken, batch.numbering) = (true, numbering)
        return batch
    }
}
