import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// What `from:` of a document mapping says: which facts, and how they are gathered.
struct Gathering {
    var kind: FactKind
    var condition: Condition?
    var conditionUse: ConditionUse?
    var per: [PerField] = []
    var perMarks: [MarkedText] = []
    var window: WindowRule
    var windowMark: SourceMark
    /// False where the window has faults: then nobody can say which inputs there are.
    var windowIsKnown = true
    var settle: Duration = .seconds(300)
    var atLatest: Duration = .seconds(86_400)
    var atLeast: Duration = .zero
    var open: SumPlan.OpenInterval = .withhold
    var awaitsReason: SumPlan.ReasonWait?

    func plan(_ name: MappingName, version: String, request: RequestID) -> SumPlan {
        SumPlan(
            mapping: name, version: version, structure: structure(request), request: request, kind: kind,
            condition: condition?.bound(conditionUse) { path in { FactFields.value(path.text, in: $0) } }, per: per,
            window: window,
            settle: settle, atMost: atLatest, atLeast: atLeast, open: open, awaitsReason: awaitsReason)
    }

    /// The hash of what RULES R18 calls the structure, in a form that does not depend on how the file is laid out.
    private func structure(_ request: RequestID) -> String {
        let window =
            switch window {
            case .shift: "shift"
            case .day: "day"
            case .every(let length): "every \(length.wholeMicroseconds)"
            }
        let parts = [
            kind.rawValue, per.map(\.rawValue).joined(separator: ","), window, condition?.text ?? "",
            request.description,
            "\(atLeast.wholeMicroseconds)", open.rawValue,
        ]
        return Hex.encode(SHA256.hash(parts.joined(separator: "\n")))
    }
}

/// The fields of a fact by the names that `where` uses.
enum FactFields {
    static let counts = ["order", "operation", "equipment", "material", "shift", "production-day", "mapping", "start"]
    static let downtimes = ["order", "equipment", "class", "reason", "shift", "production-day", "mapping", "start"]

    static func value(_ name: String, in fact: Fact) -> Value? {
        switch fact {
        case .count(let count):
            switch name {
            case "order": count.order.map(Value.string)
            case "operation": count.operation.map(Value.string)
            case "material": count.material.map(Value.string)
            case "shift": .string(count.shift)
            case "production-day": .string(count.productionDay.description)
            default: common(name, fact)
            }
        case .downtime(let downtime):
            switch name {
            case "order": downtime.order.map(Value.string)
            case "class": .string(downtime.class.rawValue)
            case "reason": downtime.reason.map(Value.string)
            case "shift": .string(downtime.shift)
            case "production-day": .string(downtime.productionDay.description)
            default: common(name, fact)
            }
        }
    }

    private static func common(_ name: String, _ fact: Fact) -> Value? {
        switch name {
        case "equipment": .string(fact.equipment)
        case "mapping": .string(fact.mapping.text)
        case "start": .string(fact.start.iso8601)
        default: nil
        }
    }
}

extension DocumentMappingCompiler {
    /// Reads `from:`, and finds out what fields can name.
    func readFrom() -> Gathering? {
        guard let from = reader.reader("from", required: true) else { return nil }
        defer { from.finish() }
        let kind = from.word("fact", FactKind.self, required: true)
        var gathering = Gathering(kind: kind ?? .productionCount, window: .shift, windowMark: from.mark(of: "window"))
        if let node = from.optional("where") {
            gathering.condition = factCondition(node, kind)
            // Without tables: an edit of one would part facts anew that are claimed already (RULES R18).
            gathering.conditionUse = ConditionUse(
                functions: MappingFunctions(context: context, tables: [:], units: units).all, node: node,
                source: faults.source(of: node.mark), what: "'where'")
        }
        from.allow(["per", "window", "close", "at-least", "open"])
        switch kind {
        case .productionCount?: readSums(from, &gathering)
        case .downtime?: readIntervals(from, &gathering)
        case nil: break
        }
        inputs = gathering.windowIsKnown ? kind.map { names($0, gathering) } ?? [] : []
        return kind == nil ? nil : gathering
    }

    private func names(_ kind: FactKind, _ gathering: Gathering) -> [String] {
        if kind == .downtime { return DocumentInputs.downtime + DocumentInputs.common }
        var names = gathering.per.map(\.rawValue)
        if gathering.window == .shift { names += ["shift", "production-day"] }
        if gathering.window == .day { names.append("production-day") }
        needPer = PerField.allCases.map(\.rawValue).filter { !names.contains($0) }
        return names + CountedQuantity.allCases.map(\.rawValue) + DocumentInputs.common
    }

