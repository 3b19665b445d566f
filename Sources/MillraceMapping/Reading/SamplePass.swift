// Hot path: every row passes here on its way to a sample. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// What a pass needs of a slot for every row: without its texts, which would be counted references.
private struct SlotLane {
    /// The column; -1 where the batch does not have it.
    let field: Int
    let isNumber: Bool
    let keepsUnavailable: Bool
    let decimalMark: UInt8
    let conversion: Int

    init(_ slot: SlotSource, names: [String]) {
        if case .column(let name) = slot.origin { field = names.firstIndex(of: name) ?? -1 } else { field = -1 }
        (isNumber, keepsUnavailable, decimalMark) = (slot.isNumber, slot.keepsUnavailable, slot.decimalMark)
        conversion = Int(slot.conversion)
    }
}

/// One batch on its way to samples.
struct SamplePass {
    let extractor: SampleExtractor
    let batch: ReadingBatch
    var out: SampleBatch
    var rejected: [SetAside] = []
    var claims: [String: String]
    var time: TimePass
    private let cursor: RowCursor
    private let width: Int
    private let lanes: [SlotLane]
    private let equipmentField: Int?
    private(set) var table: EquipmentTable
    private var selection: SelectorPass?
    private var ends: TimePass?
    /// From when on a text that an equipment says again is told as unchanged; nil for never.
    private let changesSince: Instant?
    /// The row and the instant before, by equipment; -1 where there is none.
    private var rowsBefore: [(row: Int32, instant: Instant)] = []
    /// Whether the rows of an equipment go back in time: then what is unchanged in their order may not be in that of time.
    private(set) var isDescending = false

    init(
        _ extractor: SampleExtractor, batch: ReadingBatch, changesSince: Instant?, table: EquipmentTable,
        state: ReadingMappingState
    ) {
        self.changesSince = changesSince
        self.table = table
        rowsBefore = Array(repeating: (-1, .distantPast), count: table.names.count)
        self.extractor = extractor
        self.batch = batch
        claims = state.claims
        out = SampleBatch(
            source: batch.source, slots: extractor.slots.count, continuesUnbroken: batch.continuesUnbroken)
        out.numbering = batch.numbering
        time = TimePass(extractor.time, batch: batch, last: state.lastInstants[batch.source])
        cursor = RowCursor(batch: batch, columns: extractor.whereColumns)
        width = batch.names.count
        lanes = extractor.slots.map { SlotLane($0, names: batch.names) }
        equipmentField = batch.names.firstIndex(of: extractor.equipment.column)
        ends = extractor.interval?.end.map { TimePass($0, batch: batch, last: nil) }
        if let column = extractor.valueColumn { selection = SelectorPass(extractor, batch: batch, valueColumn: column) }
    }

    mutating func run() {
        defer { out.equipment = table.names }
        out.samples.reserveCapacity(batch.count)
        if selection == nil { out.updates.reserveCapacity(batch.count * extractor.slots.count) }
        for row in 0..<batch.count {
            if let condition = extractor.condition {
                cursor.row = row
                if !condition(cursor) { continue }
            }
            if let condition = extractor.checkedCondition, !asked(condition, of: row) { continue }
            if let interval = extractor.interval {
                intervalRow(row, interval)
            } else if selection != nil {
                selectedRow(row)
            } else {
                plainRow(row)
            }
        }
    }

    /// Whether the row is the mapping's business; one on which the condition fails is set aside.
    private mutating func asked(_ condition: @Sendable (RowCursor) throws(MappingFault) -> Bool, of row: Int) -> Bool {
        cursor.row = row
        do throws(MappingFault) {
            return try condition(cursor)
        } catch {
            reject(row, field: "where", error.description)
            return false
        }
    }

    // MARK: Rows whose columns are the signals

