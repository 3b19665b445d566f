import Glibc

/// The files beside the tests.
enum Fixture {
    struct Missing: Error { let path: String }

    private static var here: ArraySlice<Substring> {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    }

    static func text(_ name: String) throws -> String {
        try file(here.joined(separator: "/") + "/Fixtures/\(name)")
    }

    /// A mapping of the repository's library.
    static func readyMade(_ name: String) throws -> String {
        try file(here.dropLast(2).joined(separator: "/") + "/mappings/\(name).yaml")
    }

    private static func file(_ path: String) throws -> String {
        guard let file = fopen(path, "rb") else { throw Missing(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
