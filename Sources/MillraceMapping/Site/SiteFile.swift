import MillraceCore
import MillraceValues
public import MillraceYAML

/// Reads `millrace.yaml`.
public enum SiteFile {
    /// The site that the text defines.
    ///
    /// - Shape: `file` is the path as messages name it; `connectorKinds` are the kinds that the program has, nil for any.
    public static func parse(
        text: String, file: String, zoneFolder: String = "/usr/share/zoneinfo", connectorKinds: [String]? = nil
    ) -> ParsedSite {
        let faults = DiagnosticList(SourceText(file: file, text: text))
        guard let root = YAMLFile.read(faults) else { return ParsedSite(definition: nil, faults: faults) }
        let compiler = SiteCompiler(root, faults: faults, zoneFolder: zoneFolder, connectorKinds: connectorKinds)
        let definition = compiler.definition()
        return ParsedSite(
            definition: faults.hasErrors ? nil : definition, faults: faults, context: compiler.context,
            connectorNames: compiler.connectorNames, endpointNames: compiler.endpointNames)
    }
}

/// What came of a site's file: the site, unless it has errors, and all faults by place.
public struct ParsedSite: Sendable {
    /// The site; nil where it has errors.
    public let definition: SiteDefinition?
    /// All faults, by place.
    public let diagnostics: [Diagnostic]
    /// The text, for the settings that the connectors' kinds decode later.
    public let source: SourceText
    /// What mapping files need, also where the site has faults elsewhere; nil where its name or zone is missing.
    public let context: MappingContext?
    let connectorNames: [String]
    let endpointNames: [String]

    init(
        definition: SiteDefinition?, faults: DiagnosticList, context: MappingContext? = nil,
        connectorNames: [String] = [],
        endpointNames: [String] = []
    ) {
        self.definition = definition
        diagnostics = faults.sorted
        source = faults.source
        self.context = context
        self.connectorNames = connectorNames
        self.endpointNames = endpointNames
    }
}

/// Compiles a site's file.
final class SiteCompiler {
    let reader: NodeReader
    let faults: DiagnosticList
    let zoneFolder: String
    let connectorKinds: [String]?
    private(set) var context: MappingContext?
    private(set) var connectorNames: [String] = []
    private(set) var endpointNames: [String] = []

    init(_ root: MarkedNode, faults: DiagnosticList, zoneFolder: String, connectorKinds: [String]?) {
        reader = NodeReader(
            root, what: "the site's file", faults: faults, keys: SiteKeys.file(connectors: []))
        self.faults = faults
        self.zoneFolder = zoneFolder
        self.connectorKinds = connectorKinds
    }

    func definition() -> SiteDefinition? {
        guard reader.node.members != nil else { return nil }
        defer { reader.finish() }
        reader.notYet("uses", "write the keys into this file")
        let limits = readLimits()
        let site = reader.reader("site", required: true).flatMap { readSite($0, limits) }
        let store = readStore()
        let retention = readRetention()
        let calendar = readCalendar(zone: site?.zone, dayStart: site?.dayStart)
        context?.calendar = calendar.flatMap { try? ShiftCalendar($0) }  // try?: its faults are told where it is read
        let connectors = readConnectors()
        var endpoints: [EndpointDefinition] = []
        for member in reader.members("endpoints") ?? [] {
            endpointNames.append(member.key)
            if let endpoint = EndpointCompiler(member, faults: faults).definition() { endpoints.append(endpoint) }
        }
        guard let site, let store, let calendar else { return nil }
        return SiteDefinition(
            id: site.id, zone: site.zone, liveSince: site.liveSince, calendar: calendar, store: store,
            readings: retention,
            limits: limits, connectors: connectors, endpoints: endpoints)
    }

    private struct SitePart {
        let id: SiteID
        let zone: Zone
        let liveSince: Instant
        let dayStart: TimeOfDay
    }

