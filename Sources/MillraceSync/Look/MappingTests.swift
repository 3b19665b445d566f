public import MillraceCore
import MillraceFacts
public import MillraceMapping
import MillraceValues

/// Runs the tests that mapping files carry.
///
/// A reading mapping's facts are compared with the list under `expect`, row by row in the order of their appearance; of a row only the
/// fields that the test names are compared. Counts are added over slices per equipment, order, operation, material, standing and rule
/// (and by `start`, `end`, `shift` or `production-day` where a row names it). A row that names no standing means a booked count.
/// Intervals in which the equipment was producing need not be named; where one is, all are compared.
public struct MappingTests: Sendable {
    let calendar: ShiftCalendar
    let limits: Plant.Limits

    /// Tests under that calendar and those lengths.
    public init(calendar: ShiftCalendar, limits: Plant.Limits) {
        self.calendar = calendar
        self.limits = limits
    }

    /// The outcome of every test of the mapping, in their order.
    public func run(_ mapping: MappingFile) -> [(test: MappingTest, result: MappingTestResult)] {
        switch mapping {
        case .document(let mapping): mapping.tests.map { ($0, mapping.run($0)) }
        case .reading(let mapping): mapping.tests.map { ($0, run($0, of: mapping)) }
        }
    }

    /// The outcome of one test of a reading mapping.
    public func run(_ test: MappingTest, of given: ReadingMapping) -> MappingTestResult {
        guard let expected = test.expect.array else {
            return MappingTestResult(name: test.name, differences: ["'expect' of a reading mapping is a list of facts"])
        }
        let mapping: ReadingMapping
        do throws(TestTables) { mapping = try given.holding(test) } catch {
            return MappingTestResult(name: test.name, differences: error.sentences)
        }
        var rejected: [SetAside] = []
        let batch = mapping.samples(of: test, rejected: &rejected)
        var named: Set<String> = []
        for row in expected { named.formUnion(row.object?.keys ?? []) }
        var derivation = Derivation(calendar: calendar, limits: limits)
        derivation.tellsOpen = expected.contains { $0["end"] == .null }
        var found =
            if case .timeline(let plan) = mapping.plan { Self.orders(plan, batch) } else {
                Self.rows(derivation.facts(mapping, [batch]), named)
            }
        if mapping.kind == .downtime,
            !expected.contains(where: { $0["class"]?.text == DowntimeClass.producing.rawValue })
        {
            found.removeAll { $0["class"]?.text == DowntimeClass.producing.rawValue }
        }
        var differences = Self.differences(expected, found)
        if !differences.isEmpty {
            differences += rejected.map { "row \($0.place.position + 1) was set aside: \($0.sentence)" }
        }
        return MappingTestResult(name: test.name, differences: differences)
    }

    // MARK: Found

    /// What a timeline says once all rows are in, by equipment and start.
    private static func orders(_ plan: TimelinePlan, _ batch: SampleBatch) -> [ValueObject] {
        let engine = TimelineEngine(plan: plan)
        var timelines: [String: OrderTimeline] = [:]
        for sample in batch.samples {
            let equipment = batch.equipment[Int(sample.equipment)]
            guard let row = engine.row(sample, in: batch, equipment: equipment) else { continue }
            timelines[equipment, default: OrderTimeline()].take(row)
        }
        return timelines.sorted { $0.key < $1.key }.flatMap { equipment, timeline in
            timeline.rows.filter { !$0.isWithdrawn }.map { row in
                var object = ValueObject(["equipment": .string(equipment), "start": .string(row.start.iso8601)])
                object["end"] = row.end.map { .string($0.iso8601) }
                for (name, value) in zip(OrderTimeline.columns, row.values) { object[name] = value.map { .string($0) } }
                return object
            }
        }
    }

    /// The facts as rows, counts added up over slices.
    private static func rows(_ facts: [Fact], _ named: Set<String>) -> [ValueObject] {
        var rows: [ValueObject] = []
        var places: [ValueObject: Int] = [:]
        for fact in facts {
            guard case .count(let count) = fact else {
                rows.append(fact.value)
                continue
            }
            var key = fact.value
            for name in ["start", "end", "shift", "production-day"] where !named.contains(name) { key[name] = nil }
            key["marks"] = nil
            for quantity in CountedQuantity.allCases { key[quantity.rawValue] = nil }
            if let place = places[key] {
                rows[place].add(count)
            } else {
                places[key] = rows.count
                var row = key
                row.add(count)
                rows.append(row)
            }
        }
        return rows
    }

    // MARK: Comparing

    private static let standings = ["dropped", "unattributed", "unconfirmed", "shadowed"]

    private static func differences(_ expected: [Value], _ found: [ValueObject]) -> [String] {
        var lines: [String] = []
        for index in 0..<max(expected.count, found.count) {
            let wanted: Value? = expected.dropFirst(index).first
            let row = found.dropFirst(index).first
            if let wanted, let row, agree(wanted, row) { continue }
            lines.append("fact \(index + 1)")
            lines.append("  expected: \(wanted.map { text($0) } ?? "no further fact")")
            lines.append("  found:    \(row.map { text(.object(shown($0, wanted))) } ?? "no further fact")")
        }
        return lines
    }

    /// Whether the found row has all that is expected of it, and no standing besides.
    private static func agree(_ wanted: Value, _ row: ValueObject) -> Bool {
        guard let members = wanted.object else { return false }
        if standings.contains(where: { members[$0] == nil && row[$0] != nil }) { return false }
        return members.allSatisfy { name, value in equal(value, row[name], name) }
    }

    private static func equal(_ wanted: Value, _ found: Value?, _ name: String) -> Bool {
        if name == "start" || name == "end", let text = wanted.text, let instant = Instant(iso8601: text) {
            return found?.text.flatMap { Instant(iso8601: $0) } == instant
        }
        if CountedQuantity(rawValue: name) != nil, wanted.plainText.flatMap({ ExactDecimal($0) })?.isZero == true {
            return found?.decimal?.isZero ?? true
        }
        if wanted.text == "none", found == nil { return true }
        return Expectation.differences(expected: wanted, found: found).isEmpty
    }

    /// Of a found row what the expected one names, and what says that it is no booked count; all of it where nothing was expected.
    private static func shown(_ row: ValueObject, _ wanted: Value?) -> ValueObject {
        guard let members = wanted?.object else { return row }
        var shown = ValueObject()
        for (name, value) in row
        where members[name] != nil || standings.contains(name) || CountedQuantity(rawValue: name) != nil {
            shown.append(name, value)
        }
        return shown
    }

    /// A row as it would stand in the file.
    private static func text(_ value: Value) -> String {
        guard let members = value.object else { return JSONWriter.text(value) }
        let parts = members.map { name, value in "\(name): \(value.plainText ?? JSONWriter.text(value))" }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

extension ValueObject {
    fileprivate mutating func add(_ count: ProductionCount) {
        for quantity in CountedQuantity.allCases where !count.amounts[quantity].isZero {
            let before = self[quantity.rawValue]?.decimal ?? .zero
            let sum = try? before.adding(count.amounts[quantity])  // try?: too long: the last is shown, and differs
            self[quantity.rawValue] = .number(sum ?? count.amounts[quantity])
        }
    }
}
