import JSONata
import MillraceValues
import Testing

/// What surprises people in the language, each with the result that the language defines; by subject, one test a trap. What a
/// mapping file makes of them stands in `MappingTrapTests`.
@Suite("JSONata: what surprises")
struct TrapTests {
    private static let two = #"{"items":[{"v":1,"t":"p"},{"v":9,"t":"q"}]}"#
    private static let one = #"{"items":[{"v":1,"t":"p"}]}"#

    // MARK: Sequences

    @Test func `an object step gives one object for one item and a list for two`() {
        #expect(result(#"items.{"k":v}"#, Self.one) == #"{"k":1}"#)
        #expect(result(#"items.{"k":v}"#, Self.two) == #"[{"k":1},{"k":9}]"#)
    }

    @Test func `a list step gives one list for one item and a list of lists for two`() {
        #expect(result("items.[v,t]", Self.one) == #"[1,"p"]"#)
        #expect(result("items.[v,t]", Self.two) == #"[[1,"p"],[9,"q"]]"#)
    }

    @Test func `a filter gives an object, a list or nothing, and in brackets always a list`() {
        #expect(result("items[v>5].v", Self.two) == "9")
        #expect(result("items[v>0].v", Self.two) == "[1,9]")
        #expect(result("items[v>50]", Self.two) == "nothing")
        #expect(result("[items[v>50]]", Self.two) == "[]")
        #expect(result("items[v>50][]", Self.two) == "nothing")
        #expect(result("items[v>5][].v", Self.two) == "[9]")
    }

    @Test func `an index belongs to its step, and in parentheses to the whole path`() {
        let nested = #"{"a":[{"b":[1,2]},{"b":[3,4]}]}"#

        #expect(result("a.b[0]", nested) == "[1,3]")
        #expect(result("(a.b)[0]", nested) == "1")
    }

    @Test func `a list of the input stays a list with one item`() {
        #expect(result("a", #"{"a":[1]}"#) == "[1]")
        #expect(result("$map([1], function($x){$x})") == "1")
        #expect(result("$filter([1,2], function($x){$x=1})") == "1")
        #expect(result("$distinct([1])") == "[1]")
        #expect(result("$sort([1])") == "[1]")
    }

    // MARK: Nothing and null

    @Test func `nothing is not null`() {
        #expect(result(#"{"a":nope,"b":null}"#) == #"{"b":null}"#)
        #expect(result("[nope,null]") == "[null]")
        #expect(result("nope + 1") == "nothing")
        #expect(result("null + 1") == "T2001")
        #expect(result("nope = nope") == "false")
        #expect(result("null = null") == "true")
        #expect(result(#""a" & nope"#) == #""a""#)
        #expect(result("$sum(nope)") == "nothing")
        #expect(result("$sum([])") == "0")
        #expect(result("$power(2, nope)") == "D3061")
        #expect(result("$not(nope)") == "nothing")
    }

    @Test func `nothing that a place chose is one with other nothing, and no picture is a fault`() {
        #expect(result(#"{"r": $distinct(items.nope[[0..1]])}"#, Self.two) == "{}")
        #expect(result("nope = nope") == "false")
        #expect(result("$formatInteger(7, nope)") == "D3130")
        #expect(result(#"$parseInteger("7", nope)"#) == "D3130")
        #expect(result(#"$formatInteger(nope, "0")"#) == "nothing")
    }

    @Test func `a whole number in a text may have a sign, and blanks before it`() {
        for (text, number) in [("-5", "-5"), (" 5", "5"), ("+12", "12"), ("-1,234", "-1234"), ("5x", "5")] {
            #expect(result("$parseInteger(\"\(text)\", \"#,##0\")") == number)
        }
    }

    @Test func `a hyphen subtracts, and a name with one stands in backticks`() {
        #expect(result("foo-bar", #"{"foo-bar":7}"#) == "nothing")
        #expect(result("`foo-bar`", #"{"foo-bar":7}"#) == "7")
    }

    // MARK: Numbers

    @Test(arguments: ["9007199254740993", "40.000", "1e400", "-0", "0.1", "12345678901234567890.5", "5e-324"])
    func `a number that is only copied keeps its digits`(number: String) {
        #expect(result("{\"x\":a}", "{\"a\":\(number)}") == "{\"x\":\(number)}")
        #expect(result("b.a", "{\"b\":[{\"a\":\(number)},{\"a\":1}]}") == "[\(number),1]")
    }

