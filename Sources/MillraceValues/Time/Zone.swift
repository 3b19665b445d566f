// Hot path: every local time of a file passes here. Guarded by `script/bench`.

/// A place's rule for what its wall clocks show.
///
/// - Shape: a name of the IANA list (`Europe/Berlin`), `UTC`, or a fixed offset (`+01:00`).
/// - Source: TZif, RFC 9636; the rule behind the table is POSIX's TZ with that RFC's extensions.
public struct Zone: Sendable {
    /// The name it was asked for by.
    public let name: String
    private let table: ZoneTable

    /// Coordinated universal time.
    public static let utc = Zone(name: "UTC", table: ZoneTable(fixed: 0))

    /// The zone of that name; `UTC` and fixed offsets need no file.
    ///
    /// - Throws: `ZoneError`, where the name is malformed (it is data, never a path) or the folder has no sound file for it.
    /// - Effects: reads one file of `folder`.
    public init(named name: String, folder: String = "/usr/share/zoneinfo") throws(ZoneError) {
        self.name = name
        if name == "UTC" {
            table = Self.utc.table
        } else if let offset = WrittenTime.offset(name.utf8.span) {
            table = ZoneTable(fixed: offset)
        } else {
            table = try ZoneFile(named: name, folder: folder).table()
        }
    }

    private init(name: String, table: ZoneTable) {
        self.name = name
        self.table = table
    }

    /// How many seconds the wall clock is ahead of UTC at that instant.
    public func offset(at instant: Instant) -> Int { table.offset(at: instant.seconds) }

    /// The stretch of unchanged offset in which that instant lies, for callers that keep it for the next instant.
    public func period(at instant: Instant) -> ZonePeriod { table.period(at: instant.seconds) }

    /// What the wall clock shows at that instant; held at the years 1 and 9999.
    public func local(_ instant: Instant) -> CivilTime {
        CivilTime(held: instant, offset: table.offset(at: instant.seconds))
    }

    /// The instants at which the wall clock shows that time.
    public func instants(of local: CivilTime) -> LocalTimeResult {
        let wall = local.wallMicroseconds
        // No clock is more than 26 hours off UTC, so every period that can show this time touches this stretch.
        let (from, to) = (wall - ZoneTable.widestOffset * 1_000_000, wall + ZoneTable.widestOffset * 1_000_000)
        var period = table.period(at: Instant(microseconds: from).seconds)
        var found: Instant?
        var next: Instant?
        while true {
            let candidate = wall - Int64(period.offset) * 1_000_000
            if candidate >= period.start.microseconds, candidate < period.end.microseconds {
                let instant = Instant(microseconds: candidate)
                if let found { return .twice(first: found, second: instant) }
                found = instant
            } else if next == nil, candidate < period.start.microseconds {
                // The clock jumped over the time on entering this period.
                next = period.start
            }
            if period.end.microseconds > to { break }
            period = table.period(at: period.end.seconds)
        }
        if let found { return .one(found) }
        return .none(nextExisting: next ?? period.start)
    }

    /// The instant of a border said as a wall time (RULES R5): one that does not exist is the next instant that does, one
    /// that exists twice is the first.
    public func border(_ local: CivilTime) -> Instant {
        switch instants(of: local) {
        case .one(let instant), .twice(let instant, _), .none(let instant): instant
        }
    }
}

extension Zone: Equatable {
    /// Equal with the same name and the same rule.
    public static func == (left: Zone, right: Zone) -> Bool {
        left.name == right.name && (left.table === right.table || left.table.means(right.table))
    }
}

extension Zone: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

/// The instants at which a wall clock shows one time.
public enum LocalTimeResult: Hashable, Sendable {
    /// As on almost every day.
    case one(Instant)
    /// The clock was put back and shows it twice.
    case twice(first: Instant, second: Instant)
    /// The clock was put forward over it; what follows is the instant at which it was.
    case none(nextExisting: Instant)
}

/// A stretch of time in which a zone's offset does not change.
public struct ZonePeriod: Hashable, Sendable {
    /// The first instant.
    public let start: Instant
    /// The first instant after it.
    public let end: Instant
    /// Seconds ahead of UTC.
    public let offset: Int

    /// Whether that instant lies in it.
    public func contains(_ instant: Instant) -> Bool { instant >= start && instant < end }
}

/// Why a zone cannot be used.
public enum ZoneError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name is neither one of the IANA list nor an offset.
    case malformedName(String)
    /// The folder has no such zone.
    case unknown(name: String, folder: String)
    /// There is no folder with zones.
    case noZones(folder: String)
    /// The file of the zone cannot be used.
    case damaged(name: String, folder: String, fault: String)

    /// One sentence.
    public var description: String {
        switch self {
        case .malformedName(let name):
            "'\(name)' is no time zone; write a name of the IANA list such as Europe/Berlin, UTC, or an offset such as +01:00"
        case .unknown(let name, let folder):
            "there is no time zone '\(name)' in \(folder); write it as the IANA list does, such as Europe/Berlin"
        case .noZones(let folder): "there are no time zones in \(folder); install the package tzdata"
        case .damaged(let name, let folder, let fault):
            "the file of time zone '\(name)' in \(folder) cannot be used: \(fault); install the package tzdata again"
        }
    }
}
