import GRDB
import Glibc
public import MillraceCore
public import MillraceValues

extension SQLiteStore: StoreKeeping {
    /// Copies the store while it is in use: a read transaction writes a packed copy, which is marked, synced and renamed.
    public func backup(to target: String, now: Instant) throws(StoreError) {
        let part = Self.unfinished(target)
        unlink(part)
        Self.create(part)
        guard access(part, W_OK) == 0 else {
            throw .full("'\(target)' cannot be written (\(String(cString: strerror(errno))))")
        }
        do {
            try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [part]) }
            let copy = try DatabaseQueue(path: part)
            try copy.write { try Self.setNote(StoreNote.isBackup, now.iso8601, in: $0) }
            try copy.close()
        } catch {
            unlink(part)
            throw StoreError(error, path: target)
        }
        guard Self.sync(part), rename(part, target) == 0, Self.sync(Self.folder(of: target)) else {
            let failure = StoreError.full("'\(target)' cannot be written (\(String(cString: strerror(errno))))")
            unlink(part)
            throw failure
        }
    }

    /// The name of a copy that is being written.
    public static func unfinished(_ target: String) -> String { target + ".part" }

    private static func sync(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return fsync(file) == 0
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
