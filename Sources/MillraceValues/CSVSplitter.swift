// Hot path: every row of every file passes here. Guarded by `script/bench`.

/// What a step through a CSV file found.
public enum CSVRow: Equatable, Sendable {
    /// A row; its fields are said.
    case row
    /// The buffer ends inside a row; nothing was taken.
    case needsMore
    /// The file is at its end.
    case end
    /// A row that cannot be read; the next step goes on behind it.
    case fault(CSVFault)
}

/// Splits the rows of a CSV text (RFC 4180, strictly), that lies in a growing buffer, into fields without copying them.
///
/// ```text
/// loop: next(in: &buffer, from: &offset, atEnd: fileIsDone, fields: &fields)
///   .row       → use fields before the next step
///   .needsMore → drop the bytes before offset, append more, offset = 0
/// ```
/// What is found does not depend on how the text came in chunks.
public struct CSVSplitter: Sendable {
    /// What parts and encloses fields.
    public let dialect: CSVDialect
    /// What a row may ask of us.
    public let limits: CSVLimits
    /// The line on which the next row begins, from 1.
    public private(set) var line: Int
    /// The line on which the row (or the fault's row) that the last step found begins.
    public private(set) var rowLine: Int

    /// Whether the rest of a bad line is still to be passed over.
    private var isSkipping = false
    /// The fields of the row at hand that hold doubled quotes.
    private var doubled: [Int] = []

    /// A splitter at the start of a file, or at the start of that line of it.
    public init(dialect: CSVDialect = .comma, limits: CSVLimits = .standard, line: Int = 1) {
        (self.dialect, self.limits, self.line, rowLine) = (dialect, limits, line, line)
    }

    /// Finds the next row.
    ///
    /// - Shape: `offset` is where the row begins in `buffer`, and afterwards the byte behind its line end; `fields` are
    ///   replaced by the row's. An empty line is a row without fields. `atEnd` says that nothing will follow the buffer, so
    ///   that an unterminated last line is a row. The buffer must be shorter than 4 GiB, its text UTF-8 without a mark.
    /// - Effects: in a field with doubled quotes these are made single where they stand in `buffer`; whoever needs the bytes
    ///   as they were written takes them before.
    public mutating func next(
        in buffer: inout [UInt8], from offset: inout Int, atEnd: Bool, fields: inout [FieldSpan]
    ) -> CSVRow {
        fields.removeAll(keepingCapacity: true)
        if isSkipping {
            skipLine(buffer.span, from: &offset)
            if isSkipping { return atEnd ? .end : .needsMore }
        }
        rowLine = line
        if offset >= buffer.count { return atEnd ? .end : .needsMore }
        var step = plainRow(buffer.span, from: offset, atEnd: atEnd, fields: &fields)
        if case .quoted = step { step = quotedRow(buffer.span, from: offset, atEnd: atEnd, fields: &fields) }
        switch heldToLimit(step, offset, buffer.count) {
        case .row(let end, let lines):
            for field in doubled {
                fields[field] = Self.undouble(fields[field], in: &buffer, quote: dialect.quote ?? 0)
            }
            doubled.removeAll(keepingCapacity: true)
            offset = end
            line += lines
            return .row
        case .needsMore, .quoted:
            forget(&fields)
            return .needsMore
        case .fault(let fault, let position, _):
            forget(&fields)
            line = fault.line
            offset = position
            skipLine(buffer.span, from: &offset)
            return .fault(fault)
        }
    }

    private mutating func forget(_ fields: inout [FieldSpan]) {
        doubled.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    /// The step, or the fault of a row at `offset` that goes on for too long, whatever else is wrong behind that.
    private func heldToLimit(_ step: Step, _ offset: Int, _ count: Int) -> Step {
        let reached =
            switch step {
            case .row(let end, _): end
            case .needsMore, .quoted: count
            case .fault(_, _, let seen): seen
            }
        if reached &- offset < limits.rowBytes { return step }
        return fault(.rowTooLong(limit: limits.rowBytes), offset, offset, 0)
    }

    /// What one try at a row came to.
    private enum Step {
        /// A row up to that offset, of that many lines.
        case row(end: Int, lines: Int)
        case needsMore
        /// A field begins with a quote.
        case quoted
        /// A fault; the line that holds the offset is passed over. `seen` is the byte that proved it.
        case fault(CSVFault, at: Int, seen: Int)
    }

    /// Goes behind the next line feed from `offset` on, or remembers to.
    private mutating func skipLine(_ bytes: Span<UInt8>, from offset: inout Int) {
        isSkipping = true
        while offset < bytes.count {
            let byte = bytes[offset]
            offset &+= 1
            if byte == 0x0A {
                isSkipping = false
                line += 1
                return
            }
        }
    }

    /// Makes doubled quotes single where the field stands.
    private static func undouble(_ field: FieldSpan, in buffer: inout [UInt8], quote: UInt8) -> FieldSpan {
        let range = field.range
        var target = range.lowerBound
        var source = range.lowerBound
        while source < range.upperBound {
            let byte = buffer[source]
            buffer[target] = byte
            source &+= byte == quote ? 2 : 1
            target &+= 1
        }
        return FieldSpan(start: field.start, length: UInt32(truncatingIfNeeded: target &- range.lowerBound))
    }
}

// MARK: rows without quotes

extension CSVSplitter {
    /// Each byte of a word set to `byte`.
    private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The top bit of exactly those bytes of the word that are zero.
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        let low = repeated(0x7F)
        return ~(((word & low) &+ low) | word | low)
    }

