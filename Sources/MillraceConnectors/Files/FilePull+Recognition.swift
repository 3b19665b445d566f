import MillraceCore
import MillraceValues

/// Which file is which (RULES R3).
extension FilePull {
    /// Finds the known files among those of the folder, and returns the others, in the order of their paths.
    ///
    /// - Effects: renamed files have their new path, files that are gone are marked so, and what must be reported is ready.
    func recognise(_ files: [DropFile]) throws -> [DropFile] {
        let marked = refreshMarks(files)
        var byPath: [String: Int] = [:]
        for (index, entry) in cursor.files.enumerated() where entry.isInPlace { byPath[entry.seen.path] = index }
        var present: Set<Int> = []
        var others: [DropFile] = []
        for file in files where file.size > 0 && !marked.contains(file.path) {
            guard let index = byPath[file.path] else {
                others.append(file)
                continue
            }
            if try isSame(file, index) { present.insert(index) } else { others.append(file) }
        }
        // No row is no trouble, and no document is one.
        for file in files where file.size == 0 && settings.format.isDocument && isQuiet(file) {
            if byPath[file.path] == nil, !marked.contains(file.path) { mark(.empty, file, file.path) }
        }
        // Known files that are neither at their place nor, as far as is known yet, elsewhere.
        let missing = Set(byPath.values).subtracting(present)
        var unknown: [DropFile] = []
        for file in others {
            let path = place(of: file.path)
            do throws(DropReader.Failure) {
                let reader = try DropReader(path)
                guard let index = try bestMatch(file, reader, among: Set(cursor.files.indices)) else {
                    unknown.append(file)
                    continue
                }
                if missing.contains(index), !present.contains(index), cursor.files[index].status == .here {
                    adopt(file, index)
                    present.insert(index)
                } else if let moved = resolve(file, matching: index) {
                    present.insert(moved)
                }
            } catch {
                foundUnread = true
                notices.append("\(error.sentence); the next run tries again")
            }
        }
        settleMissing(Set(byPath.values).subtracting(present), files)
        return unknown
    }

    /// Drops the marks of files that changed or went; the paths of those that stay as they were.
    private func refreshMarks(_ files: [DropFile]) -> Set<String> {
        let byPath = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        // A file is held only as long as no other place was found for the known one.
        let owned = Set(cursor.files.filter(\.isInPlace).map(\.seen.path))
        let before = cursor.marks.count
        cursor.marks.removeAll { mark in
            guard let file = byPath[mark.seen.path] else { return true }
            return !file.isUntouched(since: mark.seen) || (mark.kind == .held && !owned.contains(mark.seen.path))
        }
        if cursor.marks.count != before { isDirty = true }
        for mark in cursor.marks where mark.kind != .left {
            if mark.kind == .held { foundUnread = true }
            troubles.append(sentence(mark.kind, mark.seen.path, mark.name))
        }
        return Set(cursor.marks.map(\.seen.path))
    }

    /// Whether the file at an entry's path is that entry's: device and inode stay, the size did not fall, and where anything
    /// else changed, the last 4 KiB before the offset are as they were.
    private func isSame(_ file: DropFile, _ index: Int) throws -> Bool {
        let entry = cursor.files[index]
        // Where a file was deleted, another may have come to its inode: never put away unseen.
        if file.isUntouched(since: entry.seen), entry.status == .here { return true }
        guard file.device == entry.seen.device, file.inode == entry.seen.inode, file.size >= entry.length,
            file.size >= entry.seen.size
        else { return false }
        let from = max(0, entry.length - Int64(FileEntry.sampleBytes))
        do throws(DropReader.Failure) {
            let bytes = try DropReader(place(of: file.path)).read(at: from, count: Int(entry.length - from))
            guard FileEntry.sample(bytes) == entry.tail else { return false }
        } catch {
            foundUnread = true
            notices.append("\(error.sentence); the next run tries again")
            return true
        }
        cursor.files[index].seen = file
        if file.size > entry.length { cursor.files[index].status = .here }
        return true
    }

    /// The file that this one begins with all consumed bytes of; of several the one of which most was consumed.
    func bestMatch(_ file: DropFile, _ reader: DropReader, among indices: Set<Int>) throws(DropReader.Failure) -> Int? {
        var candidates = indices.filter { cursor.files[$0].length > 0 && cursor.files[$0].length <= file.size }
            .sorted { (cursor.files[$0].length, $0) < (cursor.files[$1].length, $1) }
        if candidates.isEmpty { return nil }
        let head = FileEntry.sample(try reader.read(at: 0, count: FileEntry.sampleBytes))
        candidates.removeAll { !cursor.files[$0].head.isEmpty && cursor.files[$0].head != head }
        var (hash, offset, best) = (SHA256(), Int64(0), Int?.none)
        var digest: [UInt8] = []
        for index in candidates {
            let length = cursor.files[index].length
            while offset < length {
                let piece = try reader.read(at: offset, count: Int(min(1 << 20, length - offset)))
                if piece.isEmpty { return best }
                hash.update(piece.span)
                offset += Int64(piece.count)
                digest = []
            }
            if digest.isEmpty { digest = Array(hash.finish().prefix(16)) }
            if digest == cursor.files[index].digest { best = best.map { prefer(index, $0) } ?? index }
        }
        return best
    }

