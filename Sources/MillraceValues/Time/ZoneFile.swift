import Glibc

/// A zone's file of the system, in the format TZif.
///
/// - Source: RFC 9636, sections 3 and 4; versions 2 and later, whose second block has 64-bit times.
struct ZoneFile {
    private let name: String
    private let folder: String
    private let bytes: [UInt8]

    /// No file of the IANA list is larger than some kilobytes; what is larger is none of it.
    private static let largestSize = 1 << 20

    /// Reads the file of that name.
    ///
    /// - Throws: as `Zone.init`.
    init(named name: String, folder: String) throws(ZoneError) {
        guard Self.isPlain(name) else { throw .malformedName(name) }
        (self.name, self.folder) = (name, folder)
        bytes = try Self.read(name, folder)
    }

    /// Letters, digits, `_`, `+`, `-` in parts between slashes, each of which begins with a letter: no dots, no root.
    private static func isPlain(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 64 else { return false }
        var atStart = true
        for byte in name.utf8 {
            let isLetter = byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
            switch byte {
            case UInt8(ascii: "/") where !atStart: atStart = true
            case _ where isLetter: atStart = false
            case 0x30...0x39, UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"): if atStart { return false }
            default: return false
            }
        }
        return !atStart
    }

    private static func read(_ name: String, _ folder: String) throws(ZoneError) -> [UInt8] {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if access(folder, R_OK | X_OK) != 0 { throw .noZones(folder: folder) }
            throw .unknown(name: name, folder: folder)
        }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8_192)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return result }
            if count < 0, errno == EINTR { continue }
            // A folder such as Europe opens, but cannot be read.
            guard count > 0 else { throw .unknown(name: name, folder: folder) }
            result.append(contentsOf: buffer[..<count])
            if result.count > largestSize { throw .damaged(name: name, folder: folder, fault: "it is too large") }
        }
    }

    /// The table and the rule of the file.
    ///
    /// - Throws: `ZoneError.damaged` where it is not what the format says.
    func table() throws(ZoneError) -> ZoneTable {
        let first = try header(at: 0)
        guard bytes[4] >= UInt8(ascii: "2") else { throw fault("it has version 1 of the format, which ends in 2037") }
        let start = Header.size + first.blockSize(timeSize: 4)
        let header = try header(at: start)
        guard header.leapSeconds == 0 else { throw fault("it counts leap seconds") }
        let block = start + Header.size
        let end = block + header.blockSize(timeSize: 8)
        guard end <= bytes.count else { throw fault("it ends too early") }
        let (changes, offsets) = try changes(header, at: block)
        return ZoneTable(changes: changes, offsets: offsets, rule: try rule(at: end))
    }

    /// The counts at the head of a block.
    private struct Header {
        static let size = 44
        let utcMarks, standardMarks, leapSeconds, changes, types, characters: Int

        func blockSize(timeSize: Int) -> Int {
            changes * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardMarks + utcMarks
        }
    }

    private func header(at start: Int) throws(ZoneError) -> Header {
        guard start + Header.size <= bytes.count, bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
            throw fault("it is not in the format TZif")
        }
        let counts = (0..<6).map { Int(number(at: start + 20 + $0 * 4, size: 4)) }
        return Header(
            utcMarks: counts[0], standardMarks: counts[1], leapSeconds: counts[2], changes: counts[3], types: counts[4],
            characters: counts[5])
    }

    private func changes(_ header: Header, at block: Int) throws(ZoneError) -> ([Int64], [Int32]) {
        let kinds = block + header.changes * 8
        let types = kinds + header.changes
        guard header.types > 0 else { throw fault("it has no offset") }
        var times: [Int64] = []
        var offsets = [try offset(type: 0, at: types)]
        for index in 0..<header.changes {
            let time = Int64(bitPattern: number(at: block + index * 8, size: 8))
            let type = Int(bytes[kinds + index])
            guard type < header.types else { throw fault("it names an offset that it does not have") }
            if let last = times.last, time <= last { throw fault("its changes are not in order") }
            // A change at the beginning of all time, as old files have, says what holds before the next one.
            if time < Instant.distantPast.seconds {
                offsets = [try offset(type: type, at: types)]
                continue
            }
            guard time <= Instant.distantFuture.seconds else { break }
            times.append(time)
            offsets.append(try offset(type: type, at: types))
        }
        return (times, offsets)
    }

    private func offset(type: Int, at types: Int) throws(ZoneError) -> Int32 {
        let value = Int32(truncatingIfNeeded: number(at: types + type * 6, size: 4))
        guard Int64(value).magnitude <= ZoneTable.widestOffset.magnitude else {
            throw fault("it has an offset beyond 26 h")
        }
        return value
    }

    /// The rule between the two line ends behind the second block; nil where it is empty.
    private func rule(at start: Int) throws(ZoneError) -> ZoneRule? {
        let lineEnd = UInt8(ascii: "\n")
        guard start < bytes.count, bytes[start] == lineEnd, let end = bytes[(start + 1)...].firstIndex(of: lineEnd)
        else {
            throw fault("its last line is missing")
        }
        if end == start + 1 { return nil }
        guard let rule = ZoneRule(Array(bytes[(start + 1)..<end])) else {
            throw fault("its rule '\(String(decoding: bytes[(start + 1)..<end], as: UTF8.self))' is not understood")
        }
        return rule
    }

    /// An unsigned number, highest byte first.
    private func number(at start: Int, size: Int) -> UInt64 {
        bytes[start..<start + size].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func fault(_ text: String) -> ZoneError { .damaged(name: name, folder: folder, fault: text) }
}
