import Glibc
import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Measures readings to facts in memory, on one core: `script/bench --only facts` runs it.
///
/// A plant of so many machines says its counters every six seconds, its order and mode now and then; nothing is read from a file and nothing
/// is written, so that only mapping and engines are measured.
@main
enum FactsBench {
    private static let mapping = """
        mapping: counts
        from: {connector: line}
        to: {fact: production-count}
        fields:
          equipment: device
          time: {from: ts, type: time, zone: UTC}
          order: {from: order, type: string}
          operation: op
          good: {counter: good, modulus: 65536, max-rate: 40/min}
          scrap: {counter: scrap, modulus: 65536, max-rate: 40/min}
        count-when: mode = "AUTOMATIC"
        """

    private static let states = """
        mapping: stops
        from: {connector: line}
        to: {fact: downtime}
        fields: {equipment: device, time: {from: ts, type: time, zone: UTC}, order: order, reason: code}
        states:
          - {when: 'state in ["STOPPED", "FAULT"]', class: unplanned-down}
          - {when: state = "RUN", class: producing}
          - {otherwise: true, class: unknown}
        shape: {ignore-shorter: 2 s, join-gap: 5 s, micro-stop: 2 min}
        split-at: [shift]
        """

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let (machines, readings) = (arguments.first ?? 250, arguments.dropFirst().first ?? 1_000_000)
        var plant = MadeReadings(machines: machines)
        let context = MappingContext(site: "B", zone: .utc)
        guard
            case .reading(let counts)? = MappingFile.parse(
                text: mapping, file: "counts.yaml", context: context, tables: { _ in .unreadable("none") }
            ).mapping,
            case .reading(let stops)? = MappingFile.parse(
                text: states, file: "stops.yaml", context: context, tables: { _ in .unreadable("none") }
            ).mapping,
            case .counts(let countPlan) = counts.plan, case .states(let statePlan) = stops.plan
        else { return print("the mappings of the bench do not compile") }
        let calendar = try ShiftCalendar(
            CalendarSettings(
                shifts: [("early", 6, 14), ("late", 14, 22), ("night", 22, 6)].compactMap { name, from, to in
                    guard let from = TimeOfDay(hour: from, minute: 0), let to = TimeOfDay(hour: to, minute: 0) else {
                        return nil
                    }
                    return ShiftSettings(name: name, from: from, to: to)
                }, zone: .utc))
        var counting = CountEngine(
            plan: countPlan, calendar: calendar, slice: .seconds(60), silence: .seconds(900))
        var standing = DowntimeEngine(plan: statePlan, calendar: calendar)
        var countStates: [CountState] = []
        var stateStates: [DowntimeState] = []
        var (countPlaces, statePlaces) = ([String: Int](), [String: Int]())
        var (facts, mapped, counted, told) = (0, 0.0, 0.0, 0.0)
        var (first, second) = (ReadingMappingState(), ReadingMappingState())
        var (countTable, stopTable) = (EquipmentTable(), EquipmentTable())
        var rejected: [SetAside] = []
        var done = 0
        while done < readings {
            let page = plant.page(min(5_000, readings - done))
            done += page.count
            var clock = CPUClock()
            // As a run asks for them.
            let samples = counts.samples(
                from: page, changesSince: .distantPast, equipment: &countTable, state: &first, rejected: &rejected)
            let more = stops.samples(
                from: page, changesSince: .distantPast, equipment: &stopTable, state: &second, rejected: &rejected)
            mapped += clock.lap()
            var told1 = CountedFacts()
            let counters = samples.equipment.map { name in
                place(of: name, in: &countPlaces, &countStates) { CountState(equipment: name, plan: countPlan) }
            }
            for sample in samples.samples {
                counting.take(
                    sample, in: samples, state: &countStates[counters[Int(sample.equipment)]], into: &told1)
            }
            counted += clock.lap()
            var told2: [Downtime] = []
            let machines = more.equipment.map { name in
                place(of: name, in: &statePlaces, &stateStates) { DowntimeState(equipment: name, plan: statePlan) }
            }
            for sample in more.samples {
                standing.take(sample, in: more, state: &stateStates[machines[Int(sample.equipment)]], into: &told2)
            }
            told += clock.lap()
            facts += told1.fresh.count + told1.revised.count + told2.count
        }
        report(machines, readings, facts, rejected.count, mapped: mapped, counted: counted, told: told)
    }

    /// Where the state of the equipment is, once a page, as the program finds its streams.
    private static func place<State>(
        of name: String, in places: inout [String: Int], _ states: inout [State], _ new: () -> State
    ) -> Int {
        if let known = places[name] { return known }
        places[name] = states.count
        states.append(new())
        return states.count - 1
    }

    private static func report(
        _ machines: Int, _ readings: Int, _ facts: Int, _ rejected: Int, mapped: Double, counted: Double, told: Double
    ) {
        let rate = { (seconds: Double) in "\(Int(Double(readings) / seconds))" }
        print("\(readings) readings of \(machines) machines, \(facts) facts, \(rejected) set aside")
        print(
            "count engine: \(rate(counted)) readings a CPU second; state engine: \(rate(told)); mapping (both): \(rate(mapped))"
        )
        print(
            "readings to facts, both engines, without mapping: \(rate(counted + told)); with it: \(rate(counted + told + mapped))"
        )
        print("peak memory: \(peakKiB()) KiB")
    }

    private static func peakKiB() -> Int {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}

/// The processor's time of this process, lap by lap.
private struct CPUClock {
    private var last = clock()

    mutating func lap() -> Double {
        let now = clock()
        defer { last = now }
        return Double(now - last) / Double(CLOCKS_PER_SEC)
    }
}

/// A plant that tells its counters, a page at a time.
private struct MadeReadings {
    private var parts: [Int]
    private var next = 0
    private var position: Int64 = 0
    private let begin = Instant(seconds: 1_772_431_200)

    init(machines: Int) { parts = Array(repeating: 60_000, count: machines) }

    mutating func page(_ count: Int) -> ReadingBatch {
        var batch = ReadingBatch(
            source: "night.csv", names: ["device", "ts", "order", "op", "good", "scrap", "mode", "state", "code"])
        batch.bytes.reserveCapacity(count * 80)
        for _ in 0..<count {
            let (machine, round) = (next % parts.count, next / parts.count)
            next += 1
            if round % 3 != 0 { parts[machine] = (parts[machine] + 1) % 65_536 }
            let instant = begin + .seconds(round * 6)
            let isFirst = round % 600 == 0
            let isStopped = (round / 50) % 20 == 7
            add("M\(machine)", &batch)
            add(instant.iso8601, &batch)
            add(isFirst ? "47\(machine)\(round / 600)" : nil, &batch)
            add(isFirst ? "0010" : nil, &batch)
            add("\(parts[machine])", &batch)
            add("\(round / 40)", &batch)
            add(isFirst ? "AUTOMATIC" : nil, &batch)
            add(isStopped ? "STOPPED" : "RUN", &batch)
            add(isStopped ? "M12" : nil, &batch)
            position += 80
            batch.positions.append(position)
        }
        return batch
    }

    private func add(_ text: String?, _ batch: inout ReadingBatch) {
        guard let text else { return batch.spans.append(.absent) }
        let start = UInt32(truncatingIfNeeded: batch.bytes.count)
        batch.bytes += Array(text.utf8)
        batch.spans.append(FieldSpan(start: start, length: UInt32(truncatingIfNeeded: text.utf8.count)))
    }
}
