public import MillraceCore
public import MillraceMapping
public import MillraceValues

/// What a mapping would do, without writing anything.
public struct MapPreview: Sendable {
    let plant: Plant
    let store: any SiteStore

    /// A preview in that plant; of the store the orders that another connector said are read.
    public init(plant: Plant, store: any SiteStore) { (self.plant, self.store) = (plant, store) }

    /// What a reading mapping makes of readings.
    public struct Facts: Sendable {
        /// How many readings were looked at.
        public var readings: Int
        /// How many samples the mapping took from them.
        public var samples: Int
        /// The facts, by start, as they would stand once all is settled.
        public var facts: [Fact]
        /// Rows that cannot be used.
        public var setAside: [SetAside]
        /// Whether the source had more than was asked for.
        public var isCutShort: Bool
    }

    /// Reads the connector from its beginning, up to `limit` readings, and derives the facts.
    ///
    /// - Effects: none in the store; the connector must not put anything away (`after: keep`).
    /// - Throws: what the connector throws.
    public func facts(
        of mapping: ReadingMapping, from connector: any Connector, limit: Int
    ) async throws -> Facts {
        var batches: [SampleBatch] = []
        var state = ReadingMappingState()
        var result = Facts(readings: 0, samples: 0, facts: [], setAside: [], isCutShort: false)
        _ = try await connector.pull(from: nil) { page in
            result.setAside += page.setAside
            if let batch = page.batch {
                result.readings += batch.count
                let samples = mapping.samples(from: batch, state: &state, rejected: &result.setAside)
                result.samples += samples.samples.count
                batches.append(samples)
            }
            if result.readings < limit { return .goOn }
            result.isCutShort = true
            return .stop
        }
        let orders = try OrderTimelines(plant, store: store).of(mapping, batches)
        result.facts = Derivation(calendar: plant.calendar, limits: plant.limits, tellsOpen: true, orders: orders)
            .facts(mapping, batches)
        return result
    }

    /// The documents that the changed sums of a document mapping would give if their windows closed now.
    ///
    /// - Throws: `StoreError`.
    public func documents(
        of mapping: DocumentMapping, endpoints: [EndpointID: any Endpoint], now: Instant,
        compile: @escaping @Sendable (MappingText) throws -> DocumentMapping?
    ) throws -> (documents: [Document], waitingForOpening: Int) {
        var plant = plant
        plant.documentMappings = [mapping]
        let dry = DryStore(store)
        var through: [ConnectorID: Instant] = [:]
        for connector in plant.readingMappings.flatMap(\.connectors) { through[connector] = .distantFuture }
        var making = try DocumentMaking(
            plant: plant, store: dry, outbox: store, endpoints: endpoints, compile: compile, texts: [], now: now,
            through: through, unreachable: [])
        try making.makeChanged()
        return (dry.made, making.report.waitingForOpening.count)
    }
}
