public import MillraceCore
public import MillraceValues

/// How far a source's clock is off ours, and how that changes.
///
/// - Shape: kept as a note of the store, written only by runs that read something.
public struct SourceClock: Hashable, Sendable {
    /// When it was seen last.
    public private(set) var at: Instant
    /// How far it was ahead of ours then; negative behind.
    public private(set) var offset: Duration
    private var anchorAt: Instant
    private var anchorOffset: Duration

    /// From here on an offset is worth a word: more than a pull takes.
    private static var worthTelling: Duration { .seconds(30) }
    /// From here on a drift is: the offset of a day.
    private static var driftWorthTelling: Duration { .seconds(5) }
    /// A drift is measured over at least so long.
    private static var measuredOver: Duration { .seconds(6 * 3_600) }
    /// What was seen before that says nothing of how the clock goes now.
    private static var anchorLasts: Duration { .seconds(7 * 86_400) }

    /// The name of the note.
    public static func note(_ connector: ConnectorID) -> String { "clock \(connector)" }

    /// Seen for the first time.
    public init(offset: Duration, at: Instant) {
        (self.at, self.offset) = (at, offset)
        (anchorAt, anchorOffset) = (at, offset)
    }

    /// What `text` wrote; nil where it is of another form.
    public init?(_ text: String?) {
        let numbers = (text ?? "").split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 4 else { return nil }
        at = Instant(microseconds: numbers[0])
        offset = .microseconds(numbers[1])
        anchorAt = Instant(microseconds: numbers[2])
        anchorOffset = .microseconds(numbers[3])
    }

    /// As the note has it.
    public var text: String {
        [at.microseconds, offset.wholeMicroseconds, anchorAt.microseconds, anchorOffset.wholeMicroseconds].map {
            "\($0)"
        }.joined(separator: " ")
    }

    /// Seen once more. A clock that was set, or of which the first sight is long ago, is measured anew from here.
    public mutating func see(offset: Duration, at: Instant) {
        let step = (offset - self.offset).wholeMicroseconds.magnitude
        if at - anchorAt > Self.anchorLasts { (anchorAt, anchorOffset) = (self.at, self.offset) }
        if step > Self.worthTelling.wholeMicroseconds.magnitude { (anchorAt, anchorOffset) = (at, offset) }
        (self.at, self.offset) = (at, offset)
    }

    /// How much it gains in a day; nil while it was not watched for long enough.
    public var driftPerDay: Duration? {
        let watched = at - anchorAt
        guard watched >= Self.measuredOver else { return nil }
        let gained = Int128((offset - anchorOffset).wholeMicroseconds)
        return .microseconds(Int64(clamping: gained * 86_400_000_000 / Int128(watched.wholeMicroseconds)))
    }

    /// The same, where it was watched for so long and gained or lost at least so much in that time; else nil.
    func drift(over length: Duration, atLeast gain: Duration) -> Duration? {
        let gained = (offset - anchorOffset).wholeMicroseconds.magnitude
        return at - anchorAt >= length && gained >= gain.wholeMicroseconds.magnitude ? driftPerDay : nil
    }

    /// One sentence where it is off, or drifts; nil where nobody needs to know.
    public func sentence(of connector: ConnectorID) -> String? {
        let drift = driftPerDay ?? .zero
        let isOff = offset.wholeMicroseconds.magnitude >= Self.worthTelling.wholeMicroseconds.magnitude
        let drifts = drift.wholeMicroseconds.magnitude >= Self.driftWorthTelling.wholeMicroseconds.magnitude
        guard isOff || drifts else { return nil }
        var words =
            "the clock of '\(connector)' is \(Self.seconds(offset)) \(offset < .zero ? "behind" : "ahead of") ours"
        if drifts { words += " and \(drift < .zero ? "loses" : "gains") \(Self.seconds(drift)) a day" }
        return words + "; shifts and windows go by it"
    }

    /// A length in whole seconds, without its sign.
    static func seconds(_ length: Duration) -> String {
        "\((length.wholeMicroseconds.magnitude + 500_000) / 1_000_000) s"
    }
}
