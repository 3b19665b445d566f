import Glibc
import MillraceCore
import Synchronization

/// Gives back the memory of what only the start of a long run needed: the program's and its libraries' pages that read mappings, opened
/// the store and linked the parts.
///
/// Such pages are copies of files; one that is needed again comes back from the system's cache. A run of a few readings is over before
/// it would pay.
final class StartUpPages: Sendable {
    private let pages = Mutex(0)

    /// Notes a page of readings; the second makes a run a long one.
    func note(_ progress: RunProgress) {
        guard progress.unit == "readings" else { return }
        let isSecond = pages.withLock { pages in
            pages += 1
            return pages == 2
        }
        if isSecond { Self.giveBack() }
    }

    /// Gives back every page of a file that is mapped for reading and has nothing of our own in it.
    ///
    /// What the linker wrote when the program was loaded counts as our own (`Anonymous`) and stays, and so does what can be written.
    private static func giveBack() {
        guard let file = fopen("/proc/self/smaps", "re") else { return }
        var (line, size): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        var range: (start: UnsafeMutableRawPointer, length: Int)?
        while getline(&line, &size, file) > 0, let line {
            let words = String(cString: line).utf8.split(separator: UInt8(ascii: " "))
            if words.count == 3, words[0].elementsEqual("Anonymous:".utf8) {
                if words[1].elementsEqual("0".utf8), let range {
                    madvise(range.start, range.length, MADV_DONTNEED)
                }
                range = nil
            } else if words.count >= 5, words[0].last != UInt8(ascii: ":") {
                range =
                    words.count >= 6 && words[5].first == UInt8(ascii: "/") ? Self.readOnly(words[0], words[1]) : nil
            }
        }
        free(line)
        fclose(file)
    }

    /// The range of addresses, written `from-to`, where its rights (`r-xp`) are to read it and not to write.
    private static func readOnly(
        _ ends: Substring.UTF8View, _ rights: Substring.UTF8View
    ) -> (start: UnsafeMutableRawPointer, length: Int)? {
        let ends = ends.split(separator: UInt8(ascii: "-")).compactMap { UInt(Substring($0), radix: 16) }
        guard rights.elementsEqual("r-xp".utf8) || rights.elementsEqual("r--p".utf8), ends.count == 2,
            ends[0] < ends[1],
            let start = UnsafeMutableRawPointer(bitPattern: ends[0])
        else { return nil }
        return (start, Int(ends[1] - ends[0]))
    }
}
