public import MillraceCore
public import MillraceValues

/// What cron is told (RULES R27): a trouble when it begins, changes or ends, and again after `remind`.
public struct Troubles: Sendable {
    /// The lines to print.
    public var lines: [String] = []
    /// What to remember as told.
    public var told: [ToldTrouble] = []

    /// Compares what is wrong now with what was told before.
    ///
    /// - Shape: times are said on the wall of `zone`. `current` by subject. A subject of a part that this run did not look at is handed over as it was told.
    public init(current: [String: String], told before: [ToldTrouble], remind: Duration, now: Instant, zone: Zone) {
        let known = Dictionary(before.map { ($0.subject, $0) }) { first, _ in first }
        for (subject, sentence) in current.sorted(by: { $0.key < $1.key }) {
            guard let earlier = known[subject] else {
                lines.append(sentence)
                told.append(ToldTrouble(subject: subject, sentence: sentence, since: now, toldAt: now))
                continue
            }
            let isDue = earlier.sentence != sentence || now - earlier.toldAt >= remind
            if isDue { lines.append("\(sentence) (since \(Words.time(earlier.since, zone: zone)))") }
            told.append(
                ToldTrouble(
                    subject: subject, sentence: sentence, since: earlier.since, toldAt: isDue ? now : earlier.toldAt))
        }
        for trouble in before where current[trouble.subject] == nil {
            lines.append("over: \(trouble.subject), since \(Words.time(trouble.since, zone: zone))")
        }
    }
}
