/// How much an expression may ask of the machine it runs on. All limits are on unless they are set to nil.
public struct JSONataLimits: Sendable, Equatable {
    /// How many evaluations may stand inside each other, counted as jsonata-js counts them (a call of a function in an
    /// expression costs about three); beyond it D1011. What is not a number there is bounded by the thread's stack.
    public var depth: Int
    /// How long one evaluation may take; beyond it D1012.
    public var time: Duration?
    /// How many items a sequence may have; beyond it D2015.
    public var sequence: Int
    /// How many bytes a text may grow to by `&`, `$join` and `$replace`; beyond it D2015.
    public var text: Int
    /// How many steps the matching of one regular expression against one text may take; beyond it D1013.
    public var regexSteps: Int
    /// Whether `$eval` may be used; else D4001.
    public var allowsEval: Bool

    /// Limits of one's own; the defaults are those of `standard`.
    ///
    /// - Units: `depth` in evaluations. The stack of the calling thread has to hold them: 500 fit each thread that Swift makes,
    ///   also without optimisation.
    public init(
        depth: Int = 500, time: Duration? = .seconds(10), sequence: Int = 10_000_000, text: Int = 100_000_000,
        regexSteps: Int = 1_000_000, allowsEval: Bool = true
    ) {
        (self.depth, self.time, self.sequence) = (depth, time, sequence)
        (self.text, self.regexSteps, self.allowsEval) = (text, regexSteps, allowsEval)
    }

    /// What a host that says nothing gets: 500 levels, ten seconds, ten million items, a hundred million bytes of a text, a million steps of a regular
    /// expression.
    public static let standard = JSONataLimits()
}
