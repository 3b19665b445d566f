#if Web
import Hummingbird
import Logging
import MillraceValues
import NIOCore
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A request's connection, kept so that it can be cut.
struct SandboxContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Leads each request to the ERP, to an agent or to the controls, and sends or withholds the answer.
final class SandboxResponder: HTTPResponder {
    private let erp: StandInERP
    private let agents: ReplayedAgents
    private let faults: Mutex<Faults>
    private let clock: any Clock<Duration>

    /// The largest body taken: 1 MiB.
    private static let bodyLimit = 1 << 20

    init(_ settings: SandboxSettings) throws {
        try settings.faults.check()
        erp = try StandInERP(path: settings.database, token: settings.token, seed: settings.seed)
        agents = try ReplayedAgents(settings.agents)
        faults = Mutex(settings.faults)
        clock = settings.clock
    }

    /// Answers, or cuts the connection.
    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.bodyLimit)
        } catch {
            return tooLarge(context.channel)
        }
        let wire = WireRequest(
            method: request.method.rawValue, target: request.head.path ?? "/",
            authorization: request.headers[.authorization],
            idempotencyKey: request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value,
            body: Array(body.readableBytesView))
        let reply: Reply
        do {
            reply = try await self.reply(to: wire)
        } catch let refusal as Refusal {
            reply = refusal.reply
        } catch {
            reply = .fault(500, "internal", "\(error)")
        }
        if reply.delayMilliseconds > 0 { try await clock.sleep(for: .milliseconds(reply.delayMilliseconds)) }
        if let cut = reply.cut { try await self.cut(context.channel, cut) }
        return response(reply)
    }

    private func reply(to request: WireRequest) async throws -> Reply {
        switch request.path.first {
        case "_sandbox": try await control(request)
        case "agent": agents.reply(to: request)
        default: try await erp.handle(request, faults.withLock { $0 })
        }
    }

    private func control(_ request: WireRequest) async throws -> Reply {
        switch (request.method, request.path.dropFirst().first, request.path.count) {
        case ("POST", "faults", 2):
            let value = try request.json()
            return try faults.withLock { faults throws(Refusal) in
                do throws(SandboxError) {
                    try faults.apply(value)
                } catch {
                    throw Refusal(400, "bad-setting", error.description)
                }
                return Reply(200, ["status": "set"])
            }
        case ("GET", "report", 2):
            let report = try await erp.report()
            if request.query["format"] == "text" { return Reply(200, "text/plain; charset=utf-8", report.text) }
            return Reply(200, report.json)
        case ("POST", "agent", 3), ("GET", "agent", 3):
            return try agents.control(request.path[2], request)
        default:
            return .fault(404, "not-found", "there is no such control")
        }
    }

    /// Ends the connection without an answer. What is written to it afterwards goes nowhere.
    private func cut(_ channel: any Channel, _ cut: Faults.Cut) async throws {
        switch cut {
        case .close: break
        case .reset:
            // With no time to linger a close throws away what is unsent and sends RST.
            try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        case .silence: try await clock.sleep(for: .seconds(120))
        }
        try await channel.close()
    }

    /// 413, and the rest of the body is not read.
    private func tooLarge(_ channel: any Channel) -> Response {
        let body = JSONWriter.bytes(["code": "too-large", "message": "the body is over 1 MiB"])
        return Response(
            status: .contentTooLarge, headers: [.contentType: "application/json", .connection: "close"],
            body: ResponseBody(contentLength: body.count) { writer in
                try await writer.write(ByteBuffer(bytes: body))
                try await writer.finish(nil)
                try await channel.close()
            })
    }

    /// The answer in its manner.
    private func response(_ reply: Reply) -> Response {
        let bytes = reply.body
        let clock = clock
        var response = Response(status: .init(code: max(100, reply.status)), headers: [.contentType: reply.contentType])
        switch reply.manner {
        case .plain, .hugeHeader: response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .drip:
            response.body = ResponseBody(contentLength: bytes.count) { writer in
                for byte in bytes {
                    try await clock.sleep(for: .seconds(1))
                    try await writer.write(ByteBuffer(bytes: [byte]))
                }
                try await writer.finish(nil)
            }
        case .endless:
            response.body = ResponseBody { writer in
                try await writer.write(ByteBuffer(bytes: bytes))
                let blanks = ByteBuffer(repeating: 0x20, count: 1 << 16)
                // A write waits for the reader, so that memory stays flat, and throws when the reader is gone.
                for _ in 0..<(10 << 14) { try await writer.write(blanks) }
                try await writer.finish(nil)
            }
        }
        if reply.manner == .hugeHeader { response.headers[.eTag] = String(repeating: "x", count: 1 << 20) }
        if let seconds = reply.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
#endif
