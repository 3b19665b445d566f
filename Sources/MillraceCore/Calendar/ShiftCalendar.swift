public import MillraceValues

/// A shift, or a piece of time in no shift, on one production day.
public struct ShiftSpan: Hashable, Sendable {
    /// The shift's name; `off` for time in no shift.
    public let name: String
    /// The first instant.
    public let start: Instant
    /// The first instant after it.
    public let end: Instant
    /// The local date on which the shift, or the day cut before this piece, began (RULES R5).
    public let productionDay: CivilDate

    /// The name of time in no shift.
    public static let off = "off"

    /// That span.
    public init(name: String, start: Instant, end: Instant, productionDay: CivilDate) {
        self.name = name
        self.start = start
        self.end = end
        self.productionDay = productionDay
    }

    /// Whether this is time in no shift.
    public var isOff: Bool { name == Self.off }

    /// Whether that instant lies in it.
    public func contains(_ instant: Instant) -> Bool { instant >= start && instant < end }
}

/// The plant's working time: which shift and which production day an instant belongs to (RULES R5).
///
/// Every instant lies in exactly one span. Borders are wall times in the site's zone: one that does not exist is the next
/// instant that does, one that exists twice is the first; so a day has 23, 24 or 25 hours. Spans never overlap, since
/// overlapping shifts are refused and a later wall time never has an earlier border.
public struct ShiftCalendar: Sendable {
    /// What the calendar was made of.
    public let settings: CalendarSettings
    private let shiftsOfWeek: [Weekday: [ShiftSettings]]
    private let exceptions: [CivilDate: CalendarException]
    private let areas: [ShiftCalendar]
    private let areaOf: [String: Int]

    /// The calendar of these settings.
    ///
    /// - Throws: the first `CalendarError` in the order of the settings.
    public init(_ settings: CalendarSettings) throws(CalendarError) {
        try CalendarCheck(settings).run()
        self.settings = settings
        var week: [Weekday: [ShiftSettings]] = [:]
        for day in Weekday.allCases {
            week[day] = settings.shifts.filter { $0.days.contains(day) }.sorted { $0.from < $1.from }
        }
        shiftsOfWeek = week
        exceptions = Dictionary(settings.exceptions.map { ($0.date, $0) }) { first, _ in first }
        var (calendars, places): ([ShiftCalendar], [String: Int]) = ([], [:])
        for area in settings.areas {
            for equipment in area.equipment { places[equipment] = calendars.count }
            calendars.append(try ShiftCalendar(settings.settings(of: area)))
        }
        (areas, areaOf) = (calendars, places)
    }

    /// Whether any part of the plant has shifts of its own.
    public var hasAreas: Bool { !areas.isEmpty }

    /// The number of the equipment's area in the order of the settings; nil where it works by the plant's shifts.
    public func area(of equipment: String) -> Int? { areaOf[equipment] }

    /// The calendar that the equipment works by.
    public func of(_ equipment: String) -> ShiftCalendar { areaOf[equipment].map { areas[$0] } ?? self }

    /// The calendar of the area of that name; nil where there is none.
    public func area(named name: String) -> ShiftCalendar? {
        settings.areas.firstIndex { $0.name == name }.map { areas[$0] }
    }

    /// The shift, or the piece of time in no shift, in which that instant lies.
    ///
    /// - Shape: the span contains the instant. For instants in order use a `ShiftCursor`, which computes each span once.
    public func span(at instant: Instant) -> ShiftSpan {
        let date = settings.zone.local(instant).date
        let day = day(at: instant)
        var (start, end) = (day.start, day.end)
        // A shift lasts at most a day, and a clock change moves it by less than another.
        for offset in -2...2 {
            for shift in begun(on: date.adding(days: offset)) {
                if shift.contains(instant) { return shift }
                if shift.end <= instant { start = max(start, shift.end) }
                if shift.start > instant { end = min(end, shift.start) }
            }
        }
        return ShiftSpan(name: ShiftSpan.off, start: start, end: end, productionDay: day.date)
    }

    /// The production day in which that instant lies, cut at day-start whatever the shifts are.
    ///
    /// - Shape: `start` ≤ instant < `end`; `date` is the local date of the cut.
    public func day(at instant: Instant) -> (start: Instant, end: Instant, date: CivilDate) {
        let today = settings.zone.local(instant).date
        var found = (start: Instant(microseconds: .min), date: today)
        for offset in -2...2 {
            let date = today.adding(days: offset)
            let cut = self.cut(on: date)
            if cut > instant { return (found.start, cut, found.date) }
            found = (cut, date)
        }
        return (found.start, Instant(microseconds: .max), found.date)
    }

    /// The production day of that date: from its day cut to the next.
    public func day(of date: CivilDate) -> (start: Instant, end: Instant) {
        (cut(on: date), cut(on: date.adding(days: 1)))
    }

    /// All spans that touch the time from `start` up to `end`, in order.
    public func spans(from start: Instant, to end: Instant) -> [ShiftSpan] {
        var result: [ShiftSpan] = []
        var next = start
        while next < end {
            let span = span(at: next)
            result.append(span)
            next = span.end
            if next.microseconds == .max { break }
        }
        return result
    }

    /// The breaks of a span of this calendar, in order; none in time in no shift.
    public func breaks(in span: ShiftSpan) -> [(start: Instant, end: Instant)] {
        let date = span.productionDay
        guard
            let shift = shifts(on: date).first(where: {
                $0.name == span.name && border(date, $0.from.seconds) == span.start
            })
        else { return [] }
        return shift.breaks.map { pause in
            let seconds = pause.seconds(in: shift)
            return (border(date, seconds.from), border(date, seconds.to))
        }
        .filter { $0.start < $0.end }.sorted { $0.start < $1.start }
    }

    /// The shifts that begin on that date, without those that a clock change leaves no time.
    private func begun(on date: CivilDate) -> [ShiftSpan] {
        shifts(on: date).compactMap { shift in
            let (start, end) = (border(date, shift.from.seconds), border(date, shift.endSeconds))
            return start < end ? ShiftSpan(name: shift.name, start: start, end: end, productionDay: date) : nil
        }
    }

    private func shifts(on date: CivilDate) -> [ShiftSettings] {
        var planned = shiftsOfWeek[date.weekday] ?? []
        if planned.contains(where: { $0.rotation != nil }) { planned.removeAll { !$0.begins(on: date) } }
        guard let exception = exceptions[date] else { return planned }
        return exception.shifts(besides: planned).sorted { $0.from < $1.from }
    }

    private func cut(on date: CivilDate) -> Instant { border(date, settings.dayStart.seconds) }

    /// The instant of that many wall seconds after the date's 00:00.
    private func border(_ date: CivilDate, _ seconds: Int) -> Instant {
        settings.zone.border(CivilTime(date: date, microsecondsOfDay: Int64(seconds) * 1_000_000))
    }
}

extension ShiftSettings {
    /// Wall seconds of the end after 00:00 of the day on which it begins: more than a day's where it crosses midnight.
    var endSeconds: Int { to > from ? to.seconds : to.seconds + 86_400 }
}

extension BreakSettings {
    /// Wall seconds of the borders after 00:00 of the day on which the shift begins.
    func seconds(in shift: ShiftSettings) -> (from: Int, to: Int) {
        let start = from < shift.from ? from.seconds + 86_400 : from.seconds
        return (start, to.seconds > start ? to.seconds : to.seconds + 86_400)
    }
}
