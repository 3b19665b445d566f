import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceFacts

/// What other programs get wrong, each as a test that bears its name.
@Suite("Known failures of others")
struct KnownFailuresTests {
    @Test func `R8: a 16-bit counter that goes from 65,530 to 5 counts 11`() throws {
        #expect(try Press.facts(Press.parts([("06:00", 65530), ("06:01", 5)])).good() == [ExactDecimal(11)])
    }

    @Test func `R8: a weekend's silence loses nothing and invents nothing`() throws {
        let long = CounterRule(modulus: nil, maxRate: Press.rate, reset: .evidence, first: .baseline)
        let monday = Plant.at("06:00") + .seconds(60 * 3_600)
        let rows = [
            Row("06:00", ["parts": 5000]), Row(monday, ["parts": .value(5012)]),
            Row(monday + .seconds(60), ["parts": .value(5015)]),
        ]

        let facts = try Press.facts(rows, plan: Press.plan(long))

        #expect(facts.good() == [12, 3].map { ExactDecimal($0) })
        #expect(facts.map(\.marks) == [[.afterSilence], []])
        // With 16 bits the counter may have gone round in sixty hours: nobody can tell, so somebody is asked.
        let flagged = try Press.facts(rows)
        #expect(flagged.good(.unconfirmed) == [ExactDecimal(12)] && flagged.good() == [ExactDecimal(3)])
    }

    @Test func `R6: what a counter showed before a restart of the program is not lost`() throws {
        let plan = Press.plan()
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var facts = CountedFacts()
        let batch = SampleBatch.of(Press.parts([("06:00", 100), ("06:01", 130), ("06:02", 150)]), slots: Press.slots)
        for sample in batch.samples {
            engine.take(sample, in: batch, state: &state, into: &facts)
            // A new process knows what was written, and nothing else.
            engine = CountEngine(
                plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
            state = try CountState(try JSONReader.read(JSONWriter.text(state.value(plan))), plan: plan)
        }
        engine.settle(through: Plant.at("07:00"), state: &state, into: &facts)
        #expect(facts.all.good() == [30, 20].map { ExactDecimal($0) })
    }

    @Test func `R6: the first point is no spike, whatever the counter shows`() throws {
        #expect(try Press.facts(Press.parts([("06:00", 48211), ("06:01", 48213)])).good() == [ExactDecimal(2)])
    }

    @Test func `R8: after a reset the new value counts, not the whole total once more`() throws {
        var rows = Press.parts([("06:00", 48211), ("06:01", 4), ("06:02", 9)])
        rows[1].isReset = true
        let facts = try Press.facts(rows)
        #expect(facts.good() == [4, 5].map { ExactDecimal($0) })
        // Where nothing tells of the reset, it is flagged, and the old total is not booked.
        let silent = try Press.facts(Press.parts([("06:00", 48211), ("06:01", 4), ("06:02", 9)]))
        #expect(silent.good() == [ExactDecimal(5)] && silent.good(.unconfirmed) == [ExactDecimal(4)])
    }

    @Test func `R8: a part count above 32,767 in a signed field goes on counting`() throws {
        let rule = CounterRule(
            modulus: RegisterWidth.int16.modulus, maxRate: Press.rate, reset: .evidence, first: .baseline,
            isSigned: RegisterWidth.int16.isSigned)
        let facts = try Press.facts(
            Press.parts([("06:00", 32760), ("06:01", -32766), ("06:02", -32760), ("06:03", -1), ("06:04", 3)]),
            plan: Press.plan(rule))
        #expect(facts.good() == [10, 6, 4].map { ExactDecimal($0) })
        #expect(facts.good(.unconfirmed) == [ExactDecimal(32759)])
    }

    @Test func `R12: a stop does not keep the shift in which it began`() throws {
        let plan = StatePlan(
            mapping: "stops", version: "v1", slots: ["state"],
            states: [
                .init(when: { $0.values[0] == "RUN" }, class: .producing, reason: nil),
                .init(when: nil, class: .unplannedDown, reason: nil),
            ], reason: { _ in .none }, order: { _ in .none }, shape: .init(), splitAt: [.shift])
        let facts = try Self.intervals(
            [Row("13:00", ["state": "RUN"]), Row("13:50", ["state": "STOP"]), Row("14:20", ["state": "RUN"])], plan)
        let stops = facts.filter { $0.class == .unplannedDown }
        #expect(stops.map(\.shift) == ["early", "late"])
        #expect(stops.map { $0.end?.iso8601 ?? "" } == ["2026-03-02T14:00:00Z", "2026-03-02T14:20:00Z"])
    }

    private static func intervals(
        _ rows: [Row], _ plan: StatePlan, cuts: Set<Int> = [], until end: Instant = Plant.at("23:59")
    ) throws -> [Downtime] {
        var engine = DowntimeEngine(plan: plan, calendar: try Plant.calendar())
        var state = DowntimeState(equipment: "P1", plan: plan)
        var facts: [Downtime] = []
        let batch = SampleBatch.of(rows, slots: plan.slots)
        for (index, sample) in batch.samples.enumerated() {
            if cuts.contains(index) {
                engine.settle(through: sample.instant, state: &state, into: &facts)
                state = try DowntimeState(try JSONReader.read(JSONWriter.text(state.value(plan))), plan: plan)
            }
            engine.take(sample, in: batch, state: &state, into: &facts)
        }
        engine.settle(through: end, state: &state, into: &facts)
        return facts
    }

    /// Availability is negative where stops lie over each other: here they cannot, for the parts of time are exactly all of it.
    @Test func `R12, R19: intervals never lie over each other, leave nothing out, and do not show how often we ran`()
        throws
    {
        for seed in UInt64(1)...400 {
            var chance = SeededGenerator(seed: seed)
            let words = ["RUN", "STOP", "WAIT", "SETUP", "?"]
            var instant = Plant.at("05:00")
            var rows: [Row] = []
            for _ in 0..<60 {
                instant = instant + .milliseconds(Int64.random(in: 1...400_000, using: &chance))
                let word: Value = .string(words.randomElement(using: &chance) ?? "RUN")
                rows.append(Row(instant, ["state": .value(word)]))
            }
            let classes: [String: DowntimeClass] = [
                "RUN": .producing, "STOP": .unplannedDown, "WAIT": .idle, "SETUP": .setup,
            ]
            let plan = StatePlan(
                mapping: "stops", version: "v1", slots: ["state"],
                states: classes.sorted { $0.key < $1.key }.map { word, kind in
                    .init(when: { $0.values[0]?.text == word }, class: kind, reason: nil)
                } + [.init(when: nil, class: .unknown, reason: nil)],
                reason: { _ in .none }, order: { _ in .none },
                shape: .init(joinGap: .seconds(5), ignoreShorter: .seconds(2), microStop: .seconds(120)),
                splitAt: Bool.random(using: &chance) ? [.shift] : [.day, .order])

            let once = try Self.intervals(rows, plan, until: instant + .seconds(3_600))
            let often = try Self.intervals(rows, plan, cuts: Set(rows.indices), until: instant + .seconds(3_600))

            #expect(once == often, "seed \(seed)")
            #expect(once.first?.start == rows.first?.instant, "seed \(seed)")
            for (earlier, later) in zip(once, once.dropFirst()) {
                #expect(earlier.end == later.start && earlier.start < later.start, "seed \(seed)")
            }
        }
    }
}
