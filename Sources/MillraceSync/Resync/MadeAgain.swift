public import MillraceCore
public import MillraceValues

/// What making documents once more brings for one sum: by a resync, or by a remap.
public struct MadeAgain: Hashable, Sendable {
    /// What is done.
    public enum Action: String, Sendable, CaseIterable {
        /// A first document, or another one in the place of those that wait.
        case create
        /// The books of the other system are put right.
        case correct
        /// They are right, or what waits puts them right.
        case skip
        /// It cannot be said yet: a document is in doubt, the window is open, an opening is missing.
        case wait
    }

    /// The request.
    public var request: RequestID
    /// The key of its documents without the revision.
    public var stem: String
    /// The sum's fields.
    public var fields: ValueObject
    /// What is done.
    public var action = Action.skip
    /// What the other system has of it: booked, and settled by hand. Of an absolute request less the opening.
    public var old: Amounts
    /// What is counted.
    public var new: Amounts
    /// Downtime: what the other system was told last; nil for nothing.
    public var oldInterval: Downtime?
    /// Downtime: what stands now; nil for nothing.
    public var newInterval: Downtime?
    /// Whether the sum is one of an interval.
    public var isInterval: Bool
    /// The documents that are made.
    public var documents: [Document] = []
    /// The waiting documents whose place they take.
    public var superseded: [Document] = []
    /// Why, where that does not go without saying.
    public var sentence = ""
}

extension [MadeAgain] {
    /// How many documents are made.
    public var documentCount: Int { reduce(0) { $0 + $1.documents.count } }
    /// How many sums are dealt with so.
    public func count(_ action: MadeAgain.Action) -> Int { count { $0.action == action } }
}
