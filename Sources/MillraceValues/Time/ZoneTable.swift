// Hot path: every local time of a file passes here. Guarded by `script/bench`.

/// When a zone's offset changed and will change.
///
/// The rule behind the last change of the file is written out to the end of 2100, so that a look-up in our time is one
/// binary search; beyond, the rule is asked.
final class ZoneTable: Sendable {
    /// Seconds since 1970 at which the offset changes, rising.
    private let changes: [Int64]
    /// Offsets in seconds; the first holds before the first change, so there is one more than changes.
    private let offsets: [Int32]
    private let rule: ZoneRule?

    /// Seconds by which a clock can at most be off UTC (RFC 9636 has -25 to 26 hours).
    static let widestOffset: Int64 = 26 * 3_600
    /// The last year that is written out.
    private static let lastWrittenYear = 2_100

    /// The same offset always.
    init(fixed offset: Int) {
        (changes, offsets, rule) = ([], [Int32(offset)], nil)
    }

    /// The changes of a file and the rule behind them.
    ///
    /// - Shape: `changes` rise; `offsets` has one more.
    init(changes: [Int64], offsets: [Int32], rule: ZoneRule?) {
        var (times, values) = (changes, offsets)
        if let rule {
            let first = times.last.map { CivilTime(wallMicroseconds: $0 * 1_000_000).date.year } ?? 1_900
            for change in rule.changes(years: first...max(first, Self.lastWrittenYear)) {
                if let last = times.last, change.time <= last { continue }
                if let last = values.last, last == change.offset { continue }
                times.append(change.time)
                values.append(change.offset)
            }
        }
        (self.changes, self.offsets, self.rule) = (times, values, rule?.saving == nil ? nil : rule)
    }

    /// Seconds ahead of UTC at that second since 1970.
    func offset(at second: Int64) -> Int {
        let index = position(of: second)
        if index == changes.count, rule != nil { return period(at: second).offset }
        return Int(offsets[index])
    }

    /// The stretch of unchanged offset at that second since 1970.
    func period(at second: Int64) -> ZonePeriod {
        let index = position(of: second)
        if index == changes.count, let rule { return ruled(rule, at: second) }
        let start = index == 0 ? Instant(microseconds: .min) : Instant(seconds: changes[index - 1])
        let end = index == changes.count ? Instant(microseconds: .max) : Instant(seconds: changes[index])
        return ZonePeriod(start: start, end: end, offset: Int(offsets[index]))
    }

    /// Whether both say the same of every instant.
    func means(_ other: ZoneTable) -> Bool {
        changes == other.changes && offsets == other.offsets && rule == other.rule
    }

    /// How many changes there are up to and at that second.
    private func position(of second: Int64) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) >> 1
            if changes[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Behind the last change that is written out.
    private func ruled(_ rule: ZoneRule, at second: Int64) -> ZonePeriod {
        let year = Int(second / 31_556_952) + 1_970
        var start = changes.last
        var offset = Int(offsets[changes.count])
        // Two years either way: a rule's time may lie a week outside its year.
        for change in rule.changes(years: (year - 2)...(year + 2)) {
            if let start, change.time <= start { continue }
            if change.offset == offset { continue }
            if change.time > second {
                return ZonePeriod(
                    start: start.map(Instant.init(seconds:)) ?? Instant(microseconds: .min),
                    end: Instant(seconds: change.time), offset: offset)
            }
            (start, offset) = (change.time, Int(change.offset))
        }
        return ZonePeriod(
            start: start.map(Instant.init(seconds:)) ?? Instant(microseconds: .min), end: Instant(microseconds: .max),
            offset: offset)
    }
}
