// Hot path: every reading of an agent is matched here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// Which signals a row sets, found once for each combination of the columns that decide it.
struct SelectorPass {
    /// A class, so that handing the choice of a row out copies none of its texts. Used by its pass alone.
    final class Choice {
        var slots: [Int] = []
        /// The slots that take entries of the set of which the row tells none: where it says UNAVAILABLE, that is of all of them.
        var entrySlots: [Int] = []
        /// The key of the entry; empty for what is no entry of a set.
        var entry = ""
        /// The field that holds the value.
        var valueField = 0
        var device = ""
        var item = ""
        /// Why no row of the kind can be used.
        var problem: String?
        /// Whether it was asked already if the data item is the one of its signal.
        var isClaimed = false
        /// The sentence where another data item is.
        var shadowed: String?
        /// Its place in the list of choices.
        var index = 0
        /// Whether the rows are words about conditions, of which several may be active at one time.
        var isCondition = false
        /// A row of the kind, to compare others with.
        var example = 0
        /// Which kind came behind it the last time; -1 for none.
        var follower = -1
    }

    private let batch: ReadingBatch
    private let width: Int
    private let slots: [SlotSource]
    private let valueField: Int?
    private let valueColumn: String
    private let deviceField: Int?
    private let itemField: Int?
    private let keyFields: [Int]
    private var choices: [Choice] = []
    private var buckets: [UInt64: [Int]] = [:]
    /// The kind of the row before; -1 for none.
    private var last = -1
    /// The slot that every row sets to its device; nil where nobody asks.
    let deviceSlot: Int?

    init(_ extractor: SampleExtractor, batch: ReadingBatch, valueColumn: String) {
        self.batch = batch
        width = batch.names.count
        slots = extractor.slots
        self.valueColumn = valueColumn
        valueField = batch.names.firstIndex(of: valueColumn)
        deviceField = batch.names.firstIndex(
            of: extractor.equipment.fixed == nil ? extractor.equipment.column : "device")
        itemField = batch.names.firstIndex(of: "dataItem")
        deviceSlot = extractor.slots.firstIndex { $0.origin == .device }
        var names: [String] = []
        for slot in extractor.slots {
            if case .selector(let parts) = slot.origin { names += parts.map(\.column) }
        }
        var fields = [deviceField, itemField].compactMap { $0 }
        if itemField != nil { names.append("key") }
        for name in names {
            if let field = batch.names.firstIndex(of: name), !fields.contains(field) { fields.append(field) }
        }
        keyFields = fields
    }

    /// A document tells its data items in the same order again and again: what came behind the row before is tried first.
    mutating func choice(_ row: Int) -> Choice {
        if last >= 0, case let follower = choices[last].follower, follower >= 0,
            isSame(choices[follower].example, row)
        {
            last = follower
            return choices[follower]
        }
        let choice = found(row)
        if last >= 0 { choices[last].follower = choice.index }
        last = choice.index
        return choice
    }

    private mutating func found(_ row: Int) -> Choice {
        // FNV-1a over the deciding bytes, eight at a time; equal hashes are compared byte by byte.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for field in keyFields {
            hash = batch.bytes.span.extracting(batch.spans[row &* width &+ field].range).hashed(hash)
        }
        if let bucket = buckets[hash] {
            for index in bucket where isSame(choices[index].example, row) { return choices[index] }
        }
        let choice = decide(row)
        choice.index = choices.count
        choice.example = row
        buckets[hash, default: []].append(choice.index)
        choices.append(choice)
        return choice
    }

    /// What a row says of a condition; nil where it says that nothing is known.
    func report(_ row: Int, _ choice: Choice) -> ConditionReport? {
        guard let level = batch.text(row: row, field: choice.valueField), !level.isEmpty, level != "UNAVAILABLE" else {
            return nil
        }
        return ConditionReport(level: level, code: text("nativeCode", row), id: text("conditionId", row))
    }

    mutating func settle(_ choice: Choice, shadowed: String?) {
        choices[choice.index].isClaimed = true
        choices[choice.index].shadowed = shadowed
    }

    private func isSame(_ first: Int, _ second: Int) -> Bool {
        for field in keyFields {
            if !batch.hasSameBytes(first &* width &+ field, second &* width &+ field) { return false }
        }
        return true
    }

    private func decide(_ row: Int) -> Choice {
        let choice = Choice()
        for (index, slot) in slots.enumerated() {
            guard case .selector(let parts) = slot.origin else { continue }
            let missed = parts.filter { part in
                batch.names.firstIndex(of: part.column).map { batch.text(row: row, field: $0) ?? "" != part.value }
                    ?? true
            }
            if missed.isEmpty {
                if !slot.isNumber || !isNoCount(row, parts) { choice.slots.append(index) }
            } else if itemField != nil, missed.allSatisfy({ $0.column == "key" }), text("key", row).isEmpty {
                choice.entrySlots.append(index)
            }
        }
        if choice.slots.isEmpty, choice.entrySlots.isEmpty { return choice }
        choice.device = deviceField.flatMap { batch.text(row: row, field: $0) } ?? ""
        choice.item = itemField.flatMap { batch.text(row: row, field: $0) } ?? ""
        if let valueField {
            choice.valueField = valueField
        } else {
            choice.problem = "the rows have no column '\(valueColumn)'"
        }
        choice.entry = itemField == nil ? "" : text("key", row)
        // Without names of data items there is nothing to tell two of them apart by.
        if itemField == nil { choice.isClaimed = true }
        choice.isCondition =
            itemField != nil && text("category", row) == "CONDITION"
        return choice
    }

    /// Whether a number is how many pieces shall be made, where the selector asks for any number of pieces
    /// (MTConnect part 3, subTypes of PART_COUNT).
    private func isNoCount(_ row: Int, _ parts: [SlotSource.Selector]) -> Bool {
        if itemField == nil || parts.contains(where: { Self.naming.contains($0.column) }) { return false }
        return Self.targets.contains(text("subType", row))
    }

    private static let naming: Set<String> = ["subType", "dataItem", "name"]
    private static let targets: Set<String> = ["TARGET", "REMAINING"]

    private func text(_ name: String, _ row: Int) -> String {
        batch.names.firstIndex(of: name).flatMap { batch.text(row: row, field: $0) } ?? ""
    }
}

extension Span<UInt8> {
    /// `hash` with these bytes, and their number.
    fileprivate func hashed(_ hash: UInt64) -> UInt64 {
        let words = bytes
        var hash = hash
        var index = 0
        while index &+ 8 <= count {
            // Any eight bytes are a UInt64, and the load checks its bounds.
            hash = (hash ^ words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x100_0000_01b3
            // What is high in a product never comes down again by itself.
            hash ^= hash >> 32
            index &+= 8
        }
        while index < count {
            hash = (hash ^ UInt64(self[index])) &* 0x100_0000_01b3
            index &+= 1
        }
        return (hash ^ UInt64(truncatingIfNeeded: count)) &* 0x100_0000_01b3
    }
}
