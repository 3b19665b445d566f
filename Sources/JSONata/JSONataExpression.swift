public import MillraceValues

/// An expression of JSONata, the query and transformation language, at the level of jsonata-js 2.2.2.
///
/// ```swift
/// let expression = try JSONataExpression("$sum(orders.(price * quantity))")
/// let environment = JSONataEnvironment(now: { 0 }, random: { 0.5 }, elapsed: { .zero })
/// let evaluator = try expression.evaluator(in: environment)
/// let total = try evaluator.evaluate(input)
/// ```
///
/// An expression is only its text, known to be readable, and may be shared. An evaluator holds the compiled form and
/// belongs to one thread at a time; making one costs about as much as reading the expression.
///
/// Where this engine differs from the language's origin, on purpose: numbers that are only copied keep their digits,
/// members keep their order also where their names look like numbers, half a surrogate pair becomes U+FFFD, and what an
/// expression may cost is limited.
public struct JSONataExpression: Sendable, Equatable {
    /// The text as it was written.
    public let text: String

    /// Reads an expression.
    ///
    /// - Throws: the first fault, with its place as UTF-8 offsets.
    public init(_ text: String) throws(JSONataError) {
        _ = try Resolver.resolve(try Parser.parse(text))
        self.text = text
    }

    /// Compiles it for evaluations in an environment.
    ///
    /// - Throws: what only compiling finds, such as a regular expression that cannot be read.
    public func evaluator(in environment: JSONataEnvironment) throws(JSONataError) -> JSONataEvaluator {
        try JSONataEvaluator(text, environment)
    }
}

/// A compiled expression, ready for one input after the other. Not for more than one thread at a time.
public final class JSONataEvaluator {
    private let machine: Machine
    private let compiler: Compiler
    private let scope: Scope
    private let code: Code
    private var reader = ItemReader()
    private var writer = ItemWriter()

    init(_ text: String, _ environment: JSONataEnvironment) throws(JSONataError) {
        let node = try Resolver.resolve(try Parser.parse(text))
        compiler = try Compiler(environment)
        scope = Scope(parent: nil, names: Scope.assigned(in: node))
        code = try compiler.compile(node, scope, 1).code
        machine = Machine(environment)
        machine.globals = compiler.values
    }

    /// Sets a variable for the evaluations that follow; nil takes its value away.
    ///
    /// - Shape: `name` without `$`. A name of the language's own functions hides the function.
    public func set(_ name: String, _ value: Value?) {
        let index = compiler.global(name)
        while machine.globals.count < compiler.values.count {
            machine.globals.append(compiler.values[machine.globals.count])
        }
        machine.globals[index] = Item(optional: value)
    }

    private func run(_ input: Item) throws(JSONataError) -> Item {
        machine.start(input)
        let result = try code(machine, Frame(scope.count, parent: nil, level: 0), machine.input)
        guard case .array(let array) = result, array.flags.contains(.wrapper) else { return result }
        return array.items[0]
    }

    /// The result for an input; nil for no result, which is not null.
    ///
    /// - Shape: `input` is nil where there is none.
    /// - Throws: the fault of the evaluation, or D1001 for a number that cannot be written.
    public func evaluate(_ input: Value?) throws(JSONataError) -> Value? {
        try run(Item(optional: input)).value()
    }

    /// The result for an input as JSON texts, the fastest way from bytes to bytes.
    ///
    /// - Shape: appends to `output` and says whether there was a result. `bytes` are one JSON value.
    /// - Throws: `JSONError` for an input that is no JSON, `JSONataError` for the evaluation.
    public func evaluate(
        _ bytes: Span<UInt8>, into output: inout [UInt8], pretty: Bool = false
    ) throws -> Bool {
        let result = try run(try reader.read(bytes))
        if result.isUndefined || result.isFunction { return false }
        writer.removeAll()
        writer.isPretty = pretty
        try writer.write(result)
        output.append(contentsOf: writer.bytes)
        return true
    }
}
