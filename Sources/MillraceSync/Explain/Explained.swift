public import MillraceCore
public import MillraceValues

/// A sum's life: back to the readings that it was counted from, and forward to what the other system said (DESIGN, promise 9).
public struct Explained: Sendable {
    /// The key of its documents without the revision.
    public var stem: String
    /// The sum.
    public var sum: Sum
    /// The place of the document mapping that gathers it: `file:line`.
    public var gatheredBy: String
    /// The facts that it gathers now, by start.
    public var facts: [ExplainedFact] = []
    /// What their amounts add up to; equal to the sum's total, or the books are wrong.
    public var total = Amounts.zero
    /// Its documents with their attempts, by revision.
    public var documents: [(document: Document, attempts: [Attempt])] = []
    /// What the documents mean for the books.
    public var figures = SumFigures()
    /// The opening of an absolute sum; nil for none.
    public var opening: ExactDecimal?
}

/// A fact with where it comes from.
public struct ExplainedFact: Sendable {
    /// The fact.
    public var fact: Fact
    /// Its revision.
    public var revision: Int
    /// The place of the mapping's rule: `file:line`.
    public var madeBy: String
    /// The rule as it is written there.
    public var rule: String
    /// The readings that it rests on, as far as they are kept and asked for.
    public var readings: [CountedReading] = []
    /// What else the readings of its slice counted: for other orders, or not for any yet.
    public var beside: [ProductionCount] = []
}

/// What one reading said of a quantity.
public struct CountedReading: Hashable, Sendable {
    /// Where it stands.
    public var place: Place
    /// When it was so.
    public var instant: Instant
    /// The quantity.
    public var quantity: CountedQuantity
    /// The signal.
    public var signal: String
    /// What it said.
    public var value: String

    /// A reading of these parts.
    public init(place: Place, instant: Instant, quantity: CountedQuantity, signal: String, value: String) {
        self.place = place
        self.instant = instant
        self.quantity = quantity
        self.signal = signal
        self.value = value
    }
}
