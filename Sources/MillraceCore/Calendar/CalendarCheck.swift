import MillraceValues

/// Finds what makes a calendar unusable.
struct CalendarCheck {
    private let settings: CalendarSettings

    /// For these settings.
    init(_ settings: CalendarSettings) { self.settings = settings }

    /// Looks at every shift, then at the week, then at every exception with the days around it.
    func run() throws(CalendarError) {
        if settings.dayStart.seconds == 86_400 { throw .endlessDayStart }
        for shift in settings.shifts {
            try check(shift)
            if shift.days.isEmpty { throw .noDays(shift: shift.name) }
        }
        try checkWeek()
        var dates: [CivilDate: [ShiftSettings]] = [:]
        for exception in settings.exceptions {
            if exception.closed != (exception.shifts == nil) { throw .unclearException(exception.date) }
            let shifts = exception.shifts ?? []
            for shift in shifts { try check(shift) }
            if dates.updateValue(shifts, forKey: exception.date) != nil { throw .repeatedException(exception.date) }
        }
        for exception in settings.exceptions { try checkDay(exception.date, exceptions: dates) }
    }

    private func check(_ shift: ShiftSettings) throws(CalendarError) {
        if shift.name.isEmpty || shift.name == ShiftSpan.off { throw .reservedName(shift.name) }
        if shift.from.seconds == 86_400 { throw .endlessStart(shift: shift.name) }
        var end = shift.from.seconds
        let pauses = shift.breaks.map { (pause: $0, seconds: $0.seconds(in: shift)) }
        for (pause, seconds) in pauses.sorted(by: { $0.seconds.from < $1.seconds.from }) {
            if seconds.from < end || seconds.to > shift.endSeconds {
                throw .strayBreak(shift: shift.name, from: pause.from, to: pause.to)
            }
            end = seconds.to
        }
    }

    /// A shift of the plan on one day, in wall seconds from the first day looked at.
    private struct Piece {
        let name: String
        let day: String
        let start: Int
        let end: Int
    }

    private func checkWeek() throws(CalendarError) {
        var pieces: [Piece] = []
        // The week's first day once more at the end: the shifts of Sunday may run into it.
        for (index, day) in (Weekday.allCases + [.monday]).enumerated() {
            pieces += Self.pieces(settings.shifts.filter { $0.days.contains(day) }, day.rawValue, index)
        }
        try Self.checkOrder(pieces)
    }

    private func checkDay(_ date: CivilDate, exceptions: [CivilDate: [ShiftSettings]]) throws(CalendarError) {
        var pieces: [Piece] = []
        for index in -1...1 {
            let day = date.adding(days: index)
            let shifts = exceptions[day] ?? settings.shifts.filter { $0.days.contains(day.weekday) }
            pieces += Self.pieces(shifts, day.description, index)
        }
        try Self.checkOrder(pieces)
    }

    private static func pieces(_ shifts: [ShiftSettings], _ day: String, _ index: Int) -> [Piece] {
        shifts.map {
            Piece(
                name: $0.name, day: day, start: index * 86_400 + $0.from.seconds, end: index * 86_400 + $0.endSeconds)
        }
    }

    /// No piece may begin before the one before it has ended.
    private static func checkOrder(_ pieces: [Piece]) throws(CalendarError) {
        let sorted = pieces.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        for (earlier, later) in zip(sorted, sorted.dropFirst()) where later.start < earlier.end {
            throw .overlap(first: earlier.name, second: later.name, day: later.day)
        }
    }
}
