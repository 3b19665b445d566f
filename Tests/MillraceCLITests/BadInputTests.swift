import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues
import Testing

/// Input that hurts, through the whole program: each file in a process of its own, as a site would meet it.
///
/// What holds for each: a documented exit code and no signal, a sentence that names the place, under 2 s of processor time and
/// 64 MiB of memory. Files go one after the other by two, so that a loaded machine is fair to each.
@Suite("Bad input, through the whole program", .serialized, .enabled(if: SharedData.isPresent))
struct BadInputTests {
    /// How a file comes to the program.
    enum Way: String, Sendable, CaseIterable {
        case csv, json, ndjson, document, agent
    }

    /// What its name says of it.
    enum Verdict: Sendable {
        /// It is right and must not be called wrong.
        case right
        /// Something of it must be refused.
        case wrong
        /// Either, but no crash.
        case either

        init(name: Substring) {
            self = name.hasPrefix("y_") ? .right : name.hasPrefix("n_") ? .wrong : .either
        }
    }

    /// One file to read.
    struct Case: Sendable {
        var path: String
        var verdict: Verdict

        /// The files of a folder of the bad input, judged by the first letters of their names.
        static func folder(_ name: String, verdict: Verdict? = nil, every step: Int = 1) -> [Case] {
            let names = SharedData.names(in: "testdata/badinput/" + name)
            return stride(from: 0, to: names.count, by: step).map {
                Case(path: "testdata/badinput/\(name)/\(names[$0])", verdict: verdict ?? Verdict(name: names[$0][...]))
            }
        }

        /// Of the W3C's suite every so many files, judged by its own list for a parser that loads no external entity: a document type
        /// declaration is refused whatever else is said of the file.
        static func conformance(every step: Int) -> [Case] {
            let list = SharedData.bytes("testdata/badinput/w3c-xmlconf/EXPECT.tsv") ?? []
            let rows = String(decoding: list, as: UTF8.self).split(separator: "\n").dropFirst()
            return stride(from: rows.startIndex, to: rows.endIndex, by: step).compactMap { index in
                let columns = rows[index].split(separator: "\t", omittingEmptySubsequences: false)
                guard columns.count > 3 else { return nil }
                let mustRefuse =
                    columns[1] == "not-wf" && columns[2] == "none" && (columns[3].isEmpty || columns[3].contains("5"))
                return Case(path: "testdata/badinput/w3c-xmlconf/" + columns[0], verdict: mustRefuse ? .wrong : .either)
            }
        }
    }

    /// Some files that come the same way.
    struct Batch: Sendable, CustomTestStringConvertible {
        var name: String
        var way: Way
        var cases: [Case]

        var testDescription: String { "\(name) as \(way.rawValue)" }
    }

    /// JSON whose meaning is dangerous; that its text is right, all but the first three may be carried on.
    private static let meant = Case.folder("made/json").map { item in
        let isRefused = ["n_deep_10000", "n_dup_key", "n_lone_surrogate"].contains { item.path.hasSuffix($0 + ".json") }
        return Case(path: item.path, verdict: isRefused ? .wrong : .right)
    }

    static let batches = [
        Batch(name: "made", way: .csv, cases: Case.folder("made/csv", verdict: .either)),
        Batch(name: "csv-spectrum", way: .csv, cases: Case.folder("csv-spectrum/csvs", verdict: .right)),
        Batch(name: "made", way: .json, cases: meant),
        Batch(name: "made", way: .ndjson, cases: meant),
        Batch(name: "JSONTestSuite parsing", way: .json, cases: Case.folder("JSONTestSuite/test_parsing")),
        Batch(
            name: "JSONTestSuite transform", way: .json,
            cases: Case.folder("JSONTestSuite/test_transform", verdict: .either)),
        Batch(
            name: "JSONTestSuite parsing", way: .ndjson,
            cases: Case.folder("JSONTestSuite/test_parsing", verdict: .either, every: 3)),
        Batch(name: "made", way: .document, cases: Case.folder("made/xml")),
        Batch(name: "made", way: .agent, cases: Case.folder("made/xml")),
        Batch(name: "W3C", way: .document, cases: Case.conformance(every: 12)),
        Batch(name: "W3C", way: .agent, cases: Case.conformance(every: 40)),
    ]

