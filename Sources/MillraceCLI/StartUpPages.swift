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
        var range: ClosedRange<UInt>?
        while getline(&line, &size, file) > 0, let line {
            let words = String(cString: line).split(whereSeparator: \.isWhitespace)
            if words.count == 3, words[0] == "Anonymous:" {
                if words[1] == "0", let range, let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) {
                    madvise(start, Int(range.upperBound - range.lowerBound), MADV_DONTNEED)
                }
                range = nil
            } else if words.count >= 6, words[5].hasPrefix("/"), words[1].dropFirst().hasPrefix("-") {
                let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                range = ends.count == 2 && ends[0] < ends[1] ? ends[0]...ends[1] : nil
            } else if words.count >= 5, !words[0].hasSuffix(":") {
                range = nil
            }
        }
        free(line)
        fclose(file)
    }
}
