import MillraceValues
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test func `values are written compact, members in order`() {
        let value: Value = [
            "b": [1, nil, true, false, "x/y"], "a": ["z": .numeral("40.000")], "c": [], "d": .object(ValueObject()),
        ]
        #expect(JSONWriter.text(value) == #"{"b":[1,null,true,false,"x/y"],"a":{"z":40.000},"c":[],"d":{}}"#)
    }

    @Test func `control characters and line separators are escaped, others stand`() {
        let text = "\u{0}\u{1F}\u{7F}\u{8}\u{C}\t\r\n\"\\\u{2028}\u{2029}\u{2026}é😀"
        #expect(JSONWriter.text(.string(text)) == #""\u0000\u001f\u007f\b\f\t\r\n\"\\\u2028\u2029…é😀""#)
    }

    @Test(
        arguments: [
            (0, 0, "0"), (5, 0, "5"), (-5, 0, "-5"), (12, 2, "1200"), (-12, 2, "-1200"), (5, -1, "0.5"),
            (125, -2, "1.25"),
            (1, 20, "100000000000000000000"), (999_999_999_999_999_999, 0, "999999999999999999"),
        ] as [(Int64, Int, String)])
    func `numbers are written in plain notation`(coefficient: Int64, exponent: Int, text: String) throws {
        let number = try #require(ExactDecimal(coefficient: coefficient, exponent: exponent))
        #expect(JSONWriter.text(.number(number)) == text)
        #expect(try JSONReader.read(text) == .number(number))
    }

    @Test func `the form for people has a line per member and reads back`() throws {
        let value: Value = ["a": [1, 2], "b": ["c": "d"], "e": [], "f": .object(ValueObject())]
        let text = """
            {
              "a": [
                1,
                2
              ],
              "b": {
                "c": "d"
              },
              "e": [],
              "f": {}
            }
            """
        #expect(JSONWriter.pretty(value) == text)
        #expect(try JSONReader.read(text) == value)
    }

    @Test func `what is written is added behind what is there`() {
        var bytes = Array("x".utf8)
        JSONWriter.write(["a\"": 1], into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"x{"a\"":1}"#)
    }
}
