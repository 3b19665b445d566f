import MillraceCore
import MillraceValues
import MillraceYAML

/// An amount that is calculated from what a row itself says.
///
/// It knows nothing of the rows before, so that rows in any order and any batches give the same (RULES R6, R19, R28).
struct RowCalculation: Sendable {
    /// The field, for faults.
    let field: String
    /// `file:line:column` of the expression.
    let place: String
    let value: SignalValue
    /// Whether texts of the row have a decimal comma.
    let hasComma: Bool
    /// Whether a reading that does not set the signal says nothing of the amount, as an agent's readings of other signals.
    let needsSignal: Bool

    /// The amount of a row, nil where the expression has no value, or why there is none.
    func result(_ frame: SignalFrame) -> Result<ExactDecimal?, MappingFault> {
        var found: Value?
        do throws(MappingFault) {
            found = try value.evaluated(frame)
        } catch {
            return .failure(error)
        }
        guard let found else { return .success(nil) }
        if let amount = Self.amount(found) { return .success(amount) }
        return .failure(
            MappingFault(
                field: field, code: "wrong-type",
                sentence: "field '\(field)': '\(JSONWriter.text(found).prefix(80))' is no number", place: place))
    }

    /// The most digits that a calculated number has: what is behind them is the noise of binary fractions.
    static let digits = 15

    /// The result as an exact decimal, cut to the digits that a calculation has; nil where it is no number.
    static func amount(_ value: Value) -> ExactDecimal? {
        guard let number = value.decimal ?? value.text.flatMap({ ExactDecimal($0) }) else { return nil }
        let length = String(number.coefficient.magnitude).utf8.count
        if length <= digits || number.exponent >= 0 { return number }
        let scale = max(0, -Int(number.exponent) - (length - digits))
        do { return try number.rounded(scale: scale, rule: .halfEven) } catch { return number }
    }
}

extension SlotSource {
    /// Where the slot's value stands in the row of a test, which names signals.
    func testOrigin(equipment: String) -> Origin {
        switch origin {
        case .device: .column(equipment)
        case .interval: origin
        case .calculated: origin
        case .column, .selector: .column(name)
        }
    }
}

extension SamplePass {
    /// Sets the calculated slots of a row whose other slots are set; false where the row was set aside.
    mutating func calculate(
        _ row: Int, from start: Int, _ instant: Instant, _ equipment: Int32, setsNumber: inout Bool
    ) -> Bool {
        let count = extractor.slots.count
        for (index, slot) in extractor.slots.enumerated() {
            guard case .calculated(let number) = slot.origin else { continue }
            let calculation = extractor.calculations[number]
            if calculation.needsSignal, !calculation.value.slots.contains(where: { isSet(start + $0) }) { continue }
            var frame = SignalFrame(
                values: Array(repeating: nil, count: count), instant: instant, equipment: table.names[Int(equipment)])
            for used in calculation.value.slots where used < count {
                guard case .value(let value) = out.updates[start + used] else { continue }
                guard calculation.hasComma else {
                    frame.values[used] = value
                    continue
                }
                guard let read = Self.withoutComma(value) else {
                    let name = extractor.slots[used].name
                    let text = value.text ?? ""
                    reject(row, field: name, "'\(text.prefix(60))' in '\(name)' is no number\(Self.parted(text))")
                    out.updates.removeSubrange(start...)
                    return false
                }
                frame.values[used] = read
            }
            switch calculation.result(frame) {
            case .success(nil): continue
            case .success(let amount?):
                if let update = slot.conversion < 0 ? .value(.number(amount)) : converted(amount, slot, row) {
                    out.updates[start + index] = update
                    setsNumber = true
                    continue
                }
            case .failure(let fault): reject(row, field: calculation.field, fault.description)
            }
            out.updates.removeSubrange(start...)
            return false
        }
        return true
    }

    private func isSet(_ update: Int) -> Bool {
        if case .value = out.updates[update] { return true }
        return false
    }

    /// A text that is a number with a comma as that number; nil where a dot in it parts thousands, or would be taken for a
    /// comma; everything else as it is.
    private static func withoutComma(_ value: Value) -> Value? {
        guard case .string(let text) = value else { return value }
        if text.utf8.contains(UInt8(ascii: ".")) {
            if ExactDecimal(text) != nil || isParted(text) { return Value?.none }
            return value
        }
        guard text.utf8.contains(UInt8(ascii: ",")) else { return value }
        let bytes = Array(text.utf8)
        return ExactDecimal(bytes.span, decimalMark: 0x2C).map(Value.number) ?? value
    }

    /// What to do about a number with a dot where the comma is the decimal mark; empty where the text is none.
    static func parted(_ text: String) -> String {
        guard ExactDecimal(text) != nil || isParted(text) else { return "" }
        return
            " with a decimal comma, for a dot may part thousands; let the source write none, or take the dots out by an "
            + "expression without 'decimal-comma'"
    }

    /// Whether dots part the thousands of a number: `1.234,50`, `-1.234.567`.
    private static func isParted(_ text: String) -> Bool {
        let unsigned = text.drop { "+-".contains($0) }
        let halves = unsigned.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        let groups = (halves.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let isDigits = { (part: Substring) in !part.isEmpty && part.utf8.allSatisfy { $0 &- 0x30 < 10 } }
        guard groups.count > 1, groups.allSatisfy(isDigits), halves.dropFirst().allSatisfy(isDigits) else {
            return false
        }
        return groups[0].count <= 3 && groups.dropFirst().allSatisfy { $0.count == 3 }
    }
}

extension ReadingMappingCompiler {
    /// The slot of an amount that an expression makes of a row; nil, and reported, where it cannot.
    func calculated(_ node: MarkedNode, _ field: String, hasComma: Bool) -> Int? {
        guard let value = signalValue(node, what: "field '\(field)'") else { return nil }
        let signals = value.slots.filter { scope.slots[$0].origin != .device }
        if scope.declared != nil, signals.count != 1 {
            let names =
                signals.isEmpty
                ? "no signal" : signals.sorted().map { "'\(scope.slots[$0].name)'" }.joined(separator: " and ")
            faults.error(
                .contradiction, at: node.mark,
                "field '\(field)' is calculated from \(names), and a reading says one signal alone; count each for itself"
            )
            return nil
        }
        calculations.append(
            RowCalculation(
                field: field, place: faults.place(node.mark), value: value, hasComma: hasComma,
                needsSignal: scope.declared != nil))
        return scope.calculatedSlot("\(field) by \(node.text ?? "")", calculations.count - 1)
    }
}
