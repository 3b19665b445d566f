// Hot path: every reading passes here as bytes. Guarded by `script/bench`.

public import MillraceValues

/// Some readings of one source, as bytes: a table of rows and named fields.
///
/// A reading is a row. Its fields are views into `bytes`, so that a text is made only for what a mapping uses.
///
/// - Shape: `spans` and, where not empty, `kinds` hold `count × names.count` entries, row by row. Positions grow.
public struct ReadingBatch: Sendable {
    /// What a field's bytes are.
    public enum FieldKind: UInt8, Sendable {
        /// A text, in UTF-8.
        case text
        /// A JSON number, by its text.
        case number
        /// JSON's true or false, by its text.
        case bool
        /// JSON's null.
        case null
        /// A list or object, by its JSON text.
        case json
    }

    /// Who numbers the readings of a source.
    public enum Numbering: UInt8, Sendable {
        /// We do, by their places in a file or table.
        case ours
        /// An instance of an agent, by its own sequence; what is read here of it may have holes (recorded documents). Another source is
        /// another instance.
        case instance
        /// An instance of an agent, all of whose sequence is read: an unbroken chain proves that nothing was lost.
        case chain
    }

    /// The source part of every place in the batch.
    public let source: String
    /// The names of the fields, in the order of the spans.
    public private(set) var names: [String]
    /// The bytes that the spans point into.
    public var bytes: [UInt8]
    /// Where each field lies.
    public var spans: [FieldSpan]
    /// What each field is; empty where all are texts.
    public var kinds: [FieldKind]
    /// The position part of each row's place.
    public var positions: [Int64]
    /// The line on which each row begins, from 1; empty where the source has no lines. Not kept with the readings.
    public var lines: [UInt32]
    /// The instants that the source itself gives; empty where a mapping finds them in a field.
    public var instants: [Instant]
    /// Rows at which the source says that a counter was reset (MTConnect's resetTriggered).
    public var resets: Set<Int>
    /// Whether the source proves that nothing was lost between the batch before and this one (an agent's unbroken
    /// sequence).
    public var continuesUnbroken: Bool
    /// Who numbers the readings.
    public var numbering: Numbering

    /// A batch without rows.
    public init(source: String, names: [String]) {
        self.source = source
        self.names = names
        bytes = []
        spans = []
        kinds = []
        positions = []
        lines = []
        instants = []
        resets = []
        continuesUnbroken = false
        numbering = .ours
    }

    /// How many rows there are.
    public var count: Int { positions.count }

    /// The field's index; adds the field, absent in the rows so far, where the name is new.
    public mutating func field(named name: String) -> Int {
        if let index = names.firstIndex(of: name) { return index }
        let width = names.count
        names.append(name)
        guard count > 0 else { return width }
        spans = restrided(spans, width: width, filler: .absent)
        if !kinds.isEmpty { kinds = restrided(kinds, width: width, filler: .text) }
        return width
    }

    private func restrided<Element>(_ old: [Element], width: Int, filler: Element) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(old.count + count)
        for row in 0..<(width == 0 ? 0 : old.count / width) {
            result.append(contentsOf: old[(row * width)..<((row + 1) * width)])
            result.append(filler)
        }
        if width == 0 { result = Array(repeating: filler, count: count) }
        return result
    }

    /// Where the field of the row lies; absent for a name that the batch does not have.
    public func span(row: Int, field: Int) -> FieldSpan { spans[row * names.count + field] }

    /// What the field of the row is.
    public func kind(row: Int, field: Int) -> FieldKind { kinds.isEmpty ? .text : kinds[row * names.count + field] }

    /// The text of the field; nil where the row does not have it.
    public func text(row: Int, field: Int) -> String? {
        let span = span(row: row, field: field)
        if span.isAbsent { return nil }
        return String(decoding: bytes[Int(span.start)..<Int(span.start + span.length)], as: UTF8.self)
    }

    /// The place of the row.
    public func place(row: Int) -> Place { Place(source: source, position: positions[row]) }

    /// The line of the row; nil where the source has none.
    public func line(row: Int) -> Int64? { row < lines.count ? Int64(lines[row]) : nil }

    /// The row as a value, for a person or a late mapping: its fields in order, absent ones left out.
    public func reading(row: Int) -> Reading {
        var fields = ValueObject()
        for (index, name) in names.enumerated() {
            guard let text = text(row: row, field: index) else { continue }
            switch kind(row: row, field: index) {
            case .text: fields.append(name, .string(text))
            case .number:
                fields.append(
                    name,
                    ExactDecimal(text).map { $0.description == text ? .number($0) : .numeral(text) } ?? .numeral(text))
            case .bool: fields.append(name, .bool(text == "true"))
            case .null: fields.append(name, .null)
            case .json:
                let value = try? JSONReader.read(text)  // try?: written by our own reader
                fields.append(name, value ?? .string(text))
            }
        }
        return Reading(place: place(row: row), instant: instants.isEmpty ? nil : instants[row], fields: fields)
    }
}

/// What a source said, with its place: one row of a batch as a value.
public struct Reading: Hashable, Sendable {
    /// Where it stands in its source.
    public let place: Place
    /// When it was so, where the source says it outside the fields.
    public let instant: Instant?
    /// What it said, by field.
    public let fields: ValueObject

    /// A reading of these fields.
    public init(place: Place, instant: Instant?, fields: ValueObject) {
        self.place = place
        self.instant = instant
        self.fields = fields
    }
}
