import MillraceCore
import MillraceValues

/// Says of each column what it looks like: by its name first, then by its values.
struct SurveyJudge {
    var signals: [SourceSurvey.Signal] = []
    private(set) var equipment: [String] = []
    var instants: [Instant]
    let rows: SurveyedRows
    let zone: Zone
    /// Amounts that never fell.
    private var steady: Set<String> = []
    /// The one column that names the equipment.
    private var equipmentColumn: String?

    init(rows: SurveyedRows, zone: Zone) {
        self.rows = rows
        self.zone = zone
        instants = rows.instants
        let devices = devicesByRow()
        for column in rows.columns { signals.append(signal(column, devices)) }
        // What never falls beside a counter is one too, however seldom it rises: scrap.
        if signals.contains(where: { $0.look == .counter }) {
            for index in signals.indices where signals[index].look == .amount && steady.contains(signals[index].name) {
                signals[index].look = .counter
            }
        }
        for column in rows.columns where !rows.isObservations {
            guard let time = signals.first(where: { $0.name == column.name && $0.look == .time }) else { continue }
            instants = column.cells.compactMap { TimeGuess(pattern: time.pattern)?.instant($0.text, zone: zone) }
            break
        }
        if !rows.isObservations, !rows.isLog, !signals.contains(where: { $0.look == .time }) { findTimeInTwo() }
    }

    /// The equipment of each row, where a column names it.
    private mutating func devicesByRow() -> [Int: String] {
        var devices: [Int: String] = [:]
        if rows.isObservations {
            for column in rows.columns { note(column.cells.map(\.device)) }
            return devices
        }
        if rows.isLog { return devices }
        let named = rows.columns.first { SignalWords.look(of: $0.name) == .equipment }
        let line = rows.columns.first { SignalWords.lines.contains(SignalWords.parts(of: $0.name).joined()) }
        guard let column = named ?? line ?? rows.columns.first(where: isGrouping) else { return devices }
        equipmentColumn = column.name
        for cell in column.cells { devices[cell.row] = cell.text }
        note(column.cells.map(\.text))
        return devices
    }

    /// Whether a column of an unknown name has the same few words again and again, which are no times, numbers or states: machines,
    /// as it seems.
    private func isGrouping(_ column: SurveyedRows.Column) -> Bool {
        let texts = column.cells.map(\.text)
        let words = Set(texts)
        guard texts.count >= 6, words.count <= 50, words.count * 3 <= texts.count,
            SignalWords.look(of: column.name) == nil, !SignalWords.areStates(Array(words)),
            texts.allSatisfy({ $0.count <= 40 && $0.contains(where: \.isLetter) })
        else { return false }
        return NumberGuess(texts) == nil && TimeGuess(of: texts) == nil
    }

    private mutating func note(_ names: [String]) {
        var known = Set(equipment)
        for name in names where equipment.count < 50 && !name.isEmpty {
            if known.insert(name).inserted { equipment.append(name) }
        }
    }

