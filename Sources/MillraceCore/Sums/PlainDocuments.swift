// Hot path: most documents of a night are of this kind. Guarded by `script/bench`.

public import MillraceValues

/// The first documents of new sums, each of which says all of its sum and waits to be sent: what a closed window makes whose facts
/// came in time.
///
/// Of their many fields only some differ from one to the next, so they are made and stored as rows of those.
///
/// - Shape: count documents of delta requests, queued, revision 1, purpose `post`, with a body. The key is the stem and `/r1`.
public struct PlainDocuments: Sendable {
    /// What documents of one request and mapping have in common.
    public struct Kind: Hashable, Sendable {
        /// Where they go.
        public let request: RequestID
        /// The document mapping that built the bodies.
        public let mapping: MappingName
        /// The version of the mapping.
        public let version: String

        /// That kind.
        public init(request: RequestID, mapping: MappingName, version: String) {
            (self.request, self.mapping, self.version) = (request, mapping, version)
        }
    }

    /// One document, and the sum that it is.
    public struct Row: Sendable {
        /// Its kind, as an index of `kinds`.
        public var kind: Int
        /// The sum's stem: the key without its revision.
        public var stem: String
        /// The sum's total.
        public var amounts: Amounts
        /// The sum's fields.
        public var fields: ValueObject
        /// The value that orders it with others; nil for no order.
        public var orderValue: String?
        /// When its window begins.
        public var windowStart: Instant
        /// When its window ends.
        public var windowEnd: Instant
        /// The frozen bytes.
        public var body: [UInt8]

        /// That document.
        public init(
            kind: Int, stem: String, amounts: Amounts, fields: ValueObject, orderValue: String?, windowStart: Instant,
            windowEnd: Instant, body: [UInt8]
        ) {
            self.kind = kind
            self.stem = stem
            self.amounts = amounts
            self.fields = fields
            self.orderValue = orderValue
            self.windowStart = windowStart
            self.windowEnd = windowEnd
            self.body = body
        }
    }

    /// The kinds that rows name.
    public private(set) var kinds: [Kind] = []
    /// The documents in the order in which they are to be sent.
    public var rows: [Row] = []

    /// None.
    public init() {}

    /// The index of that kind; adds it where it is new.
    public mutating func index(of kind: Kind) -> Int {
        if let known = kinds.firstIndex(of: kind) { return known }
        kinds.append(kind)
        return kinds.count - 1
    }

    /// The row as a document, made at that time.
    public func document(_ row: Row, madeAt now: Instant) -> Document {
        let kind = kinds[row.kind]
        var fields = row.fields
        fields["sum"] = .string(row.stem)
        return Document(
            key: DocumentKey.key(stem: row.stem, revision: 1), sum: 0, request: kind.request, purpose: .post,
            revision: 1, amounts: row.amounts, interval: nil, fields: fields, orderValue: row.orderValue,
            windowStart: row.windowStart, windowEnd: row.windowEnd, mapping: kind.mapping, version: kind.version,
            body: row.body, state: .queued, notBefore: now, createdAt: now, changedAt: now)
    }
}
