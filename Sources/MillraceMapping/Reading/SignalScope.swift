import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// Where a slot's value comes from.
struct SlotSource: Sendable, Hashable {
    enum Origin: Sendable, Hashable {
        /// A column of the row.
        case column(String)
        /// The rows whose columns have these values; the value is in the mapping's value column.
        case selector([Selector])
        /// The device column of every row.
        case device
        /// A calculation of the extractor, by its number.
        case calculated(Int)
        /// The start or end of the interval that the row tells.
        case interval
    }

    struct Selector: Sendable, Hashable {
        let column: String
        let value: String
    }

    let name: String
    let origin: Origin
    /// Whether the text `UNAVAILABLE` is a value of it and not the lack of one.
    let keepsUnavailable: Bool
    /// Whether it is a counter or increment, so that it has to be a number.
    var isNumber = false
    /// The byte between the whole part and the fraction.
    var decimalMark: UInt8 = 0x2E
    /// The number of its conversion; -1 where its numbers stay as they are.
    var conversion: Int32 = -1
}

/// A look-up of the mapping: a table by keys from signals, or a timeline of orders by the equipment.
struct SignalLookup: Sendable {
    let name: String
    /// The table; of a timeline its columns only.
    let table: LookupTable
    let keys: [@Sendable (SignalFrame) -> Value?]
    var missing: MissingPolicy
    /// The timeline in the place of the table; nil where it is a table.
    var timeline: TimelineUse?

    /// Whether what it gives may change while no signal does.
    var isTimed: Bool { table.isTimed || timeline != nil }

    private func key(in frame: SignalFrame) -> [String]? {
        var key: [String] = []
        for get in keys {
            guard let text = get(frame)?.plainText else { return nil }
            key.append(text)
        }
        return key
    }

    /// The values of the row in force, by column; nil where there is none.
    private func values(in frame: SignalFrame) -> [String?]? {
        if let timeline { return timeline.values(in: frame) }
        return key(in: frame).flatMap { table.row(for: $0, at: frame.instant) }?.values
    }

    /// The row as an object of its columns.
    func content(in frame: SignalFrame) -> Value? {
        guard let values = values(in: frame) else { return nil }
        var object = ValueObject()
        for (column, value) in zip(table.columns, values) { object[column] = value.map { .string($0) } }
        return .object(object)
    }

    /// What stands in the column of the row in force; nil where there is none.
    func value(_ column: Int, in frame: SignalFrame) -> Value? {
        values(in: frame).flatMap { $0[column] }.map { .string($0) }
    }

    /// When another row comes into force while no signal changes.
    func nextChange(in frame: SignalFrame) -> Instant {
        if let timeline { return timeline.timeline(in: frame).nextChange(after: frame.instant) }
        return key(in: frame).map { table.nextChange(for: $0, after: frame.instant) } ?? .distantFuture
    }

    func attributed(_ column: Int, _ frame: SignalFrame) -> Attributed {
        if let timeline {
            switch timeline.found(table.columns[column], column, frame) {
            case .success(let text): return .value(text)
            case .failure(let why): return missing.attributed(why.sentence)
            }
        }
        guard let key = key(in: frame) else {
            return missing.attributed("look-up '\(name)' has no key yet: a signal has no value")
        }
        guard let row = table.row(for: key, at: frame.instant) else {
            return missing.attributed("table '\(table.name)' has no row for \(key.joined(separator: ", "))")
        }
        let text = row.values[column]
        if !text.isEmpty { return .value(text) }
        return missing.attributed(
            "table '\(table.name)' says no '\(table.columns[column])' for \(key.joined(separator: ", "))")
    }
}

/// What happens where a value or a table's row is missing.
enum MissingPolicy: Sendable {
    case hold
    case none
    case park
    case value(String)

    func attributed(_ sentence: @autoclosure () -> String) -> Attributed {
        switch self {
        case .hold, .park: .waiting(sentence())
        case .none: .none
        case .value(let text): .value(text)
        }
    }

