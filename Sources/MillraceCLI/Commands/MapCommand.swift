import ArgumentParser
import Glibc
import MillraceConnectors
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTransport
import MillraceValues
import MillraceYAML

/// `millrace map`: for those who write mappings.
struct MapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map", abstract: "Tests mappings, shows what they would do, and copies ready-made ones.",
        subcommands: [
            MapTestCommand.self, MapPreviewCommand.self, MapCopyCommand.self,
            MapSchemaCommand.self, MapDiffCommand.self, MapCoverageCommand.self, MapExplainCommand.self,
            MapShowCommand.self,
        ])
}

/// `millrace map test`.
struct MapTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs the tests that mapping files carry.",
        discussion: """
            Without FILE: all mappings of the site. A FILE needs no site; where none lies around it, its zone is UTC and no shift \
            runs. Exit 1 where a test fails, 10 where a file has faults.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Mapping files, or names of the site's mappings. Default: all of the site.")
    var files: [String] = []

    @Option(help: "Also write the results to this file, as JUnit XML for a CI server.")
    var junit: String?

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            var (tally, report) = (MapTally(), JUnitReport())
            for source in try MapSources(named: files, options).all { test(source, output, &tally, &report) }
            if let junit { try WholeFile.write(Array(report.xml.utf8), to: junit, mode: 0o644) }
            output.line(
                "\(Words.count(tally.passed + tally.failed, "test")) in \(Words.count(tally.files, "mapping")): "
                    + (tally.failed == 0 ? "all pass" : "\(tally.failed) fail")
                    + (tally.faulty == 0 ? "" : ", \(Words.count(tally.faulty, "file")) with faults"))
            return tally.faulty > 0 ? .invalidConfiguration : tally.failed > 0 ? .failed : .done
        }
    }

    private func test(_ source: MapSources.One, _ output: Output, _ tally: inout MapTally, _ report: inout JUnitReport)
    {
        tally.files += 1
        if let fault = source.surroundings.fault {
            tally.faulty += 1
            report.add(JUnitReport.Suite(file: source.file, name: source.file, fault: fault))
            output.object(["kind": "fault", "file": .string(source.file), "sentence": .string(fault)])
            if !options.json, tally.told.insert(fault).inserted { output.message("millrace: " + fault) }
            return
        }
        guard let (_, mapping) = source.parsed(output) else {
            tally.faulty += 1
            report.add(
                JUnitReport.Suite(
                    file: source.file, name: source.file, fault: "the file has faults; see 'millrace check'"))
            return
        }
        var suite = JUnitReport.Suite(file: source.file, name: mapping.name.text)
        for (test, result) in source.surroundings.tests.run(mapping) {
            if result.passes { tally.passed += 1 } else { tally.failed += 1 }
            suite.cases.append(
                .init(name: test.name, place: "\(test.file):\(test.mark.line)", differences: result.differences))
            output.object([
                "kind": "test", "file": .string(test.file), "line": .count(test.mark.line),
                "mapping": .string(mapping.name.text),
                "test": .string(test.name), "passes": .bool(result.passes),
                "differences": .array(result.differences.map { .string($0) }),
            ])
            for line in MapText.failure(test, result) { if !options.json { output.message(line) } }
        }
        report.add(suite)
    }
}

/// What the tests of some files came to.
private struct MapTally {
    var files = 0
    var passed = 0
    var failed = 0
    var faulty = 0
    /// What was said once for all files.
    var told: Set<String> = []
}

/// What a mapping file needs to know of the site around it.
struct MapSurroundings {
    let context: MappingContext
    let tests: MappingTests
    /// A plant of nothing but the calendar and the limits.
    let plant: Plant
    /// Why there is neither a zone nor a calendar although there is a site; nil where all is as it should be.
    private(set) var fault: String?

    /// Those of the site whose folder holds the file's folder; where there is none, UTC and no shifts.
    init(around file: String) throws {
        var folder = SiteFolder.absolute(file) ?? ""
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            if access(folder + "/millrace.yaml", F_OK) == 0,
                let options = try? GlobalOptions.parse(["--site", folder]),  // try?: these are our own words
                let site = try? SiteFolder(options)  // try?: a folder that went away meanwhile is no site
            {
                try self.init(site)
                return
            }
        }
        try self.init(definition: nil)
    }

    /// Those of that site.
    ///
    /// Only its own file counts: a fault in one mapping file changes nothing for the tests of another.
    init(_ folder: SiteFolder) throws {
        var definition: SiteDefinition?
        if case .bytes(let bytes) = folder.read("millrace.yaml"), let text = String(validating: bytes, as: UTF8.self) {
            definition =
                SiteFile.parse(text: text, file: "millrace.yaml", connectorKinds: ConnectorSettings.kinds).definition
        }
        try self.init(definition: definition)
        if definition == nil {
            fault =
                "millrace.yaml has faults, and tests go by its zone and its shifts: none was run; mend what "
                + "'millrace check' says first"
        }
    }

    private init(definition: SiteDefinition?) throws {
        let settings =
            definition?.calendar
            ?? CalendarSettings(shifts: [], exceptions: [], dayStart: TimeOfDay.midnight, zone: .utc)
        let calendar = try ShiftCalendar(settings)
        context =
            definition?.mappingContext(schemas: Assembly.schemas)
            ?? MappingContext(site: "site", zone: .utc, schemas: Assembly.schemas, calendar: calendar)
        let own = definition?.limits
        let limits = Plant.Limits(
            lateness: own?.lateness ?? .seconds(172_800), ahead: own?.ahead ?? .seconds(300),
            silence: own?.silence ?? .seconds(900), slice: own?.slice ?? .seconds(60))
        tests = MappingTests(calendar: calendar, limits: limits)
        plant = Plant(
            site: context.site, liveSince: .distantPast, calendar: calendar, limits: limits, readingMappings: [],
            documentMappings: [], endpoints: [])
    }
}

/// `millrace map preview`.
struct MapPreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Shows what a mapping would make, and writes nothing.",
        discussion: """
            For a reading mapping: the facts from FILE, or from what its connector has now, read from the beginning. For a \
            document mapping: the documents that the waiting sums would give if their windows closed now.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping's name.")
    var mapping: String

    @Argument(help: "A file as the connector would find it.")
    var file: String?

    @Option(help: "Stop after so many readings.")
    var limit = 10_000

    func run() async throws {
        try await Verb.run(options) { session in
            if let found = session.plant.readingMappings.first(where: { $0.name.text == mapping }) {
                return try await showFacts(found, session)
            }
            let documents = session.plant.documentMappings.filter { !session.plant.takenOut.contains($0.name) }
            guard let found = documents.first(where: { $0.name.text == mapping }) else {
                let known = session.plant.readingMappings.map(\.name.text) + documents.map(\.name.text)
                throw CommandFailure(
                    .usage, "there is no mapping '\(mapping)'; the site has \(known.joined(separator: ", "))")
            }
            return try showDocuments(found, session)
        }
    }

    private func showFacts(_ mapping: ReadingMapping, _ session: Session) async throws -> Exit {
        let preview = MapPreview(plant: session.plant, store: session.store)
        let zone = session.definition.zone
        for connector in try connectors(of: mapping, session) {
            let found: MapPreview.Facts
            do { found = try await preview.facts(of: mapping, from: connector, limit: limit) } catch let error
                as ConnectorError
            {
                throw CommandFailure(.sourceUnreachable, "\(error)")
            }
            for fact in found.facts {
                var object = ValueObject(["kind": .string(fact.kind.rawValue)])
                for (name, value) in fact.value { object[name] = value }
                session.output.object(.object(object))
            }
            for row in found.setAside {
                session.output.object([
                    "kind": "set-aside", "place": .string(row.place.description),
                    "reason": .string(row.reason.rawValue),
                    "sentence": .string(row.sentence),
                ])
            }
            for line in MapText.facts(found, zone: zone) { session.output.line(line) }
        }
        return .done
    }

    /// The mapping's connectors, told to leave everything where it lies.
    private func connectors(of mapping: ReadingMapping, _ session: Session) throws -> [any Connector] {
        let own = session.connectorSettings.filter { mapping.connectors.contains($0.id) }
        let quiet: [(id: ConnectorID, settings: ConnectorSettings.Decoded)] = try own.map { id, settings in
            switch settings {
            case .files(var files):
                files.after = .keep
                files.quiet = .zero
                if let file {
                    guard let path = SiteFolder.absolute(file) else {
                        throw CommandFailure(.usage, "'\(file)' is not there")
                    }
                    files.folder = "/"
                    files.path = path
                }
                return (id, .files(files))
            case .agent:
                if file == nil { return (id, settings) }
                throw CommandFailure(.usage, "'\(id)' is an agent and reads no files; leave FILE out")
            }
        }
        return Assembly.connectors(quiet, transport: CurlTransport(), clock: session.clock)
    }

    private func showDocuments(_ mapping: DocumentMapping, _ session: Session) throws -> Exit {
        if file != nil { throw CommandFailure(.usage, "'\(mapping.name)' makes documents from sums; leave FILE out") }
        let world = try session.world(identityTrouble: nil)
        let (documents, waiting) = try MapPreview(plant: session.plant, store: session.store).documents(
            of: mapping, endpoints: world.endpoints, now: session.clock.now(),
            compile: world.compileDocument)
        for document in documents { session.output.object(document.whole) }
        for line in MapText.documents(documents, waiting: waiting) { session.output.line(line) }
        return .done
    }
}
