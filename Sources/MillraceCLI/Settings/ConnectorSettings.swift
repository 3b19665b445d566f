import MillraceConnectors
import MillraceCore
import MillraceMapping
import MillraceTransport
import MillraceValues
import MillraceYAML

/// Reads the settings of connectors, each by its kind, and reports every fault.
struct ConnectorSettings {
    /// The kinds there are.
    static let kinds = ConnectorKeys.kinds.map(\.name)

    /// A connector's settings, decoded.
    enum Decoded {
        case files(FileDropSettings)
        case agent(MTConnectSettings)
    }

    /// The site's folder.
    let folder: String
    let zone: Zone
    let faults: DiagnosticList

    /// The settings of a connector; nil where they have faults.
    func decode(_ definition: ConnectorDefinition) -> Decoded? {
        let before = faults.errorCount
        let reader = NodeReader(
            definition.settings, what: "connector '\(definition.id)'", faults: faults,
            keys: ConnectorKeys.kinds.first { $0.name == definition.kind })
        let decoded: Decoded?
        switch definition.kind {
        case "mtconnect": decoded = agent(definition, reader).map { .agent($0) }
        case "csv": decoded = drop(definition, reader) { csv(reader) }.map { .files($0) }
        case "ndjson": decoded = drop(definition, reader) { .ndjson }.map { .files($0) }
        case "json":
            decoded = drop(definition, reader) { .json(records: reader.text("records")) }.map { .files($0) }
        default:
            faults.error(
                .unknownWord, at: definition.mark,
                "connector '\(definition.id)' is of the kind '\(definition.kind)'; the kinds are \(Self.kinds.joined(separator: ", "))"
            )
            return nil
        }
        reader.finish()
        return faults.errorCount == before ? decoded : nil
    }

    private func drop(
        _ definition: ConnectorDefinition, _ reader: NodeReader, _ format: () -> FileDropSettings.Format?
    ) -> FileDropSettings? {
        let path = reader.text("path", required: true)
        let quiet = reader.duration("quiet") ?? .seconds(30)
        let after = after(reader)
        let appendOnly = reader.flag("append-only") ?? false
        guard let format = format(), let path else { return nil }
        return FileDropSettings(
            id: definition.id, folder: folder, path: path, format: format, quiet: quiet, after: after,
            appendOnly: appendOnly)
    }

    /// `after: leave | archive | delete`, or `{archive: FOLDER}`.
    private func after(_ reader: NodeReader) -> FileDropSettings.After {
        guard let node = reader.optional("after") else { return .keep }
        if let folder = node["archive"]?.text { return .archive(folder: folder) }
        switch node.text {
        case "leave", "keep": return .keep
        case "archive": return .archive(folder: nil)
        case "delete": return .delete
        default:
            faults.error(.unknownWord, at: node.mark, "'after' is one of leave, archive, delete or {archive: FOLDER}")
            return .keep
        }
    }

    private func csv(_ reader: NodeReader) -> FileDropSettings.Format? {
        let delimiter = reader.text("delimiter") ?? ","
        let quote = reader.text("quote") ?? "\""
        guard let dialect = CSVDialect(delimiter: delimiter, quote: quote.isEmpty ? nil : quote) else {
            faults.error(
                .badScalar, at: reader.mark(of: "delimiter"),
                "'delimiter' and 'quote' are single ASCII characters that differ; write \\t for a tab in double quotes")
            return nil
        }
        let encoding = reader.word("encoding", TextEncoding.self) ?? .utf8
        guard let positions = reader.members("positions") else {
            _ = reader.flag("header")
            return .csv(CSVFormat(dialect: dialect, columns: .header, encoding: encoding))
        }
        var columns: [String: Int] = [:]
        for member in positions {
            guard let text = member.value.text, let number = Int(text), number > 0 else {
                faults.error(.badScalar, at: member.value.mark, "a position is the number of a column, from 1")
                continue
            }
            columns[member.key] = number
        }
        _ = reader.flag("header")
        return .csv(CSVFormat(dialect: dialect, columns: .positions(columns), encoding: encoding))
    }

    private func agent(_ definition: ConnectorDefinition, _ reader: NodeReader) -> MTConnectSettings? {
        let (url, files) = (reader.text("url"), reader.text("files"))
        let devices = reader.texts("devices")?.map(\.text) ?? []
        let start = start(reader)
        let count = reader.integer("count", in: 1...100_000) ?? 5_000
        let timeouts = timeouts(reader)
        let tls = tls(reader)
        let quiet = reader.duration("quiet") ?? .zero
        let after = after(reader)
        let source: MTConnectSettings.Source
        switch (url, files) {
        case (let url?, nil): source = .agent(url: url)
        case (nil, let files?): source = .files(folder: folder, path: files)
        default:
            faults.error(
                .contradiction, at: definition.mark,
                "connector '\(definition.id)' needs one of 'url' (an agent) and 'files' (recorded documents)")
            return nil
        }
        return MTConnectSettings(
            id: definition.id, source: source, devices: devices, start: start, count: count, timeouts: timeouts,
            tls: tls,
            quiet: quiet, after: after)
    }

    private func start(_ reader: NodeReader) -> MTConnectSettings.Start {
        guard let text = reader.text("start") else { return .now }
        if text == "now" { return .now }
        if text == "oldest" { return .oldest }
        if let instant = Instant(iso8601: text) { return .instant(instant) }
        if let civil = CivilTime(iso8601: text) { return .instant(zone.border(civil)) }
        faults.error(
            .badScalar, at: reader.mark(of: "start"),
            "'start' is now, oldest or an instant such as 2026-03-02T06:00:00Z")
        return .now
    }

    private func timeouts(_ reader: NodeReader) -> HTTPTimeouts {
        var timeouts = HTTPTimeouts()
        guard let inner = reader.reader("timeout") else { return timeouts }
        if let total = inner.duration("total") { timeouts.total = total }
        if let connect = inner.duration("connect") { timeouts.connect = connect }
        inner.finish()
        return timeouts
    }

    private func tls(_ reader: NodeReader) -> TLSSettings {
        guard let inner = reader.reader("tls") else { return TLSSettings() }
        let settings = TLSSettings(
            caFile: inner.text("ca").map { SiteFolder.resolve($0, in: folder) },
            clientCertificate: inner.text("certificate").map { SiteFolder.resolve($0, in: folder) },
            clientKey: inner.text("key").map { SiteFolder.resolve($0, in: folder) })
        inner.finish()
        return settings
    }
}
