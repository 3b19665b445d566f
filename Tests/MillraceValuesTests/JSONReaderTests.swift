import MillraceTesting
import MillraceValues
import Testing

@Suite("JSON reader")
struct JSONReaderTests {
    private static let suite = "testdata/badinput/JSONTestSuite/test_parsing"
    private static let made = "testdata/badinput/made/json"

    private static func names(_ prefix: String) -> [String] {
        SharedData.names(in: suite).filter { $0.hasPrefix(prefix) }
    }

    /// The error of a text that must have one.
    private func fault(_ text: String) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONReader.read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(.enabled(if: SharedData.isPresent), arguments: names("y_"))
    func `a valid text of the public suite is read, and comes back as the same value`(name: String) throws {
        let bytes = try #require(SharedData.bytes("\(Self.suite)/\(name)"))
        let value = try JSONReader.read(bytes.span)
        #expect(try JSONReader.read(JSONWriter.bytes(value).span) == value)
        #expect(try JSONReader.read(JSONWriter.pretty(value)) == value)
    }

    @Test(.enabled(if: SharedData.isPresent), arguments: names("n_"))
    func `an invalid text of the public suite is refused`(name: String) throws {
        let bytes = try #require(SharedData.bytes("\(Self.suite)/\(name)"))
        #expect(throws: JSONError.self) { try JSONReader.read(bytes.span) }
    }

    @Test(.enabled(if: SharedData.isPresent), arguments: names("i_"))
    func `a text that the standard leaves open is read or refused, and never traps`(name: String) throws {
        let bytes = try #require(SharedData.bytes("\(Self.suite)/\(name)"))
        do throws(JSONError) {
            let value = try JSONReader.read(bytes.span)
            #expect(try JSONReader.read(JSONWriter.bytes(value).span) == value)
        } catch {
            #expect(error.line >= 1)
        }
    }

    @Test(.enabled(if: SharedData.isPresent), arguments: SharedData.names(in: made))
    func `hostile texts are refused where JSON forbids them and kept byte for byte where it does not`(name: String)
        throws
    {
        let bytes = try #require(SharedData.bytes("\(Self.made)/\(name)"))
        if ["n_deep_10000.json", "n_dup_key.json", "n_lone_surrogate.json"].contains(name) {
            #expect(throws: JSONError.self) { try JSONReader.read(bytes.span) }
        } else {
            let value = try JSONReader.read(bytes.span)
            #expect(try JSONReader.read(JSONWriter.bytes(value).span) == value)
        }
    }

    @Test(arguments: [
        ("{\"a\":1,\n \"b\" 2}", "line 2, column 6: expected ':'"),
        ("[1,2", "line 1, column 5: the JSON text ends inside a value; it was cut off"),
        ("", "line 1, column 1: the JSON text ends inside a value; it was cut off"),
        ("[1] x", "line 1, column 5: more text follows the end of the value"),
        ("[1 2]", "line 1, column 4: expected ',' or ']'"),
        ("{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}'"),
        ("{a:1}", "line 1, column 2: expected a name in double quotes"),
        ("[tru]", "line 1, column 2: expected a value"),
        ("[01]", "line 1, column 2: this is no JSON number; write it like 0, -12 or 3.5e2"),
        ("{\"é\":1,\"é\":2}", "line 1, column 8: the name \"é\" stands twice in one object"),
        ("{\"a\\nb\":1,\"a\\nb\":2}", "line 1, column 11: the name \"a\\nb\" stands twice in one object"),
        ("\"\\ud800\"", "line 1, column 2: half a surrogate pair; both \\u escapes of the pair are needed"),
        (
            "\"\\x\"",
            "line 1, column 2: unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits"
        ),
        ("\"a\tb\"", "line 1, column 3: a control character in a text must be escaped"),
    ])
    func `a fault is named with its place in one sentence`(text: String, sentence: String) {
        #expect(fault(text)?.description == sentence)
    }

    @Test func `bytes that are not UTF-8 are refused at their place`() throws {
        for (bytes, offset) in [([0x22, 0x61, 0xFF, 0x22], 2), ([0x22, 0x5C, 0x6E, 0x61, 0xC3, 0x22], 4)]
            as [([UInt8], Int)]
        {
            do throws(JSONError) {
                _ = try JSONReader.read(bytes.span)
                Issue.record("was read")
            } catch {
                #expect(error.kind == .badUTF8)
                #expect(error.offset == offset)
            }
        }
    }

    @Test func `the depth limit holds at its border`() throws {
        let inside = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        _ = try JSONReader.read(inside)
        #expect(fault("[" + inside + "]")?.kind == .tooDeep(limit: 512))
        #expect(fault(String(repeating: "{\"a\":", count: 600))?.kind == .tooDeep(limit: 512))
    }

