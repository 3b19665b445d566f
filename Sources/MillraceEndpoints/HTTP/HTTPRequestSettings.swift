public import MillraceCore
public import MillraceValues

/// The verbs that write.
public enum HTTPVerb: String, Sendable, CaseIterable {
    /// Makes something.
    case post = "POST"
    /// Writes something at its place.
    case put = "PUT"
    /// Changes something at its place.
    case patch = "PATCH"
    /// Takes something away.
    case delete = "DELETE"
}

/// A verb and where it goes.
public struct HTTPCall: Hashable, Sendable {
    /// The verb.
    public var verb: HTTPVerb
    /// Where it goes.
    public var address: AddressTemplate

    /// That verb to that address.
    public init(_ verb: HTTPVerb, _ address: AddressTemplate) {
        self.verb = verb
        self.address = address
    }
}

/// One request of an endpoint of kind http.
public struct HTTPRequestSettings: Sendable {
    /// Its name within the endpoint.
    public var name: RequestName
    /// The call that posts.
    public var call: HTTPCall
    /// Whether a document adds or replaces.
    public var quantity: RequestContract.Quantity
    /// How a correction is sent.
    public var correct: RequestContract.Correction
    /// The call that takes a document back; needed with `correct: reverse`.
    public var reverse: HTTPCall?
    /// The call that carries the total for a document; needed with `correct: replace`.
    public var replace: HTTPCall?
    /// Documents of one value go one after the other.
    public var inOrderBy: PerField?
    /// How the endpoint recognises a repeat.
    public var onceBy = RequestContract.OnceBy.nothing
    /// The longest header that the endpoint takes for the key; nil for any length.
    public var keyLimit: Int?
    /// What is done for a window in a closed period.
    public var closedPeriods = RequestContract.ClosedPeriods.repost
    /// What answers mean, from the top; then the defaults of RULES R22.
    public var classify: [HTTPOutcomeRule] = []
    /// Where the endpoint's own number stands in an answer.
    public var receipt: AnswerPath?
    /// What is asked for before a call whose address names it.
    public var resolve: [HTTPResolving] = []
    /// How the endpoint is asked for a document.
    public var lookUp: HTTPLookUpSettings?
    /// How the figure of an absolute request is read.
    public var figure: HTTPFigureSettings?

    /// A request with nothing optional.
    public init(
        name: RequestName, call: HTTPCall, quantity: RequestContract.Quantity, correct: RequestContract.Correction
    ) {
        self.name = name
        self.call = call
        self.quantity = quantity
        self.correct = correct
    }
}

/// What an answer means: every part that is given must fit.
public struct HTTPOutcomeRule: Sendable {
    /// The statuses that fit; nil for all.
    public var status: ClosedRange<Int>?
    /// The header that must be there; nil for none.
    public var header: String?
    /// What that header must say; nil for anything.
    public var headerValue: String?
    /// The condition on the answer's JSON, which never holds where it is none; nil for no condition.
    public var when: (@Sendable (Value) -> Bool)?
    /// What it means; a retry time given here goes before the answer's own.
    public var outcome: Outcome

    /// A rule of these parts.
    public init(
        status: ClosedRange<Int>? = nil, header: String? = nil, headerValue: String? = nil,
        when: (@Sendable (Value) -> Bool)? = nil, outcome: Outcome
    ) {
        self.status = status
        self.header = header
        self.headerValue = headerValue
        self.when = when
        self.outcome = outcome
    }
}

/// How an endpoint is asked for a document.
public struct HTTPLookUpSettings: Sendable {
    /// What is asked; `{key}` is the key as the endpoint got it.
    public var question: HTTPQuestion
    /// Whether the answer says that the document is there.
    public var there: @Sendable (Value) -> Bool
    /// Whether the answer says that it is not; nil where every other JSON answer says so.
    public var notThere: (@Sendable (Value) -> Bool)?
    /// Where the endpoint's own number stands in the answer.
    public var receipt: AnswerPath?
    /// Whether a 404 says that the document is not there.
    public var missingIs404: Bool

    /// A look-up of these parts.
    public init(
        _ question: HTTPQuestion, there: @escaping @Sendable (Value) -> Bool,
        notThere: (@Sendable (Value) -> Bool)? = nil, receipt: AnswerPath? = nil, missingIs404: Bool = false
    ) {
        self.question = question
        self.there = there
        self.notThere = notThere
        self.receipt = receipt
        self.missingIs404 = missingIs404
    }
}

/// How the figure of an absolute request is read (RULES R16).
public struct HTTPFigureSettings: Sendable {
    /// What is asked.
    public var question: HTTPQuestion
    /// Finds the figure in the answer; nothing where the answer has none.
    public var figure: @Sendable (Value) throws(EndpointError) -> Value?
    /// Whether a 404 says that the figure is 0.
    public var zeroIs404: Bool

    /// A reading of these parts.
    public init(
        _ question: HTTPQuestion, figure: @escaping @Sendable (Value) throws(EndpointError) -> Value?,
        zeroIs404: Bool = false
    ) {
        self.question = question
        self.figure = figure
        self.zeroIs404 = zeroIs404
    }
}
