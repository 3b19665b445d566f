import MillraceConnectors
import MillraceCore
import MillraceTesting
import MillraceTransport
import MillraceValues
import Testing

@Suite("MTConnect: recorded documents")
struct RecordedDocumentTests {
    private func connector(_ folder: DropFolder, devices: [String] = []) -> MTConnectConnector {
        let settings = MTConnectSettings(
            id: "press-line", source: .files(folder: folder.path, path: "drop/*.xml"), devices: devices)
        return MTConnectConnector(settings, transport: NoAgent()) { DropFolder.now }
    }

    private struct NoAgent: HTTPTransport {
        func send(_ request: HTTPRequest) async -> HTTPExchange {
            .failed(TransportFailure(kind: .connect, nothingSent: true, message: "no agent here"))
        }
    }

    static let document = """
        <m:MTConnectStreams xmlns:m="urn:mtconnect.org:MTConnectStreams:2.0" xmlns:x="urn:acme:1"><m:Header instanceId="7" \
        creationTime="2026-03-02T06:00:00Z" firstSequence="1" lastSequence="9" nextSequence="10"/><m:Streams>
        <m:DeviceStream name="P1" uuid="u-1"><m:ComponentStream component="Path" componentId="c1"><m:Events>
        <m:PartCount dataItemId="pc" subType="GOOD" sequence="3" timestamp="2026-03-02T05:59:00.1234567Z" \
        resetTriggered="SHIFT"> 12 </m:PartCount>
        <x:MoldTemp dataItemId="mt" sequence="2" timestamp="2026-03-02T05:58:00Z">A &amp; B</x:MoldTemp>
        <m:PartCountDataSet dataItemId="ds" sequence="5" count="2" timestamp="2026-03-02T05:59:02Z">\
        <m:Entry key="a">1</m:Entry><m:Entry key="b" removed="true"/></m:PartCountDataSet>
        <m:WorkOffsetTable dataItemId="t" sequence="6" timestamp="2026-03-02T05:59:03Z">\
        <m:Entry key="G54"><m:Cell key="X">1.5</m:Cell></m:Entry></m:WorkOffsetTable></m:Events>
        <m:Condition><m:Fault dataItemId="cn" type="SYSTEM" nativeCode="E7" sequence="4" timestamp="2026-03-02T05:59:01Z">\
        hot</m:Fault><m:Unavailable dataItemId="c2" type="LOGIC" sequence="7" timestamp="2026-03-02T05:59:04Z"/></m:Condition>
        </m:ComponentStream></m:DeviceStream><m:DeviceStream name="P2" uuid="u-2"><m:ComponentStream component="C">
        <m:Events><m:EmergencyStop dataItemId="e" sequence="8" timestamp="2026-03-02T05:59:05Z">ARMED</m:EmergencyStop>
        </m:Events></m:ComponentStream></m:DeviceStream></m:Streams></m:MTConnectStreams>
        """