    @Test func `many lists beside each other are not deep`() throws {
        let value = try JSONReader.read("[" + String(repeating: "[],{},", count: 2000) + "{\"a\":[]}]")
        #expect(value.array?.count == 4001)
    }

    @Test func `a number keeps its text unless it is in canonical notation`() throws {
        for text in ["0", "12", "-12", "1200", "0.5", "-0.05", "999999999999999999", "123456789.123456789"] {
            #expect(try JSONReader.read(text) == .number(#require(ExactDecimal(text))))
        }
        for text in ["-0", "40.000", "0.0", "-0.0", "1e3", "1E400", "123456789012345678901234567890", "0.10", "1e-2"] {
            #expect(try JSONReader.read(text) == .numeral(text))
        }
    }

    @Test func `escapes become the characters they mean`() throws {
        let value = try JSONReader.read(#""\"\\\/\b\f\n\r\t\u0000\u00e9\u20AC\ud83d\ude00""#)
        #expect(value == .string("\"\\/\u{8}\u{C}\n\r\t\u{0}é€😀"))
    }

    @Test func `members keep their order and a name stands once, in small and in large objects`() throws {
        #expect(try JSONReader.read(#"{"b":1,"a":2,"":3}"#).object?.keys == ["b", "a", ""])
        for count in [2, 8, 9, 10, 11, 3000] {
            let members = (0..<count).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
            #expect(try JSONReader.read("{\(members)}").object?.count == count)
            #expect(fault("{\(members),\"k0\":1}")?.kind == .duplicateKey("k0"))
            #expect(fault("{\(members),\"k\(count - 1)\":1}")?.kind == .duplicateKey("k\(count - 1)"))
        }
    }

    @Test func `records with the names of the one before, fewer, more or others are each read as written`() throws {
        let text =
            #"[{"a":1,"b":2},{"a":3,"b":4},{"a":5},{"a":1,"c":2},{},{"a":1,"b":{"a":1,"b":2},"c":3},{"b":1,"a":2}]"#
        #expect(JSONWriter.text(try JSONReader.read(text)) == text)
        #expect(fault(#"[{"a":1,"b":2},{"a":3,"b":4,"a":5}]"#)?.kind == .duplicateKey("a"))
        #expect(fault(#"[{"a":1,"b":2},{"b":3,"a":4,"b":5}]"#)?.kind == .duplicateKey("b"))
        #expect(fault(#"[{"a\"":1},{"a"":1}]"#)?.kind == .unexpected(expected: "':'"))
    }

    @Test func `a byte order mark before the text is passed over`() throws {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF, 0x5B, 0x5D]
        #expect(try JSONReader.read(bytes.span) == [])
        #expect(throws: JSONError.self) { try JSONReader.read(Array(bytes.prefix(3)).span) }
    }

    @Test func `records are read one by one from a buffer, and a cut one says so`() throws {
        let bytes = Array(#" {"a":1} , {"a":"x\u00e9"} "#.utf8)
        var offset = 0
        #expect(try JSONReader.readValue(bytes.span, at: &offset) == ["a": 1])
        #expect(offset == 8)
        offset = JSONReader.skipBlanks(bytes.span, from: offset) + 1
        let second = offset
        for end in second..<(bytes.count - 1) {
            var cut = second
            do throws(JSONError) {
                _ = try JSONReader.readValue(bytes.span.extracting(0..<end), at: &cut)
                Issue.record("was read to \(end)")
            } catch {
                #expect(error.kind == .endsEarly)
                #expect(cut == second)
            }
        }
        #expect(try JSONReader.readValue(bytes.span, at: &offset) == ["a": "xé"])
    }

    @Test func `a record reader goes on after a record that was cut`() throws {
        let bytes = Array(#"{"a":{"b":1}},{"a":{"b":2}},{"a":{"b":3,"c":"#.utf8)
        var records = JSONRecordReader()
        var offset = 0
        #expect(try records.read(bytes.span, at: &offset) == ["a": ["b": 1]])
        offset += 1
        #expect(throws: JSONError.self) { try records.read(bytes.span.extracting(0..<(offset + 7)), at: &offset) }
        #expect(try records.read(bytes.span, at: &offset) == ["a": ["b": 2]])
        offset += 1
        let whole = bytes + Array("4}}".utf8)
        #expect(throws: JSONError.self) { try records.read(bytes.span, at: &offset) }
        #expect(try records.read(whole.span, at: &offset) == ["a": ["b": 3, "c": 4]])
    }
}