    @Test func `a number that is calculated with is a double`() {
        #expect(result("a + 0", #"{"a":9007199254740993}"#) == "9007199254740992")
        #expect(result("0.1 + 0.2") == "0.30000000000000004")
        #expect(result("$string(0.1 + 0.2)") == #""0.3""#)
        #expect(result("$string(9007199254740991)") == #""9007199254740991""#)
        #expect(result("$string(1/3)") == #""0.333333333333333""#)
        #expect(result("$round(2.5)") == "2")
        #expect(result("$round(3.5)") == "4")
        #expect(result("$round(1250, -2)") == "1200")
        #expect(result("1/0") == "D1001")
        #expect(result("$string(1/0)") == "D3001")
        #expect(result(#"$number("0x1F")"#) == "31")
    }

    // MARK: Texts

    @Test func `texts are code points, also where Unicode holds them to be the same`() {
        #expect(result(#"$length("e\u0301")"#) == "2")
        #expect(result(#"$length("😀")"#) == "1")
        #expect(result(#"$substring("😀ab", 1, 1)"#) == #""a""#)
        #expect(result(#"$pad("😀", 3, "-")"#) == #""😀--""#)
        #expect(result(#""é" = "e\u0301""#) == "false")
        #expect(result(#"`é`"#, "{\"e\u{301}\":1,\"\u{E9}\":2}") == "2")
        #expect(result(#""😀" < "\uFFFF""#) == "true")
        #expect(result(#"$length("\r\n")"#) == "2")
        #expect(result(#"$keys($)"#, "{\"e\u{301}\":1,\"\u{E9}\":2}") == "[\"e\u{301}\",\"\u{E9}\"]")
    }

    @Test func `texts are ordered by UTF-16 units`() {
        #expect(result("$sort(a)", "{\"a\":[\"\u{FFFF}\",\"😀\",\"z\",\"é\"]}") == "[\"z\",\"é\",\"😀\",\"\u{FFFF}\"]")
        #expect(result("a^($)", "{\"a\":[\"\u{FFFF}\",\"😀\"]}") == "[\"😀\",\"\u{FFFF}\"]")
    }

    @Test func `splitting with the empty text cuts UTF-16 units, and half a character is U+FFFD`() {
        #expect(result(#"$split("a😀", "")"#) == "[\"a\",\"\u{FFFD}\",\"\u{FFFD}\"]")
    }

    // MARK: Objects

