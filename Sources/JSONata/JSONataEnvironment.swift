public import MillraceValues

/// What an evaluation knows of the world: limits, the time, chance, and the host's variables and functions.
///
/// An expression reaches nothing else: no files, no network, no other state of the host.
public struct JSONataEnvironment: Sendable {
    /// What the evaluation may cost.
    public var limits: JSONataLimits
    /// The instant of `$now` and `$millis`, in milliseconds since 1970 UTC; asked once for each evaluation.
    public var now: @Sendable () -> Int64
    /// Chance for `$random` and `$shuffle`, in 0..<1.
    public var random: @Sendable () -> Double
    /// A clock that only goes forward, for the time limit; its zero does not matter.
    public var elapsed: @Sendable () -> Duration
    /// Whether a text that is wholly a number stands for it where a number is due: beside `+ - * / %`, and in a comparison with
    /// a number; what the language refuses to compare is then false. For hosts whose values are all texts, such as columns.
    public var readsNumerals = false
    /// Variables that are there from the beginning, by their names without `$`.
    public var variables: [(name: String, value: Value)] = []
    /// The host's functions, by their names without `$`.
    public var functions: [JSONataFunction] = []
    /// Is told at each choice (`JSONataExpression.choices`) which side was taken: true for the first. Nil costs nothing.
    public var onChoice: (@Sendable (Range<Int>, Bool) -> Void)?

    /// A world with that clock and that chance.
    ///
    /// - Shape: a host that wants the same result again gives an instant and a sequence of numbers that do not change.
    public init(
        limits: JSONataLimits = .standard, now: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> Double, elapsed: @escaping @Sendable () -> Duration
    ) {
        (self.limits, self.now, self.random, self.elapsed) = (limits, now, random, elapsed)
    }
}

/// A function of the host, called from an expression as `$name(…)`.
public struct JSONataFunction: Sendable {
    /// The name without `$`.
    public let name: String
    /// The kinds of its arguments in the language's notation, such as `<s-s?:n>`.
    public let signature: String
    /// What it does: arguments in (nil for nothing), a value out (nil for nothing).
    public let body: @Sendable ([Value?]) throws(JSONataError) -> Value?

    /// A function with its signature.
    ///
    /// - Errors: `body` throws `JSONataError(code:message:)`; the place in the expression is added to it.
    public init(
        _ name: String, _ signature: String, _ body: @escaping @Sendable ([Value?]) throws(JSONataError) -> Value?
    ) {
        (self.name, self.signature, self.body) = (name, signature, body)
    }
}
