import JSONata
import MillraceValues

/// A world that stands still.
func stillWorld(_ limits: JSONataLimits = .standard) -> JSONataEnvironment {
    JSONataEnvironment(limits: limits, now: { 1_772_431_200_000 }, random: { 0.25 }, elapsed: { .zero })
}

/// The result as a JSON text; "nothing" where there is none, the code where it fails.
func result(_ expression: String, _ input: String = "null", _ limits: JSONataLimits = .standard) -> String {
    do {
        let evaluator = try JSONataExpression(expression).evaluator(in: stillWorld(limits))
        var bytes: [UInt8] = []
        let text = Array(input.utf8)
        return try evaluator.evaluate(text.span, into: &bytes) ? String(decoding: bytes, as: UTF8.self) : "nothing"
    } catch let error as JSONataError {
        return error.code
    } catch {
        return "\(error)"
    }
}

/// The fault of an expression; nil where it has a result.
func fault(
    _ expression: String, _ input: Value? = nil, _ environment: JSONataEnvironment = stillWorld()
) -> JSONataError? {
    do {
        _ = try JSONataExpression(expression).evaluator(in: environment).evaluate(input)
        return nil
    } catch {
        return error
    }
}
