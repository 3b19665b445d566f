import MillraceCore
import MillraceValues
import Testing

@testable import MillraceFacts

@Suite("Downtime engine")
struct DowntimeEngineTests {
    private static let slots = ["available", "stop", "execution", "function", "program", "code"]

    private static func holds(_ slot: Int, _ words: [String]) -> SignalCondition {
        { frame in frame.values[slot]?.text.map { words.contains($0) } ?? false }
    }

    /// The states and the reasons of `press-stops`.
    private static func plan(
        shape: StatePlan.Shape = .init(joinGap: .seconds(5), ignoreShorter: .seconds(2), microStop: .seconds(120)),
        splitAt: Set<StatePlan.Split> = [.shift]
    ) -> StatePlan {
        let reasons = ["M12": "NO-MATERIAL", "M13": "NO-OPERATOR"]
        return StatePlan(
            mapping: "press-stops", version: "v1", slots: slots,
            states: [
                .init(when: holds(1, ["TRIGGERED"]), class: .unplannedDown, reason: "ESTOP"),
                .init(when: holds(0, ["UNAVAILABLE"]), class: .unknown, reason: nil),
                .init(when: holds(2, ["ACTIVE"]), class: .producing, reason: nil),
                .init(when: holds(3, ["SETUP", "TEARDOWN"]), class: .setup, reason: nil),
                .init(when: holds(2, ["READY", "PROGRAM_COMPLETED"]), class: .idle, reason: nil),
                .init(when: holds(2, ["FEED_HOLD", "STOPPED"]), class: .unplannedDown, reason: nil),
                .init(when: nil, class: .unknown, reason: nil),
            ], reason: { .value(reasons[$0.values[5]?.text ?? ""] ?? "UNREPORTED") },
            order: { $0.values[4]?.text.map { .value($0) } ?? .none }, shape: shape, splitAt: splitAt)
    }

    private static func run(
        _ rows: [Row], plan: StatePlan = plan(), cuts: Set<Int> = [], settled: Instant = Plant.at("23:59")
    ) throws -> (facts: [Downtime], state: DowntimeState) {
        var engine = DowntimeEngine(plan: plan, calendar: try Plant.calendar())
        var state = DowntimeState(equipment: "P1", plan: plan)
        var facts: [Downtime] = []
        let batch = SampleBatch.of(rows, slots: slots)
        for (index, sample) in batch.samples.enumerated() {
            if cuts.contains(index) {
                engine.settle(through: sample.instant, state: &state, into: &facts)
                let written = JSONWriter.text(state.value(plan))
                state = try DowntimeState(try JSONReader.read(written), plan: plan)
                #expect(JSONWriter.text(state.value(plan)) == written)
            }
            #expect(engine.take(sample, in: batch, state: &state, into: &facts) == .taken)
        }
        engine.settle(through: settled, state: &state, into: &facts)
        return (facts, state)
    }

    private static func words(_ facts: [Downtime]) -> [String] {
        facts.map { fact in
            let clock = { (instant: Instant) in String(instant.iso8601.dropFirst(11).dropLast()) }
            let reason = fact.class == .producing ? "" : " \(fact.reason ?? "-")"
            return "\(clock(fact.start))-\(fact.end.map(clock) ?? "") \(fact.class.rawValue)\(reason)"
        }
    }

    private static let flapping = [
        Row("06:00:00", ["available": "AVAILABLE", "execution": "ACTIVE", "code": ""]),
        Row("06:10:00", ["execution": "FEED_HOLD", "code": "M12"]), Row("06:10:01", ["execution": "ACTIVE"]),
        Row("06:10:02", ["execution": "FEED_HOLD"]), Row("06:20:00", ["execution": "ACTIVE"]),
        Row("06:30:00", ["available": "UNAVAILABLE", "execution": .null]),
        Row("06:40:00", ["available": "AVAILABLE", "execution": "ACTIVE"]),
    ]

