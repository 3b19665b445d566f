import MillraceTesting
import MillraceValues
import Testing

/// What a splitter made of a whole text, for comparing.
private struct Reading: Equatable {
    var rows: [[String]] = []
    var faults: [CSVFault] = []
    /// The line on which each row begins.
    var lines: [Int] = []

    /// Reads a text that arrives in chunks of that many bytes, dropping what was read as a connector does.
    init(_ text: [UInt8], dialect: CSVDialect = .comma, limits: CSVLimits = .standard, chunk: Int = .max) {
        var splitter = CSVSplitter(dialect: dialect, limits: limits)
        var buffer: [UInt8] = []
        var fields: [FieldSpan] = []
        var (fed, offset) = (0, 0)
        while true {
            switch splitter.next(in: &buffer, from: &offset, atEnd: fed == text.count, fields: &fields) {
            case .row:
                rows.append(fields.map { $0.text(in: buffer) })
                lines.append(splitter.rowLine)
            case .fault(let fault): faults.append(fault)
            case .end: return
            case .needsMore:
                buffer.removeSubrange(..<offset)
                offset = 0
                let end = fed + min(chunk, text.count - fed)
                buffer += text[fed..<end]
                fed = end
            }
        }
    }

    init(_ text: String, dialect: CSVDialect = .comma, limits: CSVLimits = .standard, chunk: Int = .max) {
        self.init(Array(text.utf8), dialect: dialect, limits: limits, chunk: chunk)
    }
}

@Suite("CSV splitter")
struct CSVSplitterTests {
    private static let made = "testdata/badinput/made/csv"
    private static let spectrum = "testdata/badinput/csv-spectrum"
    private static let chunks = [1, 2, 3, 7, 8, 9, 64, 1000, Int.max]

