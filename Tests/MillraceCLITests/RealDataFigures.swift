import MillraceCore
import MillraceTesting
import MillraceValues

/// What a machine said of one signal: instant and text, as the recording has it.
struct RecordedValue {
    let instant: Instant
    let text: String
}

/// Figures worked out from recorded values without any of the program's counting: a second pair of eyes for it.
///
/// It knows nothing of batches, signals, slices or states. Values are put in the order of their instants, and then:
///
/// - *Count*: UNAVAILABLE is passed over; the first number is where counting begins; each later number adds its difference to the
///   number before, if the machine can have made so many in the time between both (at least a minute); a larger difference is
///   left to a person. No recording here has a counter that falls within one machine's instants in order, so a fall fails the test.
/// - *Seconds by class*: each value holds until the next one; what comes before the first value that is not UNAVAILABLE is no
///   state, and what begins at the last value has no end yet.
struct IndependentFigures: Equatable {
    /// Counted, in pieces.
    var counted: Int64 = 0
    /// Left to a person, in pieces.
    var unconfirmed: Int64 = 0
    /// Microseconds by class.
    var microseconds: [DowntimeClass: Int64] = [:]

    init() {}

    init?(counts: [RecordedValue], perMinute: Int64, states: [RecordedValue]) {
        var last: (value: Int64, at: Instant)?
        for recorded in Self.inTime(counts) {
            guard let value = Int64(recorded.text) else { continue }
            if let last {
                let minutesTimesMicroseconds = max(60_000_000, recorded.instant.microseconds - last.at.microseconds)
                let difference = value - last.value
                if difference < 0 { return nil }
                if difference * 60_000_000 <= perMinute * minutesTimesMicroseconds {
                    counted += difference
                } else {
                    unconfirmed += difference
                }
            }
            last = (value, recorded.instant)
        }
        let known = Self.inTime(states).drop { $0.text == "UNAVAILABLE" }
        for (value, next) in zip(known, known.dropFirst()) where next.instant > value.instant {
            microseconds[Self.class(of: value.text), default: 0] +=
                next.instant.microseconds - value.instant.microseconds
        }
    }

    /// In the order of instants; at equal instants in the order of the recording.
    private static func inTime(_ values: [RecordedValue]) -> [RecordedValue] {
        values.enumerated().sorted { ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset) }.map(\.element)
    }

    private static func `class`(of execution: String) -> DowntimeClass {
        switch execution {
        case "ACTIVE": .producing
        case "READY", "PROGRAM_COMPLETED": .idle
        case "INTERRUPTED", "FEED_HOLD", "STOPPED", "OPTIONAL_STOP", "PROGRAM_STOPPED", "WAIT": .unplannedDown
        default: .unknown
        }
    }

    /// The same from the facts that a store holds, each by its newest revision.
    init(facts: [FactRevision], equipment: String) {
        var counts: [ProductionCount.Identity: ProductionCount] = [:]
        var stops: [Instant: Downtime] = [:]
        for revision in facts where revision.fact.equipment == equipment {
            switch revision.fact {
            case .count(let fact): counts[fact.identity] = fact
            case .downtime(let fact): stops[fact.start] = fact
            }
        }
        for fact in counts.values {
            switch fact.standing {
            case .counted: counted += fact.amounts.good.integer ?? 0
            case .unconfirmed: unconfirmed += fact.amounts.good.integer ?? 0
            default: counted = .min
            }
        }
        for fact in stops.values where !fact.isWithdrawn {
            guard let end = fact.end else { continue }
            microseconds[fact.class, default: 0] += end.microseconds - fact.start.microseconds
        }
    }
}

/// A recording of the shared test data, read as plain text.
enum Recording {
    /// The values of a key in a day log (`timestamp|key|value|…`).
    static func values(of key: String, inLog text: String) -> [RecordedValue] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
            guard parts.count >= 3, parts[1] == key, let instant = Instant(iso8601: String(parts[0])) else {
                return nil
            }
            return RecordedValue(instant: instant, text: String(parts[2]))
        }
    }

    /// The values of the elements of that name with that data item in a Streams document.
    static func values(of element: String, dataItem: String, inDocument text: String) -> [RecordedValue] {
        text.pieces(between: "<\(element) ").dropFirst().compactMap { rest in
            guard let end = rest.firstIndex(of: ">") else { return nil }
            let head = rest[..<end]
            guard attribute("dataItemId", head) == dataItem,
                let instant = attribute("timestamp", head).flatMap({ Instant(iso8601: $0) })
            else { return nil }
            return RecordedValue(instant: instant, text: String(rest[rest.index(after: end)...].prefix { $0 != "<" }))
        }
    }

    private static func attribute(_ name: String, _ head: Substring) -> String? {
        guard let found = head.firstRange(of: name + "=\"") else { return nil }
        return String(head[found.upperBound...].prefix { $0 != "\"" })
    }

    /// How many readings a document holds, and how many of its observations have no number: each observation has one sequence, and
    /// nothing else has one; of a set or table each entry or cell is a reading.
    static func observations(inDocument text: String) -> (readings: Int, unreadable: Int) {
        var (readings, unreadable) = (0, 0)
        for rest in text.pieces(between: " sequence=\"").dropFirst() {
            guard UInt64(rest.prefix { $0 != "\"" }) != nil else {
                unreadable += 1
                continue
            }
            let entries = rest.pieces(between: "<Entry ").dropFirst()
            let leaves = entries.map { max(1, $0.pieces(between: "<Cell ").count - 1) }.reduce(0, +)
            readings += max(1, leaves)
        }
        return (readings, unreadable)
    }
}

extension StringProtocol where SubSequence == Substring {
    /// Its pieces between occurrences of `separator`.
    func pieces(between separator: String) -> [Substring] {
        var pieces: [Substring] = []
        var rest = self[startIndex...]
        while let found = rest.firstRange(of: separator) {
            pieces.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        return pieces + [rest]
    }
}
