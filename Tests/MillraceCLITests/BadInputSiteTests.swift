import MillraceTesting
import MillraceValues
import Testing

/// A site's own files, broken in the ways in which editors, exports and bad will break them: each fault has its place.
@Suite("Bad input: the files of a site")
struct BadInputSiteTests {
    /// A file of the site that is replaced, and how each line of its faults begins.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: String
        var bytes: [UInt8]
        var faults: [String]

        init(_ what: String, _ file: String, _ text: String, _ faults: String...) {
            self.init(what, file, Array(text.utf8), faults)
        }

        init(_ what: String, _ file: String, _ bytes: [UInt8], _ faults: [String]) {
            (testDescription, self.file, self.bytes, self.faults) = (what, file, bytes, faults)
        }
    }

    static let site = """
        site: {id: T, zone: UTC, live-since: 2016-01-01T00:00:00Z}
        store: {sqlite: state/millrace.db}
        calendar: {shifts: []}
        connectors:
          input: {csv: {path: drop/input}}

        """
    static let mapping = """
        mapping: rows
        from: {connector: input}
        to: {fact: production-count}
        tables: {lines: {file: ../tables/lines.csv, key: code, value: line}}
        fields:
          equipment: {from: l, table: lines}
          time: {from: a, type: time, format: unix}
          order: {value: none}
          operation: {value: none}
          good: {increment: b}

        """

    /// The text with its first `old` made `new`.
    static func changed(_ text: String, _ old: String, _ new: String) -> String {
        guard let found = text.firstRange(of: old) else { return text }
        return text.replacingCharacters(found, by: new)
    }

    /// Nine levels of ten aliases each: a billion words.
    private static let bomb =
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + zip("abcdefgh", "bcdefghi").map { inner, outer in
            "\(outer): &\(outer) [" + Array(repeating: "*\(inner)", count: 10).joined(separator: ",") + "]\n"
        }.joined()

    private static let rows = "mappings/rows.yaml"
    private static let wrongKey = changed(mapping, "good: {inc", "goood: {inc")

    static let mappings: [Case] = [
        Case("aliases that unfold", rows, bomb, "1:24: error MR003"),
        Case("an alias of itself", rows, "a: &a [*a]\n", "1:8: error MR001"),
        Case("an alias of nobody", rows, "mapping: *nobody\n", "1:10: error MR001"),
        Case("20,000 open lists", rows, "mapping: " + String(repeating: "[", count: 20_000), "1:11: error MR001"),
        Case(
            "1,000 levels", rows, (0..<1_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            "1000:1000: error MR001"),
        Case("2 MiB", rows, "# " + String(repeating: "x", count: 2 << 20) + "\n" + mapping, "1:1: error MR003"),
        Case("60,000 keys", rows, (0..<60_000).map { "k\($0): v\n" }.joined(), "1:1: error MR003"),
        Case("2,000 equal keys", rows, String(repeating: "k: v\n", count: 2_000), "1:1: error MR002"),
        Case("a tab as indent", rows, changed(mapping, "  equipment", "\tequipment"), "6:1: error MR001"),
        Case("a byte order mark is no fault", rows, "\u{FEFF}" + wrongKey, "6:3: error MR005", "10:3: error MR004"),
        Case(
            "lines that end as on Windows are no fault", rows, wrongKey.replacingLineEnds(by: "\r\n"),
            "6:3: error MR005", "10:3: error MR004"),
        Case(
            "bytes that are not UTF-8", rows, Array("mapping: rows\nfrom: ü".utf8) + [0xFF, 0x0A], ["2:8: error MR001"]),
        Case(
            "UTF-16", rows, [0xFF, 0xFE] + "mapping: rows".utf16.flatMap { [UInt8($0 & 0xFF), 0] }, ["1:1: error MR001"]
        ),
        Case("a NUL byte", rows, changed(mapping, "from: l", "from: \0"), "6:"),
        Case("nothing", rows, "", "1:1: error MR006"),
        Case("a list", rows, "- a\n- b\n", "1:1: error MR006"),
        Case("a word", rows, "hello\n", "1:1: error MR006"),
        Case("two documents", rows, mapping + "---\n" + mapping, "11:1: error MR001"),
        Case("a merge key", rows, mapping + "<<: {a: b}\n", "11:1: error MR004"),
    ]

    private static let lines = "tables/lines.csv"

    static let tables: [Case] = [
        Case("an empty table", lines, "", "1:1: error MR014"),
        Case("a table without its key", lines, "kode,line\n1,L1\n", "1:1: error MR014"),
        Case("a table without its value", lines, "code,lime\n1,L1\n", "1:1: error MR014"),
        Case("a key that stands twice", lines, "code,line\n1,L1\n1,L2\n", "3:1: error MR014"),
        Case("a short row", lines, "code,line\n1,L1\n2\n", "3:1: error MR014"),
        Case("a long row", lines, "code,line\n1,L1,x\n", "2:1: error MR014"),
        Case("an open quote", lines, "code,line\n1,\"L1\n2,L2\n", "2:3: error MR014"),
        Case("a NUL byte in a table", lines, "code,line\n1,L\u{0}1\n", "2:4: error MR014"),
        Case("a table that is not UTF-8", lines, Array("code,line\n1,L".utf8) + [0xFF, 0x0A], ["2:1: error MR014"]),
    ]

    private static let file = "millrace.yaml"
    private static func drop(_ more: String) -> String { changed(site, "path: drop/input", more) }

    static let sites: [Case] = [
        Case("the site: a tab", file, changed(site, "  input", "\tinput"), "5:1: error MR001"),
        Case(
            "the site: an unknown key", file, changed(site, "store:", "stor:"), "1:1: error MR005", "2:1: error MR004"),
        Case("the site: an unknown kind", file, changed(site, "csv:", "cvs:"), "5:11: error MR013"),
        Case(
            "the site: an unknown zone", file, changed(site, "zone: UTC", "zone: Europe/Atlantis"), "1:21: error MR019"),
        Case(
            "the site: a zone that is a path", file, changed(site, "zone: UTC", "zone: ../../etc/passwd"),
            "1:21: error MR019"),
        Case("the site: no instant", file, changed(site, "2016-01", "2016-13"), "1:38: error MR008"),
        Case(
            "the site: 20,000 open mappings", file, "site: " + String(repeating: "{a: ", count: 20_000),
            "1:3999: error MR001"),
        Case("the site: aliases that unfold", file, bomb, "1:24: error MR003"),
        Case("the site: bytes that are not UTF-8", file, Array("site: {id: ".utf8) + [0xFF], ["1:12: error MR001"]),
        Case("the site: a delimiter of two", file, drop("path: drop/input, delimiter: \";;\""), "5:35: error MR008"),
        Case("the site: an unknown encoding", file, drop("path: drop/input, encoding: utf-7"), "5:45: error MR007"),
        Case("the site: no length of time", file, drop("path: drop/input, quiet: soon"), "5:42: error MR008"),
        Case("the site: no path", file, drop("quiet: 1 s"), "5:16: error MR005"),
        Case("the site: a position 0", file, drop("path: drop/input, positions: {a: 0}"), "5:50: error MR008"),
        Case(
            "the site: a secret in the open", file,
            site + "endpoints: {erp: {http: {url: \"https://x\", auth: {bearer: {token: abc}}}, "
                + "requests: {c: {post: /c, quantity: delta, correct: signed}}}}\n",
            "6:67: error MR018"),
    ]

    @Test(arguments: mappings + tables + sites)
    func `A broken file gives each fault its line and column, and nothing runs`(item: Case) async throws {
        let site = try SiteFixture()
        site.write("millrace.yaml", Self.site)
        site.write("mappings/rows.yaml", Self.mapping)
        site.write("tables/lines.csv", "code,line\n1,L1\n")
        site.write(item.file, item.bytes)

        let ending = try await BuiltProgram.run(["check", "--site", site.path], in: site)
        let run = try await site.run()

        let heads = ending.errors.split(separator: "\n").filter {
            $0.contains(": error MR") || $0.contains(": warning MR")
        }
        #expect(ending.code == 10 && run.code == 10, "\(ending)")
        #expect(heads.count == item.faults.count, "\(ending.errors)")
        for (head, fault) in zip(heads, item.faults) {
            #expect(head.hasPrefix("\(item.file):\(fault)"), "\(ending.errors)")
        }
        #expect(ending.cpuSeconds < 2 && ending.peakKiB < 65_536, "\(ending)")
    }

    @Test func `The site that is broken here is right as it stands`() async throws {
        let site = try SiteFixture()
        site.write("millrace.yaml", Self.site)
        site.write("mappings/rows.yaml", Self.mapping)
        site.write("tables/lines.csv", "code,line\n1,L1\n")

        let ending = try await BuiltProgram.run(["check", "--site", site.path], in: site)

        #expect(ending.code == 0 && ending.errors.isEmpty, "\(ending)")
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<String.Index>, by text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }

    fileprivate func replacingLineEnds(by end: String) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end)
    }
}
