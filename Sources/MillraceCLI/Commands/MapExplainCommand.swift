import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTransport
import MillraceValues
import MillraceYAML

/// `millrace map explain`: one record through a mapping, rule by rule.
struct MapExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows what a mapping makes of one record: each value, its rule and what it read.",
        discussion: """
            RECORD of a reading mapping: a fact's number, FILE@POSITION of a reading that is kept or can be read again, or \
            FILE:LINE of a file of its connector; of a document mapping: a document's key or its end. --given takes what a test's \
            'given' takes, as JSON: one record, or a list with those before it. Without any, the mapping's first test is the \
            record; these two need no site. Nothing is written.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping's name, or its file.")
    var mapping: String

    @Argument(help: "The record.")
    var record: String?

    @Option(help: "JSON in the place of a record.")
    var given: String?

    @Option(help: "The test whose 'given' is the record.")
    var test: String?

    func validate() throws {
        if [record, given, test].compactMap({ $0 }).count > 1 {
            throw ValidationError("name one of RECORD, --given and --test")
        }
    }

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            let watch = MappingWatch()
            let source = try MapSources.named(mapping, options)
            let hasSite = (try? SiteFolder(options)) != nil  // try?: without a site the record is a given one
            let session = record != nil || hasSite ? try Session.open(options) : nil
            guard let (parsed, mapping) = source.parsed(output, watch: watch) else {
                throw CommandFailure(.invalidConfiguration, "'\(self.mapping)' has faults; mend them first")
            }
            let explain = MapExplain(
                plant: session?.plant ?? source.surroundings.plant, watch: watch, store: session?.store)
            let found: MapExplain.Record
            switch mapping {
            case .document(let mapping): found = try document(mapping, parsed, explain, session)
            case .reading(let mapping): found = try await reading(mapping, parsed, explain, session)
            }
            tell(found, parsed.source.file, zone: source.surroundings.context.zone, output)
            return .done
        }
    }

    // MARK: Records

    /// The records that --given or a test gives, with the test's mapping.
    private func rows(_ tests: [MappingTest]) throws -> (rows: [ValueObject], test: MappingTest?) {
        if let given {
            let value: Value
            do { value = try JSONReader.read(given) } catch {
                throw CommandFailure(.usage, "--given is no JSON: \(error)")
            }
            let rows = (value.array ?? [value]).compactMap(\.object)
            if rows.isEmpty { throw CommandFailure(.usage, "--given is an object, or a list of them") }
            return (rows, nil)
        }
        guard let found = test.map({ name in tests.first { $0.name == name } }) ?? tests.first else {
            let known = tests.map { "'\($0.name)'" }.joined(separator: ", ")
            throw CommandFailure(
                .usage,
                test == nil
                    ? "the mapping has no test; name a RECORD, or give one with --given"
                    : "there is no test '\(test ?? "")'; the mapping has \(known.isEmpty ? "none" : known)")
        }
        return (found.given, found)
    }

    private func document(
        _ mapping: DocumentMapping, _ parsed: ParsedMapping, _ explain: MapExplain, _ session: Session?
    ) throws -> MapExplain.Record {
        guard let record, let session else {
            let (rows, test) = try rows(mapping.tests)
            let used = test.map { mapping.using($0) } ?? mapping
            return explain.record(used, parsed, inputs: used.inputs(given: rows.last ?? ValueObject()))
        }
        let document = try session.document(record, "or say --given")
        guard let inputs = try explain.inputs(of: document, store: session.store) else {
            throw CommandFailure(.failed, "the sum of '\(document.key)' is not kept any more")
        }
        return explain.record(mapping, parsed, inputs: inputs)
    }

    private func reading(
        _ mapping: ReadingMapping, _ parsed: ParsedMapping, _ explain: MapExplain, _ session: Session?
    ) async throws -> MapExplain.Record {
        guard let record, let session else {
            let (rows, test) = try rows(mapping.tests)
            let used = test.map { mapping.using($0) } ?? mapping
            var rejected: [SetAside] = []
            let samples = used.samples(of: rows, rejected: &rejected)
            let last = Int64(rows.count - 1)
            return try explain.record(used, parsed, [samples], rejected: rejected) { $0.position == last }
        }
        let wanted = try place(record, session)
        if case .exact(let place) = wanted,
            let found = try explain.record(mapping, parsed, kept: place, in: session.store)
        {
            return found
        }
        var (batches, rejected): ([SampleBatch], [SetAside]) = ([], [])
        var state = ReadingMappingState()
        var found: Place?
        for connector in session.rereading() where mapping.connectors.contains(connector.id) {
            do {
                _ = try await connector.pull(from: nil) { page in
                    guard let batch = page.batch, found == nil else { return found == nil ? .goOn : .stop }
                    found = wanted.place(in: batch)
                    batches.append(mapping.samples(from: batch, state: &state, rejected: &rejected))
                    return found == nil ? .goOn : .stop
                }
            } catch let failure as ConnectorError {
                throw CommandFailure(.sourceUnreachable, "\(failure)")
            }
        }
        guard let found else {
            throw CommandFailure(
                .failed,
                "neither the kept readings of '\(mapping.name)' nor its connector's files and archive have the record "
                    + "'\(record)'; a kept reading is named FILE@POSITION, and --given takes any other"
            )
        }
        return try explain.record(mapping, parsed, batches, rejected: rejected) { $0 == found }
    }

    /// Where the record stands: what was written, or the place of a fact's last reading.
    private func place(_ record: String, _ session: Session) throws -> WantedPlace {
        if let number = Int64(record) {
            guard let fact = try session.store.facts(after: number - 1, limit: 1).first, fact.id == number else {
                throw CommandFailure(.failed, "there is no fact \(number)")
            }
            return .exact(fact.fact.places.last)
        }
        if let place = Place(record) { return .exact(place) }
        guard let colon = record.lastIndex(of: ":"), let line = UInt32(record[record.index(after: colon)...]) else {
            throw CommandFailure(.usage, "'\(record)' is no record; write FILE:LINE, FILE@POSITION or a fact's number")
        }
        return .line(String(record[..<colon]), line)
    }

    // MARK: Telling

    private func tell(_ found: MapExplain.Record, _ file: String, zone: Zone, _ output: Output) {
        for rule in found.rules { output.object(rule.object) }
        for fact in found.facts {
            var object = ValueObject(["kind": .string(fact.kind.rawValue)])
            for (name, value) in fact.value { object[name] = value }
            output.object(.object(object))
        }
        for (mapping, key) in found.keys {
            output.object(["kind": "key", "mapping": .string(mapping.text), "key": .string(key)])
        }
        for sentence in found.sentences { output.object(["kind": "notice", "sentence": .string(sentence)]) }
        for line in MapExplainText.lines(found, file: file, zone: zone) { output.line(line) }
    }
}

/// A record as a person names it.
private enum WantedPlace {
    case exact(Place)
    case line(String, UInt32)

    /// Its place in the batch; nil where it is not in it.
    func place(in batch: ReadingBatch) -> Place? {
        for row in batch.positions.indices {
            let place = Place(source: batch.source, position: batch.positions[row])
            switch self {
            case .exact(let wanted):
                if Place.isSame(batch.source, wanted.source), wanted.position == place.position { return place }
            case .line(let file, let line):
                if Place.isSame(batch.source, file), batch.lines.indices.contains(row), batch.lines[row] == line {
                    return place
                }
            }
        }
        return nil
    }
}

/// What a mapping made of a record, as a person reads it.
enum MapExplainText {
    /// A row for each rule, then what comes of it.
    static func lines(_ found: MapExplain.Record, file: String, zone: Zone) -> [String] {
        var lines = TextTable.lines(
            ["", "name", "value", "line", "from"],
            found.rules.map { rule in
                let reads = rule.reads.map { "\($0.name) = \($0.value.map(text) ?? "nothing")" }
                let from = reads + rule.used + (rule.sentence.isEmpty ? [] : [rule.sentence])
                return [
                    rule.kind.rawValue, rule.name, rule.value.map(text) ?? "–",
                    rule.line == 0 ? "" : rule.file == file ? "\(rule.line)" : "\(rule.file):\(rule.line)",
                    from.joined(separator: "; "),
                ]
            })
        if !lines.isEmpty { lines += ["", "Lines are those of \(file)."] }
        if !found.facts.isEmpty {
            lines += ["", "It brings:"]
            lines += MapText.table(found.facts, zone: zone)
        }
        for (mapping, key) in found.keys { lines.append("Document of \(mapping): \(key)") }
        return lines + found.sentences.map { "It is not used: \($0)" }
    }

    private static func text(_ value: Value) -> String { value.plainText ?? JSONWriter.text(value) }
}
