import MillraceCore
import MillraceFacts
import MillraceValues

/// Looks through facts for what somebody should look at: silence, a counter that stands, intervals over each other.
struct ReportWatch {
    private let plant: Plant
    private let scope: ReportScope
    private let silence: Int64
    private let through: Instant
    private var equipment: [String: Watched] = [:]
    private var overlaps: [ReportAlert] = []

    /// One equipment.
    private struct Watched {
        /// Whether it is known to count, so that no count at all is a silence.
        var isExpected = false
        /// Until when pieces were counted last.
        var counted: Instant?
        /// Stretches between two counts that are longer than the silence.
        var quiet: [(start: Instant, end: Instant)] = []
        /// Intervals by mapping, with what they are.
        var intervals: [(start: Instant, end: Instant, class: DowntimeClass)] = []
        /// The end of the newest interval of each mapping, and which one it is.
        var newest: [MappingName: Downtime] = [:]
    }

    init(plant: Plant, scope: ReportScope, now: Instant, silence: Duration) {
        self.plant = plant
        self.scope = scope
        self.silence = silence.wholeMicroseconds
        through = min(scope.end, now)
    }

    /// That the equipment counts.
    mutating func expect(_ name: String) { equipment[name, default: Watched()].isExpected = true }

    mutating func add(_ fact: ProductionCount, _ change: Amounts) {
        if change.isZero || fact.standing == .shadowed { return }
        var watched = equipment[fact.equipment] ?? Watched()
        if let last = watched.counted, (fact.start - last).wholeMicroseconds >= silence {
            watched.quiet.append((last, fact.start))
        }
        watched.counted = max(watched.counted ?? fact.end, fact.end)
        equipment[fact.equipment] = watched
    }

    mutating func add(_ fact: Downtime) {
        if fact.isWithdrawn || fact.standing == .rejected { return }
        if fact.standing != .counted {
            return overlaps.append(alert(.overlap, fact.equipment, fact.start, fact.end ?? through, fact.rule))
        }
        let end = fact.end ?? through
        var watched = equipment[fact.equipment] ?? Watched()
        if let end = fact.end, end < fact.start {
            overlaps.append(
                alert(
                    .overlap, fact.equipment, end, fact.start,
                    "the interval ends before it begins, by mapping '\(fact.mapping)'"))
        }
        if let before = watched.newest[fact.mapping], let ended = before.end, ended > fact.start {
            let common = min(ended, end)
            overlaps.append(
                alert(
                    .overlap, fact.equipment, fact.start, common,
                    "\(before.class.rawValue) from \(before.start.iso8601) and \(fact.class.rawValue) from \(fact.start.iso8601) lie over "
                        + "each other, by mapping '\(fact.mapping)'"))
        }
        if end > watched.newest[fact.mapping]?.end ?? .distantPast { watched.newest[fact.mapping] = fact }
        if end > scope.start { watched.intervals.append((fact.start, end, fact.class)) }
        equipment[fact.equipment] = watched
    }

    /// Silence before go-live is no news.
    private var begin: Instant { max(scope.start, plant.liveSince) }

    /// What was found, in no order.
    func alerts() -> [ReportAlert] {
        var alerts = overlaps.filter { $0.end ?? .distantFuture >= scope.start }
        for (name, watched) in equipment {
            guard let last = watched.counted ?? (watched.isExpected ? begin : nil) else { continue }
            var quiet = watched.quiet
            if (through - last).wholeMicroseconds >= silence { quiet.append((last, through)) }
            let intervals = watched.intervals.sorted { $0.start < $1.start }
            for stretch in quiet {
                for working in workingTime(max(stretch.start, begin), stretch.end, name) {
                    if let found = judge(working, name, intervals) { alerts.append(found) }
                }
            }
        }
        return alerts
    }

    /// What goes on at the end of the scope and is more than usual: twice as long as the longest silence before in a shift.
    ///
    /// A machine that is read once an hour, or whose parts take one, is no news.
    func ongoing() -> [ReportAlert] {
        equipment.compactMap { name, watched in
            guard let last = watched.counted ?? (watched.isExpected ? begin : nil) else { return nil }
            let usual = watched.quiet.flatMap { workingTime(max($0.start, begin), $0.end, name) }.map {
                ($0.end - $0.start).wholeMicroseconds
            }.max()
            guard let stretch = workingTime(max(last, begin), through, name).last, stretch.end == through,
                (stretch.end - stretch.start).wholeMicroseconds >= 2 * (usual ?? 0)
            else { return nil }
            return judge(stretch, name, watched.intervals.sorted { $0.start < $1.start })
        }
    }

    /// The stretch as one piece from its first to its last working time; nil parts (breaks, off time) in front and behind are cut off.
    private func workingTime(_ start: Instant, _ end: Instant, _ name: String) -> [(start: Instant, end: Instant)] {
        var pieces: [(start: Instant, end: Instant)] = []
        if start >= end { return [] }
        let calendar = plant.calendar.of(name)
        for span in calendar.spans(from: start, to: end) where !span.isOff {
            var from = max(start, span.start)
            for pause in calendar.breaks(in: span) where pause.end > from && pause.start < end {
                if pause.start > from { pieces.append((from, min(pause.start, end))) }
                from = pause.end
            }
            let until = min(end, span.end)
            if until > from { pieces.append((from, until)) }
        }
        // Over a break or a change of shift it is one silence.
        var result: [(start: Instant, end: Instant)] = []
        for piece in pieces {
            if let last = result.last, (piece.start - last.end).wholeMicroseconds <= 3_600_000_000 {
                result[result.count - 1].end = piece.end
            } else {
                result.append(piece)
            }
        }
        return result.filter { ($0.end - $0.start).wholeMicroseconds >= silence }
    }

    private func judge(
        _ stretch: (start: Instant, end: Instant), _ name: String,
        _ intervals: [(start: Instant, end: Instant, class: DowntimeClass)]
    ) -> ReportAlert? {
        var (producing, explained) = (Int64(0), Int64(0))
        for interval in intervals where interval.end > stretch.start && interval.start < stretch.end {
            let length = (min(interval.end, stretch.end) - max(interval.start, stretch.start)).wholeMicroseconds
            switch interval.class {
            case .producing: producing += length
            case .unknown: break
            case .idle, .setup, .plannedDown, .unplannedDown, .microStop, .offShift: explained += length
            }
        }
        let minutes = { (length: Int64) in "\(length / 60_000_000) min" }
        if producing >= silence {
            return alert(
                .stuck, name, stretch.start, stretch.end,
                "it produced for \(minutes(producing)) by its states and counted nothing; look at its counter")
        }
        let length = (stretch.end - stretch.start).wholeMicroseconds
        guard length - explained - producing >= silence else { return nil }
        return alert(
            .silence, name, stretch.start, stretch.end,
            "no counts for \(minutes(length)) although the shift runs; look at the machine and its connection")
    }

    private func alert(
        _ kind: ReportAlert.Kind, _ subject: String, _ start: Instant, _ end: Instant, _ sentence: String
    ) -> ReportAlert {
        ReportAlert(kind: kind, subject: subject, start: start, end: end, sentence: sentence)
    }
}
