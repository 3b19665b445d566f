import MillraceValues
import MillraceYAML

/// Where the files lie that a mapping file names.
public enum MappingPath {
    /// Begins the path under which a ready-made mapping is asked for.
    public static let library = "ready-made:"

    /// The ready-made mapping that the path means; nil for a file of the site.
    public static func ready(_ path: String) -> String? {
        guard path.hasPrefix(library), path.hasSuffix(".yaml") else { return nil }
        return String(path.dropFirst(library.count).dropLast(".yaml".count))
    }

    /// The path of the mapping that `extends` names: a file where it has a slash or ends in `.yaml`, else a ready-made one.
    static func base(_ text: String, at mark: SourceMark, _ faults: DiagnosticList) -> String {
        let isFile = text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml")
        return isFile ? resolve(text, at: mark, faults) : library + text + ".yaml"
    }

    /// The path as it is meant at that place, relative to the file in which it stands.
    ///
    /// - Shape: a ready-made mapping lies nowhere, and its paths are those of the file that extends it: as if it were copied there.
    static func resolve(_ path: String, at mark: SourceMark, _ faults: DiagnosticList) -> String {
        let file = faults.source(of: mark).file
        return SitePath.resolve(path, beside: ready(file) == nil ? file : faults.source.file)
    }

    /// The path of the same file as it is written in the folder of `file`.
    static func relative(_ path: String, beside file: String) -> String {
        if path.hasPrefix("/") { return path }
        var (way, folder) = (path.split(separator: "/")[...], file.split(separator: "/").dropLast())
        while let first = way.first, first == folder.first, way.count > 1 {
            (way, folder) = (way.dropFirst(), folder.dropFirst())
        }
        return (folder.map { _ in ".." } + way.map(String.init)).joined(separator: "/")
    }
}
