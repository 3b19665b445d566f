import Glibc
import MillraceValues

/// The lock of a site's runs: the kernel frees it when its holder ends, however it ends.
final class RunLock {
    private let descriptor: Int32

    /// Who holds it.
    struct Holder {
        /// Its process.
        let process: String
        /// Since when.
        let since: Instant?
        /// Its `--max-time` in seconds; nil where it has none.
        let maxTime: Int64?

        /// What the holder wrote into the lock's file.
        init(written descriptor: Int32) {
            var bytes = [UInt8](repeating: 0, count: 200)
            let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
            let words = String(decoding: bytes[0..<count], as: UTF8.self).split(separator: " ").map(String.init)
            process = words.first ?? "?"
            since = words.count > 1 ? Instant(iso8601: words[1]) : nil
            maxTime = words.count > 2 ? Int64(words[2]) : nil
        }
    }

    /// What trying to take it brought.
    enum Taking {
        case taken(RunLock)
        case heldBy(Holder)
    }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Who holds the lock at `path` now; nil where nobody does.
    static func holder(of path: String) -> Holder? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : Holder(written: descriptor)
    }

    /// Takes the lock at `path` and writes into it who holds it.
    ///
    /// - Throws: `CommandFailure` with exit 14 where the file cannot be made.
    static func take(_ path: String, now: Instant, maxTime: Duration?) throws -> Taking {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.storageFull, "'\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            defer { close(descriptor) }
            return .heldBy(Holder(written: descriptor))
        }
        let seconds = maxTime.map { String($0.components.seconds) } ?? "-"
        let text = Array("\(getpid()) \(now.iso8601) \(seconds)".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        return .taken(RunLock(descriptor))
    }
}
