import Glibc
public import MillraceCore
import MillraceValues

/// How a strange file seems to be written, told from its beginning.
///
/// A guess is a start for a person: nothing rests on it, and a run never guesses.
public struct FileGuess: Sendable, Hashable {
    /// How its rows are written.
    public var format: FileDropSettings.Format
    /// The kind of connector that reads it: `csv`, `ndjson`, `json` or `mtconnect`.
    public var kind: String
    /// The names of a CSV file's columns, in order; empty for the other kinds.
    public var columns: [String]

    /// How much of a file is looked at, in bytes.
    private static var lookedAt: Int { 4 << 20 }

    /// Looks at the beginning of a file, or of the first that a path with `*`, `?` or `[…]` names.
    ///
    /// - Shape: an absolute path.
    /// - Throws: `ConnectorError.unreachable` where there is none, or it cannot be read, is empty or is no text.
    public init(reading pattern: String, for connector: ConnectorID) throws(ConnectorError) {
        let files: [DropFile]
        do throws(FileGlob.Failure) {
            files = try FileGlob.files(pattern, in: "/")
        } catch {
            throw .unreachable(connector, error.sentence)
        }
        guard let path = files.first(where: { $0.size > 0 })?.path ?? files.first?.path else {
            throw .unreachable(connector, Self.absence(of: pattern))
        }
        guard let file = fopen(path, "rb") else {
            throw .unreachable(connector, "'\(path)' cannot be read (\(String(cString: strerror(errno))))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: Self.lookedAt)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        guard let guess = FileGuess(beginning: bytes) else {
            throw .unreachable(
                connector, "'\(path)' is empty or no text; a CSV, NDJSON, JSON or MTConnect file is wanted")
        }
        self = guess
    }

    /// How files are usually called that hold rows or documents.
    private static let endings: Set<String> = ["csv", "tsv", "txt", "log", "ndjson", "jsonl", "json", "xml"]

    /// Why no file was found: a folder is no file, and a pattern for what most of it holds is at hand.
    private static func absence(of pattern: String) -> String {
        let inside = (try? FileGlob.files(pattern + "/*", in: "/")) ?? []  // try?: what is no folder has nothing in it
        let endings = inside.compactMap { $0.path.split(separator: "/").last?.split(separator: ".").dropFirst().last }
        let usual = Dictionary(grouping: endings.filter { Self.endings.contains($0.lowercased()) }) { $0 }.max {
            ($0.value.count, $0.key) < ($1.value.count, $1.key)
        }
        guard let usual else { return "'\(pattern)' is no file, and no files have such names" }
        return "'\(pattern)' is a folder; name a file of it, or several with '\(pattern)/*.\(usual.key)'"
    }

    /// Looks at the beginning of a file; nil for what is empty or no text.
    package init?(beginning bytes: [UInt8]) {
        let encoding = Self.encoding(bytes)
        guard let text = Self.text(bytes, encoding), !text.utf8.contains(0) else { return nil }
        let lines = text.split(separator: "\n", maxSplits: 60, omittingEmptySubsequences: true)
        guard let first = lines.first, let head = text.first(where: { !$0.isWhitespace }) else { return nil }
        columns = []
        switch head {
        case "<": (kind, format) = ("mtconnect", .streams(devices: []))
        case "{" where Self.json(first)?.object != nil && (lines.count == 1 || Self.json(lines[1])?.object != nil):
            (kind, format) = ("ndjson", .ndjson)
        case "{", "[": (kind, format) = ("json", .json(records: Self.json(text[...]).flatMap { Self.records(in: $0) }))
        default:
            let mark = Self.delimiter(Array(lines.prefix(30)))
            let cells = Self.cells(first, mark)
            let dialect = CSVDialect(delimiter: String(mark), quote: "\"") ?? .comma
            kind = "csv"
            if Self.isLog(text, mark) {
                columns = Self.logColumns
                format = .csv(
                    CSVFormat(
                        dialect: CSVDialect(delimiter: String(mark), quote: nil) ?? dialect,
                        columns: .positions(["timestamp": 1, "key": 2, "value": 3]), encoding: encoding))
            } else if Self.isHeader(cells) {
                columns = cells
                format = .csv(CSVFormat(dialect: dialect, columns: .header, encoding: encoding))
            } else {
                columns = cells.indices.map { "column\($0 + 1)" }
                let positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0 + 1) })
                format = .csv(CSVFormat(dialect: dialect, columns: .positions(positions), encoding: encoding))
            }
        }
    }

    /// A mark at the head says it; else UTF-8 where the bytes are, else what Windows writes.
    private static func encoding(_ bytes: [UInt8]) -> TextEncoding {
        if let mark = TextEncoding.mark(at: bytes.span) { return mark.encoding }
        // A character that the end of what was read cuts is no fault.
        guard let invalid = UTF8Check.firstInvalid(in: bytes.span), invalid < bytes.count - 3 else { return .utf8 }
        return .windows1252
    }

    private static func text(_ bytes: [UInt8], _ encoding: TextEncoding) -> String? {
        var decoded: [UInt8] = []
        let opening = encoding.opening(bytes.span)
        do throws(EncodingFault) {
            _ = try opening.encoding.decode(bytes.span.extracting(opening.skip...), atEnd: false, into: &decoded)
        } catch {
            return nil
        }
        // Swift takes CR and LF for one character, and a line's end is the LF.
        decoded.removeAll { $0 == 0x0D }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func json(_ text: Substring) -> Value? {
        try? JSONReader.read(String(text))  // try?: whether it is JSON is the question
    }

    /// The dotted path to the first list of objects; nil where the whole is one or there is none.
    private static func records(in value: Value) -> String? {
        for (name, member) in value.object ?? ValueObject() {
            if member.array?.first?.object != nil { return name }
            if let inner = records(in: member) { return name + "." + inner }
        }
        return nil
    }

    // MARK: CSV

    /// The mark that parts most lines into equally many cells, and into most of them.
    private static func delimiter(_ lines: [Substring]) -> Character {
        var best: (mark: Character, score: Int) = (",", 0)
        for mark in [";", ",", "\t", "|"] as [Character] {
            let widths = lines.map { cells($0, mark).count }
            let usual = Dictionary(grouping: widths) { $0 }.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
            guard let usual, usual.key > 1 else { continue }
            let score = usual.value.count * 100 + usual.key
            if score > best.score { best = (mark, score) }
        }
        return best.mark
    }

    private static func cells(_ line: Substring, _ mark: Character) -> [String] {
        var cells: [String] = [""]
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == mark, !isQuoted {
                cells.append("")
            } else {
                cells[cells.count - 1].append(character)
            }
        }
        return cells
    }

    /// The columns of a log, in which each row gives one signal its next value.
    public static let logColumns = ["timestamp", "key", "value"]

    /// Whether each row is a time, the name of a signal and its value: names come again, and their values are of different kinds.
    ///
    /// A list without a header whose second column names machines has numbers throughout in its third, or words throughout.
    private static func isLog(_ text: String, _ mark: Character) -> Bool {
        var numbers: Set<String> = []
        var words: Set<String> = []
        var rows = 0
        for line in text.split(separator: "\n", maxSplits: 5_000).prefix(5_000) {
            let cells = cells(line, mark)
            guard cells.count >= 3, Instant(iso8601: cells[0]) != nil || CivilTime(iso8601: cells[0]) != nil,
                cells[1].first?.isLetter ?? false
            else {
                // What was cut at the end of the look is no row that disagrees.
                if rows < 3 { return false }
                continue
            }
            rows += 1
            if cells[2] == "UNAVAILABLE" { continue }
            if ExactDecimal(cells[2]) == nil { words.insert(cells[1]) } else { numbers.insert(cells[1]) }
        }
        let (onlyNumbers, onlyWords) = (numbers.subtracting(words), words.subtracting(numbers))
        return rows >= 3 && (numbers.count + words.count) < rows && !onlyNumbers.isEmpty && !onlyWords.isEmpty
    }

    /// Names are there, all different, and none is a number or begins like a time.
    private static func isHeader(_ cells: [String]) -> Bool {
        Set(cells).count == cells.count
            && cells.allSatisfy { cell in
                guard let first = cell.first(where: { !$0.isWhitespace }) else { return false }
                return !first.isNumber && first != "-" && first != "+"
            }
    }
}
