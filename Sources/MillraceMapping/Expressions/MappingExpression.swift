import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML
import Synchronization

/// An expression of a mapping file, with its place in the file.
///
/// The same inputs give the same result always (RULES R19): `$now` and `$millis` are the end of the document's window, and
/// the limits count steps instead of asking a clock.
final class MappingExpression: Sendable {
    private let expression: JSONataExpression
    private let environment: JSONataEnvironment
    private let node: MarkedNode
    private let source: SourceText
    /// Compiled when it is first needed; one thread at a time evaluates.
    private let evaluator = Mutex<Ready?>(nil)
    private let moment: Moment

    /// The compiled expression with the variables that were ever set.
    private struct Ready {
        let evaluator: JSONataEvaluator
        var variables: Set<String>
    }

    /// The instant that expressions see, and the steps they have made.
    private final class Moment: Sendable {
        let millis = Atomic<Int64>(0)
        let looks = Atomic<Int>(0)
    }

    /// Begins a name of a value of `let` among the inputs.
    static let variableMark = "$"

    /// - Shape: with `readsNumerals` a text that is a number stands for it, as in all that reads signals.
    init(
        _ expression: JSONataExpression, functions: [JSONataFunction], node: MarkedNode, source: SourceText,
        readsNumerals: Bool = false, watch: MappingWatch? = nil
    ) {
        let moment = Moment()
        var environment = JSONataEnvironment(
            limits: JSONataLimits(depth: 500, time: .seconds(10), sequence: 1_000_000, allowsEval: false),
            now: { moment.millis.load(ordering: .relaxed) }, random: { 0.5 },
            // A look at the clock comes after a thousand steps; each counts as a millisecond.
            elapsed: { .milliseconds(moment.looks.add(1, ordering: .relaxed).newValue) })
        environment.functions = functions
        environment.readsNumerals = readsNumerals
        if let watch {
            environment.onChoice = { span, isFirst in
                watch.note(.choice(Self.mark(span, in: node, source), isFirst))
            }
        }
        (self.expression, self.environment, self.node, self.source) = (expression, environment, node, source)
        self.moment = moment
    }

    /// The inputs and values of `let` that it names, each once.
    var names: [String] {
        var names: [String] = []
        for reference in expression.references where [.input, .variable].contains(reference.kind) {
            let name = reference.kind == .variable ? Self.variableMark + reference.name : reference.name
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The result for a document's inputs; nil where there is none.
    ///
    /// - Throws: `MappingFault` with the code `expression` and the place inside the expression.
    func value(_ inputs: ValueObject, of name: String) throws(MappingFault) -> Value? {
        let end = (inputs["end"] ?? inputs["start"])?.text.flatMap { Instant(iso8601: $0) }
        return try value(ExpressionInputs(inputs), at: end, of: "field '\(name)'", field: name)
    }

    /// The result; nil where there is none. `$now()` is the instant.
    func value(
        _ inputs: ExpressionInputs, at instant: Instant?, of what: String, field: String? = nil
    ) throws(MappingFault) -> Value? {
        try value(over: .object(inputs.plain), inputs.variables, at: instant, of: what, field: field)
    }

    /// The result over any value; nil where there is none.
    func value(
        over context: Value, _ variables: [(name: String, value: Value?)], at instant: Instant?, of what: String,
        field: String? = nil
    ) throws(MappingFault) -> Value? {
        do throws(JSONataError) {
            return try evaluator.withLock { (state) throws(JSONataError) -> Value? in
                if let instant { moment.millis.store(instant.microseconds / 1_000, ordering: .relaxed) }
                var ready: Ready
                if let known = state {
                    ready = known
                } else {
                    ready = Ready(evaluator: try expression.evaluator(in: environment), variables: [])
                }
                // A value that there is not this time must not be that of the time before.
                for name in ready.variables where !variables.contains(where: { $0.name == name }) {
                    ready.evaluator.set(name, nil)
                }
                for (name, value) in variables {
                    ready.evaluator.set(name, value)
                    if !ready.variables.contains(name) { ready.variables.insert(name) }
                }
                state = ready
                return try ready.evaluator.evaluate(context)
            }
        } catch {
            throw MappingFault(
                field: field ?? what, code: "expression", sentence: "\(what): \(error.message) (\(error.code))",
                place: place(error.span))
        }
    }

    /// Whether the value is taken for true, as the language does.
    static func isTrue(_ value: Value?) -> Bool {
        switch value {
        case nil, .null: false
        case .bool(let flag): flag
        case .number(let number): !number.isZero
        case .numeral(let text): Double(text) != 0
        case .string(let text): !text.isEmpty
        case .array(let items): items.contains { isTrue($0) }
        case .object(let object): !object.isEmpty
        }
    }

    private func place(_ span: Range<Int>?) -> String {
        let mark = Self.mark(span, in: node, source)
        return "\(source.file):\(mark.line):\(mark.column)"
    }

    /// The place in the file of a place in the expression.
    static func mark(_ span: Range<Int>?, in node: MarkedNode, _ source: SourceText) -> SourceMark {
        guard let span, let text = node.text else { return node.mark }
        // The end of the expression is the end of what is written, not the line break behind it.
        let written = Array(text.utf8.reversed().drop { $0 == 0x0A || $0 == 0x20 }.reversed())
        let before = String(decoding: written.prefix(span.lowerBound), as: UTF8.self)
        return node.mark(at: before.unicodeScalars.count, in: source)
    }
}

/// What an expression knows: the members of its context, and the values of `let`.
struct ExpressionInputs {
    private(set) var plain = ValueObject()
    private(set) var variables: [(name: String, value: Value?)] = []

    init() {}

    /// The inputs of a document; names with dots can be reached in both ways, as one name and step by step.
    init(_ inputs: ValueObject) {
        for (key, value) in inputs {
            if key.hasPrefix(MappingExpression.variableMark) {
                variables.append((String(key.dropFirst()), value))
            } else {
                plain.append(key, value)
            }
        }
        for key in inputs.keys where key.utf8.contains(UInt8(ascii: ".")) && !key.hasPrefix("$") {
            add(inputs[key], at: key.split(separator: ".").map(String.init))
        }
    }

    /// Adds a value under the names between the dots; a name that begins with `$` is a variable.
    mutating func add(_ value: Value?, at parts: [String]) {
        guard let first = parts.first else { return }
        if first.hasPrefix(MappingExpression.variableMark) {
            variables.append((String(first.dropFirst()), value))
        } else if let value {
            plain = Self.adding(value, at: parts[...], to: plain)
        }
    }

    private static func adding(_ value: Value, at parts: ArraySlice<String>, to object: ValueObject) -> ValueObject {
        guard let first = parts.first else { return object }
        var object = object
        let rest = parts.dropFirst()
        if rest.isEmpty {
            object[first] = value
        } else {
            object[first] = .object(adding(value, at: rest, to: object[first]?.object ?? ValueObject()))
        }
        return object
    }
}

extension DiagnosticList {
    /// Reads the expression that a node holds; nil, and reported at its place inside the node, where it cannot be read.
    func expression(_ node: MarkedNode, what: String) -> JSONataExpression? {
        guard let text = text(node, what: what) else { return nil }
        do throws(JSONataError) {
            return try JSONataExpression(text)
        } catch {
            let mark = MappingExpression.mark(error.span, in: node, source(of: node.mark))
            self.error(.expression, at: mark, "\(what): \(error.message) (\(error.code))")
            return nil
        }
    }
}
