import MillraceCore
import MillraceValues
import Testing

@testable import MillraceFacts

@Suite("Count engine")
struct CountEngineTests {
    @Test func `R8: a 16-bit counter rolls over into its order`() throws {
        let facts = try Press.facts([
            Row("06:00:00", ["program": "O4711", "mode": "AUTOMATIC", "parts": 65530]), Row("06:01:00", ["parts": 5]),
        ])
        let fact = try #require(facts.first)
        #expect(facts.count == 1)
        #expect(fact.amounts == Amounts(good: ExactDecimal(11)))
        #expect(fact.order == "4711" && fact.operation == "0010" && fact.shift == "early")
        #expect(fact.start == Plant.at("06:01:00") && fact.end == Plant.at("06:02:00"))
        #expect(fact.marks == [.rollover])
        #expect(
            fact.first == Place(source: "agent#1", position: 1) && fact.last == Place(source: "agent#1", position: 2))
    }

    @Test func `R11: parts made by hand are dropped, and said so`() throws {
        let facts = try Press.facts(
            [
                Row("06:00:00", ["program": "O4711", "mode": "AUTOMATIC", "parts": 10]),
                Row("06:01:00", ["mode": "MANUAL", "parts": 12]), Row("06:02:00", ["mode": "AUTOMATIC", "parts": 15]),
            ], plan: Press.plan(countWhen: Press.inAutomatic))
        #expect(facts.map(\.standing) == [.dropped, .counted])
        #expect(facts.map(\.rule) == ["count-when", ""])
        #expect(facts.map(\.amounts.good) == [ExactDecimal(2), ExactDecimal(3)])
    }

    @Test func `R8: a replayed buffer counts in the order of time`() throws {
        // NIST Hurco04: what the adapter sent again after it reconnected stands behind newer numbers.
        let arrival: [(String, Value)] = [
            ("08:00", 1111), ("09:00", 1138), ("10:00", 1159), ("10:05", .null), ("08:10", 1112), ("08:20", 1113),
            ("08:30", 1114), ("09:10", 1139), ("10:10", 1160),
        ]
        let batch = SampleBatch.of(Press.parts(arrival), slots: Press.slots)
        let inTime = batch.samples.sorted(by: Sample.precedes).map { arrival[Int($0.row)] }

        let facts = try Press.facts(Press.parts(inTime))
        var plan = Press.plan()
        plan.quantities = [plan.quantities[0]]
        let late = Press.parts(arrival)
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var told = CountedFacts()
        let unsorted = SampleBatch.of(late, slots: Press.slots)
        let takings = unsorted.samples.map { engine.take($0, in: unsorted, state: &state, into: &told) }

        #expect(facts.good() == [1, 1, 1, 24, 1, 20, 1].map { ExactDecimal($0) })
        #expect(facts.good(.unconfirmed).isEmpty)
        #expect(takings == [.taken, .taken, .taken, .taken, .late, .late, .late, .late, .taken])
    }

    @Test func `R8: a zero after an outage is transient and only the difference counts`() throws {
        let facts = try Press.facts(
            Press.parts([
                ("06:00", 3760), ("06:01", .null), ("06:05", 0), ("06:06", 3763), ("06:07", .null), ("06:08", 3766),
                ("06:09", 3767),
            ]), isSequence: true)
        #expect(facts.sorted { $0.start < $1.start }.good() == [3, 3, 1].map { ExactDecimal($0) })
        #expect(facts.good(.unconfirmed).isEmpty)
        #expect(facts.first { $0.start == Plant.at("06:06") }?.marks == [.transientZero])
    }

    @Test func `R8: where the zero is the first value of all, the rise behind it is flagged with a sentence`() throws {
        let facts = try Press.facts(
            Press.parts([
                ("06:00", .null), ("06:05", 0), ("06:06", 3763), ("06:07", .null), ("06:08", 3766), ("06:09", 3767),
            ]))
        #expect(facts.good() == [3, 1].map { ExactDecimal($0) })
        #expect(facts.good(.unconfirmed) == [ExactDecimal(3763)])
        #expect(
            facts.first { $0.standing == .unconfirmed }?.rule
                == "good 0 at 2026-03-02T06:05:00Z → 3763 at 2026-03-02T06:06:00Z: no rule explains the rise, it is faster than max-rate"
        )
    }

    @Test func `R7: pieces without an order wait, each with the signals for a later look-up`() throws {
        let facts = try Press.facts([
            Row("06:00:00", ["program": "X1", "parts": 1]), Row("06:00:10", ["parts": 3]),
            Row("06:00:20", ["parts": 4]),
        ])
        let fact = try #require(facts.first)
        #expect(facts.count == 1 && fact.standing == .unattributed)
        #expect(fact.rule == "table 'jobs' has no row for X1")
        #expect(fact.pieces.map(\.amounts.good) == [ExactDecimal(2), ExactDecimal(1)])
        #expect(fact.pieces.allSatisfy { $0.signals == ValueObject(["program": "X1"]) })
    }

    @Test(arguments: [
        (AtChange.later, ["4712": 10]), (.earlier, ["4711": 10]), (.byTime, ["4711": 3, "4712": 7]),
    ])
    func `R8: a delta over a change of order follows at-change and its parts sum to it`(
        _ rule: AtChange, _ expected: [String: Int64]
    ) throws {
        let facts = try Press.facts(
            [
                Row("06:00:00", ["program": "O4711", "parts": 100]), Row("06:00:20", ["program": "O4712"]),
                Row("06:01:00", ["parts": 110]),
            ], plan: Press.plan(atChange: rule))
        let found = Dictionary(facts.map { ($0.order ?? "", $0.amounts.good) }) { first, _ in first }
        #expect(found == expected.mapValues { ExactDecimal($0) })
    }

    @Test(arguments: [
        (AtChange.later, ["06:01:00"]), (.earlier, ["06:00:00"]),
        (.byTime, ["06:00:00 06:00:20", "06:00:20 06:01:00"]),
    ])
    func `R7, R8: what waits of a delta asks later for the time that at-change gives it`(
        _ rule: AtChange, _ expected: [String]
    ) throws {
        let facts = try Press.facts(
            [
                Row("06:00:00", ["program": "X1", "parts": 100]), Row("06:00:20", ["program": "X2"]),
                Row("06:01:00", ["parts": 110]),
            ], plan: Press.plan(atChange: rule))
        func time(_ instant: Instant) -> String { String(instant.iso8601.dropFirst(11).prefix(8)) }
        let asked = facts.flatMap(\.pieces).map { piece in
            (piece.since.map { [time($0)] } ?? []) + [time(piece.instant)]
        }
        #expect(asked.map { $0.joined(separator: " ") }.sorted() == expected)
    }

    @Test func `R8: a step that no rule explains is the earlier order's, where at-change says so`() throws {
        let facts = try Press.facts(
            [
                Row("06:00:00", ["program": "O4711", "parts": 100]), Row("06:00:20", ["program": "O4712"]),
                Row("06:01:00", ["parts": 5000]), Row("06:02:00", ["parts": 5001]),
            ], plan: Press.plan(atChange: .earlier))
        #expect(facts.filter { $0.standing == .unconfirmed }.map(\.order) == ["4711"])
    }

    @Test func `R8: a number off that comes again under another order is taken back where it was told`() throws {
        let facts = try Press.facts([
            Row("06:00:00", ["program": "O4711", "parts": 100]), Row("06:01:00", ["parts": 5000]),
            Row("06:02:00", ["program": "O4712", "parts": 5000]), Row("06:03:00", ["parts": 101]),
            Row("06:04:00", ["parts": 102]),
        ])
        let newest = Dictionary(facts.map { ($0.identity, $0) }) { _, newer in newer }.values
        #expect(newest.filter { $0.standing == .unconfirmed && !$0.amounts.isZero }.isEmpty)
        #expect(Array(newest).good().sorted() == [ExactDecimal(1), ExactDecimal(1)])
    }

    @Test func `R8: a delta over more than the silence is marked at its closing reading`() throws {
        let facts = try Press.facts(Press.parts([("06:00", 1), ("06:15", 2), ("06:30:01", 3)]))
        #expect(facts.map(\.marks) == [[], [.afterSilence]])
    }

    @Test func `R1: at one instant states apply before counters`() throws {
        let rows = [
            Row("06:00", ["program": "O1", "parts": 1]), Row("06:01", ["parts": 2], position: 2),
            Row("06:01", ["program": "O2"], position: 3),
        ]
        let batch = SampleBatch.of(rows, slots: Press.slots)
        let sorted = batch.samples.sorted(by: Sample.precedes).map { rows[Int($0.row)] }
        #expect(try Press.facts(sorted).map(\.order) == ["2"])
    }

    @Test func `R12: a shift's border cuts a slice, and a slice sums its deltas`() throws {
        let calendar = try Plant.calendar()
        let plan = Press.plan()
        var engine = CountEngine(plan: plan, calendar: calendar, slice: .seconds(3600), silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var facts = CountedFacts()
        let batch = SampleBatch.of(
            Press.parts([("12:59", 1), ("13:10", 2), ("13:20", 4), ("14:00", 5), ("14:10", 7)]), slots: Press.slots)
        for sample in batch.samples { engine.take(sample, in: batch, state: &state, into: &facts) }
        #expect(facts.fresh.map(\.amounts.good) == [ExactDecimal(3)])
        #expect(state.due == Plant.at("15:00"))
        engine.settle(through: Plant.at("15:00"), state: &state, into: &facts)
        #expect(facts.fresh.map(\.shift) == ["early", "late"])
        #expect(facts.fresh.map(\.amounts.good) == [3, 3].map { ExactDecimal($0) })
        #expect(state.due == nil && state.isClean)
    }

    @Test func `R4: increments add up in any order of arrival`() throws {
        let plan = Press.plan(increments: true)
        let rows = (0..<50).map { (index: Int) -> Row in
            let place = (index * 37) % 50
            let updates: [String: SignalUpdate] = ["program": .value("O1"), "parts": .value(2)]
            return Row(Plant.at("06:00") + .seconds(place * 5), updates, position: Int64(place + 1))
        }
        func sums(_ rows: [Row], batches: Int) throws -> [Instant: ProductionCount] {
            var engine = CountEngine(
                plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
            #expect(engine.isAdditive)
            var stored: [Instant: ProductionCount] = [:]
            for start in stride(from: 0, to: rows.count, by: batches) {
                var state = CountState(equipment: "P1", plan: plan)
                var facts = CountedFacts()
                let batch = SampleBatch.of(Array(rows[start..<min(rows.count, start + batches)]), slots: Press.slots)
                for sample in batch.samples { engine.take(sample, in: batch, state: &state, into: &facts) }
                engine.flush(state: &state, into: &facts)
                for fact in facts.fresh { stored[fact.start] = try stored[fact.start]?.adding(fact) ?? fact }
            }
            return stored
        }
        let once = try sums(rows, batches: 50)
        #expect(once.values.map(\.amounts.good).sorted() == [4, 24, 24, 24, 24].map { ExactDecimal($0) })
        #expect(try sums(rows.sorted { $0.instant < $1.instant }, batches: 7) == once)
        #expect(try sums(rows, batches: 1) == once)
    }

    @Test func `R4, R12: a reading in a slice that was told already is late, though it is the newest`() throws {
        let plan = Press.plan()
        var engine = CountEngine(
            plan: plan, calendar: try Plant.calendar(), slice: Plant.minute, silence: .seconds(900))
        var state = CountState(equipment: "P1", plan: plan)
        var facts = CountedFacts()
        let batch = SampleBatch.of(
            Press.parts([("06:00", 1), ("06:00:10", 3), ("06:00:50", 5), ("06:01:00", 6)]), slots: Press.slots)
        for sample in batch.samples.prefix(2) { engine.take(sample, in: batch, state: &state, into: &facts) }
        engine.settle(through: Plant.at("07:00"), state: &state, into: &facts)
        state = try CountState(try JSONReader.read(JSONWriter.text(state.value(plan))), plan: plan)

        let takings = batch.samples.suffix(2).map { engine.take($0, in: batch, state: &state, into: &facts) }

        #expect(takings == [.late, .taken])
        #expect(facts.fresh.map(\.amounts.good) == [ExactDecimal(2)])
    }
}
