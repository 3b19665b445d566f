import Glibc
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// Tells a store from its copies (RULES R26) and keeps it in size (RULES R6).
struct StoreCare {
    let session: Session

    /// The store's file, links followed.
    private var realPath: String { SiteFolder.absolute(session.store.path) ?? session.store.path }
    /// The folder of the store.
    var folder: String { String(realPath[..<(realPath.lastIndex(of: "/") ?? realPath.startIndex)]) }
    private var highWater: String { folder + "/high-water" }

    /// Whether this store may deliver.
    func standing() throws -> StoreStanding {
        let store = session.store
        return StoreStanding(
            try store.storeNotes(lastNumber: try store.lastNumber()), machine: Self.machine(), realPath: realPath,
            highWater: numberSent())
    }

    /// When a run ended last, by the modification time of `last-run`; nil before the first.
    var lastRunEnd: Instant? {
        var status = stat()
        guard stat(folder + "/last-run", &status) == 0 else { return nil }
        return Instant(microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000)
    }

    /// When a run looked last: one that finds nothing new writes nothing, and leaves 'read through' as it was (RULES R27).
    var lastRunLine: String? {
        lastRunEnd.map {
            "last run: \(Words.time($0, zone: session.definition.zone)); one that finds nothing new leaves 'read through' as it is"
        }
    }

    /// Notes whose store this is, once something went out from it, and how far it came.
    ///
    /// - Effects: `high-water` is written under a temporary name and renamed.
    func noteDelivery() throws {
        if try session.store.note(StoreNote.instance) == nil { try claim() }
        let text = Array("\(try session.store.lastNumber())\n".utf8)
        let temporary = highWater + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        var isWritten = descriptor >= 0 && write(descriptor, text, text.count) == text.count
        var reason = errno
        if descriptor >= 0 { close(descriptor) }
        if isWritten {
            isWritten = rename(temporary, highWater) == 0
            reason = errno
        }
        guard isWritten else {
            throw CommandFailure(.storageFull, "'\(highWater)' cannot be written: \(String(cString: strerror(reason)))")
        }
    }

    /// A person says that this store is the site's own now. Its endpoints stay held, each until it is released by itself.
    ///
    /// - Effects: in one transaction; `high-water` goes with the store that is lost.
    func adopt() throws {
        let standing = try standing()
        if standing == .same { return }
        try session.store.together {
            try session.endpointVerbs.holdAll(restored: standing.description)
            try claim()
        }
        unlink(highWater)
    }

    /// Drops kept readings beyond their time, at most once an hour.
    func prune(now: Instant) throws {
        let last = try session.store.note("pruned-at").flatMap { Instant(iso8601: $0) }
        if let last, now - last < .seconds(3600) { return }
        _ = try prune(keep: session.definition.readings.keep, now: now)
    }

    /// Drops kept readings that are older than `keep` and settled, and what goes beyond the site's limit.
    func prune(keep: Duration, now: Instant) throws -> PruneReport {
        let definition = session.definition
        let calendar = session.plant.calendar
        let settling = definition.limits.lateness + .seconds(86_400)
        let report = try session.store.prune(
            Retention(
                readingsOlderThan: now - keep, atMostBytes: definition.readings.atMostBytes,
                recent: now - settling, settling: settling, dayStart: { calendar.day(at: $0).start }))
        try session.store.setNote("pruned-at", now.iso8601)
        return report
    }

    private func claim() throws {
        let instance = try session.store.note(StoreNote.instance) ?? String(UInt64.random(in: .min ... .max), radix: 16)
        try session.store.claim(as: StoreIdentity(instance: instance, host: Self.machine(), path: realPath))
    }

    /// The number in `high-water`; nil where the file is not there.
    private func numberSent() -> Int64? {
        guard case .bytes(let bytes) = SiteFolder.read(highWater, as: "high-water") else { return nil }
        return Int64(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// This machine's id; empty where it has none.
    private static func machine() -> String {
        guard case .bytes(let bytes) = SiteFolder.read("/etc/machine-id", as: "machine-id") else { return "" }
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
