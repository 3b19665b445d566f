import MillraceCore
import MillraceMapping
import MillraceValues

extension Run {
    /// Troubles that last until a person decides: told when they begin and end (RULES R27).
    func noteStuck(_ report: inout RunReport) throws {
        for count in try world.store.stuck() {
            switch count.state {
            case .parked:
                report.troubles["parked \(count.request) \(count.causeCode)"] =
                    "documents of '\(count.request)' are parked (\(count.causeCode)): \(count.cause); see 'millrace queue list'"
            case .unknown:
                report.troubles["undecided \(count.request)"] =
                    "the answers to documents of '\(count.request)' were lost: they are looked up or repeated where the endpoint "
                    + "allows it, else 'millrace queue resolve KEY --booked | --not-booked'"
            case .queued:
                report.troubles["held back \(count.request)"] =
                    "documents of '\(count.request)' wait for something at the endpoint: \(count.cause)"
            default: break
            }
        }
    }

    /// The sentence less the call it begins with and what the endpoint asks to wait: requests of one outage differ in both, and
    /// who is told of changes is not told of these.
    static func withoutPlace(_ sentence: String) -> String {
        var rest = sentence[...]
        if let end = rest.firstRange(of: ": "), rest[..<end.lowerBound].split(separator: " ").count == 2,
            rest[..<end.lowerBound].contains("://")
        {
            rest = rest[end.upperBound...]
        }
        return String(rest.firstRange(of: "; it is sent again by itself").map { rest[..<$0.lowerBound] } ?? rest)
    }

    /// Says once that a reading mapping is in no file any more: unlike a document mapping, which ends at a border (decision 0025), it
    /// counts nothing from this run on, and what its streams still held back is not told.
    func noteTakenOut(_ notices: inout [String]) throws {
        let present = Set(plant.readingMappings.map(\.name))
        for name in try world.store.streamMappings() {
            let note = "taken-out/\(name)"
            let wasTold = try world.store.note(note) != nil
            if present.contains(name) {
                if wasTold { try world.store.setNote(note, nil) }
            } else if !wasTold {
                try world.store.setNote(note, world.clock.now().iso8601)
                notices.append(
                    "reading mapping '\(name)' is in no file any more: from now on it counts nothing, and what it had seen but not yet "
                        + "told is not told; what it told stays booked. With its file back it goes on from its last reading"
                )
            }
        }
    }
}
