import Glibc

/// A folder of one test's own, gone with its last use.
package final class TemporaryFolder: Sendable {
    /// Its path without a slash at its end.
    package let path: String

    /// A new empty folder.
    package init() throws {
        var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotMake() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The file of that name in it.
    package func file(_ name: String) -> String { path + "/" + name }

    /// The folder could not be made.
    package struct CannotMake: Error {}

    deinit {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }
}
