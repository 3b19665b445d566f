#if Web
import Foundation
import MillraceSandbox
import MillraceValues
import Testing

@Suite("Replayed agent")
struct ReplayedAgentTests {
    /// Two presses: an execution, then counts; the last line resets the counter.
    private static let timeline = """
        {"timestamp":"2026-03-02T06:00:00Z","device":"P1","dataItemId":"e1","type":"EXECUTION","value":"ACTIVE"}
        {"timestamp":"2026-03-02T06:00:01.50Z","device":"P1","dataItemId":"c1","type":"PART_COUNT","subType":"GOOD","name":"good","value":1}
        {"timestamp":"2026-03-02T06:00:02Z","device":"P2","dataItemId":"c2","type":"PartCount","value":"5"}

        {"timestamp":"2026-03-02T06:00:03Z","device":"P1","dataItemId":"c1","value":"2"}
        {"timestamp":"2026-03-02T06:00:04Z","device":"P1","dataItemId":"h1","type":"HARDWARE","value":"Fault","nativeCode":"E<7>","message":"a & b"}
        {"timestamp":"2026-03-02T06:00:05Z","device":"P1","dataItemId":"c1","value":0,"resetTriggered":"MANUAL"}
        """

    @Test func `a probe shows each device with its data items`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            let all = try await client.ask("GET", "/agent/press/probe").text
            let one = try await client.ask("GET", "/agent/press/P2/probe").text

