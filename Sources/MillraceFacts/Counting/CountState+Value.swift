public import MillraceCore
public import MillraceValues

extension CountState {
    private static let version: Int64 = 1

    /// The state as a JSON value, without loss; equal states give equal values.
    ///
    /// - Shape: for the plan that it was made with, whose names it bears.
    public func value(_ plan: CountPlan) -> Value {
        var writer = CountStateWriter(state: self)
        var object = ValueObject()
        object["v"] = StateCoding.write(Self.version)
        object["e"] = .string(equipment)
        var signals = ValueObject()
        for slot in plan.slots.indices {
            if let value = values[slot] { signals[plan.slots[slot]] = value }
        }
        object["s"] = .object(signals)
        var numbers: [Value] = []
        for index in plan.quantities.indices where counters[index].last != nil {
            numbers.append(
                writer.counter(index, plan.quantities[index], signal: plan.slots[plan.quantities[index].slot]))
        }
        object["n"] = .array(numbers)
        object["a"] = .array(segments.map(writer.segment))
        object["c"] = .array(cells.map { writer.cell($0) })
        if let active = conditions.value(plan.slots) { object["k"] = active }
        if dealt.contains(where: { $0 != 0 }) { object["d"] = .array(dealt.map { StateCoding.write($0) }) }
        if toldThrough > .distantPast { object["t"] = StateCoding.write(toldThrough) }
        if let newest {
            object["l"] = [
                StateCoding.write(newest.instant), .bool(newest.setsCounter), StateCoding.write(newest.position),
                writer.source(source),
            ]
        }
        object["p"] = .array(writer.sources.map { .string($0) })
        return .object(object)
    }

    /// The state that `value` wrote.
    ///
    /// - Shape: signals and counters that the plan does not have are left out; new ones have never been read.
    /// - Throws: `StateError` where a part is missing or foreign.
    public init(_ value: Value, plan: CountPlan) throws(StateError) {
        guard value["v"]?.decimal?.integer == Self.version else { throw .unknownVersion }
        guard let equipment = value["e"]?.text else { throw .malformed(part: "e") }
        self.init(equipment: equipment, plan: plan)
        var list = try StateReader(value["p"], "p")
        while let name = try? list.text() { sources.append(name) }  // try?: the end of the list
        guard let signals = value["s"]?.object else { throw .malformed(part: "s") }
        for slot in plan.slots.indices { values[slot] = signals[plan.slots[slot]] }
        let reader = CountStateReader(value: value, sources: sources.count)
        segments = try reader.segments()
        for counter in try reader.counters() {
            guard
                let index = plan.quantities.firstIndex(where: {
                    $0.quantity.rawValue == counter.quantity && plan.slots[$0.slot] == counter.signal
                })
            else { continue }
            counters[index] = counter.state
            heldSegments[index] = counter.segments
        }
        cells = try reader.cells()
        for index in cells.indices {
            if cells[index].isChanged { nextDue = min(nextDue, cells[index].due) }
            if !plan.hasCounters { self.index[cells[index].key] = index }
        }
        for (index, number) in (value["d"]?.array ?? []).enumerated() where index < dealt.count {
            dealt[index] = number.decimal?.integer ?? 0
        }
        conditions = try ConditionSignals(value["k"], plan.slots)
        if let told = value["t"]?.decimal?.integer { toldThrough = Instant(microseconds: told) }
        if value["l"] != nil {
            var newest = try StateReader(value["l"], "l", sources: sources.count)
            self.newest = NewestSample(
                instant: try newest.instant(), setsCounter: try newest.flag(), position: try newest.integer())
            source = try newest.source()
        }
    }
}

/// Writes the parts, and numbers the sources in the order of their use.
private struct CountStateWriter {
    let state: CountState
    var sources: [String] = []

    init(state: CountState) { self.state = state }

    mutating func source(_ index: Int32) -> Value {
        guard index >= 0, Int(index) < state.sources.count else { return StateCoding.write(Int64(0)) }
        let name = state.sources[Int(index)]
        if let known = sources.firstIndex(of: name) { return StateCoding.write(Int64(known)) }
        sources.append(name)
        return StateCoding.write(Int64(sources.count - 1))
    }

