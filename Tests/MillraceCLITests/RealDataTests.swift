import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

/// The recordings of real machines, through the whole program: from the file in the drop folder to the facts in the store.
///
/// Where the counting had to judge, and why it is right. Recordings of day logs by date, then documents.
///
/// | recording | seen | judged | why it is right |
/// | --- | --- | --- | --- |
/// | Hurco01 2017-04-12 | UNAVAILABLE, 2867 | beginning | there has never been a number: it only begins the count |
/// | Hurco01 2017-04-12 | 2868, UNAVAILABLE | +1, kept | the machine was switched off; the last number outlives it |
/// | Hurco01 2017-05-18 | UNAVAILABLE, 3226, UNAVAILABLE | beginning | one number proves no part |
/// | Hurco01 2017-08-09 | UNAVAILABLE, 0 | beginning | the control shows 0 while it starts |
/// | Hurco01 2017-08-09 | 0, 3763 | 3763 unconfirmed | in 4 min 26 s at 10/min at most 44 can be made; a person decides, counting goes on |
/// | Hurco01 2017-08-09 | 3763, UNAVAILABLE, 3766 | +3, after silence | made while nobody could see it: 3 in 2 h 41 min |
/// | Hurco01 2017-08-09 | 3767, UNAVAILABLE | +1, kept | as on 2017-04-12 |
/// | Mazak01 2017-08-31 | 0, UNAVAILABLE, 0, … | nothing | the counter stands at 0 after each of 4 restarts: no fall, no reset, no part |
/// | Mazak03 2019-06-27 | 0, UNAVAILABLE, 0, … | nothing | as above, 3 times |
/// | Mazak03 2019-07-02 | 0, UNAVAILABLE, 0, … | nothing | as above, 5 times |
/// | Mazak03 2019-07-02 | UNAVAILABLE of 11:01:31 behind lines of 11:01:51 | put in its place | instants rule, not lines: it ends READY, ACTIVE follows at 11:01:32 |
/// | GFAgie01, both days | no counter | nothing | there is nothing to count |
/// | Cover-Hurco04 | 1111, 1138, 1159 | +27, +21 | each in hours; the agent's sequence is unbroken |
/// | Hurco04 replayed | 1159, UNAVAILABLE, 1112, 1113, 1114, 1139, 1160 by sequence | 49 = 1160 − 1111 | in time it never falls: old lines were sent again |
/// | silex, Mazak 1.5 and 2.0, mazak | one number each | beginning | a `current` document shows where the counter stands |
/// | Mazak 1.5 | second PART_COUNT and EXECUTION of one device | set aside, shadowed | one source counts; the site names the one that is meant |
/// | Current-Simple | sequences such as `1=` | set aside | without its number an observation cannot be told from its repeat |
@Suite("Real readings, through the whole program", .enabled(if: SharedData.isPresent))
struct RealDataTests {
    /// A recorded day of one machine, with what a person finds in it with pencil and paper.
    struct Day: Sendable, CustomTestStringConvertible {
        var name: String
        var parts = "PartCountAct"
        var execution = "execution"
        var counted: Int64 = 0
        var unconfirmed: Int64 = 0
        /// Microseconds by class.
        var states: [DowntimeClass: Int64] = [:]

        var testDescription: String { name }
    }

