public import MillraceValues

/// The state of a document (RULES R24, which draws the steps).
public enum DocumentState: String, Sendable, CaseIterable {
    /// It waits; `notBefore` and `cause` say why. Surely never executed.
    case queued
    /// A run means to send it, or is sending it.
    case leased
    /// The endpoint took it and will say later.
    case accepted
    /// The answer was lost.
    case unknown
    /// It needs a person. Surely never executed.
    case parked
    /// The endpoint has it.
    case done
    /// A newer document took its place.
    case superseded
    /// A person put it away, with a reason.
    case discarded

    /// Whether it may have been executed without our knowing (RULES R15).
    public var isInDoubt: Bool { self == .leased || self == .accepted || self == .unknown }
    /// Whether it is surely never executed and still waits (RULES R15b).
    public var isWaiting: Bool { self == .queued || self == .parked }
}

/// What a document does at its endpoint.
public enum DocumentPurpose: String, Sendable, CaseIterable {
    /// It posts an amount, a figure or an interval.
    case post
    /// It takes back the document it names.
    case cancel
    /// It carries the total for the document it names.
    case replace
}

/// Why a discarded document changes the books (RULES R15).
public enum Discard: String, Sendable, CaseIterable {
    /// A person booked it in the other system.
    case bookedByHand = "booked-by-hand"
    /// It shall not be booked at all.
    case doNotBook = "do-not-book"
}

/// A body for one request of one endpoint, with its key and what it means for the books.
public struct Document: Hashable, Sendable {
    /// The store's number; 0 for a document that is not stored yet. Grows.
    public var id: Int64
    /// The key (RULES R14).
    public var key: String
    /// The sum it belongs to.
    public var sum: Int64
    /// Where it goes.
    public var request: RequestID
    /// What it does there.
    public var purpose: DocumentPurpose
    /// Its number within the sum, from 1.
    public var revision: Int
    /// What it adds to the books when done (delta), or the figures it sets less the opening (absolute).
    public var amounts: Amounts
    /// Downtime: the interval it tells of, withdrawn and ended where it began for one that is taken back by a replacing
    /// document; nil for a cancel.
    public var interval: Downtime?
    /// The fields for addresses and order: per-values by name, `key`, `replaces.key`, `replaces.receipt`.
    public var fields: ValueObject
    /// The value that orders it with others; nil for no order.
    public var orderValue: String?
    /// When its window begins and ends.
    public var windowStart: Instant
    /// When its window ends.
    public var windowEnd: Instant
    /// The document mapping and version that built the body.
    public var mapping: MappingName
    /// The version of the mapping.
    public var version: String
    /// The frozen bytes; nil for a document that its mapping parked.
    public var body: [UInt8]?
    /// What the body is, as a media type; nil for what the endpoint's kind makes of it, JSON over HTTP.
    public var contentType: String?
    /// Its state.
    public var state: DocumentState
    /// Why it waits, in one sentence; empty where nothing is to be said.
    public var cause: String
    /// A short word for the cause, to group by: `missing-row`, `refused`, `checks`, …
    public var causeCode: String
    /// Not sent before this instant.
    public var notBefore: Instant
    /// How many times it was sent.
    public var attempts: Int
    /// The key of the document that it replaces or cancels.
    public var replaces: String?
    /// What the endpoint answered as its own number.
    public var receipt: String?
    /// When it was made.
    public var createdAt: Instant
    /// When its state last changed.
    public var changedAt: Instant
    /// How a person put it away.
    public var discard: Discard?
    /// Whether the key may have gone out with another body before the store was restored (RULES R26): looked up or
    /// decided, never repeated.
    public var mustNotRepeat: Bool

    /// A document of these parts.
    public init(
        id: Int64 = 0, key: String, sum: Int64, request: RequestID, purpose: DocumentPurpose, revision: Int,
        amounts: Amounts, interval: Downtime?, fields: ValueObject, orderValue: String?, windowStart: Instant,
        windowEnd: Instant, mapping: MappingName, version: String, body: [UInt8]?, state: DocumentState,
        cause: String = "",
        causeCode: String = "", notBefore: Instant, attempts: Int = 0, replaces: String? = nil, receipt: String? = nil,
        createdAt: Instant, changedAt: Instant, discard: Discard? = nil, mustNotRepeat: Bool = false,
        contentType: String? = nil
    ) {
        self.id = id
        self.key = key
        self.sum = sum
        self.request = request
        self.purpose = purpose
        self.revision = revision
        self.amounts = amounts
        self.interval = interval
        self.fields = fields
        self.orderValue = orderValue
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.mapping = mapping
        self.version = version
        self.body = body
        self.state = state
        self.cause = cause
        self.causeCode = causeCode
        self.notBefore = notBefore
        self.attempts = attempts
        self.replaces = replaces
        self.receipt = receipt
        self.createdAt = createdAt
        self.changedAt = changedAt
        self.discard = discard
        self.mustNotRepeat = mustNotRepeat
        self.contentType = contentType
    }
}
