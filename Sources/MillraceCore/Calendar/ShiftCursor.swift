// Hot path: every reading and fact passes here. Guarded by `script/bench`.

public import MillraceValues

/// A place in a calendar that moves with instants in order: a span is computed once and asked for by two comparisons.
///
/// - Shape: any order of instants gives the right answers; an ascending one is fast.
public struct ShiftCursor: Sendable {
    /// The calendar it moves in.
    public let calendar: ShiftCalendar
    private var current: ShiftSpan?
    private var areas: [Int: ShiftSpan] = [:]

    /// At no place yet.
    public init(_ calendar: ShiftCalendar) { self.calendar = calendar }

    /// The shift, or the piece of time in no shift, in which that instant lies.
    public mutating func span(at instant: Instant) -> ShiftSpan {
        if let current, current.contains(instant) { return current }
        let found = calendar.span(at: instant)
        current = found
        return found
    }

    /// The same by the calendar of the equipment's area.
    public mutating func span(at instant: Instant, of equipment: String) -> ShiftSpan {
        guard calendar.hasAreas, let area = calendar.area(of: equipment) else { return span(at: instant) }
        if let current = areas[area], current.contains(instant) { return current }
        let found = calendar.of(equipment).span(at: instant)
        areas[area] = found
        return found
    }
}
