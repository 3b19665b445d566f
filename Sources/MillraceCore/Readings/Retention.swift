public import MillraceValues

/// How long readings and snapshots are kept (RULES R6).
public struct Retention: Sendable {
    /// Readings that end before this instant go.
    public var readingsOlderThan: Instant
    /// Kept readings take at most so many bytes; the oldest go first. Nil for no limit.
    public var atMostBytes: Int64?
    /// Snapshots before this instant go, but for the first of each production day; no reading after it goes for its size.
    ///
    /// By the rule: now less `lateness` less a day, so that late data is always worked on from a snapshot near by.
    public var recent: Instant
    /// How far behind what a connector is pulled through a reading may still come that is put in its place; what lies within is kept
    /// as if it were recent, however old its instants are. Nil where only `recent` counts.
    public var settling: Duration?
    /// The start of the production day that an instant lies in.
    public var dayStart: @Sendable (Instant) -> Instant

    /// A retention of these parts.
    public init(
        readingsOlderThan: Instant, atMostBytes: Int64?, recent: Instant, settling: Duration? = nil,
        dayStart: @escaping @Sendable (Instant) -> Instant
    ) {
        self.readingsOlderThan = readingsOlderThan
        self.atMostBytes = atMostBytes
        self.recent = recent
        self.settling = settling
        self.dayStart = dayStart
    }
}

/// What `prune` let go.
public struct PruneReport: Hashable, Sendable {
    /// Blocks of readings.
    public var blocks: Int
    /// Their bytes.
    public var bytes: Int64
    /// Snapshots.
    public var snapshots: Int

    /// A report of these figures.
    public init(blocks: Int = 0, bytes: Int64 = 0, snapshots: Int = 0) {
        self.blocks = blocks
        self.bytes = bytes
        self.snapshots = snapshots
    }
}

/// Housekeeping: what is not needed any more goes, and copies are made.
public protocol StoreKeeping: Sendable {
    /// Lets go of old readings and snapshots, never of what is not settled.
    ///
    /// - Shape: kept whatever its age: every reading behind the snapshot from which a dirty or due stream is worked on, every one that
    ///   a fact not folded yet lies before, and those of facts that wait for an order or a decision. Streams (counter state) stay for
    ///   ever; of snapshots the first of each production day stays as long as the readings behind it, and one before them.
    /// - Effects: in several short transactions, so that other programs can write; cut at any point it is merely not finished.
    func prune(_ retention: Retention) throws(StoreError) -> PruneReport
    /// Copies the store while it is in use.
    ///
    /// - Effects: the copy is complete, synced, under its name and of mode 0600 when this returns; a file of that name is replaced. It
    ///   says inside that it is a copy (RULES R26).
    func backup(to path: String, now: Instant) throws(StoreError)
    /// Checks the whole file: its pages, and what its tables promise each other.
    ///
    /// - Shape: one sentence a fault, at most some dozens; empty where all is whole. Reads every page: minutes for many gigabytes;
    ///   `progress` is told how far it is.
    func verify(progress: ProgressWatch?) throws(StoreError) -> [String]
}
