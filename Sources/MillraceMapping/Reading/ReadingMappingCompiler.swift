import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// Compiles the text of a reading mapping.
final class ReadingMappingCompiler {
    let reader: NodeReader
    let faults: DiagnosticList
    let context: MappingContext
    let source: TableSource
    let overrides: TableOverrides
    var scope: SignalScope
    var tables: [String: LookupTable] = [:]
    var tableNames: [String] = []
    var units: [CountedQuantity: String] = [:]
    var unitNames = UnitNames()
    /// From the unit of a signal's numbers to that of its facts; slots name them by number.
    var conversions: [UnitConversion] = []
    /// The amounts that are calculated from a row.
    var calculations: [RowCalculation] = []

    init(
        _ reader: NodeReader, context: MappingContext, source: @escaping TableSource, overrides: TableOverrides
    ) {
        self.reader = reader
        faults = reader.faults
        self.context = context
        self.source = source
        self.overrides = overrides
        scope = SignalScope(declared: nil, faults: reader.faults)
    }

    /// The mapping; nil where it has faults.
    func mapping(name: MarkedText, target: ReadingTarget) -> ReadingMapping? {
        let origin = readFrom()
        scope = SignalScope(declared: origin.signals, faults: faults)
        var section = TablesSection(faults: faults, context: context, source: source, overrides: overrides)
        tables = section.tables(of: reader)
        tableNames = section.names
        unitNames = UnitNames.read(reader)
        readLookups(byLets: false)
        readLets()
        readLookups(byLets: true)
        let version = Version.hash(faults.sources.map(\.text), tables: section.texts)
        let condition = readWhere()
        let tests = TestSection.tests(
            of: reader, tables: tableNames + scope.timelines.map(\.text), inputs: nil)
        let fields = reader.reader("fields", required: true)
        let isInterval =
            target == .orders
            || target == .fact(.downtime)
                && fields.map { $0.optional("start") != nil || $0.optional("end") != nil } == true
        let time = fields.flatMap { timeRule($0, origin: origin, field: isInterval ? "start" : "time") }
        var interval = isInterval ? fields.flatMap { intervalRule($0, origin: origin) } : nil
        let equipment = fields.flatMap { equipmentRule($0, origin: origin) }
        let parts = PlanParts(name: MappingName(name.text), version: version)
        let plan: (DerivationPlan, Set<PerField>)? =
            switch target {
            case .fact(.productionCount): fields.flatMap { countPlan($0, parts) }
            case .orders: fields.flatMap { timelinePlan($0, parts, &interval) }
            case .fact(.downtime):
                fields.flatMap { isInterval ? intervalPlan($0, parts, &interval) : statePlan($0, parts) }
            }
        fields?.finish()
        reader.finish()
        guard let (plan, sets) = plan, let time, let equipment, !faults.hasErrors else { return nil }
        return assemble(name, origin, plan, sets, time, interval, equipment, condition, tests, version)
    }

    private func assemble(
        _ name: MarkedText, _ origin: Origin, _ plan: DerivationPlan, _ sets: Set<PerField>, _ time: TimeRule,
        _ interval: IntervalRule?, _ equipment: EquipmentRule, _ condition: RowWhere?, _ tests: [MappingTest],
        _ version: String
    ) -> ReadingMapping {
        var needsNumber = false
        if case .counts(let counts) = plan { needsNumber = !counts.hasCounters }
        let extractor = SampleExtractor(
            slots: scope.slots, time: time, interval: interval, equipment: equipment,
            whereColumns: condition?.columns ?? [],
            condition: condition?.test, valueColumn: origin.signals == nil ? nil : origin.valueColumn,
            needsNumber: needsNumber, conversions: conversions, calculations: calculations,
            checkedCondition: condition?.checked)
        let (text, file, context, source) = (faults.source.text, faults.source.file, context, source)
        return ReadingMapping(
            name: MappingName(name.text), connectors: origin.connectors.map { ConnectorID($0.text) }, version: version,
            plan: plan, tests: tests, sets: sets, units: units, file: file, extractor: extractor,
            countingSources: countingSources(plan, origin, equipment), hasWhere: condition != nil, nameMark: name.mark,
            connectorMarks: origin.connectors, timelineMarks: scope.timelines,
            recompiled: { overrides in
                MappingFile.parse(text: text, file: file, context: context, tables: source, overrides: overrides)
            })
    }