    @Test(arguments: batches)
    func `A file ends in a documented code, with a sentence and a place, in bounds`(batch: Batch) async throws {
        #expect(!batch.cases.isEmpty)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, item) in batch.cases.enumerated() {
                if index >= 2 { try await group.next() }
                group.addTask { try await Self.check(item, batch.way) }
            }
            try await group.waitForAll()
        }
    }

    private static func check(_ item: Case, _ way: Way) async throws {
        let bytes = try #require(SharedData.bytes(item.path), "\(item.path)")
        let site = try SiteFixture()
        let ending: BuiltProgram.Ending
        if way == .agent {
            let server = try ScriptedServer { connection in
                _ = connection.readRequest()
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\nConnection: close\r\n\r\n")
                connection.write(bytes)
            }
            defer { server.stop() }
            site.writeTroubleSite("mtconnect: {url: \"\(server.url)/\"}")
            ending = try await site.run()
            #expect(
                server.requests.allSatisfy { $0.hasPrefix("GET /current ") || $0.hasPrefix("GET /probe ") },
                "\(item.path)")
        } else {
            site.writeTroubleSite(way.connector)
            site.write("drop/input", bytes)
            ending = try await site.run()
        }
        let what = "\(item.path) as \(way.rawValue): \(ending)"
        #expect(ending.signal == nil && [0, 3, 5].contains(ending.code), "\(what)")
        #expect(ending.cpuSeconds < 2 && ending.peakKiB < 65_536, "\(what)")
        #expect(!ending.output.contains("root:") && ending.errors.isEmpty, "\(what)")
        if ending.code == 5 { #expect(ending.sentences.contains { $0.contains("127.0.0.1") }, "\(what)") }
        if ending.code == 3 { #expect(ending.sentences.contains { $0.contains("drop/input") }, "\(what)") }
        try judge(item, way, ending, try site.store().setAsideCounts(), what)
    }

    private static func judge(
        _ item: Case, _ way: Way, _ ending: BuiltProgram.Ending, _ setAside: [SetAsideCount], _ what: String
    ) throws {
        // What the text is, and not what a mapping of this site could do with it.
        let unreadable = setAside.first { $0.reason == .unreadable }?.sentence ?? ""
        let isOfText = !unreadable.isEmpty && !Self.aboutMeaning.contains { unreadable.contains($0) }
        let isEmptyFile = setAside.contains { $0.reason == .file }
        switch item.verdict {
        case .right: #expect(!isOfText && !isEmptyFile, "\(what): \(unreadable)")
        case .wrong:
            #expect(
                (!unreadable.isEmpty && !unreadable.contains(Self.aboutMeaning[0])) || isEmptyFile || ending.code == 5,
                "\(what): \(unreadable)")
        case .either: break
        }
    }

    /// What is said of a right text that is not what this connector reads.
    private static let aboutMeaning = [
        "a record must be a JSON object", "expected a list of records", "no MTConnectStreams document",
    ]

    // MARK: What a file wants to have fetched

    @Test func `An entity and a schema on the network are not asked for`() async throws {
        let far = try ScriptedServer { connection in _ = connection.readRequest() }
        defer { far.stop() }
        let texts = [
            "<!DOCTYPE MTConnectStreams SYSTEM \"\(far.url)/a.dtd\"><MTConnectStreams/>",
            "<!DOCTYPE r [<!ENTITY e SYSTEM \"\(far.url)/e\">]><MTConnectStreams>&e;</MTConnectStreams>",
            "<!DOCTYPE r [<!ENTITY % e SYSTEM \"\(far.url)/e\">%e;]><MTConnectStreams/>",
            "<MTConnectStreams xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"\(far.url)/x\"/></MTConnectStreams>",
            "<MTConnectStreams xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                + "xsi:schemaLocation=\"urn:mtconnect.org:MTConnectStreams:1.3 \(far.url)/s.xsd\"/>",
            "<?xml-stylesheet type=\"text/xsl\" href=\"\(far.url)/s.xsl\"?><MTConnectStreams/>",
        ]
        for text in texts {
            let site = try SiteFixture()
            site.writeTroubleSite(Way.document.connector)
            site.write("drop/input", text)
            let ending = try await site.run()
            #expect(ending.signal == nil && [0, 3].contains(ending.code), "\(ending)")
        }
        #expect(far.connectionCount == 0)
    }

    @Test(arguments: [Way.document, .agent])
    func `One element with 50,000 attributes is capped`(way: Way) async throws {
        let text =
            "<MTConnectStreams " + (0..<50_000).map { "a\($0)=\"\($0)\"" }.joined(separator: " ") + "/>"
        let site = try SiteFixture()
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n" + text)
        }
        defer { server.stop() }
        site.writeTroubleSite(way == .agent ? "mtconnect: {url: \"\(server.url)/\"}" : way.connector)
        if way == .document { site.write("drop/input", text) }

        let ending = try await site.run()

        #expect(ending.code == (way == .agent ? 5 : 3), "\(ending)")
        #expect(ending.sentences.contains { $0.contains("an element has more than 256 attributes") }, "\(ending)")
        #expect(ending.cpuSeconds < 0.5 && ending.peakKiB < 65_536, "\(ending)")
    }
}

extension BadInputTests.Way {
    /// The connector that reads `drop/input` so.
    var connector: String {
        switch self {
        case .csv: "csv: {path: drop/input, quiet: 0 s}"
        case .json: "json: {path: drop/input, quiet: 0 s}"
        case .ndjson: "ndjson: {path: drop/input, quiet: 0 s}"
        case .document, .agent: "mtconnect: {files: drop/input}"
        }
    }
}

extension SiteFixture {
    /// A site that has one connector, and one mapping that reads columns or data items from it.
    borrowing func writeTroubleSite(_ connector: String) {
        write(
            "millrace.yaml",
            """
            site: {id: T, zone: UTC, live-since: 2016-01-01T00:00:00Z}
            store: {sqlite: state/millrace.db}
            calendar: {shifts: []}
            connectors:
              input: {\(connector)}
            """)
        let isAgent = connector.hasPrefix("mtconnect")
        write(
            "mappings/rows.yaml",
            """
            mapping: rows
            from: {connector: input\(isAgent ? ", signals: {parts: {type: PART_COUNT}}" : "")}
            to: {fact: production-count}
            fields:
              equipment: {value: L1}
              time: \(isAgent ? "time" : "{from: a, type: time, format: unix}")
              order: {value: none}
              operation: {value: none}
              good: \(isAgent ? "{counter: parts}" : "{increment: b}")
            """)
    }
}
