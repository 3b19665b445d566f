// Hot path: the counts of a night are written and read here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// First revisions of plain counts, many in one row of `fact_blocks`, in the order of recording.
///
/// Nearly all facts are counts that are told once and never change. Each as a row of its own, with its index entry, cost more
/// than reading and counting what it rests on; as a block they take a sixth of the room as well. Everything else is a row of `facts`:
/// downtime, increments that are added to, later revisions, and what waits for an order or a decision.
///
/// - Shape: a `CompactWriter`'s block: version 1, the number of facts, then each fact with its differences to the one before;
///   a text is written where it is first used, and named by its index afterwards.
struct FactBlockWriter {
    private var out = CompactWriter(capacity: 4096)
    private var texts: [String: UInt64] = [:]
    private var before = Before()
    private(set) var count = 0
    private(set) var firstStart = Instant.distantFuture
    private(set) var lastStart = Instant.distantPast

    /// What the next fact is told apart from.
    struct Before {
        var start: Int64 = 0
        var day = 0
        var position: Int64 = 0
    }

    /// Whether the fact may stand in a block.
    static func holds(_ fact: ProductionCount) -> Bool {
        fact.standing == .counted && fact.pieces.isEmpty && fact.rule.isEmpty
    }

    /// Adds a fact; `version`, `first` and `last` are the numbers of its mapping's version and its sources.
    mutating func add(_ fact: ProductionCount, version: Int64, first: Int64, last: Int64) {
        count += 1
        firstStart = min(firstStart, fact.start)
        lastStart = max(lastStart, fact.start)
        out.put(UInt64(bitPattern: version))
        put(fact.equipment)
        out.put(signed: fact.start.microseconds &- before.start)
        out.put(signed: fact.end.microseconds &- fact.start.microseconds)
        for text in [fact.order, fact.operation, fact.material] { put(text) }
        put(fact.shift)
        out.put(signed: Int64(fact.productionDay.daysSince1970 - before.day))
        for amount in [fact.amounts.good, fact.amounts.scrap, fact.amounts.rework] { put(amount) }
        out.put(UInt64(fact.marks.count))
        for mark in fact.marks.sorted(by: { $0.rawValue < $1.rawValue }) { put(mark.rawValue) }
        out.put(UInt64(bitPattern: first))
        out.put(signed: fact.first.position &- before.position)
        out.put(UInt64(bitPattern: last))
        out.put(signed: fact.last.position &- fact.first.position)
        before = Before(
            start: fact.start.microseconds, day: fact.productionDay.daysSince1970, position: fact.first.position)
    }

    /// The block.
    func block() -> [UInt8] {
        var head = CompactWriter(capacity: out.bytes.count + 8)
        head.put(1)
        head.put(UInt64(count))
        head.put(out.bytes[...])
        return head.bytes
    }

    private mutating func put(_ text: String?) {
        if let text { put(text) } else { out.put(0) }
    }

    /// 0 for nothing, 1 and the text where it is new, else its index + 2.
    private mutating func put(_ text: String) {
        if let known = texts[text] { return out.put(known) }
        texts[text] = UInt64(texts.count) + 2
        out.put(1)
        out.put(text: text)
    }

    /// The whole number and 0, or its coefficient and its exponent.
    private mutating func put(_ amount: ExactDecimal) {
        out.put(signed: amount.coefficient)
        if amount.coefficient != 0 { out.put(signed: Int64(amount.exponent)) }
    }
}

/// The facts of a block.
struct FactBlockReader {
    private var input: CompactReader
    private var texts: [String] = []
    private var before = FactBlockWriter.Before()
    /// The texts behind the numbers of versions and sources.
    private let names: any FactNames

    init(_ block: [UInt8], names: any FactNames) {
        input = CompactReader(block)
        self.names = names
    }

    /// All of them; the first has the number `id`.
    ///
    /// - Throws: `StoreError.corrupt` where the bytes are not what the writer wrote.
    mutating func facts(from id: Int64) throws -> [FactRevision] {
        do {
            guard try input.number() == 1 else { throw CompactError() }
            let count = try input.count()
            var facts: [FactRevision] = []
            facts.reserveCapacity(count)
            for number in 0..<count {
                let fact = try fact()
                facts.append(
                    FactRevision(id: id + Int64(number), fact: .count(fact), revision: 1, change: fact.amounts))
            }
            return facts
        } catch is CompactError {
            throw StoreError.corrupt("a block of facts is damaged; restore the store from its backup")
        }
    }

    private mutating func fact() throws -> ProductionCount {
        let version = try names.version(Int64(bitPattern: try input.number()))
        let equipment = try text() ?? ""
        let start = before.start &+ (try input.signed())
        let end = start &+ (try input.signed())
        let (order, operation, material) = (try text(), try text(), try text())
        let shift = try text() ?? ""
        let day = before.day + Int(clamping: try input.signed())
        let amounts = Amounts(good: try amount(), scrap: try amount(), rework: try amount())
        var marks: Set<FactMark> = []
        for _ in 0..<(try input.count()) {
            guard let mark = FactMark(rawValue: try text() ?? "") else { throw CompactError() }
            marks.insert(mark)
        }
        let first = try names.source(Int64(bitPattern: try input.number()))
        let position = before.position &+ (try input.signed())
        let last = try names.source(Int64(bitPattern: try input.number()))
        let lastPosition = position &+ (try input.signed())
        before = FactBlockWriter.Before(start: start, day: day, position: position)
        return ProductionCount(
            mapping: version.mapping, version: version.version, equipment: equipment,
            start: Instant(microseconds: start), end: Instant(microseconds: end), order: order, operation: operation,
            material: material, shift: shift, productionDay: CivilDate(daysSince1970: day), standing: .counted,
            rule: "",
            amounts: amounts, marks: marks, first: Place(source: first, position: position),
            last: Place(source: last, position: lastPosition), pieces: [])
    }

    private mutating func text() throws -> String? {
        let number = try input.number()
        if number == 0 { return nil }
        if number == 1 {
            let text = try input.text()
            texts.append(text)
            return text
        }
        guard let index = Int(exactly: number - 2), index < texts.count else { throw CompactError() }
        return texts[index]
    }

    private mutating func amount() throws -> ExactDecimal {
        let coefficient = try input.signed()
        if coefficient == 0 { return .zero }
        guard let amount = ExactDecimal(coefficient: coefficient, exponent: Int(clamping: try input.signed())) else {
            throw CompactError()
        }
        return amount
    }
}

/// Gives the texts behind numbers of sources and versions.
protocol FactNames {
    /// The source of that number.
    func source(_ number: Int64) throws -> String
    /// The mapping and version of that number.
    func version(_ number: Int64) throws -> (mapping: MappingName, version: String)
}
