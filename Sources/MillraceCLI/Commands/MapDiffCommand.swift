import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues
import MillraceYAML

/// `millrace map diff`: what an edit would have changed.
struct MapDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows which kept facts would give another document; nothing is sent or written.",
        discussion: """
            Each document that was made is told once more: by the text that made it, and by the mappings as they are now, or by \
            FILE, a draft of one of them. Field by field it shows where both differ, and which documents would be gone or more. \
            For a draft of a reading mapping it is the preview of a resync.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A mapping file, say a draft. Default: the site's document mappings as they are.")
    var file: String?

    @Option(help: "How far back: a length such as 30d, a time, or a production day.")
    var since = "30d"

    @Option(help: "How many documents are shown; the rest is counted.")
    var show = 20

    func run() async throws {
        try await Verb.run(options) { session in
            let since = try begin(session)
            guard let file else {
                return try tell(
                    session.plant.documentMappings.filter { !session.plant.takenOut.contains($0.name) }, since, session)
            }
            switch try draft(file, session) {
            case .document(let mapping): return try tell([mapping], since, session)
            case .reading(let mapping): return try tell(mapping, since, session)
            }
        }
    }

    private func begin(_ session: Session) throws -> Instant {
        if let length = Duration.parse(since) { return session.clock.now() - length }
        return try session.border(since)
    }

    /// The draft, compiled for this site.
    private func draft(_ file: String, _ session: Session) throws -> MappingFile {
        guard case .bytes(let bytes) = SiteFolder.read(file, as: file) else {
            throw CommandFailure(.usage, "'\(file)' cannot be read")
        }
        let parsed = MappingFile.parse(
            text: String(decoding: bytes, as: UTF8.self), file: file,
            context: session.definition.mappingContext(schemas: Assembly.schemas),
            tables: { SiteFolder.read($0, as: $0) })
        if let mapping = parsed.mapping { return mapping }
        for fault in parsed.diagnostics where fault.severity == .error { session.output.message(fault.description) }
        throw CommandFailure(.invalidConfiguration, "'\(file)' has faults; mend them first")
    }

    private func tell(_ mappings: [DocumentMapping], _ since: Instant, _ session: Session) throws -> Exit {
        for mapping in mappings where session.plant.contract(of: mapping.plan.request) == nil {
            throw CommandFailure(
                .failed,
                "'\(mapping.name)' goes to '\(mapping.plan.request)', which the site does not have; name it in 'to'")
        }
        let world = try session.world(identityTrouble: nil)
        var told = 0
        let report = try MapDiff(
            plant: session.plant, store: session.store, compile: world.compileDocument, now: session.clock.now()
        ).run(mappings, since: since) { row in
            session.output.object(row.object)
            if told < show { for line in MapDiffText.lines(row) { session.output.line(line) } }
            told += 1
        }
        session.output.object(report.object)
        for line in MapDiffText.lines(report, shown: show) { session.output.line(line) }
        return .done
    }

    /// A reading mapping's edit changes facts, so what it would have changed is what a resync by it would do.
    private func tell(_ mapping: ReadingMapping, _ since: Instant, _ session: Session) throws -> Exit {
        var plant = session.plant
        plant.readingMappings.removeAll { $0.name == mapping.name }
        plant.readingMappings.append(mapping)
        plant.readingMappings.sort { $0.name < $1.name }
        let line = ProgressLine(options, now: session.clock.now)
        var world = try session.world(identityTrouble: nil)
        world.progress = line.watch
        let resync = Resync(plant: plant, world: world, store: session.store, who: session.who)
        let scope = ResyncScope(connectors: Set(mapping.connectors), from: since, to: session.clock.now())
        let report = try refusing(line) { try resync.run(scope, reason: "", isPreview: true) }
        for notice in report.notices { session.output.note(notice) }
        let differing = report.rows.filter { $0.action != .skip }
        for row in differing { session.output.object(row.object(isPreview: true)) }
        session.output.object(report.object(isPreview: true))
        for line in AgainText.lines(Array(differing.prefix(show)), zone: session.definition.zone) {
            session.output.line(line)
        }
        if differing.count > show { session.output.line("and \(differing.count - show) more; see --show") }
        session.output.line(AgainText.sentence(report, isPreview: true))
        return .done
    }
}

/// What an edit would have changed, as a person reads it.
enum MapDiffText {
    /// A document that differs.
    static func lines(_ row: MapDiff.Row) -> [String] {
        ["\(row.stem) (\(row.mapping)): \(words(row))"] + row.changes.map { "  " + $0.text }
    }

    /// What it comes to, behind the documents that are shown.
    static func lines(_ report: MapDiff.Report, shown: Int) -> [String] {
        var lines: [String] = []
        let all = report.rows.values.reduce(0, +)
        if all > shown { lines.append("and \(all - shown) more; see --show") }
        if all > 0 { lines.append("") }
        lines.append(
            "\(Words.count(report.facts, "fact")), \(Words.count(report.compared, "document")) compared: "
                + (all == 0 ? "none would be another." : sums(report).joined(separator: ", ") + "."))
        let counts = report.fields.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !counts.isEmpty {
            lines.append("Fields: " + counts.map { "\($0.key) in \($0.value)" }.joined(separator: ", ") + ".")
        }
        lines.append("Nothing was sent or written; to put what was sent right: millrace resync --from … --preview")
        return lines
    }

    private static func words(_ row: MapDiff.Row) -> String {
        let sentence = row.sentence.isEmpty ? "" : ": \(row.sentence)"
        return switch row.kind {
        case .otherwise: "reads otherwise\(sentence)"
        case .parked: "would be parked\(sentence)"
        case .gone: "would not be made\(sentence)"
        case .more: "would be one more"
        }
    }

    private static func sums(_ report: MapDiff.Report) -> [String] {
        MapDiff.Row.Kind.allCases.compactMap { kind in
            guard let count = report.rows[kind] else { return nil }
            return switch kind {
            case .otherwise: "\(count) \(count == 1 ? "reads" : "read") otherwise"
            case .parked: "\(count) would be parked"
            case .gone: "\(count) would not be made"
            case .more: "\(count) would be more"
            }
        }
    }
}

extension MapDiff.Row {
    /// The row as an object.
    var object: Value {
        [
            "kind": "document", "change": .string(kind.rawValue), "key": .string(stem),
            "mapping": .string(mapping.text),
            "version": .optional(version), "sentence": .string(sentence),
            "fields": .array(
                changes.map { change in
                    ["field": .string(change.name), "old": change.old ?? .null, "new": change.new ?? .null]
                }),
        ]
    }
}

extension MapDiff.Report {
    /// What it comes to, as an object.
    var object: Value {
        var object = ValueObject(["kind": "diff", "facts": .count(facts), "compared": .count(compared)])
        for kind in MapDiff.Row.Kind.allCases { object[kind.rawValue] = .count(rows[kind] ?? 0) }
        return .object(object)
    }
}