    private mutating func plainRow(_ row: Int) {
        guard let instant = instant(row), let equipment = equipment(row) else { return }
        let start = out.updates.count
        var setsNumber = false
        let before = rowsBefore[Int(equipment)]
        if instant < before.instant { isDescending = true }
        for index in 0..<lanes.count {
            let lane = lanes[index]
            if lane.field < 0 {
                out.updates.append(.unchanged)
                continue
            }
            if before.row >= 0, !lane.isNumber,
                batch.isSame(Int(before.row) &* width &+ lane.field, row &* width &+ lane.field)
            {
                out.updates.append(.unchanged)
                continue
            }
            let update =
                lane.isNumber
                ? number(lane, index, row: row, field: lane.field)
                : self.update(lane, index, row: row, field: lane.field)
            guard let update else {
                out.updates.removeSubrange(start...)
                return
            }
            if lane.isNumber, case .value = update { setsNumber = true }
            out.updates.append(update)
        }
        if !extractor.calculations.isEmpty {
            guard calculate(row, from: start, instant, equipment, setsNumber: &setsNumber) else { return }
        }
        if extractor.needsNumber, !setsNumber {
            out.updates.removeSubrange(start...)
            let names = extractor.amountNames
            return reject(row, field: names, "the row has no amount in '\(names)'")
        }
        if let changesSince, instant >= changesSince {
            rowsBefore[Int(equipment)] = (Int32(truncatingIfNeeded: row), instant)
        }
        finish(row, instant, equipment, setsCounter: setsNumber)
    }

    /// A number as most of them are written; else as `update` says.
    @inline(__always) private mutating func number(
        _ lane: SlotLane, _ slot: Int, row: Int, field: Int
    ) -> SignalUpdate? {
        let span = batch.spans[row &* width &+ field]
        if lane.conversion < 0, span.length > 0, span.length < 18, batch.kinds.isEmpty {
            var value: Int64 = 0
            var isPlain = true
            for place in Int(span.start)..<(Int(span.start) + Int(span.length)) {
                let digit = batch.bytes[place] &- 0x30
                if digit > 9 {
                    isPlain = false
                    break
                }
                value = value &* 10 &+ Int64(digit)
            }
            if isPlain { return .value(.number(ExactDecimal(value))) }
        }
        return update(lane, slot, row: row, field: field)
    }

    /// What the field says of the slot; nil, and the row set aside, where it is no number.
    private mutating func update(_ lane: SlotLane, _ slot: Int, row: Int, field: Int) -> SignalUpdate? {
        let index = row &* width &+ field
        let span = batch.spans[index]
        // A column that the row does not have says nothing; an empty one says that there is nothing.
        if span.isAbsent { return .unchanged }
        if !lane.isNumber {
            if !lane.keepsUnavailable, batch.field(index, is: Self.unavailable) { return .nothing }
            return batch.signalValue(row: row, field: field).map(SignalUpdate.value) ?? .nothing
        }
        if span.length == 0 || (!batch.kinds.isEmpty && batch.kinds[index] == .null) { return .unchanged }
        let mark = batch.kinds.isEmpty || batch.kinds[index] == .text ? lane.decimalMark : 0x2E
        if let number = ExactDecimal(batch.bytes.span.extracting(span.range), decimalMark: mark) {
            if lane.conversion < 0 { return .value(.number(number)) }
            return converted(number, extractor.slots[slot], row)
        }
        if batch.field(index, is: Self.unavailable) { return .nothing }
        let (text, name) = (span.text(in: batch.bytes), extractor.slots[slot].name)
        reject(row, field: name, "'\(text.prefix(60))' in '\(name)' is no number\(hint(text, lane))")
        return nil
    }

    mutating func converted(_ number: ExactDecimal, _ slot: SlotSource, _ row: Int) -> SignalUpdate? {
        let conversion = extractor.conversions[Int(slot.conversion)]
        do throws(DecimalError) {
            return .value(.number(try conversion.exact(number)))
        } catch {
            reject(
                row, field: slot.name,
                "\(number) \(conversion.from.code) in '\(slot.name)' cannot be turned into \(conversion.to.code), for \(error)"
            )
            return nil
        }
    }

    private func hint(_ text: String, _ lane: SlotLane) -> String {
        if lane.decimalMark != 0x2E { return Self.parted(text) }
        return text.contains(",") ? "; say 'decimal-comma: true' if it has one" : ""
    }

    static let unavailable = Array("UNAVAILABLE".utf8)

    // MARK: Rows that tell a whole interval