    private func countingSources(_ plan: DerivationPlan, _ origin: Origin, _ equipment: EquipmentRule) -> [String] {
        guard case .counts(let counts) = plan else { return [] }
        return counts.quantities.map { quantity in
            let slot = scope.slots[quantity.slot]
            var from = slot.name
            if case .selector(let parts) = slot.origin {
                from = parts.map { "\($0.column)=\($0.value)" }.sorted().joined(separator: ",")
            }
            let connectors = origin.connectors.map(\.text).sorted().joined(separator: ",")
            return
                "\(quantity.quantity.rawValue) of \(equipment.fixed ?? equipment.column) from \(connectors) by \(from)"
        }
    }
}

/// What a reading mapping makes.
enum ReadingTarget: Hashable {
    /// Facts of that kind.
    case fact(FactKind)
    /// A timeline of orders.
    case orders
}

/// What both kinds of plan bear.
struct PlanParts {
    let name: MappingName
    let version: String
}

/// What `from:` of a reading mapping says.
struct Origin {
    var connectors: [MarkedText] = []
    var signals: [String: SlotSource]?
    var valueColumn = "value"
}

/// `where` of a reading mapping.
struct RowWhere {
    let columns: [String]
    /// The fast form; nil where it is more than comparisons.
    let test: (@Sendable (RowCursor) -> Bool)?
    /// What is asked instead: a row on which it fails is set aside.
    let checked: (@Sendable (RowCursor) throws(MappingFault) -> Bool)?
    let mark: SourceMark
}

/// The version of a mapping (RULES R18).
enum Version {
    /// The hash over the file's text, the texts it extends, and its tables.
    static func hash(_ texts: [String], tables: [[UInt8]]) -> String {
        var hash = SHA256()
        for (index, text) in (texts.map { Array($0.utf8) } + tables).enumerated() {
            // A byte that no UTF-8 text has parts the texts.
            if index > 0 { hash.update([0xFF].span) }
            hash.update(text.span)
        }
        return Hex.encode(hash.finish())
    }
}

extension ReadingMappingCompiler {
    private func readFrom() -> Origin {
        var origin = Origin()
        guard let from = reader.reader("from", required: true) else { return origin }
        defer { from.finish() }
        if from.optional("connector") != nil || from.optional("connectors") == nil {
            origin.connectors = from.texts("connector", required: true) ?? []
        } else {
            origin.connectors = from.texts("connectors") ?? []
        }
        if let column = from.text("value") { origin.valueColumn = column }
        guard let members = from.members("signals") else { return origin }
        var signals: [String: SlotSource] = [:]
        for member in members {
            let entry = NodeReader(
                member.value, what: "signal '\(member.key)'", faults: faults, keys: ReadingKeys.signal)
            guard let parts = member.value.members else { continue }
            var selectors: [SlotSource.Selector] = []
            var keeps = false
            for part in parts {
                guard let text = faults.text(part.value, what: "'\(part.key)'") else { continue }
                if part.key == "unavailable" {
                    keeps = text == "value"
                    if !keeps { faults.error(.unknownWord, at: part.value.mark, "'unavailable' can only say 'value'") }
                } else {
                    if part.key == "type", text == "AVAILABILITY" { keeps = true }
                    selectors.append(SlotSource.Selector(column: part.key, value: text))
                }
            }
            entry.allow(parts.map(\.key))
            if selectors.isEmpty {
                faults.error(
                    .missingKey, at: member.keyMark, "signal '\(member.key)' selects nothing; say its type or dataItem")
            }
            signals[member.key] = SlotSource(name: member.key, origin: .selector(selectors), keepsUnavailable: keeps)
        }
        origin.signals = signals
        return origin
    }

