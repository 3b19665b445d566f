import ArgumentParser
import Glibc
import JSONata
import MillraceValues

/// `millrace eval EXPR [FILE]`: an expression of the mapping language tried on JSON, as one uses jq.
struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluates a JSONata expression over JSON, as mapping files do.",
        discussion: """
            Reads FILE, or stdin where no file is named. The result is printed as JSON; an expression without a result prints \
            nothing. With --lines each line of the input is a JSON value, and each result is one line. Exit 2 where the \
            expression cannot be read, 1 where an input cannot be, or has no result for a fault. Needs no site.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The expression.")
    var expression: String

    @Argument(help: "A file of JSON. Default: stdin.")
    var file: String?

    @Flag(help: "Take each line as a JSON value of its own (NDJSON), and write each result as a line.")
    var lines = false

    @Flag(help: "Evaluate once, without any input.")
    var noInput = false

    @Option(help: "NAME=FILE binds $NAME to the file's JSON; FILE alone binds each member of its object.")
    var bind: [String] = []

    func run() throws {
        let output = Output(options)
        try evaluate(output)
        output.end(.done)
    }

    private func evaluate(_ output: Output) throws {
        if lines, options.json { throw CommandFailure(.usage, "--lines writes JSON lines already; leave --json out") }
        if noInput, lines || file != nil { throw CommandFailure(.usage, "--no-input takes neither FILE nor --lines") }
        var environment = Assembly.expressionEnvironment()
        for binding in bind { try add(binding, to: &environment) }
        let evaluator: JSONataEvaluator
        do throws(JSONataError) {
            evaluator = try JSONataExpression(expression).evaluator(in: environment)
        } catch {
            throw CommandFailure(.usage, ExpressionText.fault(error, in: expression))
        }
        if lines { return try EvalLines(evaluator, expression, file, isQuiet: options.quiet).run() }
        try single(evaluator, output)
    }

    private func single(_ evaluator: JSONataEvaluator, _ output: Output) throws {
        let value: Value?
        do {
            value = try evaluator.evaluate(noInput ? nil : try input())
        } catch let error as JSONataError {
            throw CommandFailure(.failed, ExpressionText.fault(error, in: expression))
        }
        if options.json {
            output.object(ValueObject.result(value))
        } else if let value {
            output.line(JSONWriter.pretty(value))
        }
    }

    private func input() throws -> Value {
        try Self.read(file)
    }

    /// A whole file of JSON, or stdin.
    private static func read(_ file: String?) throws -> Value {
        var source = try ByteSource(file)
        var bytes: [UInt8] = []
        while try source.more(&bytes) {}
        do {
            return try JSONReader.read(bytes.span)
        } catch {
            throw CommandFailure(.failed, "\(file ?? "stdin"): \(error)")
        }
    }

    private func add(_ binding: String, to environment: inout JSONataEnvironment) throws {
        guard let equals = binding.firstIndex(of: "=") else {
            guard let object = try Self.read(binding).object else {
                throw CommandFailure(.usage, "'\(binding)' is no object; bind it to a name: --bind NAME=\(binding)")
            }
            for (name, value) in object { environment.variables.append((name, value)) }
            return
        }
        var name = String(binding[..<equals])
        if name.hasPrefix("$") { name.removeFirst() }
        let file = String(binding[binding.index(after: equals)...])
        if name.isEmpty || file.isEmpty { throw CommandFailure(.usage, "--bind takes NAME=FILE, not '\(binding)'") }
        environment.variables.append((name, try Self.read(file)))
    }
}

extension ValueObject {
    /// A result as an object of its own; no value where there is none.
    fileprivate static func result(_ value: Value?) -> Value {
        var object = ValueObject(["kind": "result"])
        object["value"] = value
        return .object(object)
    }
}

/// How faults of expressions are shown.
enum ExpressionText {
    /// The code and the sentence, the line of the expression and a caret under the place.
    static func fault(_ error: JSONataError, in expression: String) -> String {
        guard let span = error.span, span.lowerBound <= expression.utf8.count else { return error.description }
        let place = JSONataPlace(utf8Offset: span.lowerBound, in: expression)
        let end = JSONataPlace(utf8Offset: max(span.lowerBound, span.upperBound - 1), in: expression)
        let width = end.line == place.line ? max(1, end.column - place.column + 1) : 1
        // Tabs are kept, so that the caret stands right at any tab width.
        let indent = place.text.unicodeScalars.prefix(place.column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
        return "expression:\(place.line):\(place.column): \(error.description)\n\(place.text)\n\(indent)"
            + String(repeating: "^", count: min(width, 200))
    }
}

/// The bytes of a file or of stdin, piece by piece.
struct ByteSource {
    private let descriptor: Int32
    private let name: String
    private var chunk = [UInt8](repeating: 0, count: 1 << 18)

    /// Opens the file; stdin for nil and for `-`.
    ///
    /// - Throws: `CommandFailure` with exit 1 where it cannot be opened.
    init(_ file: String?) throws {
        guard let file, file != "-" else {
            (descriptor, name) = (STDIN_FILENO, "stdin")
            return
        }
        (descriptor, name) = (open(file, O_RDONLY | O_CLOEXEC), file)
        if descriptor < 0 {
            throw CommandFailure(.failed, "'\(file)' cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    /// Adds the next piece; false at the end.
    mutating func more(_ bytes: inout [UInt8]) throws -> Bool {
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
                return true
            }
            if count == 0 {
                if descriptor != STDIN_FILENO { close(descriptor) }
                return false
            }
            if errno == EINTR { continue }
            throw CommandFailure(.failed, "'\(name)' cannot be read: \(String(cString: strerror(errno)))")
        }
    }
}
