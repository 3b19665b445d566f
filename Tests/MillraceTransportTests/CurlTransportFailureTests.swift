import MillraceTesting
@testable import MillraceTransport
import MillraceValues
import Testing

@Suite("curl transport: what was sent")
struct CurlTransportFailureTests {
    /// Connections are kept for as long as a test may wait for its turn.
    private let transport = CurlTransport(connectionSeconds: 86_400)

    @Test(arguments: [
        (
            "Failed to connect to 127.0.0.1 port 39071 after 0 ms: Couldn't connect to server",
            "Failed to connect to 127.0.0.1 port 39071: Couldn't connect to server"
        ),
        (
            "Operation timed out after 30001 milliseconds with 0 bytes received",
            "Operation timed out with 0 bytes received"
        ),
        ("Connection reset after 3 tries, after all", "Connection reset after 3 tries, after all"),
    ])
    func `R27: a trouble is told in the same words each time, whatever time it took`(_ said: String, _ told: String) {
        #expect(CurlTransfer.withoutLengths(said) == told)
    }

    @Test func `R21: a refused connection has surely sent nothing`() async throws {
        let url = "http://127.0.0.1:\(unusedPort())"

        let failure = try #require(await transport.send(HTTPRequest(method: "POST", url: url, body: [1])).failure)

        #expect(failure.kind == .connect)
        #expect(failure.nothingSent)
        #expect(failure.message.hasPrefix("POST \(url): no connection ("))
        #expect(failure.message.hasSuffix("nothing was sent; check that the host is up and the port is right"))
    }

    @Test func `R21: a name without an address has surely sent nothing`() async throws {
        let request = HTTPRequest(method: "POST", url: "http://does-not-exist.invalid/x", body: [1])

        let failure = try #require(await transport.send(request).failure)

        #expect(failure.kind == .resolve)
        #expect(failure.nothingSent)
        #expect(failure.message.contains("the host's name has no address"))
    }

    @Test(arguments: [
        "", "HTTP/1.1 201 Created\r\nContent-Le", "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha", "SSH-2.0-OpenSSH_9.2\r\n",
    ])
    func `R21: an answer that breaks off leaves it open whether the request was carried out`(answer: String)
        async throws
    {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        defer { server.stop() }

        let failure = try #require(
            await transport.send(HTTPRequest(method: "POST", url: server.url, body: [1])).failure)

        #expect(failure.kind == .interrupted)
        #expect(!failure.nothingSent)
        #expect(failure.message.contains("it may have been carried out"))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func `R21: a write on a kept connection that dies unanswered is never sent a second time`(method: String)
        async throws
    {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            if connection.number == 1 { _ = connection.readRequest() }
        }
        defer { server.stop() }

        let first = await transport.send(HTTPRequest(method: method, url: server.url + "/1", body: [1]))
        let second = await transport.send(HTTPRequest(method: method, url: server.url + "/2", body: [2]))

