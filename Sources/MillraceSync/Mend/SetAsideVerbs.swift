public import MillraceCore
import MillraceMapping
public import MillraceValues

/// What a person decides on rows that were set aside: try them again by the present mapping, or leave them out for good.
public struct SetAsideVerbs: Sendable {
    let plant: Plant
    let store: any SetAsideStore
    let who: String
    let now: Instant

    /// The verbs of that person at that instant.
    public init(plant: Plant, store: any SetAsideStore, who: String, now: Instant) {
        self.plant = plant
        self.store = store
        self.who = who
        self.now = now
    }

    /// Rows that nobody has settled; of the connector, the reason and the places, where given.
    public func rows(
        of connector: ConnectorID?, reason: SetAside.Reason? = nil, places: [String] = []
    ) throws(StoreError) -> [KeptSetAside] {
        var result: [KeptSetAside] = []
        var position: Int64 = 0
        while true {
            let page = try store.setAsideRows(of: connector, reason: reason, after: position, limit: 1_000)
            guard let last = page.last else { break }
            position = last.id
            result += page
        }
        if places.isEmpty { return result }
        return result.filter { row in places.contains { row.row.place.description == $0 || String(row.id) == $0 } }
    }

    /// Leaves rows out for good.
    public func skip(_ rows: [KeptSetAside], reason: String) throws(StoreError) {
        try store.settle(rows, by: who, reason: "left out: \(reason)", now: now)
    }

    /// What the present mappings make of rows.
    public struct Retry: Sendable {
        /// What has to be worked on again for the rows that can be used now; nil for none.
        public var scope: ResyncScope?
        /// The rows that can be used now.
        public var usable: [KeptSetAside] = []
        /// The others, each with the reason.
        public var left: [(row: KeptSetAside, sentence: String)] = []
    }

    /// Looks what the present mappings make of rows; a resync of the scope counts those that can be used.
    ///
    /// - Shape: the scope begins with the shift of the first of them and goes on until now, so that the reading that follows each of
    ///   them is worked on again too.
    public func retry(_ rows: [KeptSetAside]) throws -> Retry {
        var retry = Retry()
        var (first, equipment): (Instant, Set<String>) = (now, [])
        for (connector, group) in Dictionary(grouping: rows, by: \.connector).sorted(by: { $0.key < $1.key }) {
            for row in group where row.row.reason != .unusable {
                retry.left.append((row, Self.advice(row.row.reason, connector)))
            }
            let mended = group.filter { $0.row.reason == .unusable }
            for (pulledAt, rows) in Dictionary(grouping: mended, by: \.recordedAt).sorted(by: { $0.key < $1.key }) {
                let blocks = try store.blocks(of: connector, pulledSince: pulledAt)
                for row in rows {
                    guard let found = look(row, connector, blocks) else {
                        retry.left.append((row, "its reading is not kept any more; leave it out with 'skip'"))
                        continue
                    }
                    switch found {
                    case .rejected(let sentence): retry.left.append((row, sentence))
                    case .samples(let samples):
                        retry.usable.append(row)
                        for sample in samples {
                            first = min(first, plant.calendar.of(sample.equipment).span(at: sample.instant).start)
                            equipment.insert(sample.equipment)
                        }
                    }
                }
            }
        }
        if !equipment.isEmpty {
            retry.scope = ResyncScope(equipment: equipment, from: first, to: now)
        }
        return retry
    }

    private enum Found {
        case samples([(instant: Instant, equipment: String)])
        case rejected(String)
    }

    /// What the present mappings of the connector make of the row; nil where its reading is not kept.
    private func look(_ row: KeptSetAside, _ connector: ConnectorID, _ blocks: [KeptBlock]) -> Found? {
        var found: [(instant: Instant, equipment: String)] = []
        var rejections: [String] = []
        var isKept = false
        let place = row.row.place
        for block in blocks where block.batch.source == place.source && block.batch.positions.contains(place.position) {
            isKept = true
            for mapping in plant.readingMappings(of: connector) {
                var (state, rejected) = (ReadingMappingState(), [SetAside]())
                let batch = mapping.samples(from: block.batch, state: &state, rejected: &rejected)
                found += batch.samples.filter { $0.position == place.position }.map {
                    ($0.instant, batch.equipment[Int($0.equipment)])
                }
                rejections += rejected.filter { $0.place == place }.map(\.sentence)
            }
        }
        if !isKept { return nil }
        return rejections.first.map { .rejected($0) } ?? .samples(found)
    }

    /// What to do with rows of that reason instead of trying them again.
    static func advice(_ reason: SetAside.Reason, _ connector: ConnectorID) -> String {
        switch reason {
        case .unusable: "mend the mapping or its table first"
        case .unreadable: "the source has to say it otherwise: correct the file, then 'millrace resync --from-source'"
        case .column: "mend the mapping that names the column; 'millrace resync' works on what was read without it"
        case .ahead: "it waits for its own instant; check the clock of its source"
        case .tooLate: "what it counted is in the next delta already"
        case .shadowed: "another mapping counts it; leave one to count it"
        case .file: "give the file a new name to have it read, or remove it"
        }
    }
}