    /// Reads `lookup`: those by signals before `let`, and behind it those by a value of `let`.
    private func readLookups(byLets: Bool) {
        for member in reader.members("lookup") ?? [] {
            let ways = member.value["by"].map { [$0] + ($0.items ?? []) } ?? []
            let isByLet = ways.contains { $0.text?.hasPrefix(MappingExpression.variableMark) ?? false }
            if isByLet, !byLets { scope.laterLookups.insert(member.key) }
            guard isByLet == byLets else { continue }
            scope.laterLookups.remove(member.key)
            guard member.value.members != nil else {
                faults.error(.wrongShape, at: member.value.mark, "look-up '\(member.key)' has to be a mapping")
                continue
            }
            scope.brokenLookups.insert(member.key)
            let entry = NodeReader(
                member.value, what: "look-up '\(member.key)'", faults: faults, keys: ReadingKeys.lookup)
            defer { entry.finish() }
            let missing = MissingPolicy.read(entry, allowed: ["hold"]) ?? .hold
            if let timeline = entry.text("timeline") {
                for key in ["table", "by", "at"] where entry.optional(key) != nil {
                    faults.error(
                        .contradiction, at: entry.mark(of: key),
                        "a timeline is asked by the equipment at the reading's time; '\(key)' belongs to a table")
                }
                scope.brokenLookups.remove(member.key)
                scope.lookups[member.key] = timelineLookup(
                    MarkedText(text: timeline, mark: entry.mark(of: "timeline")), member.key, missing)
                continue
            }
            let tableName = entry.text("table", required: true)
            let by = entry.texts("by", required: true)
            let at = entry.text("at")
            guard let tableName, let by,
                let table = table(tableName, at: entry.optional("table")?.mark ?? member.keyMark)
            else { continue }
            if by.count != table.keys.count {
                faults.error(
                    .contradiction, at: entry.mark(of: "by"),
                    "look-up '\(member.key)' has \(by.count) keys and table '\(tableName)' \(table.keys.count): \(table.keys.joined(separator: ", "))"
                )
                continue
            }
            if let at, at != "time" {
                faults.error(.unknownWord, at: entry.optional("at")?.mark ?? member.keyMark, "'at' can only say 'time'")
            }
            scope.used = []
            let keys = by.compactMap { scope.getter($0.text, at: $0.mark) }
            guard keys.count == by.count else { continue }
            scope.lookupSlots[member.key] = scope.used
            scope.brokenLookups.remove(member.key)
            scope.lookups[member.key] = SignalLookup(name: member.key, table: table, keys: keys, missing: missing)
        }
    }

    /// The table of that name; nil where there is none, reported unless its own faults are.
    func table(_ name: String, at mark: SourceMark) -> LookupTable? {
        if let table = tables[name] { return table.reportsMany(at: mark, faults) ? nil : table }
        if !tableNames.contains(name) {
            faults.error(
                .unknownName, at: mark, "there is no table '\(name)'\(Suggestion.ending(for: name, among: tableNames))")
        }
        return nil
    }

    private func readWhere() -> RowWhere? {
        guard let node = reader.optional("where"), let condition = faults.condition(node, what: "'where'") else {
            return nil
        }
        var columns: [String] = []
        for path in condition.paths where !columns.contains(path.text) { columns.append(path.text) }
        let names = columns
        let getter: (Condition.Path) -> @Sendable (RowCursor) -> Value? = { path in
            let index = names.firstIndex(of: path.text) ?? 0
            return { $0.value(index) }
        }
        for path in condition.paths where path.text.hasPrefix(MappingExpression.variableMark) {
            faults.error(
                .unknownName, at: faults.mark(at: path.offset, in: node),
                "'where' is asked of a row before 'let'; name its columns")
        }
        for reference in condition.expression.references {
            faults.checkArguments(of: reference, in: node, among: tableNames, functions)
        }
        let mark = reader.mark(of: "where")
        if condition.isSimple {
            return RowWhere(
                columns: columns, test: context.watched(condition.bound(nil, getter), at: node.mark), checked: nil,
                mark: mark)
        }
        let use = ConditionUse(
            functions: functions.all, node: node, source: faults.source(of: node.mark), what: "'where'")
        return RowWhere(
            columns: columns, test: nil,
            checked: context.watched(condition.checked(use, at: { _ in nil }, getter), at: node.mark), mark: mark)
    }

