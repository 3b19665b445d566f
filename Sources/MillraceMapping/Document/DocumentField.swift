import MillraceCore
import MillraceValues

/// A field of a document's body, compiled.
indirect enum DocumentField: Sendable {
    /// Always the same.
    case literal(Value)
    /// A nested object.
    case object([(name: String, field: DocumentField)])
    /// Objects one after the other.
    case list([[(name: String, field: DocumentField)]])
    /// From an input.
    case input(InputField)
}

/// A field that is made from an input.
struct InputField: Sendable {
    /// The field with its parents, for faults.
    let name: String
    /// `file:line:column` of the rule.
    let place: String
    let paths: [String]
    let table: (table: LookupTable, column: Int)?
    let missing: MissingPolicy
    let type: FieldType
    /// Seconds in the unit that a duration is turned into; nil where no unit is asked for.
    let divisor: Int64?
    /// What the value is calculated with, in the place of paths; nil where it comes from an input.
    var expression: MappingExpression?

    func value(_ inputs: ValueObject) throws(MappingFault) -> Value? {
        if let expression {
            guard let value = try expression.value(inputs, of: name) else {
                return try absent("missing-value", "field '\(name)': its expression has no value")
            }
            return try typed(value)
        }
        var values: [Value] = []
        for path in paths {
            guard let value = DocumentInputs.value(path, in: inputs) else {
                return try absent("missing-value", "field '\(name)': '\(path)' has no value")
            }
            values.append(value)
        }
        guard let table else { return try values.first.map { value throws(MappingFault) in try typed(value) } }
        let key = values.compactMap(\.plainText)
        let instant = DocumentInputs.value("start", in: inputs)?.text.flatMap { Instant(iso8601: $0) } ?? .distantFuture
        guard let row = table.table.row(for: key, at: instant) else {
            return try absent(
                "missing-row",
                "field '\(name)': table '\(table.table.name)' has no row for \(key.joined(separator: ", ")); add it, then queue remap"
            )
        }
        return try typed(.string(row.values[table.column]))
    }

    private func absent(_ code: String, _ sentence: String) throws(MappingFault) -> Value? {
        switch missing {
        case .none: return nil
        case .value(let text): return try typed(.string(text), isFallback: true)
        case .park, .hold: throw fault(code, sentence)
        }
    }

    private func typed(_ value: Value, isFallback: Bool = false) throws(MappingFault) -> Value {
        switch type {
        case .asItIs: return value
        case .array: return value.array == nil ? .array([value]) : value
        case .string(let rule):
            guard let text = value.plainText else { throw wrongType("a text", value) }
            if let shaped = rule.applied(to: text) { return .string(shaped) }
            throw fault(
                "too-long", "field '\(name)': '\(text.prefix(80))' is longer than \(rule.atMost ?? 0) characters")
        case .boolean:
            if case .bool = value { return value }
            switch value.plainText {
            case "true", "1": return .bool(true)
            case "false", "0": return .bool(false)
            default: throw wrongType("true or false", value)
            }
        case .time(let pattern, let zone): return try time(value, pattern, zone)
        case .decimal(let digits, let scale, let rounding):
            return try decimal(value, digits, scale, rounding, divisor: isFallback ? nil : divisor)
        }
    }

    private func time(_ value: Value, _ pattern: TimePattern?, _ zone: Zone) throws(MappingFault) -> Value {
        guard let text = value.text else { throw wrongType("a time", value) }
        // A date has no zone of its own: it is the day on the wall of the zone that is asked for.
        guard let instant = Instant(iso8601: text) ?? CivilDate(text).map({ zone.border(CivilTime(date: $0)) }) else {
            throw wrongType("a time", value)
        }
        return .string(pattern?.format(instant, zone: zone) ?? instant.iso8601)
    }

    private func decimal(
        _ value: Value, _ digits: Int, _ scale: Int?, _ rounding: Rounding, divisor: Int64?
    ) throws(MappingFault) -> Value {
        guard let exact = value.decimal ?? value.text.flatMap({ ExactDecimal($0) }) else {
            throw wrongType("a number", value)
        }
        var number = exact
        do throws(DecimalError) {
            if let divisor, divisor > 1 {
                number = try exact.divided(by: divisor, scale: scale ?? 0, rounding: rounding)
            }
            if let scale { number = try number.rounded(scale: scale, rule: rounding) }
        } catch {
            let code = error == .tooLarge ? "too-large" : "needs-rounding"
            throw fault(code, "field '\(name)': \(exact) cannot be written, for \(error)")
        }
        let text = number.text(scale: scale ?? 0)
        let whole = text.split(separator: ".").first?.utf8.count { $0 >= 0x30 && $0 <= 0x39 } ?? 0
        let allowed = digits - (scale ?? 0)
        if whole > allowed, !(whole == 1 && number.magnitude < .one) {
            throw fault(
                "too-large",
                "field '\(name)': \(text) has more than \(allowed) digits before the point, which 'digits' allows")
        }
        return text == number.description ? .number(number) : .numeral(text)
    }

    private func wrongType(_ what: String, _ value: Value) -> MappingFault {
        fault("wrong-type", "field '\(name)': '\(JSONWriter.text(value).prefix(80))' is not \(what)")
    }

    private func fault(_ code: String, _ sentence: String) -> MappingFault {
        MappingFault(field: name, code: code, sentence: sentence, place: place)
    }
}

/// What a value is turned into.
enum FieldType: Sendable {
    case asItIs
    case string(TextRule)
    /// `integer` is a decimal of scale 0.
    case decimal(digits: Int, scale: Int?, rounding: Rounding)
    case time(TimePattern?, Zone)
    case boolean
    case array
}

extension ExactDecimal {
    /// This number divided by a whole one, with `scale` digits behind the point.
    ///
    /// - Throws: `DecimalError.needsRounding` under `.refuse` where the division leaves a rest.
    func divided(by divisor: Int64, scale: Int, rounding: Rounding) throws(DecimalError) -> ExactDecimal {
        // coefficient × 10^(exponent + scale) / divisor, as one fraction of whole numbers.
        var (numerator, denominator) = (Int128(coefficient), Int128(divisor))
        let shift = Int(exponent) + scale
        guard abs(shift) <= 18 else { throw .tooLarge }
        for _ in 0..<abs(shift) { if shift > 0 { numerator *= 10 } else { denominator *= 10 } }
        let (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        var quotient = whole
        if rest != 0 {
            let twice = rest.magnitude * 2
            let away: Bool
            switch rounding {
            case .refuse: throw .needsRounding(scale: scale)
            case .down: away = false
            case .halfUp: away = twice >= denominator.magnitude
            case .halfEven:
                away = twice > denominator.magnitude || (twice == denominator.magnitude && quotient % 2 != 0)
            }
            if away { quotient += numerator < 0 ? -1 : 1 }
        }
        guard let digits = Int64(exactly: quotient), let result = ExactDecimal(coefficient: digits, exponent: -scale)
        else {
            throw .tooLarge
        }
        return result
    }
}
