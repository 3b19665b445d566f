/// What a reading mapping over ready intervals compiles to: each row says when an equipment stood, from when to when.
public struct IntervalPlan: Sendable {
    /// How a row's class, reason and order are found, and where its interval is split; nothing is joined or ignored.
    public var states: StatePlan
    /// The slot that holds when the interval begins, in microseconds since 1970.
    public var startSlot: Int
    /// The slot that holds when it ends, in microseconds since 1970; nothing while it goes on.
    public var endSlot: Int
    /// Slots that together name an interval: a later row of the same values corrects it. Empty: equipment and start name it.
    public var sameWhen: [Int]
    /// Asked of each row: whether it takes its interval back.
    public var withdrawWhen: SignalCondition?

    /// A plan of these parts.
    public init(
        states: StatePlan, startSlot: Int, endSlot: Int, sameWhen: [Int], withdrawWhen: SignalCondition?
    ) {
        self.states = states
        self.startSlot = startSlot
        self.endSlot = endSlot
        self.sameWhen = sameWhen
        self.withdrawWhen = withdrawWhen
    }
}