    private mutating func place(_ place: PlaceMark) -> Value {
        [source(place.source), StateCoding.write(place.position)]
    }

    private mutating func reading(_ reading: CounterReading) -> Value {
        [
            .number(reading.value), StateCoding.write(reading.instant), source(reading.source),
            StateCoding.write(reading.position),
        ]
    }

    mutating func counter(_ index: Int, _ plan: QuantityPlan, signal: String) -> Value {
        let counter = state.counters[index]
        var items: [Value] = [.string(plan.quantity.rawValue), .string(signal), .bool(counter.isContinuous)]
        items.append(counter.last.map { reading($0) } ?? .null)
        if let held = counter.held {
            var parts: [Value] = [reading(held.before), reading(held.zero)]
            parts.append(held.first.map { reading($0) } ?? .null)
            parts += [.bool(held.isZeroProven), .bool(held.isFirstProven), .bool(held.isResetNear)]
            parts.append(.array(state.heldSegments[index].map(segment)))
            items.append(.array(parts))
        } else {
            items.append(.null)
        }
        if let suspect = counter.suspect {
            items.append([
                reading(suspect.before), reading(suspect.off), .number(suspect.amount),
                .string(suspect.doubt.rawValue), .bool(suspect.isProven),
                .array(state.heldSegments[index].map(segment)),
            ])
        } else {
            items.append(.null)
        }
        items.append(counter.lastReset.map { StateCoding.write($0) } ?? .null)
        return .array(items)
    }

    func segment(_ segment: AttributionSegment) -> Value {
        let others = segment.attribution.others
        var items = [StateCoding.write(segment.since), StateCoding.write(segment.until)] + parts(segment.attribution)
        if !others.isEmpty {
            items += [
                StateCoding.write(segment.attribution.parts),
                .array(others.map { .array(parts($0) + [StateCoding.write($0.parts)]) }),
            ]
        }
        return .array(items)
    }

    private func parts(_ attribution: Attribution) -> [Value] {
        [
            StateCoding.write(attribution.order), StateCoding.write(attribution.operation),
            StateCoding.write(attribution.material), StateCoding.write(attribution.waiting),
            .bool(attribution.counts), attribution.signals.map { .object($0) } ?? .null,
        ]
    }

    mutating func cell(_ cell: CountCell) -> Value {
        let key = cell.key
        let pieces = cell.pieces.map { piece -> Value in
            var parts: [Value] = [
                StateCoding.write(piece.instant), StateCoding.write(piece.amounts), .object(piece.signals),
            ]
            if let since = piece.since { parts.append(StateCoding.write(since)) }
            return .array(parts)
        }
        return [
            StateCoding.write(key.start), StateCoding.write(cell.end), StateCoding.write(cell.due),
            StateCoding.write(key.order), StateCoding.write(key.operation), StateCoding.write(key.material),
            .string(key.shift), StateCoding.write(Int64(cell.productionDay.daysSince1970)),
            .string(key.standing.rawValue), .string(key.rule), StateCoding.write(cell.amounts),
            StateCoding.write(Int64(cell.marks.rawValue)), place(cell.first), place(cell.last), .array(pieces),
            .bool(cell.isTold), .bool(cell.isChanged), .bool(cell.isWithdrawn),
        ]
    }
}

/// Reads what the writer wrote.
private struct CountStateReader {
    struct Counter {
        var quantity: String
        var signal: String
        var state: CounterState
        var segments: [AttributionSegment]
    }

    let value: Value
    let sources: Int

    func segments() throws(StateError) -> [AttributionSegment] {
        var result: [AttributionSegment] = []
        var list = try StateReader([value["a"] ?? .null], "a")
        for item in try list.lists() { result.append(try segment(item)) }
        return result
    }

    private func segment(_ item: StateReader) throws(StateError) -> AttributionSegment {
        var item = item
        let (since, until) = (try item.instant(), try item.instant())
        var attribution = try attribution(&item)
        if !item.isAtEnd {
            attribution.parts = try item.integer()
            for other in try item.lists() {
                var other = other
                var own = try self.attribution(&other)
                own.parts = try other.integer()
                attribution.others.append(own)
            }
        }
        return AttributionSegment(since: since, attribution: attribution, until: until)
    }

