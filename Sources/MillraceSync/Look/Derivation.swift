import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Derives facts from samples in memory, by the same engines as a run and writing nothing: for tests and previews of mappings.
struct Derivation {
    let calendar: ShiftCalendar
    let limits: Plant.Limits
    /// Whether an interval that goes on is told, with the end nil.
    var tellsOpen = false
    /// What the timelines of orders say of each equipment, for those that the mapping names.
    var orders: [String: [OrderTimeline]] = [:]

    /// The facts of these batches under the mapping, as they would stand in the books once all is settled.
    ///
    /// - Shape: by start, then in the order of their telling; no count of zero and no withdrawn interval.
    func facts(_ mapping: ReadingMapping, _ batches: [SampleBatch]) -> [Fact] {
        switch mapping.plan {
        case .counts(let plan):
            derive(CountStreams(plan: plan, calendar: calendar, limits: limits), unrepeated(batches, plan))
        case .intervals(let plan):
            derive(IntervalStreams(plan: plan, calendar: calendar, limits: limits), batches)
        case .states(let plan):
            derive(StateStreams(plan: plan, calendar: calendar, tellsOpen: tellsOpen), batches)
        case .timeline: []
        }
    }

    /// Without the rows whose `same-when` values came before (RULES R3).
    private func unrepeated(_ batches: [SampleBatch], _ plan: CountPlan) -> [SampleBatch] {
        if plan.sameWhen.isEmpty { return batches }
        var known: Set<[String]> = []
        return batches.map { batch in
            var kept = batch
            kept.samples = batch.samples.filter { sample in
                let base = Int(sample.row) * batch.slots
                return known.insert(
                    plan.sameWhen.map { slot in
                        if case .value(let value) = batch.updates[base + slot] { value.plainText ?? "" } else { "" }
                    }
                ).inserted
            }
            return kept
        }
    }

    private func derive<Engine: StreamEngine>(_ given: Engine, _ batches: [SampleBatch]) -> [Fact] {
        var engine = given
        var samples: [(sample: Sample, batch: Int)] = []
        for (number, batch) in batches.enumerated() { samples += batch.samples.map { ($0, number) } }
        samples.sort { Sample.precedes($0.sample, $1.sample) }
        var states: [String: Engine.State] = [:]
        var order: [String] = []
        var told: [FactWrite] = []
        var unbroken = Set(batches.indices.filter { batches[$0].continuesUnbroken || batches[$0].numbering != .chain })
        for (sample, batch) in samples {
            if unbroken.insert(batch).inserted {
                for equipment in order {
                    guard var state = states.removeValue(forKey: equipment) else { continue }
                    engine.breakContinuity(&state)
                    states[equipment] = state
                }
            }
            let equipment = batches[batch].equipment[Int(sample.equipment)]
            if states[equipment] == nil { order.append(equipment) }
            var state = states.removeValue(forKey: equipment) ?? newState(engine, equipment)
            _ = engine.take(sample, in: batches[batch], isLate: false, state: &state, into: &told)
            states[equipment] = state
        }
        // Far enough for every slice, gap and threshold, and far from the end of time.
        let end = (samples.last?.sample.instant ?? .distantPast) + .seconds(400 * 86_400)
        for equipment in order {
            guard var state = states[equipment] else { continue }
            engine.settle(through: end, state: &state, into: &told)
            engine.flush(state: &state, into: &told)
        }
        return merged(told)
    }

    private func newState<Engine: StreamEngine>(_ engine: Engine, _ equipment: String) -> Engine.State {
        var state = engine.newState(equipment: equipment)
        if let timelines = orders[equipment] { engine.bind(timelines, to: &state) }
        return state
    }

    private func merged(_ told: [FactWrite]) -> [Fact] {
        var counts: [ProductionCount.Identity: ProductionCount] = [:]
        var countOrder: [ProductionCount.Identity] = []
        var intervals: [Downtime] = []
        for write in told {
            switch write {
            case .fresh(let fact), .set(let fact):
                if counts.updateValue(fact, forKey: fact.identity) == nil { countOrder.append(fact.identity) }
            case .add(let fact):
                guard let known = counts[fact.identity] else {
                    counts[fact.identity] = fact
                    countOrder.append(fact.identity)
                    continue
                }
                let sum = try? known.adding(fact)  // try?: of too many digits; the store would refuse it
                counts[fact.identity] = sum ?? known
            case .interval(let fact):
                if let index = intervals.firstIndex(where: { $0.identity == fact.identity }) {
                    intervals[index] = fact
                } else {
                    intervals.append(fact)
                }
            }
        }
        let facts =
            countOrder.compactMap { counts[$0] }.filter { !$0.amounts.isZero }.map(Fact.count)
            + intervals.filter { !$0.isWithdrawn }.map(Fact.downtime)
        return facts.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(
            \.element)
    }
}