    func timeRule(_ fields: NodeReader, origin: Origin, field: String = "time") -> TimeRule? {
        let isAgent = origin.signals != nil
        guard let node = isAgent ? fields.optional(field) : fields.required(field) else {
            return isAgent ? defaultTime : nil
        }
        if let text = node.text {
            if FieldSource.looksLiteral(text) {
                faults.bareLiteral(text, at: node.mark)
                return nil
            }
            if isAgent, text == "time" { return defaultTime }
            return TimeRule(
                columns: [text], pattern: nil, zone: context.zone, doubledHour: .refuse, prefersSource: false)
        }
        let entry = NodeReader(node, what: "field '\(field)'", faults: faults, keys: ReadingKeys.time)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let columns = entry.texts("from", required: true)?.map(\.text)
        if let type = entry.text("type"), type != "time" {
            faults.error(
                .unknownWord, at: entry.optional("type")?.mark ?? node.mark, "the type of field '\(field)' is time")
        }
        let pattern = ZoneWord.pattern(entry)
        let zone = ZoneWord.zone(entry, context: context) ?? context.zone
        let doubled = entry.word("doubled-hour", DoubledHour.self)
        if let pattern, !pattern.saysDate {
            faults.error(
                .time, at: entry.optional("format")?.mark ?? node.mark,
                "the format '\(pattern.text)' says no whole date; add the column of the date with from: [Date, Time]")
        }
        if let pattern, doubled == nil, !ZoneWord.saysOffset(pattern), zone.name != "UTC" {
            faults.error(
                .missingKey, at: node.mark,
                "field '\(field)' has local times and needs 'doubled-hour', one of by-order, first, second, refuse"
            )
        }
        guard let columns, !columns.isEmpty else { return nil }
        return TimeRule(
            columns: columns, pattern: pattern, zone: zone, doubledHour: doubled ?? .refuse,
            prefersSource: isAgent && columns == ["time"] && pattern == nil)
    }

    private var defaultTime: TimeRule {
        TimeRule(columns: ["time"], pattern: nil, zone: context.zone, doubledHour: .refuse, prefersSource: true)
    }

    func equipmentRule(_ fields: NodeReader, origin: Origin) -> EquipmentRule? {
        guard let node = fields.required("equipment") else { return nil }
        if let text = faultlessPath(node, origin) { return EquipmentRule(column: text) }
        guard node.members != nil else { return nil }
        let entry = NodeReader(node, what: "field 'equipment'", faults: faults, keys: ReadingKeys.equipment)
        defer { entry.finish() }
        switch FieldSource.key(of: entry) {
        case "value": return entry.text("value").map { EquipmentRule(fixed: $0) }
        case "from":
            guard let column = entry.text("from") else { return nil }
            var rule = EquipmentRule(column: column)
            guard let name = entry.text("table") else { return rule }
            guard let table = table(name, at: entry.optional("table")?.mark ?? node.mark) else { return nil }
            guard table.keys.count == 1, !table.isTimed, let value = table.valueColumn,
                let index = table.column(named: value)
            else {
                faults.error(
                    .table, at: entry.mark(of: "table"),
                    "table '\(name)' needs one key, a 'value' and no 'valid-from' to name the equipment")
                return nil
            }
            rule.names = table.rows.reduce(into: [:]) { names, row in
                if let key = row.key.first { names[key] = row.value.first?.values[index] }
            }
            if case .value(let other) = MissingPolicy.read(entry, allowed: []) { rule.otherwise = other }
            return rule
        case nil: return nil
        case let other?:
            faults.error(.contradiction, at: entry.mark(of: other), "field 'equipment' can only have 'from' or 'value'")
            return nil
        }
    }

    /// The bare path of the node; reported where it can only be meant as a literal.
    private func faultlessPath(_ node: MarkedNode, _ origin: Origin) -> String? {
        guard let text = node.text else {
            if node.members == nil {
                faults.error(.wrongShape, at: node.mark, "field 'equipment' has to be a path or a mapping")
            }
            return nil
        }
        if FieldSource.looksLiteral(text) || (origin.signals != nil && text != "device" && text.contains("-")) {
            faults.bareLiteral(text, at: node.mark)
            return nil
        }
        return text
    }
}