    private func factCondition(_ node: MarkedNode, _ kind: FactKind?) -> Condition? {
        guard let condition = faults.condition(node, what: "'where'") else { return nil }
        let known = kind == .downtime ? FactFields.downtimes : FactFields.counts
        for path in condition.paths where !known.contains(path.text) {
            faults.unknown(
                path.text, "field of a fact", among: known, at: faults.mark(at: path.offset, in: node),
                orLiteral: false)
        }
        for reference in condition.expression.references where reference.name == "mr_lookup" {
            faults.error(
                .condition, at: MappingExpression.mark(reference.span, in: node, faults.source(of: node.mark)),
                "'where' cannot look into a table, whose edits would part facts anew; look it up in the reading mapping"
            )
        }
        return condition
    }

    private func readSums(_ from: NodeReader, _ gathering: inout Gathering) {
        for text in from.texts("per", required: true) ?? [] {
            if let field = PerField(rawValue: text.text) {
                if gathering.per.contains(field) {
                    faults.error(.contradiction, at: text.mark, "'\(text.text)' stands twice in 'per'")
                } else {
                    gathering.per.append(field)
                    gathering.perMarks.append(text)
                }
            } else {
                let known = PerField.allCases.map(\.rawValue)
                faults.error(
                    .unknownName, at: text.mark,
                    "sums cannot be parted by '\(text.text)'\(Suggestion.ending(for: text.text, among: known))")
            }
        }
        readWindow(from, &gathering)
        if let close = from.reader("close") {
            gathering.settle = close.duration("settle") ?? gathering.settle
            gathering.atLatest = close.duration("at-latest") ?? gathering.atLatest
            close.finish()
        }
        for key in ["at-least", "open"] where from.optional(key) != nil {
            faults.error(.contradiction, at: from.mark(of: key), "'\(key)' belongs to documents about downtime")
        }
        if gathering.window == .shift, gathering.per.contains(.shift) {
            faults.error(
                .contradiction, at: from.mark(of: "per"),
                "with 'window: shift' the shift parts the sums already; take it out of 'per'")
        }
    }

    private func readWindow(_ from: NodeReader, _ gathering: inout Gathering) {
        guard let node = from.required("window") else {
            gathering.windowIsKnown = false
            return
        }
        gathering.windowMark = node.mark
        if let text = node.text {
            switch text {
            case "shift": gathering.window = .shift
            case "day": gathering.window = .day
            default:
                gathering.windowIsKnown = false
                faults.error(.unknownWord, at: node.mark, "'window' is shift, day or {every: 15 min}, not '\(text)'")
            }
            return
        }
        let entry = NodeReader(node, what: "'window'", faults: faults, keys: DocumentKeys.every)
        guard let length = entry.duration("every", required: true) else {
            gathering.windowIsKnown = false
            return entry.finish()
        }
        entry.finish()
        let (micros, slice, hour) = (length.wholeMicroseconds, context.slice.wholeMicroseconds, Int64(3_600_000_000))
        let fits =
            micros > 0 && micros % max(1, slice) == 0
            && (hour % micros == 0 || (micros % hour == 0 && 24 * hour % micros == 0))
        if !fits {
            gathering.windowIsKnown = false
            faults.error(
                .window, at: entry.optional("every")?.mark ?? node.mark,
                "a window of \(length.plainText) does not fit: it has to be a multiple of the slice (\(context.slice.plainText)) and divide the hour, or be whole hours that divide the day"
            )
        }
        gathering.window = .every(length)
    }

    private func readIntervals(_ from: NodeReader, _ gathering: inout Gathering) {
        gathering.window = .every(context.slice)
        gathering.atLeast = from.duration("at-least") ?? .zero
        gathering.open = from.word("open", SumPlan.OpenInterval.self) ?? .withhold
        if let wait = from.reader("await-reason") {
            let length = wait.duration("for", required: true)
            let none = wait.texts("none")?.map(\.text) ?? []
            wait.finish()
            gathering.awaitsReason = length.map { SumPlan.ReasonWait(length: $0, none: Set(none)) }
        }
        gathering.settle = .zero
        if let close = from.reader("close") {
            gathering.settle = close.duration("settle") ?? .zero
            gathering.atLatest = close.duration("at-latest") ?? gathering.atLatest
            close.finish()
        }
        for key in ["per", "window"] where from.optional(key) != nil {
            faults.error(
                .contradiction, at: from.mark(of: key),
                "'\(key)' belongs to counts; every downtime is a document of its own")
        }
    }
}