    private mutating func intervalRow(_ row: Int, _ rule: IntervalRule) {
        guard let start = instant(row), let equipment = equipment(row) else { return }
        let base = out.updates.count
        var frame = SignalFrame(
            values: Array(repeating: nil, count: extractor.slots.count), instant: start,
            equipment: table.names[Int(equipment)])
        for index in 0..<lanes.count {
            var update = SignalUpdate.unchanged
            let lane = lanes[index]
            if lane.field >= 0 { update = self.update(lane, index, row: row, field: lane.field) ?? .unchanged }
            if case .value(let value) = update { frame.values[index] = value }
            out.updates.append(update)
        }
        guard let end = end(row, after: start, of: frame.equipment), isUsable(row, frame, rule) else {
            return out.updates.removeSubrange(base...)
        }
        out.updates[base + rule.startSlot] = .value(.number(ExactDecimal(start.microseconds)))
        if let end = end.instant {
            out.updates[base + rule.endSlot] = .value(.number(ExactDecimal(end.microseconds)))
        }
        // A row can be written once its interval is over: lateness is judged by that.
        finish(row, end.instant ?? start, equipment, setsCounter: false)
    }

    /// When the row's interval ends, inside nothing while it goes on; nil, and the row set aside, where that makes no sense.
    private mutating func end(_ row: Int, after start: Instant, of equipment: String) -> (instant: Instant?, Void)? {
        ends?.follow(start)
        switch ends?.instant(batch, row: row) {
        case nil, .failure(.absent): return (nil, ())
        case .success(let end) where end < start:
            reject(
                row, field: "end",
                "the interval of '\(equipment)' ends at \(end.iso8601), before it begins at \(start.iso8601)")
            return nil
        case .success(let end): return (end, ())
        case .failure(let fault):
            reject(row, field: fault.field, ends?.sentence(fault) ?? "")
            return nil
        }
    }

    private mutating func isUsable(_ row: Int, _ frame: SignalFrame, _ rule: IntervalRule) -> Bool {
        guard let sentence = rule.fault?(frame) else { return true }
        reject(row, field: "class", sentence)
        return false
    }

    // MARK: Rows that hold one signal each

    private mutating func selectedRow(_ row: Int) {
        guard let choice = selection?.choice(row),
            !choice.slots.isEmpty || !choice.entrySlots.isEmpty || choice.problem != nil
        else { return }
        if let problem = choice.problem { return reject(row, field: extractor.valueColumn, problem) }
        guard let instant = instant(row), let equipment = equipment(row) else { return }
        if let sentence = choice.isClaimed ? choice.shadowed : claim(choice) {
            return reject(row, field: nil, sentence, reason: .shadowed)
        }
        let unknown = choice.entrySlots.isEmpty ? [] : unknownEntries(choice, row)
        if choice.slots.isEmpty, unknown.isEmpty { return }
        let isEntry = !choice.entry.isEmpty && isOfSampleBefore(row, instant, equipment)
        let start = isEntry ? Int(out.samples[out.samples.count - 1].row) * lanes.count : out.updates.count
        if !isEntry { for _ in 0..<lanes.count { out.updates.append(.unchanged) } }
        var setsNumber = false
        for index in unknown { out.updates[start + index] = .nothing }
        for index in choice.slots {
            if choice.isCondition, !lanes[index].isNumber, let report = selection?.report(row, choice) {
                out.updates[start + index] = .condition(report)
                continue
            }
            guard let update = update(lanes[index], index, row: row, field: choice.valueField) else {
                if !isEntry { out.updates.removeSubrange(start...) }
                return
            }
            if lanes[index].isNumber, case .value = update { setsNumber = true }
            out.updates[start + index] = update
        }
        if isEntry {
            if setsNumber { out.samples[out.samples.count - 1].setsCounter = true }
            return
        }
        if let device = selection?.deviceSlot, let field = equipmentField,
            let value = batch.signalValue(row: row, field: field)
        {
            out.updates[start + device] = .value(value)
        }
        if !extractor.calculations.isEmpty {
            guard calculate(row, from: start, instant, equipment, setsNumber: &setsNumber) else { return }
        }
        finish(row, instant, equipment, setsCounter: setsNumber)
    }

