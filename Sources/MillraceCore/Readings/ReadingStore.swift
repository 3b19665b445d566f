public import MillraceValues

/// Why the store cannot do what was asked.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another writer held the file for longer than the busy time-out.
    case busy
    /// The disk is full, or the file or folder is read-only.
    case full(String)
    /// The file is damaged, or not a store.
    case corrupt(String)
    /// The file is whole, and newer than this program.
    case newer(String)
    /// The file cannot be opened or created.
    case cannotOpen(String)
    /// A row changed under us; the step was undone and may be tried again.
    case changedMeanwhile(String)
    /// Anything else, in SQLite's words.
    case failed(String)

    /// One sentence.
    public var description: String {
        switch self {
        case .busy: "the store is in use by another program; nothing was changed, try again"
        case .full(let what): "the store cannot be written: \(what); free space or mend the rights, nothing is lost"
        case .corrupt(let what): "the store cannot be trusted: \(what); restore it from its backup"
        case .newer(let what):
            "\(what) was written by a newer version of this program; it is whole, so use that version, and restore nothing"
        case .cannotOpen(let what): "the store cannot be opened: \(what)"
        case .changedMeanwhile(let what): "\(what) changed meanwhile; nothing was done, try again"
        case .failed(let what): "the store failed: \(what)"
        }
    }
}

/// One stream of samples: an equipment as one reading mapping sees it.
public struct StreamID: Hashable, Sendable {
    /// The connector that the readings come from.
    public let connector: ConnectorID
    /// The reading mapping.
    public let mapping: MappingName
    /// The equipment.
    public let equipment: String

    /// That stream.
    public init(connector: ConnectorID, mapping: MappingName, equipment: String) {
        self.connector = connector
        self.mapping = mapping
        self.equipment = equipment
    }
}

/// What is kept of a stream between runs.
public struct StreamRecord: Hashable, Sendable {
    /// The state, as its engine wrote it (JSON).
    public var state: [UInt8]
    /// The instant whose passing makes its engine emit something; nil where nothing is open.
    public var due: Instant?
    /// A reading came before one that was worked on already: everything from here on has to be worked on again.
    public var dirtyFrom: Instant?

    /// A record of these parts.
    public init(state: [UInt8], due: Instant?, dirtyFrom: Instant?) {
        self.state = state
        self.due = due
        self.dirtyFrom = dirtyFrom
    }
}

/// A stream's state at an instant: all readings before it are in, none at it or after.
public struct Snapshot: Hashable, Sendable {
    /// The stream.
    public var stream: StreamID
    /// The instant.
    public var at: Instant
    /// The state, as its engine wrote it.
    public var state: [UInt8]

    /// A snapshot of these parts.
    public init(stream: StreamID, at: Instant, state: [UInt8]) {
        self.stream = stream
        self.at = at
        self.state = state
    }
}

/// How a fact meets what is recorded of it.
public enum FactWrite: Hashable, Sendable {
    /// There is surely no revision of it yet.
    case fresh(ProductionCount)
    /// Its amounts are added to what is recorded.
    case add(ProductionCount)
    /// Its amounts replace what is recorded.
    case set(ProductionCount)
    /// The interval replaces what is recorded under its equipment and start.
    case interval(Downtime)
}

/// Some kept readings: what one page of a pull brought.
public struct KeptBlock: Sendable {
    /// The store's number of it; 0 for a block that is not stored yet. Grows in the order of the pulls.
    public var id: Int64
    /// The readings.
    public var batch: ReadingBatch
    /// The earliest instant among them, by any mapping; nil where no mapping finds one.
    public var firstInstant: Instant?
    /// The latest.
    public var lastInstant: Instant?
    /// When it was pulled.
    public var pulledAt: Instant
    /// The versions of the reading mappings that were applied (RULES R18).
    public var versions: [MappingName: String]
    /// Readings before this instant came too late and were not used (RULES R4); nil where none could.
    public var lateBefore: Instant?

    /// A block of these parts.
    public init(
        id: Int64 = 0, batch: ReadingBatch, firstInstant: Instant?, lastInstant: Instant?, pulledAt: Instant,
        versions: [MappingName: String], lateBefore: Instant?
    ) {
        self.id = id
        self.lateBefore = lateBefore
        self.batch = batch
        self.firstInstant = firstInstant
        self.lastInstant = lastInstant
        self.pulledAt = pulledAt
        self.versions = versions
    }
}