    /// Reads `missing: hold | park | none | {value: …}`.
    static func read(_ reader: NodeReader, allowed: [String]) -> MissingPolicy? {
        guard let node = reader.optional("missing") else { return nil }
        let faults = reader.faults
        if node.members != nil {
            let inner = NodeReader(node, what: "'missing'", faults: faults, keys: MappingKeys.standIn)
            let value = inner.text("value", required: true)
            inner.finish()
            return value.map(MissingPolicy.value)
        }
        let words = (allowed + ["none"]).joined(separator: ", ")
        guard let text = faults.text(node, what: "'missing'") else { return nil }
        switch text {
        case "hold" where allowed.contains(text): return .hold
        case "park" where allowed.contains(text): return .park
        case "none": return MissingPolicy.none
        default:
            faults.error(.unknownWord, at: node.mark, "'missing' is one of \(words) or {value: …}, not '\(text)'")
            return nil
        }
    }
}

/// The signals of a reading mapping while it is compiled: every name that is used gets a slot.
final class SignalScope {
    /// The signals of `from.signals`; nil where the columns of the rows are the signals.
    let declared: [String: SlotSource]?
    let faults: DiagnosticList
    var lookups: [String: SignalLookup] = [:]
    /// The values of `let`, by name.
    var lets: [String: SignalValue] = [:]
    /// Look-ups by a value of `let`, which come behind it.
    var laterLookups: Set<String> = []
    /// Values of `let` that stand in the file but have faults of their own.
    var brokenLets: Set<String> = []
    /// Look-ups that stand in the file but have faults of their own: their paths are not reported again.
    var brokenLookups: Set<String> = []
    private(set) var slots: [SlotSource] = []
    private var indices: [String: Int] = [:]
    /// The slots used since it was last emptied.
    var used: Set<Int> = []
    /// The timed look-ups used since it was last emptied.
    var usedLookups: [SignalLookup] = []
    /// The timelines of orders that look-ups ask, in the order of `SignalFrame.timelines`, with where they are named.
    var timelines: [MarkedText] = []

    /// The place of the timeline among those that are asked.
    func timeline(_ name: MarkedText) -> Int {
        if let index = timelines.firstIndex(where: { $0.text == name.text }) { return index }
        timelines.append(name)
        return timelines.count - 1
    }

    init(declared: [String: SlotSource]?, faults: DiagnosticList) {
        self.declared = declared
        self.faults = faults
    }

    /// The names that a path may begin with, for suggestions; empty where any column may stand.
    var known: [String] {
        guard let declared else { return [] }
        return declared.keys.sorted() + ["device", "time"] + lookups.keys.sorted()
    }

    /// The slot of a signal; nil, and reported, where there is none of that name.
    func slot(_ name: String, at mark: SourceMark, orLiteral: Bool = false) -> Int? {
        if let index = indices[name] {
            used.insert(index)
            return index
        }
        let source: SlotSource
        if let declared {
            if let signal = declared[name] {
                source = signal
            } else if name == "device" {
                source = SlotSource(name: name, origin: .device, keepsUnavailable: true)
            } else {
                faults.unknown(name, "signal", among: known, at: mark, orLiteral: orLiteral)
                return nil
            }
        } else {
            source = SlotSource(name: name, origin: .column(name), keepsUnavailable: true)
        }
        indices[name] = slots.count
        used.insert(slots.count)
        slots.append(source)
        return slots.count - 1
    }

    /// A slot of its own for an amount that is calculated.
    func calculatedSlot(_ name: String, _ calculation: Int) -> Int {
        slots.append(SlotSource(name: name, origin: .calculated(calculation), keepsUnavailable: true))
        return slots.count - 1
    }

    /// A slot that no column fills, for the start or the end of the row's interval.
    func intervalSlot(_ name: String) -> Int {
        slots.append(SlotSource(name: name, origin: .interval, keepsUnavailable: false))
        return slots.count - 1
    }

    func makeNumber(_ slot: Int, decimalMark: UInt8, conversion: Int32) {
        slots[slot].isNumber = true
        slots[slot].decimalMark = decimalMark
        slots[slot].conversion = conversion
    }

