// Hot path: every reading becomes a sample here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Where the equipment's name comes from.
struct EquipmentRule: Sendable, Hashable {
    /// A fixed name; nil where a column says it.
    var fixed: String?
    var column = "device"
    /// The texts of the column and the equipment's names, where a table gives them.
    var names: [String: String]?
    /// The name where the table has no row; nil where such a row is set aside.
    var otherwise: String?
}

/// A row of a batch, for conditions over columns.
final class RowCursor {
    let batch: ReadingBatch
    let fields: [Int?]
    var row = 0

    init(batch: ReadingBatch, columns: [String]) {
        self.batch = batch
        fields = columns.map { batch.names.firstIndex(of: $0) }
    }

    func value(_ column: Int) -> Value? {
        guard let field = fields[column] else { return nil }
        return batch.signalValue(row: row, field: field)
    }
}

/// Turns rows into samples: which rows, when, of which equipment, and what they say of each slot.
struct SampleExtractor: Sendable {
    let slots: [SlotSource]
    let time: TimeRule
    /// Where rows tell whole intervals, `time` says when they begin; nil where rows say what holds from an instant on.
    let interval: IntervalRule?
    let equipment: EquipmentRule
    /// The columns that `where` reads.
    let whereColumns: [String]
    let condition: (@Sendable (RowCursor) -> Bool)?
    /// The column that holds a signal's value; nil where the columns are the signals.
    let valueColumn: String?
    /// Whether pieces are read from rows of their own, so that a row without any is unusable.
    let needsNumber: Bool
    /// From the units of signals to those of facts.
    var conversions: [UnitConversion] = []
    /// Amounts that are calculated from a row.
    var calculations: [RowCalculation] = []
    /// The condition where it is more than comparisons, so that it can fail.
    var checkedCondition: (@Sendable (RowCursor) throws(MappingFault) -> Bool)?

    /// For each signal where it is taken from, in words.
    var origins: [String: String] {
        Dictionary(
            slots.map { slot in
                switch slot.origin {
                case .device: (slot.name, "device \(equipment.column)")
                case .column(let name): (slot.name, "column \(name)")
                case .selector(let selectors):
                    (slot.name, selectors.map { "\($0.column)=\($0.value)" }.joined(separator: ","))
                // Of amounts and intervals in rows of their own nothing is carried.
                case .calculated, .interval: (slot.name, "calculated")
                }
            }
        ) { first, _ in first }
    }

    /// The same for a test, whose rows name the signals themselves.
    var forTests: SampleExtractor {
        guard valueColumn != nil else { return self }
        let plain = slots.map {
            SlotSource(
                name: $0.name, origin: $0.testOrigin(equipment: equipment.column),
                keepsUnavailable: $0.keepsUnavailable, isNumber: $0.isNumber, decimalMark: $0.decimalMark,
                conversion: $0.conversion)
        }
        return SampleExtractor(
            slots: plain, time: time, interval: interval, equipment: equipment, whereColumns: whereColumns,
            condition: condition, valueColumn: nil, needsNumber: needsNumber, conversions: conversions,
            calculations: calculations, checkedCondition: checkedCondition)
    }

    /// Where amounts stand, for a row that has none.
    var amountNames: String {
        slots.filter(\.isNumber).map { slot in
            if case .calculated(let number) = slot.origin { return "expr of \(calculations[number].field)" }
            return slot.name
        }.joined(separator: ", ")
    }

    func samples(
        from batch: ReadingBatch, changesSince: Instant?, table: inout EquipmentTable, state: inout ReadingMappingState,
        rejected: inout [SetAside]
    ) -> SampleBatch {
        var pass = SamplePass(self, batch: batch, changesSince: changesSince, table: table, state: state)
        // One owner while it changes: nothing of it is copied.
        table = EquipmentTable()
        pass.run()
        if pass.isDescending {
            pass = SamplePass(self, batch: batch, changesSince: nil, table: pass.table, state: state)
            pass.run()
        }
        table = pass.table
        rejected += pass.rejected
        state.claims = pass.claims
        if let last = pass.time.last, last != state.lastInstants[batch.source] {
            state.remember(last, of: batch.source)
        }
        return pass.out
    }
}

extension ReadingBatch {
    /// The field as a signal's value; nil where there is nothing.
    @inline(__always) func signalValue(row: Int, field: Int) -> Value? {
        let index = row &* names.count &+ field
        let span = spans[index]
        if span.length == 0 { return nil }
        let text = String(decoding: bytes[span.range], as: UTF8.self)
        switch kinds.isEmpty ? .text : kinds[index] {
        case .text: return .string(text)
        case .number: return ExactDecimal(text).map(Value.number) ?? .numeral(text)
        case .bool: return .bool(text == "true")
        case .null: return nil
        case .json: return (try? JSONReader.read(text)) ?? .string(text)  // try?: written by our own reader
        }
    }

    /// Whether the field's bytes are those of the text.
    @inline(__always) func field(_ index: Int, is text: [UInt8]) -> Bool {
        let span = spans[index]
        guard Int(span.length) == text.count, !span.isAbsent else { return false }
        return bytes.span.bytes.isSame(at: Int(span.start), as: text.span.bytes, at: 0, count: text.count)
    }

    /// Whether two fields have the same bytes and are of one kind.
    @inline(__always) func isSame(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = (spans[left], spans[right])
        guard first.length == second.length, first.isAbsent == second.isAbsent else { return false }
        if !kinds.isEmpty, kinds[left] != kinds[right] { return false }
        return hasSameBytes(left, right)
    }

    /// Whether two fields have the same bytes; an absent one has none.
    @inline(__always) func hasSameBytes(_ left: Int, _ right: Int) -> Bool {
        bytes.span.bytes.isSame(spans[left], spans[right])
    }
}
