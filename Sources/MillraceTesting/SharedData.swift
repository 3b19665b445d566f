import Glibc

/// The folder of shared test data, which a checkout may lack.
package enum SharedData {
    /// The folder's path without a slash at its end; nil where it is not there.
    ///
    /// - Shape: `MILLRACE_SHARED` where that is set, else `shared` beside the package's folder. Tests that need it carry
    ///   `.enabled(if: SharedData.isPresent)`, so that leaving them out is seen.
    package static var folder: String? {
        let path = variable("MILLRACE_SHARED") ?? packageFolder + "/../shared"
        return isFolder(path) ? path : nil
    }

    /// Whether the folder is there.
    package static var isPresent: Bool { folder != nil }

    /// The whole file at that path below the folder; nil where it cannot be read.
    package static func bytes(_ path: String) -> [UInt8]? {
        guard let folder, let file = fopen(folder + "/" + path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// The names in a folder below the shared folder, sorted; empty where it is not there.
    package static func names(in path: String) -> [String] {
        guard let folder, let directory = opendir(folder + "/" + path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Three folders up from this file: `Sources/MillraceTesting/SharedData.swift`.
    private static var packageFolder: String {
        String(#filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/"))
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func isFolder(_ path: String) -> Bool {
        guard let directory = opendir(path) else { return false }
        closedir(directory)
        return true
    }
}
