public import MillraceValues

/// What a site says about its working time.
public struct CalendarSettings: Equatable, Sendable {
    /// The shifts of an ordinary week.
    public var shifts: [ShiftSettings]
    /// Dates on which the plant works otherwise.
    public var exceptions: [CalendarException]
    /// The wall time that cuts time in no shift, and begins a production day there.
    public var dayStart: TimeOfDay
    /// Whose wall clock all of this is said by.
    public var zone: Zone

    /// These shifts; without any, all time is off, cut at `dayStart`.
    public init(
        shifts: [ShiftSettings] = [], exceptions: [CalendarException] = [], dayStart: TimeOfDay = .midnight, zone: Zone
    ) {
        self.shifts = shifts
        self.exceptions = exceptions
        self.dayStart = dayStart
        self.zone = zone
    }
}

/// One shift of the week; the same name may stand again for other days and times.
public struct ShiftSettings: Equatable, Sendable {
    /// As facts and keys name it; not `off`.
    public var name: String
    /// The days on which it begins; of no meaning in an exception.
    public var days: Set<Weekday>
    /// When it begins, before 24:00.
    public var from: TimeOfDay
    /// When it ends: on the next day where that is not later than `from`.
    public var to: TimeOfDay
    /// The pauses in it.
    public var breaks: [BreakSettings]

    /// That shift.
    public init(
        name: String, days: Set<Weekday> = Set(Weekday.allCases), from: TimeOfDay, to: TimeOfDay,
        breaks: [BreakSettings] = []
    ) {
        self.name = name
        self.days = days
        self.from = from
        self.to = to
        self.breaks = breaks
    }
}

/// A pause within a shift; on the next day where the shift has crossed midnight before it.
public struct BreakSettings: Hashable, Sendable {
    /// When it begins.
    public var from: TimeOfDay
    /// When it ends.
    public var to: TimeOfDay

    /// That pause.
    public init(from: TimeOfDay, to: TimeOfDay) {
        self.from = from
        self.to = to
    }
}

/// A date on which the shifts of the week do not begin.
public struct CalendarException: Equatable, Sendable {
    /// The date on which shifts would begin.
    public var date: CivilDate
    /// Whether no shift begins on it.
    public var closed: Bool
    /// The shifts that begin on it instead; their `days` are of no meaning.
    public var shifts: [ShiftSettings]?

    /// That exception: closed, or with other shifts.
    public init(date: CivilDate, closed: Bool, shifts: [ShiftSettings]? = nil) {
        self.date = date
        self.closed = closed
        self.shifts = shifts
    }
}

/// Why a calendar cannot be used.
public enum CalendarError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two shifts claim the same time; `day` is a weekday of the plan, or the date of an exception.
    case overlap(first: String, second: String, day: String)
    /// A shift has no name, or that of the time in no shift.
    case reservedName(String)
    /// A shift begins on no day.
    case noDays(shift: String)
    /// A shift begins at 24:00.
    case endlessStart(shift: String)
    /// A pause does not lie within its shift, or two pauses overlap.
    case strayBreak(shift: String, from: TimeOfDay, to: TimeOfDay)
    /// A date has two exceptions.
    case repeatedException(CivilDate)
    /// An exception is neither closed nor has other shifts, or is both.
    case unclearException(CivilDate)
    /// The day begins at 24:00.
    case endlessDayStart

    /// One sentence.
    public var description: String {
        switch self {
        case .overlap(let first, let second, let day):
            "the shifts '\(first)' and '\(second)' overlap on \(day); end the one before the other begins"
        case .reservedName(let name):
            "'\(name)' cannot name a shift, for 'off' is the time in no shift; give it another name"
        case .noDays(let shift): "the shift '\(shift)' begins on no day; say its 'days', such as mon-fri"
        case .endlessStart(let shift): "the shift '\(shift)' begins at 24:00; write 00:00 and the next day"
        case .strayBreak(let shift, let from, let to):
            "the break \(from) to \(to) of shift '\(shift)' does not lie within the shift or overlaps another; mend its times"
        case .repeatedException(let date): "there are two exceptions for \(date); make them one"
        case .unclearException(let date):
            "the exception for \(date) must either say 'closed: true' or name the shifts of that date"
        case .endlessDayStart: "'day-start' is 24:00; write 00:00"
        }
    }
}
