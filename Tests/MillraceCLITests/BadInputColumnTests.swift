import MillraceTesting
import MillraceValues
import Testing

/// What an integrator gets wrong first: each is said once, in one sentence that names the file and what to do.
@Suite("Bad input: files and mappings that do not fit")
struct BadInputColumnTests {
    private func site(_ connector: String, _ fields: [String: String] = [:]) throws -> SiteFixture {
        let site = try SiteFixture()
        site.write(
            "millrace.yaml",
            """
            site: {id: T, zone: UTC, live-since: 2016-01-01T00:00:00Z}
            store: {sqlite: state/millrace.db}
            calendar: {shifts: []}
            connectors:
              rows: {\(connector)}
            """)
        site.write(
            "mappings/rows.yaml",
            """
            mapping: rows
            from: {connector: rows}
            to: {fact: production-count}
            fields:
              equipment: {value: L1}
              time: {from: \(fields["time"] ?? "Zeit"), type: time, format: "\(fields["format"] ?? "dd.MM.yyyy HH:mm:ss")"}
              order: \(fields["order"] ?? "Auftrag")
              operation: {value: none}
              good: {increment: Menge, decimal-comma: true}
            """)
        return site
    }

    private let rows = "Auftrag;Menge;Zeit\n4711;5,5;02.03.2026 06:00:00\n4711;1;02.03.2026 06:01:00\n"

    @Test func `A column that the file does not have is said once, and again only when it was there between`()
        async throws
    {
        let site = try site("csv: {path: drop/*.csv, delimiter: \";\", quiet: 0 s}", ["order": "Auftrg"])
        site.write("drop/1.csv", rows)
        let first = try await site.run()
        site.write("drop/2.csv", rows + "4711;2;02.03.2026 06:02:00\n")
        let second = try await site.run()

        #expect(first.code == 3 && first.figure("readings") == 2, "\(first)")
        #expect(
            first.sentences == [
                "connector 'rows': drop/1.csv: mapping 'rows' reads the column 'Auftrg', and there are only 'Auftrag', 'Menge', "
                    + "'Zeit'; did you mean 'Auftrag'?"
            ])
        #expect(second.code == 0 && second.sentences.isEmpty, "\(second)")
    }

    @Test func `A wrong delimiter is named, with the place to mend it`() async throws {
        let site = try site("csv: {path: drop/*.csv, quiet: 0 s}")
        site.write("drop/1.csv", "Auftrag;Menge;Zeit\n4711;5;02.03.2026 06:00:00\n")
        let ending = try await site.run()

        #expect(
            ending.sentences.contains(
                "connector 'rows': drop/1.csv: mapping 'rows' reads the column 'Zeit', and there are only 'Auftrag;Menge;Zeit'; "
                    + "the file is delimited otherwise, say delimiter: \";\" in millrace.yaml"), "\(ending)")
    }

    @Test func `A wrong time format is said with the line, the text and the format`() async throws {
        let site = try site("csv: {path: drop/*.csv, delimiter: \";\", quiet: 0 s}", ["format": "yyyy-MM-dd HH:mm:ss"])
        site.write("drop/1.csv", rows)
        let ending = try await site.run()

        #expect(ending.code == 3 && ending.figure("set-aside") == 2, "\(ending)")
        #expect(
            ending.sentences == [
                "connector 'rows': 2 rows were set aside; the first: drop/1.csv:2: '02.03.2026 06:00:00' in 'Zeit' is no time of "
                    + "the form yyyy-MM-dd HH:mm:ss"
            ])
    }

    @Test func `A connector that no mapping reads is not read, and its files are read when one does`() async throws {
        let site = try site("csv: {path: drop/*.csv, delimiter: \";\", quiet: 0 s}")
        let mapping = String(decoding: SiteFixture.bytes(site.path + "/mappings/rows.yaml"), as: UTF8.self)
        site.write("drop/1.csv", rows)
        site.remove("mappings/rows.yaml")
        let check = try await BuiltProgram.run(["--site", site.path, "check"], in: site)
        let without = try await site.run()
        let again = try await site.run()
        site.write("mappings/rows.yaml", mapping)
        let with = try await site.run()

        #expect(check.code == 0)
        #expect(check.errors.hasPrefix("millrace.yaml:5:3: warning MR028: connector 'rows' is not read"), "\(check)")
        #expect(without.sentences == ["connector 'rows' is not read: no mapping says 'from: {connector: rows}'"])
        #expect(again.sentences.isEmpty)
        #expect(without.figure("readings") == 0 && with.figure("readings") == 2, "\(with)")
    }

    @Test(arguments: [
        ("[{\"a\": 1},]", "line 1: expected a record behind ','"),
        ("[{\"a\": 1}]\n[]", "line 2: something follows the end of the JSON text"),
        ("{\"a\": 1}\n\n{}", "line 3: something follows the end of the JSON text"),
    ])
    func `What is wrong behind a JSON record is said, and the record is kept`(text: String, fault: String) async throws
    {
        let site = try site("json: {path: drop/*.json, quiet: 0 s}")
        site.write("drop/1.json", text)
        let ending = try await site.run()

        #expect(ending.code == 3 && ending.figure("readings") == 1, "\(ending)")
        #expect(
            ending.sentences.first?.hasSuffix("the first: drop/1.json: \(fault); the rest of the file is not read")
                == true,
            "\(ending)")
    }
}
