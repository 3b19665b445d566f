public import MillraceCore
import MillraceFacts
import MillraceMapping
public import MillraceValues

/// What an equipment does by its newest reading: no fact, and in no sum, before it ends.
public struct OpenInterval: Hashable, Sendable {
    /// The equipment.
    public var equipment: String
    /// What it does.
    public var `class`: DowntimeClass
    /// Since when.
    public var start: Instant
    /// When a reading of its states was read last.
    public var readThrough: Instant

    /// From its start to the newest reading, in seconds.
    public var seconds: ExactDecimal { ReportRow.seconds((readThrough - start).wholeMicroseconds) }
}

extension OpenInterval {
    /// Those that reach into the scope, by equipment; none where a document mapping has them told as facts that go on.
    public static func all(
        of plant: Plant, in scope: ReportScope, store: any ReadingStore
    ) throws -> [OpenInterval] {
        if plant.tellsOpenIntervals { return [] }
        var found: [OpenInterval] = []
        for mapping in plant.readingMappings {
            guard case .states(let plan) = mapping.plan else { continue }
            var engine = StateStreams(plan: plan, calendar: plant.calendar, tellsOpen: true)
            for connector in mapping.connectors {
                for name in try store.equipment(of: connector, mapping: mapping.name)
                where scope.equipment.map({ $0 == name }) ?? true {
                    let id = StreamID(connector: connector, mapping: mapping.name, equipment: name)
                    guard let record = try store.stream(id) else { continue }
                    var state = try engine.state(record.state)
                    guard let newest = engine.newestInstant(state) else { continue }
                    var told: [FactWrite] = []
                    engine.settle(through: newest, state: &state, into: &told)
                    let facts = told.compactMap { if case .downtime(let fact) = $0.fact { fact } else { nil } }
                    guard let last = facts.last, last.end == nil else { continue }
                    // Its parts, where it is split, rest on the same reading.
                    let start = facts.filter { $0.first == last.first }.map(\.start).min() ?? last.start
                    if start >= scope.end || newest < scope.start { continue }
                    found.append(
                        OpenInterval(equipment: name, class: last.class, start: start, readThrough: newest))
                }
            }
        }
        return found.sorted { ($0.equipment, $0.start) < ($1.equipment, $1.start) }
    }
}
