public import MillraceCore
public import MillraceValues

/// What a report goes by.
public enum ReportGrouping: String, Sendable, CaseIterable {
    /// Equipment, production day and shift.
    case shift
    /// Order, operation and equipment.
    case order
    /// Equipment alone.
    case equipment
}

/// Pieces and seconds of one group, to be added up and never averaged.
///
/// - Units: times in microseconds. The time elements are those of ISO 22400-2: planned busy time, actual production time, setup, delay and
///   down time.
public struct ReportRow: Hashable, Sendable {
    /// The group's fields by their names, in the order of the grouping.
    public var group: ValueObject
    /// Pieces by what becomes of them.
    public var amounts: [Standing: Amounts] = [:]
    /// Time by class, as the facts say it.
    public var classes: [DowntimeClass: Int64] = [:]
    /// How many micro-stops lie behind the time of their class.
    public var microStops = 0
    /// Time in shifts, less breaks and what is planned to stand. For an order: what is known of it in such time.
    public var plannedBusy: Int64 = 0
    /// Time in which parts were made.
    public var production: Int64 = 0
    /// Time of setting up.
    public var setup: Int64 = 0
    /// Planned busy time in which the equipment waited or stood briefly.
    public var delay: Int64 = 0
    /// Planned busy time in which the equipment was down.
    public var down: Int64 = 0
    /// Planned busy time of which no interval is told yet, or none ever will be.
    public var unseen: Int64 = 0

    /// An empty row of that group.
    public init(group: ValueObject) { self.group = group }

    /// The sum of production, setup, delay and down time.
    public var orderExecution: Int64 { production + setup + delay + down }

    /// The pieces that are booked.
    public var counted: Amounts { amounts[.counted] ?? .zero }

    /// The names of the columns behind those of the group, in order: of `columns`, of CSV and of JSON.
    public static let names =
        [
            "good", "scrap", "rework", "unconfirmed", "unattributed", "dropped", "planned-busy", "production", "setup",
            "delay",
            "down", "unseen", "micro-stops",
        ] + DowntimeClass.allCases.map { "\($0.rawValue)-seconds" }

    /// The values of the columns, by `names`: pieces, seconds, a number of stops.
    public var columns: [ExactDecimal] {
        func all(_ standing: Standing) -> ExactDecimal {
            let parts = CountedQuantity.allCases.map { (amounts[standing] ?? .zero)[$0] }
            // Pieces that a counter adds to one quantity and takes from another are there once.
            let made = parts.filter { !$0.isNegative && !$0.isZero }
            return (made.isEmpty ? parts : made).reduce(.zero) { (try? $0.adding($1)) ?? $0 }  // try?: too many digits
        }
        let pieces = [
            counted.good, counted.scrap, counted.rework, all(.unconfirmed), all(.unattributed), all(.dropped),
        ]
        let times = [plannedBusy, production, setup, delay, down, unseen].map(Self.seconds)
        return pieces + times + [ExactDecimal(Int64(microStops))]
            + DowntimeClass.allCases.map { Self.seconds(classes[$0] ?? 0) }
    }

    /// Microseconds as seconds.
    static func seconds(_ microseconds: Int64) -> ExactDecimal {
        ExactDecimal(coefficient: microseconds, exponent: -6) ?? .zero
    }
}

/// Something that the facts and the calendar together say: a stretch that somebody should look at.
public struct ReportAlert: Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Sendable, CaseIterable {
        /// A shift runs, nothing is counted, and no state says that the equipment stands.
        case silence = "no-counts"
        /// The equipment produces by its states, and its counter stands.
        case stuck = "stuck-counter"
        /// Two intervals of one equipment lie over each other.
        case overlap
        /// A stretch of a source was lost before it was read.
        case gap
    }

    /// What it is.
    public var kind: Kind
    /// The equipment; the connector of a gap.
    public var subject: String
    /// When it began; nil where that is not known.
    public var start: Instant?
    /// When it ended; nil where that is not known.
    public var end: Instant?
    /// One sentence for a person.
    public var sentence: String

    /// An alert of these parts.
    public init(kind: Kind, subject: String, start: Instant?, end: Instant?, sentence: String) {
        self.kind = kind
        self.subject = subject
        self.start = start
        self.end = end
        self.sentence = sentence
    }
}
