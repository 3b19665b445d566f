import MillraceValues
import MillraceYAML

/// Reads the CSV text of a table: UTF-8, a header, commas or semicolons.
struct TableReader {
    struct Line {
        let number: Int
        let cells: [String]
    }

    /// The rows behind the header, as cells; nil where the header cannot be read.
    static func rows(_ bytes: [UInt8], faults: DiagnosticList) -> (header: [String], lines: [Line])? {
        if let offset = UTF8Check.firstInvalid(in: bytes.span) {
            let line = bytes[..<offset].count { $0 == 0x0A } + 1
            faults.error(.table, at: SourceMark(line: line, column: 1), "the table is not UTF-8 here; save it as UTF-8")
            return nil
        }
        var buffer = bytes
        var offset = TextEncoding.mark(at: bytes.span)?.length ?? 0
        let head = bytes[offset...].prefix { $0 != 0x0A }
        let dialect = head.count { $0 == 0x3B } > head.count { $0 == 0x2C } ? CSVDialect.semicolon : .comma
        var splitter = CSVSplitter(dialect: dialect)
        var fields: [FieldSpan] = []
        var header: [String]?
        var lines: [Line] = []
        reading: while true {
            switch splitter.next(in: &buffer, from: &offset, atEnd: true, fields: &fields) {
            case .row:
                let cells = fields.map { $0.text(in: buffer) }
                if cells.allSatisfy(\.isEmpty) { continue }
                if header == nil {
                    header = cells.map(trimmed)
                } else {
                    lines.append(Line(number: splitter.rowLine, cells: cells.map(trimmed)))
                }
            case .fault(let fault):
                faults.error(.table, at: SourceMark(line: fault.line, column: fault.column), fault.kind.description)
            case .end, .needsMore: break reading
            }
        }
        guard let header else {
            faults.error(.table, at: .start, "the table is empty; its first line names the columns")
            return nil
        }
        return (header, lines)
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text.unicodeScalars[...]
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
