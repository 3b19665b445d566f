public import MillraceCore
public import MillraceValues

/// What is carried of one equipment under one state mapping from sample to sample and from run to run.
///
/// - Shape: converts to and from `Value` without loss; signals are kept by name.
public struct DowntimeState: Sendable {
    /// The equipment.
    public let equipment: String
    /// The signals by slot; nil where never read or undefined.
    var values: [Value?]
    /// Whether any signal has ever been read; before that there is no state at all.
    var isKnown = false
    /// Whether signals changed since the state was last looked up.
    var isStale = false
    /// The newest sample.
    var newest: NewestSample?
    /// The source of the newest sample.
    var source = ""
    /// The intervals whose joining is not decided, without holes; the last goes on.
    var raw: [StateInterval] = []
    /// The interval in front of them, which may still grow; its end is the start of the first of them.
    var kept: StateInterval?
    /// Up to when it was decided that nothing comes: what does come before has to be worked on again.
    var decidedThrough = Instant.distantPast
    /// When `settle` can do something without a new sample.
    var nextDue: Instant?
    /// Of signals that are conditions, those that are active.
    var conditions = ConditionSignals()
    /// Which orders ran on it, for each timeline of the plan; not part of what is kept.
    var timelines: [OrderTimeline] = []

    /// An equipment of which nothing is known yet.
    public init(equipment: String, plan: StatePlan) {
        self.equipment = equipment
        values = Array(repeating: nil, count: plan.slots.count)
    }

    /// Has it ask these timelines of orders from now on, one for each that the plan names.
    ///
    /// - Shape: they say the same as before up to the newest sample. What they said of the time behind it is asked once more.
    public mutating func bind(_ timelines: [OrderTimeline]) {
        if timelines.isEmpty { return }
        self.timelines = timelines
        guard let newest, let last = raw.indices.last, raw[last].end == nil else { return }
        let seen = raw[last].orders.lastIndex { $0.since <= newest.instant } ?? 0
        raw[last].orders.removeSubrange((seen + 1)...)
    }

    /// Nothing is known of these signals any more.
    public mutating func forget(_ signals: Set<String>, plan: StatePlan) {
        for slot in plan.slots.indices where signals.contains(plan.slots[slot]) {
            values[slot] = nil
            conditions.forget(slot)
        }
        isStale = true
    }

    /// Notes that the source may have lost readings, and with them the end of a condition.
    public mutating func breakContinuity() { conditions.doubt() }

    /// When an interval can become final without a new sample; nil where none waits for that.
    public var due: Instant? { nextDue }

    /// The start of the earliest interval that is not final; nil where there is none.
    ///
    /// Working on again from this state can change no fact that begins earlier.
    public var earliestPending: Instant? { kept?.start ?? raw.first?.start }

    /// The instant of the newest sample; nil before the first.
    public var newestInstant: Instant? { newest?.instant }
}

extension DowntimeState {
    private static let version: Int64 = 1

    /// The state as a JSON value, without loss; equal states give equal values.
    public func value(_ plan: StatePlan) -> Value {
        var object = ValueObject()
        object["v"] = StateCoding.write(Self.version)
        object["e"] = .string(equipment)
        var signals = ValueObject()
        for slot in plan.slots.indices {
            if let value = values[slot] { signals[plan.slots[slot]] = value }
        }
        object["s"] = .object(signals)
        object["f"] = [.bool(isKnown), .bool(isStale)]
        object["r"] = .array(raw.map(Self.write))
        if let active = conditions.value(plan.slots) { object["c"] = active }
        if let kept { object["k"] = Self.write(kept) }
        if let nextDue { object["d"] = StateCoding.write(nextDue) }
        if decidedThrough > .distantPast { object["t"] = StateCoding.write(decidedThrough) }
        if let newest {
            object["l"] = [
                StateCoding.write(newest.instant), .bool(newest.setsCounter), StateCoding.write(newest.position),
                .string(source),
            ]
        }
        return .object(object)
    }

    /// The state that `value` wrote; signals that the plan does not have are left out.
    ///
    /// - Throws: `StateError` where a part is missing or foreign.
    public init(_ value: Value, plan: StatePlan) throws(StateError) {
        guard value["v"]?.decimal?.integer == Self.version else { throw .unknownVersion }
        guard let equipment = value["e"]?.text else { throw .malformed(part: "e") }
        self.init(equipment: equipment, plan: plan)
        guard let signals = value["s"]?.object else { throw .malformed(part: "s") }
        for slot in plan.slots.indices { values[slot] = signals[plan.slots[slot]] }
        conditions = try ConditionSignals(value["c"], plan.slots)
        var flags = try StateReader(value["f"], "f")
        (isKnown, isStale) = (try flags.flag(), try flags.flag())
        var list = try StateReader([value["r"] ?? .null], "r")
        for item in try list.lists() { raw.append(try Self.interval(item)) }
        if let kept = value["k"] { self.kept = try Self.interval(try StateReader(kept, "k")) }
        nextDue = value["d"]?.decimal?.integer.map { Instant(microseconds: $0) }
        if let decided = value["t"]?.decimal?.integer { decidedThrough = Instant(microseconds: decided) }
        if value["l"] != nil {
            var newest = try StateReader(value["l"], "l")
            self.newest = NewestSample(
                instant: try newest.instant(), setsCounter: try newest.flag(), position: try newest.integer())
            source = try newest.text()
        }
    }

    private static func write(_ interval: StateInterval) -> Value {
        [
            StateCoding.write(interval.start), interval.end.map { StateCoding.write($0) } ?? .null,
            .string(interval.class.rawValue), StateCoding.write(interval.fixedReason),
            StateCoding.write(interval.startReason), StateCoding.write(interval.reason),
            StateCoding.write(interval.fallbackReason),
            .array(interval.orders.map { [StateCoding.write($0.since), StateCoding.write($0.order)] }),
            .string(interval.first.description), .string(interval.last.description),
        ]
    }

    private static func interval(_ list: StateReader) throws(StateError) -> StateInterval {
        var item = list
        let start = try item.instant()
        let end = try item.optional()?.decimal?.integer.map { Instant(microseconds: $0) }
        guard let kind = DowntimeClass(rawValue: try item.text()) else { throw .malformed(part: "r") }
        var interval = StateInterval(
            start: start, end: end, class: kind, fixedReason: try item.optionalText(),
            startReason: try item.optionalText(), reason: try item.optionalText(),
            fallbackReason: try item.optionalText(), orders: [], first: Place(source: "", position: 0),
            last: Place(source: "", position: 0))
        for entry in try item.lists() {
            var entry = entry
            interval.orders.append(
                StateInterval.OrderSince(since: try entry.instant(), order: try entry.optionalText()))
        }
        guard let first = Place(try item.text()), let last = Place(try item.text()) else { throw .malformed(part: "r") }
        (interval.first, interval.last) = (first, last)
        return interval
    }
}