            #expect(all.contains("urn:mtconnect.org:MTConnectDevices:1.7"))
            #expect(
                all.contains(
                    "<DataItem category=\"EVENT\" id=\"c1\" type=\"PART_COUNT\" subType=\"GOOD\" name=\"good\"/>"))
            #expect(all.contains("<DataItem category=\"CONDITION\" id=\"h1\" type=\"HARDWARE\"/>"))
            #expect(one.contains("name=\"P2\"") && !one.contains("name=\"P1\""))
        }
    }

    @Test func `a sample shows what was revealed, by the replay's clock`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            let state = try await client.ask(
                "POST", "/_sandbox/agent/press", #"{"advanceTo": "2026-03-02T06:00:02.500Z"}"#
            ).json
            let sample = try await client.ask("GET", "/agent/press/sample?from=1&count=10").text
            let tip = try await client.ask("GET", "/agent/press/sample?from=4&count=10").text

            #expect(state["lastSequence"] == 3)
            #expect(sample.contains("creationTime=\"2026-03-02T06:00:02.500Z\""))
            #expect(sample.contains("nextSequence=\"4\" firstSequence=\"1\" lastSequence=\"3\""))
            #expect(
                sample.contains(
                    "<PartCount dataItemId=\"c1\" timestamp=\"2026-03-02T06:00:01.50Z\" sequence=\"2\" name=\"good\" "
                        + "subType=\"GOOD\">1</PartCount>"))
            #expect(tip.contains("nextSequence=\"4\"") && !tip.contains("sequence=\""))
        }
    }

    @Test func `a sample of one device passes over the others and tells where to go on`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceBy": 6}"#)
            let first = try await client.ask("GET", "/agent/press/P1/sample?from=2&count=2").text

            #expect(first.contains("nextSequence=\"5\""))
            #expect(first.contains("sequence=\"2\"") && first.contains("sequence=\"4\""))
            #expect(!first.contains("P2"))
        }
    }

    @Test func `current shows the newest of each data item, with conditions and resets`() async throws {
        try await sandbox(timeline: Self.timeline, bufferSize: 2) { client in
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceBy": 100}"#)
            let current = try await client.ask("GET", "/agent/press/current").text

            #expect(current.contains("firstSequence=\"5\" lastSequence=\"6\""))
            #expect(current.contains("sequence=\"1\">ACTIVE</Execution>"))
            #expect(current.contains("subType=\"GOOD\" resetTriggered=\"MANUAL\">0</PartCount>"))
            #expect(current.contains("type=\"HARDWARE\" nativeCode=\"E&lt;7&gt;\">a &amp; b</Fault>"))
        }
    }

    @Test(arguments: [404, 400])
    func `T18: what has left the buffer is out of range`(_ status: Int) async throws {
        try await sandbox(timeline: Self.timeline, bufferSize: 2, outOfRangeStatus: status) { client in
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceBy": 6}"#)
            let old = try await client.ask("GET", "/agent/press/sample?from=4&count=2")
            let future = try await client.ask("GET", "/agent/press/sample?from=8&count=2")

            #expect([old, future].map(\.status) == [status, status])
            #expect(old.text.contains("<Error errorCode=\"OUT_OF_RANGE\">'from' must be from 5 to 6, not 4</Error>"))
        }
    }

    @Test func `T18: a restart has a new instance and begins with sequence 1`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceBy": 3}"#)
            let empty = try await client.ask("POST", "/_sandbox/agent/press", #"{"restart": true}"#).json
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceBy": 1}"#)
            let sample = try await client.ask("GET", "/agent/press/sample?from=1&count=9").text

            #expect(empty["instanceId"] == 2)
            #expect(empty["nextSequence"] == 1)
            #expect(sample.contains("instanceId=\"2\"") && sample.contains("nextSequence=\"2\""))
            #expect(sample.contains("sequence=\"1\" name=\"good\" subType=\"GOOD\">2</PartCount>"))
        }
    }

    @Test func `a restart can begin with UNAVAILABLE for every data item`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceBy": 3}"#)
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"restart": true, "seed": "unavailable"}"#)
            let current = try await client.ask("GET", "/agent/press/current").text

            #expect(current.components(separatedBy: ">UNAVAILABLE<").count == 4)
            #expect(current.contains("lastSequence=\"3\""))
        }
    }

    @Test func `T18: troubles answer a page, 503 or half a document, until they are ended`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            let good = try await client.ask("GET", "/agent/press/probe")
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"html": true}"#)
            let page = try await client.ask("GET", "/agent/press/probe")
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"html": false, "down": true}"#)
            let down = try await client.ask("GET", "/agent/press/probe")
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"down": false, "truncated": true}"#)
            let half = try await client.ask("GET", "/agent/press/probe")
            _ = try await client.ask("POST", "/_sandbox/agent/press", #"{"truncated": false}"#)
            let ended = try await client.ask("GET", "/agent/press/probe")

            #expect([page, down, half, ended].map(\.status) == [200, 503, 200, 200])
            #expect(page.headers["content-type"] == "text/html")
            #expect(half.body == Array(good.body.prefix(good.body.count / 2)))
            #expect(ended.body == good.body)
        }
    }

    @Test func `an unknown device, agent or control is told`() async throws {
        try await sandbox(timeline: Self.timeline) { client in
            let device = try await client.ask("GET", "/agent/press/P9/current")
            let agent = try await client.ask("GET", "/agent/other/current")
            let control = try await client.ask("POST", "/_sandbox/agent/press", #"{"advanceTo": "tomorrow"}"#)

            #expect([device, agent, control].map(\.status) == [404, 404, 400])
            #expect(device.text.contains("errorCode=\"NO_DEVICE\""))
            #expect(try control.json["message"] == "'advanceTo' must be like 2026-03-02T06:00:00Z")
        }
    }

    @Test(arguments: [
        ("{", 1, "not JSON"),
        (
            #"{"timestamp":"2026-03-02 06:00","device":"P1","dataItemId":"a","type":"T","value":1}"#, 1,
            "'timestamp' must be"
        ),
        (#"{"timestamp":"2026-03-02T06:00:00Z","device":"P1","dataItemId":"a","value":1}"#, 1, "'type' is needed"),
        (
            "\n" + #"{"timestamp":"2026-03-02T06:00:00Z","device":"P1","type":"T","value":1}"#, 2,
            "'device', 'dataItemId'"
        ),
    ])
    func `a wrong line of a timeline is named`(_ text: String, _ line: Int, _ problem: String) async throws {
        let error = await #expect(throws: SandboxError.self) { try await sandbox(timeline: text) { _ in } }

        guard case .badLine(_, let found, let sentence)? = error else {
            Issue.record("not a line's error: \(String(describing: error))")
            return
        }
        #expect(found == line)
        #expect(sentence.hasPrefix(problem))
        #expect(error?.description.hasSuffix("timeline.ndjson:\(line): \(sentence)") ?? false)
    }
}
#endif
