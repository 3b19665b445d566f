import MillraceValues

/// What is known of one file: what was consumed of it, and where it was last seen (RULES R3).
struct FileEntry: Sendable {
    /// Where the file is.
    enum Status: String, Sendable {
        /// In its place.
        case here
        /// Read to its end; it is put away once the page that says so is committed.
        case away
        /// It was put away.
        case put
        /// Not in its place any more; it may come back under any name.
        case gone
        /// What was consumed went on in another file; the bytes up to here are known.
        case left
    }

    /// Its path at first sight, with `#2` and so on where that was taken.
    var name: String
    var status = Status.here
    /// As it was when it was last looked at. Of no meaning once it is gone.
    var seen: DropFile
    /// How many bytes were consumed: the next one to read.
    var length: Int64 = 0
    /// The line that begins there, from 1.
    var line = 1
    /// Where in its format the reader is.
    var phase = ReadPhase.start
    /// The running hash of the consumed bytes; nil once the file is gone.
    var hash: SHA256?
    /// The hash of the consumed bytes, first half; current only where `hash` is nil.
    var storedDigest: [UInt8] = []
    /// The hash of the first 4 KiB, first half; empty while fewer are consumed.
    var head: [UInt8] = []
    /// The hash of the last 4 KiB before `length`, first half.
    var tail: [UInt8] = []

    /// How many bytes stand for the head and the tail of a file.
    static let sampleBytes = 4096

    /// The hash of the consumed bytes, cut to 128 bits, which no two files share by accident.
    var digest: [UInt8] { hash.map { Array($0.finish().prefix(16)) } ?? storedDigest }

    /// Whether nothing is left to read.
    var isAtEnd: Bool { length >= seen.size }

    /// Whether the file can be found at `seen.path`.
    var isInPlace: Bool { status == .here || status == .away }

    /// Forgets what only a file in its place needs.
    mutating func leave(_ status: Status) {
        storedDigest = digest
        hash = nil
        tail = []
        self.status = status
    }

    /// The first half of the hash.
    static func sample(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(bytes).prefix(16)) }
}

/// Where in its format a file's reader is.
enum ReadPhase: String, Sendable {
    /// Before the header row, or before the list of records.
    case start
    /// Between rows.
    case rows
    /// Inside a line that is passed over because it cannot be read.
    case skipping
    /// Behind the list of records, where only blanks may follow.
    case done
    /// Where whatever follows is passed over.
    case passing
}

/// A file that is not read, and that was said once.
struct FileMark: Sendable, Hashable {
    /// Why it is not read.
    enum Kind: String, Sendable {
        /// It repeats a finished file.
        case repeated
        /// It stands where another file is known, which it does not go on from.
        case held
        /// What was read of it went on in another file.
        case left
        /// It holds nothing where a document is due.
        case empty
    }

    var kind: Kind
    var seen: DropFile
    /// The name of the file that it repeats or displaced.
    var name: String
}