    @Test func `members keep their order, also those that look like numbers`() {
        #expect(result("$", #"{"b":1,"10":2,"2":3,"a":4}"#) == #"{"b":1,"10":2,"2":3,"a":4}"#)
        #expect(result("$keys($)", #"{"b":1,"10":2,"2":3}"#) == #"["b","10","2"]"#)
        #expect(result("*", #"{"b":1,"10":2,"2":3}"#) == "[1,2,3]")
        #expect(result("$each($, function($v, $k) {$k})", #"{"b":1,"10":2,"2":3}"#) == #"["b","10","2"]"#)
        #expect(
            result(
                #"items{t: $sum(v)}"#, #"{"items":[{"t":"q","v":1},{"t":"2","v":2},{"t":"1","v":3},{"t":"q","v":4}]}"#)
                == #"{"q":5,"2":2,"1":3}"#)
    }

    // MARK: Dates

    @Test func `a zone is an offset, with or without a colon, and a zone's name gives no time`() {
        #expect(result(#"$fromMillis(0, "[H01]:[m01] [Z]", "+05:30")"#) == #""05:30 +05:30""#)
        #expect(result(#"$fromMillis(0, "[H01]:[m01] [Z]", "-0530")"#) == #""18:30 -05:30""#)
        #expect(result(#"$fromMillis(0, "[H01]", "Europe/Berlin")"#) == #""NaN""#)
        #expect(result(#"$toMillis("1970-01-01T05:30:00+05:30")"#) == "0")
    }

    @Test func `the time stands still during an evaluation`() {
        #expect(result("$now() = $now() and $millis() = $toMillis($now())") == "true")
    }

    // MARK: Regular expressions

    @Test func `a regular expression is JavaScript's`() {
        #expect(result(#"$contains("٣", /\d/)"#) == "false")
        #expect(result(#"$replace("a\nb", /a$/m, "x")"#) == #""x\nb""#)
        #expect(result(#"$contains("a\n", /a$/)"#) == "false")
        #expect(result(#"$match("2026-03", /(?<y>\d+)-(\d+)/).groups"#) == #"["2026","03"]"#)
        #expect(result(#"$contains("price: 5", /(?<=: )5(?!6)/)"#) == "true")
        #expect(result(#"$contains("abab", /^(ab)\1$/)"#) == "true")
        #expect(result(#"$contains("ÄB", /äb/i)"#) == "true")
        #expect(result(#"$contains("K", /\u212a/i)"#) == "false")
        #expect(result(#"$match("aXbX", /x/i)[1].index"#) == "3")
    }

    // MARK: Limits

    @Test func `what would go on for ever ends with a code, also a regular expression`() {
        let small = JSONataLimits(depth: 100, sequence: 1_000, regexSteps: 10_000)

        #expect(result("($f := function($n) {1 + $f($n)}; $f(1))", "null", small) == "D1011")
        #expect(result("[1..100].([1..100])", "null", small) == "D2015")
        #expect(result("$contains($join([1..60].(\"a\")) & \"!\", /^(a+)+$/)", "null", small) == "D1013")
    }

    // MARK: Places and names of faults

    @Test func `a fault names the argument's place and not only the call's`() throws {
        let error = try #require(fault("  $uppercase(5)"))

        #expect(error.code == "T0410")
        #expect(error.span.map { $0.lowerBound >= 2 && $0.upperBound <= 15 } == true)
    }

    @Test func `calling by a name without $ says which function was meant`() throws {
        let error = try #require(fault("sum(a)"))

        #expect(error.code == "T1005")
        #expect(error.message == "sum is no function; did you mean $sum?")
    }

    @Test func `an unknown function is named`() throws {
        let error = try #require(fault("1 + $nope(2)"))

        #expect(error.description == "T1006: $nope is no function")
    }

    // MARK: What is there only where one looks closely

    @Test(arguments: [
        "(", "[", "{", "$sum(", "a[", "a^(", "a^(>", "{\"a\":", "[1..", "|", "($x := 1;", "function($x){", "a{",
    ])
    func `of an expression that ends too early the missing bracket is told`(text: String) {
        #expect(result(text) == "S0203")
    }

    @Test func `an expression that ends where only a value is missing says that`() {
        #expect(
            ["", "1 +", "-", "a.", "a ?", "$x :=", "a ~>"].map { result($0) } == Array(repeating: "S0207", count: 7))
        #expect([result("a@"), result("a#")] == ["S0214", "S0214"])
    }

    @Test func `a predicate behind a grouped path belongs to its last step, and behind a grouped value it is a fault`()
    {
        let input = #"{"a":[{"t":"x","b":1},{"t":"y","b":2}]}"#

        #expect(result("a{t: b}[0]", input) == #"{"x":1}"#)
        #expect(result("a{t: b}[-1].y", input) == "{}")
        #expect(result("a{t: b}[0]{t: b}", input) == "S0210")
        #expect(result(#"[1,2]{"k": $}[0]"#) == "S0209")
    }

    @Test
    func `an hour of twelve without a word for the half of the day is one of the morning, whatever the clock says`()
        throws
    {
        let afternoon = JSONataEnvironment(now: { 1_772_460_000_000 }, random: { 0 }, elapsed: { .zero })
        let text = #"$fromMillis($toMillis("5", "[h]"), "[H01]:[m01]")"#

        let evaluator = try JSONataExpression(text).evaluator(in: afternoon)
        #expect(try evaluator.evaluate(nil) == "05:00")
        #expect(result(text) == "\"05:00\"")
    }

    @Test func `a sigma at the end of a word is written as one writes it there`() {
        #expect(result(#"$lowercase("ΟΔΟΣ ΣΑΣ’ Σ ΑΣ.Α")"#) == "\"οδος σας’ σ ασ.α\"")
    }

    @Test func `a message that is empty says nothing, and the language's own is told`() {
        #expect(fault("$error(\"\")")?.message == "$error() function evaluated")
        #expect(fault("$assert(false, \"\")")?.message == "$assert() statement failed")
    }
}
