/// What a request of an endpoint promises and needs (DESIGN section 6); the transport details stay with the endpoint's kind.
public struct RequestContract: Sendable {
    /// Whether a document adds to the figure or replaces it.
    public enum Quantity: Sendable, Hashable {
        /// Each document adds to what is booked.
        case delta
        /// Each document replaces the figure, which is the total over these fields.
        case absolute(totalOver: [PerField], opening: Opening)
    }

    /// Where an absolute figure starts (RULES R16).
    public enum Opening: String, Sendable, CaseIterable {
        /// At zero.
        case zero = "0"
        /// A person says it, once per sum.
        case ask
        /// The endpoint is asked.
        case read
    }

    /// How a correction is sent (RULES R15f).
    public enum Correction: String, Sendable, CaseIterable {
        /// A document with a negative amount.
        case signed
        /// A cancel for each document done, then one post of the total.
        case reverse
        /// One call that carries the total for the last document done.
        case replace
        /// A person does it; the document is parked with the figures.
        case byHand = "by-hand"
    }

    /// How the endpoint recognises a repeat (RULES R23).
    public enum OnceBy: Sendable, Hashable {
        /// It does not.
        case nothing
        /// By a header with the document's key, for so long.
        case header(name: String, remembered: Duration?)
        /// By a field of the body.
        case field(name: String, remembered: Duration?)
        /// A repeat writes the same figure again.
        case absolute
    }

    /// What is done for a window in a closed period.
    public enum ClosedPeriods: String, Sendable, CaseIterable {
        /// It is sent all the same.
        case repost
        /// A person decides.
        case byHand = "by-hand"
    }

    /// The request.
    public var id: RequestID
    /// Whether a document adds or replaces.
    public var quantity: Quantity
    /// How a correction is sent.
    public var correct: Correction
    /// Documents of one value of this field go one after the other; nil for no order.
    public var inOrderBy: PerField?
    /// How a repeat is recognised.
    public var onceBy: OnceBy
    /// Whether the endpoint can be asked for a key.
    public var canLookUp: Bool
    /// Whether the figure of an absolute request can be read.
    public var canReadFigure: Bool
    /// The longest time that one request may take.
    public var timeout: Duration
    /// The longest header that the endpoint takes for the key; nil for any length.
    public var keyLimit: Int?
    /// What is done for a window in a closed period.
    public var closedPeriods: ClosedPeriods
    /// Whether the call that corrects a document names its receipt.
    public var correctsByReceipt = false

    /// A contract of these parts.
    public init(
        id: RequestID, quantity: Quantity, correct: Correction, inOrderBy: PerField?, onceBy: OnceBy, canLookUp: Bool,
        canReadFigure: Bool, timeout: Duration, keyLimit: Int?, closedPeriods: ClosedPeriods
    ) {
        self.id = id
        self.quantity = quantity
        self.correct = correct
        self.inOrderBy = inOrderBy
        self.onceBy = onceBy
        self.canLookUp = canLookUp
        self.canReadFigure = canReadFigure
        self.timeout = timeout
        self.keyLimit = keyLimit
        self.closedPeriods = closedPeriods
    }

    /// Whether what became of a lost answer can be found out without a person: by a look-up, or by a repeat without a limit in time.
    public var decidesLostAnswers: Bool {
        switch onceBy {
        case .absolute, .header(_, nil), .field(_, nil): true
        case .nothing, .header, .field: canLookUp
        }
    }

    /// Whether a request may be repeated whose answer was lost, `age` after it was first sent.
    public func mayRepeat(age: Duration) -> Bool {
        switch onceBy {
        case .nothing: false
        case .absolute: true
        case .header(_, let remembered), .field(_, let remembered): remembered.map { age < $0 } ?? true
        }
    }
}

/// What is known of an endpoint's settings outside its requests.
public struct EndpointContract: Sendable {
    /// The endpoint.
    public var id: EndpointID
    /// Whether documents are sent; off for shadow running (RULES R17).
    public var delivers: Bool
    /// How many requests run at once.
    public var concurrency: Int
    /// How many requests start in a second; nil for no limit.
    public var perSecond: Int?
    /// Its requests.
    public var requests: [RequestContract]

    /// A contract of these parts.
    public init(id: EndpointID, delivers: Bool, concurrency: Int, perSecond: Int?, requests: [RequestContract]) {
        self.id = id
        self.delivers = delivers
        self.concurrency = concurrency
        self.perSecond = perSecond
        self.requests = requests
    }
}
