import Glibc
import MillraceCore
import Synchronization

/// Gives back the memory of the program's own pages between the parts of a run: what read the mappings and opened the store is not
/// needed to pull, and what pulls is not needed to make documents.
///
/// Such pages are copies of the program's file and its libraries'; one that is needed again comes back from the system's cache.
final class ProgramPages: Sendable {
    private let part = Mutex((unit: "", steps: 0))

    /// Notes how far a run is: where pulling begins, now and then in a long part, and where another part follows a long one. A run of a few
    /// readings is over before more would pay.
    func note(_ progress: RunProgress) {
        let (before, now) = part.withLock { part in
            let before = part
            part = part.unit == progress.unit ? (part.unit, part.steps + 1) : (progress.unit, 1)
            return (before, part)
        }
        if before.unit.isEmpty {
            Self.giveBack("/proc/self/maps")
        } else if now.steps % 32 == 4 || (now.steps == 1 && before.steps >= 4) {
            Self.giveBack("/proc/self/smaps")
        }
    }

    /// Gives back every page of code, and where the list of the memory tells it also those of data that can only be read and has nothing of
    /// our own in it: what the linker wrote when the program was loaded counts as our own (`Anonymous`) and stays.
    ///
    /// - Shape: `list` is the short list of the process's memory or the long one, which costs some milliseconds.
    private static func giveBack(_ list: String) {
        guard let file = fopen(list, "re") else { return }
        var (line, size): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        var data: (start: UnsafeMutableRawPointer, length: Int)?
        while getline(&line, &size, file) > 0, let line {
            // Of the many lines of a range only its head, which begins with an address, and one other are read.
            let first = UInt8(bitPattern: line.pointee)
            if first == UInt8(ascii: "A") {
                let words = String(cString: line).utf8.split(separator: UInt8(ascii: " "))
                guard words.count == 3, words[0].elementsEqual("Anonymous:".utf8) else { continue }
                if words[1].elementsEqual("0".utf8), let data { madvise(data.start, data.length, MADV_DONTNEED) }
                data = nil
            } else if first < UInt8(ascii: "A") || first >= UInt8(ascii: "a") {
                let words = String(cString: line).utf8.split(separator: UInt8(ascii: " "))
                data = nil
                guard words.count >= 6, words[5].first == UInt8(ascii: "/"), let range = range(words[0]) else {
                    continue
                }
                if words[1].elementsEqual("r-xp".utf8) { madvise(range.start, range.length, MADV_DONTNEED) }
                if words[1].elementsEqual("r--p".utf8) { data = range }
            }
        }
        free(line)
        fclose(file)
    }

    /// The range of addresses, written `from-to`.
    private static func range(_ ends: Substring.UTF8View) -> (start: UnsafeMutableRawPointer, length: Int)? {
        let ends = ends.split(separator: UInt8(ascii: "-")).compactMap { UInt(Substring($0), radix: 16) }
        guard ends.count == 2, ends[0] < ends[1], let start = UnsafeMutableRawPointer(bitPattern: ends[0]) else {
            return nil
        }
        return (start, Int(ends[1] - ends[0]))
    }
}
