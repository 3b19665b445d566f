// Hot path: every counter reading passes here. Guarded by `script/bench`.

public import MillraceCore
public import MillraceValues

/// What is carried of one equipment under one count mapping from sample to sample and from run to run.
///
/// - Shape: converts to and from `Value` without loss. Signals and counters are kept by name, so that a mapping with
///   other slots takes over what it still knows.
public struct CountState: Sendable {
    /// The equipment.
    public let equipment: String
    /// The signals by slot; nil where never read or undefined.
    var values: [Value?]
    /// The counters, one for each quantity of the plan; unused for increments.
    var counters: [CounterState]
    /// For each quantity: what held when the value that waits behind a zero, or the suspect, was read.
    var heldSegments: [[AttributionSegment]]
    /// For each of `CountedQuantity`: how many pieces of the present round of shares are dealt out.
    var dealt: [Int64]
    /// What held since the oldest reading that a step may begin at; the last is in force. Only the last where nothing
    /// asks for more.
    var segments: [AttributionSegment] = []
    /// Whether the signals changed since the last segment was looked up.
    var isStale = true
    /// Facts in the making.
    var cells: [CountCell] = []
    /// The end of the newest slice that was told: what comes before it has to be worked on again.
    var toldThrough = Instant.distantPast
    /// The end of the earliest slice with something to tell.
    var nextDue = Instant.distantFuture
    /// The cell that the last delta went to, while attribution and slice stay; -1 for none.
    var current = -1
    /// Additive plans: where the cells are.
    var index: [CellKey: Int] = [:]
    /// The sources that places name.
    var sources: [String] = []
    /// The source of the newest sample.
    var source: Int32 = -1
    /// The newest sample; `position` and order among equals.
    var newest: NewestSample?
    /// Of signals that are conditions, those that are active.
    var conditions = ConditionSignals()
    /// Which orders ran on it, for each timeline of the plan; not part of what is kept.
    var timelines: [OrderTimeline] = []

    /// An equipment of which nothing is known yet.
    public init(equipment: String, plan: CountPlan) {
        self.equipment = equipment
        values = Array(repeating: nil, count: plan.slots.count)
        counters = Array(repeating: CounterState(), count: plan.quantities.count)
        heldSegments = Array(repeating: [], count: plan.quantities.count)
        dealt = Array(repeating: 0, count: CountedQuantity.allCases.count)
    }

    /// Has it ask these timelines of orders from its next sample on, one for each that the plan names.
    ///
    /// - Shape: they say the same as before up to the newest sample; where they do not, the stream is worked on again from there.
    public mutating func bind(_ timelines: [OrderTimeline]) {
        if timelines.isEmpty { return }
        self.timelines = timelines
        isStale = true
        guard let last = segments.last else { return }
        let seen = max(last.since, newest?.instant ?? last.since)
        for timeline in timelines {
            segments[segments.count - 1].until = min(
                segments[segments.count - 1].until, timeline.nextChange(after: seen))
        }
    }

    /// Nothing is known of these signals any more, nor of their counters.
    public mutating func forget(_ signals: Set<String>, plan: CountPlan) {
        for slot in plan.slots.indices where signals.contains(plan.slots[slot]) {
            values[slot] = nil
            conditions.forget(slot)
        }
        for index in plan.quantities.indices where signals.contains(plan.slots[plan.quantities[index].slot]) {
            (counters[index], heldSegments[index]) = (CounterState(), [])
        }
        isStale = true
    }

    /// When the next fact can be told without a new sample; nil where nothing is open.
    public var due: Instant? { nextDue == .distantFuture ? nil : nextDue }

    /// Whether no fact is in the making and no value is held or suspect: the state may serve as the border of a snapshot.
    public var isClean: Bool { due == nil && !counters.contains { $0.held != nil || $0.suspect != nil } }

    /// Where the earliest fact begins that is not told yet or may be told again; nil where there is none.
    ///
    /// Working on from this state changes no fact that begins earlier.
    public var earliestPending: Instant? {
        let held = counters.compactMap(\.held?.before.instant).min()
        return (cells.map(\.key.start) + (held.map { [$0] } ?? [])).min()
    }

    /// The instant of the newest sample; nil before the first.
    public var newestInstant: Instant? { newest?.instant }

    /// Notes that the source may have lost readings, so that no step over this border is proven unbroken.
    ///
    /// - Effects: none besides; harmless where nothing was lost. The caller says it of every stream of a connector
    ///   whose batch does not continue unbroken, before the batch's first sample.
    public mutating func breakContinuity() {
        for index in counters.indices { counters[index].isContinuous = false }
        conditions.doubt()
    }

    /// Makes `name` the source of the samples that follow.
    mutating func enter(_ name: String) {
        if let known = sources.firstIndex(of: name) {
            source = Int32(known)
        } else {
            source = Int32(sources.count)
            sources.append(name)
        }
    }
}
