import Glibc
import MillraceCore
import MillraceMapping
import MillraceValues
import MillraceYAML
import Synchronization

/// A site's folder: finds it, reads its files, and compiles them with all their faults.
struct SiteFolder {
    /// The folder, absolute, without a slash at its end.
    let path: String

    /// Finds the site: `--site`, else this folder if it holds millrace.yaml, else MILLRACE_SITE.
    ///
    /// - Throws: `CommandFailure` with exit 10 where there is none.
    init(_ options: GlobalOptions) throws {
        let named = options.site ?? (Self.isSite(".") ? "." : Self.environment("MILLRACE_SITE"))
        guard let named else {
            throw CommandFailure(
                .invalidConfiguration,
                "this folder holds no millrace.yaml; go to the site's folder, or name it with --site")
        }
        guard Self.isSite(named), let absolute = Self.absolute(named) else {
            throw CommandFailure(
                .invalidConfiguration, "'\(named)' holds no millrace.yaml; name the site's folder with --site")
        }
        path = absolute
    }

    private static func isSite(_ folder: String) -> Bool { access(folder + "/millrace.yaml", F_OK) == 0 }

    /// The path with links followed; nil where nothing is there.
    static func absolute(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// A variable of the environment; nil where it is not set or empty.
    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// A path of a file, relative to the folder where it does not begin with a slash.
    static func resolve(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }

    /// The bytes of a file of the site, or one sentence why it cannot be read.
    func read(_ name: String) -> TableContent { SiteFolder.read(SiteFolder.resolve(name, in: path), as: name) }

    /// The bytes of a file of at most 64 MiB, or of a ready-made mapping, or one sentence.
    static func read(_ path: String, as name: String) -> TableContent {
        if let ready = MappingPath.ready(name) { return ReadyMappings.content(named: ready) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return .unreadable("'\(name)' cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 { return .unreadable("'\(name)' cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { return .bytes(bytes) }
            bytes += chunk[0..<count]
            if bytes.count > 64 << 20 { return .unreadable("'\(name)' has more than 64 MiB") }
        }
    }

    /// The mapping files' names, in order.
    func mappingFiles() -> [String] {
        guard let folder = opendir(path + "/mappings") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { names.append("mappings/" + name) }
        }
        return names.sorted()
    }
}

/// A site's files, compiled and checked as a whole.
struct CompiledSite {
    /// The site; nil where any file has an error.
    var site: Site?
    /// The texts of the mappings, with the tables of the site.
    var texts: [MappingText] = []
    /// The connectors' settings, in the order of the file.
    var connectors: [(id: ConnectorID, settings: ConnectorSettings.Decoded)] = []
    /// All faults of all files, by file and place.
    var diagnostics: [Diagnostic] = []

    /// Whether any of them is an error.
    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Reads and compiles all files of the folder.
    init(_ folder: SiteFolder) {
        guard let site = text("millrace.yaml", folder) else { return }
        let mappings = folder.mappingFiles().compactMap { name in
            text(name, folder).map { Site.File(path: name, text: $0) }
        }
        let tables = RecordedTables()
        let (checked, faults) = Site.check(
            site: Site.File(path: "millrace.yaml", text: site), mappings: mappings,
            connectorKinds: ConnectorSettings.kinds, schemas: Assembly.schemas
        ) { name in
            let content = folder.read(name)
            tables.note(name, content)
            // The message of the mapping names the file itself.
            let prefix = "'\(name)' cannot be read: "
            guard case .unreadable(let why) = content, why.hasPrefix(prefix) else { return content }
            return .unreadable(String(why.dropFirst(prefix.count)))
        }
        diagnostics += faults
        guard let checked else { return }
        let settingsFaults = DiagnosticList(SourceText(file: "millrace.yaml", text: site))
        let settings = ConnectorSettings(folder: folder.path, zone: checked.definition.zone, faults: settingsFaults)
        for connector in checked.definition.connectors {
            if let decoded = settings.decode(connector) { connectors.append((connector.id, decoded)) }
        }
        let mapped = Set(checked.readings.flatMap(\.connectors))
        // A mapping that cannot be read may be the one that reads it.
        for connector in checked.definition.connectors where !hasErrors && !mapped.contains(connector.id) {
            settingsFaults.warning(
                .neverRead, at: connector.mark,
                "connector '\(connector.id)' is not read: no mapping says 'from: {connector: \(connector.id)}'")
        }
        diagnostics += settingsFaults.sorted
        self.site = hasErrors ? nil : checked
        let versions =
            checked.readings.map { ($0.file, $0.name, $0.version, [String]()) }
            + checked.documents.map { ($0.file, $0.name, $0.version, $0.schemaFiles) }
        // Schemas are large: only the mapping that is held to one keeps it.
        let schemas = Set(checked.documents.flatMap(\.schemaFiles))
        for (file, name, version, own) in versions {
            guard let text = mappings.first(where: { $0.path == file })?.text else { continue }
            let kept = tables.texts.filter { !schemas.contains($0.key) || own.contains($0.key) }
            texts.append(MappingText(mapping: name, version: version, file: file, text: text, tables: kept))
        }
    }

    private mutating func text(_ name: String, _ folder: SiteFolder) -> String? {
        switch folder.read(name) {
        case .unreadable(let sentence): diagnostics.append(Self.unreadable(name, sentence))
        case .bytes(let bytes):
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            let mark = Self.end(of: bytes.prefix(UTF8Check.firstInvalid(in: bytes.span) ?? 0))
            diagnostics.append(Self.unreadable(name, "the file is not UTF-8 here; save it as UTF-8", at: mark))
        }
        return nil
    }

    /// Compiles a text that the store kept.
    static func compile(_ text: MappingText, _ context: MappingContext) -> MappingFile? {
        MappingFile.parse(text: text.text, file: text.file, context: context) { name in
            text.tables[name].map { .bytes(Array($0.utf8)) } ?? .unreadable("'\(name)' was not kept")
        }.mapping
    }

    /// A kept text of a reading mapping; nil for anything else.
    static func reading(_ text: MappingText, _ context: MappingContext) -> ReadingMapping? {
        if case .reading(let mapping)? = compile(text, context) { mapping } else { nil }
    }

    /// A kept text of a document mapping; nil for anything else.
    static func document(_ text: MappingText, _ context: MappingContext) -> DocumentMapping? {
        if case .document(let mapping)? = compile(text, context) { mapping } else { nil }
    }

    /// The place behind those bytes, which are UTF-8.
    private static func end(of bytes: ArraySlice<UInt8>) -> SourceMark {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        return SourceMark(
            line: max(1, lines.count),
            column: String(decoding: lines.last ?? [], as: UTF8.self).unicodeScalars.count + 1)
    }

    private static func unreadable(_ file: String, _ sentence: String, at mark: SourceMark = .start) -> Diagnostic {
        Diagnostic(
            file: file, mark: mark, severity: .error, code: .syntax, sentence: sentence, sourceLine: "")
    }
}

/// Remembers the tables that a mapping asked for.
private final class RecordedTables: Sendable {
    private let found = Mutex<[String: String]>([:])

    var texts: [String: String] { found.withLock { $0 } }

    func note(_ name: String, _ content: TableContent) {
        guard case .bytes(let bytes) = content else { return }
        found.withLock { $0[name] = String(decoding: bytes, as: UTF8.self) }
    }
}
