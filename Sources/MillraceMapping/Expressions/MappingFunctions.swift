import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// Millrace's own functions in expressions; all begin with `$mr_`.
struct MappingFunctions {
    let context: MappingContext
    let tables: [String: LookupTable]
    let units: UnitNames

    /// All of them.
    var all: [JSONataFunction] { [local, lookup, convert, shift, productionDay] }

    /// The names, for suggestions.
    static let names = ["mr_local", "mr_lookup", "mr_convert", "mr_shift", "mr_production_day"]

    /// `$mr_local(time, zone, pattern)`: a time on the wall of a zone, with its offset, so that the hour that comes twice in
    /// autumn stays two hours. `zone` is `site`, `UTC` or an IANA name; without `pattern` it is ISO 8601.
    private var local: JSONataFunction {
        let context = context
        return JSONataFunction("mr_local", "<s-ss?:s>") { (arguments) throws(JSONataError) -> Value? in
            guard let text = arguments[0]?.text else { return nil }
            guard let instant = Instant(iso8601: text) else {
                throw JSONataError(code: "MR019", message: "$mr_local: '\(text.prefix(80))' is no time with an offset")
            }
            let zone = try Self.zone(arguments[1]?.text ?? "site", context)
            let pattern = arguments[2]?.text ?? "yyyy-MM-dd'T'HH:mm:ssXXX"
            do {
                return .string(try TimePattern(pattern).format(instant, zone: zone))
            } catch {
                throw JSONataError(code: "MR019", message: "$mr_local: \(error)")
            }
        }
    }

    /// Why there is no zone of that name; nil where there is one.
    func zoneFault(_ name: String) -> String? {
        do {
            _ = try Self.zone(name, context)
            return nil
        } catch {
            return error.message
        }
    }

    private static func zone(_ name: String, _ context: MappingContext) throws(JSONataError) -> Zone {
        if name == "site" { return context.zone }
        if name == "UTC" { return .utc }
        do {
            return try Zone(named: name, folder: context.zoneFolder)
        } catch {
            throw JSONataError(code: "MR019", message: "$mr_local: \(error)")
        }
    }

    /// `$mr_lookup(table, key, …)`: the row of a table of the mapping, its value where the table names one, else an object of
    /// its columns; nothing where there is no row, or a key has no value. A table with `many` gives a list of its rows.
    private var lookup: JSONataFunction {
        let tables = tables
        return JSONataFunction("mr_lookup", "<s(snb)+:x>") { (arguments) throws(JSONataError) -> Value? in
            guard let name = arguments.first??.text else { return nil }
            guard let table = tables[name] else {
                let known = tables.keys.sorted().joined(separator: ", ")
                throw JSONataError(
                    code: "MR013", message: "$mr_lookup: there is no table '\(name)'; the mapping has \(known)")
            }
            let given = arguments.count - 1
            guard given == table.keys.count else {
                let keys = table.keys.count == 1 ? "one key" : "\(table.keys.count) keys"
                throw JSONataError(
                    code: "MR014", message: "$mr_lookup: table '\(name)' has \(keys), and \(given) stand here")
            }
            let key = arguments.dropFirst().compactMap { $0?.plainText }
            // No row has a key that is nothing.
            guard key.count == given else { return nil }
            return table.answer(for: key, at: .distantFuture)
        }
    }

    /// `$mr_convert(amount, from, to)`: the amount in another unit, exactly where it has an end, else with at most 12 digits
    /// behind the point; the amount is a number or a text that is one.
    private var convert: JSONataFunction {
        let units = units
        return JSONataFunction("mr_convert", "<(sn)ss:n>") { (arguments) throws(JSONataError) -> Value? in
            guard let amount = arguments[0], let from = arguments[1]?.text, let to = arguments[2]?.text else {
                return nil
            }
            guard let exact = amount.decimal ?? amount.text.flatMap({ ExactDecimal($0) }) else {
                throw Self.fault("MR008", "convert", "'\(JSONWriter.text(amount).prefix(80))' is no number")
            }
            switch units.conversion(from: from, to: to) {
            case .failure(let fault): throw Self.fault("MR062", "convert", fault.description)
            case .success(let conversion):
                do throws(DecimalError) {
                    return .number(try conversion.nearest(exact))
                } catch {
                    throw Self.fault("MR062", "convert", "\(exact) \(from) cannot be turned into \(to), for \(error)")
                }
            }
        }
    }

    /// `$mr_shift(time, equipment)`: the name of the shift in which the time lies, `off` in none; by the equipment's area where it
    /// is given and has one.
    private var shift: JSONataFunction { calendar("shift") { .string($0.name) } }

    /// `$mr_production_day(time, equipment)`: the date of the production day in which the time lies.
    private var productionDay: JSONataFunction {
        calendar("production_day") { .string($0.productionDay.description) }
    }

    private func calendar(_ name: String, _ answer: @escaping @Sendable (ShiftSpan) -> Value) -> JSONataFunction {
        let calendar = context.calendar
        return JSONataFunction("mr_" + name, "<ss?:s>") { (arguments) throws(JSONataError) -> Value? in
            guard let text = arguments[0]?.text else { return nil }
            guard let instant = Instant(iso8601: text) else {
                throw Self.fault("MR019", name, "'\(text.prefix(80))' is no time with an offset")
            }
            guard let calendar else { throw Self.fault("MR024", name, "there is no calendar here") }
            let own = arguments[1]?.text.map { calendar.of($0) } ?? calendar
            return answer(own.span(at: instant))
        }
    }

    private static func fault(_ code: String, _ function: String, _ sentence: String) -> JSONataError {
        JSONataError(code: code, message: "$mr_\(function): \(sentence)")
    }
}

extension DiagnosticList {
    /// Reports arguments of Millrace's own functions that are written there and can never do: a table, zone, pattern or unit that
    /// there is not. What is calculated is known only when it runs.
    func checkArguments(
        of reference: JSONataReference, in node: MarkedNode, among tables: [String], _ functions: MappingFunctions
    ) {
        guard reference.kind == .function else { return }
        let written = reference.arguments
        func mark(_ argument: JSONataReference.Argument) -> SourceMark {
            MappingExpression.mark(argument.span, in: node, source(of: node.mark))
        }
        switch reference.name {
        case "mr_lookup":
            guard let table = written.first ?? nil, !tables.contains(table.text) else { return }
            error(
                .unknownName, at: mark(table),
                "there is no table '\(table.text)'\(Suggestion.ending(for: table.text, among: tables))")
        case "mr_local":
            if let zone = written.dropFirst().first ?? nil, let fault = functions.zoneFault(zone.text) {
                error(.time, at: mark(zone), fault)
            }
            if let pattern = written.dropFirst(2).first ?? nil {
                do { _ = try TimePattern(pattern.text) } catch { self.error(.time, at: mark(pattern), "\(error)") }
            }
        case "mr_convert":
            guard written.count == 3, let from = written[1], let to = written[2],
                case .failure(let fault) = functions.units.conversion(from: from.text, to: to.text)
            else { return }
            error(.unit, at: mark(from), fault.description)
        default: return
        }
    }
}
