// Hot path: every row of every CSV file passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Which columns of a CSV file are read, and under which names.
struct CSVColumns: Sendable {
    /// The names of the fields.
    var names: [String]
    /// For each name its column, from 0.
    var picks: [Int]
    /// How many columns a row has by its header; nil where there is no header.
    var width: Int?
    /// What is wrong with the header, if anything.
    var fault: (field: String, sentence: String)?
    /// Where the first row begins in the window that was searched.
    var end = 0
    /// The line of the first row.
    var line = 1

    /// The columns that settings number.
    init(positions: [String: Int]) {
        let sorted = positions.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        names = sorted.map(\.key)
        picks = sorted.map { $0.value - 1 }
    }

    /// The columns that the file's first row names; nil while that row is not whole.
    init?(header window: TextWindow, _ dialect: CSVDialect) {
        var splitter = CSVSplitter(dialect: dialect)
        var (text, fields, offset) = (window.text, [FieldSpan](), 0)
        (names, picks) = ([], [])
        while true {
            switch splitter.next(in: &text, from: &offset, atEnd: window.isFinal, fields: &fields) {
            case .needsMore: return nil
            case .end:
                guard offset > 0 || window.isFinal else { return nil }
                (end, line, width) = (offset, splitter.line, 0)
                return
            case .fault(let fault):
                self.fault = ("header", "the header cannot be read, \(fault); no row of the file is read")
                (end, line, width) = (offset, splitter.line, 0)
                return
            case .row:
                if fields.isEmpty { continue }
                take(fields.map { $0.text(in: text) }, line: splitter.rowLine)
                (end, line) = (offset, splitter.line)
                return
            }
        }
    }

    private mutating func take(_ header: [String], line: Int) {
        width = header.count
        for (column, name) in header.enumerated() {
            if name.isEmpty || names.contains(name) {
                let what = name.isEmpty ? "has no name" : "has the name '\(name)' of a column before it"
                // One empty name at the end is only a delimiter at the end of each row.
                if fault == nil, !(name.isEmpty && column == header.count - 1) {
                    let sentence = "line \(line): column \(column + 1) of the header \(what); its values are left out"
                    fault = ("column \(column + 1)", sentence)
                }
                continue
            }
            names.append(name)
            picks.append(column)
        }
    }

    /// Whether the fields of a row are the columns one by one.
    var areInOrder: Bool { picks.elementsEqual(0..<picks.count) && width == picks.count }
}

/// Reads the rows of a window.
struct CSVRows {
    let dialect: CSVDialect
    let columns: CSVColumns

    /// Reads rows until the page is full or the window has no whole one left.
    func read(_ window: inout TextWindow, into page: inout FilePage) {
        if page.phase == .skipping, !endSkipping(window, &page) { return }
        var splitter = CSVSplitter(dialect: dialect, line: page.line)
        var row = RowSink(columns, rows: window.text.count / 32)
        var fields: [FieldSpan] = []
        var offset = page.consumed
        // Taken out of the window while it is split, so that the splitter alone owns it.
        var text = window.text
        window.text = []
        scan: while row.count < FilePage.rowLimit, page.setAside.count < FilePage.setAsideLimit {
            let begin = offset
            switch splitter.next(in: &text, from: &offset, atEnd: window.isFinal, fields: &fields) {
            case .row:
                page.consumed = offset
                if fields.isEmpty { continue }
                if window.invalid(in: begin..<offset) != nil {
                    _ = page.setAsideIfUndecodable(&window, begin..<offset, line: splitter.rowLine)
                    continue
                }
                let isCut = offset == window.pristine.count && window.pristine[offset - 1] != 0x0A
                if let trouble = row.take(fields, text, isCut: isCut) {
                    let sentence = "line \(splitter.rowLine): \(trouble.sentence)"
                    page.setAside(&window, begin..<offset, line: splitter.rowLine, field: trouble.field, sentence)
                    continue
                }
                row.positions.append(window.fileOffset(begin))
                row.lines.append(UInt32(clamping: splitter.rowLine))
            case .fault(let fault):
                let isWhole = offset > 0 && window.pristine[offset - 1] == 0x0A
                let sentence = "line \(fault.line), column \(fault.column), field \(fault.field): \(fault.kind)"
                page.setAside(&window, begin..<offset, line: fault.line, field: "field \(fault.field)", sentence)
                page.consumed = offset
                if !isWhole, !window.isFinal {
                    page.phase = .skipping
                    page.line = splitter.line
                    break scan
                }
            case .needsMore, .end: break scan
            }
            page.line = splitter.line
        }
        page.line = splitter.line
        row.fill(&page.batch)
        page.batch.bytes = text
    }

    /// Goes behind the bad line; whether its end is in the window.
    private func endSkipping(_ window: TextWindow, _ page: inout FilePage) -> Bool {
        guard let end = window.endOfLine(from: page.consumed) else {
            page.consumed = window.pristine.count
            return false
        }
        page.consumed = end
        page.line += 1
        page.phase = .rows
        return true
    }
}

/// Gathers the fields of rows.
private struct RowSink {
    private let picks: [Int]
    private let names: [String]
    private let width: Int?
    private let areInOrder: Bool
    private(set) var spans: [FieldSpan] = []
    var positions: [Int64] = []
    var lines: [UInt32] = []
    private(set) var count = 0

    init(_ columns: CSVColumns, rows: Int) {
        (picks, width, areInOrder) = (columns.picks, columns.width, columns.areInOrder)
        names = columns.names
        let capacity = min(rows, FilePage.rowLimit)
        spans.reserveCapacity(capacity * picks.count)
        positions.reserveCapacity(capacity)
        lines.reserveCapacity(capacity)
    }

    /// Adds a row, or says why not.
    mutating func take(_ fields: [FieldSpan], _ text: [UInt8], isCut: Bool) -> (field: String?, sentence: String)? {
        if let width, fields.count != width, let trouble = misfit(fields, width, isCut) { return trouble }
        count += 1
        if areInOrder, fields.count >= picks.count {
            if fields.count == picks.count {
                spans.append(contentsOf: fields)
            } else {
                spans.append(contentsOf: fields[..<picks.count])
            }
            return nil
        }
        for pick in picks { spans.append(pick < fields.count ? fields[pick] : .absent) }
        return nil
    }

    private func misfit(_ fields: [FieldSpan], _ width: Int, _ isCut: Bool) -> (field: String?, sentence: String)? {
        if fields.count > width {
            guard let extra = fields[width...].firstIndex(where: { $0.length > 0 }) else { return nil }
            if width == 1 {
                return ("field 2", "the header has one column and the row more; is 'delimiter' in millrace.yaml right?")
            }
            return (
                "field \(extra + 1)",
                "field \(extra + 1) is beyond the \(width) columns of the header; mend the row or its delimiters"
            )
        }
        guard isCut else { return nil }
        return (
            nil,
            "the file's last line has \(fields.count) of \(width) fields and no line end; it was cut off when it was written"
        )
    }

    func fill(_ batch: inout ReadingBatch) {
        batch.spans = spans
        batch.positions = positions
        batch.lines = lines
    }
}