    @Test(arguments: chunks)
    func `rows and fields are found, whatever the chunks`(chunk: Int) {
        let text = "a,b,c\r\n1,,\n\n,\"x,\"\"y\"\"\",z\n\"\",\"line\r\nbreak\",\"\"\"\"\n9,8,a longer field than eight"
        let reading = Reading(text, chunk: chunk)
        #expect(
            reading.rows == [
                ["a", "b", "c"], ["1", "", ""], [], ["", "x,\"y\"", "z"], ["", "line\r\nbreak", "\""],
                ["9", "8", "a longer field than eight"],
            ])
        #expect(reading.faults.isEmpty)
        #expect(reading.lines == [1, 2, 3, 4, 5, 7])
    }

    @Test(arguments: [
        ("1,2\"3\"4\n5,6\n", "line 1, column 4, field 2: ", CSVFault.Kind.quoteInField),
        ("1,2\u{0}\n5,6\n", "line 1, column 4, field 2: ", .nulByte),
        ("\"1\",2\u{0}\n5,6\n", "line 1, column 6, field 2: ", .nulByte),
        ("\"1\"x,2\n5,6\n", "line 1, column 4, field 1: ", .textAfterQuote),
        ("\"1\" ,2\n5,6\n", "line 1, column 4, field 1: ", .textAfterQuote),
        ("\"1\"\rx,2\n5,6\n", "line 1, column 4, field 1: ", .textAfterQuote),
        ("\"a\nb\"x,2\n5,6\n", "line 2, column 3, field 1: ", .textAfterQuote),
        ("\"a\nb\u{0}\",2\n5,6\n", "line 2, column 2, field 1: ", .nulByte),
        ("\"1\",2\"\n5,6\n", "line 1, column 6, field 2: ", .quoteInField),
        ("1,\"2\n5,6\n", "line 1, column 3, field 2: ", .unclosedQuote),
        ("1,\"2\"\"\n5,6\n", "line 1, column 3, field 2: ", .unclosedQuote),
    ])
    func `a bad row is told with its place, and reading goes on behind it`(
        text: String, place: String, kind: CSVFault.Kind
    ) {
        for chunk in Self.chunks {
            let reading = Reading(text, chunk: chunk)
            #expect(reading.faults.map(\.kind) == [kind])
            #expect(reading.faults.map(\.description) == [place + kind.description])
            #expect(reading.rows == [["5", "6"]])
            #expect(reading.lines == [kind == .unclosedQuote || !text.hasPrefix("\"a") ? 2 : 3])
        }
    }

    @Test(arguments: chunks)
    func `a quote that is never closed costs its line only, within the limit of lines`(chunk: Int) {
        let limits = CSVLimits(fieldLines: 3)
        let reading = Reading("h\n\"a\n1\n2\n3\n4\n5\n", limits: limits, chunk: chunk)
        #expect(reading.rows == [["h"], ["1"], ["2"], ["3"], ["4"], ["5"]])
        #expect(
            reading.faults.map(\.description)
                == ["line 2, column 1, field 1: the quote that opens here is not closed within 3 lines"])
        #expect(reading.lines == [1, 3, 4, 5, 6, 7])
    }

    @Test(arguments: chunks)
    func `a quote that is not closed in the second line of a row resumes behind that line`(chunk: Int) {
        let reading = Reading("\"a\nb\",\"c\n1,2\n", chunk: chunk)
        #expect(reading.faults.map(\.line) == [2])
        #expect(reading.faults.map(\.column) == [4])
        #expect(reading.rows == [["1", "2"]])
        #expect(reading.lines == [3])
    }

    @Test(arguments: chunks)
    func `fields and rows at their limits are faults, one byte less is not`(chunk: Int) {
        let limits = CSVLimits(fieldBytes: 10, rowBytes: 24)
        func kinds(_ text: String) -> [CSVFault.Kind] {
            Reading(text + "\n1\n", limits: limits, chunk: chunk).faults.map(\.kind)
        }
        let nine = String(repeating: "x", count: 9)
        #expect(kinds(nine + "," + nine).isEmpty)
        #expect(kinds("\"\(nine)\",2").isEmpty)
        for text in ["1,x\(nine),2", "x\(nine)", "\"x\(nine)\"", "1,\"\(nine)xx", "\"1\",x\(nine)", "\"12345678\"\"\""]
        {
            #expect(kinds(text) == [.fieldTooLong(limit: 10)])
        }
        for text in ["\(nine),\(nine),1234", "\(nine),\(nine),123456,1", "\"1\",\(nine),\(nine)"] {
            #expect(kinds(text) == [.rowTooLong(limit: 24)])
        }
        let reading = Reading("x\(nine)x,1\u{0}\n1,2\n", limits: limits, chunk: chunk)
        #expect(reading.rows == [["1", "2"]])
        #expect(reading.faults.map(\.column) == [1])
    }

    @Test func `without a quote byte quotes are plain text`() throws {
        let dialect = CSVDialect(delimiter: 0x3B, quote: nil)
        #expect(Reading("\"a;b\"\"\n\"\"\n", dialect: dialect).rows == [["\"a", "b\"\""], ["\"\""]])
        #expect(Reading("a;\u{0}\n", dialect: dialect).faults.map(\.kind) == [.nulByte])
    }

    @Test func `a dialect of settings is one fit character each`() {
        #expect(CSVDialect(delimiter: ";", quote: "\"") == .semicolon)
        #expect(CSVDialect(delimiter: "\t", quote: nil)?.quote == nil)
        for (delimiter, quote) in [
            ("", "\""), (",,", "\""), ("é", "\""), (",", ","), ("\n", "\""), (",", "\r"), ("\u{0}", "'"),
        ] {
            #expect(CSVDialect(delimiter: delimiter, quote: quote) == nil)
        }
    }

    @Test func `an absent field has no text`() {
        #expect(FieldSpan.absent.text(in: [1, 2]).isEmpty)
        #expect(FieldSpan.absent.isAbsent)
        #expect(FieldSpan(start: 1, length: 9).text(in: [65, 66]).isEmpty)
        #expect(FieldSpan(start: 0, length: 2).text(in: [65, 66]) == "AB")
    }

    @Test func `any bytes are read without a trap and alike in all chunks`() {
        var random = Random(state: 42)
        let alphabet: [UInt8] = Array("\"\",,\n\n\r1ab\u{0}é".utf8)
        for _ in 0..<2000 {
            let text = (0..<Int(random.next() % 40)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            let limits = CSVLimits(fieldBytes: 6, rowBytes: 16, fieldLines: 2)
            let whole = Reading(text, limits: limits)
            for chunk in [1, 2, 5, 8, 11] { #expect(Reading(text, limits: limits, chunk: chunk) == whole) }
        }
    }

    @Test(.enabled(if: SharedData.isPresent), arguments: SharedData.names(in: spectrum + "/csvs"))
    func `the public spectrum of CSV files is read as its JSON says`(name: String) throws {
        let csv = try #require(SharedData.bytes("\(Self.spectrum)/csvs/\(name)"))
        let json = try #require(SharedData.bytes("\(Self.spectrum)/json/\(name.dropLast(3))json"))
        for chunk in Self.chunks {
            let reading = Reading(csv, chunk: chunk)
            let header = try #require(reading.rows.first)
            let records = reading.rows.dropFirst().map { row in
                var record = ValueObject()
                for (key, text) in zip(header, row) { record.append(key, .string(text)) }
                return Value.object(record)
            }
            #expect(try JSONReader.read(json.span) == .array(records))
        }
    }

    @Test(
        .enabled(if: SharedData.isPresent),
        arguments: [
            ("n_empty_header", 2, []), ("n_formula_cells", 7, []), ("n_nul_byte", 1, [.nulByte]),
            ("n_one_field_1MiB", 1, [.fieldTooLong(limit: 1 << 20)]), ("n_quote_in_middle", 1, [.quoteInField]),
            ("n_truncated_last_row", 3, []), ("n_unclosed_quote", 2, [.unclosedQuote]), ("y_no_final_newline", 2, []),
            ("y_thousands_and_nbsp", 3, []),
        ] as [(String, Int, [CSVFault.Kind])])
    func `bad rows of the made files are told and the good ones read`(name: String, rows: Int, kinds: [CSVFault.Kind])
        throws
    {
        let reading = Reading(try #require(SharedData.bytes("\(Self.made)/\(name).csv")), chunk: 65536)
        #expect(reading.rows.count == rows)
        #expect(reading.faults.map(\.kind) == kinds)
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `a quote that would swallow a file loses one line`() throws {
        let reading = Reading(try #require(SharedData.bytes("\(Self.made)/n_quotes_swallow_file.csv")), chunk: 512)
        #expect(reading.faults.map(\.line) == [2])
        #expect(reading.rows.first == ["a", "b"])
        #expect(reading.rows.dropFirst().allSatisfy { $0 == ["3", "4"] })
        #expect(reading.lines.dropFirst().first == 3)
    }

    @Test(
        .enabled(if: SharedData.isPresent),
        arguments: [
            ("y_bom_semicolon_decimal_comma", TextEncoding.utf8, [["order", "qty"], ["1001", "5,5"]]),
            ("y_utf16le", .utf16, [["a", "b"], ["1", "Größe"]]),
            ("y_windows1252", .windows1252, [["a", "b"], ["1", "Größe"]]),
        ])
    func `the made files of other encodings are read`(name: String, encoding: TextEncoding, rows: [[String]]) throws {
        let bytes = try #require(SharedData.bytes("\(Self.made)/\(name).csv"))
        let (actual, skip) = encoding.opening(bytes.span)
        var text: [UInt8] = []
        _ = try actual.decode(bytes.span.extracting(skip...), atEnd: true, into: &text)
        #expect(Reading(text, dialect: name.contains("semicolon") ? .semicolon : .comma).rows == rows)
    }
}

/// Numbers that are the same in each run (SplitMix64).
struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
