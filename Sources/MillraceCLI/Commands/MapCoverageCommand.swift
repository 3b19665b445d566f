import ArgumentParser
import MillraceMapping
import MillraceSync
import MillraceValues
import MillraceYAML

/// `millrace map coverage`: what no test of a mapping has touched.
struct MapCoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage", abstract: "Names fields, rows and branches of mappings that no test has touched.",
        discussion: """
            A field is touched where a test expects something of it. Of conditions and of choices in expressions both sides count, \
            of look-up tables the rows that stand in the mapping itself, and every 'missing' that is written. With --min the \
            command ends with exit code 1 where less of all mappings together is touched, or where a test fails.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Mapping files, or names of the site's mappings. Default: all of the site.")
    var files: [String] = []

    @Option(help: "The least share that is touched, in percent; for CI.")
    var min: Int?

    func validate() throws {
        if let min, !(0...100).contains(min) { throw ValidationError("--min is a percentage, from 0 to 100") }
    }

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            let sources = try MapSources(named: files, options)
            if let fault = sources.all.compactMap(\.surroundings.fault).first {
                throw CommandFailure(.invalidConfiguration, fault)
            }
            var (all, touched, failed) = (0, 0, 0)
            for source in sources.all {
                guard let covered = source.covered(output, &failed) else { return .invalidConfiguration }
                all += covered.points.count
                touched += covered.touched
                tell(covered, output)
            }
            let percent = MappingCoverage.percent(touched: touched, of: all)
            output.object([
                "kind": "coverage", "points": .count(all), "touched": .count(touched), "percent": .number(percent),
                "failed": .count(failed),
            ])
            output.line(
                "\(percent) % of \(Words.count(all, "point")) in \(Words.count(sources.all.count, "mapping")) touched")
            guard let min else { return .done }
            if failed > 0 {
                throw CommandFailure(.failed, "\(Words.count(failed, "test")) fail; see 'millrace map test'")
            }
            if touched * 100 >= min * all { return .done }
            throw CommandFailure(.failed, "\(percent) % is less than --min \(min); test what is named above")
        }
    }

    private func tell(_ covered: MappingCoverage, _ output: Output) {
        let percent = MappingCoverage.percent(touched: covered.touched, of: covered.points.count)
        output.object([
            "kind": "file", "file": .string(covered.file), "points": .count(covered.points.count),
            "touched": .count(covered.touched), "percent": .number(percent),
        ])
        output.line("\(covered.file): \(percent) %, \(covered.touched) of \(covered.points.count)", .strong)
        for point in covered.points where !point.isTouched {
            output.object([
                "kind": "untouched", "file": .string(point.file), "line": .count(point.line),
                "what": .string(point.kind.rawValue), "name": .string(point.name),
            ])
            output.line("  \(point.file):\(point.line): \(point.kind.rawValue) \(point.name)")
        }
    }
}

/// Mapping files that a command was given, or those of the site, each with what it needs to know of its surroundings.
struct MapSources {
    /// One file.
    struct One {
        let file: String
        let content: TableContent
        let surroundings: MapSurroundings
        let tables: TableSource
    }

    /// All of them, in order.
    let all: [One]

    /// These.
    init(all: [One]) { self.all = all }

    /// Finds them.
    ///
    /// - Throws: `CommandFailure` where no file is named and there is no site.
    init(_ files: [String], _ options: GlobalOptions) throws {
        if files.isEmpty {
            let folder = try SiteFolder(options)
            let surroundings = try MapSurroundings(folder)
            all = folder.mappingFiles().map { name in
                One(file: name, content: folder.read(name), surroundings: surroundings, tables: { folder.read($0) })
            }
        } else {
            all = try files.map { file in
                One(
                    file: file, content: SiteFolder.read(file, as: file),
                    surroundings: try MapSurroundings(around: file),
                    tables: { SiteFolder.read($0, as: $0) })
            }
        }
    }
}

extension MapSources {
    /// Finds files, or mappings of the site by their names; all of the site where nothing is named.
    ///
    /// - Throws: `CommandFailure` where there is neither.
    init(named mappings: [String], _ options: GlobalOptions) throws {
        if mappings.isEmpty {
            try self.init([], options)
        } else {
            let found = try mappings.map { mapping -> One in
                // A path that nothing is at is told as a file that cannot be read.
                let isPath = mapping.contains("/") || mapping.hasSuffix(".yaml") || mapping.hasSuffix(".yml")
                if isPath, let one = try MapSources([mapping], options).all.first { return one }
                return try Self.named(mapping, options)
            }
            self.init(all: found)
        }
    }

    /// The file of that path, or the site's mapping of that name.
    ///
    /// - Throws: `CommandFailure` where there is neither.
    static func named(_ mapping: String, _ options: GlobalOptions) throws -> One {
        if case .bytes = SiteFolder.read(mapping, as: mapping), let found = try MapSources([mapping], options).all.first
        {
            return found
        }
        let all = try MapSources([], options).all
        let names = all.map { source -> String in
            guard case .bytes(let bytes) = source.content else { return "" }
            let text = SourceText(file: source.file, text: String(decoding: bytes, as: UTF8.self))
            return YAMLFile.read(DiagnosticList(text))?["mapping"]?.text ?? ""
        }
        if let place = names.firstIndex(of: mapping) { return all[place] }
        throw CommandFailure(
            .usage,
            "there is no mapping and no file '\(mapping)'"
                + Suggestion.ending(for: mapping, among: names.filter { !$0.isEmpty }))
    }
}

extension MapSources.One {
    /// The text; nil, and said, where it cannot be read.
    func text(_ output: Output) -> String? {
        let sentence: String
        switch content {
        case .bytes(let bytes):
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            sentence = "'\(file)' is not UTF-8; save it as UTF-8"
        case .unreadable(let why): sentence = why
        }
        output.object(["kind": "fault", "file": .string(file), "sentence": .string(sentence)])
        if !output.isJSON { output.message("millrace: " + sentence) }
        return nil
    }

    /// The file, compiled; its errors are said.
    func parsed(_ output: Output, watch: MappingWatch? = nil) -> (parsed: ParsedMapping, mapping: MappingFile)? {
        guard let text = text(output) else { return nil }
        var context = surroundings.context
        context.watch = watch
        let parsed = MappingFile.parse(text: text, file: file, context: context, tables: tables)
        if let mapping = parsed.mapping { return (parsed, mapping) }
        for fault in parsed.diagnostics where fault.severity == .error {
            output.object([
                "kind": "fault", "file": .string(file), "line": .count(fault.line), "column": .count(fault.column),
                "code": .string(fault.code.rawValue), "sentence": .string(fault.sentence),
            ])
            if !output.isJSON { output.message(fault.description) }
        }
        return nil
    }

    /// What its tests touch; nil, and said, where it has faults.
    fileprivate func covered(_ output: Output, _ failed: inout Int) -> MappingCoverage? {
        let watch = MappingWatch()
        guard let (parsed, mapping) = parsed(output, watch: watch) else { return nil }
        _ = watch.take()  // What is looked up while compiling is no test's.
        let results = surroundings.tests.run(mapping)
        failed += results.count { !$0.result.passes }
        return MappingCoverage(parsed, tests: results.map(\.test), events: watch.take())
    }
}
