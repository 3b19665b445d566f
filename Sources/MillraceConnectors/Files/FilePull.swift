import MillraceCore
import MillraceValues

/// One pull of dropped files, from looking at the folder to putting files away.
///
/// Used by one task, from its making to its end.
final class FilePull {
    let settings: FileDropSettings
    let now: Instant
    var cursor: FileCursor
    /// What the next page reports and moves, beside its readings.
    var setAside: [SetAside] = []
    var gaps: [Gap] = []
    var isDirty = false
    var notices: [String] = []
    /// What stays so until a person does something.
    var troubles: [String] = []
    /// Whether anything is or was unread.
    var foundUnread = false
    private var isStopped = false
    /// How many bytes the pull found unread, and how many of them it has read.
    private var (unreadBytes, readBytes): (Int64, Int64) = (0, 0)
    /// The files that were named or read on in this pull.
    private var touched: Set<Int> = []

    init(_ settings: FileDropSettings, cursor: FileCursor, now: Instant) {
        self.settings = settings
        self.cursor = cursor
        self.now = now
    }

    func run(_ take: (PullPage) async throws -> PullDirective) async throws -> PullEnd {
        let files: [DropFile]
        do throws(FileGlob.Failure) {
            files = try FileGlob.files(settings.path, in: settings.folder)
        } catch {
            throw ConnectorError.unreachable(settings.id, error.sentence)
        }
        cursor.forgetOldest()
        let unknown = try recognise(files)
        unreadBytes =
            unknown.reduce(0) { $0 + $1.size }
            + cursor.files.filter(\.isInPlace).reduce(0) { $0 + max(0, $1.seen.size - $1.length) }
        if isDirty, try await commit(nil, take) == .stop { return end(isCut: true) }
        for index in cursor.files.indices where cursor.files[index].isInPlace {
            try await readOn(index, take)
            if isStopped { return end(isCut: true) }
        }
        for file in unknown {
            guard let index = try meet(file) else { continue }
            try await readOn(index, take)
            if isStopped { return end(isCut: true) }
        }
        if isDirty { _ = try await commit(nil, take) }
        return end(isCut: false)
    }

    private func end(isCut: Bool) -> PullEnd {
        PullEnd(
            through: isCut ? .cutShort : foundUnread ? .largestEventTime : .startOfPull, notices: notices,
            troubles: troubles)
    }

    /// The file's place in the file system.
    func place(of path: String) -> String {
        path.hasPrefix("/") ? path : settings.folder + "/" + path
    }

    /// Whether nobody has written to the file for `quiet`.
    func isQuiet(_ file: DropFile) -> Bool {
        now - Instant(microseconds: file.modified / 1000) >= settings.quiet
    }

    // MARK: new files

    /// What an unknown file is, now that the files before it were read; its index in the cursor where it is to be read.
    private func meet(_ file: DropFile) throws -> Int? {
        do throws(DropReader.Failure) {
            let reader = try DropReader(place(of: file.path))
            if let index = try bestMatch(file, reader, among: touched) {
                return resolve(file, matching: index)
            }
        } catch {
            miss(error.sentence)
            return nil
        }
        if let owner = cursor.files.firstIndex(where: { $0.isInPlace && $0.seen.path == file.path }) {
            hold(file, owner)
            return nil
        }
        let name = cursor.freshName(for: file.path)
        var entry = FileEntry(name: name, seen: file)
        entry.hash = SHA256()
        cursor.files.append(entry)
        return cursor.files.count - 1
    }

    /// Notes a file that cannot be read now.
    private func miss(_ sentence: String) {
        foundUnread = true
        notices.append("\(sentence); the next run tries again")
    }

    // MARK: reading

    /// Reads what is unread of a file in its place, page by page, and puts it away at its end.
    private func readOn(_ index: Int, _ take: (PullPage) async throws -> PullDirective) async throws {
        let isNew = cursor.files[index].length == 0
        do {
            if !cursor.files[index].isAtEnd {
                foundUnread = true
                try await readPages(index, take)
            }
        } catch let failure as DropReader.Failure {
            miss(failure.sentence)
        }
        // What has no known byte is not known.
        if isNew, cursor.files[index].length == 0 {
            cursor.files.remove(at: index)
            return
        }
        try await putAway(index, take)
    }

    private func readPages(_ index: Int, _ take: (PullPage) async throws -> PullDirective) async throws {
        let file = cursor.files[index].seen
        let reader = try DropReader(place(of: file.path))
        guard let source = try FileSource(settings, reader, file, isQuiet: isQuiet(file)) else { return }
        while !isStopped {
            var entry = cursor.files[index]
            guard let page = try source.nextPage(&entry) else { return }
            touched.insert(index)
            readBytes += entry.length - cursor.files[index].length
            cursor.files[index] = entry
            let isLast = entry.isAtEnd && settings.after != .keep && isQuiet(file)
            if isLast { cursor.files[index].status = .away }
            setAside += page.setAside
            let batch = page.batch.count > 0 ? page.batch : nil
            if try await commit(batch, isDurable: isLast, take) == .stop { isStopped = true }
            if entry.isAtEnd { return }
        }
    }

    /// Hands a page out with everything that waits to be said.
    @discardableResult
    func commit(
        _ batch: ReadingBatch?, isDurable: Bool = false, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullDirective {
        var page = PullPage(
            batch: batch, setAside: setAside, gaps: gaps, cursor: cursor.value(), mustBeDurable: isDurable)
        if unreadBytes > 0 { page.share = min(1, Double(readBytes) / Double(unreadBytes)) }
        (setAside, gaps, isDirty) = ([], [], false)
        return try await take(page)
    }

    // MARK: putting away

    /// Puts a file away that is at its end and quiet; says so durably before it does.
    private func putAway(_ index: Int, _ take: (PullPage) async throws -> PullDirective) async throws {
        let entry = cursor.files[index]
        guard settings.after != .keep, entry.isAtEnd, isQuiet(entry.seen) else { return }
        if entry.status != .away {
            cursor.files[index].status = .away
            if try await commit(nil, isDurable: true, take) == .stop { isStopped = true }
        }
        // A writer that came back meanwhile keeps its file; the next pull reads on.
        guard let current = DropFile(path: entry.seen.path, in: settings.folder), current == entry.seen else { return }
        if let trouble = PuttingAway.move(entry, settings) {
            notices.append(trouble)
        } else {
            cursor.wasPutAway(index)
        }
    }
}