        #expect(first.answer?.status == 200)
        let failure = try #require(second.failure)
        #expect(failure.kind == .interrupted)
        #expect(!failure.nothingSent)
        #expect(failure.message.contains("the kept connection ended before an answer, it may have been carried out"))
        #expect(server.requests.filter { $0.hasPrefix("\(method) /2 ") }.count == 1)
    }

    @Test func `R21: a large write on a kept connection that dies half-way is never sent a second time`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        defer { server.stop() }

        _ = await transport.send(HTTPRequest(method: "POST", url: server.url + "/1", body: [1]))
        // Whether curl sees the closed connection before it writes is a race; in no case may two requests begin on it.
        let body = [UInt8](repeating: 7, count: 512 << 10)
        let second = await transport.send(HTTPRequest(method: "POST", url: server.url + "/2", body: body))

        let arrived = server.requests.filter { $0.hasPrefix("POST /2 ") }.count
        #expect(arrived == (second.answer == nil ? 0 : 1))
        if let failure = second.failure { #expect(!failure.nothingSent) }
    }

    @Test func `a read on a kept connection that dies is asked again by itself`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            if connection.number == 1 { _ = connection.readRequest() }
        }
        defer { server.stop() }

        _ = await transport.send(HTTPRequest(url: server.url + "/1"))
        let second = await transport.send(HTTPRequest(url: server.url + "/2"))

        #expect(second.answer?.status == 200)
        #expect(server.requests.filter { $0.hasPrefix("GET /2 ") }.count == 2)
    }

    @Test(arguments: [
        (HTTPHeader("X-Order", "1\r\nX-Evil: 1"), "the value of header 'X-Order' holds a line break"),
        (HTTPHeader("X-Order", "1\n"), "the value of header 'X-Order' holds a line break"),
        (HTTPHeader("X-Order", "1\u{0}2"), "the value of header 'X-Order' holds a line break"),
        (HTTPHeader("X Order", "1"), "the header name 'X Order' is not a word of HTTP"),
        (HTTPHeader("A\r\nB", "1"), "the header name 'A??B' is not a word of HTTP"),
        (HTTPHeader("Content-Length", "1"), "the header 'Content-Length' is set by Millrace itself"),
    ])
    func `a field that would break out of its line is refused`(header: HTTPHeader, sentence: String) async throws {
        let server = try ScriptedServer { connection in _ = connection.readRequest() }
        defer { server.stop() }

        let failure = try #require(
            await transport.send(HTTPRequest(method: "POST", url: server.url, headers: [header])).failure)

        #expect(failure.kind == .invalidRequest)
        #expect(failure.nothingSent)
        #expect(failure.message.contains(sentence))
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: [
        ("file:///etc/hostname", "the address must begin with http or https and ://"),
        ("gopher://127.0.0.1/", "the address must begin with http or https and ://"),
        ("http://u:hidden@127.0.0.1/", "the address holds a user or password"),
        ("http://127.0.0.1/a b", "the address holds a blank or a control character"),
        ("http://127.0.0.1/a\r\nX: 1", "the address holds a blank or a control character"),
        ("http:///x", "the address names no host"),
    ])
    func `an address that must not be used is refused`(url: String, sentence: String) async throws {
        let failure = try #require(await transport.send(HTTPRequest(url: url)).failure)

        #expect(failure.kind == .invalidRequest)
        #expect(failure.nothingSent)
        #expect(failure.message.contains(sentence))
        #expect(!failure.message.contains("hidden"))
    }

    @Test func `a credential with a line break is refused without being shown`() async throws {
        let request = HTTPRequest(url: "http://127.0.0.1/", auth: .bearer(Secret("canary\r\nX: 1")))

        let failure = try #require(await transport.send(request).failure)

        #expect(failure.kind == .invalidRequest)
        #expect(!failure.message.contains("canary"))
    }

    @Test func `an address that is not allowed is connected to but never asked`() async throws {
        let server = try ScriptedServer { connection in _ = connection.readRequest() }
        defer { server.stop() }

        let request = HTTPRequest(url: server.url, addresses: .noLinkLocalOrLoopback)
        let failure = try #require(await transport.send(request).failure)

        #expect(failure.kind == .forbiddenAddress)
        #expect(failure.nothingSent)
        #expect(failure.message.contains("the host's name leads to 127.0.0.1, which is not allowed"))
        #expect(server.requests.isEmpty)
    }

    @Test func `a client certificate that cannot be read is named`() async throws {
        let tls = TLSSettings(clientCertificate: "/does/not/exist.pem")

        let failure = try #require(await transport.send(HTTPRequest(url: "https://127.0.0.1/", tls: tls)).failure)

        #expect(failure.kind == .credential)
        #expect(failure.nothingSent)
        #expect(failure.message.contains("the client certificate /does/not/exist.pem cannot be read"))
    }
}
