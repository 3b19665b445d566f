import MillraceCore
import MillraceValues

/// The rows of one open file, page by page, from where its entry says.
///
/// A page depends on the file and the entry alone, so that a pull that was stopped makes the same pages when it goes on.
struct FileSource {
    private enum Rows {
        case csv(CSVRows)
        case lines(JSONLines)
        case list(JSONList)
        case streams(StreamsFile)
    }

    /// How much of a file is looked at for a page.
    private static let windowBytes = 5 << 16
    /// How far that grows where a single row is longer.
    private static let largestWindow = 16 << 20

    private let reader: DropReader
    private let file: DropFile
    private let isQuiet: Bool
    private let encoding: TextEncoding
    private let rows: Rows
    /// Behind the byte order mark and the header.
    private let firstRow: Int64
    private let firstLine: Int
    private let headerFault: (field: String, sentence: String)?
    private let names: [String]

    /// Nil while the header is not whole.
    init?(
        _ settings: FileDropSettings, _ reader: DropReader, _ file: DropFile, isQuiet: Bool
    ) throws(DropReader.Failure) {
        (self.reader, self.file, self.isQuiet) = (reader, file, isQuiet)
        let start = try reader.read(at: 0, count: 4)
        var declared = TextEncoding.utf8
        if case .csv(let csv) = settings.format { declared = csv.encoding }
        let (encoding, mark) = declared.opening(start.span)
        self.encoding = encoding
        switch settings.format {
        case .streams(let devices):
            // A document means something only when it is whole.
            guard isQuiet else { return nil }
            let prefix = Self.prefix(settings.path)
            rows = .streams(StreamsFile(reader, size: file.size, prefix: prefix, devices: devices))
            (firstRow, firstLine, headerFault, names) = (0, 1, nil, [])
            return
        case .ndjson: rows = .lines(JSONLines())
        case .json(let records): rows = .list(JSONList(records: records))
        case .csv(let csv):
            guard case .header = csv.columns else {
                guard case .positions(let positions) = csv.columns else { return nil }
                let columns = CSVColumns(positions: positions)
                rows = .csv(CSVRows(dialect: csv.dialect, columns: columns))
                (firstRow, firstLine, headerFault, names) = (Int64(mark), 1, nil, columns.names)
                return
            }
            var size = 64 << 10
            while true {
                var window = try Self.window(reader, file, Int64(mark), size, encoding, isQuiet: isQuiet)
                if let columns = CSVColumns(header: window, csv.dialect) {
                    rows = .csv(CSVRows(dialect: csv.dialect, columns: columns))
                    firstRow = window.fileOffset(columns.end)
                    (firstLine, headerFault, names) = (columns.line, columns.fault, columns.names)
                    return
                }
                guard !window.reachesEnd, size < Self.largestWindow else { return nil }
                size *= 4
            }
        }
        (firstRow, firstLine, headerFault, names) = (Int64(mark), 1, nil, [])
    }

    /// What a pattern says plainly: `drop/press-*.xml` gives `drop/press`.
    private static func prefix(_ pattern: String) -> String {
        let plain = pattern.prefix { !"*?[".contains($0) }
        let end = plain.lastIndex { !"-_./".contains($0) }
        return end.map { String(plain[...$0]) } ?? "files"
    }

    private static func window(
        _ reader: DropReader, _ file: DropFile, _ start: Int64, _ size: Int, _ encoding: TextEncoding, isQuiet: Bool
    ) throws(DropReader.Failure) -> TextWindow {
        let raw = try reader.read(at: start, count: min(size, Int(clamping: max(0, file.size - start))))
        let reachesEnd = start + Int64(raw.count) >= file.size
        return TextWindow(
            start: start, raw: raw, encoding: encoding, reachesEnd: reachesEnd, isFinal: reachesEnd && isQuiet)
    }

    /// The next page, with the entry moved behind it; nil where nothing whole is left.
    func nextPage(_ entry: inout FileEntry) throws(DropReader.Failure) -> FilePage? {
        if case .streams(let document) = rows {
            let (page, end) = try document.page(from: entry.length, name: entry.name)
            guard end > entry.length else { return nil }
            let raw = TextWindow(start: end, raw: [], encoding: .utf8, reachesEnd: true, isFinal: true)
            try advance(&entry, to: end, raw)
            entry.phase = page.phase
            return page
        }
        let isOpening = entry.length < firstRow || entry.phase == .start
        let begin = max(entry.length, firstRow)
        var size = Self.windowBytes
        while true {
            var window = try Self.window(reader, file, begin, size, encoding, isQuiet: isQuiet)
            let line = isOpening ? firstLine : entry.line
            var page = FilePage(source: entry.name, names: names, line: line, phase: phase(entry.phase))
            if isOpening, let headerFault { setAsideHeader(headerFault, &page) }
            read(&window, into: &page)
            if page.consumed == 0, !window.reachesEnd, size < Self.largestWindow {
                size *= 4
                continue
            }
            let end = window.fileOffset(page.consumed)
            guard end > entry.length else { return nil }
            try advance(&entry, to: end, window)
            (entry.line, entry.phase) = (page.line, page.phase)
            return page
        }
    }

    /// CSV and JSON lines are between rows from the start.
    private func phase(_ phase: ReadPhase) -> ReadPhase {
        if case .list = rows { return phase }
        return phase == .start ? .rows : phase
    }

    private func read(_ window: inout TextWindow, into page: inout FilePage) {
        switch rows {
        case .csv(let csv) where csv.columns.fault != nil && csv.columns.names.isEmpty && csv.columns.width == 0:
            // Without a header no row has a meaning; all of it is passed over.
            page.consumed = window.pristine.count
        case .csv(let csv): csv.read(&window, into: &page)
        case .lines(let lines): lines.read(&window, into: &page)
        case .list(let list): list.read(&window, into: &page)
        case .streams: break
        }
    }

    private func setAsideHeader(_ fault: (field: String, sentence: String), _ page: inout FilePage) {
        page.setAside.append(
            SetAside(
                place: Place(source: page.batch.source, position: 0), line: 1, field: fault.field, reason: .unreadable,
                sentence: fault.sentence, content: []))
    }

    /// Takes the bytes up to `end` into what is known of the file.
    private func advance(_ entry: inout FileEntry, to end: Int64, _ window: TextWindow) throws(DropReader.Failure) {
        var hash = entry.hash ?? SHA256()
        if entry.length < window.start {
            var offset = entry.length
            while offset < window.start {
                let piece = try reader.read(at: offset, count: Int(min(1 << 20, window.start - offset)))
                if piece.isEmpty { break }
                hash.update(piece.span)
                offset += Int64(piece.count)
            }
        }
        hash.update(window.raw.span.extracting(..<Int(end - window.start)))
        (entry.hash, entry.length) = (hash, end)
        let sample = Int64(FileEntry.sampleBytes)
        if entry.head.isEmpty, end > sample {
            entry.head = FileEntry.sample(try reader.read(at: 0, count: FileEntry.sampleBytes))
        }
        let from = max(0, end - sample)
        entry.tail = FileEntry.sample(try reader.read(at: from, count: Int(end - from)))
    }
}
