import MillraceConnectors
import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@Suite("File drops: formats")
struct FileFormatTests {
    private func rows(_ text: String, _ format: FileDropSettings.Format) async throws -> Haul {
        try await rows(Array(text.utf8), format)
    }

    private func rows(_ bytes: [UInt8], _ format: FileDropSettings.Format) async throws -> Haul {
        let folder = DropFolder()
        folder.write("f", bytes)
        var haul = Haul()
        try await haul.pull(folder.connector(format, "*"))
        return haul
    }

    private let semicolon = FileDropSettings.Format.csv(CSVFormat(dialect: .semicolon, encoding: .windows1252))

    // MARK: CSV

    @Test func `Positions are offsets in the file, also where characters have another length there`() async throws {
        let bytes: [UInt8] = Array("a;b\n\"Gr".utf8) + [0xF6, 0xDF] + Array("e \"\"1\"\"\";1\n2;3\n".utf8)
        let haul = try await rows(bytes, semicolon)
        #expect(haul.rows == ["drop/f@4 a=Größe \"1\" b=1", "drop/f@20 a=2 b=3"])
    }

    @Test func `UTF-16 is read by its byte order mark`() async throws {
        let text = "a,b\n1,2\n3,4\n"
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let haul = try await rows(bytes, .csv(CSVFormat(encoding: .utf16)))
        #expect(haul.rows == ["drop/f@10 a=1 b=2", "drop/f@18 a=3 b=4"])
    }

