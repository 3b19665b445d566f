// Hot path: every line of `millrace eval --lines`. Guarded by `script/bench`.

import Glibc
import JSONata
import MillraceValues

/// Evaluates one expression over the lines of a file, bytes in and bytes out.
struct EvalLines {
    private let evaluator: JSONataEvaluator
    private let expression: String
    private let file: String?
    private let isQuiet: Bool

    /// How many faults are told one by one.
    private static let told = 10

    init(_ evaluator: JSONataEvaluator, _ expression: String, _ file: String?, isQuiet: Bool) {
        (self.evaluator, self.expression, self.file, self.isQuiet) = (evaluator, expression, file, isQuiet)
    }

    /// Evaluates all lines. A line that fails is told on stderr and gives no result; the others do.
    ///
    /// - Throws: `CommandFailure` with exit 1 where a line failed.
    func run() throws {
        var source = try ByteSource(file)
        var bytes: [UInt8] = []
        var output: [UInt8] = []
        output.reserveCapacity(1 << 17)
        var tally = Tally()
        var isMore = true
        while isMore {
            isMore = try source.more(&bytes)
            let used = evaluate(bytes.span, isLast: !isMore, into: &output, &tally)
            bytes.removeFirst(used)
            if !Self.write(&output) { return }
        }
        if tally.faults > Self.told {
            Output.complain("millrace: \(tally.faults - Self.told) more lines failed and are not shown")
        }
        if tally.faults > 0 {
            throw CommandFailure(.failed, "\(tally.faults) of \(tally.lines) lines have no result for a fault")
        }
    }

    private struct Tally {
        var lines = 0
        var faults = 0
    }

    /// Evaluates the whole lines in `bytes`, at the end of the input also one without its end; how many bytes were used.
    private func evaluate(
        _ bytes: Span<UInt8>, isLast: Bool, into output: inout [UInt8], _ tally: inout Tally
    ) -> Int {
        var start = 0
        while start < bytes.count {
            let end = LineScan.endOfLine(bytes, from: start)
            if end == bytes.count, !isLast { break }
            let line = bytes.extracting(start..<end)
            start = min(end + 1, bytes.count)
            tally.lines += 1
            if JSONReader.skipBlanks(line, from: 0) == line.count { continue }
            do {
                if try evaluator.evaluate(line, into: &output) { output.append(0x0A) }
            } catch {
                tell(error, &tally)
            }
            // A result can be long: what is whole goes out.
            if output.count > 1 << 20, !Self.write(&output) { return bytes.count }
        }
        return start
    }

    private func tell(_ error: any Error, _ tally: inout Tally) {
        tally.faults += 1
        guard tally.faults <= Self.told else { return }
        let text: String
        switch error {
        case let error as JSONataError: text = ExpressionText.fault(error, in: expression)
        case let error as JSONError: text = "column \(error.column): \(error.kind)"
        default: text = "\(error)"
        }
        Output.complain("\(file ?? "stdin"):\(tally.lines): \(text)")
    }

    /// Writes all of it to stdout; false where nobody reads any more.
    private static func write(_ bytes: inout [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                return false
            }
        }
        bytes.removeAll(keepingCapacity: true)
        return true
    }
}
