import Foundation

/// A folder of a test's own, gone with it; in memory where the machine has such a place, for stores sync at every commit.
final class TestFolder {
    let path: String

    init() throws {
        let shared = "/dev/shm"
        let root = FileManager.default.isWritableFile(atPath: shared) ? shared : NSTemporaryDirectory()
        path = root + "/millrace-sync-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)  // try?: what is left goes with the machine's own tidying
    }

    /// Writes a file anew, in place, last touched `age` before `now`.
    func write(_ name: String, _ text: String, touched: Date? = nil) throws {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        if let handle = FileHandle(forWritingAtPath: file) {
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } else {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
        if let touched { try FileManager.default.setAttributes([.modificationDate: touched], ofItemAtPath: file) }
    }

    func size(_ name: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)  // try?: absent is empty
        return (attributes?[.size] as? Int) ?? 0
    }
}
