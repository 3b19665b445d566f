public import MillraceValues

/// From when on a text of a document mapping holds (RULES R18).
public struct MappingEpoch: Hashable, Sendable {
    /// The mapping.
    public var mapping: MappingName
    /// The hash of its structure: `per`, `window`, `where`, endpoint and request.
    public var structure: String
    /// The text's hash when the epoch began.
    public var version: String
    /// The first instant that it holds for.
    public var begins: Instant

    /// An epoch of these parts.
    public init(mapping: MappingName, structure: String, version: String, begins: Instant) {
        self.mapping = mapping
        self.structure = structure
        self.version = version
        self.begins = begins
    }

    /// The structure of an epoch in which the mapping is in no file any more.
    public static let ended = ""
    /// Whether it is such an epoch.
    public var isEnd: Bool { structure == Self.ended }
}

/// What making documents for one sum changes, committed together with its sum.
public struct DocumentStep: Sendable {
    /// The sum's number; 0 where `new` brings the sum itself.
    public var sum: Int64
    /// A sum that is not stored yet, with its stem; its documents get its number.
    public var new: (stem: String, sum: Sum)?
    /// Its newest document number afterwards.
    public var revision: Int
    /// Whether the sum's change is dealt with; false while it waits.
    public var isSettled: Bool
    /// Waiting documents whose place is taken, with the state they were seen in.
    public var superseded: [(id: Int64, state: DocumentState)]
    /// New documents.
    public var documents: [Document]
    /// The texts that belong to the documents' versions, where they may not be kept yet.
    public var texts: [MappingText] = []

    /// A step of these parts.
    public init(
        sum: Int64, revision: Int, isSettled: Bool, superseded: [(id: Int64, state: DocumentState)],
        documents: [Document],
        new: (stem: String, sum: Sum)? = nil
    ) {
        self.new = new
        self.sum = sum
        self.revision = revision
        self.isSettled = isSettled
        self.superseded = superseded
        self.documents = documents
    }
}

/// Facts in the order of recording, sums, and the documents made of them.
///
/// A second conformer needs to know: folding is a projection of the recorded facts with its own position; position and
/// sums are committed together, so a fact is folded once whatever crashes.
public protocol SumStore: Sendable {
    /// Up to which fact the sums are folded.
    func foldedThrough() throws(StoreError) -> Int64
    /// Recorded facts behind `id`, in the order of recording: at least `limit` where there are so many, and not many more.
    func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision]
    /// The sum of that stem; nil where there is none.
    func sum(stem: String) throws(StoreError) -> Sum?
    /// Adds what each sum gained to what is stored under its stem, and moves the fold's position, in one transaction.
    ///
    /// - Shape: a count's `total` is what is added; an interval takes the place of the stored one (`Sum.gaining`).
    func fold(_ sums: [(stem: String, sum: Sum)], through id: Int64) throws(StoreError)
    /// Changed sums in the order of their numbers, up to `limit` behind `id`, whose window ended at `end` or before.
    func changedSums(after id: Int64, endingBy end: Instant, limit: Int) throws(StoreError) -> [(
        stem: String, sum: Sum
    )]
    /// All documents of a sum, by number.
    func documents(of sum: Int64) throws(StoreError) -> [Document]
    /// Records what was decided for some sums, in one transaction.
    ///
    /// - Shape: returns the stems of those `new` sums that are stored already; nothing was recorded for them.
    ///
    /// - Shape: the sums and documents that the steps rest on were read in the same `together`, so that no decision of
    ///   a person falls between reading and recording.
    /// - Throws: `StoreError.changedMeanwhile` where a superseded document is not in the state it was seen in; nothing
    ///   is written.
    @discardableResult
    func make(_ steps: [DocumentStep], now: Instant) throws(StoreError) -> Set<String>
    /// Records new sums that are their only documents, in one transaction and in their order.
    ///
    /// - Shape: returns the stems that are stored already, as a sum or as a document; nothing was recorded for them.
    func make(_ documents: PlainDocuments, now: Instant) throws(StoreError) -> Set<String>
    /// The epochs of every document mapping, oldest first.
    func epochs() throws(StoreError) -> [MappingEpoch]
    /// Records epochs, and the texts that belong to the versions.
    func begin(_ epochs: [MappingEpoch], texts: [MappingText], now: Instant) throws(StoreError)
    /// The text of a version; nil where it is not kept.
    func text(of mapping: MappingName, version: String) throws(StoreError) -> MappingText?
    /// The opening of an absolute sum; nil where none is known.
    func opening(stem: String) throws(StoreError) -> Opening?
    /// Records an opening.
    func setOpening(_ opening: Opening, stem: String, by: String) throws(StoreError)
}

/// Where the figure of an absolute sum began (RULES R16, R17).
public struct Opening: Hashable, Sendable {
    /// What it would be without any piece of ours.
    public var figure: ExactDecimal
    /// How much of the sum was in the figure when this was said: what was settled by hand before the endpoint booked.
    public var counted: ExactDecimal
    /// When it was said.
    public var recordedAt: Instant

    /// An opening of these parts.
    public init(figure: ExactDecimal, counted: ExactDecimal = .zero, recordedAt: Instant) {
        self.figure = figure
        self.counted = counted
        self.recordedAt = recordedAt
    }
}

/// A mapping's text with everything that its version covers.
public struct MappingText: Hashable, Sendable {
    /// The mapping.
    public var mapping: MappingName
    /// The hash of the text and of what belongs to it.
    public var version: String
    /// The version of the text alone, where this is that of documents which were built with certain rows of its tables; else nil.
    public var base: String?
    /// What the tables answered then, as JSON; nil where they were not asked.
    public var uses: Value?
    /// The file's path within the site.
    public var file: String
    /// The text.
    public var text: String
    /// The texts of tables, schemas and extended files by path, as they were when the version made its first document.
    public var tables: [String: String]

    /// A text of these parts.
    public init(
        mapping: MappingName, version: String, file: String, text: String, tables: [String: String],
        base: String? = nil, uses: Value? = nil
    ) {
        self.mapping = mapping
        self.version = version
        self.base = base
        self.uses = uses
        self.file = file
        self.text = text
        self.tables = tables
    }
}
