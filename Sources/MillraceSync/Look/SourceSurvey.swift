public import MillraceCore
public import MillraceValues

/// What a strange source seems to hold: its signals, their values, and what each looks like.
///
/// A survey is a start for a person who writes a mapping; nothing is kept of it and no run rests on it.
public struct SourceSurvey: Sendable {
    /// What a signal looks like.
    public enum Look: String, Sendable, CaseIterable {
        /// The instant of the reading.
        case time
        /// The machine or line.
        case equipment
        /// The production order.
        case order
        /// The step of the order.
        case operation
        /// What is made.
        case material
        /// A number that rises.
        case counter
        /// An amount that the row itself reports.
        case amount
        /// What a machine does, in a few words.
        case state
        /// A mark that is another in every row: a ticket, a serial number.
        case ticket
        /// Any other number.
        case number
        /// Any other text.
        case text
        /// Never a value.
        case empty
    }

    /// A signal as it was seen.
    public struct Signal: Sendable, Hashable {
        /// Its name in the source: of a column, or a short one made of what tells a data item apart.
        public var name: String
        /// What tells a data item of an agent apart (`type`, `subType`, `name`, `dataItem`), or the rows of a log (`key`); empty
        /// for a column.
        public var selector: [String: String] = [:]
        /// What it looks like.
        public var look = Look.text
        /// Which quantity it seems to be, of counters and amounts.
        public var quantity = CountedQuantity.good
        /// How often it had a value.
        public var values = 0
        /// How many different values it had.
        public var distinct = 0
        /// Its first value.
        public var first = ""
        /// Its last value.
        public var last = ""
        /// Its values, the most frequent first, at most twelve.
        public var words: [String] = []
        /// How its times are written; nil for ISO 8601 and for what is no time.
        public var pattern: String?
        /// Of a time in two columns, the one with the time of the day; the signal itself is the date. Nil for a whole time.
        public var timeOfDay: String?
        /// Whether its numbers have a decimal comma.
        public var usesComma = false
        /// Where the counter seems to begin again; nil where it was not seen to.
        public var modulus: Int64?
        /// What else is worth knowing, in one sentence; empty for nothing.
        public var note = ""
    }

    /// How many readings were looked at.
    public var readings = 0
    /// Whether the source has more.
    public var isCutShort = false
    /// The signals, in the order of the source.
    public var signals: [Signal] = []
    /// The equipment that was seen, in the order of their first reading; at most 50.
    public var equipment: [String] = []
    /// The instant of the first reading; nil where none could be read.
    public var first: Instant?
    /// The instant of the last reading.
    public var last: Instant?
    /// Rows that cannot be read, the first ten.
    public var setAside: [SetAside] = []
    /// What the connector had to say.
    public var notices: [String] = []
    /// Whether the readings are observations of an agent.
    public var isObservations = false
    /// Whether each reading is a row of a log: the time, the name of a signal and its value.
    public var isLog = false

    /// Reads a connector from its beginning and looks at up to `limit` readings.
    ///
    /// - Effects: none; the connector must not put anything away (`after: leave`).
    /// - Throws: what the connector throws.
    public init(of connector: any Connector, zone: Zone, limit: Int) async throws {
        var rows = SurveyedRows()
        var readings = 0
        var isCut = false
        var aside: [SetAside] = []
        let end = try await connector.pull(from: nil) { page in
            aside += page.setAside.prefix(10 - min(10, aside.count))
            if let batch = page.batch {
                rows.take(batch, upTo: limit - readings)
                readings += batch.count
            }
            if readings < limit { return .goOn }
            isCut = true
            return .stop
        }
        self.readings = min(readings, limit)
        isCutShort = isCut
        setAside = aside
        notices = end.notices + end.troubles
        isObservations = rows.isObservations
        isLog = rows.isLog
        let judge = SurveyJudge(rows: rows, zone: zone)
        signals = judge.signals
        equipment = judge.equipment
        (first, last) = (judge.instants.min(), judge.instants.max())
    }

    /// The first signal that looks so.
    public func signal(_ look: Look, _ quantity: CountedQuantity? = nil) -> Signal? {
        signals.first { $0.look == look && (quantity == nil || $0.quantity == quantity) }
    }
}

/// Readings as columns of texts; of observations each data item is a column, of a log each key.
struct SurveyedRows {
    /// One column: the texts with the number of their row and, of observations, their device.
    struct Column {
        var name: String
        var selector: [String: String] = [:]
        var category = ""
        var cells: [(row: Int, device: String, text: String)] = []
    }

    private(set) var columns: [Column] = []
    private(set) var isObservations = false
    private(set) var isLog = false
    private(set) var instants: [Instant] = []
    private var index: [String: Int] = [:]
    private var rowCount = 0

    mutating func take(_ batch: ReadingBatch, upTo limit: Int) {
        let names = batch.names
        let observed = ["device", "dataItem", "type", "value"].allSatisfy(names.contains)
        isObservations = isObservations || observed
        let logged = names.count == 3 && ["timestamp", "key", "value"].allSatisfy(names.contains)
        isLog = isLog || logged
        for row in 0..<min(batch.count, max(0, limit)) {
            if row < batch.instants.count { instants.append(batch.instants[row]) }
            if observed { observe(batch, row) } else if logged { takeLogged(batch, row) } else { takeCells(batch, row) }
            rowCount += 1
        }
    }

    private mutating func takeCells(_ batch: ReadingBatch, _ row: Int) {
        for (field, name) in batch.names.enumerated() {
            let column = column(name) { Column(name: name) }
            guard let text = batch.text(row: row, field: field), !text.isEmpty else { continue }
            columns[column].cells.append((rowCount, "", text))
        }
    }

    private mutating func takeLogged(_ batch: ReadingBatch, _ row: Int) {
        func text(_ name: String) -> String {
            batch.names.firstIndex(of: name).flatMap { batch.text(row: row, field: $0) } ?? ""
        }
        let time = column("timestamp") { Column(name: "timestamp") }
        columns[time].cells.append((rowCount, "", text("timestamp")))
        let (key, value) = (text("key"), text("value"))
        if key.isEmpty || value.isEmpty { return }
        let signal = column("key \(key)") { Column(name: key, selector: ["key": key]) }
        columns[signal].cells.append((rowCount, "", value))
    }

    private mutating func observe(_ batch: ReadingBatch, _ row: Int) {
        func text(_ name: String) -> String {
            batch.names.firstIndex(of: name).flatMap { batch.text(row: row, field: $0) } ?? ""
        }
        let (type, subType) = (text("type"), text("subType"))
        if type.isEmpty || text("category") == "CONDITION" { return }
        var selector = ["type": type]
        if !subType.isEmpty { selector["subType"] = subType }
        // Data items of vendors are told apart by their names, those of the standard by their types.
        let name = text("name")
        if type.hasPrefix("X_") || type.contains(":"), !name.isEmpty { selector = ["name": name] }
        let short = selector["name"] ?? (subType.isEmpty ? type : "\(type) \(subType)")
        let column = column(short) {
            Column(name: short, selector: selector, category: text("category"))
        }
        columns[column].cells.append((rowCount, text("device"), text("value")))
    }

    private mutating func column(_ name: String, _ made: () -> Column) -> Int {
        if let known = index[name] { return known }
        columns.append(made())
        index[name] = columns.count - 1
        return columns.count - 1
    }
}
