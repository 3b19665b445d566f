import MillraceCore
import MillraceValues
import MillraceYAML

/// A timeline of orders as a look-up asks it: by the equipment, at the reading's time.
struct TimelineUse: Sendable {
    /// Why it gives nothing.
    struct Nothing: Error {
        let sentence: String
    }

    /// The name of the mapping that makes it.
    let name: String
    /// Its place among those of the mapping.
    let index: Int
    /// What a test gives in its place, by equipment; nil where there is none.
    var given: [String: OrderTimeline]?
    /// Is told of every row that is found; nil in runs.
    var watch: MappingWatch?

    func timeline(in frame: SignalFrame) -> OrderTimeline {
        if let given { return given[frame.equipment] ?? OrderTimeline() }
        return frame.timelines.indices.contains(index) ? frame.timelines[index] : OrderTimeline()
    }

    /// Order, operation and material in force; nil where nothing is.
    func values(in frame: SignalFrame) -> [String?]? {
        guard case .row(let row) = timeline(in: frame).inForce(at: frame.instant) else { return nil }
        watch?.note(.row(table: name, key: [frame.equipment], validFrom: row.start))
        return row.values
    }

    /// What the row in force says, or a sentence that says why it says nothing.
    func found(_ column: String, _ place: Int, _ frame: SignalFrame) -> Result<String, Nothing> {
        switch timeline(in: frame).inForce(at: frame.instant) {
        case .nothing:
            return .failure(Nothing(sentence: "timeline '\(name)' says no order of '\(frame.equipment)' yet"))
        case .several(let one, let other):
            return .failure(
                Nothing(
                    sentence:
                        "timeline '\(name)' says two orders of '\(frame.equipment)' from \(one.start.iso8601) on "
                        + "(\(one.place) and \(other.place))"))
        case .row(let row):
            watch?.note(.row(table: name, key: [frame.equipment], validFrom: row.start))
            if let text = row.values[place], !text.isEmpty { return .success(text) }
            return .failure(
                Nothing(
                    sentence:
                        "timeline '\(name)' says no '\(column)' of '\(frame.equipment)' from \(row.start.iso8601) on"))
        }
    }

    /// The rows that a test gives, by equipment: with the columns equipment, start and, where they are, end, order, operation, material.
    static func given(
        _ rows: [[String: String]], zone: Zone, at mark: SourceMark, _ faults: DiagnosticList
    ) -> [String: OrderTimeline] {
        var result: [String: [OrderTimeline.Row]] = [:]
        for (number, row) in rows.enumerated() {
            guard let equipment = row["equipment"],
                let start = row["start"].flatMap({ SiteTime.instant($0, zone: zone) })
            else {
                faults.error(
                    .test, at: mark,
                    "a row in the place of a timeline says 'equipment' and 'start', and 'order' from then on")
                continue
            }
            result[equipment, default: []].append(
                OrderTimeline.Row(
                    name: "\(number)", start: start, end: row["end"].flatMap { SiteTime.instant($0, zone: zone) },
                    values: OrderTimeline.columns.map { row[$0] }, place: Place(source: "test", position: Int64(number))
                ))
        }
        return result.mapValues { OrderTimeline($0) }
    }
}
