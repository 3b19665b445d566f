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
    private let evaluator = Mutex<JSONataEvaluator?>(nil)
    private let moment: Moment

    /// The instant that expressions see, and the steps they have made.
    private final class Moment: Sendable {
        let millis = Atomic<Int64>(0)
        let looks = Atomic<Int>(0)
    }

    /// Begins a name of a value of `let` among the inputs.
    static let variableMark = "$"

    init(_ expression: JSONataExpression, functions: [JSONataFunction], node: MarkedNode, source: SourceText) {
        let moment = Moment()
        var environment = JSONataEnvironment(
            limits: JSONataLimits(depth: 500, time: .seconds(10), sequence: 1_000_000, allowsEval: false),
            now: { moment.millis.load(ordering: .relaxed) }, random: { 0.5 },
            // A look at the clock comes after a thousand steps; each counts as a millisecond.
            elapsed: { .milliseconds(moment.looks.add(1, ordering: .relaxed).newValue) })
        environment.functions = functions
        (self.expression, self.environment, self.node, self.source) = (expression, environment, node, source)
        self.moment = moment
    }

    /// The result for these inputs; nil where there is none, or null.
    ///
    /// - Throws: `MappingFault` with the code `expression` and the place inside the expression.
    func value(_ inputs: ValueObject, of name: String) throws(MappingFault) -> Value? {
        if let end = (inputs["end"] ?? inputs["start"])?.text.flatMap({ Instant(iso8601: $0) }) {
            moment.millis.store(end.microseconds / 1_000, ordering: .relaxed)
        }
        var plain = ValueObject()
        var variables: [(String, Value)] = []
        for (key, value) in inputs {
            if key.hasPrefix(Self.variableMark) {
                variables.append((String(key.dropFirst()), value))
            } else {
                plain.append(key, value)
            }
        }
        let (input, bound) = (Value.object(plain), variables)
        do throws(JSONataError) {
            let result = try evaluator.withLock { (state) throws(JSONataError) -> Value? in
                let ready: JSONataEvaluator
                if let known = state { ready = known } else { ready = try expression.evaluator(in: environment) }
                state = ready
                for (name, value) in bound { ready.set(name, value) }
                return try ready.evaluate(input)
            }
            return result == .null ? nil : result
        } catch {
            throw MappingFault(
                field: name, code: "expression", sentence: "field '\(name)': \(error.message) (\(error.code))",
                place: place(error.span))
        }
    }

    /// Whether the result for these inputs is taken for true; nothing is false.
    func holds(_ inputs: ValueObject) throws(MappingFault) -> Bool {
        guard let value = try value(inputs, of: "checks") else { return false }
        switch value {
        case .null: return false
        case .bool(let flag): return flag
        case .number(let number): return !number.isZero
        case .numeral(let text): return Double(text) != 0
        case .string(let text): return !text.isEmpty
        case .array(let items): return !items.isEmpty
        case .object(let object): return !object.isEmpty
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
