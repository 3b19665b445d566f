import MillraceTesting
import MillraceTransport
import MillraceValues
import Testing

@Suite("curl transport: answers")
struct CurlTransportAnswerTests {
    private let transport = CurlTransport(connectionSeconds: 86_400)

    @Test func `an answer comes with status, fields and body, and the request arrived as described`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write(
                "HTTP/1.1 201 Created\r\nLocation: /c/1\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"a\":1}")
        }
        defer { server.stop() }

        let exchange = await transport.send(
            HTTPRequest(
                method: "POST", url: server.url + "/confirm?x=1",
                headers: [HTTPHeader("Content-Type", "application/json"), HTTPHeader("X-Empty", "")],
                body: Array("{\"q\":\u{0}5}".utf8), auth: .basic(user: "mill", password: Secret("räce"))))

        let answer = try #require(exchange.answer)
        #expect(answer.status == 201)
        #expect(answer.header("LOCATION") == "/c/1")
        #expect(answer.body == Array("{\"a\":1}".utf8))
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /confirm?x=1 HTTP/1.1\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        #expect(request.contains("\r\nX-Empty:\r\n"))
        #expect(request.contains("\r\nAuthorization: Basic bWlsbDpyw6RjZQ==\r\n"))
        #expect(!request.contains("Expect"))
        #expect(request.hasSuffix("\r\n\r\n{\"q\":\u{0}5}"))
    }

    @Test(arguments: [("PUT", "0"), ("PATCH", "0"), ("DELETE", nil), ("GET", nil)] as [(String, String?)])
    func `a verb without a body is sent as that verb`(method: String, length: String?) async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        }
        defer { server.stop() }

        let exchange = await transport.send(
            HTTPRequest(method: method, url: server.url + "/", auth: .bearer(Secret("t"))))

        #expect(exchange.answer?.status == 204)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("\(method) / HTTP/1.1\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer t\r\n"))
        #expect(request.contains("Content-Length: 0") == (length == "0"))
        #expect(!request.contains("Content-Type"))
    }

    @Test func `a redirect is an answer and is not followed`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write(
                "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        defer { server.stop() }

        let exchange = await transport.send(HTTPRequest(url: server.url + "/"))

        #expect(exchange.answer?.status == 302)
        #expect(exchange.answer?.header("location") == "/elsewhere")
        #expect(server.requests.count == 1)
    }

    @Test func `Retry-After and every cookie are visible`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n")
            connection.write("HTTP/1.1 429 Too Many\r\nretry-after: 120\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n")
            connection.write("Content-Length: 0\r\n\r\n")
        }
        defer { server.stop() }

        let answer = try #require(await transport.send(HTTPRequest(method: "POST", url: server.url)).answer)

        #expect(answer.status == 429)
        #expect(answer.header("Retry-After") == "120")
        #expect(answer.headers("set-cookie") == ["a=1", "b=2"])
        #expect(answer.header("x-early") == nil)
    }

    @Test func `a hundred requests at once all get their own answer over few connections`() async throws {
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let path = request.split(separator: " ")[1]
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
        defer { server.stop() }
        let narrow = CurlTransport(connectionsPerHost: 8)

        let answers = await withTaskGroup(of: (Int, HTTPExchange).self) { group in
            for number in 0..<100 {
                group.addTask { (number, await narrow.send(HTTPRequest(url: "\(server.url)/\(number)"))) }
            }
            return await group.reduce(into: [Int: HTTPExchange]()) { $0[$1.0] = $1.1 }
        }

        #expect(answers.count == 100)
        for (number, exchange) in answers { #expect(exchange.answer?.body == Array("/\(number)".utf8)) }
        #expect(server.requests.count == 100)
        #expect(server.connectionCount <= 8)
    }

    @Test func `a proxy of the environment is not used, one of the settings is`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        defer { server.stop() }

        let exchange = await transport.send(HTTPRequest(url: "http://erp.invalid/x", proxy: server.url))

        #expect(exchange.answer?.status == 200)
        #expect(server.requests.first?.hasPrefix("GET http://erp.invalid/x HTTP/1.1\r\n") == true)
    }
}

@Suite("curl transport: limits")
struct CurlTransportLimitTests {
    private let transport = CurlTransport(connectionSeconds: 86_400)