    @Test func `An observation is a reading with its device, type, value, sequence and time`() async throws {
        let folder = DropFolder()
        folder.write("a.xml", Self.document)
        var batches: [ReadingBatch] = []
        _ = try await connector(folder).pull(from: nil) { page in
            if let batch = page.batch { batches.append(batch) }
            return .goOn
        }

        let batch = try #require(batches.first)
        func texts(_ name: String) -> [String?] {
            let field = batch.names.firstIndex(of: name) ?? 0
            return (0..<batch.count).map { batch.text(row: $0, field: field) }
        }
        #expect(batch.source == "drop/7" && batch.numbering == .instance)
        #expect(batch.positions == [2, 3, 4, 5, 5, 6, 7, 8])
        #expect(texts("device") == ["P1", "P1", "P1", "P1", "P1", "P1", "P1", "P2"])
        #expect(
            texts("type") == [
                "MOLD_TEMP", "PART_COUNT", "SYSTEM", "PART_COUNT", "PART_COUNT", "WORK_OFFSET", "LOGIC",
                "EMERGENCY_STOP",
            ])
        #expect(texts("value") == ["A & B", "12", "Fault", "1", "UNAVAILABLE", "1.5", "UNAVAILABLE", "ARMED"])
        #expect(texts("key") == [nil, nil, nil, "a", "b", "G54/X", nil, nil])
        #expect(texts("category")[2] == "CONDITION" && texts("nativeCode")[2] == "E7" && texts("text")[2] == "hot")
        #expect(texts("subType")[1] == "GOOD")
        #expect(batch.resets == [1])
        #expect(batch.instants[1] == Instant(iso8601: "2026-03-02T05:59:00.123456Z"))
    }

    @Test func `Only the devices that are named are read, by name or UUID`() async throws {
        let folder = DropFolder()
        folder.write("a.xml", Self.document)
        var haul = Haul()
        try await haul.pull(connector(folder, devices: ["u-2"]))
        #expect(haul.rows.count == 1)
        #expect(haul.end?.through == .largestEventTime)
    }

    @Test func `A document that breaks off keeps what is whole and is set aside from there`() async throws {
        let folder = DropFolder()
        let cut = try #require(Self.document.firstRange(of: "DataSet dataItemId"))
        folder.write("a.xml", String(Self.document[..<cut.upperBound]))
        var haul = Haul()
        try await haul.pull(connector(folder))
        try await haul.pull(connector(folder))
        #expect(haul.rows.count == 2)
        #expect(haul.setAside.map(\.reason) == [.unreadable])
        #expect(haul.end?.through == .startOfPull)
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `Every Streams document there is is read without loss`() async throws {
        var documents = 0
        for folderName in ["ladder99", "mtconnect.net", "nist-smstestbed"] {
            for name in SharedData.names(in: "testdata/mtconnect/" + folderName) where name.hasSuffix(".xml") {
                let bytes = try #require(SharedData.bytes("testdata/mtconnect/\(folderName)/\(name)"))
                let text = String(decoding: bytes, as: UTF8.self)
                guard text.prefix(400).contains("<MTConnectStreams") else { continue }
                documents += 1
                // Each observation has one sequence, and nothing else has one.
                let sequences = text.split(separator: " sequence=\"").dropFirst().map {
                    String($0.prefix { $0 != "\"" })
                }
                let folder = DropFolder()
                folder.write("a.xml", bytes)
                var haul = Haul()
                try await haul.pull(connector(folder))
                let read = haul.rows.compactMap { row in
                    row.split(separator: " ").first { $0.hasPrefix("sequence=") }.map { String($0.dropFirst(9)) }
                }
                #expect(
                    Set(read).count + haul.setAside.count == sequences.count,
                    "\(name): \(haul.setAside.first?.sentence ?? "")")
                #expect(haul.setAside.isEmpty == (name != "Current-Simple.xml"), "\(name)")
                let steps = try await Haul.inSteps(connector(folder))
                #expect(steps.rows == haul.rows && steps.cursor == haul.cursor, "\(name)")
            }
        }
        #expect(documents == 8)
    }

    @Test func `A long document stopped after each page gives the same readings`() async throws {
        let folder = DropFolder()
        var text =
            "<MTConnectStreams><Header instanceId=\"1\"/><Streams><DeviceStream name=\"P\"><ComponentStream><Events>"
        for number in 1...60_000 {
            text +=
                "<PartCount dataItemId=\"p\" sequence=\"\(number)\" timestamp=\"2026-03-02T06:00:00Z\">\(number)</PartCount>"
        }
        folder.write("a.xml", text + "</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>")

        var whole = Haul()
        try await whole.pull(connector(folder))
        let steps = try await Haul.inSteps(connector(folder))

        #expect(whole.rows.count == 60_000)
        #expect(whole.pages > 2)
        #expect(steps.rows == whole.rows)
    }

    @Test func `R2: all entries of a set come in one page, also of one that lies over its end`() async throws {
        var text =
            "<MTConnectStreams><Header instanceId=\"1\"/><Streams><DeviceStream name=\"P\"><ComponentStream><Events>"
        for number in 1...3_000 {
            let entries = (1...7).map { "<Entry key=\"k\($0)\">\(number)\(String(repeating: "0", count: 40))</Entry>" }
            text +=
                "<PartCountDataSet dataItemId=\"p\" sequence=\"\(number)\" timestamp=\"2026-03-02T06:00:00Z\">\(entries.joined())</PartCountDataSet>"
        }
        let folder = DropFolder()
        folder.write("a.xml", text + "</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>")
        var pages: [[Int64]] = []
        _ = try await connector(folder).pull(from: nil) { page in
            if let batch = page.batch { pages.append(batch.positions) }
            return .goOn
        }
        let steps = try await Haul.inSteps(connector(folder))

        #expect(pages.count > 2)
        #expect(pages.reduce(0) { $0 + $1.count } == 21_000)
        #expect(pages.allSatisfy { page in Set(page).allSatisfy { number in page.count { $0 == number } == 7 } })
        #expect(steps.rows.count == 21_000 && Set(steps.rows).count == 21_000)
    }

    @Test func `R2: an observation over the end of a page is read whole, also where the next pull goes on behind it`()
        async throws
    {
        let count = 50_000
        func value(_ number: Int) -> String { String(repeating: "v\(number)-", count: 40) }
        var text = """
            <MTConnectStreams><Header instanceId="7" creationTime="2026-03-02T06:00:00Z" nextSequence="1"/><Streams>
            <DeviceStream name="P1" uuid="u-1"><ComponentStream component="Path" componentId="c1"><Events>
            """
        for number in 0..<count {
            text +=
                "<Message dataItemId=\"m\" sequence=\"\(number)\" timestamp=\"2026-03-02T05:59:00Z\">\(value(number))</Message>"
        }
        text += "</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>"
        let folder = DropFolder()
        folder.write("a.xml", text)
        var pages: [ReadingBatch] = []
        var cursor: Value?
        var isOver = false
        while !isOver {
            isOver = true
            _ = try await connector(folder).pull(from: cursor) { page in
                if let batch = page.batch { pages.append(batch) }
                cursor = page.cursor
                isOver = page.batch.map { $0.count == 0 } ?? true
                return .stop
            }
        }

        let field = try #require(pages.first?.names.firstIndex(of: "value"))
        let item = try #require(pages.first?.names.firstIndex(of: "dataItem"))
        let wrong = pages.reduce(0) { sum, page in
            sum
                + (0..<page.count).count { row in
                    page.text(row: row, field: field) != value(Int(page.positions[row]))
                        || page.text(row: row, field: item) != "m"
                }
        }
        #expect(pages.count > 2)
        #expect(pages.reduce(0) { $0 + $1.count } == count)
        #expect(wrong == 0)
    }
}
