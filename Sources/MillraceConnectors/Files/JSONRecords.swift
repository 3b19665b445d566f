// Hot path: every record of every dropped JSON file passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Flattens records into the fields of a page: `{"a": {"b": 1}}` gives `a.b`; lists stay JSON.
struct JSONFlattener {
    /// How many fields one record may have.
    static let fieldLimit = 1_000
    /// How many fields, absent ones counted, a page may have.
    static let pageLimit = 4_000_000

    private var fields: [(field: Int, kind: ReadingBatch.FieldKind, span: FieldSpan)] = []
    /// The field that came after this one in the record before: records mostly have the same names in the same order.
    private var next = 0
    private var used: Set<Int> = []

    /// Adds a record to the batch, or says why it cannot be one.
    mutating func add(_ record: Value, at position: Int64, to batch: inout ReadingBatch) -> String? {
        guard let object = record.object else { return "a record must be a JSON object" }
        let bytesBefore = batch.bytes.count
        fields.removeAll(keepingCapacity: true)
        used.removeAll(keepingCapacity: true)
        next = 0
        if let trouble = walk(object, "", &batch) {
            batch.bytes.removeLast(batch.bytes.count - bytesBefore)
            return trouble
        }
        let width = batch.names.count
        let base = batch.spans.count
        batch.spans.append(contentsOf: repeatElement(.absent, count: width))
        batch.kinds.append(contentsOf: repeatElement(.text, count: width))
        for entry in fields {
            batch.spans[base + entry.field] = entry.span
            batch.kinds[base + entry.field] = entry.kind
        }
        batch.positions.append(position)
        return nil
    }

    private mutating func walk(_ object: ValueObject, _ prefix: String, _ batch: inout ReadingBatch) -> String? {
        for (key, value) in object {
            let name = prefix.isEmpty ? key : prefix + key
            if let inner = value.object, !inner.isEmpty {
                if let trouble = walk(inner, name + ".", &batch) { return trouble }
                continue
            }
            let field = index(of: name, &batch)
            guard used.insert(field).inserted else {
                return "two members of the record are both named '\(name.prefix(60))'"
            }
            guard fields.count < Self.fieldLimit else { return "the record has more than \(Self.fieldLimit) fields" }
            let start = batch.bytes.count
            let kind = write(value, &batch.bytes)
            guard let from = UInt32(exactly: start), let length = UInt32(exactly: batch.bytes.count - start) else {
                return "the record is too long"
            }
            fields.append((field, kind, FieldSpan(start: from, length: length)))
        }
        return nil
    }

    private mutating func index(of name: String, _ batch: inout ReadingBatch) -> Int {
        if next < batch.names.count, batch.names[next] == name {
            next += 1
            return next - 1
        }
        let field = batch.field(named: name)
        next = field + 1
        return field
    }

    private func write(_ value: Value, _ bytes: inout [UInt8]) -> ReadingBatch.FieldKind {
        switch value {
        case .string(let text):
            bytes.append(contentsOf: text.utf8)
            return .text
        case .number, .numeral:
            JSONWriter.write(value, into: &bytes)
            return .number
        case .bool(let flag):
            bytes.append(contentsOf: (flag ? "true" : "false").utf8)
            return .bool
        case .null: return .null
        case .array, .object:
            JSONWriter.write(value, into: &bytes)
            return .json
        }
    }
}

/// Reads the lines of a window as JSON objects.
struct JSONLines {
    /// How long a line may be.
    static let lineLimit = 4 << 20

    /// Reads lines until the page is full or the window has no whole one left.
    func read(_ window: inout TextWindow, into page: inout FilePage) {
        var flattener = JSONFlattener()
        page.batch.bytes.reserveCapacity(window.text.count)
        while !page.isFull, page.batch.spans.count < JSONFlattener.pageLimit, page.consumed < window.text.count {
            let begin = page.consumed
            let end = window.endOfLine(from: begin) ?? (window.isFinal ? window.text.count : nil)
            if page.phase == .skipping {
                page.consumed = end ?? window.text.count
                if end == nil { return }
                page.phase = .rows
                page.line += 1
                continue
            }
            guard let end, end - begin <= Self.lineLimit else {
                let reached = end ?? window.text.count
                guard reached - begin > Self.lineLimit else { return }
                let sentence = "line \(page.line): the line is longer than \(Self.lineLimit) bytes"
                page.setAside(&window, begin..<reached, line: page.line, field: nil, sentence)
                page.consumed = reached
                if end == nil { page.phase = .skipping } else { page.line += 1 }
                continue
            }
            take(&window, begin..<end, &flattener, &page)
            page.consumed = end
            page.line += 1
        }
    }

    private func take(
        _ window: inout TextWindow, _ row: Range<Int>, _ flattener: inout JSONFlattener, _ page: inout FilePage
    ) {
        let first = JSONReader.skipBlanks(window.text.span.extracting(..<row.upperBound), from: row.lowerBound)
        if first == row.upperBound { return }
        var trouble: String?
        do throws(JSONError) {
            let record = try JSONReader.read(window.text.span.extracting(row))
            trouble = flattener.add(record, at: window.fileOffset(row.lowerBound), to: &page.batch)
            if trouble == nil { page.batch.lines.append(UInt32(clamping: page.line)) }
        } catch {
            trouble = "column \(error.column): \(error.kind)"
        }
        guard let trouble else { return }
        page.setAside(&window, row, line: page.line, field: nil, "line \(page.line): \(trouble)")
    }
}
