import Glibc

/// A file as its folder shows it, without opening it.
struct DropFile: Hashable, Sendable {
    /// Relative to the settings' folder.
    var path: String
    var device: UInt64
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64

    init(path: String, device: UInt64, inode: UInt64, size: Int64, modified: Int64) {
        self.path = path
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
    }

    /// The regular file at that place; nil for anything else, symbolic links among it.
    init?(path: String, in folder: String) {
        var info = stat()
        guard lstat(path.hasPrefix("/") ? path : folder + "/" + path, &info) == 0, info.st_mode & S_IFMT == S_IFREG
        else { return nil }
        self.init(path: path, info)
    }

    private init(path: String, _ info: stat) {
        let seconds = Int64(info.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
        self.init(
            path: path, device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
            modified: seconds &+ Int64(info.st_mtim.tv_nsec))
    }

    /// Whether nobody has touched the file between the two sights of it.
    func isUntouched(since other: DropFile) -> Bool { self == other }
}

/// Finds files by a path with `*`, `?` and `[…]` in its parts.
enum FileGlob {
    /// Why a folder cannot be listed.
    struct Failure: Error {
        let sentence: String
    }

    /// The regular files that the pattern names, sorted by path. Symbolic links are passed over; names that begin with a
    /// point only match a part that does.
    ///
    /// - Throws: `Failure` where a folder of the pattern that is named plainly is not there or cannot be read.
    static func files(_ pattern: String, in folder: String) throws(Failure) -> [DropFile] {
        let isAbsolute = pattern.hasPrefix("/")
        var bases = [isAbsolute ? "/" : ""]
        let parts = pattern.split(separator: "/").map(String.init)
        let root = isAbsolute ? "" : folder
        var isPlainSoFar = true
        for (index, part) in parts.enumerated() {
            let isWild = part.contains { "*?[".contains($0) }
            if !isWild {
                bases = bases.map { $0 + part }
            } else {
                bases = try expand(bases, part, in: root, mustExist: isPlainSoFar)
                isPlainSoFar = false
            }
            if index < parts.count - 1 { bases = bases.map { $0 + "/" } }
        }
        if isPlainSoFar, let base = bases.first { try checkFolder(of: base, in: root) }
        return bases.sorted().compactMap { DropFile(path: $0, in: root) }
    }

    private static func expand(
        _ bases: [String], _ part: String, in root: String, mustExist: Bool
    ) throws(Failure) -> [String] {
        var found: [String] = []
        for base in bases {
            let path = root.isEmpty ? base : root + "/" + base
            guard let names = names(in: path) else {
                if !mustExist { continue }
                throw Failure(sentence: "the folder \(path) cannot be read (\(String(cString: strerror(errno))))")
            }
            for name in names where fnmatch(part, name, FNM_PERIOD) == 0 { found.append(base + name) }
        }
        return found
    }

    private static func checkFolder(of path: String, in root: String) throws(Failure) {
        let whole = root.isEmpty ? path : root + "/" + path
        let folder = whole.lastIndex(of: "/").map { String(whole[..<$0]) } ?? "."
        guard access(folder.isEmpty ? "/" : folder, R_OK | X_OK) != 0 else { return }
        throw Failure(sentence: "the folder \(folder) cannot be read (\(String(cString: strerror(errno))))")
    }

    /// The names in a folder; nil where it cannot be read.
    private static func names(in path: String) -> [String]? {
        guard let directory = opendir(path.isEmpty ? "." : path) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            // The name is a C array, which Swift shows as a tuple; these bytes are the copy's own and end with a zero.
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// An open file that is read at any place.
final class DropReader {
    /// Why a file cannot be read.
    struct Failure: Error {
        let sentence: String
    }

    private let descriptor: Int32
    private let path: String

    /// Opens the file; a symbolic link in the place of its last part is refused.
    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw Failure(sentence: "\(path) cannot be opened (\(String(cString: strerror(errno))))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Up to `count` bytes from `offset` on; fewer only at the end of the file.
    func read(at offset: Int64, count: Int) throws(Failure) -> [UInt8] {
        var result: [UInt8] = []
        while result.count < count {
            var piece = [UInt8](repeating: 0, count: count - result.count)
            let got = pread(descriptor, &piece, piece.count, off_t(offset) + off_t(result.count))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw Failure(sentence: "\(path) cannot be read (\(String(cString: strerror(errno))))")
            }
            if got == piece.count, result.isEmpty { return piece }
            if got == 0 { break }
            result.append(contentsOf: piece[..<got])
        }
        return result
    }
}
