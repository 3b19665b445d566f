import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceConnectors

@Suite("File drops: how a strange file seems to be written")
struct FileGuessTests {
    private func guess(_ text: String) -> FileGuess? { FileGuess(beginning: Array(text.utf8)) }

    @Test(arguments: [
        ("a;b;c\n1,5;2;3\n1,5;2;3\n", UInt8(ascii: ";")), ("a,b\n1,2\n", UInt8(ascii: ",")),
        ("a\tb\n1,2\t2\n", UInt8(ascii: "\t")), ("a|b\n1|2\n", UInt8(ascii: "|")),
        ("\"x, y\";b\n\"p, q\";2\n", UInt8(ascii: ";")), ("one\n1\n2\n", UInt8(ascii: ",")),
    ])
    func `the delimiter is the one that parts lines evenly`(text: String, delimiter: UInt8) throws {
        guard case .csv(let csv)? = guess(text)?.format else {
            Issue.record("no CSV")
            return
        }
        #expect(csv.dialect.delimiter == delimiter)
    }

    @Test func `a first row of numbers or times is no header`() {
        #expect(
            guess("2026-03-02T06:00:00Z,M1,4\n2026-03-02T06:01:00Z,M1,5\n")?.columns == [
                "column1", "column2", "column3",
            ])
        #expect(guess("time,machine,good\r\n2026-03-02T06:00:00Z,M1,4\r\n")?.columns == ["time", "machine", "good"])
    }

    @Test
    func `rows of a time, the name of a signal and its value are a log; rows of a time, a machine and a count are not`()
    {
        let log =
            "2019-06-12T07:00:46.763699Z|load|Unavailable||||\n2019-06-12T07:00:47Z|parts|4\n"
            + "2019-06-12T07:00:48Z|execution|ACTIVE\n2019-06-12T07:00:49Z|parts|5\n"
        #expect(guess(log)?.columns == FileGuess.logColumns)
        guard case .csv(let csv)? = guess(log)?.format else {
            Issue.record("no CSV")
            return
        }
        #expect(csv.dialect == CSVDialect(delimiter: UInt8(ascii: "|"), quote: nil))
        #expect(csv.columns == .positions(["timestamp": 1, "key": 2, "value": 3]))
        let rows = "2026-03-02T06:00:00Z,M1,4\n2026-03-02T06:01:00Z,M2,5\n2026-03-02T06:02:00Z,M1,5\n"
        #expect(guess(rows)?.columns == ["column1", "column2", "column3"])
    }

    @Test func `lines of objects, a list, a list inside, and a document of an agent are told apart`() {
        #expect(guess("{\"a\":1}\n{\"a\":2}\n")?.format == .ndjson)
        #expect(guess("[{\"a\":1}]")?.format == .json(records: nil))
        #expect(guess("{\"data\":\n{\"rows\":[{\"a\":1}]}}")?.format == .json(records: "data.rows"))
        #expect(guess("<?xml version=\"1.0\"?><MTConnectStreams/>")?.kind == "mtconnect")
        #expect(guess("") == nil)
        #expect(FileGuess(beginning: [0, 1, 2, 3]) == nil)
    }

    @Test func `the encoding is told by its mark, else by what the bytes can be`() {
        func encoding(_ bytes: [UInt8]) -> TextEncoding? {
            if case .csv(let csv)? = FileGuess(beginning: bytes)?.format { csv.encoding } else { nil }
        }
        #expect(encoding(Array("a;b\nGr".utf8) + [0xFC] + Array("n;1\n".utf8)) == .windows1252)
        #expect(encoding(Array("a;b\nGrün;1\n".utf8)) == .utf8)
        let wide: [UInt8] = [0xFF, 0xFE] + Array("a;b\n1;2\n".utf8).flatMap { [$0, 0] as [UInt8] }
        #expect(encoding(wide) == .utf16le || encoding(wide) == .utf16)
    }
}
