import MillraceCore
import MillraceEndpoints
import MillraceTesting
import MillraceTransport
import MillraceValues
import Testing

@Suite("HTTP endpoint: no whole answer")
struct HTTPEndpointEvidenceTests {
    @Test(arguments: ["", "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf"])
    func `R22: an endpoint that books and then cuts the line leaves it unknown, and got it once`(answer: String)
        async throws
    {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.outcome == .unknown)
        #expect(delivery.sentence.contains("it may have been carried out"))
        #expect(server.requests.count == 1)
    }

    @Test func `R22: silence beyond the time-out leaves it unknown`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        defer { server.stop() }

        let endpoint = try Sample.endpoint(server) { $0.timeouts.total = .seconds(1) }
        let delivery = await endpoint.deliver(Sample.document())

        #expect(delivery.outcome == .unknown)
        #expect(delivery.sentence.contains("no answer in time"))
        #expect(endpoint.contract.requests.first?.timeout == .seconds(1))
    }

    @Test func `R22: a refused connection has sent nothing`() async throws {
        let endpoint = try Sample.endpoint("http://127.0.0.1:\(unusedPort())", nil, CurlTransport())

        let delivery = await endpoint.deliver(Sample.document())

        #expect(delivery.outcome == .notSent)
        #expect(delivery.sentence.hasSuffix("nothing was sent; check that the host is up and the port is right"))
    }

    @Test(arguments: [
        (
            TransportFailure.Kind.certificate, true, "the host cannot be trusted over TLS (certificate has expired)",
            Outcome.auth
        ),
        (.tls, true, "the host cannot be trusted over TLS (tlsv1 alert handshake failure)", .notSent),
        (.tls, true, "no (error:0A000416:SSL routines::sslv3 alert certificate expired)", .auth),
        (.tls, false, "no (SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required)", .auth),
        (.tls, false, "no (SSL_read: error:0A000438:SSL routines::tlsv1 alert internal error)", .unknown),
        (.credential, true, "the client key k.pem cannot be read (Permission denied)", .auth),
        (.timeout, true, "no answer in time", .notSent), (.timeout, false, "no answer in time", .unknown),
        (.cancelled, true, "broken off", .notSent), (.cancelled, false, "broken off", .unknown),
        (.tooLarge, false, "the answer is longer than 8 bytes", .unknown), (.resolve, true, "no address", .notSent),
        (.forbiddenAddress, true, "leads to 169.254.169.254", .notSent), (.other, false, "no", .unknown),
    ])
    func `R22: what left this host decides between not sent and unknown`(
        kind: TransportFailure.Kind, nothingSent: Bool, message: String, outcome: Outcome
    ) async throws {
        let failure = TransportFailure(kind: kind, nothingSent: nothingSent, message: message)
        let endpoint = try Sample.endpoint("https://erp.example", nil, FixedTransport(exchange: .failed(failure)))

        let delivery = await endpoint.deliver(Sample.document())

        #expect(delivery.outcome == outcome)
        #expect(delivery.sentence == message)
    }
}
