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
    /// An object for each item of a list.
    case each(ListField)
}

/// A field that is made from an input.
struct InputField: Sendable {
    /// The field with its parents, for faults.
    let name: String
    /// `file:line:column` of the rule.
    let place: String
    let paths: [String]
    /// The table that gives its value for them.
    let table: LookupTable?
    let missing: MissingPolicy
    let type: FieldType
    /// From the unit of the amount to the one that is asked for; nil where none is.
    let conversion: UnitConversion?
    /// What the value is calculated with, in the place of paths; nil where it comes from an input.
    var expression: MappingExpression?
    /// Whether a null is sent as it is.
    var keepsNull = false
    /// Is told where the value was missing; nil in runs.
    var watch: MappingWatch?

    func value(_ inputs: ValueObject) throws(MappingFault) -> Value? {
        if let expression {
            let value = try expression.value(inputs, of: name)
            if keepsNull, value == .null { return .null }
            guard let value, value != .null else {
                return try absent("missing-value", "field '\(name)': its expression has no value")
            }
            return try typed(value)
        }
        var values: [Value] = []
        for path in paths {
            let value = DocumentInputs.found(path, in: inputs)
            if keepsNull, value == .null { return .null }
            guard let value, value != .null else {
                return try absent("missing-value", "field '\(name)': '\(path)' has no value")
            }
            values.append(value)
        }
        guard let table else { return try values.first.map { value throws(MappingFault) in try typed(value) } }
        let key = values.compactMap(\.plainText)
        let instant = DocumentInputs.value("start", in: inputs)?.text.flatMap { Instant(iso8601: $0) } ?? .distantFuture
        guard let answer = table.answer(for: key, at: instant) else {
            return try absent(
                "missing-row",
                "field '\(name)': table '\(table.name)' has no row for \(key.joined(separator: ", ")); add it, then queue remap"
            )
        }
        return try typed(answer)
    }

    private func absent(_ code: String, _ sentence: String) throws(MappingFault) -> Value? {
        watch?.note(.missing(field: name))
        switch missing {
        case .none: return nil
        case .value(let text): return try typed(.string(text), isFallback: true)
        case .park, .hold: throw fault(code, sentence)
        }
    }

    /// The value as the field's type writes it.
    func typed(_ value: Value, isFallback: Bool = false) throws(MappingFault) -> Value {
        switch type {
        case .asItIs: return value
        case .array: return value.array == nil ? .array([value]) : value
        case .string(let rule):
            guard let text = value.plainText else { throw wrongType("a text", value) }
            if let shaped = rule.applied(to: text) { return .string(shaped) }
            throw fault(
                "too-long", "field '\(name)': '\(text.prefix(80))' is longer than \(rule.atMost ?? 0) characters")
        case .boolean(let words):
            if case .bool = value { return value }
            if let flag = value.plainText.flatMap({ words.flag($0) }) { return .bool(flag) }
            throw wrongType(words.inWords, value)
        case .time(let pattern, let zone): return try time(value, pattern, zone)
        case .decimal(let digits, let scale, let rounding):
            return try decimal(value, digits, scale, rounding, conversion: isFallback ? nil : conversion)
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
        _ value: Value, _ digits: Int, _ scale: Int?, _ rounding: Rounding, conversion: UnitConversion?
    ) throws(MappingFault) -> Value {
        guard let exact = value.decimal ?? value.text.flatMap({ ExactDecimal($0) }) else {
            throw wrongType("a number", value)
        }
        var number = exact
        do throws(DecimalError) {
            if let conversion {
                if let scale {
                    number = try conversion.converted(exact, scale: scale, rounding: rounding)
                } else {
                    number = try conversion.exact(exact)
                }
            }
            if let scale { number = try number.rounded(scale: scale, rule: rounding) }
        } catch {
            let code = error == .tooLarge ? "too-large" : "needs-rounding"
            throw fault(code, "field '\(name)': \(exact) cannot be written, for \(error)")
        }
        let allowed = digits - (scale ?? 0)
        if let integer = number.integer, integer >= 0,
            let text = Self.plain(integer, digits: allowed, scale: scale ?? 0)
        {
            return text
        }
        let text = number.text(scale: scale ?? 0)
        let whole = text.split(separator: ".").first?.utf8.count { $0 >= 0x30 && $0 <= 0x39 } ?? 0
        if whole > allowed, !(whole == 1 && number.magnitude < .one) {
            throw fault(
                "too-large",
                "field '\(name)': \(text) has more than \(allowed) digits before the point, which 'digits' allows")
        }
        return text == number.description ? .number(number) : .numeral(text)
    }

    /// A whole number with its zeros behind the point; nil where it has too many digits.
    private static func plain(_ integer: Int64, digits: Int, scale: Int) -> Value? {
        var (count, power) = (1, integer)
        while power >= 10 {
            power /= 10
            count += 1
        }
        if count > digits { return nil }
        if scale == 0 { return .number(ExactDecimal(integer)) }
        guard scale < zeros.count else { return nil }
        return .numeral(String(integer) + zeros[scale])
    }

    /// Nothing behind the point, by scale.
    private static let zeros = (0...18).map { "." + String(repeating: "0", count: $0) }

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
    case boolean(BooleanWords)
    case array
}