    private mutating func signal(_ column: SurveyedRows.Column, _ devices: [Int: String]) -> SourceSurvey.Signal {
        var signal = SourceSurvey.Signal(name: column.name, selector: column.selector)
        let cells = column.cells.filter { $0.text != "UNAVAILABLE" }
        let texts = cells.map(\.text)
        signal.values = texts.count
        guard let first = texts.first, let last = texts.last else {
            signal.look = .empty
            return signal
        }
        (signal.first, signal.last) = (first, last)
        let tally = Dictionary(texts.map { ($0, 1) }, uniquingKeysWith: +)
        signal.distinct = tally.count
        signal.words = tally.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12).map(\.key)
        var named =
            column.selector.isEmpty
            ? SignalWords.look(of: column.name)
            : column.selector["key"].map(SignalWords.look(ofKey:)) ?? SignalWords.look(ofType: column)
        if column.selector.isEmpty, column.name == equipmentColumn {
            named = .equipment
            if SignalWords.look(of: column.name) == nil,
                !SignalWords.lines.contains(SignalWords.parts(of: column.name).joined())
            {
                signal.note = "its few words come again and again: taken for the machine; look"
            }
        }
        signal.quantity = SignalWords.quantity(of: column.name)
        if column.selector.isEmpty, named == nil || named == .time, let time = TimeGuess(of: texts) {
            signal.look = .time
            signal.pattern = time.pattern
            return signal
        }
        let numbers = NumberGuess(texts)
        signal.usesComma = numbers?.usesComma ?? false
        switch named {
        case .equipment where column.name != equipmentColumn && column.selector.isEmpty: signal.look = .text
        case .equipment, .order, .operation, .material, .state: signal.look = named ?? .text
        case .ticket: signal.look = tally.count == texts.count ? .ticket : numbers == nil ? .text : .number
        case .counter, .amount:
            guard let numbers else { break }
            judge(numbers, cells, devices, isNamed: true, &signal)
        default:
            if let numbers {
                // A log tells much that rises, times and lines of programs among it; its counts bear a name.
                let isSample = column.category == "SAMPLE" || column.selector["key"] != nil
                if isSample { signal.look = .number } else { judge(numbers, cells, devices, isNamed: false, &signal) }
            } else if SignalWords.areStates(signal.words), tally.count <= 12 {
                signal.look = .state
            }
        }
        return signal
    }

    /// Whether numbers rise as a counter's do, equipment by equipment.
    private mutating func judge(
        _ numbers: NumberGuess, _ cells: [(row: Int, device: String, text: String)], _ devices: [Int: String],
        isNamed: Bool, _ signal: inout SourceSurvey.Signal
    ) {
        var before: [String: ExactDecimal] = [:]
        var (rises, falls, toNothing, drop) = (0, 0, 0, ExactDecimal?.none)
        for (cell, number) in zip(cells, numbers.numbers) {
            let device = cell.device.isEmpty ? devices[cell.row] ?? "" : cell.device
            if let last = before.updateValue(number, forKey: device) {
                if number > last { rises += 1 }
                if number < last {
                    falls += 1
                    if let (from, to) = last.integer.flatMap({ from in number.integer.map { (from, $0) } }),
                        to * 100 < from
                    {
                        toNothing += 1
                    }
                    drop = max(drop ?? last, last)
                }
            }
        }
        let isWhole = numbers.numbers.allSatisfy { $0.integer != nil }
        defer {
            if signal.note.isEmpty, signal.look != .number, let doubt = numbers.doubt { signal.note = doubt }
        }
        if isWhole, rises >= 3, falls * 20 <= rises, isNamed || rises * 10 >= numbers.numbers.count {
            signal.look = .counter
            signal.modulus = drop.flatMap { Self.modulus(below: $0) }
            if falls > 0 {
                let times = falls == 1 ? "once" : "\(falls) times"
                let why =
                    if let modulus = signal.modulus {
                        ", near \(modulus): it seems to begin again there"
                    } else if toNothing == falls {
                        " to almost nothing: if somebody or an order sets it back, say 'reset: zero'"
                    } else {
                        ": what that means has to be said, see 'reset' and 'modulus'"
                    }
                signal.note = "it fell \(times)\(why)"
            }
        } else if isNamed {
            signal.look = rows.isObservations || rows.isLog ? .counter : .amount
            if falls == 0, isWhole { steady.insert(signal.name) }
            if let doubt = numbers.doubt { signal.note = doubt }
        } else {
            signal.look = .number
        }
    }

    /// The usual modulus just above the largest value before a fall.
    private static func modulus(below value: ExactDecimal) -> Int64? {
        guard let whole = value.integer else { return nil }
        return [1_000, 9_999 + 1, 32_768, 65_536, 100_000, 1_000_000, 4_294_967_296].first {
            whole < $0 && whole >= $0 - $0 / 50
        }
    }
}

/// Numbers as a file writes them.
struct NumberGuess {
    /// The numbers, in order.
    let numbers: [ExactDecimal]
    /// Whether they have a decimal comma.
    let usesComma: Bool
    /// What may as well be meant, in one sentence; nil where nothing is in doubt.
    private(set) var doubt: String?

