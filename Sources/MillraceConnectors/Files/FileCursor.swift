import MillraceValues

/// The position of a connector for files: every file it knows.
///
/// - Shape: as a value `{kind, files, past, marks, names}`; files that are gone are one line of text each, at most 1,000.
struct FileCursor: Sendable {
    /// Files, in the order they were first seen.
    var files: [FileEntry] = []
    /// Files that are not read.
    var marks: [FileMark] = []
    /// Names that were given and are not in `files` any more.
    private var names = NameFilter()
    /// How many files were ever named.
    private var named: Int64 = 0
    /// How many gone files are remembered.
    static let pastLimit = 1000
    /// The past as it is written, kept because it rarely changes and is the largest part.
    private var pastText: [Value]?

    /// The names of `files`, once they are asked for.
    private var taken: Set<String>?

    init() {}

    /// The position that a value holds; nil where it is of another kind.
    init?(_ value: Value) {
        guard value["kind"]?.text == "files", let files = value["files"]?.array, let past = value["past"]?.array,
            let marks = value["marks"]?.array
        else { return nil }
        for item in past {
            guard let entry = item.text.flatMap(FileEntry.init(past:)) else { return nil }
            self.files.append(entry)
        }
        for item in files {
            guard let entry = FileEntry(item) else { return nil }
            self.files.append(entry)
        }
        for item in marks {
            guard let mark = FileMark(item) else { return nil }
            self.marks.append(mark)
        }
        named = value["named"].flatMap(Self.integer) ?? 0
        if let text = value["names"]?.text {
            guard let filter = NameFilter(hex: text) else { return nil }
            names = filter
        }
    }

    /// The position as a value.
    mutating func value() -> Value {
        let past = pastText ?? files.filter { !$0.isInPlace }.map { .string($0.pastText) }
        pastText = past
        var object = ValueObject()
        object.append("kind", "files")
        object.append("named", .number(ExactDecimal(named)))
        object.append("files", .array(files.filter(\.isInPlace).map(\.value)))
        object.append("past", .array(past))
        object.append("marks", .array(marks.map(\.value)))
        if let hex = names.hex { object.append("names", .string(hex)) }
        return .object(object)
    }

    /// Says that a file has gone, come back or changed its name, so that the past is written anew.
    mutating func pastChanged() { pastText = nil }

    /// Says that the file of that index was put away just now; the next page tells.
    mutating func wasPutAway(_ index: Int) {
        files[index].leave(.put)
        pastText?.append(.string(files[index].pastText))
    }

    /// A name that no file ever had: the path, or the path with `#2` and so on.
    mutating func freshName(for path: String) -> String {
        named += 1
        if taken == nil { taken = Set(files.map(\.name)) }
        let name = freeName(for: path, taken ?? [])
        self.taken?.insert(name)
        return name
    }

    private func freeName(for path: String, _ taken: Set<String>) -> String {
        func isFree(_ name: String) -> Bool { !taken.contains(name) && !names.mayHold(name) }
        if isFree(path) { return path }
        for number in 2..<(taken.count + 1000) where isFree("\(path)#\(number)") { return "\(path)#\(number)" }
        // Tens of thousands of files were named: their count has never been part of a name.
        return "\(path)#\(named + 1_000_000)"
    }

    /// Drops the oldest files that are gone where there are more than are remembered. Places in `files` change.
    mutating func forgetOldest() {
        var surplus = files.count(where: { !$0.isInPlace }) - Self.pastLimit
        guard surplus > 0 else { return }
        pastText = nil
        taken = nil
        files.removeAll { entry in
            guard surplus > 0, !entry.isInPlace else { return false }
            surplus -= 1
            names.insert(entry.name)
            return true
        }
    }

    /// The whole number a member is.
    static func integer(_ value: Value) -> Int64? {
        guard let number = value.decimal, number.exponent >= 0, number.exponent <= 18 else { return nil }
        var result = number.coefficient
        for _ in 0..<number.exponent {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = product
        }
        return result
    }
}

/// Remembers names in 4 KiB for good: it may take a new name for a known one, never a known one for new.
struct NameFilter: Sendable {
    private var bits: [UInt8] = []
    private static let size = 4096

    init() {}

    init?(hex: String) {
        guard let bytes = Hex.decode(hex), bytes.count == Self.size else { return nil }
        bits = bytes
    }

    /// The filter as text; nil while it is empty.
    var hex: String? { bits.isEmpty ? nil : Hex.encode(bits) }

    mutating func insert(_ name: String) {
        if bits.isEmpty { bits = [UInt8](repeating: 0, count: Self.size) }
        for place in Self.places(name) { bits[place >> 3] |= 1 << UInt8(place & 7) }
    }

    func mayHold(_ name: String) -> Bool {
        !bits.isEmpty && Self.places(name).allSatisfy { bits[$0 >> 3] & (1 << UInt8($0 & 7)) != 0 }
    }

    private static func places(_ name: String) -> [Int] {
        let hash = SHA256.hash(name)
        return (0..<4).map { (Int(hash[2 * $0]) << 8 | Int(hash[2 * $0 + 1])) % (size * 8) }
    }
}
