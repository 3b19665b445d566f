public import MillraceValues

/// What was counted and where it is now, for one request and one group (RULES R20).
public struct ConservationRow: Hashable, Sendable {
    /// One place where counted pieces can be.
    public struct Bucket: Hashable, Sendable {
        /// Its name in R20.
        public var name: String
        /// What is in it.
        public var amounts: Amounts

        /// That bucket.
        public init(name: String, amounts: Amounts) {
            self.name = name
            self.amounts = amounts
        }
    }

    /// The fields that name the group: order, operation, shift, …
    public var group: ValueObject
    /// All that was counted.
    public var counted: Amounts
    /// The buckets, in the order of R20.
    public var buckets: [Bucket]

    /// A row of these parts.
    public init(group: ValueObject, counted: Amounts, buckets: [Bucket]) {
        self.group = group
        self.counted = counted
        self.buckets = buckets
    }

    /// What was counted and is in no bucket: zero, or the books are wrong.
    ///
    /// - Throws: `DecimalError.tooLarge` where a figure needs more than 18 digits.
    public func missing() throws(DecimalError) -> Amounts {
        var rest = counted
        for bucket in buckets { rest = try rest.subtracting(bucket.amounts) }
        return rest
    }
}