/// A block on its way to the store: its readings as the bytes that are kept, so that a step of many pages stays small.
public struct EncodedBlock: Sendable {
    /// The readings, as `ReadingBatch.encoded` wrote them.
    public let bytes: [UInt8]
    /// How many readings there are.
    public let rows: Int
    /// The earliest instant among them; nil where no mapping finds one.
    public let firstInstant: Instant?
    /// The latest.
    public let lastInstant: Instant?
    /// When they were pulled.
    public let pulledAt: Instant
    /// The versions of the reading mappings that were applied (RULES R18).
    public let versions: [MappingName: String]
    /// Readings before this instant came too late and were not used (RULES R4); nil where none could.
    public let lateBefore: Instant?

    /// That block.
    ///
    /// - Parameter key: as of `ReadingBatch.encoded`.
    public init(_ block: KeptBlock, _ key: BlockKey? = nil) {
        bytes = block.batch.encoded(key)
        rows = block.batch.count
        (firstInstant, lastInstant) = (block.firstInstant, block.lastInstant)
        (pulledAt, versions, lateBefore) = (block.pulledAt, block.versions, block.lateBefore)
    }
}

/// What a connector's cursor row holds.
public struct StoredCursor: Hashable, Sendable {
    /// The connector's own position; nil before the first page.
    public var position: Value?
    /// Up to when everything of the source has been read (RULES R13).
    public var pulledThrough: Instant?
    /// The largest event time read that was not ahead.
    public var largestEventTime: Instant?

    /// A cursor of these parts.
    public init(position: Value? = nil, pulledThrough: Instant? = nil, largestEventTime: Instant? = nil) {
        self.position = position
        self.pulledThrough = pulledThrough
        self.largestEventTime = largestEventTime
    }
}

/// Everything that some pages of a pull, or one repair, change: committed together or not at all (promise 2).
public struct IngestStep: Sendable {
    /// The connector.
    public var connector: ConnectorID
    /// The cursor after it; nil where it stays.
    public var cursor: StoredCursor?
    /// The readings to keep, in the order of their pull.
    public var blocks: [EncodedBlock] = []
    /// What reading mappings carry from row to row, by mapping.
    public var mappingStates: [MappingName: Value] = [:]
    /// The streams that changed.
    public var streams: [StreamID: StreamRecord] = [:]
    /// Streams, of whatever connector, that have to be worked on again from an instant on, where there are any: their orders are others.
    public var reordered: [StreamID: Instant] = [:]
    /// New snapshots.
    public var snapshots: [Snapshot] = []
    /// Streams whose snapshots after an instant are void, because they were worked on again from there.
    public var voidSnapshots: [StreamID: Instant] = [:]
    /// Facts to record.
    public var facts: [FactWrite] = []
    /// Rows set aside.
    public var setAside: [SetAside] = []
    /// Lost stretches.
    public var gaps: [Gap] = []
    /// Rows known by `same-when`: mapping and values.
    public var known: [KnownRow] = []
    /// Readings stamped further ahead than allowed: they wait until then (RULES R4).
    public var ahead: [AheadReading] = []
    /// Readings that waited and have been worked on.
    public var arrived: [AheadReading] = []
    /// Which mapping counts a quantity of an equipment, or tells its intervals, from now on (RULES R9).
    public var countingSources: [CountingSource: MappingName] = [:]
    /// The time of the commit, for the rows' stamps.
    public var now: Instant

    /// An empty step.
    public init(connector: ConnectorID, now: Instant) {
        self.connector = connector
        self.now = now
    }

    /// About how much memory it takes until it is committed.
    ///
    /// - Units: bytes.
    public var weight: Int {
        blocks.reduce(0) { $0 + $1.bytes.count } + 400 * (facts.count + setAside.count + known.count + ahead.count)
    }
}

/// A reading that waits for its own instant.
public struct AheadReading: Hashable, Sendable {
    /// The stream it belongs to.
    public let stream: StreamID
    /// Its place.
    public let place: Place
    /// Its instant.
    public let instant: Instant

    /// A reading of these parts.
    public init(stream: StreamID, place: Place, instant: Instant) {
        self.stream = stream
        self.place = place
        self.instant = instant
    }
}

/// A quantity of an equipment, or its states and stops, of which only one mapping tells.
public struct CountingSource: Hashable, Sendable {
    /// The equipment.
    public let equipment: String
    /// The quantity; nil for the intervals in which it ran or stood.
    public let quantity: CountedQuantity?

