import MillraceCore
import MillraceEndpoints
import MillraceTesting
import MillraceTransport
import MillraceValues
import Testing

@Suite("HTTP endpoint: what goes out")
struct HTTPEndpointRequestTests {
    @Test func `a document goes out once with its bytes, its key and who asks`() async throws {
        let server = try Sample.server("201 Created")
        defer { server.stop() }
        var request = try Sample.request()
        request.onceBy = .header(name: "Idempotency-Key", remembered: nil)

        let endpoint = try Sample.endpoint(server, request) {
            $0.auth = .bearer(Secret("t0ken"))
            $0.headers = [HTTPHeader("X-Plant", "P01")]
            $0.secretHeaders = [.init("X-Api-Key", Secret("k3y"))]
        }
        _ = await endpoint.deliver(Sample.document())

        #expect(server.requests.count == 1)
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("POST /api/confirmations HTTP/1.1\r\n"))
        for line in [
            "Content-Type: application/json", "Accept: application/json", "Authorization: Bearer t0ken", "X-Plant: P01",
            "X-Api-Key: k3y", "Idempotency-Key: \(Sample.key)", "Content-Length: 11",
        ] {
            #expect(sent.contains("\r\n\(line)\r\n"), "\(line)")
        }
        #expect(sent.hasSuffix("\r\n\r\n{\"good\":40}"))
    }

    @Test func `a body that is no JSON goes out as what its mapping says`() async throws {
        let server = try Sample.server("201 Created")
        defer { server.stop() }

        _ = try await Sample.endpoint(server).deliver(
            Sample.document(body: "<a>1</a>", contentType: "application/xml; charset=utf-8"))

        let sent = try #require(server.requests.first)
        #expect(sent.contains("\r\nContent-Type: application/xml; charset=utf-8\r\n"))
        #expect(sent.hasSuffix("\r\n\r\n<a>1</a>"))
    }

    @Test func `R14: a key longer than the endpoint takes goes out as base32 of its hash`() async throws {
        let server = try Sample.server("201 Created")
        defer { server.stop() }
        var request = try Sample.request()
        request.onceBy = .header(name: "Idempotency-Key", remembered: nil)
        request.keyLimit = 64

        _ = try await Sample.endpoint(server, request).deliver(Sample.document())

        let sent = try #require(server.requests.first)
        #expect(sent.contains("\r\nIdempotency-Key: \(Base32.encode(SHA256.hash(Sample.key)))\r\n"))
    }

    @Test func `a user and password go out as basic, and a content type of the site's stays`() async throws {
        let server = try Sample.server("201 Created")
        defer { server.stop() }

        let endpoint = try Sample.endpoint(server) {
            $0.auth = .basic(user: "mill", password: Secret("race"))
            $0.headers = [HTTPHeader("content-type", "application/vnd.erp+json")]
        }
        _ = await endpoint.deliver(Sample.document())

        let sent = try #require(server.requests.first)
        #expect(sent.contains("\r\nAuthorization: Basic bWlsbDpyYWNl\r\n"))
        #expect(sent.contains("\r\ncontent-type: application/vnd.erp+json\r\n"))
        #expect(!sent.contains("application/json\r\nContent"))
    }

    @Test func `a field in an address is percent-encoded, slashes, percents and all`() async throws {
        let server = try Sample.server("200 OK")
        defer { server.stop() }
        var request = try Sample.request()
        request.call = HTTPCall(.put, try AddressTemplate("/orders/{order}/output?by={key}"))

        _ = try await Sample.endpoint(server, request) { $0.address += "/" }
            .deliver(Sample.document(key: "a/b%2Fc", fields: ValueObject(["order": "47/11 %?#ä"])))

        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("PUT /api/orders/47%2F11%20%25%3F%23%C3%A4/output?by=a%2Fb%252Fc HTTP/1.1\r\n"))
    }

    @Test func `a replacing document goes to the number of the one it replaces, which it keeps`() async throws {
        let server = try Sample.server("200 OK", [], "{}")
        defer { server.stop() }
        var request = try Sample.request()
        request.correct = .replace
        request.replace = HTTPCall(.put, try AddressTemplate("/stoppages/{replaces.receipt}"))
        request.receipt = try AnswerPath("id")

        let delivery = try await Sample.endpoint(server, request)
            .deliver(Sample.document(purpose: .replace, fields: ValueObject(["replaces.receipt": "S/7"])))

        #expect(server.requests.first?.hasPrefix("PUT /api/stoppages/S%2F7 ") == true)
        #expect(delivery.receipt == "S/7")
    }

    @Test func `a cancelling document goes to the reverse call, also without a body`() async throws {
        let server = try Sample.server("200 OK")
        defer { server.stop() }
        var request = try Sample.request()
        request.correct = .reverse
        request.reverse = HTTPCall(.post, try AddressTemplate("/confirmations/{replaces.receipt}/cancel"))

        let delivery = try await Sample.endpoint(server, request)
            .deliver(Sample.document(purpose: .cancel, fields: ValueObject(["replaces.receipt": "9"]), body: nil))

        #expect(delivery.outcome == .done)
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("POST /api/confirmations/9/cancel "))
        #expect(!sent.lowercased().contains("content-type"))
    }

    @Test(arguments: [
        (ValueObject(), "names the field 'order', which this document has not; it has key, revision"),
        (ValueObject(["order": ""]), "needs the field 'order', which is empty here; settle it by hand"),
        (ValueObject(["order": ".."]), "the field 'order' is '..', which no address or file name can hold"),
    ])
    func `a document that no address can be made for is refused, and nothing is sent`(
        fields: ValueObject, sentence: String
    )
        async throws
    {
        let server = try Sample.server("200 OK")
        defer { server.stop() }
        var request = try Sample.request()
        request.call = HTTPCall(.put, try AddressTemplate("/orders/{order}"))

        let delivery = try await Sample.endpoint(server, request).deliver(Sample.document(fields: fields))

        #expect(delivery.outcome == .refused)
        #expect(delivery.sentence.hasPrefix("endpoint 'erp', nothing was sent: '/orders/{order}'"))
        #expect(delivery.sentence.hasSuffix(sentence))
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: [
        (Sample.document(body: nil), "the document has no body; make it anew with 'millrace queue remap'"),
        (Sample.document("stop"), "endpoint 'erp' has no request 'stop'; it has 'confirm'"),
        (
            Sample.document(purpose: .cancel),
            "request 'confirm' has no 'reverse' call to take a document back; settle it by hand"
        ),
        (
            Sample.document(purpose: .replace),
            "request 'confirm' has no 'replace' call to correct a document; settle it by hand"
        ),
    ])
    func `a document without body or call is refused, and nothing is sent`(document: Document, sentence: String)
        async throws
    {
        let server = try Sample.server("200 OK")
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(document)

        #expect(delivery == Delivery(.refused, sentence: "endpoint 'erp', nothing was sent: \(sentence)"))
        #expect(server.connectionCount == 0)
    }

    @Test func `a secret that the answer echoes is masked in the sentence and in the kept answer`() async throws {
        let token = "s3cr\"t/t0ken"
        let basic = Base64.encode(Array("mill:\(token)".utf8))
        let body = #"{"message":"bad s3cr\"t/t0ken or Basic \#(basic) or s3cr%22t%2Ft0ken, key k3y"}"#
        let server = try Sample.server("403 Forbidden", [], body)
        defer { server.stop() }

        let endpoint = try Sample.endpoint(server) {
            $0.auth = .basic(user: "mill", password: Secret(token))
            $0.secretHeaders = [.init("X-Api-Key", Secret("k3y"))]
        }
        let delivery = await endpoint.deliver(Sample.document())

        #expect(delivery.sentence.contains("403, bad ••• or Basic ••• or •••, key •••)"))
        #expect(
            String(decoding: delivery.answer, as: UTF8.self) == #"{"message":"bad ••• or Basic ••• or •••, key •••"}"#)
    }

    @Test func `a secret of few letters is masked where it is a word, and leaves the sentence readable`() async throws {
        let server = try Sample.server("403 Forbidden", [], #"{"message":"an example, token 'x'"}"#)
        defer { server.stop() }

        let endpoint = try Sample.endpoint(server) { $0.auth = .bearer(Secret("x")) }
        let delivery = await endpoint.deliver(Sample.document())

        #expect(String(decoding: delivery.answer, as: UTF8.self) == #"{"message":"an example, token '•••'"}"#)
    }

    @Test func `a secret over the border of the kept answer is masked whole`() async throws {
        let server = try Sample.server("200 OK", [], String(repeating: "x", count: 2044) + "t0ken and more")
        defer { server.stop() }

        let endpoint = try Sample.endpoint(server) { $0.auth = .bearer(Secret("t0ken")) }
        let delivery = await endpoint.deliver(Sample.document())

        #expect(!String(decoding: delivery.answer, as: UTF8.self).contains("t"))
    }
}
