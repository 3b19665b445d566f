import JSONata
import MillraceValues
import Synchronization
import Testing

@Suite("JSONata: limits")
struct LimitTests {
    @Test func `recursion without end is stopped and leaves the stack whole`() {
        #expect(result("($f := function($n){1 + $f($n)}; $f(1))") == "D1011")
        #expect(result("($f := function($n){$map([1], function($x){$f($x)})}; $f(1))") == "D1011")
        #expect(result("($f := function($n){{\"a\": [$f($n)]}}; $f(1))") == "D1011")
    }

    @Test func `a call in tail position is no recursion`() {
        #expect(result("($f := function($n){$n = 0 ? \"done\" : $f($n - 1)}; $f(100000))") == "\"done\"")
    }

    @Test func `an endless loop is stopped by the time`() {
        let looks = Looks()
        let environment = JSONataEnvironment(
            limits: JSONataLimits(time: .seconds(1)), now: { 0 }, random: { 0 }, elapsed: { looks.next() })

        #expect(fault("($f := function($n){$f($n)}; $f(1))", nil, environment)?.code == "D1012")
    }

    @Test func `a sequence has at most as many items as allowed`() {
        let limits = JSONataLimits(sequence: 100)

        #expect(result("[1..100].($)", "null", limits) == result("[1..100]"))
        #expect(result("[1..101].($)", "null", limits) == "D2015")
        #expect(result("$map([1..101], function($x){$x})", "null", limits) == "D2015")
        #expect(result("$pad(\"\", 1000000000)", "null", limits) == "D2015")
        #expect(result("[1..10].([1..100])", "null", limits) == "D2015")
    }

    @Test func `a text that doubles itself is stopped before it fills the memory`() {
        let limits = JSONataLimits(text: 1000)

        #expect(result("$length($reduce([1..9], function($a, $i){$a & $a}, \"a\"))", "null", limits) == "512")
        for doubled in [
            "$a & $a", "$join([$a, $a])", #"$replace($a, "a", "aa")"#, #"$replace($a, /a/, "$0$0")"#,
        ] {
            #expect(result("$reduce([1..60], function($a, $i){\(doubled)}, \"a\")", "null", limits) == "D2015")
        }
    }

    @Test func `a range has at most ten million numbers, and none is made before it is looked at`() {
        #expect(result("$count([1..10000000])") == "10000000")
        #expect(result("[0..10000000]") == "D2014")
    }

    @Test func `a regular expression that goes back for ever is stopped`() {
        #expect(result(#"$contains("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)"#) == "D1013")
    }

    @Test func `an expression nested without end is refused, not read`() {
        let deep = String(repeating: "(", count: 100_000) + "1" + String(repeating: ")", count: 100_000)

        #expect(result(deep) == "S0500")
        #expect(result(String(repeating: "-", count: 100_000) + "1") == "S0500")
        #expect(result(String(repeating: "[", count: 100_000)) == "S0500")
    }

    @Test
    func `values nested without end are refused, those that are allowed are compared, copied, written and let go of`() {
        let nest = "$reduce([1..900], function($a,$b){[[$a]]}, [])"

        #expect(result("$reduce([1..100000], function($a,$b){[[$a]]}, [])") == "D1011")
        #expect(result("$reduce([1..100000], function($a,$b){{\"a\": $a}}, {})") == "D1011")
        #expect(result("$reduce([1..100000], function($a,$b){$zip([[$a]])}, [])") == "D1011")
        #expect(result("($x := \(nest); $x = \(nest) and $boolean($clone($x)) = false)") == "true")
        #expect(result("$string(\(nest))").utf8.count > 1_800)
        #expect(result("(\(nest)).**.a") == "nothing")
    }

    @Test func `a transform that would put an object into itself puts a copy in`() {
        #expect(result("$ ~> |a|{\"n\": $}|", #"{"a":{"b":1}}"#) == #"{"a":{"b":1,"n":{"b":1}}}"#)
    }

    @Test func `after a result that cannot be written the next one can`() throws {
        let evaluator = try JSONataExpression("[[a / b]]").evaluator(in: stillWorld())
        var output: [UInt8] = []
        let (bad, good) = (Array(#"{"a":1,"b":0}"#.utf8), Array(#"{"a":1,"b":2}"#.utf8))

        for _ in 0..<2_000 {
            #expect(throws: JSONataError.self) { _ = try evaluator.evaluate(bad.span, into: &output) }
        }
        #expect(try evaluator.evaluate(good.span, into: &output))
        #expect(String(decoding: output, as: UTF8.self) == "[[0.5]]")
    }

    @Test func `a long chain of steps and of operators is read`() {
        #expect(result("1" + String(repeating: "+1", count: 200)) == "201")
        #expect(result("a" + String(repeating: ".a", count: 200)) == "nothing")
    }

    @Test func `evaluating texts can be switched off`() {
        #expect(result("$eval(\"1+1\")") == "2")
        #expect(result("$eval(\"1+1\")", "null", JSONataLimits(allowsEval: false)) == "D4001")
        #expect(result("$map([\"1\"], $eval)", "null", JSONataLimits(allowsEval: false)) == "D4001")
    }

    @Test func `bad pictures, bad patterns and bad texts fail and do not crash`() {
        for expression in [
            #"$fromMillis(0, "[")"#, #"$fromMillis(1e300, "[Y]")"#, #"$fromMillis(0, "[Y,99999999999999999999]")"#,
            ##"$formatNumber(1e300, "#,##0.000")"##, #"$formatNumber(1, "")"#, #"$formatInteger(1e300, "w")"#,
            #"$formatInteger(1e15, "I")"#, #"$formatInteger(-1e300, "a")"#, #"$parseInteger("x", "w")"#,
            #"$toMillis("9999999999", "[Y]")"#, #"$contains("a", /[z-a]/)"#, #"$contains("a", /a{2,1}/)"#,
            #"$contains("a", /(?<x/)"#, #"$substring("abc", 1e300, -1e300)"#,
            #"$substring("abc", -1e300, 1e300)"#, #"$round(1.5, 1e300)"#, #"$formatBase(1e300, 36)"#,
            #"$split("a", "", 1e300)"#, #"$pad("a", 0/0)"#, #"$power(0, -1)"#, #"$base64decode("%%%")"#,
            #"$decodeUrl("%")"#, #"$shuffle([1..3])"#, #"[1e300..1]"#, #"[1][1e300]"#, #"[1][-1e300]"#,
            #"$toMillis("2026-02-30T99:99:99Z")"#, #"$reduce([1], $sum)"#, #"%.%"#, #"$zip(1, nope)"#,
        ] { #expect(!result(expression).isEmpty) }
    }

    private final class Looks: Sendable {
        private let count = Atomic<Int>(0)

        func next() -> Duration { .milliseconds(count.add(1, ordering: .relaxed).newValue) }
    }
}
