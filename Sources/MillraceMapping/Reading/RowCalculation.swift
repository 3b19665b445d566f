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
                frame.values[used] = calculation.hasComma ? Self.withoutComma(value) : value
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

    /// A text that is a number with a comma as that number; everything else as it is.
    private static func withoutComma(_ value: Value) -> Value {
        guard case .string(let text) = value, text.utf8.contains(UInt8(ascii: ",")) else { return value }
        let bytes = Array(text.utf8)
        return ExactDecimal(bytes.span, decimalMark: 0x2C).map(Value.number) ?? value
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
