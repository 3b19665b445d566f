import MillraceConnectors
import MillraceCore
import MillraceTesting
import MillraceTransport
import MillraceValues
import Synchronization
import Testing

/// An agent that answers from a list, and remembers what it was asked.
private final class ScriptedAgent: HTTPTransport {
    private let state = Mutex<(answers: [(Int, String)], asked: [String])>(([], []))

    /// The answers in order; `/probe` is answered out of turn.
    init(_ answers: [(Int, String)]) { state.withLock { $0.answers = answers } }

    var asked: [String] { state.withLock { $0.asked } }

    func send(_ request: HTTPRequest) async -> HTTPExchange {
        if request.url.hasSuffix("/probe") {
            return .answered(
                HTTPResponse(
                    status: 200,
                    body: Array(
                        "<MTConnectDevices><Devices><Device name=\"P1\" uuid=\"u\"/></Devices></MTConnectDevices>".utf8)
                ))
        }
        return state.withLock { state in
            state.asked.append(String(request.url.dropFirst("http://agent:5000/".count)))
            guard !state.answers.isEmpty else {
                return .failed(
                    TransportFailure(kind: .connect, nothingSent: true, message: "GET http://agent:5000: no connection")
                )
            }
            let (status, body) = state.answers.removeFirst()
            return .answered(HTTPResponse(status: status, body: Array(body.utf8)))
        }
    }
}

@Suite("MTConnect: polling an agent")
struct AgentPollTests {
    private func connector(
        _ agent: ScriptedAgent, start: MTConnectSettings.Start = .now, devices: [String] = [], count: Int = 100
    ) -> MTConnectConnector {
        let settings = MTConnectSettings(
            id: "press-line", source: .agent(url: "http://agent:5000/"), devices: devices, start: start, count: count)
        return MTConnectConnector(settings, transport: agent) { DropFolder.now }
    }

    /// A document of one part count for each sequence; the minute of its creation is `at`.
    private static func streams(
        _ sequences: [Int], instance: String = "1", first: Int = 1, last: Int, next: Int, at: Int = 0
    ) -> (Int, String) {
        let minute = at < 10 ? "0\(at)" : "\(at)"
        var text =
            "<MTConnectStreams><Header instanceId=\"\(instance)\" firstSequence=\"\(first)\" lastSequence=\"\(last)\" "
            + "nextSequence=\"\(next)\" creationTime=\"2026-03-02T06:\(minute):00Z\"/><Streams>"
            + "<DeviceStream name=\"P1\" uuid=\"u\"><ComponentStream component=\"Path\" componentId=\"c\"><Events>"
        for sequence in sequences {
            text +=
                "<PartCount dataItemId=\"pc\" sequence=\"\(sequence)\" timestamp=\"2026-03-02T05:00:00Z\">\(sequence)</PartCount>"
        }
        return (200, text + "</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>")
    }

    private static let outOfRange =
        "<MTConnectError><Header instanceId=\"1\"/><Errors><Error errorCode=\"OUT_OF_RANGE\">'from' must be greater than 7"
        + "</Error></Errors></MTConnectError>"

    private func positions(_ haul: Haul) -> [String] {
        haul.rows.map { String($0.prefix { $0 != " " }.dropFirst("http://agent:5000//".count)) }
    }

    private func moment(_ minute: Int) -> Instant { Instant(seconds: 1_772_431_200 + Int64(minute) * 60) }

    @Test func `The first pull takes the current state and goes on from its next sequence to the tip`() async throws {
        let agent = ScriptedAgent([
            Self.streams([2, 9], last: 10, next: 11, at: 1), Self.streams([11, 12], last: 12, next: 13, at: 2),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent))

        #expect(agent.asked == ["current", "sample?from=11&count=100"])
        #expect(positions(haul) == ["1@2", "1@9", "1@11", "1@12"])
        #expect(haul.unbroken == [false, true])
        #expect(haul.numbering == [.chain])
        #expect(haul.end == PullEnd(through: .instant(moment(2))))
    }

    @Test func `From the oldest on, what the buffer holds is read once and what is older comes from the current state`()
        async throws
    {
        let agent = ScriptedAgent([
            Self.streams([2, 9], first: 8, last: 10, next: 11),
            Self.streams([8, 9, 10], first: 8, last: 10, next: 11, at: 2),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent, start: .oldest))

        #expect(agent.asked == ["current", "sample?from=8&count=100"])
        #expect(positions(haul) == ["1@2", "1@8", "1@9", "1@10"])
        #expect(haul.unbroken == [false, true])
    }

    @Test func `R8: of the pages of one answer behind a gap only the first may have lost something`() async throws {
        let agent = ScriptedAgent([
            Self.streams([5], last: 5, next: 6), Self.streams([], first: 1, last: 5, next: 6),
            Self.streams([], instance: "2", last: 7_000, next: 1),
            Self.streams([], instance: "2", last: 7_000, next: 7_001),
            Self.streams(Array(1...7_000), instance: "2", last: 7_000, next: 7_001),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent))
        let before = haul.unbroken.count
        try await haul.pull(connector(agent))

        #expect(haul.unbroken.dropFirst(before) == [false, true, true])
        #expect(haul.rows.count == 7_001)
    }

