import Glibc
import MillraceCore
import Synchronization

/// Gives back the memory of the program's own pages between the parts of a run: what read the mappings and opened the store is not
/// needed to pull, and what pulls is not needed to make documents.
///
/// Such pages are copies of the program's file and its libraries'; one that is needed again comes back from the system's cache.
final class ProgramPages: Sendable {
    private let part = Mutex((unit: "", steps: 0))

    /// Notes how far a run is: where a part begins, and now and then in a long one, for what is needed once stays otherwise.
    func note(_ progress: RunProgress) {
        let isTurn = part.withLock { part in
            part = part.unit == progress.unit ? (part.unit, part.steps + 1) : (progress.unit, 1)
            return part.steps == 1 || part.steps % 32 == 4
        }
        if isTurn { Self.giveBack() }
    }

    /// Gives back every page of a file that is mapped for reading and has nothing of our own in it.
    ///
    /// What the linker wrote when the program was loaded counts as our own (`Anonymous`) and stays, and so does what can be written.
    private static func giveBack() {
        guard let file = fopen("/proc/self/smaps", "re") else { return }
        var (line, size): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        var range: (start: UnsafeMutableRawPointer, length: Int)?
        while getline(&line, &size, file) > 0, let line {
            // Of the many lines of a range only its head, which begins with an address, and one other are read.
            let first = UInt8(bitPattern: line.pointee)
            if first == UInt8(ascii: "A") {
                let words = String(cString: line).utf8.split(separator: UInt8(ascii: " "))
                guard words.count == 3, words[0].elementsEqual("Anonymous:".utf8) else { continue }
                if words[1].elementsEqual("0".utf8), let range {
                    madvise(range.start, range.length, MADV_DONTNEED)
                }
                range = nil
            } else if first < UInt8(ascii: "A") || first >= UInt8(ascii: "a") {
                let words = String(cString: line).utf8.split(separator: UInt8(ascii: " "))
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
