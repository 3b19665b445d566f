public import MillraceCore
import MillraceValues
public import MillraceYAML

/// A site with its mappings: everything that its folder says, checked as a whole.
public struct Site: Sendable {
    /// A mapping file's text.
    public struct File: Sendable {
        /// Its path as messages name it.
        public let path: String
        /// Its text.
        public let text: String

        /// That text of that file.
        public init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// What the site's file defines.
    public let definition: SiteDefinition
    /// The mappings from readings, by name.
    public let readings: [ReadingMapping]
    /// The mappings to documents, by name.
    public let documents: [DocumentMapping]

    /// The reading mapping of that name; nil where there is none.
    public func reading(_ name: MappingName) -> ReadingMapping? { readings.first { $0.name == name } }
    /// The document mapping of that name; nil where there is none.
    public func document(_ name: MappingName) -> DocumentMapping? { documents.first { $0.name == name } }

    /// Reads and checks a whole site.
    ///
    /// - Shape: the site is nil where any file has an error; the faults are those of all files, sorted by file and place.
    public static func check(
        site: File, mappings: [File], zoneFolder: String = "/usr/share/zoneinfo", connectorKinds: [String]? = nil,
        schemas: (any DocumentSchemas)? = nil, tables: @escaping TableSource
    ) -> (site: Site?, diagnostics: [Diagnostic]) {
        let parsed = SiteFile.parse(
            text: site.text, file: site.path, zoneFolder: zoneFolder, connectorKinds: connectorKinds)
        // Without a zone the mappings are checked all the same, for their other faults.
        var context = parsed.context ?? MappingContext(site: "", zone: .utc, zoneFolder: zoneFolder)
        context.schemas = schemas
        let files = mappings.map { MappingFile.parse(text: $0.text, file: $0.path, context: context, tables: tables) }
        var diagnostics = parsed.diagnostics + files.flatMap(\.diagnostics)
        diagnostics += SiteCheck(site: parsed, mappings: files).faults()
        var seen = Set<Diagnostic>()
        diagnostics = diagnostics.filter { seen.insert($0).inserted }
        diagnostics = diagnostics.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(
            \.element)
        guard let definition = parsed.definition, !diagnostics.contains(where: { $0.severity == .error }) else {
            return (nil, diagnostics)
        }
        var (readings, documents): ([ReadingMapping], [DocumentMapping]) = ([], [])
        for case let mapping? in files.map(\.mapping) {
            switch mapping {
            case .reading(let mapping): readings.append(mapping)
            case .document(let mapping): documents.append(mapping)
            }
        }
        readings.sort { $0.name < $1.name }
        documents.sort { $0.name < $1.name }
        return (Site(definition: definition, readings: readings, documents: documents), diagnostics)
    }
}
