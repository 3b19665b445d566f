import JSONata
import MillraceValues

private let standard: Value = [
    "a": 1, "b": [1, 2, 3], "s": "Hello World", "n": .null, "t": "2026-03-02T06:00:00Z",
    "items": [["a": 1, "b": "x"], ["a": 2, "b": "y", "c": [["d": 4], ["d": 5]]]],
]

/// Reads a text as an expression and evaluates it under limits: twice, as to bytes and as a value, which have to be the same.
///
/// The text ends at the first NUL byte; behind it stands the input as JSON, else it is a small one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSONata(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let text = String(decoding: parts.first ?? [], as: UTF8.self)
    var input = standard
    if parts.count > 1 {
        do throws(JSONError) { input = try JSONReader.read(Array(parts[1]).span) } catch { return 0 }
    }
    let begun = ContinuousClock.now
    let limits = JSONataLimits(
        depth: 200, time: .milliseconds(500), sequence: 10_000, regexSteps: 20_000, allowsEval: true)
    let environment = JSONataEnvironment(
        limits: limits, now: { 1_772_431_200_000 }, random: { 0.5 }, elapsed: { ContinuousClock.now - begun })
    do throws(JSONataError) {
        let expression = try JSONataExpression(text)
        for reference in expression.references { precondition(reference.span.lowerBound <= text.utf8.count) }
        let evaluator = try expression.evaluator(in: environment)
        let value = try evaluator.evaluate(input)
        // A clock that ran out the second time only is no difference.
        guard ContinuousClock.now - begun < .milliseconds(200) else { return 0 }
        var written: [UInt8] = []
        let json = JSONWriter.bytes(input)
        // try?: limits of the clock
        guard let has = try? evaluator.evaluate(json.span, into: &written) else { return 0 }
        precondition(has == (value != nil), "a result one way and none the other")
        if let value, has, let again = try? JSONReader.read(written.span) {  // try?: nothing to compare with
            precondition(again.means(value), "another result as bytes: \(JSONWriter.text(value))")
        }
    } catch {
        precondition(!error.code.isEmpty && !error.message.isEmpty, "a fault that says nothing")
    }
    return 0
}
