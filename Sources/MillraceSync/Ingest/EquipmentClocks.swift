public import MillraceCore
public import MillraceValues

/// How far the clocks of single machines are off, as the newest of their readings tell it when they are read.
///
/// A reading can be old when it comes, for a file waits to be read; it cannot be younger than now. So of many pulls the freshest counts: what
/// is stamped ahead of ours is ahead, and a machine whose freshest readings are older than those of the others of its connector, which go the
/// same way, is behind. Of a single machine nobody can tell a clock that is behind from a slow export.
///
/// - Shape: kept as a note of the store, by connector; written only by runs that read something.
public struct EquipmentClocks: Hashable, Sendable {
    private struct Watch: Hashable {
        /// When the present watch began.
        var since: Instant
        var pulls: Int64 = 0
        /// The freshest reading of it, against our clock.
        var best: Duration
        /// What the watches before it found; nil before the first is over.
        var clock: SourceClock?
    }

    private var watches: [String: Watch] = [:]

    /// A watch is so long, and so many pulls, for each of them may come a while after its reading.
    private static var watched: (length: Duration, pulls: Int64) { (.seconds(3_600), 10) }
    /// From here on a clock that is ahead is worth a word.
    private static var aheadWorthTelling: Duration { .seconds(30) }
    /// From here on one that is behind the others is: more than pulls that come now and then make it.
    private static var behindWorthTelling: Duration { .seconds(90) }
    /// A drift is measured over so long, and is to make so much in that time.
    private static var drifted: (length: Duration, gain: Duration) { (.seconds(86_400), .seconds(20)) }
    /// A machine that was not read for so long is not judged any more.
    private static var lasts: Duration { .seconds(7 * 86_400) }

    /// The name of the note.
    public static func note(_ connector: ConnectorID) -> String { "machine clocks \(connector)" }

    /// Nothing is known yet.
    public init() {}

    /// What `text` wrote; empty where it is of another form.
    public init(_ text: String?) {
        // try?: a note of another form is watched anew.
        guard let text, let object = (try? JSONReader.read(text))?.object else { return }
        for (name, value) in object {
            let numbers = (value.array ?? []).compactMap { $0.decimal?.integer }
            guard numbers.count == 3, let kept = value.array?.last else { continue }
            watches[name] = Watch(
                since: Instant(microseconds: numbers[0]), pulls: numbers[1], best: .microseconds(numbers[2]),
                clock: SourceClock(kept.text))
        }
    }

    /// As the note has it.
    public var text: String {
        var object = ValueObject()
        for (name, watch) in watches.sorted(by: { $0.key < $1.key }) {
            object[name] = [
                .number(ExactDecimal(watch.since.microseconds)), .number(ExactDecimal(watch.pulls)),
                .number(ExactDecimal(watch.best.wholeMicroseconds)), watch.clock.map { .string($0.text) } ?? .null,
            ]
        }
        return JSONWriter.text(.object(object))
    }

    /// Takes the newest reading of each machine of one pull.
    public mutating func see(_ newest: [String: Instant], at now: Instant) {
        for (name, instant) in newest {
            let offset = instant - now
            var watch = watches[name] ?? Watch(since: now, best: offset)
            if watch.pulls == 0 { (watch.since, watch.best) = (now, offset) }
            watch.best = max(watch.best, offset)
            watch.pulls += 1
            if now - watch.since >= Self.watched.length, watch.pulls >= Self.watched.pulls {
                var clock = watch.clock ?? SourceClock(offset: watch.best, at: now)
                clock.see(offset: watch.best, at: now)
                (watch.clock, watch.pulls) = (clock, 0)
            }
            watches[name] = watch
        }
    }

    /// One sentence for each machine whose clock is off, or drifts, by name.
    public func sentences(now: Instant) -> [(equipment: String, at: Instant, sentence: String)] {
        let judged = watches.compactMapValues { $0.clock }.filter { now - $0.value.at < Self.lasts }
        return watches.sorted { $0.key < $1.key }.compactMap { name, watch in
            let offset = max(judged[name]?.offset ?? watch.best, watch.pulls > 0 ? watch.best : .seconds(-1 << 40))
            let at = judged[name]?.at ?? watch.since
            if now - at > Self.lasts { return nil }
            var words: [String] = []
            if offset >= Self.aheadWorthTelling {
                words.append("is \(SourceClock.seconds(offset)) ahead of ours")
            } else if let own = judged[name], let other = Self.freshest(of: judged, besides: name, at: own.at),
                own.offset <= other.offset - Self.behindWorthTelling
            {
                words.append(
                    "is \(SourceClock.seconds(own.offset - other.offset)) behind that of '\(other.name)', or its readings come so much later"
                )
            }
            if let clock = judged[name],
                let drift = clock.drift(over: Self.drifted.length, atLeast: Self.drifted.gain)
            {
                words.append("\(drift < .zero ? "loses" : "gains") \(SourceClock.seconds(drift)) a day")
            }
            if words.isEmpty { return nil }
            return (name, at, "the clock of '\(name)' \(words.joined(separator: " and ")); shifts and windows go by it")
        }
    }

    /// The machine whose readings come freshest in the same time, and whose clock is not itself ahead.
    private static func freshest(
        of judged: [String: SourceClock], besides name: String, at: Instant
    ) -> (name: String, offset: Duration)? {
        judged.filter { other, clock in
            other != name && clock.offset < aheadWorthTelling && clock.at > at - .seconds(86_400)
        }.max { ($0.value.offset, $1.key) < ($1.value.offset, $0.key) }.map { ($0.key, $0.value.offset) }
    }
}
