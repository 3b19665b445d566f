public import MillraceCore
public import MillraceMapping
public import MillraceValues

/// A site as its files describe it, compiled: what every verb works with.
public struct Plant: Sendable {
    /// The lengths that the rules speak of.
    public struct Limits: Hashable, Sendable {
        /// How late a reading may be and still be put in its place (RULES R4).
        public var lateness: Duration
        /// How far ahead of its pull a reading may be stamped.
        public var ahead: Duration
        /// A delta over more than this is marked `after-silence`.
        public var silence: Duration
        /// The grain of count facts (RULES R12).
        public var slice: Duration

        /// Limits of these lengths.
        public init(lateness: Duration, ahead: Duration, silence: Duration, slice: Duration) {
            self.lateness = lateness
            self.ahead = ahead
            self.silence = silence
            self.slice = slice
        }
    }

    /// The site's name.
    public var site: SiteID
    /// Nothing before this instant is ever booked (RULES R17).
    public var liveSince: Instant
    /// The shifts.
    public var calendar: ShiftCalendar
    /// The lengths that the rules speak of.
    public var limits: Limits
    /// The reading mappings, by name.
    public var readingMappings: [ReadingMapping]
    /// The document mappings, by name.
    public var documentMappings: [DocumentMapping]
    /// Those of them that are in no file any more: they hold for what began before their end (RULES R18).
    public var takenOut: Set<MappingName> = []
    /// What the endpoints promise.
    public var endpoints: [EndpointContract]

    /// A plant of these parts.
    public init(
        site: SiteID, liveSince: Instant, calendar: ShiftCalendar, limits: Limits, readingMappings: [ReadingMapping],
        documentMappings: [DocumentMapping], endpoints: [EndpointContract]
    ) {
        self.site = site
        self.liveSince = liveSince
        self.calendar = calendar
        self.limits = limits
        self.readingMappings = readingMappings.sorted { $0.name < $1.name }
        self.documentMappings = documentMappings.sorted { $0.name < $1.name }
        self.endpoints = endpoints
    }

    /// What the request promises; nil for a request that the site does not have.
    public func contract(of request: RequestID) -> RequestContract? {
        endpoints.first { $0.id == request.endpoint }?.requests.first { $0.id == request }
    }

    /// The same plant, with the document mappings that its store still knows and no file has any more.
    ///
    /// - Shape: the newest kept text of each whose request there still is; without the request there is nobody to tell. The figure of
    ///   an absolute request is one over all time: a mapping that feeds it now says the whole of it, and none before it.
    /// - Throws: `StoreError`, or what `compile` throws of a kept text.
    public func withTakenOut(
        _ store: some SumStore, compile: (MappingText) throws -> DocumentMapping?
    ) throws -> Plant {
        var newest: [MappingName: MappingEpoch] = [:]
        for epoch in try store.epochs() where !epoch.isEnd { newest[epoch.mapping] = epoch }
        for mapping in documentMappings { newest[mapping.name] = nil }
        var plant = self
        for epoch in newest.values {
            guard let mapping = try store.text(of: epoch.mapping, version: epoch.version).flatMap(compile),
                let contract = contract(of: mapping.plan.request)
            else { continue }
            if case .absolute = contract.quantity, documentMappings.contains(where: { $0.plan.request == contract.id })
            {
                continue
            }
            plant.documentMappings.append(mapping)
            plant.takenOut.insert(mapping.name)
        }
        plant.documentMappings.sort { $0.name < $1.name }
        return plant
    }

    /// The reading mappings that take readings of the connector.
    func readingMappings(of connector: ConnectorID) -> [ReadingMapping] {
        readingMappings.filter { $0.connectors.contains(connector) }
    }

    /// Whether any document mapping posts intervals before they end.
    var tellsOpenIntervals: Bool {
        documentMappings.contains { $0.plan.kind == .downtime && $0.plan.open == .provisional }
    }

    /// The connectors whose readings may feed facts of the kind, or say whose they are.
    func feeders(of kind: FactKind) -> Set<ConnectorID> {
        let feeding = readingMappings.filter { $0.plan.kind == kind }
        let asked = Set(feeding.flatMap(\.plan.timelines))
        return Set((feeding + readingMappings.filter { asked.contains($0.name) }).flatMap(\.connectors))
    }

    /// Whether the connector's rows say which orders run.
    func saysOrders(_ connector: ConnectorID) -> Bool {
        readingMappings.contains { $0.makesTimeline && $0.connectors.contains(connector) }
    }
}

/// Where time comes from: one place for stamping and one for waiting, so that a whole plant can be simulated.
public struct Clock: Sendable {
    /// The wall clock.
    public var now: @Sendable () -> Instant
    /// Waits that long, or throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number in 0..<1 for jitter.
    public var random: @Sendable () -> Double

    /// A clock of these parts.
    public init(
        now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }
}
