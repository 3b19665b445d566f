/// Is told how far something is.
public typealias ProgressWatch = @Sendable (RunProgress) -> Void

/// How far a part of a run, or of another long verb, is, for a person who waits.
public struct RunProgress: Hashable, Sendable {
    /// The connector or endpoint, or the part of the verb.
    public var subject: String
    /// What is counted: `readings`, `documents`, `facts`.
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

extension RunProgress {
    /// So many of that many.
    public static func part(_ subject: String, _ unit: String, _ done: Int, of all: Int) -> RunProgress {
        RunProgress(subject: subject, unit: unit, done: Int64(done), share: all > 0 ? Double(done) / Double(all) : nil)
    }
}