    static let days = [
        Day(name: "GFAgie01-20160507-20160508"),
        Day(name: "GFAgie01-20160609-20160610", states: [.idle: 2_329_271_074]),
        Day(
            name: "Hurco01-20170412-20170413", parts: "Part_Count", execution: "Program_Status", counted: 1,
            states: [.idle: 2_087_613_188, .producing: 58_968_750, .unplannedDown: 2_250_000]),
        Day(
            name: "Hurco01-20170518-20170519", parts: "Part_Count", execution: "Program_Status",
            states: [.idle: 972_390_625, .producing: 276_047_143, .unplannedDown: 5_046_875]),
        Day(
            name: "Hurco01-20170809-20170810", parts: "Part_Count", execution: "Program_Status", counted: 4,
            unconfirmed: 3763,
            states: [
                .idle: 1_945_150_435, .producing: 100_671_875, .unplannedDown: 1_515_625, .unknown: 9_664_092_932,
            ]),
        Day(
            name: "Mazak01-20170831-20170901",
            states: [.unplannedDown: 3_093_622_858, .unknown: 77_978_668]),
        Day(
            name: "Mazak03-20190627-20190628",
            states: [.unplannedDown: 2_159_362_006, .unknown: 225_685_348]),
        Day(
            name: "Mazak03-20190702-20190703",
            states: [
                .idle: 1_779_598_897, .producing: 2_276_184_000, .unplannedDown: 5_255_636_006,
                .unknown: 16_117_550_342,
            ]),
    ]

    @Test(arguments: days)
    func `R1, R8: a machine's day gives the parts and stops that its values prove`(day: Day) async throws {
        let bytes = try #require(SharedData.bytes("testdata/mtconnect/nist-smstestbed/\(day.name).txt"))
        let equipment = String(day.name.prefix { $0 != "-" })
        let site = try SiteFixture()
        site.writeLogSite(parts: day.parts, execution: day.execution, equipment: equipment)
        site.write("drop/log.txt", bytes)

        let first = try await site.run()
        _ = try await site.run()
        let idle = try await site.run()

        // A line is a reading, whatever it has in it.
        #expect(first.code == 0 && first.figure("readings") == Int64(bytes.count { $0 == 0x0A }), "\(first)")
        #expect(idle.objects.count == 1 && idle.figure("facts") == 0, "\(idle)")
        let text = String(decoding: bytes, as: UTF8.self)
        let independent = IndependentFigures(
            counts: Recording.values(of: day.parts, inLog: text), perMinute: 10,
            states: Recording.values(of: day.execution, inLog: text))
        let booked = IndependentFigures(facts: try site.facts(), equipment: equipment)
        #expect(booked == independent)
        var byHand = IndependentFigures()
        (byHand.counted, byHand.unconfirmed, byHand.microseconds) = (day.counted, day.unconfirmed, day.states)
        #expect(booked == byHand)
        #expect(try await site.reported(equipment) == byHand)
    }