    /// Of two files with the same consumed bytes the one in its place; of other two the one of which more was consumed.
    private func prefer(_ index: Int, _ other: Int) -> Int {
        let (left, right) = (cursor.files[index], cursor.files[other])
        if left.length != right.length { return left.length > right.length ? index : other }
        return right.isInPlace ? other : index
    }

    /// What a file is that begins with all that is known of another; that other's index where it is to be read on.
    func resolve(_ file: DropFile, matching index: Int) -> Int? {
        let entry = cursor.files[index]
        let isExact = file.size == entry.length
        switch entry.status {
        case .away where isExact && entry.seen.device == file.device && entry.seen.inode == file.inode:
            // It is the very file, seen where it was put away.
            cursor.marks.append(FileMark(kind: .left, seen: file, name: entry.name))
            isDirty = true
            return nil
        case .away where isExact, .put where isExact, .left where isExact:
            mark(.repeated, file, entry.name)
            return nil
        case .here where !entry.isAtEnd:
            foundUnread = true
            notices.append(
                "\(file.path) begins like \(entry.seen.path), which is not read to its end yet; it waits for that")
            return nil
        case .here where isExact:
            mark(.repeated, file, entry.name)
            return nil
        case .left:
            return branch(file, from: entry)
        case .here, .away, .put:
            leaveBehind(index)
            adopt(file, index)
            return index
        case .gone:
            adopt(file, index)
            return index
        }
    }

    /// Takes a file for the known one of that index, under its new path.
    private func adopt(_ file: DropFile, _ index: Int) {
        cursor.files[index].seen = file
        cursor.files[index].status = .here
        rebuild(index)
        isDirty = true
        cursor.pastChanged()
    }

    /// The file in its place stays behind: what was read of it goes on in another file.
    private func leaveBehind(_ index: Int) {
        var rest = cursor.files[index]
        if rest.isInPlace { cursor.marks.append(FileMark(kind: .left, seen: rest.seen, name: rest.name)) }
        rest.leave(.left)
        cursor.files.append(rest)
    }

    /// A second file goes on from the same bytes: its rows behind them are new, under a name of their own.
    private func branch(_ file: DropFile, from entry: FileEntry) -> Int {
        var entry = entry
        entry.name = cursor.freshName(for: file.path)
        entry.status = .here
        entry.seen = file
        cursor.files.append(entry)
        rebuild(cursor.files.count - 1)
        isDirty = true
        return cursor.files.count - 1
    }

    /// Computes the running hash anew where only its end was kept.
    private func rebuild(_ index: Int) {
        var entry = cursor.files[index]
        guard entry.hash == nil else { return }
        do throws(DropReader.Failure) {
            let reader = try DropReader(place(of: entry.seen.path))
            var (hash, offset) = (SHA256(), Int64(0))
            while offset < entry.length {
                let piece = try reader.read(at: offset, count: Int(min(1 << 20, entry.length - offset)))
                if piece.isEmpty { break }
                hash.update(piece.span)
                offset += Int64(piece.count)
            }
            let from = max(0, entry.length - Int64(FileEntry.sampleBytes))
            entry.tail = FileEntry.sample(try reader.read(at: from, count: Int(entry.length - from)))
            entry.hash = hash
            cursor.files[index] = entry
        } catch {
            notices.append(error.sentence)
        }
    }

    /// Files that are not where they were: gone, unless another file stands in their place and is held for them.
    private func settleMissing(_ missing: Set<Int>, _ files: [DropFile]) {
        let paths = Set(files.map(\.path))
        for index in missing.sorted() {
            let entry = cursor.files[index]
            if entry.status == .here, paths.contains(entry.seen.path) { continue }
            if entry.status == .here, !entry.isAtEnd {
                let sentence = "\(entry.seen.path) went before it was read to its end"
                gaps.append(
                    Gap(
                        source: entry.name, from: entry.length, to: entry.seen.size - 1, start: nil, end: nil,
                        sentence: sentence))
                notices.append(sentence)
            }
            cursor.files[index].leave(entry.status == .away ? .put : .gone)
            cursor.pastChanged()
            // A file that was put away as committed needs no page of its own.
            if entry.status != .away { isDirty = true }
        }
    }

    /// Holds a file that stands in the place of a known one.
    func hold(_ file: DropFile, _ owner: Int) {
        foundUnread = true
        mark(.held, file, cursor.files[owner].name)
    }

    private func mark(_ kind: FileMark.Kind, _ file: DropFile, _ name: String) {
        cursor.marks.append(FileMark(kind: kind, seen: file, name: name))
        let sentence = sentence(kind, file.path, name)
        troubles.append(sentence)
        setAside.append(
            SetAside(
                place: Place(source: file.path, position: 0), line: nil, field: nil, reason: .file, sentence: sentence,
                content: []))
        isDirty = true
    }

    private func sentence(_ kind: FileMark.Kind, _ path: String, _ name: String) -> String {
        switch kind {
        case .repeated: "\(path) repeats \(name), which was read already; it is not read, remove it"
        case .held:
            "\(path) was rewritten or shortened since it was read; it is held, "
                + "give it a new name to have it read as a new file"
        case .empty: "\(path): line 1: the file is empty; it is read when something stands in it"
        case .left: "\(path) goes on in another file"
        }
    }
}
