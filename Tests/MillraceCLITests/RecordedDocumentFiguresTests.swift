import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

/// Documents as agents write them, made by hand, through the whole program to the figures of its report.
@Suite("Recorded documents, through the whole program")
struct RecordedDocumentFiguresTests {
    private static func document(_ events: String, instance: String = "1", device: String = "name=\"M1\"") -> String {
        """
        <MTConnectStreams><Header instanceId="\(instance)" creationTime="2025-03-02T09:00:00Z"/><Streams>
        <DeviceStream \(device) uuid="u1"><ComponentStream component="Path" componentId="p"><Events>
        \(events)
        </Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>
        """
    }

    private static func parts(
        _ sequence: Int, _ minute: String, _ value: String, item: String = "pc", more: String = ""
    ) -> String {
        "<PartCount dataItemId=\"\(item)\" sequence=\"\(sequence)\" timestamp=\"2025-03-02T06:\(minute)\" \(more)>\(value)</PartCount>"
    }

    private static func entries(_ sequence: Int, _ minute: String, _ entries: String) -> String {
        """
        <PartCountDataSet dataItemId="set" sequence="\(sequence)" timestamp="2025-03-02T06:\(minute)">\(entries)</PartCountDataSet>
        """
    }

    private static func entry(_ key: String, _ value: Int) -> String { "<Entry key=\"\(key)\">\(value)</Entry>" }

    private static let set = document(
        entries(1, "00:00Z", entry("A", 100) + entry("B", 5)) + entries(2, "01:00Z", entry("A", 101))
            + entries(3, "02:00Z", entry("B", 7)) + entries(4, "03:00Z", entry("A", 104) + entry("B", 9)))

    /// Good pieces and unconfirmed ones of the device, behind two runs over those documents.
    private func figures(_ documents: [String], counts: String? = nil) async throws -> (good: Int64, unconfirmed: Int64)
    {
        let site = try SiteFixture()
        site.writeDocumentSite(rate: 60)
        if let counts { site.write("mappings/counts.yaml", counts) }
        for (number, document) in documents.enumerated() { site.write("drop/\(number).xml", document) }
        _ = try await site.run()
        _ = try await site.run()
        let figures = try await site.reported("M1")
        return (figures.counted, figures.unconfirmed)
    }

    @Test func `R1: the entries of one set are one reading, each with its own signal`() async throws {
        let counts = """
            mapping: counts
            from: {connector: machine, signals: {a: {type: PART_COUNT, key: A}, b: {type: PART_COUNT, key: B}}}
            to: {fact: production-count}
            fields:
              equipment: device
              time: time
              order: {value: none}
              operation: {value: none}
              good: {counter: a, max-rate: 60/min}
              scrap: {counter: b, max-rate: 60/min}
            """
        // Of two columns the one that is told behind the other was lost.
        let swapped = counts.replacing("good: {counter: a", with: "good: {counter: b")
            .replacing("scrap: {counter: b", with: "scrap: {counter: a")

        #expect(try await figures([Self.set], counts: counts).good == 4)
        #expect(try await figures([Self.set], counts: swapped).good == 4)
    }

    @Test func `R9: of the entries of one set the first one is the signal that names none`() async throws {
        let found = try await figures([Self.set])
        #expect(found.good == 4 && found.unconfirmed == 0)
    }

    @Test func `R8: a new instance of the agent explains a fall in recorded documents too`() async throws {
        let before = Self.document(Self.parts(1, "00:00Z", "5000") + Self.parts(2, "01:00Z", "5001"))
        let after = Self.document(
            Self.parts(1, "02:00Z", "UNAVAILABLE") + Self.parts(2, "03:00Z", "2") + Self.parts(3, "04:00Z", "3"),
            instance: "2")
        let same = after.replacing("instanceId=\"2\"", with: "instanceId=\"1\"").replacing(
            "sequence=\"", with: "sequence=\"1")

        let restarted = try await figures([before, after])
        let unexplained = try await figures([before, same])

        #expect(restarted.good == 4 && restarted.unconfirmed == 0)
        #expect(unexplained.good == 2 && unexplained.unconfirmed == 2)
    }

    @Test func `R8: a zero that a new instance begins with may be transient`() async throws {
        let before = Self.document(Self.parts(1, "00:00Z", "5000") + Self.parts(2, "01:00Z", "5001"))
        let after = Self.document(
            Self.parts(1, "02:00Z", "UNAVAILABLE") + Self.parts(2, "03:00Z", "0") + Self.parts(3, "04:00Z", "5003")
                + Self.parts(4, "05:00Z", "5004"), instance: "2")

        let found = try await figures([before, after])

        #expect(found.good == 4 && found.unconfirmed == 0)
    }

    @Test func `How many pieces shall be made, and how many are left, is no count where none is asked for by name`()
        async throws
    {
        let document = Self.document(
            Self.parts(1, "00:00Z", "500", item: "t", more: "subType=\"TARGET\"")
                + Self.parts(2, "00:00Z", "400", item: "r", more: "subType=\"REMAINING\"")
                + Self.parts(3, "00:00Z", "100") + Self.parts(4, "01:00Z", "103")
                + Self.parts(5, "01:00Z", "510", item: "t", more: "subType=\"TARGET\""))

        let found = try await figures([document])

        #expect(found.good == 3 && found.unconfirmed == 0)
    }

    @Test func `What a machine does at the end of a recording is told beside the sums, which it is not in`()
        async throws
    {
        func execution(_ sequence: Int, _ minute: String, _ value: String) -> String {
            "<Execution dataItemId=\"ex\" sequence=\"\(sequence)\" timestamp=\"2025-03-02T06:\(minute)Z\">\(value)</Execution>"
        }
        let site = try SiteFixture()
        site.writeDocumentSite()
        site.write(
            "drop/1.xml",
            Self.document(
                execution(1, "00:00", "ACTIVE") + execution(2, "10:00", "FEED_HOLD") + execution(3, "12:30", "STOPPED")
            ))
        _ = try await site.run()
        _ = try await site.run()

        let ending = try await BuiltProgram.run(
            ["report", "equipment", "--json", "--site", site.path, "--from", "2025-01-01", "--to", "2025-12-31"],
            in: site)

        let read = try await BuiltProgram.run(
            ["report", "equipment", "--site", site.path, "--from", "2025-01-01", "--to", "2025-12-31"], in: site)

        let last = "M1 has been unplanned-down since 2025-03-02T06:10; that counts when it ends.\n"
        #expect(read.output.hasSuffix(last), "\(read)")
        let kinds = ending.objects.compactMap { $0["kind"]?.text }
        #expect(kinds == ["row", "open", "end"], "\(ending)")
        #expect(ending.objects.first?["producing-seconds"]?.decimal == ExactDecimal(600))
        #expect(ending.objects.first?["unplanned-down-seconds"]?.decimal == .zero)
        let open = ending.objects.first { $0["kind"] == "open" }
        #expect(open?["class"] == "unplanned-down" && open?["seconds"]?.decimal == ExactDecimal(150))
        #expect(open?["since"] == "2025-03-02T06:10:00Z" && open?["read-through"] == "2025-03-02T06:12:30Z")
    }

    @Test func `A time without an offset is in UTC, and a device without a name goes by its UUID`() async throws {
        let site = try SiteFixture()
        site.writeDocumentSite(rate: 60)
        site.write(
            "drop/1.xml",
            Self.document(Self.parts(1, "00:00", "10") + Self.parts(2, "01:00.5", "13"), device: ""))
        _ = try await site.run()
        _ = try await site.run()
        #expect(try await site.reported("u1").counted == 3)
    }
}