    @Test func `Pages go on until the tip, and an idle pull makes none`() async throws {
        let agent = ScriptedAgent([
            Self.streams([], last: 10, next: 11), Self.streams([12, 11], last: 14, next: 13, at: 1),
            Self.streams([13, 14], last: 14, next: 15, at: 2), Self.streams([], last: 14, next: 15, at: 9),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent, devices: ["P1"], count: 2))
        let pages = haul.pages
        try await haul.pull(connector(agent, devices: ["P1"], count: 2))

        #expect(
            agent.asked == [
                "P1/current", "P1/sample?from=11&count=2", "P1/sample?from=13&count=2", "P1/sample?from=15&count=2",
            ])
        #expect(positions(haul) == ["1@11", "1@12", "1@13", "1@14"])
        #expect(haul.pages == pages)
        #expect(haul.end == PullEnd(through: .instant(moment(9))))
    }

    @Test func `A stop cuts the pull short, and the next one goes on without a gap`() async throws {
        let answers = [
            Self.streams([1], last: 10, next: 11), Self.streams([11, 12], last: 14, next: 13),
            Self.streams([13, 14], last: 14, next: 15),
        ]
        var whole = Haul()
        try await whole.pull(connector(ScriptedAgent(answers)))
        // After the last page the end is not known yet: one more question.
        let steps = try await Haul.inSteps(connector(ScriptedAgent(answers + [Self.streams([], last: 14, next: 15)])))

        #expect(steps.rows == whole.rows)
        #expect(steps.gaps.isEmpty)
        #expect(steps.cursor == whole.cursor)
    }

    @Test func `An agent that restarted is adopted in one pull, and what it lost is a recorded gap`() async throws {
        let agent = ScriptedAgent([
            Self.streams([], last: 10, next: 11, at: 1), Self.streams([], last: 10, next: 11, at: 1),
            Self.streams([1, 2], instance: "2", last: 4, next: 3, at: 5),
            Self.streams([1, 4], instance: "2", last: 4, next: 5, at: 5),
            Self.streams([1, 2, 3, 4], instance: "2", last: 4, next: 5, at: 6),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent))
        try await haul.pull(connector(agent))

        #expect(agent.asked.suffix(3) == ["sample?from=11&count=100", "current", "sample?from=1&count=100"])
        #expect(positions(haul) == ["2@1", "2@2", "2@3", "2@4"])
        #expect(haul.unbroken == [false])
        #expect(haul.gaps.map(\.from) == [11])
        #expect(haul.gaps.map(\.to) == [nil])
        #expect(haul.gaps.map(\.start) == [moment(1)])
        #expect(haul.gaps.map(\.end) == [moment(5)])
        #expect(haul.gaps.map(\.source) == ["http://agent:5000//1"])
        #expect(haul.end?.through == .instant(moment(6)))
    }

    @Test(arguments: [404, 400])
    func `A buffer that ran over is a gap of known size, whatever the status of OUT_OF_RANGE`(status: Int) async throws
    {
        let agent = ScriptedAgent([
            Self.streams([], last: 10, next: 11, at: 1), Self.streams([], last: 10, next: 11, at: 1),
            (status, Self.outOfRange), Self.streams([5, 15, 25], first: 20, last: 25, next: 26, at: 3),
            Self.streams([20, 25], first: 20, last: 25, next: 26, at: 4),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent))
        try await haul.pull(connector(agent))

        #expect(positions(haul) == ["1@15", "1@20", "1@25"])
        #expect(haul.gaps.map(\.from) == [11])
        #expect(haul.gaps.map(\.to) == [19])
        #expect(
            haul.gaps.map(\.sentence) == ["the agent's buffer began at 20 when 11 was next: 9 observations are lost"])
    }

    @Test func `OUT_OF_RANGE at the tip is no error`() async throws {
        let agent = ScriptedAgent([
            Self.streams([], last: 10, next: 11, at: 1), (404, Self.outOfRange),
            Self.streams([4], last: 10, next: 11, at: 7),
        ])
        var haul = Haul()
        try await haul.pull(connector(agent))

        #expect(haul.gaps.isEmpty)
        #expect(haul.end?.through == .instant(moment(7)))
    }

    @Test func `A page of HTML is a source that cannot be reached, and the cursor is kept`() async throws {
        let agent = ScriptedAgent([(200, "<!DOCTYPE html><html><body>login</body></html>")])
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await connector(agent).pull(from: nil) { _ in .goOn }
        }
        #expect(
            error?.description.hasPrefix(
                "connector 'press-line': http://agent:5000/current answers 200 with something that is no whole MTConnect document"
            )
                == true)
    }

    @Test func `A document that breaks off takes nothing`() async throws {
        let whole = Self.streams([11, 12], last: 12, next: 13).1
        let agent = ScriptedAgent([Self.streams([], last: 10, next: 11), (200, String(whole.prefix(whole.count - 40)))])
        var pages = 0
        await #expect(throws: ConnectorError.self) {
            _ = try await connector(agent).pull(from: nil) { _ in
                pages += 1
                return .goOn
            }
        }
        #expect(pages == 1)
    }

    @Test func `An error of the agent is told in its own words`() async throws {
        let agent = ScriptedAgent([
            (
                404,
                "<MTConnectError><Errors><NoDevice errorCode=\"NO_DEVICE\"><ErrorMessage>Could not find P9</ErrorMessage></NoDevice></Errors></MTConnectError>"
            )
        ])
        await #expect(
            throws: ConnectorError.unreachable(
                "press-line", "the agent at http://agent:5000/ answers NO_DEVICE (Could not find P9)")
        ) {
            _ = try await connector(agent).pull(from: nil) { _ in .goOn }
        }
    }

    @Test func `No connection and a refused credential are told apart`() async throws {
        await #expect(throws: ConnectorError.unreachable("press-line", "GET http://agent:5000: no connection")) {
            _ = try await connector(ScriptedAgent([])).pull(from: nil) { _ in .goOn }
        }
        await #expect(throws: ConnectorError.refused("press-line", "the agent at http://agent:5000/ answers 401")) {
            _ = try await connector(ScriptedAgent([(401, "<html/>")])).pull(from: nil) { _ in .goOn }
        }
    }
}
