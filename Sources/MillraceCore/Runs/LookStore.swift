public import MillraceValues

/// Facts of one standing that are not booked as they are, by rule.
public struct StandingCount: Hashable, Sendable {
    /// What becomes of them.
    public var standing: Standing
    /// What kind of fact they are.
    public var kind: FactKind
    /// The reading mapping that made them.
    public var mapping: MappingName
    /// The equipment that counted, where they are of one; else nil.
    public var equipment: String?
    /// The rule that decided: the missing table row; of what waits for a person, the kind of doubt without the readings.
    public var rule: String
    /// How many facts there are.
    public var facts: Int
    /// How much they are now.
    public var amounts: Amounts
    /// When the first of them begins.
    public var since: Instant

    /// A count of these parts.
    public init(
        standing: Standing, kind: FactKind = .productionCount, mapping: MappingName, equipment: String?, rule: String,
        facts: Int, amounts: Amounts, since: Instant
    ) {
        self.standing = standing
        self.kind = kind
        self.mapping = mapping
        self.equipment = equipment
        self.rule = rule
        self.facts = facts
        self.amounts = amounts
        self.since = since
    }
}

/// Rows set aside of one connector, by reason.
public struct SetAsideCount: Hashable, Sendable {
    /// The connector.
    public var connector: ConnectorID
    /// The kind of trouble.
    public var reason: SetAside.Reason
    /// How many rows wait for a look.
    public var count: Int
    /// When the first of them was recorded.
    public var since: Instant
    /// The place of the newest.
    public var place: Place
    /// The line of the newest in its file; nil where it has none.
    public var line: Int64?
    /// The sentence of the newest.
    public var sentence: String

    /// A count of these parts.
    public init(
        connector: ConnectorID, reason: SetAside.Reason, count: Int, since: Instant, place: Place, line: Int64?,
        sentence: String
    ) {
        self.connector = connector
        self.reason = reason
        self.count = count
        self.since = since
        self.place = place
        self.line = line
        self.sentence = sentence
    }
}

/// A lost stretch as it was recorded.
public struct RecordedGap: Hashable, Sendable {
    /// The connector.
    public var connector: ConnectorID
    /// The stretch.
    public var gap: Gap
    /// When it was noticed.
    public var recordedAt: Instant

    /// A gap of these parts.
    public init(connector: ConnectorID, gap: Gap, recordedAt: Instant) {
        self.connector = connector
        self.gap = gap
        self.recordedAt = recordedAt
    }
}

/// Changed sums of one request, whose documents are not made yet.
public struct OpenSums: Hashable, Sendable {
    /// The request.
    public var request: RequestID
    /// How many sums.
    public var count: Int
    /// The first end of their windows.
    public var firstEnd: Instant
    /// The last end of their windows.
    public var lastEnd: Instant

    /// Sums of these parts.
    public init(request: RequestID, count: Int, firstEnd: Instant, lastEnd: Instant) {
        self.request = request
        self.count = count
        self.firstEnd = firstEnd
        self.lastEnd = lastEnd
    }
}

/// What the store's file holds.
public struct StoreFigures: Hashable, Sendable {
    /// Where the file is.
    public var path: String
    /// Its size in bytes, without what waits beside it.
    public var bytes: Int64
    /// The version of its tables.
    public var version: Int
    /// Rows by table, in the order of the tables' names.
    public var rows: [Rows]

    /// How many rows a table has.
    public struct Rows: Hashable, Sendable {
        /// The table.
        public var table: String
        /// Its rows.
        public var count: Int64

        /// That table.
        public init(table: String, count: Int64) {
            self.table = table
            self.count = count
        }
    }

    /// Figures of these parts.
    public init(path: String, bytes: Int64, version: Int, rows: [Rows]) {
        self.path = path
        self.bytes = bytes
        self.version = version
        self.rows = rows
    }
}

/// What a person asks who looks: nothing of it is asked by a run.
///
/// A second conformer needs to know: these reads may scan; they never write and never wait for a writer.
public protocol LookStore: Sendable {
    /// Facts that wait or are set aside (unattributed, unconfirmed, shadowed), with what they are now; nothing that is at zero now.
    func standings() throws(StoreError) -> [StandingCount]
    /// Rows set aside that nobody has settled, by connector and reason.
    func setAsideCounts() throws(StoreError) -> [SetAsideCount]
    /// The newest lost stretches, newest first.
    func gaps(limit: Int) throws(StoreError) -> [RecordedGap]
    /// Changed sums by request.
    func openSums() throws(StoreError) -> [OpenSums]
    /// Documents in any of these states, by number, up to `limit` behind `id`.
    func documents(in states: Set<DocumentState>, after id: Int64, limit: Int) throws(StoreError) -> [Document]
    /// What the file holds.
    func figures() throws(StoreError) -> StoreFigures
}
