public import MillraceCore
public import MillraceValues

/// What a mapping file needs to know of its site.
public struct MappingContext: Sendable {
    /// The site; part of documents as `site`.
    public var site: SiteID
    /// The site's zone.
    public var zone: Zone
    /// The folder of the system's zones.
    public var zoneFolder: String
    /// The length of a slice (RULES R12).
    public var slice: Duration
    /// Compiles the schemas of documents; nil in a program without a validator.
    public var schemas: (any DocumentSchemas)?
    /// Is told what a mapping uses while it is tested or explained; nil in runs, where it costs nothing.
    public var watch: MappingWatch?

    /// The site's calendar, for `$mr_shift`; nil where there is none.
    public var calendar: ShiftCalendar?

    /// That site.
    public init(
        site: SiteID, zone: Zone, zoneFolder: String = "/usr/share/zoneinfo", slice: Duration = .seconds(60),
        schemas: (any DocumentSchemas)? = nil, calendar: ShiftCalendar? = nil
    ) {
        self.calendar = calendar
        self.site = site
        self.zone = zone
        self.zoneFolder = zoneFolder
        self.slice = slice
        self.schemas = schemas
    }
}

/// Reads a file that a mapping names, a table or the mapping that it extends: its bytes, or one sentence why it cannot be read.
///
/// - Shape: the path is relative to the mapping file's own folder already resolved against that file's path, with `..` folded; a
///   ready-made mapping is asked for as `MappingPath.library` with its name and `.yaml`.
public typealias TableSource = @Sendable (String) -> TableContent

/// What such a file holds.
public enum TableContent: Sendable {
    /// Its bytes.
    case bytes([UInt8])
    /// One sentence why it cannot be read.
    case unreadable(String)
}

/// Rows that a test gives in the place of a table's own.
typealias TableOverrides = [String: [[String: String]]]
