import MillraceCore
import MillraceValues

@testable import MillraceFacts

/// What the tests of this target share: a plant in UTC with three shifts, and samples written as rows.
enum Plant {
    static func calendar() throws -> ShiftCalendar {
        try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    ShiftSettings(name: "early", from: clock(6), to: clock(14)),
                    ShiftSettings(name: "late", from: clock(14), to: clock(22)),
                    ShiftSettings(name: "night", from: clock(22), to: clock(6)),
                ], dayStart: clock(6), zone: .utc))
    }

    private static func clock(_ hour: Int) -> TimeOfDay { TimeOfDay("\(hour < 10 ? "0" : "")\(hour):00") ?? .midnight }

    /// 2026-03-02 at that time of day, `06:00` or `06:00:01.5`.
    static func at(_ time: String) -> Instant { Instant(iso8601: "2026-03-02T\(time)Z") ?? .distantPast }

    static let minute = Duration.seconds(60)
}

/// One sample: its time, and what it says of the signals.
struct Row {
    var instant: Instant
    var updates: [String: SignalUpdate]
    var isReset = false
    var position: Int64 = 0

    init(_ time: String, _ values: [String: Value], reset: Bool = false, position: Int64 = 0) {
        self.init(
            Plant.at(time), values.mapValues { $0 == .null ? .nothing : .value($0) }, reset: reset, position: position)
    }

    init(_ instant: Instant, _ updates: [String: SignalUpdate], reset: Bool = false, position: Int64 = 0) {
        (self.instant, self.updates, self.isReset, self.position) = (instant, updates, reset, position)
    }
}

extension SampleBatch {
    /// The rows as a batch of one equipment, positions from `from` on where a row says none.
    static func of(
        _ rows: [Row], slots: [String], counters: Set<String> = ["parts", "rejects"], source: String = "agent#1",
        isSequence: Bool = false, from: Int64 = 1
    ) -> SampleBatch {
        var batch = SampleBatch(source: source, slots: slots.count, continuesUnbroken: true)
        batch.numbering = isSequence ? .chain : .ours
        batch.equipment = ["P1"]
        for (index, row) in rows.enumerated() {
            batch.samples.append(
                Sample(
                    instant: row.instant, position: row.position > 0 ? row.position : from + Int64(index), equipment: 0,
                    row: Int32(index), setsCounter: row.updates.keys.contains { counters.contains($0) },
                    isReset: row.isReset))
            for slot in slots { batch.updates.append(row.updates[slot] ?? .unchanged) }
        }
        return batch
    }
}

/// A press with two counters, a program and a mode.
enum Press {
    static let slots = ["parts", "rejects", "program", "mode"]
    static let rate = MaxRate(pieces: ExactDecimal(40), unit: .seconds(60))
    static let evidence = CounterRule(modulus: ExactDecimal(65536), maxRate: rate, reset: .evidence, first: .baseline)
    static let bare = CounterRule(modulus: nil, maxRate: nil, reset: .evidence, first: .baseline)

    /// Programs name orders: `O4711` is order 4711, no program no order; a program `X…` is missing in the table.
    static func plan(
        _ rule: CounterRule = evidence, atChange: AtChange = .later, countWhen: SignalCondition? = nil,
        increments: Bool = false
    ) -> CountPlan {
        let source: QuantityPlan.Source = increments ? .increment : .counter(rule)
        return CountPlan(
            mapping: "press-counts", version: "v1", slots: slots,
            quantities: [
                QuantityPlan(quantity: .good, slot: 0, source: source),
                QuantityPlan(quantity: .scrap, slot: 1, source: source),
            ],
            order: { frame in
                guard let program = frame.values[2]?.text else { return .none }
                return program.hasPrefix("X")
                    ? .waiting("table 'jobs' has no row for \(program)") : .value(String(program.dropFirst()))
            }, operation: { _ in .value("0010") }, material: { _ in .none },
            attributionSlots: [false, false, true, true],
            holdsUntil: { _ in .distantFuture }, countWhen: countWhen, atChange: atChange, sameWhen: [])
    }

    static let inAutomatic: SignalCondition = { $0.values[3] == "AUTOMATIC" }

    static func facts(
        _ rows: [Row], plan: CountPlan = plan(), isSequence: Bool = false, settled: String = "23:59"
    ) throws -> [ProductionCount] {
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var facts = CountedFacts()
        let batch = SampleBatch.of(rows, slots: slots, isSequence: isSequence)
        for sample in batch.samples { engine.take(sample, in: batch, state: &state, into: &facts) }
        engine.settle(
            through: max(Plant.at(settled), rows.last?.instant ?? .distantPast) + .seconds(60), state: &state,
            into: &facts)
        return facts.all
    }

    /// Rows with the counter `parts` alone.
    static func parts(_ values: [(String, Value)]) -> [Row] { values.map { Row($0.0, ["parts": $0.1]) } }
}

extension [ProductionCount] {
    /// The good pieces of each fact with that standing, in order.
    func good(_ standing: Standing = .counted) -> [ExactDecimal] {
        filter { $0.standing == standing && !$0.amounts.good.isZero }.map(\.amounts.good)
    }
}
