import Glibc

/// What became of writing one file.
enum FileWriting: Equatable, Sendable {
    /// It is there, and will be after a power cut.
    case written
    /// A file of that name with the same bytes was there already.
    case same
    /// A file of that name with other bytes is there; nothing was changed.
    case different
    /// Surely no file of that name was made.
    case notWritten(String)
    /// It may be there.
    case unknown(String)
}

/// What a folder has under a name.
enum FileFinding: Equatable, Sendable {
    /// A file with the same bytes.
    case same
    /// Something else.
    case different
    /// Nothing, but its beginnings under the temporary name: it was never there.
    case begun
    /// Nothing.
    case nothing
    /// It cannot be seen.
    case unseen(String)
}

/// Puts whole files into one folder (RULES R25): temporary name, sync, rename, sync of the folder.
///
/// All calls block, so they run on a queue of the actor's own.
actor FolderWriter {
    private let folder: String
    private let executor: QueueExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(folder: String) {
        self.folder = folder
        executor = QueueExecutor(label: "millrace.folder")
    }

    /// Puts the file there unless a file of that name is there.
    ///
    /// - Effects: a file under the temporary name, left by a run that died, is written over.
    func write(_ name: String, _ bytes: [UInt8]) -> FileWriting {
        if let fault = makeFolder() { return .notWritten(fault) }
        switch find(name, bytes) {
        case .same:
            // The run that wrote it may have died before this.
            return syncFolder().map { .unknown($0) } ?? .same
        case .different: return .different
        case .unseen(let fault): return .notWritten(fault)
        case .begun, .nothing: break
        }
        let temporary = path(Self.temporary(name))
        if let fault = fill(temporary, bytes) {
            unlink(temporary)
            return .notWritten(fault)
        }
        guard rename(temporary, path(name)) == 0 else {
            let code = errno
            let fault = "\(path(name)) could not be given its name (\(reason(code)))"
            // Elsewhere, on a share say, the rename may have gone through before the answer was lost.
            let isSure = [EACCES, EPERM, EROFS, ENOSPC, EDQUOT, ENOENT, EISDIR].contains(code)
            if isSure { unlink(temporary) }
            return isSure ? .notWritten(fault) : .unknown(fault)
        }
        return syncFolder().map { .unknown($0) } ?? .written
    }

    /// Looks for the file.
    func find(_ name: String, _ bytes: [UInt8]) -> FileFinding {
        // Not blocked by a pipe of that name, not led away by a link.
        let descriptor = open(path(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ELOOP { return .different }
            guard code == ENOENT else { return .unseen("\(path(name)) cannot be read (\(reason(code)))") }
            return access(path(Self.temporary(name)), F_OK) == 0 ? .begun : .nothing
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == bytes.count
        else { return .different }
        var offset = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return .unseen("\(path(name)) cannot be read (\(reason(errno)))") }
            if count == 0 { return offset == bytes.count ? .same : .different }
            guard offset + count <= bytes.count, bytes[offset..<(offset + count)].elementsEqual(chunk[..<count]) else {
                return .different
            }
            offset += count
        }
    }

    /// A name that no pattern for finished files takes in.
    private static func temporary(_ name: String) -> String { ".\(name).part" }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    private func makeFolder() -> String? {
        if mkdir(folder, 0o750) == 0 {
            let parent = folder.split(separator: "/", omittingEmptySubsequences: true).dropLast().joined(separator: "/")
            return sync(folder.hasPrefix("/") ? "/\(parent)" : parent.isEmpty ? "." : parent)
        }
        let code = errno
        // Whether it is a folder is seen at the first open.
        if code == EEXIST { return nil }
        return "the folder \(folder) cannot be made (\(reason(code)))"
    }

    private func fill(_ temporary: String, _ bytes: [UInt8]) -> String? {
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return "\(temporary) cannot be written (\(reason(errno)))" }
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let fault = "\(temporary) cannot be written (\(reason(errno)))"
                close(descriptor)
                return fault
            }
            rest.removeFirst(count)
        }
        let synced = fsync(descriptor) == 0
        let code = errno
        // Network shares tell of a full disk only here.
        let closed = close(descriptor) == 0
        if synced, closed { return nil }
        return "\(temporary) cannot be written (\(reason(synced ? errno : code)))"
    }

    private func syncFolder() -> String? { sync(folder) }

    private func sync(_ folder: String) -> String? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return "the folder \(folder) cannot be opened (\(reason(errno)))" }
        defer { close(descriptor) }
        // Some shares know no sync of folders, and say EINVAL.
        if fsync(descriptor) == 0 || errno == EINVAL { return nil }
        return "the folder \(folder) cannot be synced (\(reason(errno)))"
    }

    private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
