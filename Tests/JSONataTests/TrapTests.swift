import JSONata
import MillraceValues
import Testing

/// What surprises people in the language, each with the result that the language defines.
@Suite("JSONata: what surprises")
struct TrapTests {
    private static let two = #"{"items":[{"v":1,"t":"p"},{"v":9,"t":"q"}]}"#
    private static let one = #"{"items":[{"v":1,"t":"p"}]}"#

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

    @Test func `a hyphen subtracts, and a name with one stands in backticks`() {
        #expect(result("foo-bar", #"{"foo-bar":7}"#) == "nothing")
        #expect(result("`foo-bar`", #"{"foo-bar":7}"#) == "7")
    }

    @Test(arguments: ["9007199254740993", "40.000", "1e400", "-0", "0.1", "12345678901234567890.5", "5e-324"])
    func `a number that is only copied keeps its digits`(number: String) {
        #expect(result("{\"x\":a}", "{\"a\":\(number)}") == "{\"x\":\(number)}")
        #expect(result("b.a", "{\"b\":[{\"a\":\(number)},{\"a\":1}]}") == "[\(number),1]")
    }

    @Test func `a number that is calculated with is a double`() {
        #expect(result("a + 0", #"{"a":9007199254740993}"#) == "9007199254740992")
        #expect(result("0.1 + 0.2") == "0.30000000000000004")
        #expect(result("$string(0.1 + 0.2)") == #""0.3""#)
        #expect(result("$round(2.5)") == "2")
        #expect(result("1/0") == "D1001")
        #expect(result("$string(1/0)") == "D3001")
        #expect(result(#"$number("0x1F")"#) == "31")
    }

    @Test func `texts are code points, also where Unicode holds them to be the same`() {
        #expect(result(#"$length("e\u0301")"#) == "2")
        #expect(result(#"$length("😀")"#) == "1")
        #expect(result(#""é" = "e\u0301""#) == "false")
        #expect(result(#"`é`"#, "{\"e\u{301}\":1,\"\u{E9}\":2}") == "2")
        #expect(result(#""😀" < "\uFFFF""#) == "true")
        #expect(result(#"$length("\r\n")"#) == "2")
        #expect(result(#"$keys($)"#, "{\"e\u{301}\":1,\"\u{E9}\":2}") == "[\"e\u{301}\",\"\u{E9}\"]")
    }

    @Test func `splitting with the empty text cuts UTF-16 units, and half a character is U+FFFD`() {
        #expect(result(#"$split("a😀", "")"#) == "[\"a\",\"\u{FFFD}\",\"\u{FFFD}\"]")
    }

    @Test func `members keep their order, also those that look like numbers`() {
        #expect(result("$", #"{"b":1,"10":2,"2":3,"a":4}"#) == #"{"b":1,"10":2,"2":3,"a":4}"#)
        #expect(result("$keys($)", #"{"b":1,"10":2,"2":3}"#) == #"["b","10","2"]"#)
    }

    @Test func `a zone is an offset, with or without a colon, and a zone's name gives no time`() {
        #expect(result(#"$fromMillis(0, "[H01]:[m01] [Z]", "+05:30")"#) == #""05:30 +05:30""#)
        #expect(result(#"$fromMillis(0, "[H01]:[m01] [Z]", "-0530")"#) == #""18:30 -05:30""#)
        #expect(result(#"$fromMillis(0, "[H01]", "Europe/Berlin")"#) == #""NaN""#)
    }

    @Test func `a regular expression is JavaScript's`() {
        #expect(result(#"$contains("٣", /\d/)"#) == "false")
        #expect(result(#"$replace("a\nb", /a$/m, "x")"#) == #""x\nb""#)
        #expect(result(#"$contains("a\n", /a$/)"#) == "false")
        #expect(result(#"$match("2026-03", /(?<y>\d+)-(\d+)/).groups"#) == #"["2026","03"]"#)
        #expect(result(#"$contains("price: 5", /(?<=: )5(?!6)/)"#) == "true")
        #expect(result(#"$contains("abab", /^(ab)\1$/)"#) == "true")
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
}