    /// This Mazak shows three warnings and a fault of one data item, the last warning behind the fault. What follows is made by hand.
    @Test func `A fault is a fault though a warning of the same data item is told behind it`() async throws {
        let bytes = try #require(SharedData.bytes("testdata/mtconnect/ladder99/mazak-current.xml"))
        func word(_ level: String, _ sequence: Int, _ time: String, code: String?) -> String {
            let native = code.map { " nativeCode=\"\($0)\"" } ?? ""
            return """
                <\(level) dataItemId="logic_cond" type="LOGIC_PROGRAM" sequence="\(sequence)" timestamp="2021-06-29T\(time)Z"\(native)/>
                """
        }
        let site = try SiteFixture()
        site.writeDocumentSite()
        site.write(
            "mappings/stops.yaml",
            """
            mapping: faults
            from: {connector: machine, signals: {logic: {dataItem: logic_cond}}}
            to: {fact: downtime}
            fields: {equipment: device, time: time}
            states:
              - {when: logic = "Fault", class: unplanned-down}
              - {when: logic = "Warning", class: idle}
              - {otherwise: true, class: producing}
            """)
        site.write("drop/1.xml", bytes)
        _ = try await site.run()
        site.write(
            "drop/2.xml",
            """
            <MTConnectStreams><Header instanceId="1622761005" creationTime="2021-06-29T06:00:00Z"/><Streams>
            <DeviceStream name="M12346" uuid="M80104K162N"><ComponentStream component="Path" componentId="path"><Condition>
            \(word("Normal", 1_881_550, "05:50:00", code: "230")) \(word("Normal", 1_881_551, "05:51:00", code: "351"))
            \(word("Normal", 1_881_552, "05:52:00", code: nil)) \(word("Warning", 1_881_553, "05:53:00", code: "307"))
            </Condition></ComponentStream></DeviceStream></Streams></MTConnectStreams>
            """)
        _ = try await site.run()
        _ = try await site.run()

        let stops = try site.facts().compactMap { if case .downtime(let fact) = $0.fact { fact } else { nil } }
        #expect(
            stops.map { "\($0.class.rawValue) \($0.start.iso8601) \($0.end?.iso8601 ?? "-")" } == [
                "idle 2021-06-29T03:52:28.70962Z 2021-06-29T03:52:28.709684Z",
                "unplanned-down 2021-06-29T03:52:28.709684Z 2021-06-29T05:50:00Z",
                "idle 2021-06-29T05:50:00Z 2021-06-29T05:52:00Z",
                "producing 2021-06-29T05:52:00Z 2021-06-29T05:53:00Z",
            ])
    }

    @Test func `The three parts made while Hurco01 could not be seen are booked as made after silence`() async throws {
        let bytes = try #require(
            SharedData.bytes("testdata/mtconnect/nist-smstestbed/Hurco01-20170809-20170810.txt"))
        let site = try SiteFixture()
        site.writeLogSite(parts: "Part_Count", execution: "Program_Status", equipment: "Hurco01")
        site.write("drop/log.txt", bytes)

        _ = try await site.run()

        let counts = try site.facts().compactMap { if case .count(let fact) = $0.fact { fact } else { nil } }
            .sorted { $0.start < $1.start }
        #expect(counts.map(\.standing) == [.unconfirmed, .counted, .counted])
        #expect(counts.map(\.amounts.good.integer) == [3763, 3, 1])
        #expect(counts.map(\.marks) == [[], [.afterSilence], []])
        #expect(
            counts.map(\.start.iso8601) == ["2017-08-09T09:21:00Z", "2017-08-09T12:25:00Z", "2017-08-09T12:31:00Z"])
        #expect(
            counts[0].rule
                == "good 0 at 2017-08-09T09:17:11.953125Z → 3763 at 2017-08-09T09:21:38.28125Z: no rule explains the rise, "
                + "it is faster than max-rate")
    }

    /// A Streams document, with the device and data items that are compared; what is set aside of it.
    struct Document: Sendable, CustomTestStringConvertible {
        var path: String
        var device = ""
        var parts = ""
        var execution = ""
        var counted: Int64 = 0
        var states: [DowntimeClass: Int64] = [:]
        var shadowed: Int64 = 0

        var testDescription: String { path }
    }

    static let documents = [
        Document(path: "ladder99/demo-current.xml"),
        Document(path: "ladder99/demo-sample.xml"),
        Document(path: "ladder99/mazak-current.xml", device: "M12346", parts: "PartCountAct", execution: "execution"),
        Document(
            path: "ladder99/silex-current.xml", device: "FBR-67E500-01", parts: "npartcnt1", execution: "nexecution1"),
        Document(
            path: "mtconnect.net/Current-Mazak-1.5.xml", device: "Mazak", parts: "pc", execution: "exec", shadowed: 2),
        Document(
            path: "mtconnect.net/Current-Mazak-2.0.xml", device: "HCN001", parts: "PartCountAct", execution: "execution"
        ),
        Document(path: "mtconnect.net/Current-Simple.xml"),
        Document(
            path: "nist-smstestbed/Cover-Hurco04-01of20.xml", device: "Hurco04", parts: "Hurco04-path_4",
            execution: "Hurco04-path_5", counted: 48,
            states: [.producing: 2_244_656_250, .idle: 266_055_622_500, .unplannedDown: 1_750_000]),
    ]

    @Test func `No Streams document of the shared data is left out here`() throws {
        var found: [String] = []
        for folder in SharedData.names(in: "testdata/mtconnect") {
            for name in SharedData.names(in: "testdata/mtconnect/" + folder) where name.hasSuffix(".xml") {
                let bytes = try #require(SharedData.bytes("testdata/mtconnect/\(folder)/\(name)"))
                if String(decoding: bytes.prefix(600), as: UTF8.self).contains("<MTConnectStreams") {
                    found.append("\(folder)/\(name)")
                }
            }
        }
        #expect(found == Self.documents.map(\.path))
        let logs = SharedData.names(in: "testdata/mtconnect/nist-smstestbed").filter { $0.hasSuffix(".txt") }
        #expect(logs == Self.days.map { $0.name + ".txt" })
    }

    @Test(arguments: documents)
    func `A Streams document is read without loss, and gives what its values prove`(document: Document) async throws {
        let bytes = try #require(SharedData.bytes("testdata/mtconnect/" + document.path))
        let text = String(decoding: bytes, as: UTF8.self)
        let site = try SiteFixture()
        site.writeDocumentSite()
        site.write("drop/streams.xml", bytes)

        let ending = try await site.run()
        _ = try await site.run()

        let observations = Recording.observations(inDocument: text)
        #expect(ending.figure("readings") == Int64(observations.readings), "\(ending)")
        #expect(ending.figure("set-aside") == Int64(observations.unreadable) + document.shadowed, "\(ending)")
        #expect(ending.code == (ending.figure("set-aside") > 0 ? 3 : 0))
        let independent = IndependentFigures(
            counts: Recording.values(of: "PartCount", dataItem: document.parts, inDocument: text), perMinute: 10,
            states: Recording.values(of: "Execution", dataItem: document.execution, inDocument: text))
        let booked = IndependentFigures(facts: try site.facts(), equipment: document.device)
        #expect(booked == independent)
        #expect(booked.counted == document.counted && booked.unconfirmed == 0 && booked.microseconds == document.states)
        if !document.device.isEmpty { #expect(try await site.reported(document.device) == booked) }
    }

    /// What Hurco04 said on three days, in the order of the agent's sequence: behind UNAVAILABLE its adapter sent old lines again,
    /// with their old instants. The instants of 1111, 1138 and 1159 are those of the Cover document; the others lie between them.
    static let replayed: [(sequence: Int, value: String, time: String)] = [
        (824_827, "1111", "2017-02-07T16:20:21.953125Z"), (830_148, "1138", "2017-02-10T10:26:06.528750Z"),
        (830_929, "1159", "2017-02-10T18:34:21.294375Z"), (830_940, "UNAVAILABLE", "2017-02-10T18:40:00Z"),
        (831_002, "1112", "2017-02-08T09:10:44.1Z"), (831_003, "1113", "2017-02-08T09:41:02.2Z"),
        (831_004, "1114", "2017-02-08T10:12:31.3Z"), (831_005, "1139", "2017-02-10T10:58:47.4Z"),
        (831_006, "1160", "2017-02-10T19:02:11.5Z"),
    ]

    private func streams(_ values: ArraySlice<(sequence: Int, value: String, time: String)>) -> String {
        let events = values.map {
            "<PartCount dataItemId=\"pc\" sequence=\"\($0.sequence)\" timestamp=\"\($0.time)\">\($0.value)</PartCount>\n"
        }
        return """
            <MTConnectStreams><Header instanceId="1488215604" creationTime="2017-02-27T17:16:46Z"/><Streams>
            <DeviceStream name="Hurco04" uuid="u"><ComponentStream component="Path" componentId="path"><Events>
            \(events.joined())</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>
            """
    }

    @Test(arguments: [9, 4, 6])
    func `Old sequences that are sent again count nothing, in one document or in two`(cut: Int) async throws {
        let site = try SiteFixture()
        site.writeDocumentSite()
        let all = Self.replayed[...]

        site.write("drop/1.xml", streams(all.prefix(cut)))
        _ = try await site.run()
        site.write("drop/2.xml", streams(all.dropFirst(cut)))
        _ = try await site.run()
        _ = try await site.run()

        let booked = IndependentFigures(facts: try site.facts(), equipment: "Hurco04")
        #expect(booked.counted == 1160 - 1111)
        #expect(booked.unconfirmed == 0)
    }
}
