public import MillraceCore
public import MillraceValues

/// Turns rows that say which order runs from when on into the timeline of an equipment.
public struct TimelineEngine: Sendable {
    private let plan: TimelinePlan
    /// Rows are kept as long as readings may be worked on again.
    private static var keeps: Duration { .seconds(100 * 86_400) }

    /// An engine for that plan.
    public init(plan: TimelinePlan) { self.plan = plan }

    /// The row that the sample says; nil where it says no start.
    public func row(_ sample: Sample, in batch: SampleBatch, equipment: String) -> OrderTimeline.Row? {
        guard let start = instant(plan.startSlot, sample, batch) else { return nil }
        let count = plan.slots.count
        let base = Int(sample.row) * count
        let values = (0..<count).map { slot in
            if case .value(let value) = batch.updates[base + slot], value != .null { value } else { Value?.none }
        }
        let frame = SignalFrame(values: values, instant: start, equipment: equipment)
        let name =
            plan.sameWhen.isEmpty
            ? start.iso8601 : plan.sameWhen.map { values[$0]?.plainText ?? "" }.joined(separator: "\u{1F}")
        return OrderTimeline.Row(
            name: name, start: start, end: instant(plan.endSlot, sample, batch),
            values: plan.values.map { if case .value(let text) = $0(frame) { text } else { nil } },
            isWithdrawn: plan.withdrawWhen?(frame) ?? false,
            place: Place(source: batch.source, position: sample.position))
    }

    private func instant(_ slot: Int, _ sample: Sample, _ batch: SampleBatch) -> Instant? {
        guard case .value(let value) = batch.updates[Int(sample.row) * plan.slots.count + slot] else { return nil }
        return value.decimal?.integer.map { Instant(microseconds: $0) }
    }

    /// Forgets what no instant of the last hundred days before the newest row asks for.
    public func prune(_ timeline: inout OrderTimeline) {
        guard let newest = timeline.rows.last?.start, newest > .distantPast + Self.keeps else { return }
        timeline.forget(before: newest - Self.keeps)
    }
}

extension OrderTimeline {
    private static let version: Int64 = 1

    /// The timeline as it is kept: a head, then a row a line, so that a reader can begin at the newest.
    public var bytes: [UInt8] {
        let longest = rows.compactMap { row in row.end.map { ($0 - row.start).wholeMicroseconds } }.max() ?? 0
        var result = JSONWriter.bytes([StateCoding.write(Self.version), StateCoding.write(longest)] as Value)
        for row in rows {
            result.append(0x0A)
            result += JSONWriter.bytes(
                [
                    .string(row.name), StateCoding.write(row.start), row.end.map { StateCoding.write($0) } ?? .null,
                    .array(row.values.map { StateCoding.write($0) }), .bool(row.isWithdrawn),
                    .string(row.place.description),
                ] as Value)
        }
        return result
    }

    /// The timeline that `bytes` wrote, as far as any instant from `since` on asks for it.
    ///
    /// - Throws: `StateError` where a part is missing or foreign.
    public init(bytes: [UInt8], since: Instant = .distantPast) throws(StateError) {
        let lines = bytes.split(separator: 0x0A)
        guard let first = lines.first else { throw .malformed(part: "timeline") }
        var head = try StateReader(Self.value(first), "timeline")
        guard try head.integer() == Self.version else { throw .unknownVersion }
        let longest = try head.integer()
        var rows: [Row] = []
        // The newest row that began by then: what began before it and has no end is over.
        var standing: Instant?
        for line in lines.dropFirst().reversed() {
            let row = try Self.row(line)
            if let standing, row.start < standing {
                let (reach, overflow) = row.start.microseconds.addingReportingOverflow(longest)
                if !overflow, reach <= since.microseconds { break }
            }
            if standing == nil, row.start <= since, !row.isWithdrawn, row.end != row.start { standing = row.start }
            rows.append(row)
        }
        self.init(rows)
    }

    private static func value(_ line: ArraySlice<UInt8>) throws(StateError) -> Value {
        do { return try JSONReader.read(Array(line).span) } catch { throw .malformed(part: "timeline") }
    }

    private static func row(_ line: ArraySlice<UInt8>) throws(StateError) -> Row {
        var item = try StateReader(value(line), "timeline")
        let (name, start) = (try item.text(), try item.instant())
        let end = try item.optional()?.decimal?.integer
        var list = try item.list()
        var values: [String?] = []
        while !list.isAtEnd { values.append(try list.optionalText()) }
        let isWithdrawn = try item.flag()
        guard let place = Place(try item.text()) else { throw .malformed(part: "timeline") }
        return Row(
            name: name, start: start, end: end.map { Instant(microseconds: $0) }, values: values,
            isWithdrawn: isWithdrawn, place: place)
    }
}