    private func readSite(_ site: NodeReader, _ limits: SiteDefinition.Limits) -> SitePart? {
        defer { site.finish() }
        let id = site.text("id", required: true)
        let zoneName = site.text("zone", required: true)
        let since = site.text("live-since", required: true)
        var zone: Zone?
        if let zoneName {
            do {
                zone = try Zone(named: zoneName, folder: zoneFolder)
            } catch {
                faults.error(.time, at: site.optional("zone")?.mark ?? site.node.mark, error.description)
            }
        }
        if let zone, let id {
            context = MappingContext(site: SiteID(id), zone: zone, zoneFolder: zoneFolder, slice: limits.slice)
        }
        var dayStart = TimeOfDay.midnight
        if let text = site.text("day-start") { dayStart = time(text, site.optional("day-start")?.mark) ?? .midnight }
        guard let since, let zone, let id else { return nil }
        guard let instant = SiteTime.instant(since, zone: zone) else {
            faults.error(
                .badScalar, at: site.optional("live-since")?.mark ?? site.node.mark,
                "'\(since)' is no time; write it as 2026-03-02T06:00 by the site's clock, or with Z or an offset")
            return nil
        }
        return SitePart(id: SiteID(id), zone: zone, liveSince: instant, dayStart: dayStart)
    }

    func time(_ text: String, _ mark: SourceMark?) -> TimeOfDay? {
        if let time = TimeOfDay(text) { return time }
        faults.error(.badScalar, at: mark ?? .start, "'\(text)' is no time of the day; write it as 06:00")
        return nil
    }

    private func readStore() -> String? {
        guard let store = reader.reader("store", required: true) else { return nil }
        defer { store.finish() }
        return store.text("sqlite", required: true).map { SitePath.resolve($0, beside: faults.source.file) }
    }

    private func readRetention() -> SiteDefinition.Retention {
        var retention = SiteDefinition.Retention()
        guard let readings = reader.reader("readings") else { return retention }
        defer { readings.finish() }
        retention.keep = readings.duration("keep") ?? retention.keep
        retention.atMostBytes = bytes(readings, "at-most") ?? retention.atMostBytes
        return retention
    }

    private func readLimits() -> SiteDefinition.Limits {
        var limits = SiteDefinition.Limits()
        guard let reader = reader.reader("limits") else { return limits }
        defer { reader.finish() }
        limits.lateness = reader.duration("lateness") ?? limits.lateness
        limits.ahead = reader.duration("ahead") ?? limits.ahead
        limits.silence = reader.duration("silence") ?? limits.silence
        limits.diskReserveBytes = bytes(reader, "disk-reserve") ?? limits.diskReserveBytes
        limits.remind = reader.duration("remind") ?? limits.remind
        if let text = reader.text("ask-above") {
            if let number = Int(text), number >= 0 {
                limits.askAbove = number
            } else {
                faults.error(
                    .badScalar, at: reader.optional("ask-above")?.mark ?? reader.node.mark,
                    "'\(text)' is no number of documents; write 'ask-above: 20'")
            }
        }
        if let slice = reader.duration("slice") {
            let micros = slice.wholeMicroseconds
            if micros > 0, 3_600_000_000 % micros == 0 {
                limits.slice = slice
            } else {
                faults.error(
                    .window, at: reader.optional("slice")?.mark ?? reader.node.mark, "a slice has to divide the hour")
            }
        }
        return limits
    }

    private func bytes(_ reader: NodeReader, _ key: String) -> Int64? {
        guard let text = reader.text(key) else { return nil }
        if let bytes = ByteCount.parse(text) { return bytes }
        faults.error(
            .badScalar, at: reader.optional(key)?.mark ?? reader.node.mark,
            "'\(text)' is no size; write it as 20 GB or 256 MB")
        return nil
    }

    private func readConnectors() -> [ConnectorDefinition] {
        var connectors: [ConnectorDefinition] = []
        for member in reader.members("connectors") ?? [] {
            connectorNames.append(member.key)
            guard let parts = member.value.members, parts.count == 1, let part = parts.first else {
                faults.error(
                    .wrongShape, at: member.keyMark,
                    "connector '\(member.key)' needs exactly one kind, such as csv or mtconnect")
                continue
            }
            if let kinds = connectorKinds, !kinds.contains(part.key) {
                faults.error(
                    .unknownName, at: part.keyMark,
                    "there is no kind of connector '\(part.key)'\(Suggestion.ending(for: part.key, among: kinds))")
                continue
            }
            connectors.append(
                ConnectorDefinition(
                    id: ConnectorID(member.key), kind: part.key, settings: part.value, mark: member.keyMark))
        }
        return connectors
    }
}