    @Test func `R12: flapping feed hold is one stop, and silence is not a stop`() throws {
        let found = try Self.run(Self.flapping)
        #expect(
            Self.words(found.facts) == [
                "06:00:00-06:10:00 producing", "06:10:00-06:20:00 unplanned-down NO-MATERIAL",
                "06:20:00-06:30:00 producing",
                "06:30:00-06:40:00 unknown NO-MATERIAL",
            ])
        #expect(found.state.earliestPending == Plant.at("06:40"))
    }

    @Test func `R12: a stop shorter than ignore-shorter takes the class before it, a longer one may be a micro-stop`()
        throws
    {
        let found = try Self.run([
            Row("06:00:00", ["execution": "ACTIVE"]), Row("06:05:00", ["execution": "FEED_HOLD"]),
            Row("06:05:01", ["execution": "ACTIVE"]), Row("06:10:00", ["execution": "STOPPED"]),
            Row("06:11:59", ["execution": "ACTIVE"]), Row("06:20:00", ["execution": "STOPPED"]),
            Row("06:22:00", ["execution": "ACTIVE"]),
        ])
        #expect(
            Self.words(found.facts) == [
                "06:00:00-06:10:00 producing", "06:10:00-06:11:59 micro-stop UNREPORTED", "06:11:59-06:20:00 producing",
                "06:20:00-06:22:00 unplanned-down UNREPORTED",
            ])
    }

    @Test func `R12: the reason that comes later within the stop is its reason, and the first real one stays`() throws {
        let found = try Self.run([
            Row("06:00:00", ["execution": "ACTIVE"]), Row("06:10:00", ["execution": "STOPPED"]),
            Row("06:12:00", ["code": "M13"]), Row("06:14:00", ["code": "M12"]),
            Row("06:20:00", ["execution": "ACTIVE"]),
        ])
        #expect(Self.words(found.facts).last == "06:10:00-06:20:00 unplanned-down NO-OPERATOR")
    }

    @Test func `a state with a reason of its own is another stop`() throws {
        let found = try Self.run([
            Row("06:00:00", ["execution": "STOPPED"]), Row("06:10:00", ["stop": "TRIGGERED"]),
            Row("06:20:00", ["stop": "ARMED", "execution": "ACTIVE"]),
        ])
        #expect(
            Self.words(found.facts) == [
                "06:00:00-06:10:00 unplanned-down UNREPORTED", "06:10:00-06:20:00 unplanned-down ESTOP",
            ])
    }

    @Test func `R12: intervals are split at shifts and at changes of order after they have their shape`() throws {
        let found = try Self.run(
            [
                Row("13:59:00", ["execution": "STOPPED", "program": "A"]), Row("14:00:30", ["program": "B"]),
                Row("14:01:30", ["execution": "ACTIVE"]), Row("14:10:00", ["execution": "STOPPED"]),
            ], plan: Self.plan(splitAt: [.shift, .order]))
        #expect(
            Self.words(found.facts) == [
                "13:59:00-14:00:00 unplanned-down UNREPORTED", "14:00:00-14:00:30 unplanned-down UNREPORTED",
                "14:00:30-14:01:30 unplanned-down UNREPORTED", "14:01:30-14:10:00 producing",
            ])
        #expect(found.facts.map(\.order) == ["A", "A", "B", "B"])
        #expect(found.facts.map(\.shift) == ["early", "late", "late", "late"])
    }

    @Test func `nothing is known before the first signal, and states of one instant are one`() throws {
        let found = try Self.run([
            Row("06:00:00", ["execution": .null]), Row("06:05:00", ["available": "AVAILABLE"]),
            Row("06:05:00", ["execution": "ACTIVE"]), Row("06:30:00", ["execution": "READY"]),
        ])
        #expect(Self.words(found.facts) == ["06:05:00-06:30:00 producing"])
    }

    @Test func `an interval that goes on is told with an open end only when asked and once its start is final`() throws
    {
        var (_, state) = try Self.run(
            [Row("06:00:00", ["execution": "ACTIVE"]), Row("06:10:00", ["execution": "STOPPED"])],
            settled: Plant.at("06:10"))
        var engine = DowntimeEngine(plan: Self.plan(), calendar: try Plant.calendar())
        var facts: [Downtime] = []
        engine.settle(through: Plant.at("06:10:01"), provisional: true, state: &state, into: &facts)
        #expect(facts.isEmpty && state.due == Plant.at("06:10:02"))
        engine.settle(through: Plant.at("06:11"), provisional: true, state: &state, into: &facts)
        #expect(Self.words(facts) == ["06:00:00-06:10:00 producing", "06:10:00- unplanned-down UNREPORTED"])
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `R19: intervals do not depend on the number of runs`(_ seed: UInt64) throws {
        var random = BatchingTests.Seeded(state: seed)
        var instant = Plant.at("06:00")
        let rows = (0..<600).map { _ in
            instant = instant + .milliseconds(Int64.random(in: 0...9_000, using: &random))
            let states = ["ACTIVE", "ACTIVE", "FEED_HOLD", "STOPPED", "READY"]
            var updates: [String: SignalUpdate] = [
                "execution": .value(.string(states.randomElement(using: &random) ?? ""))
            ]
            switch Int.random(in: 0..<12, using: &random) {
            case 0: updates = ["code": .value("M12")]
            case 1: updates = ["code": .value("M13")]
            case 2: updates["code"] = .value("")
            case 3: updates = ["execution": .nothing]
            case 4: updates["program"] = .value(.string("\(Int.random(in: 1...3, using: &random))"))
            default: break
            }
            return Row(instant, updates)
        }
        let plan = Self.plan(splitAt: [.shift, .order])
        let once = try Self.run(rows, plan: plan)
        let often = try Self.run(rows, plan: plan, cuts: Set(rows.indices))

        #expect(once.facts.count > 50)
        #expect(often.facts == once.facts)
        for (earlier, later) in zip(once.facts, once.facts.dropFirst()) { #expect(earlier.end == later.start) }
    }

    @Test func `R12: each equipment has its own threshold for micro-stops`() throws {
        let rows = [
            Row("06:00:00", ["execution": "ACTIVE"]), Row("06:10:00", ["execution": "STOPPED"]),
            Row("06:13:00", ["execution": "ACTIVE"]), Row("07:00:00", ["execution": "READY"]),
        ]
        let own = try Self.run(
            rows, plan: Self.plan(shape: .init(microStop: .seconds(120), microStops: ["P1": .seconds(300)])))
        let other = try Self.run(
            rows, plan: Self.plan(shape: .init(microStop: .seconds(120), microStops: ["P2": .seconds(300)])))
        #expect(own.facts.map(\.class) == [.producing, .microStop, .producing])
        #expect(other.facts.map(\.class) == [.producing, .unplannedDown, .producing])
    }

    @Test
    func `R5, R12: by the calendar standing is off-shift in no shift and planned in a break, and its parts sum to it`()
        throws
    {
        let pause = BreakSettings(from: try #require(TimeOfDay("12:00")), to: try #require(TimeOfDay("12:30")))
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [
                    ShiftSettings(
                        name: "day", from: try #require(TimeOfDay("06:00")), to: try #require(TimeOfDay("14:00")),
                        breaks: [pause])
                ], zone: .utc))
        var plan = Self.plan(shape: .init(), splitAt: [])
        plan.byCalendar = [.offShift, .breaks]
        var engine = DowntimeEngine(plan: plan, calendar: calendar)
        var state = DowntimeState(equipment: "P1", plan: plan)
        var facts: [Downtime] = []
        let batch = SampleBatch.of(
            [
                Row("05:00", ["execution": "ACTIVE"]), Row("11:00", ["execution": "STOPPED"]),
                Row("15:00", ["execution": "ACTIVE"]), Row("16:00", ["execution": "READY"]),
            ], slots: Self.slots)
        for sample in batch.samples { engine.take(sample, in: batch, state: &state, into: &facts) }
        engine.settle(through: Plant.at("17:00"), state: &state, into: &facts)
        #expect(
            Self.words(facts) == [
                "05:00:00-06:00:00 producing", "06:00:00-11:00:00 producing",
                "11:00:00-12:00:00 unplanned-down UNREPORTED", "12:00:00-12:30:00 planned-down UNREPORTED",
                "12:30:00-14:00:00 unplanned-down UNREPORTED", "14:00:00-15:00:00 off-shift UNREPORTED",
                "15:00:00-16:00:00 producing",
            ])
    }
}