    @Test func `A short row lacks fields, a long one is set aside with line and field`() async throws {
        let haul = try await rows("a,b\n1\n1,2,3\n4,5,\n", .csv(CSVFormat()))
        #expect(haul.rows == ["drop/f@4 a=1", "drop/f@12 a=4 b=5"])
        #expect(haul.setAside.map(\.line) == [3])
        #expect(haul.setAside.map(\.field) == ["field 3"])
        #expect(
            haul.setAside.map(\.sentence)
                == ["line 3: field 3 is beyond the 2 columns of the header; mend the row or its delimiters"])
        #expect(haul.setAside.map(\.content) == [Array("1,2,3\n".utf8)])
    }

    @Test func `Bytes that are not of the encoding set their row aside, and the rows after it are read`() async throws {
        let haul = try await rows(Array("a\n".utf8) + [0x41, 0xFF, 0x0A] + Array("ok\n".utf8), .csv(CSVFormat()))
        #expect(haul.rows == ["drop/f@5 a=ok"])
        #expect(
            haul.setAside.map(\.sentence)
                == ["line 2, column 2: the bytes there are not utf-8; declare the file's encoding, or mend the row"])

        let windows = try await rows(Array("a;b\n".utf8) + [0x81, 0x0A] + Array("ok;1\n".utf8), semicolon)
        #expect(windows.rows == ["drop/f@6 a=ok b=1"])
        #expect(windows.setAside.map(\.line) == [2])
    }

    @Test func `A bad line longer than any window is passed over in bounded memory`() async throws {
        let long = [UInt8](repeating: 0x78, count: 9 << 20)
        let bytes = Array("a,b\n1,2\n".utf8) + long + Array("\n3,4\n".utf8)
        let haul = try await rows(bytes, .csv(CSVFormat()))
        #expect(haul.rows.map { String($0.suffix(7)) } == ["a=1 b=2", "a=3 b=4"])
        #expect(haul.rows.last == "drop/f@\(8 + long.count + 1) a=3 b=4")
        #expect(haul.setAside.count == 1)
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `Every day log is read without loss by the places of its columns`() async throws {
        let format = CSVFormat(
            dialect: CSVDialect(delimiter: UInt8(ascii: "|"), quote: nil),
            columns: .positions(["time": 1, "key": 2, "value": 3]))
        var checked = 0
        for name in SharedData.names(in: "testdata/mtconnect/nist-smstestbed") where name.hasSuffix(".txt") {
            let bytes = try #require(SharedData.bytes("testdata/mtconnect/nist-smstestbed/" + name))
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true).count
            let haul = try await rows(bytes, .csv(format))
            #expect(haul.rows.count + haul.setAside.count == lines, "\(name)")
            #expect(haul.setAside.isEmpty, "\(name): \(haul.setAside.first?.sentence ?? "")")
            checked += 1
        }
        #expect(checked == 8)
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `csv-spectrum is read as its JSON says`() async throws {
        for name in SharedData.names(in: "testdata/badinput/csv-spectrum/csvs") {
            let bytes = try #require(SharedData.bytes("testdata/badinput/csv-spectrum/csvs/" + name))
            let truth = try #require(SharedData.bytes("testdata/badinput/csv-spectrum/json/\(name.dropLast(4)).json"))
            let expected = try JSONReader.read(truth.span).array ?? []
            let folder = DropFolder()
            folder.write("f", bytes)
            var found: [Value] = []
            _ = try await folder.connector(.csv(CSVFormat()), "f").pull(from: nil) { page in
                if let batch = page.batch {
                    for row in 0..<batch.count { found.append(.object(batch.reading(row: row).fields)) }
                }
                return .goOn
            }
            #expect(
                found.count == expected.count && zip(found, expected).allSatisfy { $0.means($1) }, "\(name): \(found)")
        }
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `Inputs that hurt are set aside row by row, and good ones are read`() async throws {
        for name in SharedData.names(in: "testdata/badinput/made/csv") {
            let bytes = try #require(SharedData.bytes("testdata/badinput/made/csv/" + name))
            let dialect: CSVDialect = name.contains("semicolon") ? .semicolon : .comma
            let encoding: TextEncoding =
                name.contains("1252") ? .windows1252 : name.contains("utf16") ? .utf16le : .utf8
            let haul = try await rows(bytes, .csv(CSVFormat(dialect: dialect, encoding: encoding)))
            if name.hasPrefix("y_") || name.contains("formula") {
                #expect(haul.setAside.isEmpty && !haul.rows.isEmpty, "\(name): \(haul.setAside)")
            } else {
                #expect(!haul.setAside.isEmpty, "\(name)")
                #expect(haul.setAside.allSatisfy { $0.line != nil && !$0.sentence.isEmpty }, "\(name)")
            }
        }
    }

    // MARK: JSON

    @Test func `A line of JSON is flattened to dotted names, exact and with its kinds`() async throws {
        let folder = DropFolder()
        folder.write(
            "f.ndjson",
            "{\"a\":{\"b\":1.50,\"c\":null},\"d\":[1,{\"x\":2}],\"e\":true,\"f\":\"t\"}\n\n{\"f\":\"u\",\"g\":{}}\n")
        var batch: ReadingBatch?
        _ = try await folder.connector(.ndjson, "*.ndjson").pull(from: nil) {
            batch = $0.batch
            return .goOn
        }
        let found = try #require(batch)
        #expect(found.names == ["a.b", "a.c", "d", "e", "f", "g"])
        #expect((0..<6).map { found.text(row: 0, field: $0) } == ["1.50", "", "[1,{\"x\":2}]", "true", "t", nil])
        #expect((0..<5).map { found.kind(row: 0, field: $0) } == [.number, .null, .json, .bool, .text])
        #expect(found.positions == [0, 60])
        #expect(found.kind(row: 1, field: 5) == .json)
    }

    @Test func `A line that is no JSON object is set aside with its line`() async throws {
        let haul = try await rows("{\"a\":1}\n[1]\n{\"a\":1,\"a\":2}\n{\"a\":3}\n", .ndjson)
        #expect(haul.rows == ["drop/f@0 a=1", "drop/f@26 a=3"])
        #expect(haul.setAside.map(\.line) == [2, 3])
        #expect(
            haul.setAside.map(\.sentence) == [
                "line 2: a record must be a JSON object", "line 3: column 8: the name \"a\" stands twice in one object",
            ])
    }

    @Test func `Records of a list are read from the whole text or from a path`() async throws {
        let list = try await rows(" [ {\"a\":1},\n {\"a\":2} ] ", .json(records: nil))
        #expect(list.rows == ["drop/f@3 a=1", "drop/f@13 a=2"])
        #expect(list.end?.through == .largestEventTime)

        let inside = try await rows(
            "{\"x\":[0],\"data\":{\"n\":1,\"items\":[{\"a\":1}]},\"y\":2}", .json(records: "data.items"))
        #expect(inside.rows == ["drop/f@32 a=1"])
    }

    @Test func `A list that breaks off keeps its whole records and says where it was cut`() async throws {
        let haul = try await rows("[{\"a\":1},\n{\"a\":", .json(records: nil))
        #expect(haul.rows == ["drop/f@1 a=1"])
        #expect(haul.setAside.map(\.line) == [2])
    }

    // MARK: pages

    @Test(arguments: ["csv", "ndjson", "json"])
    func `A pull in one go equals one in many steps`(kind: String) async throws {
        let folder = DropFolder()
        var text = kind == "csv" ? "order,qty\n" : kind == "json" ? "[" : ""
        for number in 0..<50_000 {
            switch kind {
            case "csv": text += number % 1000 == 7 ? "\(number),\"a\"\"b\"\n" : "\(number),\(number % 13)\n"
            case "ndjson": text += "{\"order\":\(number),\"k\(number % 3)\":{\"q\":\(number % 13)}}\n"
            default: text += "\(number == 0 ? "" : ",\n"){\"order\":\(number)}"
            }
        }
        folder.write("f", text + (kind == "json" ? "]" : ""))
        let format: FileDropSettings.Format =
            kind == "csv" ? .csv(CSVFormat()) : kind == "json" ? .json(records: nil) : .ndjson

        var whole = Haul()
        try await whole.pull(folder.connector(format, "f"))
        let steps = try await Haul.inSteps(folder.connector(format, "f"))

        #expect(whole.rows.count == 50_000)
        #expect(whole.pages > 2)
        #expect(steps.rows == whole.rows)
        #expect(steps.cursor == whole.cursor)
    }
}