    /// The way to the value of a path; nil, and reported, where it leads nowhere.
    func getter(_ path: String, at mark: SourceMark, orLiteral: Bool = false) -> (@Sendable (SignalFrame) -> Value?)? {
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        if path.hasPrefix(MappingExpression.variableMark) { return value(of: parts, at: mark) }
        if parts.count == 1, let lookup = lookups[path] {
            for column in lookup.table.columns { _ = self.column(column, of: lookup, at: mark) }
            return { frame in lookup.content(in: frame) }
        }
        if parts.count == 2, let lookup = lookups[parts[0]] {
            guard let column = column(parts[1], of: lookup, at: mark) else { return nil }
            return { frame in lookup.value(column, in: frame) }
        }
        if let first = parts.first, laterLookups.contains(first) {
            faults.error(
                .unknownName, at: mark, "look-up '\(first)' goes by a value of 'let', and comes only after all of them")
            return nil
        }
        if let first = parts.first, brokenLookups.contains(first) { return nil }
        if declared != nil, declared?[path] == nil {
            if path == "time" { return { .string($0.instant.iso8601) } }
            if path == "equipment" { return { .string($0.equipment) } }
        }
        guard let slot = slot(path, at: mark, orLiteral: orLiteral) else { return nil }
        return { $0.values.indices.contains(slot) ? $0.values[slot] : nil }
    }

    func column(_ name: String, of lookup: SignalLookup, at mark: SourceMark) -> Int? {
        if let column = lookup.table.column(named: name) {
            if lookup.isTimed { usedLookups.append(lookup) }
            used.formUnion(lookupSlots[lookup.name] ?? [])
            return column
        }
        faults.error(
            .unknownName, at: mark,
            "\(lookup.timeline == nil ? "table" : "timeline") '\(lookup.table.name)' has no column '\(name)'\(Suggestion.ending(for: name, among: lookup.table.columns))"
        )
        return nil
    }

    /// The slots that each look-up's key needs.
    var lookupSlots: [String: Set<Int>] = [:]
}

extension DiagnosticList {
    /// Reads a condition and reports where it cannot be read, at its place in the file.
    func condition(_ node: MarkedNode, what: String) -> Condition? {
        guard let text = text(node, what: what) else { return nil }
        do {
            return try Condition(text)
        } catch {
            self.error(
                .condition, at: mark(at: error.offset, in: node), "\(what) cannot be read: \(error.description)")
            return nil
        }
    }

    /// Reads a condition over an answer, which has paths of its own, so that only comparisons can be asked.
    func comparison(_ node: MarkedNode, what: String) -> Condition? {
        guard let condition = condition(node, what: what) else { return nil }
        if condition.isSimple { return condition }
        error(
            .condition, at: node.mark,
            "\(what) looks into an answer and can only compare: = != < <= > >= in [..] and or, and parentheses")
        return nil
    }

    /// Reports a name that nothing bears; where it may have been meant as a literal, says how that is written.
    func unknown(_ name: String, _ what: String, among known: [String], at mark: SourceMark, orLiteral: Bool) {
        let isNear = Suggestion.nearest(to: name, among: known) != nil
        if !isNear, Self.isExpression(name) { return bareExpression(name, at: mark) }
        if orLiteral, !isNear {
            return bareLiteral(name, at: mark)
        }
        error(.unknownName, at: mark, "there is no \(what) '\(name)'\(Suggestion.ending(for: name, among: known))")
    }

    /// Whether a text that should be a name calculates something.
    private static func isExpression(_ text: String) -> Bool {
        let operators = [" + ", " - ", " * ", " / ", " & ", " = ", " ? "]
        let calculates =
            text.hasPrefix("[") || text.hasPrefix("$") && text.contains("(") || operators.contains { text.contains($0) }
        return calculates && (try? JSONataExpression(text)) != nil  // try?: what cannot be read is no expression
    }

    private func bareExpression(_ text: String, at mark: SourceMark) {
        error(
            .bareLiteral, at: mark,
            "'\(text)' is an expression, and a name is due here; write it behind 'expr', or give it a name in 'let'")
    }

    func bareLiteral(_ text: String, at mark: SourceMark) {
        if Self.isExpression(text) { return bareExpression(text, at: mark) }
        error(
            .bareLiteral, at: mark,
            "'\(text)' is no name here, and a bare word is always a path; write a literal as {value: \(text)}")
    }
}
