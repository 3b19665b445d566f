import MillraceCore

/// A metric with its samples, in Prometheus' text form.
struct MetricFamily {
    /// What it does.
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// The name, with the prefix `millrace_`.
    let name: String
    let kind: Kind
    /// One sentence for a person.
    let help: String
    /// Series and value, in order.
    var samples: [(series: String, value: String)] = []

    init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = "millrace_" + name
        self.kind = kind
        self.help = help
    }

    /// Adds a value under these labels.
    mutating func add(_ value: Int64, _ labels: [(name: String, value: String)] = []) {
        add(text: "\(value)", labels)
    }

    /// Adds a length of time, in seconds.
    mutating func add(seconds: Duration, _ labels: [(name: String, value: String)] = []) {
        add(
            text: Self.seconds(
                microseconds: seconds.components.seconds * 1_000_000 + seconds.components.attoseconds
                    / 1_000_000_000_000), labels)
    }

    mutating func add(text: String, _ labels: [(name: String, value: String)] = []) {
        samples.append((CounterSeries(String(name.dropFirst("millrace_".count)), labels).description, text))
    }

    /// Adds what runs counted: the series of this name, or of a histogram its buckets, sum and count.
    mutating func add(_ tally: CounterTally) {
        let names: Set<String> = kind == .histogram ? [name + "_bucket", name + "_sum", name + "_count"] : [name]
        for (series, amount) in tally.amounts.filter({ names.contains($0.key.name) }).sorted(by: Self.order) {
            let isLength = series.name.hasSuffix("_seconds_sum")
            samples.append((series.description, isLength ? Self.seconds(microseconds: amount) : "\(amount)"))
        }
    }

    /// Buckets stand by their bounds, before sum and count.
    private static func order(_ left: (key: CounterSeries, value: Int64), _ right: (key: CounterSeries, value: Int64))
        -> Bool
    {
        func key(_ series: CounterSeries) -> (String, Double, String) {
            let text = series.description
            guard let mark = text.firstRange(of: "le=\"") else { return (series.name, 0, text) }
            let bound = text[mark.upperBound...].prefix { $0 != "\"" }
            return (String(text[..<mark.lowerBound]), Double(bound) ?? .infinity, text)
        }
        return key(left.key) < key(right.key)
    }

    /// A length as a decimal number of seconds.
    static func seconds(microseconds: Int64) -> String {
        let sign = microseconds < 0 ? "-" : ""
        let whole = microseconds.magnitude
        let rest = whole % 1_000_000
        if rest == 0 { return "\(sign)\(whole / 1_000_000)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(sign)\(whole / 1_000_000).\(digits)"
    }

    /// The lines; none without a sample.
    var text: String {
        if samples.isEmpty { return "" }
        return "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
            + samples.map { "\($0.series) \($0.value)\n" }.joined()
    }
}
