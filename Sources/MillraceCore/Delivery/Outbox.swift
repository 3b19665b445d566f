public import MillraceValues

/// What one attempt, look-up or decision changes on a document.
public struct DocumentChange: Hashable, Sendable {
    /// The document.
    public var id: Int64
    /// The states it may be in; elsewhere nothing is changed.
    public var from: Set<DocumentState>
    /// The state afterwards.
    public var to: DocumentState
    /// Not sent before this instant; nil where it stays.
    public var notBefore: Instant?
    /// Why, in one sentence.
    public var cause: String
    /// The word to group by.
    public var causeCode: String
    /// The endpoint's number; nil where it stays.
    public var receipt: String?
    /// The attempt to record; nil where nothing was sent.
    public var attempt: Attempt?
    /// How a person put it away.
    public var discard: Discard?
    /// Whether it is never repeated from unknown from now on (RULES R26).
    public var forbidsRepeat: Bool

    /// A change of these parts.
    public init(
        id: Int64, from: Set<DocumentState>, to: DocumentState, notBefore: Instant? = nil, cause: String = "",
        causeCode: String = "", receipt: String? = nil, attempt: Attempt? = nil, discard: Discard? = nil,
        forbidsRepeat: Bool = false
    ) {
        self.id = id
        self.from = from
        self.to = to
        self.notBefore = notBefore
        self.cause = cause
        self.causeCode = causeCode
        self.receipt = receipt
        self.attempt = attempt
        self.discard = discard
        self.forbidsRepeat = forbidsRepeat
    }
}

/// One attempt to deliver, as it is recorded.
public struct Attempt: Hashable, Sendable {
    /// The run that made it.
    public var run: RunID
    /// When it began.
    public var startedAt: Instant
    /// When its outcome was known.
    public var endedAt: Instant
    /// What it brought.
    public var delivery: Delivery

    /// An attempt of these parts.
    public init(run: RunID, startedAt: Instant, endedAt: Instant, delivery: Delivery) {
        self.run = run
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.delivery = delivery
    }
}

/// What is known of an endpoint's health between runs.
public struct EndpointHealth: Hashable, Sendable {
    /// Nothing that goes on by itself waits for so long: a time beyond it was written by a clock that ran ahead, and holds nothing.
    public static let longestHold = Duration.seconds(2 * 86_400)

    /// Nothing is sent before this instant; nil where nothing holds it.
    public var heldUntil: Instant?
    /// Since when.
    public var heldSince: Instant?
    /// Why, in one sentence.
    public var cause: String
    /// The word for it: `down`, `throttled`, `auth`, `by-hand`, `was-off`, `restored`.
    public var causeCode: String
    /// How many probes have failed in a row.
    public var failures: Int
    /// Whether the site's file said `deliver: off` when it was last seen.
    public var wasOff: Bool
    /// Windows that begin before this instant are never sent (RULES R17); nil for none.
    public var discardBefore: Instant?

    /// Health of these parts.
    public init(
        heldUntil: Instant? = nil, heldSince: Instant? = nil, cause: String = "", causeCode: String = "",
        failures: Int = 0,
        wasOff: Bool = false, discardBefore: Instant? = nil
    ) {
        self.heldUntil = heldUntil
        self.heldSince = heldSince
        self.cause = cause
        self.causeCode = causeCode
        self.failures = failures
        self.wasOff = wasOff
        self.discardBefore = discardBefore
    }

    /// Whether only a person can let it go on.
    public var needsPerson: Bool { ["by-hand", "was-off", "restored"].contains(causeCode) }
}

/// How many documents an endpoint has in each state.
public struct QueueCount: Hashable, Sendable {
    /// The request.
    public var request: RequestID
    /// The state.
    public var state: DocumentState
    /// The word that groups their causes.
    public var causeCode: String
    /// How many.
    public var count: Int
    /// The key of the oldest.
    public var oldestKey: String
    /// When the oldest came into the state.
    public var since: Instant
    /// The sentence of the oldest.
    public var cause: String

    /// A count of these parts.
    public init(
        request: RequestID, state: DocumentState, causeCode: String, count: Int, oldestKey: String, since: Instant,
        cause: String
    ) {
        self.request = request
        self.state = state
        self.causeCode = causeCode
        self.count = count
        self.oldestKey = oldestKey
        self.since = since
        self.cause = cause
    }
}

/// The durable queue of documents.
///
/// A second conformer needs to know: a lease is the durable intent to send (RULES R21); every change names the states
/// it expects, so that two writers never undo each other; order per key holds across all workers (RULES R24).
public protocol Outbox: Sendable {
    /// Whether any document of the endpoint is queued and due, or unknown.
    func hasWork(for endpoint: EndpointID, now: Instant) throws(StoreError) -> Bool
    /// Makes unknown every leased document that this run did not lease: its run died (RULES R21). Returns how many.
    func reclaim(by run: RunID, now: Instant) throws(StoreError) -> Int
    /// Takes up to `limit` due documents of the endpoint for this run and records the intent to send them.
    ///
    /// - Shape: per order value at most one, and only if no earlier one is queued, leased, accepted or unknown.
    /// - Effects: the leases are durable when this returns. `changes` are recorded in the same transaction, before.
    func lease(
        upTo limit: Int, for endpoint: EndpointID, by run: RunID, now: Instant, recording changes: [DocumentChange]
    ) throws(StoreError) -> [Document]
    /// Leases unknown documents again, straight from unknown (RULES R23); returns those that were unknown.
    func leaseAgain(_ ids: [Int64], by run: RunID, now: Instant) throws(StoreError) -> [Document]
    /// Records changes; those whose document is in none of the expected states are left out of the result.
    func record(_ changes: [DocumentChange], by who: String, now: Instant) throws(StoreError) -> [Int64]
    /// Documents of the endpoint in that state, by number, up to `limit` behind `id`.
    func documents(of endpoint: EndpointID?, in state: DocumentState, after id: Int64, limit: Int) throws(StoreError)
        -> [Document]
    /// The document of that key, or whose key ends in it; more than one where it is not unique.
    func documents(matching key: String) throws(StoreError) -> [Document]
    /// The attempts of a document, oldest first.
    func attempts(of id: Int64) throws(StoreError) -> [Attempt]
    /// Counts of the documents that are not final, by request, state and cause.
    func counts() throws(StoreError) -> [QueueCount]
    /// Of these counts those of parked and unknown documents; asked by every run, so finished and queued ones cost nothing.
    func stuck() throws(StoreError) -> [QueueCount]
    /// The endpoint's health.
    func health(of endpoint: EndpointID) throws(StoreError) -> EndpointHealth
    /// Records the endpoint's health.
    func setHealth(_ health: EndpointHealth, of endpoint: EndpointID, by who: String, now: Instant) throws(StoreError)
    /// The number of the newest document.
    func lastNumber() throws(StoreError) -> Int64
}