    /// What it is called where it is kept.
    public var word: String { quantity?.rawValue ?? FactKind.downtime.rawValue }

    /// That quantity of that equipment, or its intervals.
    public init(equipment: String, quantity: CountedQuantity?) {
        self.equipment = equipment
        self.quantity = quantity
    }
}

/// A row known by the values of `same-when`.
public struct KnownRow: Hashable, Sendable {
    /// The reading mapping.
    public let mapping: MappingName
    /// The values, joined.
    public let values: String

    /// A row of these values.
    public init(mapping: MappingName, values: String) {
        self.mapping = mapping
        self.values = values
    }
}

/// Cursors, kept readings, streams and facts.
///
/// A second conformer needs to know: `commit` is durable when it returns; reads see all commits before them; one run at
/// a time ingests (the run's lock), others only read.
public protocol ReadingStore: Sendable {
    /// The connector's cursor; an empty one before its first page.
    func cursor(of connector: ConnectorID) throws(StoreError) -> StoredCursor
    /// What a reading mapping carries from row to row.
    func mappingState(of connector: ConnectorID, mapping: MappingName) throws(StoreError) -> Value?
    /// The stream's record; nil where it has never been seen.
    func stream(_ id: StreamID) throws(StoreError) -> StreamRecord?
    /// The streams of the connector that have something due up to `instant`, or that are dirty.
    func pendingStreams(of connector: ConnectorID, through instant: Instant) throws(StoreError) -> [(
        StreamID, StreamRecord
    )]
    /// The equipment of every stream of the connector under the mapping.
    func equipment(of connector: ConnectorID, mapping: MappingName) throws(StoreError) -> [String]
    /// The reading mappings that have streams, by name, those among them that no file has any more.
    func streamMappings() throws(StoreError) -> [MappingName]
    /// Readings of the connector that waited for an instant up to `instant`.
    func aheadReadings(of connector: ConnectorID, through instant: Instant) throws(StoreError) -> [AheadReading]
    /// The mapping that counts the quantity, or tells the intervals; nil where none does yet.
    func countingSource(of source: CountingSource) throws(StoreError) -> MappingName?
    /// Which of the rows are known already.
    func known(_ rows: [KnownRow]) throws(StoreError) -> Set<KnownRow>
    /// The newest snapshot of the stream at or before the instant; nil where the stream has to begin from nothing.
    func snapshot(of stream: StreamID, atOrBefore instant: Instant) throws(StoreError) -> Snapshot?
    /// Kept blocks of the connector that reach to `instant` or later and do not begin after `end`, in the order of their pull;
    /// `body` may throw to stop.
    ///
    /// - Shape: by the instants that the mappings found when the block was pulled. A block in which none found any is among them
    ///   where it was pulled at `instant` or later: another mapping may find some.
    func blocks(
        of connector: ConnectorID, since instant: Instant, through end: Instant, _ body: (KeptBlock) throws -> Void
    ) throws
    /// Kept blocks of the connector from the one of that number on, in the order of their pull; `body` may throw to stop.
    func blocks(of connector: ConnectorID, from id: Int64, _ body: (KeptBlock) throws -> Void) throws
    /// Windows of the stream that were worked on again by a resync, oldest first.
    func resyncedWindows(of stream: StreamID) throws(StoreError) -> [ResyncedWindow]
    /// Places of the connector whose content was corrected, with the block that holds what stands there now.
    func corrections(of connector: ConnectorID) throws(StoreError) -> [Place: Int64]
    /// The newest revision of every fact of the mapping and equipment that starts at `instant` or later.
    func facts(of mapping: MappingName, equipment: String, since instant: Instant) throws(StoreError) -> [FactRevision]
    /// The newest revision of every fact that waits for its order.
    func unattributedFacts() throws(StoreError) -> [FactRevision]
    /// Records the step.
    ///
    /// - Effects: durable when it returns.
    func commit(_ step: IngestStep) throws(StoreError)
    /// Runs `body` so that everything it records on this store becomes durable together, or not at all where it throws.
    ///
    /// - Shape: `body` has the store to itself; it does not wait for anything outside.
    func together<Result>(_ body: () throws -> Result) throws -> Result
}

extension ReadingStore {
    /// Kept blocks of the connector that reach to `instant` or later, in the order of their pull; `body` may throw to stop.
    public func blocks(of connector: ConnectorID, since instant: Instant, _ body: (KeptBlock) throws -> Void) throws {
        try blocks(of: connector, since: instant, through: .distantFuture, body)
    }
}
