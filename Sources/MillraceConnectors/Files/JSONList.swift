import MillraceCore
import MillraceValues

/// Reads the records of a JSON text that is, or holds, one list.
///
/// ```text
/// start ──the list's '['──▶ rows ──']'──▶ done      start ──one object, no path──▶ done ──anything but blanks──▶ passing
///    └──────── a fault ───────┴─────────▶ passing   behind a fault nothing of the text can be trusted
/// ```
struct JSONList {
    /// The names that lead to the list; empty where it is the whole text.
    let path: [String]
    /// How long a record, or a member before the list, may be.
    static let recordLimit = 4 << 20

    /// A list at the dotted path.
    init(records: String?) { path = records?.split(separator: ".").map(String.init) ?? [] }

    /// Reads records until the page is full or the window has no whole one left.
    func read(_ window: inout TextWindow, into page: inout FilePage) {
        let begin = page.consumed
        var flattener = JSONFlattener()
        page.batch.bytes.reserveCapacity(window.text.count)
        do throws(Stop) {
            if page.phase == .start { try enter(window, &page, &flattener) }
            while page.phase == .rows, !page.isFull, page.batch.spans.count < JSONFlattener.pageLimit {
                try record(&window, &page, &flattener)
            }
            if page.phase == .done { try end(window, &page) }
        } catch {
            if case .fault(let sentence, let offset) = error { refuse(&window, &page, offset, sentence) }
        }
        if page.phase == .passing { page.consumed = window.text.count }
        page.line += window.pristine[begin..<page.consumed].count(where: { $0 == 0x0A })
    }

    /// Why the window is left.
    private enum Stop: Error {
        case needsMore
        case fault(String, at: Int)
    }

    private func refuse(_ window: inout TextWindow, _ page: inout FilePage, _ offset: Int, _ sentence: String) {
        let line = page.line + window.pristine.prefix(offset).count(where: { $0 == 0x0A })
        let row = page.consumed..<max(page.consumed, min(window.text.count, offset + 1))
        page.setAside(
            &window, row, line: line, field: nil, "line \(line): \(sentence); the rest of the file is not read")
        page.phase = .passing
    }

    /// Goes behind the blanks that may follow the list.
    private func end(_ window: TextWindow, _ page: inout FilePage) throws(Stop) {
        let offset = JSONReader.skipBlanks(window.text.span, from: page.consumed)
        page.consumed = offset
        if offset < window.text.count { throw .fault("something follows the end of the JSON text", at: offset) }
    }

    /// Goes to the first record.
    private func enter(_ window: TextWindow, _ page: inout FilePage, _ flattener: inout JSONFlattener) throws(Stop) {
        var offset = page.consumed
        let text = window.text.span
        for name in path {
            try expect(0x7B, window, &offset, "expected an object with the member '\(name)'")
            try find(name, window, &offset)
        }
        let first = try peek(window, &offset)
        if first == 0x7B, path.isEmpty {
            let start = offset
            let value = try value(window, &offset)
            if let trouble = flattener.add(value, at: window.start + Int64(start), to: &page.batch) {
                throw .fault(trouble, at: start)
            }
            page.consumed = offset
            page.phase = .done
            return
        }
        guard text[offset] == 0x5B else { throw .fault("expected a list of records", at: offset) }
        page.consumed = offset + 1
        page.phase = .rows
    }

    /// Goes behind the member's colon.
    private func find(_ name: String, _ window: TextWindow, _ offset: inout Int) throws(Stop) {
        while true {
            let byte = try peek(window, &offset)
            if byte == 0x7D { throw .fault("there is no member '\(name)' that holds the records", at: offset) }
            let key = try value(window, &offset)
            try expect(0x3A, window, &offset, "expected ':'")
            if key.text == name { return }
            _ = try value(window, &offset)
            if try peek(window, &offset) == 0x2C { offset += 1 }
        }
    }

    /// Reads one record with the comma behind it, or the end of the list.
    private func record(
        _ window: inout TextWindow, _ page: inout FilePage, _ flattener: inout JSONFlattener
    ) throws(Stop) {
        var offset = page.consumed
        if try peek(window, &offset) == 0x5D {
            page.consumed = offset + 1
            // Of an object that holds the list, what else it has is none of ours.
            page.phase = path.isEmpty ? .done : .passing
            return
        }
        let start = offset
        let record = try value(window, &offset)
        let mark = try peek(window, &offset)
        guard mark == 0x2C || mark == 0x5D else { throw .fault("expected ',' or ']' behind a record", at: offset) }
        var next = offset + 1
        let isLoose = mark == 0x2C ? try peek(window, &next) == 0x5D : false
        if let trouble = flattener.add(record, at: window.start + Int64(start), to: &page.batch) {
            let line = page.line + window.pristine[..<start].count(where: { $0 == 0x0A })
            page.setAside(&window, start..<offset, line: line, field: nil, "line \(line): \(trouble)")
        }
        page.consumed = mark == 0x2C ? offset + 1 : offset
        if isLoose { throw .fault("expected a record behind ','", at: next) }
    }

    private func peek(_ window: TextWindow, _ offset: inout Int) throws(Stop) -> UInt8 {
        offset = JSONReader.skipBlanks(window.text.span, from: offset)
        if offset < window.text.count { return window.text[offset] }
        if window.isFinal { throw .fault("the JSON text ends before its list does; it was cut off", at: offset) }
        throw .needsMore
    }

    private func expect(
        _ byte: UInt8, _ window: TextWindow, _ offset: inout Int, _ sentence: String
    ) throws(Stop) {
        guard try peek(window, &offset) == byte else { throw .fault(sentence, at: offset) }
        offset += 1
    }

    private func value(_ window: TextWindow, _ offset: inout Int) throws(Stop) -> Value {
        let start = offset
        do throws(JSONError) {
            let value = try JSONReader.readValue(window.text.span, at: &offset)
            // A number at the window's end may go on behind it.
            if offset < window.text.count || window.isFinal { return value }
        } catch {
            guard error.kind == .endsEarly, !window.isFinal else { throw .fault("\(error.kind)", at: error.offset) }
        }
        if window.text.count - start > Self.recordLimit {
            throw .fault("a record is longer than \(Self.recordLimit) bytes", at: start)
        }
        throw .needsMore
    }
}