    /// Reads a row as far as no quote stands in it, eight bytes at a time.
    private func plainRow(
        _ bytes: Span<UInt8>, from offset: Int, atEnd: Bool, fields: inout [FieldSpan]
    ) -> Step {
        let raw = bytes.bytes
        // Without a quote NUL is looked for twice, which costs nothing.
        let quote = dialect.quote ?? 0
        let (delimiters, quotes) = (Self.repeated(dialect.delimiter), Self.repeated(quote))
        var start = offset
        var index = offset
        while index < bytes.count {
            var hits: UInt64
            if bytes.count &- index >= 8 {
                // Any eight bytes are a UInt64, and the load checks its bounds.
                let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
                hits = Self.zeroBytes(word ^ delimiters) | Self.zeroBytes(word ^ quotes)
                hits |= Self.zeroBytes(word ^ Self.repeated(0x0A)) | Self.zeroBytes(word)
            } else {
                hits = 0
                for place in 0..<(bytes.count &- index) {
                    let byte = bytes[index &+ place]
                    if byte == dialect.delimiter || byte == quote || byte == 0x0A || byte == 0 {
                        hits |= 0x80 << UInt64(place &* 8)
                    }
                }
            }
            while hits != 0 {
                let place = index &+ hits.trailingZeroBitCount / 8
                hits &= hits &- 1
                let byte = bytes[place]
                if place &- start >= limits.fieldBytes { return tooLong(start, offset, fields.count) }
                if byte == dialect.delimiter {
                    fields.append(Self.span(start, place))
                    start = place &+ 1
                } else if byte == 0x0A {
                    return finish(bytes, from: offset, field: start, end: place, next: place &+ 1, fields: &fields)
                } else if byte == 0 {
                    return fault(.nulByte, place, offset, fields.count)
                } else if place == start {
                    fields.removeAll(keepingCapacity: true)
                    return .quoted
                } else {
                    return fault(.quoteInField, place, offset, fields.count)
                }
            }
            index &+= 8
        }
        let end = bytes.count
        if end &- start >= limits.fieldBytes { return tooLong(start, offset, fields.count) }
        guard atEnd else { return .needsMore }
        return finish(bytes, from: offset, field: start, end: end, next: end, fields: &fields)
    }

    /// The row ends at `end`, where its line feed or the file's end is; its last field begins at `field`.
    private func finish(
        _ bytes: Span<UInt8>, from offset: Int, field: Int, end: Int, next: Int, fields: inout [FieldSpan]
    ) -> Step {
        let last = end > field && bytes[end &- 1] == 0x0D ? end &- 1 : end
        if last > offset || !fields.isEmpty { fields.append(Self.span(field, last)) }
        return .row(end: next, lines: 1)
    }

    private static func span(_ start: Int, _ end: Int) -> FieldSpan {
        FieldSpan(start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: end &- start))
    }

    private func tooLong(_ start: Int, _ offset: Int, _ field: Int) -> Step {
        fault(.fieldTooLong(limit: limits.fieldBytes), start, offset, field, seen: start + limits.fieldBytes)
    }

    /// A fault at `place` of a line that begins at `lineStart`, in the field with that index.
    private func fault(
        _ kind: CSVFault.Kind, _ place: Int, _ lineStart: Int, _ field: Int, linesBefore: Int = 0, seen: Int? = nil
    ) -> Step {
        let column = place &- lineStart &+ 1
        let fault = CSVFault(kind: kind, line: line + linesBefore, column: column, field: field + 1)
        return .fault(fault, at: place, seen: seen ?? place)
    }
}

// MARK: rows with quotes

extension CSVSplitter {
    /// How a field in quotes ended.
    private enum Quoted {
        /// At the closing quote with that offset.
        case closed(Int)
        case needsMore
        case fault(CSVFault.Kind, at: Int, seen: Int)
    }

    /// Where a row with quotes has come to.
    private struct Place {
        /// The byte to look at.
        var index: Int
        /// The first byte of its line.
        var lineStart: Int
        /// Line breaks in the row so far.
        var lines = 0
    }

