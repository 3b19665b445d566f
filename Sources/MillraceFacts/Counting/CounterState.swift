import MillraceCore
import MillraceValues

/// One number of a counter, with its instant and place.
struct CounterReading: Hashable, Sendable {
    /// The number.
    var value: ExactDecimal
    /// When it was so.
    var instant: Instant
    /// The index of its source in the state's table of sources.
    var source: Int32
    /// The position part of its place.
    var position: Int64
}

/// What is known of one counter between two readings (RULES R8).
struct CounterState: Hashable, Sendable {
    /// A fall to zero that waits for two more values.
    struct Held: Hashable, Sendable {
        /// The last number before the zero.
        var before: CounterReading
        /// The newest zero: repeated zeros say nothing more than one, and move only the instant.
        var zero: CounterReading
        /// The first value after the zero; nil while none has come.
        var first: CounterReading?
        /// Whether nothing was lost between `before` and the zero.
        var isZeroProven: Bool
        /// Whether nothing was lost between the zero and `first`.
        var isFirstProven: Bool
        /// Whether the zero came near to a declared reset, or with a new instance of the agent.
        var isResetNear = false
    }

    /// A number that no rule explains, told as unconfirmed, which may prove to be a single reading off.
    struct Suspect: Hashable, Sendable {
        /// The last number before it.
        var before: CounterReading
        /// The number itself.
        var off: CounterReading
        /// How much it was told to be.
        var amount: ExactDecimal
        /// Why: `.fall` or `.tooFast`.
        var doubt: Doubt
        /// Whether nothing was lost between both.
        var isProven: Bool
    }

    /// The newest number; nil where there has never been one.
    var last: CounterReading?
    /// Whether nothing was lost since then: no gap of the source, and the signal was never undefined.
    var isContinuous = false
    /// A fall to zero that is not explained yet.
    var held: Held?
    /// When it was set back last, as far as a rule explained it.
    var lastReset: Instant?
    /// The newest number, where no rule explained it.
    var suspect: Suspect?

    /// Whether no number waits for those after it. By the cases alone: a comparison would copy what is held.
    var isSettled: Bool {
        if case .some = held { return false }
        if case .some = suspect { return false }
        return true
    }
}

/// What speaks for or against a step, besides its numbers.
struct StepEvidence: Hashable, Sendable {
    /// The source says that the counter was reset with this value.
    var isReset = false
    /// The agent began anew between the two readings.
    var isNewInstance = false
    /// The source numbers everything it says, so that an unbroken chain of readings proves that nothing was lost.
    var isSequence = false
    /// The declared reset nearest to the new reading, within the clock's tolerance and after the reading before.
    var resetNear: Instant?
    /// The last declared reset that lies between the two readings by our clock.
    var resetBetween: Instant?
}

/// Why no rule explains a step.
enum Doubt: String, Hashable, Sendable {
    /// It fell, and neither a rollover nor evidence explains that.
    case fall
    /// It rose faster than the declared rate allows.
    case tooFast
    /// More than one number of rollovers is plausible.
    case ambiguous
    /// It went through zero, and what came after follows from both numbers or from neither.
    case zero
    /// A number was off, and what came after follows from both that number and the one before it.
    case either
    /// It rose over a declared reset, and follows both from zero and from the number before.
    case resetTime
    /// The numbers have too many digits to be compared.
    case tooLarge

    /// The end of the sentence.
    var words: String {
        switch self {
        case .fall: "no rule explains the fall"
        case .tooFast: "no rule explains the rise, it is faster than max-rate"
        case .ambiguous: "more than one number of rollovers is plausible in this time"
        case .zero: "it fell to zero, and what followed goes on from both numbers or from neither"
        case .either: "a number between them is off, and this one goes on from both"
        case .resetTime: "it is set back between them, and goes on from zero as well as from the number before"
        case .tooLarge: "the numbers have too many digits"
        }
    }
}

/// What a value means for the count.
enum CounterStep: Hashable, Sendable {
    /// Nothing is counted; the next step begins here.
    case baseline
    /// So many pieces.
    case counted(ExactDecimal, MarkSet)
    /// No rule explains it; so many pieces if a person accepts it.
    case unconfirmed(ExactDecimal, Doubt)
    /// It waits for the values after it.
    case held
}

/// What a new value brought: the decision on a value that was held, and the value's own step.
struct CounterVerdict: Hashable, Sendable {
    /// A held value and what became of it.
    struct Settled: Hashable, Sendable {
        /// The reading that its step begins at.
        var opening: CounterReading
        /// The held reading.
        var closing: CounterReading
        /// What it means.
        var step: CounterStep
    }

    /// The value held until now.
    var settled: Settled?
    /// A number told as unconfirmed before, which was a single reading off: it is no step at all.
    var withdrawn: CounterState.Suspect?
    /// The reading that the new step begins at; nil for the very first value.
    var opening: CounterReading?
    /// The new value's own step.
    var step: CounterStep
}
