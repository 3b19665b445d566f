// Hot path: every reading's time passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Where a reading's instant comes from.
struct TimeRule: Sendable {
    /// The columns, joined by a blank.
    var columns: [String]
    /// The pattern; nil for ISO 8601.
    var pattern: TimePattern?
    /// Whose wall clock wrote times without an offset.
    var zone: Zone
    var doubledHour: DoubledHour
    /// Whether instants that the source gives itself go first.
    var prefersSource: Bool
}

/// Where rows tell whole intervals: when they end, and which of them cannot be used.
struct IntervalRule: Sendable {
    /// When an interval ends; nothing in its columns means that it goes on.
    var end: TimeRule?
    /// The slot of the start.
    var startSlot: Int
    /// The slot of the end.
    var endSlot: Int
    /// Why a row cannot be used; nil where it can.
    var fault: (@Sendable (SignalFrame) -> String?)?
}

/// Reads the times of one batch.
struct TimePass {
    private let rule: TimeRule
    private let fields: [Int?]
    private let usesSource: Bool
    private var reader: LocalTimeReader
    private var joined: [UInt8] = []
    /// The last field whose text named its instant without the zone's help, and that instant: rows of one sampling have the same.
    private var known: (field: Int, instant: Instant)?

    init(_ rule: TimeRule, batch: ReadingBatch, last: Instant?) {
        self.rule = rule
        fields = rule.columns.map { batch.names.firstIndex(of: $0) }
        usesSource = rule.prefersSource && !batch.instants.isEmpty
        reader = LocalTimeReader(zone: rule.zone, doubledHour: rule.doubledHour, last: last)
    }

    /// Reads the next time as one that follows `instant`: what the order of the rows tells of starts, each start tells of its end.
    mutating func follow(_ instant: Instant) {
        reader = LocalTimeReader(zone: rule.zone, doubledHour: rule.doubledHour, last: instant)
    }

    /// The last instant of a local time, for the state; nil where there was none.
    var last: Instant? { reader.last }

    enum Fault: Error {
        /// The column is missing or empty.
        case absent(String)
        /// Its text is no time of the format.
        case unreadable(String, String)
        /// The local time has no instant.
        case local(String, LocalTimeError)

        var field: String {
            switch self {
            case .absent(let field), .unreadable(let field, _), .local(let field, _): field
            }
        }
    }

    mutating func instant(_ batch: ReadingBatch, row: Int) -> Result<Instant, Fault> {
        if usesSource { return .success(batch.instants[row]) }
        if fields.count == 1 {
            guard let field = fields[0] else { return .failure(.absent(rule.columns[0])) }
            let span = batch.spans[row &* batch.names.count &+ field]
            if span.length == 0 { return .failure(.absent(rule.columns[0])) }
            let index = row &* batch.names.count &+ field
            if let known, batch.isSame(index, known.field) { return .success(known.instant) }
            return parsed(batch.bytes.span.extracting(span.range), field: index)
        }
        joined.removeAll(keepingCapacity: true)
        for (index, field) in fields.enumerated() {
            guard let field, case let span = batch.spans[row &* batch.names.count &+ field], span.length > 0 else {
                return .failure(.absent(rule.columns[index]))
            }
            if index > 0 { joined.append(0x20) }
            joined += batch.bytes[span.range]
        }
        let text = joined
        return parsed(text.span, field: nil)
    }

    private mutating func parsed(_ bytes: Span<UInt8>, field: Int?) -> Result<Instant, Fault> {
        guard let pattern = rule.pattern else {
            if let instant = Instant(iso8601: bytes) {
                known = field.map { ($0, instant) }
                return .success(instant)
            }
            guard let local = CivilTime(iso8601: Self.text(bytes)) else {
                return .failure(.unreadable(columns, Self.text(bytes)))
            }
            switch reader.instant(of: local) {
            case .success(let instant): return .success(instant)
            case .failure(let error): return .failure(.local(columns, error))
            }
        }
        guard let time = pattern.parse(bytes) else { return .failure(.unreadable(columns, Self.text(bytes))) }
        switch reader.instant(of: time) {
        case .success(let instant): return .success(instant)
        case .failure(let error): return .failure(.local(columns, error))
        }
    }

    /// The columns, as a fault names them.
    private var columns: String { rule.columns.joined(separator: ", ") }

    private static func text(_ bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        for index in bytes.indices { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }

    /// One sentence for a person.
    func sentence(_ fault: Fault) -> String {
        switch fault {
        case .absent(let field): "the row has no time in '\(field)'"
        case .unreadable(let field, let text):
            "'\(text.prefix(60))' in '\(field)' is no time of the form \(rule.pattern?.text ?? "2026-03-02T06:00:00Z")"
        case .local(_, let error): error.description
        }
    }
}