    /// Reads a row in which at least one field begins with a quote.
    private mutating func quotedRow(
        _ bytes: Span<UInt8>, from offset: Int, atEnd: Bool, fields: inout [FieldSpan]
    ) -> Step {
        guard let quote = dialect.quote else { return .needsMore }
        var place = Place(index: offset, lineStart: offset)
        while true {
            let start = place.index
            if place.index < bytes.count, bytes[place.index] == quote {
                let opening = place
                switch enclosed(bytes, &place, quote, atEnd, field: fields.count) {
                case .closed(let end): fields.append(Self.span(start + 1, end))
                case .needsMore: return .needsMore
                case .fault(let kind, let position, let seen):
                    // A NUL is told where it is, everything else where the quote opens.
                    let told = kind == .nulByte ? place : opening
                    return fault(kind, position, told.lineStart, fields.count, linesBefore: told.lines, seen: seen)
                }
                if let step = afterQuote(bytes, &place, atEnd, offset, fields.count - 1) { return step }
            } else {
                if let step = unenclosed(bytes, &place, quote, atEnd, offset, fields.count) { return step }
                var end = place.index
                let isLast = end >= bytes.count || bytes[end] == 0x0A
                if isLast, end > start, bytes[end - 1] == 0x0D { end -= 1 }
                fields.append(Self.span(start, end))
            }
            let end = place.index
            if end >= bytes.count { return .row(end: end, lines: place.lines + 1) }
            place.index += 1
            if bytes[end] == 0x0A { return .row(end: end + 1, lines: place.lines + 1) }
        }
    }

    /// Goes over a field in quotes from its opening quote to the byte behind its closing one.
    private mutating func enclosed(
        _ bytes: Span<UInt8>, _ place: inout Place, _ quote: UInt8, _ atEnd: Bool, field: Int
    ) -> Quoted {
        let opening = place.index
        let linesBefore = place.lines
        var hasDoubled = false
        var index = opening + 1
        while index < bytes.count {
            let byte = bytes[index]
            if index &- opening &- 1 >= limits.fieldBytes {
                return .fault(
                    .fieldTooLong(limit: limits.fieldBytes), at: opening, seen: opening + 1 + limits.fieldBytes)
            }
            if byte == quote {
                guard index &+ 1 < bytes.count else {
                    if !atEnd { return .needsMore }
                    return close(index, hasDoubled, field, &place)
                }
                if bytes[index &+ 1] != quote { return close(index, hasDoubled, field, &place) }
                hasDoubled = true
                index &+= 2
                continue
            }
            if byte == 0x0A {
                place.lines += 1
                place.lineStart = index + 1
                if place.lines - linesBefore > limits.fieldLines {
                    return .fault(.tooManyLines(limit: limits.fieldLines), at: opening, seen: index)
                }
            } else if byte == 0 {
                return .fault(.nulByte, at: index, seen: index)
            }
            index &+= 1
        }
        if index &- opening &- 1 >= limits.fieldBytes {
            return .fault(.fieldTooLong(limit: limits.fieldBytes), at: opening, seen: opening + 1 + limits.fieldBytes)
        }
        return atEnd ? .fault(.unclosedQuote, at: opening, seen: index) : .needsMore
    }

    private mutating func close(_ index: Int, _ hasDoubled: Bool, _ field: Int, _ place: inout Place) -> Quoted {
        if hasDoubled { doubled.append(field) }
        place.index = index + 1
        return .closed(index)
    }

    /// Behind a closing quote only a delimiter or a line end may stand; nil where it does, and `place` is on it.
    private func afterQuote(
        _ bytes: Span<UInt8>, _ place: inout Place, _ atEnd: Bool, _ offset: Int, _ field: Int
    ) -> Step? {
        let index = place.index
        guard index < bytes.count else { return atEnd ? nil : .needsMore }
        if bytes[index] == dialect.delimiter || bytes[index] == 0x0A { return nil }
        if bytes[index] == 0x0D {
            guard index + 1 < bytes.count || atEnd else { return .needsMore }
            if index + 1 >= bytes.count || bytes[index + 1] == 0x0A {
                place.index += 1
                return nil
            }
        }
        let seen = bytes[index] == 0x0D ? index + 1 : index
        return fault(.textAfterQuote, index, place.lineStart, field, linesBefore: place.lines, seen: seen)
    }

    /// Goes over a field without quotes to its delimiter or line end; nil where it is good.
    private func unenclosed(
        _ bytes: Span<UInt8>, _ place: inout Place, _ quote: UInt8, _ atEnd: Bool, _ offset: Int, _ field: Int
    ) -> Step? {
        let start = place.index
        while place.index < bytes.count {
            let byte = bytes[place.index]
            if byte == dialect.delimiter || byte == 0x0A { break }
            if byte == quote || byte == 0 {
                if place.index &- start >= limits.fieldBytes { break }
                let kind: CSVFault.Kind = byte == quote ? .quoteInField : .nulByte
                return fault(kind, place.index, place.lineStart, field, linesBefore: place.lines)
            }
            place.index &+= 1
        }
        if place.index &- start >= limits.fieldBytes {
            let kind = CSVFault.Kind.fieldTooLong(limit: limits.fieldBytes)
            let seen = start + limits.fieldBytes
            return fault(kind, start, place.lineStart, field, linesBefore: place.lines, seen: seen)
        }
        return place.index < bytes.count || atEnd ? nil : .needsMore
    }
}
