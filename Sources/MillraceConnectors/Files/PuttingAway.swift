import Glibc

/// Moves files out of the way once what was read of them is durable.
enum PuttingAway {
    /// Archives or deletes the file; a sentence where that failed. The file is then only put away again by the next pull.
    static func move(_ entry: FileEntry, _ settings: FileDropSettings) -> String? {
        let path = entry.seen.path.hasPrefix("/") ? entry.seen.path : settings.folder + "/" + entry.seen.path
        switch settings.after {
        case .keep: return nil
        case .delete:
            guard unlink(path) != 0 else { return nil }
            return "\(path) was read but cannot be deleted (\(reason)); mend the rights of its folder"
        case .archive(let folder):
            let target = archive(folder, beside: path, settings)
            guard mkdir(target, 0o777) == 0 || errno == EEXIST else {
                return "the archive folder \(target) cannot be made (\(reason)); mend the rights of the folder it is in"
            }
            let name = String(
                entry.name[(entry.name.lastIndex(of: "/").map(entry.name.index(after:)) ?? entry.name.startIndex)...])
            guard let free = freePlace(target, name) else {
                return "\(path) was read but the archive \(target) has too many files of its name; clear it"
            }
            guard rename(path, free) != 0 else { return nil }
            return "\(path) was read but cannot be moved to \(target) (\(reason)); mend the rights of both folders"
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    private static func archive(_ folder: String?, beside path: String, _ settings: FileDropSettings) -> String {
        if let folder { return folder.hasPrefix("/") ? folder : settings.folder + "/" + folder }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return parent + "/archive"
    }

    /// A path in the archive where nothing is yet: nothing is ever overwritten.
    private static func freePlace(_ folder: String, _ name: String) -> String? {
        for number in 1...10_000 {
            let path = folder + "/" + name + (number == 1 ? "" : ".\(number)")
            if access(path, F_OK) != 0, errno == ENOENT { return path }
        }
        return nil
    }
}
