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
    /// Parts of the plant with shifts of their own.
    public var areas: [AreaSettings]

    /// These shifts; without any, all time is off, cut at `dayStart`.
    public init(
        shifts: [ShiftSettings] = [], exceptions: [CalendarException] = [], dayStart: TimeOfDay = .midnight,
        zone: Zone, areas: [AreaSettings] = []
    ) {
        self.shifts = shifts
        self.exceptions = exceptions
        self.dayStart = dayStart
        self.zone = zone
        self.areas = areas
    }

    /// The calendar of an area, as if it were a plant of its own: the day begins when the plant's does, and a date that is an
    /// exception for the plant is one for the area, unless the area says otherwise of it.
    func settings(of area: AreaSettings) -> CalendarSettings {
        let own = Set(area.exceptions.map(\.date))
        return CalendarSettings(
            shifts: area.shifts ?? shifts, exceptions: area.exceptions + exceptions.filter { !own.contains($0.date) },
            dayStart: dayStart, zone: zone)
    }
}

/// A part of the plant that works by other shifts.
public struct AreaSettings: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// The equipment in it.
    public var equipment: Set<String>
    /// Its shifts; nil for those of the plant.
    public var shifts: [ShiftSettings]?
    /// Its own exceptions.
    public var exceptions: [CalendarException]

    /// That area.
    public init(
        name: String, equipment: Set<String>, shifts: [ShiftSettings]? = nil, exceptions: [CalendarException] = []
    ) {
        self.name = name
        self.equipment = equipment
        self.shifts = shifts
        self.exceptions = exceptions
    }
}

/// Days on and days off in turn, without regard to the week: `4-on-4-off`, `2-2-3`.
public struct Rotation: Hashable, Sendable {
    /// A first day of the cycle; the cycle also goes back from there.
    public var begins: CivilDate
    /// For each day of the cycle whether it is worked on.
    public var days: [Bool]

    /// That cycle; nil where the text is no pattern, or no day of it is worked on.
    ///
    /// - Shape: lengths of days on, off, on and so on, parted by `-`, with or without the words `on` and `off`. An odd number of
    ///   lengths is gone through twice: `2-2-3` is two on, two off, three on, two off, two on, three off.
    public init?(begins: CivilDate, pattern: String) {
        let words = pattern.split(separator: "-").map(String.init).filter { $0 != "on" && $0 != "off" }
        let lengths = words.compactMap { Int($0) }
        guard !lengths.isEmpty, lengths.count == words.count, lengths.allSatisfy({ (1...31).contains($0) }),
            lengths.count <= 32
        else { return nil }
        let all = lengths.count % 2 == 0 ? lengths : lengths + lengths
        var days: [Bool] = []
        for (index, length) in all.enumerated() { days += Array(repeating: index % 2 == 0, count: length) }
        self.begins = begins
        self.days = days
    }

    /// Whether that date is worked on.
    public func contains(_ date: CivilDate) -> Bool {
        let distance = date.daysSince1970 - begins.daysSince1970
        return days[((distance % days.count) + days.count) % days.count]
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
    /// The rotation by which it is worked; nil for every week alike.
    public var rotation: Rotation?

    /// That shift.
    public init(
        name: String, days: Set<Weekday> = Set(Weekday.allCases), from: TimeOfDay, to: TimeOfDay,
        breaks: [BreakSettings] = [], rotation: Rotation? = nil
    ) {
        self.rotation = rotation
        self.name = name
        self.days = days
        self.from = from
        self.to = to
        self.breaks = breaks
    }
}

extension ShiftSettings {
    /// Whether it begins on that date, exceptions aside.
    func begins(on date: CivilDate) -> Bool { days.contains(date.weekday) && rotation?.contains(date) ?? true }
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
    /// Shifts that begin on it besides those of the week.
    public var overtime: [ShiftSettings]

    /// That exception: closed, with other shifts, or with more of them.
    public init(
        date: CivilDate, closed: Bool = false, shifts: [ShiftSettings]? = nil, overtime: [ShiftSettings] = []
    ) {
        self.date = date
        self.closed = closed
        self.shifts = shifts
        self.overtime = overtime
    }

    /// The shifts that begin on its date, where these are those of the plan.
    func shifts(besides planned: [ShiftSettings]) -> [ShiftSettings] {
        closed ? [] : (shifts ?? planned) + overtime
    }
}

/// Why a calendar cannot be used.
public enum CalendarError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two shifts claim the same time; `day` is a weekday of the plan, or a date of a rotation or an exception.
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
    /// An exception says nothing, or is closed and has shifts.
    case unclearException(CivilDate)
    /// An equipment is in two areas.
    case twoAreas(equipment: String, first: String, second: String)
    /// Two areas have one name.
    case repeatedArea(String)
    /// A fault of an area's own calendar.
    indirect case inArea(String, CalendarError)
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
            "the exception for \(date) must either say 'closed: true' or name the shifts of that date or its overtime"
        case .twoAreas(let equipment, let first, let second):
            "'\(equipment)' is in the areas '\(first)' and '\(second)'; leave it in one"
        case .repeatedArea(let name): "there are two areas '\(name)'; make them one"
        case .inArea(let name, let fault): "area '\(name)': \(fault)"
        case .endlessDayStart: "'day-start' is 24:00; write 00:00"
        }
    }
}
