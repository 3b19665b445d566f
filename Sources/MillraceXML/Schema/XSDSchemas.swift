public import MillraceCore
import Synchronization

/// Compiles XML schemas (XSD 1.0) by libxml2 and keeps them.
///
/// The same files are compiled once in a process: a schema of B2MML takes 10 to 100 ms.
public final class XSDSchemas: DocumentSchemas {
    /// How many versions of a schema are kept, for texts of mappings that speak for older documents.
    private static let keptVersions = 8
    private let known = Mutex<[String: [CompiledSchema]]>([:])

    /// Nothing compiled yet.
    public init() {}

    /// The schema in the file at `path`, compiled or as it was kept.
    public func schema(
        at path: String, below folder: String, files: @escaping SchemaFiles
    ) throws(SchemaError) -> CompiledSchema {
        let place = "\(folder)\u{0}\(path)"
        let kept = known.withLock { $0[place] ?? [] }
        if let same = kept.first(where: { Self.isMade($0, of: files) }) { return same }
        let compiled = try XSDCompilation.compiled(path, below: folder, files: files)
        known.withLock { $0[place] = Array((($0[place] ?? []) + [compiled]).suffix(Self.keptVersions)) }
        return compiled
    }

    /// Whether the files still hold what the schema was made of.
    private static func isMade(_ schema: CompiledSchema, of files: SchemaFiles) -> Bool {
        schema.files.allSatisfy { file in
            do throws(SchemaError) { return try files(file.path) == file.bytes } catch { return false }
        }
    }
}
