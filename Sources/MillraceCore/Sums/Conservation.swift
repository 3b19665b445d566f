public import MillraceValues

/// What was counted and where it is now, for one request and one group (RULES R20).
public struct ConservationRow: Hashable, Sendable {
    /// The fields that name the group: order, operation, shift, …
    public var group: ValueObject
    /// All that was counted.
    public var counted: Amounts
    /// The buckets by name, in the order of R20.
    public var buckets: [(name: String, amounts: Amounts)]

    /// A row of these parts.
    public init(group: ValueObject, counted: Amounts, buckets: [(name: String, amounts: Amounts)]) {
        self.group = group
        self.counted = counted
        self.buckets = buckets
    }

    /// Equal with the same group, count and buckets.
    public static func == (left: ConservationRow, right: ConservationRow) -> Bool {
        left.group == right.group && left.counted == right.counted
            && left.buckets.map(\.name) == right.buckets.map(\.name)
            && left.buckets.map(\.amounts) == right.buckets.map(\.amounts)
    }

    /// Feeds the group and the count.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(group)
        hasher.combine(counted)
    }
}
