/// A counter that goes on from run to run, named as Prometheus names a series.
public struct CounterSeries: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// `millrace_source_records_total{connector="press-line"}`: the store's key and the line in a text file.
    public let description: String

    /// A counter as it was kept.
    public init(kept text: String) { description = text }

    /// The counter of that name, without the prefix `millrace_`, with these labels in this order.
    public init(_ name: String, _ labels: [(name: String, value: String)] = []) {
        let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        description = "millrace_" + name + (pairs.isEmpty ? "" : "{\(pairs)}")
    }

    /// The name without labels.
    public var name: String { String(description.prefix { $0 != "{" }) }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }

    /// By the text.
    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

/// What a run adds to counters.
///
/// - Units: of series that end in `_seconds_sum` microseconds; of all others how often.
public struct CounterTally: Hashable, Sendable {
    /// The amounts, by counter; none is 0.
    public private(set) var amounts: [CounterSeries: Int64] = [:]

    /// Nothing.
    public init() {}

    /// Adds to a counter.
    public mutating func add(_ amount: Int64, to series: CounterSeries) {
        if amount != 0 { amounts[series, default: 0] += amount }
    }

    /// Adds to a counter of that name and labels.
    public mutating func add(_ amount: Int64, to name: String, _ labels: [(name: String, value: String)]) {
        if amount != 0 { add(amount, to: CounterSeries(name, labels)) }
    }

    /// Adds all of another tally.
    public mutating func add(_ other: CounterTally) {
        for (series, amount) in other.amounts { add(amount, to: series) }
    }

    /// Adds a histogram of that name: its buckets, its sum and its count.
    public mutating func add(_ histogram: LengthHistogram, to name: String, _ labels: [(name: String, value: String)]) {
        if histogram.count == 0 { return }
        for (bound, lengths) in zip(histogram.bounds, histogram.upToBound) {
            // Every bucket is there from the first on, as Prometheus expects it.
            amounts[CounterSeries("\(name)_bucket", labels + [("le", Self.text(bound))]), default: 0] += lengths
        }
        add(histogram.count, to: "\(name)_bucket", labels + [("le", "+Inf")])
        amounts[CounterSeries("\(name)_sum", labels), default: 0] += histogram.sumMicroseconds
        add(histogram.count, to: "\(name)_count", labels)
    }

    /// A bound in seconds, as Prometheus writes it.
    private static func text(_ bound: Duration) -> String {
        let (seconds, attoseconds) = bound.components
        if attoseconds == 0 { return "\(seconds)" }
        return "\(Double(seconds) + Double(attoseconds) / 1e18)"
    }
}

/// Lengths of time, gathered by how long they are.
public struct LengthHistogram: Hashable, Sendable {
    /// The bounds, growing.
    public let bounds: [Duration]
    /// How many lengths are at most as long as each bound.
    public private(set) var upToBound: [Int64]
    /// How many lengths there are.
    public private(set) var count: Int64 = 0
    /// Their sum.
    public private(set) var sumMicroseconds: Int64 = 0

    /// None yet.
    public init(_ bounds: [Duration]) {
        self.bounds = bounds
        upToBound = bounds.map { _ in 0 }
    }

    /// Of one delivery, from its start to its answer.
    public static var delivery: LengthHistogram {
        LengthHistogram([10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000].map { .milliseconds($0) })
    }

    /// From the end of a document's window to the endpoint's word that it has it.
    public static var lag: LengthHistogram {
        LengthHistogram([60, 300, 900, 3_600, 14_400, 43_200, 86_400, 259_200, 604_800].map { .seconds($0) })
    }

    /// Of what a page of readings takes to become samples and facts.
    public static var mapping: LengthHistogram {
        LengthHistogram([1, 5, 10, 50, 100, 500, 1_000, 5_000].map { .milliseconds($0) })
    }

    /// Notes a length; one below zero, of a clock that was set back, counts as none.
    public mutating func note(_ length: Duration) {
        let length = max(.zero, length)
        for index in bounds.indices where length <= bounds[index] { upToBound[index] += 1 }
        count += 1
        let (seconds, attoseconds) = length.components
        sumMicroseconds += seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
