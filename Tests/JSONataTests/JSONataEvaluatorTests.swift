import JSONata
import MillraceValues
import Testing

@Suite("JSONata: the host's side")
struct JSONataEvaluatorTests {
    @Test func `variables and functions of the host are there, and a variable can change between evaluations`() throws {
        var environment = stillWorld()
        environment.variables = [("rate", 2)]
        environment.functions = [
            JSONataFunction("mr_twice", "<n:n>") { (arguments) throws(JSONataError) -> Value? in
                guard let number = arguments[0]?.decimal else {
                    throw JSONataError(code: "MR100", message: "no number came")
                }
                do { return .number(try number.adding(number)) } catch { return nil }
            }
        ]
        let evaluator = try JSONataExpression("$mr_twice(a) * $rate").evaluator(in: environment)

        #expect(try evaluator.evaluate(["a": 3]) == 12)
        evaluator.set("rate", 10)
        #expect(try evaluator.evaluate(["a": 3]) == 60)
        evaluator.set("rate", nil)
        #expect(try evaluator.evaluate(["a": 3]) == nil)
    }

    @Test func `a function of the host is checked like any other, and its faults have a place`() throws {
        var environment = stillWorld()
        environment.functions = [
            JSONataFunction("mr_fail", "<s:s>") { (_) throws(JSONataError) -> Value? in
                throw JSONataError(code: "MR100", message: "it cannot")
            }
        ]

        #expect(fault("$mr_fail(1)", nil, environment)?.code == "T0410")
        let error = try #require(fault("1 + $mr_fail(\"x\")", nil, environment))
        #expect(error.description == "MR100: it cannot")
        #expect(error.span == 4..<17)
    }

    @Test func `now, millis and chance come from the host and stay the same within an evaluation`() {
        #expect(result("$now()") == "\"2026-03-02T06:00:00.000Z\"")
        #expect(result("$millis()") == "1772431200000")
        #expect(result("$random()") == "0.25")
    }

    @Test func `one evaluator gives each input its own result`() throws {
        let evaluator = try JSONataExpression("($x := a; {\"x\": $x, \"n\": $count(b)})").evaluator(in: stillWorld())

        #expect(try evaluator.evaluate(["a": 1, "b": [1, 2]]) == ["x": 1, "n": 2])
        #expect(try evaluator.evaluate(["b": [1]]) == ["n": 1])
        #expect(try evaluator.evaluate(["a": nil]) == ["x": nil, "n": 0])
        #expect(try evaluator.evaluate(nil) == ["n": 0])
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,}"#, "[1,]", "01", "1.", "+1", "nul", "\"\\x\"", "\"\\ud800\"", "{\"a\" 1}",
        "[1] 2", "",
        "\"a\u{01}\"", "{\"a\":1", "[", "--1", "1e", "\"", "{1:2}", "tru", "[1 2]",
    ])
    func `an input that is no JSON is refused with its place`(text: String) throws {
        let evaluator = try JSONataExpression("$").evaluator(in: stillWorld())
        let bytes = Array(text.utf8)
        var output: [UInt8] = []

        #expect(throws: JSONError.self) { _ = try evaluator.evaluate(bytes.span, into: &output) }
        #expect(throws: JSONError.self) { _ = try JSONReader.read(bytes.span) }
    }

    @Test func `records of another shape than those before are read as they are`() throws {
        let evaluator = try JSONataExpression("$").evaluator(in: stillWorld())
        for text in [
            #"{"a":1,"b":{"c":[1,2.5]}}"#, #"{"a":1,"b":{"c":[]}}"#, #"{"a":1}"#, #"{"b":{},"a":"x\"y\u00e9"}"#, "{}",
            #"{"a":1,"b":{"c":[{"d":null}]},"e":true}"#, #"[{"a":1},{"a":2,"b":3},{"b":4}]"#, #"{"a":{"a":{"a":1}}}"#,
            #"{"a\n":1,"":2}"#, #"{"a\n":1,"":2}"#, "-1.5e+3", "\"\"",
        ] {
            let bytes = Array(text.utf8)
            var output: [UInt8] = []
            #expect(try evaluator.evaluate(bytes.span, into: &output))
            #expect(try JSONReader.read(output.span) == JSONReader.read(bytes.span))
        }
    }
}