    @Test func `a body over its limit fails, or is cut where the request says so`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
            while connection.write(chunk) {}
        }
        defer { server.stop() }

        let failed = await transport.send(HTTPRequest(url: server.url, maxResponseBytes: 10_000))
        let cut = await transport.send(HTTPRequest(url: server.url, maxResponseBytes: 10_000, overflow: .truncate))

        let failure = try #require(failed.failure)
        #expect(failure.kind == .tooLarge)
        #expect(!failure.nothingSent)
        #expect(failure.status == 500)
        #expect(failure.message.contains("the answer is longer than 10000 bytes; ask for less"))
        #expect(cut.answer?.status == 500)
        #expect(cut.answer?.body.count == 10_000)
        #expect(cut.answer?.isBodyTruncated == true)
    }

    @Test func `a compressed body counts with its full length`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(gzippedZeros.count)\r\n\r\n")
            connection.write(gzippedZeros)
        }
        defer { server.stop() }

        let whole = await transport.send(HTTPRequest(url: server.url, maxResponseBytes: 20_000))
        let capped = await transport.send(HTTPRequest(url: server.url, maxResponseBytes: 19_999))

        #expect(whole.answer?.body == [UInt8](repeating: UInt8(ascii: "0"), count: 20_000))
        #expect(capped.failure?.kind == .tooLarge)
    }

    @Test func `an endless head fails`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write("X-More: " + String(repeating: "y", count: 1000) + "\r\n") {}
        }
        defer { server.stop() }

        let exchange = await transport.send(HTTPRequest(url: server.url))

        #expect(exchange.failure?.kind == .tooLarge)
    }

    @Test func `R21: a slow answer ends at the total time-out and may have been carried out`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        defer { server.stop() }

        let timeouts = HTTPTimeouts(total: .milliseconds(150))
        let exchange = await transport.send(HTTPRequest(method: "POST", url: server.url + "/p?k=1", timeouts: timeouts))

        let failure = try #require(exchange.failure)
        #expect(failure.kind == .timeout)
        #expect(!failure.nothingSent)
        #expect(failure.message.hasPrefix("POST \(server.url)/p: no answer in time ("))
        #expect(!failure.message.contains("k=1"))
    }

    @Test func `cancelling the task breaks the exchange off`() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            arrival.yield()
            connection.waitForEnd()
        }
        defer { server.stop() }

        let transport = self.transport
        let task = Task { await transport.send(HTTPRequest(method: "POST", url: server.url, body: [1])) }
        for await _ in arrived { break }
        task.cancel()
        let failure = try #require(await task.value.failure)

        #expect(failure.kind == .cancelled)
        #expect(!failure.nothingSent)
    }

    @Test func `a task that is cancelled beforehand sends nothing`() async throws {
        let server = try ScriptedServer { connection in _ = connection.readRequest() }
        defer { server.stop() }
        let transport = self.transport

        let task = Task { () -> HTTPExchange in
            withUnsafeCurrentTask { $0?.cancel() }
            return await transport.send(HTTPRequest(method: "POST", url: server.url))
        }
        let failure = try #require(await task.value.failure)

        #expect(failure.kind == .cancelled)
        #expect(failure.nothingSent)
        #expect(server.requests.isEmpty)
    }

    @Test func `a shut-down transport answers at once and ends what is on its way`() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            arrival.yield()
            connection.waitForEnd()
        }
        defer { server.stop() }
        let transport = CurlTransport()
        let task = Task { await transport.send(HTTPRequest(url: server.url)) }
        for await _ in arrived { break }

        transport.shutdown()

        #expect(await task.value.failure?.kind == .cancelled)
        let late = try #require(await transport.send(HTTPRequest(url: server.url)).failure)
        #expect(late.kind == .cancelled)
        #expect(late.nothingSent)
    }
}

/// 20,000 zeros ("0"), as gzip.
private let gzippedZeros: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xED, 0xC1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xC2,
    0xA0, 0x4A, 0xEB, 0x9F, 0xCE, 0x1A, 0x1E, 0x40, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xF0, 0x60, 0xBD, 0x0F, 0x1B, 0x8C, 0x20, 0x4E, 0x00,
    0x00,
]

extension HTTPExchange {
    /// The answer, if there is one.
    var answer: HTTPResponse? {
        if case .answered(let response) = self { response } else { nil }
    }

    /// The failure, if there is one.
    var failure: TransportFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}