    /// Whether the row is a further entry of the observation that made the newest sample: they are one reading (RULES R1).
    private func isOfSampleBefore(_ row: Int, _ instant: Instant, _ equipment: Int32) -> Bool {
        guard !extractor.needsNumber, extractor.calculations.isEmpty, let last = out.samples.last else { return false }
        return last.position == batch.positions[row] && last.instant == instant && last.equipment == equipment
    }

    /// The slots of entries whose whole set is UNAVAILABLE with this row.
    private func unknownEntries(_ choice: SelectorPass.Choice, _ row: Int) -> [Int] {
        guard batch.field(row &* width &+ choice.valueField, is: Self.unavailable) else { return [] }
        return choice.entrySlots.filter { claims[claimKey(choice, $0)] == choice.item }
    }

    private func claimKey(_ choice: SelectorPass.Choice, _ slot: Int, entry: String = "") -> String {
        "\(choice.device)\(entry)/\(extractor.slots[slot].name)"
    }

    /// Makes the data item, and of a set the entry, the one of its device and signal; a sentence where another one is that already.
    private mutating func claim(_ choice: SelectorPass.Choice) -> String? {
        var shadowed: String?
        for index in choice.slots {
            let (key, entryKey) = (claimKey(choice, index), claimKey(choice, index, entry: "\u{1F}entry"))
            let words = "of '\(choice.device)' matches signal '\(extractor.slots[index].name)'"
            if let first = claims[key], first != choice.item {
                shadowed =
                    "data item '\(choice.item)' \(words) that '\(first)' gives already; name the one that is meant by {dataItem: …}"
            } else if !choice.entry.isEmpty, let first = claims[entryKey], first != choice.entry {
                shadowed =
                    "entry '\(choice.entry)' of data item '\(choice.item)' \(words) that entry '\(first)' gives already; name the one that is meant by {key: …}"
            } else {
                claims[key] = choice.item
                if !choice.entry.isEmpty { claims[entryKey] = choice.entry }
            }
        }
        selection?.settle(choice, shadowed: shadowed)
        return shadowed
    }

    // MARK: What both need

    private mutating func instant(_ row: Int) -> Instant? {
        switch time.instant(batch, row: row) {
        case .success(let instant): return instant
        case .failure(let fault):
            reject(row, field: fault.field, time.sentence(fault))
            return nil
        }
    }

    private mutating func equipment(_ row: Int) -> Int32? {
        let rule = extractor.equipment
        if let fixed = rule.fixed { return index(of: fixed) }
        guard let field = equipmentField, case let span = batch.spans[row &* width &+ field], span.length > 0 else {
            reject(row, field: rule.column, "the row does not say its equipment in '\(rule.column)'")
            return nil
        }
        if let index = table.index(of: row &* width &+ field, in: batch) { return index }
        let text = span.text(in: batch.bytes)
        var name = text
        if let names = rule.names {
            guard let found = names[text] ?? rule.otherwise else {
                reject(row, field: rule.column, "no row of the table gives the equipment of '\(text)'")
                return nil
            }
            name = found
        }
        let index = index(of: name)
        table.add(text, index)
        return index
    }

    private mutating func index(of name: String) -> Int32 {
        let index = table.index(of: name)
        if index == rowsBefore.count { rowsBefore.append((-1, .distantPast)) }
        return index
    }

    @inline(__always) private mutating func finish(
        _ row: Int, _ instant: Instant, _ equipment: Int32, setsCounter: Bool
    ) {
        out.samples.append(
            Sample(
                instant: instant, position: batch.positions[row], equipment: equipment,
                row: Int32(truncatingIfNeeded: out.samples.count), setsCounter: setsCounter,
                isReset: !batch.resets.isEmpty && batch.resets.contains(row)))
    }

    mutating func reject(_ row: Int, field: String?, _ sentence: String, reason: SetAside.Reason = .unusable) {
        rejected.append(
            SetAside(
                place: batch.place(row: row), line: batch.line(row: row), field: field, reason: reason,
                sentence: sentence,
                content: JSONWriter.bytes(.object(batch.reading(row: row).fields))))
    }
}
