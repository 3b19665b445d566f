import Glibc
import MillraceConnectors
import MillraceCore
import MillraceTesting
import MillraceValues

/// A folder of its own for a test, gone with it.
final class DropFolder {
    let path: String
    /// What `now` says: an hour after the files are stamped, unless a test says otherwise.
    static let now = Instant(seconds: 1_772_438_400)

    init() {
        var template = Array("/tmp/millrace-drop-XXXXXX".utf8CString)
        path =
            mkdtemp(&template) == nil
            ? "/nonexistent" : String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        mkdir(path + "/drop", 0o755)
    }

    deinit {
        for folder in ["/drop/archive", "/drop", ""] {
            for name in names(folder) { unlink(path + folder + "/" + name) }
            rmdir(path + folder)
        }
    }

    /// Writes a file anew, in place, last touched so long before `now`.
    func write(_ name: String, _ bytes: [UInt8], age: Int = 3600) {
        let file = open(path + "/drop/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        put(file, bytes)
        touch(name, age: age)
    }

    func write(_ name: String, _ text: String, age: Int = 3600) { write(name, Array(text.utf8), age: age) }

    /// Adds to a file.
    func append(_ name: String, _ text: String, age: Int = 1800) {
        put(open(path + "/drop/" + name, O_WRONLY | O_APPEND), Array(text.utf8))
        touch(name, age: age)
    }

    private func put(_ file: Int32, _ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let piece = Array(bytes[offset...])
            let count = Glibc.write(file, piece, piece.count)
            if count <= 0 { break }
            offset += count
        }
        close(file)
    }

    func touch(_ name: String, age: Int) {
        let time = timespec(tv_sec: Int(Self.now.seconds) - age, tv_nsec: 0)
        let times = [time, time]
        utimensat(AT_FDCWD, path + "/drop/" + name, times, 0)
    }

    func rename(_ name: String, _ other: String) { Glibc.rename(path + "/drop/" + name, path + "/drop/" + other) }
    func remove(_ name: String) { unlink(path + "/drop/" + name) }

    func names(_ folder: String) -> [String] {
        guard let directory = opendir(path + folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != "..", name != "archive" { names.append(name) }
        }
        return names.sorted()
    }

    func csv(
        _ format: CSVFormat = CSVFormat(), after: FileDropSettings.After = .keep, quiet: Duration = .seconds(30)
    ) -> FileDropConnector {
        connector(.csv(format), "*.csv", after: after, quiet: quiet)
    }

    func connector(
        _ format: FileDropSettings.Format, _ pattern: String, after: FileDropSettings.After = .keep,
        quiet: Duration = .seconds(30)
    ) -> FileDropConnector {
        let settings = FileDropSettings(
            id: "packing", folder: path, path: "drop/" + pattern, format: format, quiet: quiet, after: after)
        return FileDropConnector(settings) { DropFolder.now }
    }
}

/// What pulls brought, and the cursor that would be kept.
struct Haul {
    /// What a test throws where a program would have died.
    struct Crash: Error, Equatable {}

    /// `source@position name=value …`, one line for each reading.
    var rows: [String] = []
    var pages = 0
    var setAside: [SetAside] = []
    var gaps: [Gap] = []
    var unbroken: [Bool] = []
    var numbering: Set<ReadingBatch.Numbering> = []
    var end: PullEnd?
    var cursor: Value?

    /// Pulls once from where the last pull ended.
    mutating func pull(_ connector: some Connector, stopAfter limit: Int = .max) async throws {
        var (taken, haul) = (0, self)
        haul.end = try await connector.pull(from: cursor) { page in
            taken += 1
            haul.take(page)
            return taken >= limit ? .stop : .goOn
        }
        self = haul
    }

    private mutating func take(_ page: PullPage) {
        pages += 1
        setAside += page.setAside
        gaps += page.gaps
        // Through the text of the store and back, as between two runs.
        // A cursor that is no JSON fails the test by its absence.
        cursor = try? JSONReader.read(JSONWriter.text(page.cursor))
        guard let batch = page.batch else { return }
        unbroken.append(batch.continuesUnbroken)
        numbering.insert(batch.numbering)
        for row in 0..<batch.count {
            var line = batch.place(row: row).description
            for (field, name) in batch.names.enumerated() {
                if let text = batch.text(row: row, field: field) { line += " \(name)=\(text)" }
            }
            rows.append(line)
        }
    }

    /// Pulls one page at a time until an end is reached.
    static func inSteps(_ connector: some Connector) async throws -> Haul {
        var haul = Haul()
        for _ in 0..<100_000 {
            try await haul.pull(connector, stopAfter: 1)
            if haul.end?.through != .cutShort { break }
        }
        return haul
    }
}
