public import MillraceCore
public import MillraceValues
public import MillraceYAML

/// A site as its `millrace.yaml` defines it.
public struct SiteDefinition: Sendable {
    /// Its name, part of every key.
    public var id: SiteID
    /// Its zone.
    public var zone: Zone
    /// Nothing before this instant is ever booked (RULES R17).
    public var liveSince: Instant
    /// Its working time, with the wall time that cuts time in no shift.
    public var calendar: CalendarSettings
    /// The path of the store, resolved beside the file.
    public var store: String
    /// How long readings are kept.
    public var readings: Retention
    /// Its limits.
    public var limits: Limits
    /// Its connectors, in the order they are written.
    public var connectors: [ConnectorDefinition]
    /// Its endpoints, in the order they are written.
    public var endpoints: [EndpointDefinition]

    /// How long readings are kept (RULES R6).
    public struct Retention: Sendable, Hashable {
        /// That long.
        public var keep: Duration = .seconds(90 * 86_400)
        /// And at most so much.
        ///
        /// - Units: bytes.
        public var atMostBytes: Int64 = 20_000_000_000
    }

    /// The limits of a site.
    public struct Limits: Sendable, Hashable {
        /// Beyond it a reading is late (RULES R4).
        public var lateness: Duration = .seconds(48 * 3_600)
        /// How far after its pull a reading may be stamped.
        public var ahead: Duration = .seconds(300)
        /// A delta over more than this is marked.
        public var silence: Duration = .seconds(900)
        /// Free space below which nothing is pulled.
        ///
        /// - Units: bytes.
        public var diskReserveBytes: Int64 = 256_000_000
        /// The grain of count facts (RULES R12).
        public var slice: Duration = .seconds(60)
        /// Above so many documents a resync or remap asks first.
        public var askAbove: Int = 20
        /// After how long a trouble is printed again (RULES R27).
        public var remind: Duration = .seconds(4 * 3_600)

        /// What a site has that says none.
        public init() {}
    }

    /// What mapping files need to know of it.
    public func mappingContext(schemas: (any DocumentSchemas)?) -> MappingContext {
        // try?: the calendar was checked when the site's file was read
        MappingContext(
            site: id, zone: zone, slice: limits.slice, schemas: schemas, calendar: try? ShiftCalendar(calendar))
    }
    /// The endpoint of that name; nil where there is none.
    public func endpoint(_ id: EndpointID) -> EndpointDefinition? { endpoints.first { $0.id == id } }
}

/// A connector of a site; its settings are decoded by its kind.
public struct ConnectorDefinition: Sendable {
    /// Its name.
    public let id: ConnectorID
    /// Its kind: `mtconnect`, `csv`, …
    public let kind: String
    /// Its settings as they are written.
    public let settings: MarkedNode
    /// Where its name stands.
    public let mark: SourceMark
}
