import CSQLiteSetup
import GRDB
import Glibc
public import MillraceCore
import Synchronization

/// A site's store: one SQLite file in WAL mode with synchronous=FULL, so that what was committed survives a power cut.
///
/// The file is opened once per process and never closed by us: closing would checkpoint and sync, and every run would pay for it.
/// The system frees it when the process ends, however it ends.
public final class SQLiteStore: Sendable {
    let queue: DatabaseQueue
    /// Done before the process uses SQLite for the first time; where another part of it came first, all works as well, with a lock more.
    private static let isSetUp = millrace_sqlite_without_memory_count() == 0
    /// Where the file is.
    public let path: String

    /// Opens the store, makes it where it does not exist, and brings its tables to this version.
    ///
    /// - Effects: a new file has mode 0600.
    /// - Throws: `cannotOpen`, `corrupt` (also for a file of a newer program), `full`, `busy`.
    public convenience init(path: String) throws(StoreError) { try self.init(path: path, busyAfter: 10) }

    /// Opens the store so that it is busy when another writer held the file for so many seconds.
    package init(path: String, busyAfter seconds: Double) throws(StoreError) {
        self.path = path
        do {
            Self.create(path)
            queue = try DatabaseQueue(
                path: path, configuration: Self.configuration(readOnly: false, busyAfter: seconds))
            try queue.write(Schema.migrate)
        } catch {
            throw StoreError(error, path: path, opening: true)
        }
    }

    /// Opens the store for reading only.
    ///
    /// - Throws: as the other; a store that was never made is `cannotOpen`.
    public init(readingFrom path: String) throws(StoreError) {
        self.path = path
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration(readOnly: true, busyAfter: 10))
            let version = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
            if version > Schema.steps.count { throw Schema.NewerStore() }
        } catch {
            throw StoreError(error, path: path, opening: true)
        }
    }

    /// Makes the file with its rights, before SQLite would with those of the user's mask; its WAL inherits them.
    ///
    /// Where this fails, opening says why.
    static func create(_ path: String) {
        let file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if file >= 0 { close(file) }
    }

    private static func configuration(readOnly: Bool, busyAfter seconds: Double) -> Configuration {
        _ = isSetUp
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(seconds)
        // `together` leaves a transaction open between two calls.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            if !readOnly {
                // Of a new file: larger pages, a quarter of the reads and writes. An older file keeps the size that it was made with.
                try database.execute(sql: "PRAGMA page_size = 16384")
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
                // A larger WAL: fewer checkpoints in a night's backlog; a small run makes none at all.
                let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                try database.execute(
                    sql: "PRAGMA wal_autocheckpoint = \(16_384_000 / pageSize); PRAGMA journal_size_limit = 67108864")
            }
            try database.execute(sql: "PRAGMA cache_size = -2000; PRAGMA temp_store = FILE")
        }
        return configuration
    }

    /// The open group: what is written joins its transaction.
    private enum Group {
        case none
        case open
        /// A write in it failed and may stand half done: it can only be rolled back.
        case failed(StoreError)

        var isOpen: Bool { if case .none = self { false } else { true } }
    }
    private let group = Mutex(Group.none)

    /// Runs `body` so that everything it records becomes durable together, or not at all where it throws.
    ///
    /// - Effects: one commit, one sync of the WAL. A write that failed inside takes the whole group back, also where `body` goes on.
    public func together<Result>(_ body: () throws -> Result) throws -> Result {
        if group.withLock({ $0.isOpen }) { return try body() }
        do { try queue.writeWithoutTransaction { try $0.beginTransaction(.immediate) } } catch {
            throw StoreError(error, path: path)
        }
        group.withLock { $0 = .open }
        defer { group.withLock { $0 = .none } }
        do {
            let result = try body()
            if case .failed(let failure) = group.withLock({ $0 }) { throw failure }
            try queue.writeWithoutTransaction { try $0.commit() }
            return result
        } catch {
            // Where SQLite rolled back already (a full disk), this does nothing.
            try queue.writeWithoutTransaction { try $0.rollback() }
            throw error is DatabaseError ? StoreError(error, path: path) : error
        }
    }

    /// One transaction that writes, or a part of the open group.
    func write<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        let isGrouped = group.withLock { $0.isOpen }
        do {
            if isGrouped { return try queue.unsafeReentrantWrite(body) }
            return try queue.write(body)
        } catch {
            let failure = StoreError(error, path: path)
            if isGrouped { group.withLock { $0 = .failed(failure) } }
            throw failure
        }
    }

    /// One read. A statement sees one consistent state; two of them may see a commit of another program in between.
    ///
    /// No transaction around it: beginning and ending one costs more than most of what is read here.
    func read<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do { return try queue.unsafeReentrantRead(body) } catch { throw StoreError(error, path: path) }
    }
}

extension StoreError {
    /// Says what a SQLite error means for the user.
    init(_ error: any Error, path: String, opening: Bool = false) {
        if let own = error as? StoreError {
            self = own
            return
        }
        if error is Schema.NewerStore {
            self = .newer("'\(path)'")
            return
        }
        guard let failure = error as? DatabaseError else {
            self = opening ? .cannotOpen("'\(path)': \(error)") : .failed("\(error)")
            return
        }
        let words = failure.message ?? "error \(failure.extendedResultCode.rawValue)"
        switch failure.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_FULL: self = .full("the disk with '\(path)' is full")
        case .SQLITE_READONLY: self = .full("'\(path)' or its folder is read-only")
        case .SQLITE_IOERR: self = .full("reading or writing '\(path)' failed (\(words))")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt("'\(path)' is damaged (\(words))")
        case .SQLITE_CANTOPEN: self = .cannotOpen("'\(path)': \(words)")
        default: self = opening ? .cannotOpen("'\(path)': \(words)") : .failed(words)
        }
    }
}
