public import MillraceValues

/// Which order ran on an equipment, and from when on, as the rows of an order connector say it.
///
/// A row without an end holds until the next one begins; one with an end holds up to it, and steps back while a later one is in force.
/// Of rows that begin at one instant and say different things none holds: nobody can say which it was. What is in force depends on the
/// rows alone and not on the order in which they came.
public struct OrderTimeline: Hashable, Sendable {
    /// The names by which a look-up asks for what a row says, in the order of `Row.values`.
    public static let columns = ["order", "operation", "material"]

    /// What one row says.
    public struct Row: Hashable, Sendable {
        /// What it is known by: a later row of the same name corrects it.
        public var name: String
        /// The first instant at which it holds.
        public var start: Instant
        /// The first instant at which it holds no more; nil until the next row begins.
        public var end: Instant?
        /// Order, operation and material; nil where it says none.
        public var values: [String?]
        /// Whether a later row of its name took it back.
        public var isWithdrawn: Bool
        /// Where it stands.
        public var place: Place

        /// A row of these parts.
        public init(
            name: String, start: Instant, end: Instant?, values: [String?], isWithdrawn: Bool = false, place: Place
        ) {
            (self.name, self.start, self.end) = (name, start, end)
            (self.values, self.isWithdrawn, self.place) = (values, isWithdrawn, place)
        }

        /// Whether both say the same, wherever they stand.
        public func saysTheSame(as other: Row) -> Bool {
            start == other.start && end == other.end && values == other.values && isWithdrawn == other.isWithdrawn
        }

        /// Whether it ever holds.
        fileprivate var holds: Bool { !isWithdrawn && end.map { $0 > start } ?? true }
    }

    /// What is in force at an instant.
    public enum InForce: Hashable, Sendable {
        /// No row.
        case nothing
        /// This one.
        case row(Row)
        /// Rows that begin together and contradict each other.
        case several(Row, Row)
    }

    /// All rows, by start, then by name; also those that were taken back.
    public private(set) var rows: [Row] = []

    /// The timeline of these rows.
    public init(_ rows: [Row] = []) {
        self.rows = rows.sorted { ($0.start, $0.name) < ($1.start, $1.name) }
    }

    /// Takes a row: a new one, or a correction of the one of its name.
    ///
    /// - Shape: the newest row of a name holds: by its place within one source, by arrival across sources.
    public mutating func take(_ given: Row) {
        var row = given
        if let index = rows.firstIndex(where: { $0.name == row.name }) {
            let known = rows[index]
            if known.place.source == row.place.source, known.place.position > row.place.position { return }
            // The same once more, as overlapping exports have it, stays where it was said first.
            if known.saysTheSame(as: row) { row.place = known.place }
            rows.remove(at: index)
        }
        let place = rows.firstIndex { ($0.start, $0.name) > (row.start, row.name) } ?? rows.count
        rows.insert(row, at: place)
    }

    /// Forgets rows that no instant from `border` on asks for.
    public mutating func forget(before border: Instant) {
        guard let newest = rows.last(where: { $0.start <= border && $0.holds })?.start else { return }
        rows.removeAll { $0.start < newest && ($0.end ?? newest) <= border }
    }

    /// What is in force at the instant.
    public func inForce(at instant: Instant) -> InForce {
        var (found, next): (Row?, Instant?) = (nil, nil)
        var index = rows.partitioningIndex { $0.start > instant }
        while index > 0 {
            index -= 1
            let row = rows[index]
            if !row.holds { continue }
            if let found, found.start > row.start { break }
            // What has no end is over where a later row began.
            let isOver = row.end.map { $0 <= instant } ?? (next.map { $0 > row.start } ?? false)
            next = next ?? row.start
            if isOver { continue }
            guard let other = found else {
                found = row
                continue
            }
            if other.values != row.values { return .several(row, other) }
        }
        return found.map { .row($0) } ?? .nothing
    }

    /// The first instant after `instant` at which something else may be in force; far in the future where none is known.
    public func nextChange(after instant: Instant) -> Instant {
        var next = Instant.distantFuture
        for row in rows where row.holds {
            if row.start > instant { return min(next, row.start) }
            if let end = row.end, end > instant { next = min(next, end) }
        }
        return next
    }

    /// The first instant at which the two say different things; nil where they never do.
    public func firstDifference(from other: OrderTimeline) -> Instant? {
        let mine = rows.map(Self.plain)
        let others = other.rows.map(Self.plain)
        if mine == others { return nil }
        // What both begin with is the same at every instant before the rest.
        let shared = zip(mine, others).prefix { $0 == $1 }.count
        let from = min(
            rows.dropFirst(shared).first?.start ?? .distantFuture,
            other.rows.dropFirst(shared).first?.start ?? .distantFuture)
        let borders = Set((rows + other.rows).flatMap { [$0.start, $0.end ?? $0.start] }).filter { $0 >= from }
        return borders.sorted().first { said(at: $0) != other.said(at: $0) }
    }

    /// A row without its place and name, which change nothing that is in force.
    private static func plain(_ row: Row) -> Row {
        Row(
            name: "", start: row.start, end: row.end, values: row.values, isWithdrawn: row.isWithdrawn,
            place: Place(source: "", position: 0))
    }

    /// What is said at an instant: order, operation and material; two lists where rows contradict each other, none without a row.
    private func said(at instant: Instant) -> [[String?]] {
        switch inForce(at: instant) {
        case .nothing: []
        case .row(let row): [row.values]
        case .several(let one, let other): [one.values, other.values]
        }
    }
}

extension [OrderTimeline.Row] {
    /// The first index whose row and all rows behind it answer yes.
    fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// What a reading mapping to the orders of equipment compiles to: each row says from when on an order runs.
public struct TimelinePlan: Sendable {
    /// The mapping's name.
    public var mapping: MappingName
    /// The mapping's version.
    public var version: String
    /// The names of the columns, by slot.
    public var slots: [String]
    /// The slot that holds when a row begins to hold, in microseconds since 1970.
    public var startSlot: Int
    /// The slot that holds when it ends, in microseconds since 1970; nothing where it holds until the next.
    public var endSlot: Int
    /// Order, operation and material of a row, in the order of `OrderTimeline.columns`.
    public var values: [SignalAttribution]
    /// Slots that together name a row: a later row of the same values corrects it. Empty: equipment and start name it.
    public var sameWhen: [Int]
    /// Asked of each row: whether it takes its earlier one back.
    public var withdrawWhen: SignalCondition?

    /// A plan of these parts.
    public init(
        mapping: MappingName, version: String, slots: [String], startSlot: Int, endSlot: Int,
        values: [SignalAttribution], sameWhen: [Int], withdrawWhen: SignalCondition?
    ) {
        (self.mapping, self.version, self.slots) = (mapping, version, slots)
        (self.startSlot, self.endSlot, self.values) = (startSlot, endSlot, values)
        (self.sameWhen, self.withdrawWhen) = (sameWhen, withdrawWhen)
    }
}
