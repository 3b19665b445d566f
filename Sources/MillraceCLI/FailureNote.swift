import Glibc
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// What cron was told of runs that failed before they could note it in the store (RULES R27): files with faults, a store that cannot be
/// read, a disk without a byte left.
///
/// It is one line of a fixed length, written over in place: where the disk is full, nothing new can be written.
struct FailureNote {
    private static let length = 128

    private let path: String

    /// The note of a site; nil where its folder has no `state`, and each failure is told.
    init?(site folder: String) {
        if access(folder + "/state", W_OK | X_OK) != 0 { return nil }
        path = folder + "/state/failure"
    }

    /// A failure that was told.
    private struct Told {
        var failure: String
        var since: Instant
        var at: Instant
        var exit: String
    }

    /// Whether the failure is told now: when it begins or changes, and again after `remind`.
    ///
    /// - Effects: notes that it was told.
    func isTold(_ failure: CommandFailure, now: Instant, remind: Duration) -> Bool {
        let name = Base32.encode(
            Array(SHA256.hash((failure.details + [failure.sentence]).joined(separator: "\n")).prefix(10)))
        let told = read()
        if let told, told.failure == name, now >= told.at, now - told.at < remind { return false }
        let since = told?.failure == name ? told?.since ?? now : now
        write("\(name) \(since.iso8601) \(now.iso8601) \(failure.exit.rawValue)")
        return true
    }

    /// What is told when a run goes through again; nil where none had failed.
    ///
    /// - Effects: the note is empty then, and there is room for the next one.
    func over(zone: Zone) -> String? {
        guard let told = read() else {
            if access(path, F_OK) != 0 { write("") }
            return nil
        }
        write("")
        return "over: runs that failed (exit \(told.exit)), since \(Words.time(told.since, zone: zone))"
    }

    private func read() -> Told? {
        guard case .bytes(let bytes) = SiteFolder.read(path, as: "failure") else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 4, let since = Instant(iso8601: words[1]), let at = Instant(iso8601: words[2]) else {
            return nil
        }
        return Told(failure: words[0], since: since, at: at, exit: words[3])
    }

    private func write(_ text: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { return }
        defer { close(descriptor) }
        let line = Array((text + String(repeating: " ", count: max(0, Self.length - 1 - text.utf8.count)) + "\n").utf8)
        // Where it cannot be written the failure is told once more.
        _ = pwrite(descriptor, line, line.count, 0)
    }
}
