/// Whose store this is (RULES R26): noted at its first delivery.
public struct StoreIdentity: Hashable, Sendable {
    /// A random name, made once; a copy bears the same.
    public var instance: String
    /// The machine of the first delivery, by its machine-id.
    public var host: String
    /// The file's real path then.
    public var path: String

    /// An identity of these parts.
    public init(instance: String, host: String, path: String) {
        self.instance = instance
        self.host = host
        self.path = path
    }
}

/// What the store says of itself, read from its notes.
public struct StoreNotes: Hashable, Sendable {
    /// Whose it is; nil before its first delivery.
    public var identity: StoreIdentity?
    /// When the copy was made, as written; nil where it is no copy.
    public var backupOf: String?
    /// The number of its newest document.
    public var lastNumber: Int64

    /// Notes of these parts.
    public init(identity: StoreIdentity?, backupOf: String?, lastNumber: Int64) {
        self.identity = identity
        self.backupOf = backupOf
        self.lastNumber = lastNumber
    }
}

/// Whether a store may deliver, or was restored, copied or moved (RULES R26).
public enum StoreStanding: Hashable, Sendable, CustomStringConvertible {
    /// It is the one that delivered last.
    case same
    /// It is a copy made by `store backup`.
    case backupCopy(at: String)
    /// It was carried to another machine or folder.
    case moved(from: String, to: String)
    /// It is older than what went out from here already.
    case behindHighWater(theirs: Int64, ours: Int64)

    /// Decides, from what the store says and where it lies.
    ///
    /// - Shape: `machine` is this machine's id, `realPath` the file without links, `highWater` the number in `state/high-water`, nil
    ///   where that file is not there. A store without identity that never delivered is the same, wherever it lies.
    public init(_ notes: StoreNotes, machine: String, realPath: String, highWater: Int64?) {
        if let made = notes.backupOf {
            self = .backupCopy(at: made)
        } else if let identity = notes.identity, identity.host != machine {
            self = .moved(from: "machine \(identity.host)", to: "machine \(machine)")
        } else if let identity = notes.identity, identity.path != realPath {
            self = .moved(from: identity.path, to: realPath)
        } else if let highWater, notes.lastNumber < highWater {
            self = .behindHighWater(theirs: highWater, ours: notes.lastNumber)
        } else {
            self = .same
        }
    }

    /// Whether all endpoints are held until a person has looked.
    public var holdsEndpoints: Bool { self != .same }

    /// One sentence; empty for the same store.
    public var description: String {
        let what =
            switch self {
            case .same: ""
            case .backupCopy(let made): "this store is a copy made by 'store backup' at \(made)"
            case .moved(let from, let to): "this store delivered from \(from) and is now at \(to)"
            case .behindHighWater(let theirs, let ours):
                "this store ends at document \(ours), but document \(theirs) went out from here already"
            }
        return what.isEmpty
            ? ""
            : what
                + "; every endpoint is held: run 'reconcile --against erp', then 'endpoint release' with --reason for each"
    }
}

extension RunStore {
    /// What the store says of itself; `lastNumber` is the outbox's.
    public func storeNotes(lastNumber: Int64) throws(StoreError) -> StoreNotes {
        var identity: StoreIdentity?
        if let instance = try note(StoreNote.instance) {
            identity = StoreIdentity(
                instance: instance, host: try note(StoreNote.host) ?? "", path: try note(StoreNote.path) ?? "")
        }
        return StoreNotes(identity: identity, backupOf: try note(StoreNote.isBackup), lastNumber: lastNumber)
    }
}

extension RunStore where Self: ReadingStore {
    /// Notes whose store this is: at its first delivery, and again when a person let its endpoints go on.
    ///
    /// - Effects: it is no copy any more. All notes or none, in one transaction: half an identity would be taken for a move.
    public func claim(as identity: StoreIdentity) throws {
        try together {
            try setNote(StoreNote.instance, identity.instance)
            try setNote(StoreNote.host, identity.host)
            try setNote(StoreNote.path, identity.path)
            try setNote(StoreNote.isBackup, nil)
        }
    }
}

/// The names of the store's notes about itself.
public enum StoreNote {
    /// The store's random name.
    public static let instance = "instance"
    /// The machine-id of its first delivery.
    public static let host = "host"
    /// Its real path at its first delivery.
    public static let path = "path"
    /// Set in a copy: when it was made.
    public static let isBackup = "is-backup"
    /// When the store was copied last.
    public static let backedUpAt = "backed-up-at"
    /// When a person let an endpoint of a restored store go on: windows that begin before are looked up or decided (RULES R26).
    public static func restoredBefore(_ endpoint: EndpointID) -> String { "restored-before \(endpoint)" }
    /// Until when the certificate of an endpoint's host holds, as it was seen last.
    public static func certificateExpires(_ endpoint: EndpointID) -> String { "certificate-expires \(endpoint)" }
}
