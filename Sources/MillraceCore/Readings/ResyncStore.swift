public import MillraceValues

/// A window of a stream that was worked on again by a text of its own (RULES R18, R28): from then on that text speaks there, and
/// not the one that the readings were pulled under.
public struct ResyncedWindow: Hashable, Sendable {
    /// The stream.
    public var stream: StreamID
    /// The first instant at which a fact of it begins.
    public var start: Instant
    /// The first instant behind it.
    public var end: Instant
    /// The version of the reading mapping.
    public var version: String

    /// A window of these parts.
    public init(stream: StreamID, start: Instant, end: Instant, version: String) {
        self.stream = stream
        self.start = start
        self.end = end
        self.version = version
    }
}

/// What a person decided, for the audit.
public struct AuditEntry: Hashable, Sendable {
    /// When.
    public var at: Instant
    /// Who.
    public var who: String
    /// What was done: `resync`, `remap`, `cursor-set`, …
    public var verb: String
    /// To what.
    public var subject: String
    /// Why, and what came of it.
    public var detail: String

    /// An entry of these parts.
    public init(at: Instant, who: String, verb: String, subject: String, detail: String) {
        self.at = at
        self.who = who
        self.verb = verb
        self.subject = subject
        self.detail = detail
    }
}

/// Up to where a window of the books was read, to tell whether anybody wrote into it since.
public struct BookPosition: Hashable, Sendable {
    /// The newest block of each connector that reaches into the stretch; without it none does.
    public var blocks: [ConnectorID: Int64]
    /// The newest fact that begins in the window; 0 for none.
    public var fact: Int64

    /// A position of these parts.
    public init(blocks: [ConnectorID: Int64], fact: Int64) {
        self.blocks = blocks
        self.fact = fact
    }
}

/// What working on the past again needs of the store (RULES R28), and what it leaves there.
public protocol ResyncStore: Sendable {
    /// The latest instant of readings of the connector that were let go; nil where none ever was.
    func prunedThrough(of connector: ConnectorID) throws(StoreError) -> Instant?
    /// The first snapshot of the stream after the instant; nil where there is none.
    func firstSnapshot(of stream: StreamID, after instant: Instant) throws(StoreError) -> Instant?
    /// The newest block of each connector between `since` and `through`, and the newest fact that begins in the window.
    func position(
        of connectors: [ConnectorID], since: Instant, through: Instant, window: (start: Instant, end: Instant)
    ) throws(StoreError) -> BookPosition
    /// Records windows that were worked on again.
    func record(_ windows: [ResyncedWindow], now: Instant) throws(StoreError)
    /// Keeps readings that a source says otherwise now, and says of each of their places that they stand there.
    ///
    /// - Shape: what stood there before is kept too.
    func correct(_ block: KeptBlock, of connector: ConnectorID, places: [Place]) throws(StoreError)
    /// Has a sum booked to other fields from now on (`Sum.booked`); its identity and its group in the books stay.
    func setFields(_ fields: ValueObject, of sum: Int64) throws(StoreError)
    /// Sets a connector's position as a person says it; nil has it read from its beginning.
    func setCursor(_ position: Value?, of connector: ConnectorID) throws(StoreError)
    /// Keeps what a person decided.
    func audit(_ entry: AuditEntry) throws(StoreError)
    /// The newest decisions on the subject, newest first.
    func audits(of subject: String, limit: Int) throws(StoreError) -> [AuditEntry]
}
