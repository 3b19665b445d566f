// Hot path: every reading becomes a sample. Guarded by `script/bench`.

public import MillraceValues

/// What a reading says of one signal.
public enum SignalUpdate: Hashable, Sendable {
    /// Nothing: the signal holds its value.
    case unchanged
    /// The signal is undefined from now on (MTConnect's UNAVAILABLE).
    case nothing
    /// The signal's new value.
    case value(Value)
    /// A word about one of several conditions that may be active at one time. Boxed, so that the other cases stay small.
    indirect case condition(ConditionReport)
}

/// What a reading says of a condition of a data item (MTConnect).
public struct ConditionReport: Hashable, Sendable {
    /// Normal, Warning or Fault.
    public var level: String
    /// The machine's own code; empty where it says none.
    public var code: String
    /// The id of this activation; empty where it says none.
    public var id: String

    /// A report of these parts.
    public init(level: String, code: String, id: String) { (self.level, self.code, self.id) = (level, code, id) }
}

/// Readings of one source after the reading mapping: for each, the equipment, the instant and the signals it sets.
///
/// - Shape: `updates` holds `count × slots` entries, row by row.
public struct SampleBatch: Sendable {
    /// The source part of every place.
    public let source: String
    /// How many signals the mapping has.
    public let slots: Int
    /// Whether the source proves that nothing was lost since the batch before.
    public let continuesUnbroken: Bool
    /// Who numbers the readings.
    public var numbering = ReadingBatch.Numbering.ours
    /// The names of the equipment, each once.
    public var equipment: [String] = []
    /// The samples, in the order of the readings.
    public var samples: [Sample] = []
    /// What each sample says of each signal.
    public var updates: [SignalUpdate] = []

    /// A batch without samples.
    public init(source: String, slots: Int, continuesUnbroken: Bool) {
        self.source = source
        self.slots = slots
        self.continuesUnbroken = continuesUnbroken
    }
}

/// One reading after the reading mapping.
public struct Sample: Sendable {
    /// When it was so.
    public var instant: Instant
    /// The position part of its place.
    public var position: Int64
    /// The index of its equipment in the batch.
    public var equipment: Int32
    /// Where its updates begin in the batch, in samples.
    public var row: Int32
    /// Whether it sets a counter; at equal instants states go first (RULES R1).
    public var setsCounter: Bool
    /// Whether the source says that its counter was reset.
    public var isReset: Bool

    /// A sample of these parts.
    public init(instant: Instant, position: Int64, equipment: Int32, row: Int32, setsCounter: Bool, isReset: Bool) {
        self.instant = instant
        self.position = position
        self.equipment = equipment
        self.row = row
        self.setsCounter = setsCounter
        self.isReset = isReset
    }

    /// The order in which samples of one equipment are worked on: time, states before counters, place.
    public static func precedes(_ left: Sample, _ right: Sample) -> Bool {
        if left.instant != right.instant { return left.instant < right.instant }
        if left.setsCounter != right.setsCounter { return right.setsCounter }
        return left.position < right.position
    }
}

/// A row that no mapping can use, kept with its place and reason.
public struct SetAside: Hashable, Sendable {
    /// Why a reading is set aside.
    public enum Reason: String, Sendable {
        /// Its bytes do not follow the format.
        case unreadable
        /// A field of it is not what the mapping needs.
        case unusable
        /// A column that the mapping reads is in none of its rows: said once for all of them.
        case column
        /// It is stamped further ahead than allowed and waits.
        case ahead
        /// A counter reading beyond `lateness` (RULES R4).
        case tooLate = "too-late"
        /// A second source of the same count (RULES R9).
        case shadowed
        /// A file that repeats a finished one, or a known one that was rewritten (RULES R3).
        case file
    }

    /// Where it stands.
    public let place: Place
    /// The line in its file, counted from 1; nil where there are no lines.
    public let line: Int64?
    /// The column or field that is at fault; nil where it is the whole row.
    public let field: String?
    /// The kind of trouble.
    public let reason: Reason
    /// One sentence for a person.
    public let sentence: String
    /// The row itself, at most 4 KiB of it.
    public let content: [UInt8]

    /// A row set aside.
    public init(place: Place, line: Int64?, field: String?, reason: Reason, sentence: String, content: [UInt8]) {
        self.place = place
        self.line = line
        self.field = field
        self.reason = reason
        self.sentence = sentence
        self.content = Array(content.prefix(4096))
    }
}

/// A stretch of a source that was lost before it was read (RULES: promise 7).
public struct Gap: Hashable, Sendable {
    /// The agent and instance, or the file.
    public let source: String
    /// The first position known to be lost; nil where unknown.
    public let from: Int64?
    /// The last position known to be lost; nil where unknown.
    public let to: Int64?
    /// When the stretch began, as far as known.
    public let start: Instant?
    /// When it ended.
    public let end: Instant?
    /// One sentence: what happened.
    public let sentence: String

    /// A lost stretch.
    public init(source: String, from: Int64?, to: Int64?, start: Instant?, end: Instant?, sentence: String) {
        self.source = source
        self.from = from
        self.to = to
        self.start = start
        self.end = end
        self.sentence = sentence
    }
}
