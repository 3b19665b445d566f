#if Web
import Dispatch
import Foundation
import MillraceValues
import MillraceSandbox
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// An answer as it came over the socket.
struct WireAnswer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: Value { get throws { try JSONReader.read(body.span) } }
}

/// The smallest HTTP client there is, so that the tests see what a socket sees: also a connection that ends without an answer.
struct LoopbackClient: Sendable {
    let port: Int
    var token: String?

    /// Sends one request on a connection of its own; nil where the connection ended without a whole head.
    func send(
        _ method: String, _ target: String, _ body: String = "", key: String? = nil
    ) async throws -> WireAnswer? {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(body.utf8.count)\r\n"
        head += "Connection: close\r\n"
        if let key { head += "Idempotency-Key: \(key)\r\n" }
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        let bytes = Array((head + "\r\n" + body).utf8)
        let port = port
        // A thread of its own: a blocking call on the pool would stop the server, which runs on the same pool.
        let answer: [UInt8]? = await withCheckedContinuation { continuation in
            DispatchQueue(label: "loopback").async { continuation.resume(returning: Self.exchange(port, bytes)) }
        }
        return answer.flatMap(Self.parse)
    }

    /// Sends, and takes the answer for granted.
    func ask(_ method: String, _ target: String, _ body: String = "", key: String? = nil) async throws -> WireAnswer {
        guard let answer = try await send(method, target, body, key: key) else { throw NoAnswer() }
        return answer
    }

    /// The report as JSON.
    func report() async throws -> Value { try await ask("GET", "/_sandbox/report").json }

    struct NoAnswer: Error {}

    private static func exchange(_ port: Int, _ bytes: [UInt8]) -> [UInt8]? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        // Only so that a server that is stuck ends the tests; on a busy machine answers take long.
        var limit = timeval(tv_sec: 600, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { return received }
            received += buffer[..<count]
            // Enough of an endless answer.
            if received.count > 4 << 20 { return received }
        }
    }

    private static func parse(_ bytes: [UInt8]) -> WireAnswer? {
        guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else {
            return nil
        }
        let lines = String(decoding: bytes[..<split], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            headers[sides[0].lowercased()] = sides.count > 1 ? sides[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return WireAnswer(status: status, headers: headers, body: Array(bytes[(split + 4)...]))
    }
}

/// A sandbox for one test, with a folder of its own that goes with it.
func sandbox(
    token: String? = nil, seed: UInt64 = 1, faults: Faults = Faults(), timeline: String? = nil, bufferSize: Int = 100,
    outOfRangeStatus: Int = 404, runs: Int = 1,
    clock: any Clock<Duration> = HurriedClock(), _ body: @Sendable (LoopbackClient) async throws -> Void
) async throws {
    try await inFolder { folder in
        var agents: [ReplaySettings] = []
        if let timeline {
            let path = folder + "/timeline.ndjson"
            try timeline.write(toFile: path, atomically: true, encoding: .utf8)
            agents = [
                ReplaySettings(
                    name: "press", timeline: path, bufferSize: bufferSize, outOfRangeStatus: outOfRangeStatus)
            ]
        }
        let settings = SandboxSettings(
            database: folder + "/erp.db", token: token.map { Secret($0) }, seed: seed, faults: faults, agents: agents,
            clock: clock)
        for _ in 0..<runs {
            try await withSandbox(settings) { port in try await body(LoopbackClient(port: port, token: token)) }
        }
    }
}

/// A new folder that is gone afterwards.
func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    do {
        try await body(folder)
    } catch {
        try FileManager.default.removeItem(atPath: folder)
        throw error
    }
    try FileManager.default.removeItem(atPath: folder)
}

/// A clock on which nobody waits, and which knows how long they would have.
final class HurriedClock: Clock {
    struct Instant: InstantProtocol {
        var offset = Duration.zero
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }
    private let time = Mutex(Instant())
    var now: Instant { time.withLock { $0 } }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        time.withLock { $0 = max($0, deadline) }
    }
}
#endif
