public import MillraceValues

/// A system that documents are pushed to.
///
/// A second conformer needs to know: the same document may be handed over again, always with the same key and bytes;
/// the outcome is decided here from evidence and nowhere else; nothing is thrown, for every attempt has an outcome.
public protocol Endpoint: Sendable {
    /// What the endpoint promises.
    var contract: EndpointContract { get }

    /// The bytes of a body in the endpoint's format, frozen when the document is queued.
    func encode(_ body: Value, for request: RequestName) throws(EndpointError) -> [UInt8]

    /// Whether `encode` gives the body's JSON as `JSONWriter` writes it, and refuses none, for that request.
    func writesJSON(_ request: RequestName) -> Bool

    /// Sends the document once.
    func deliver(_ document: Document) async -> Delivery

    /// Asks whether the endpoint has the document.
    func lookUp(_ document: Document) async -> LookUp

    /// Reads the figure of an absolute request for the sum with these fields.
    func readFigure(_ request: RequestName, fields: ValueObject) async -> FigureReading

    /// Looks whether documents could be sent, without sending or changing anything.
    func test() async -> EndpointTest
}

/// Why a body cannot be put into the endpoint's format.
public struct EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence.
    public let description: String
    /// Says so.
    public init(_ description: String) { self.description = description }
}

/// What one attempt brought.
public struct Delivery: Hashable, Sendable {
    /// What became of it.
    public var outcome: Outcome
    /// The endpoint's own number for the document.
    public var receipt: String?
    /// The status of the answer, where the transport has one.
    public var status: Int?
    /// One sentence for a person, without secrets.
    public var sentence: String
    /// The beginning of the answer, at most 2 KiB.
    public var answer: [UInt8]

    /// An attempt that ended so.
    public init(_ outcome: Outcome, receipt: String? = nil, status: Int? = nil, sentence: String, answer: [UInt8] = [])
    {
        self.outcome = outcome
        self.receipt = receipt
        self.status = status
        self.sentence = sentence
        self.answer = Array(answer.prefix(2048))
    }
}

/// What a look-up said.
public enum LookUp: Hashable, Sendable {
    /// The endpoint has the document, under this number of its own.
    case there(receipt: String?)
    /// The endpoint does not have it.
    case notThere
    /// No answer; ask again later.
    case noAnswer(String)
    /// The request has no look-up.
    case notOffered
}

/// What reading a figure said.
public enum FigureReading: Hashable, Sendable {
    /// The figure.
    case figure(ExactDecimal)
    /// No answer; ask again later.
    case noAnswer(String)
    /// The request has no reading.
    case notOffered
}
