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
        if settings.shifts.allSatisfy({ $0.rotation == nil }) { try checkWeek() } else { try checkRotations() }
        var dates: [CivilDate: [ShiftSettings]] = [:]
        for exception in settings.exceptions {
            let hasShifts = exception.shifts != nil || !exception.overtime.isEmpty
            if exception.closed == hasShifts { throw .unclearException(exception.date) }
            for shift in (exception.shifts ?? []) + exception.overtime { try check(shift) }
            let shifts = exception.shifts(besides: planned(exception.date))
            if dates.updateValue(shifts, forKey: exception.date) != nil { throw .repeatedException(exception.date) }
        }
        for exception in settings.exceptions { try checkDay(exception.date, exceptions: dates) }
        try checkAreas()
    }

    private func checkAreas() throws(CalendarError) {
        var names = Set<String>()
        var places: [String: String] = [:]
        for area in settings.areas {
            if !names.insert(area.name).inserted { throw .repeatedArea(area.name) }
            for equipment in area.equipment.sorted() {
                if let first = places.updateValue(area.name, forKey: equipment) {
                    throw .twoAreas(equipment: equipment, first: first, second: area.name)
                }
            }
            do throws(CalendarError) { try CalendarCheck(settings.settings(of: area)).run() } catch {
                throw .inArea(area.name, error)
            }
        }
    }

    private func planned(_ date: CivilDate) -> [ShiftSettings] { settings.shifts.filter { $0.begins(on: date) } }

    /// Every day until week and rotations are where they began; ten years of them where that takes longer.
    private func checkRotations() throws(CalendarError) {
        guard let first = settings.shifts.compactMap(\.rotation?.begins).max() else { return }
        var length = 7
        for rotation in settings.shifts.compactMap(\.rotation) where length <= 3_660 {
            length *= rotation.days.count / Self.divisor(length, rotation.days.count)
        }
        for offset in 0..<min(length, 3_660) {
            let (day, next) = (first.adding(days: offset), first.adding(days: offset + 1))
            try Self.checkOrder(
                Self.pieces(planned(day), day.description, 0) + Self.pieces(planned(next), next.description, 1))
        }
    }

    private static func divisor(_ left: Int, _ right: Int) -> Int { right == 0 ? left : divisor(right, left % right) }

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
            let shifts = exceptions[day] ?? planned(day)
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