    /// Nil where any text is no number.
    init?(_ texts: [String]) {
        if let plain = Self.read(texts, { ExactDecimal($0) }) {
            (numbers, usesComma) = (plain, false)
            if Self.arePartedByDots(texts) {
                doubt = "its dots may part thousands, not decimals: look"
            }
        } else if let comma = Self.read(
            texts,
            { text in
                let bare = text.filter { $0 != "." && $0 != "\u{A0}" }
                return ExactDecimal(String(bare.map { $0 == "," ? "." : $0 }))
            })
        {
            (numbers, usesComma) = (comma, true)
            if texts.filter({ $0.contains(",") }).allSatisfy({ $0.reversed().prefix { $0 != "," }.count == 3 }) {
                doubt = "its comma may part thousands, not decimals: look"
            }
            if texts.contains(where: { $0.contains(".") }) {
                doubt =
                    "its dots part thousands, which 'decimal-comma' refuses: take them out by an expression, as "
                    + "mappings/README.md shows"
            }
        } else {
            return nil
        }
    }

    /// Whether every number has a point, with three digits behind it: `22.500` pieces may be 22500.
    private static func arePartedByDots(_ texts: [String]) -> Bool {
        texts.allSatisfy { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 2 && (1...3).contains(parts[0].count) && parts[0] != "0" && parts[1].count == 3
        }
    }

    private static func read(_ texts: [String], _ number: (String) -> ExactDecimal?) -> [ExactDecimal]? {
        var numbers: [ExactDecimal] = []
        for text in texts {
            guard let one = number(text) else { return nil }
            numbers.append(one)
        }
        return numbers
    }
}

/// How times seem to be written.
struct TimeGuess {
    /// The pattern; nil for ISO 8601.
    let pattern: String?
    private let compiled: TimePattern?

    /// The forms that are tried, in this order: a day that is above 12 tells day from month.
    private static let patterns: [String?] = [
        nil, "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.SSS", "yyyy-MM-dd HH:mm", "dd.MM.yyyy HH:mm:ss",
        "dd.MM.yyyy HH:mm", "dd.MM.yy HH:mm:ss", "MM/dd/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm:ss", "M/d/yyyy HH:mm:ss",
        "d/M/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm", "dd/MM/yyyy HH:mm", "M/d/yyyy h:mm:ss a", "yyyy/MM/dd HH:mm:ss",
        "yyyyMMddHHmmss", "yyyyMMdd HHmmss",
    ]

    /// The first form that all texts have; nil where none fits, or where they are plain numbers.
    init?(of texts: [String]) {
        if let epoch = Self.epoch(texts) {
            self.init(pattern: epoch)
            return
        }
        for pattern in Self.patterns {
            guard let guess = TimeGuess(pattern: pattern) else { continue }
            if texts.allSatisfy({ guess.instant($0, zone: .utc) != nil }) {
                self = guess
                return
            }
        }
        return nil
    }

    /// That form; nil where the pattern is none.
    init?(pattern: String?) {
        self.pattern = pattern
        guard let pattern else {
            compiled = nil
            return
        }
        guard let made = try? TimePattern(pattern) else { return nil }  // try?: these are our own words
        compiled = made
    }

    /// The instant of a text, by the zone's wall clock where it bears no offset.
    func instant(_ text: String, zone: Zone) -> Instant? {
        guard let compiled else {
            if let instant = Instant(iso8601: text) { return instant }
            return CivilTime(iso8601: text).map { zone.border($0) }
        }
        guard let time = compiled.parse(Array(text.utf8).span) else { return nil }
        let wall = zone.border(time.civil)
        return time.offset.map { Zone.utc.border(time.civil) - .seconds($0) } ?? wall
    }

    /// Seconds or milliseconds of the years 2001 to 2100.
    private static func epoch(_ texts: [String]) -> String? {
        let numbers = texts.compactMap { ExactDecimal($0) }
        guard numbers.count == texts.count, let least = numbers.min(), let most = numbers.max() else { return nil }
        if least >= ExactDecimal(1_000_000_000), most < ExactDecimal(4_102_444_800) { return "unix" }
        if least >= ExactDecimal(1_000_000_000_000), most < ExactDecimal(4_102_444_800_000) { return "unix-ms" }
        return nil
    }
}
