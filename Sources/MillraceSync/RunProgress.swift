/// How far a part of a run is, for a person who waits.
public struct RunProgress: Hashable, Sendable {
    /// The connector or endpoint.
    public var subject: String
    /// What is counted: `readings`, `documents`.
    public var unit: String
    /// How many are done.
    public var done: Int64
    /// How much of all is done, 0 to 1; nil where that is not known.
    public var share: Double?

    /// A progress of these parts.
    public init(subject: String, unit: String, done: Int64, share: Double?) {
        self.subject = subject
        self.unit = unit
        self.done = done
        self.share = share
    }
}
