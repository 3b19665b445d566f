public import MillraceValues

/// What a reading mapping carries from batch to batch: kept with the cursor, so that any cut into batches gives the same samples.
public struct ReadingMappingState: Hashable, Sendable {
    /// For each source the instant of its last local time, for the doubled hour (RULES R5).
    var lastInstants: [String: Instant] = [:]
    /// For each device and signal the data item that gives it.
    var claims: [String: String] = [:]

    /// For each signal what the text took it from when the state was made; empty before the first text.
    private var origins: [String: String] = [:]

    /// The columns that the last batch did not have: each is reported when it is first missing.
    var missing: [String] = []

    /// Files are read one after the other, so that only the latest ones matter.
    private static let sourceLimit = 64

    /// The state before the first batch.
    public init() {}

    /// The state that `value` gave; an empty one where it is of another shape.
    public init(_ value: Value?) {
        for (source, last) in value?["last"]?.object ?? ValueObject() {
            if let text = last.text, let instant = Instant(iso8601: text) { lastInstants[source] = instant }
        }
        for (key, item) in value?["items"]?.object ?? ValueObject() { claims[key] = item.text }
        for (signal, origin) in value?["signals"]?.object ?? ValueObject() { origins[signal] = origin.text }
        missing = value?["missing"]?.array?.compactMap(\.text) ?? []
    }

    /// The state as a value, members sorted; the same state gives the same bytes.
    public var value: Value {
        var (last, items) = (ValueObject(), ValueObject())
        for (source, instant) in lastInstants.sorted(by: { $0.key < $1.key }) {
            last.append(source, .string(instant.iso8601))
        }
        for (key, item) in claims.sorted(by: { $0.key < $1.key }) { items.append(key, .string(item)) }
        var object = ValueObject(["last": .object(last), "items": .object(items)])
        if !origins.isEmpty {
            var signals = ValueObject()
            for (signal, origin) in origins.sorted(by: { $0.key < $1.key }) { signals.append(signal, .string(origin)) }
            object["signals"] = .object(signals)
        }
        if !missing.isEmpty { object["missing"] = .array(missing.map { .string($0) }) }
        return .object(object)
    }

    /// Notes what the present text takes its signals from; the signals that it takes from elsewhere than the text before, or that are new.
    ///
    /// - Effects: another data item may give those signals now.
    mutating func meet(_ now: [String: String]) -> Set<String> {
        defer { origins = now }
        if origins.isEmpty { return [] }
        let changed = Set(now.filter { origins[$0.key] != $0.value }.keys)
        claims = claims.filter { key, _ in !changed.contains { key.hasSuffix("/\($0)") } }
        return changed
    }

    mutating func remember(_ instant: Instant, of source: String) {
        lastInstants[source] = instant
        guard lastInstants.count > Self.sourceLimit else { return }
        let oldest = lastInstants.filter { $0.key != source }.min { ($0.value, $0.key) < ($1.value, $1.key) }
        if let oldest { lastInstants[oldest.key] = nil }
    }
}
