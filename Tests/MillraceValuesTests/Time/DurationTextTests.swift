import MillraceValues
import Testing

@Suite("Lengths of time as text")
struct DurationTextTests {
    @Test(arguments: [
        ("48 h", Duration.seconds(172_800), "48 h"), ("15 min", .seconds(900), "15 min"),
        ("2.5 s", .milliseconds(2_500), "2.5 s"),
        ("90d", .seconds(7_776_000), "90 d"), ("250 ms", .milliseconds(250), "250 ms"),
        ("1.5 h", .seconds(5_400), "90 min"),
        ("0 s", .zero, "0 s"), ("60 s", .seconds(60), "1 min"), ("2 d", .seconds(172_800), "48 h"),
        ("0.001 ms", .microseconds(1), "0.001 ms"), ("3661s", .seconds(3_661), "3661 s"),
        ("1500.25 ms", .microseconds(1_500_250), "1.50025 s"),
    ])
    func `a number, an optional blank and a unit are a length`(text: String, length: Duration, plain: String) {
        #expect(Duration.parse(text) == length)
        #expect(length.plainText == plain)
        #expect(Duration.parse(plain) == length)
    }

    @Test(arguments: [
        "", "15", "min", "15  min", "15 m", "15 min ", " 15 min", "-15 min", "+1 s", "1e3 s", "1,5 h", "1. h", ".5 h",
        "15 MIN", "0.0001 ms", "999999999999999999 d", "1 h 30 min",
    ])
    func `anything else is refused`(text: String) {
        #expect(Duration.parse(text) == nil)
    }

    @Test func `a negative length is written with a minus`() {
        #expect(Duration.milliseconds(-2_500).plainText == "-2.5 s")
        #expect(Duration.seconds(-300).plainText == "-5 min")
    }
}
