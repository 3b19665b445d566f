import Glibc
import MillraceCore
import MillraceValues

/// What runs did, a line of JSON each, under `state/log/`: `runs.ndjson`, and older ones as `runs.1.ndjson` to `runs.9.ndjson`.
///
/// A run that did nothing and had nothing to say writes nothing. What `runs` in the store says is the same; the log is for eyes and tools
/// that have no SQLite, and outlives a store that was lost.
struct RunLog {
    /// The folder.
    let folder: String

    /// A file grows to so many bytes.
    private static let fileBytes: Int64 = 1 << 20
    /// So many older files are kept.
    private static let kept = 9

    /// Appends a run; returns one sentence where that failed, for a full disk must not end a run that is over.
    func append(_ run: RunRecord, troubles: [String: String]) -> String? {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { return failure("made") }
        let path = folder + "/runs.ndjson"
        var status = stat()
        if stat(path, &status) == 0, status.st_size >= Self.fileBytes { rotate() }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return failure("written") }
        defer { close(descriptor) }
        let line = Array((JSONWriter.text(Self.object(run, troubles)) + "\n").utf8)
        return write(descriptor, line, line.count) == line.count ? nil : failure("written")
    }

    private func failure(_ verb: String) -> String {
        "the log in '\(folder)' cannot be \(verb): \(String(cString: strerror(errno))); the run itself is recorded in the store"
    }

    private func rotate() {
        unlink(folder + "/runs.\(Self.kept).ndjson")
        for number in stride(from: Self.kept - 1, through: 1, by: -1) {
            rename(folder + "/runs.\(number).ndjson", folder + "/runs.\(number + 1).ndjson")
        }
        rename(folder + "/runs.ndjson", folder + "/runs.1.ndjson")
    }

    private static func object(_ run: RunRecord, _ troubles: [String: String]) -> Value {
        var object = ValueObject([
            "kind": "run", "run": .string(run.id.text), "started-at": .string(run.startedAt.iso8601),
            "ended-at": .string(run.endedAt.iso8601), "exit-code": .count(run.exitCode),
        ])
        for (word, figure) in run.figures.sorted(by: { $0.key < $1.key }) {
            object[word] = .number(ExactDecimal(figure))
        }
        object["notices"] = .array(run.notices.map { .string($0) })
        object["troubles"] = .array(troubles.sorted { $0.key < $1.key }.map { .string($0.value) })
        return .object(object)
    }
}
