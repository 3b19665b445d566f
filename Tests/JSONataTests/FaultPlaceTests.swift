import JSONata
import MillraceValues
import Testing

@Suite("JSONata: where a fault is")
struct FaultPlaceTests {
    @Test(arguments: [
        ("1 + \"x\"", "\"x\""), ("a.b[0", ""), ("$uppercase(5)", "$uppercase(5)"), ("(1; $nope(2))", "$nope"),
        ("{\"a\": 1, \"b\": 2 +}", "}"), ("\"é\" & (1 + null)", "null"), ("$sum([1, \"2\"])", "$sum([1, \"2\"])"),
        ("x := 1", "x"), ("/* never closed", "/* never closed"), ("a.%.%", "a.%.%"), ("1 < true", "true"),
        ("$match(\"a\", /[z-a]/)", "/[z-a]/"), ("[1..2.5]", "2.5"),
    ])
    func `a fault has the span of what it is about`(expression: String, part: String) throws {
        let error = try #require(fault(expression))
        let span = try #require(error.span)

        #expect(String(decoding: Array(expression.utf8)[span], as: UTF8.self) == part)
    }

    @Test func `a place is counted in lines and in characters`() {
        let place = JSONataPlace(utf8Offset: "(\n  \"é\" & ".utf8.count, in: "(\n  \"é\" & $x()\n)")

        #expect(place == JSONataPlace(utf8Offset: 11, in: "(\n  \"é\" & $x()\n)"))
        #expect(place.line == 2)
        #expect(place.column == 9)
        #expect(place.text == "  \"é\" & $x()")
    }

    @Test func `a fault inside a function of its own is placed there and not at the call`() throws {
        let expression = "($f := function($x){$x + \"a\"}; $f(1))"
        let error = try #require(fault(expression))

        #expect(error.code == "T2002")
        #expect(error.span.map { String(decoding: Array(expression.utf8)[$0], as: UTF8.self) } == "\"a\"")
    }

}