    private func attribution(_ item: inout StateReader) throws(StateError) -> Attribution {
        Attribution(
            order: try item.optionalText(), operation: try item.optionalText(), material: try item.optionalText(),
            waiting: try item.optionalText(), counts: try item.flag(), signals: try item.optional()?.object)
    }

    private func reading(_ list: StateReader) throws(StateError) -> CounterReading {
        var item = list
        return CounterReading(
            value: try item.number(), instant: try item.instant(), source: try item.source(),
            position: try item.integer())
    }

    private func optionalReading(_ value: Value?) throws(StateError) -> CounterReading? {
        guard let value else { return nil }
        return try reading(try StateReader(value, "n", sources: sources))
    }

    func counters() throws(StateError) -> [Counter] {
        var result: [Counter] = []
        var list = try StateReader([value["n"] ?? .null], "n", sources: sources)
        for item in try list.lists() {
            var item = item
            var counter = Counter(
                quantity: try item.text(), signal: try item.text(), state: CounterState(), segments: [])
            counter.state.isContinuous = try item.flag()
            counter.state.last = try optionalReading(try item.optional())
            if let held = try item.optional() {
                var parts = try StateReader(held, "n", sources: sources)
                counter.state.held = CounterState.Held(
                    before: try reading(try parts.list()), zero: try reading(try parts.list()),
                    first: try optionalReading(try parts.optional()), isZeroProven: try parts.flag(),
                    isFirstProven: try parts.flag(), isResetNear: try parts.flag())
                for segment in try parts.lists() { counter.segments.append(try self.segment(segment)) }
            }
            if let suspect = try item.optional() {
                var parts = try StateReader(suspect, "n", sources: sources)
                let (before, off) = (try reading(try parts.list()), try reading(try parts.list()))
                let amount = try parts.number()
                guard let doubt = Doubt(rawValue: try parts.text()) else { throw .malformed(part: "n") }
                counter.state.suspect = CounterState.Suspect(
                    before: before, off: off, amount: amount, doubt: doubt, isProven: try parts.flag())
                for segment in try parts.lists() { counter.segments.append(try self.segment(segment)) }
            }
            counter.state.lastReset = try item.optional()?.decimal?.integer.map { Instant(microseconds: $0) }
            result.append(counter)
        }
        return result
    }

    func cells() throws(StateError) -> [CountCell] {
        var result: [CountCell] = []
        var list = try StateReader([value["c"] ?? .null], "c", sources: sources)
        for item in try list.lists() { result.append(try cell(item)) }
        return result
    }

    private func cell(_ list: StateReader) throws(StateError) -> CountCell {
        var item = list
        let (start, end, due) = (try item.instant(), try item.instant(), try item.instant())
        let (order, operation, material) = (
            try item.optionalText(), try item.optionalText(), try item.optionalText()
        )
        let shift = try item.text()
        let day = CivilDate(daysSince1970: Int(clamping: try item.integer()))
        guard let standing = Standing(rawValue: try item.text()) else { throw .malformed(part: "c") }
        let key = CellKey(
            start: start, order: order, operation: operation, material: material, shift: shift, standing: standing,
            rule: try item.text())
        let amounts = try item.amounts()
        let marks = MarkSet(rawValue: UInt8(clamping: try item.integer()))
        var cell = CountCell(
            key: key, end: end, due: due, productionDay: day, amounts: amounts, marks: marks, first: try item.place(),
            last: try item.place())
        for piece in try item.lists() {
            var piece = piece
            let (instant, amounts) = (try piece.instant(), try piece.amounts())
            let signals = try piece.next().object ?? ValueObject()
            let since = piece.isAtEnd ? nil : try piece.instant()
            cell.pieces.append(WaitingPiece(instant: instant, since: since, amounts: amounts, signals: signals))
        }
        (cell.isTold, cell.isChanged, cell.isWithdrawn) = (try item.flag(), try item.flag(), try item.flag())
        return cell
    }
}
