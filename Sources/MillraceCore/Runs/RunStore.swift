public import MillraceValues

/// What a run did, for `status --runs`.
public struct RunRecord: Hashable, Sendable {
    /// The run.
    public var id: RunID
    /// When it began.
    public var startedAt: Instant
    /// When it ended.
    public var endedAt: Instant
    /// Its exit code.
    public var exitCode: Int
    /// What it did, by word: readings, facts, documents, sent, parked, …
    public var figures: [String: Int64]
    /// The sentences it had to say.
    public var notices: [String]
    /// What it adds to the counters that go on from run to run; kept with them, not with the run.
    public var counted: CounterTally

    /// A run of these parts.
    public init(
        id: RunID, startedAt: Instant, endedAt: Instant, exitCode: Int, figures: [String: Int64], notices: [String],
        counted: CounterTally = CounterTally()
    ) {
        self.counted = counted
        self.id = id
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.exitCode = exitCode
        self.figures = figures
        self.notices = notices
    }
}

/// A trouble that cron has been told of (RULES R27).
public struct ToldTrouble: Hashable, Sendable {
    /// What it is about: `endpoint erp down`, `connector press-line unreachable`, …
    public var subject: String
    /// The sentence that was printed.
    public var sentence: String
    /// When it began.
    public var since: Instant
    /// When it was printed last.
    public var toldAt: Instant

    /// A trouble of these parts.
    public init(subject: String, sentence: String, since: Instant, toldAt: Instant) {
        self.subject = subject
        self.sentence = sentence
        self.since = since
        self.toldAt = toldAt
    }
}

/// Runs, troubles told, and what the store knows of itself.
public protocol RunStore: Sendable {
    /// Records a run and the troubles it leaves, and adds what it counted.
    func record(_ run: RunRecord, told: [ToldTrouble]) throws(StoreError)
    /// The newest runs, newest first.
    func runs(limit: Int) throws(StoreError) -> [RunRecord]
    /// What all runs added to counters.
    func counters() throws(StoreError) -> CounterTally
    /// The troubles that cron knows of.
    func told() throws(StoreError) -> [ToldTrouble]
    /// A word that the store keeps about itself; nil where it is not set.
    func note(_ name: String) throws(StoreError) -> String?
    /// Keeps a word about itself.
    func setNote(_ name: String, _ text: String?) throws(StoreError)
}
