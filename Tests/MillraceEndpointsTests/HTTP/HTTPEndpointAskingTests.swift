import MillraceCore
import MillraceEndpoints
import MillraceTesting
import MillraceTransport
import MillraceValues
import Testing

@Suite("HTTP endpoint: asking")
struct HTTPEndpointAskingTests {
    private func request(missingIs404: Bool = false) throws -> HTTPRequestSettings {
        var request = try Sample.request()
        request.lookUp = HTTPLookUpSettings(
            HTTPQuestion(try AddressTemplate("/stoppages?external={key}")),
            there: { ($0["count"]?.decimal ?? .zero) > .zero }, notThere: { $0["count"]?.decimal == .zero },
            receipt: try AnswerPath("items.id"), missingIs404: missingIs404)
        let figure = try AnswerPath("quantity")
        request.figure = HTTPFigureSettings(
            HTTPQuestion(try AddressTemplate("/orders/{order}/output")),
            figure: { (answer: Value) throws(EndpointError) -> Value? in figure.value(in: answer) },
            zeroIs404: missingIs404)
        return request
    }

    @Test(arguments: [
        (#"{"count":1,"items":[{"id":"S-1"}]}"#, LookUp.there(receipt: "S-1")),
        (#"{"count":2,"items":[]}"#, .there(receipt: nil)), (#"{"count":0,"items":[]}"#, .notThere),
    ])
    func `R23: a look-up asks by the key and says whether it is there`(body: String, said: LookUp) async throws {
        let server = try Sample.server("200 OK", [], body)
        defer { server.stop() }

        let endpoint = try Sample.endpoint(server, try request()) { $0.auth = .bearer(Secret("t0ken")) }

        #expect(await endpoint.lookUp(Sample.document()) == said)
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("GET /api/stoppages?external=\(PercentCoding.encode(Sample.key)) HTTP/1.1\r\n"))
        #expect(sent.contains("\r\nAuthorization: Bearer t0ken\r\n"))
        #expect(endpoint.contract.requests.first?.canLookUp == true)
    }

    @Test(arguments: [
        ("500 Oops", "{}", "no answer to use (500); it is asked again"),
        ("200 OK", "<html>log in</html>", "the answer is no JSON (200); it is asked again"),
        ("200 OK", #"{"warning":"busy"}"#, "the answer does not say whether the document is there; check 'lookup'"),
        ("404 Not Found", "", "nothing is found there (404); check the address"),
    ])
    func `R23: an answer that does not say it is no answer`(status: String, body: String, sentence: String) async throws
    {
        let server = try Sample.server(status, [], body)
        defer { server.stop() }

        let said = try await Sample.endpoint(server, try request()).lookUp(Sample.document())

        #expect(said == .noAnswer("GET \(server.url)/api/stoppages: \(sentence)"))
    }

    @Test func `R23: a 404 says that it is not there only where the settings say so`() async throws {
        let server = try Sample.server("404 Not Found")
        defer { server.stop() }

        #expect(
            try await Sample.endpoint(server, try request(missingIs404: true)).lookUp(Sample.document()) == .notThere)
    }

    @Test func `R23: a look-up that is not reached is no answer`() async throws {
        let endpoint = try Sample.endpoint("http://127.0.0.1:\(unusedPort())", try request(), CurlTransport())

        guard case .noAnswer(let sentence) = await endpoint.lookUp(Sample.document()) else {
            Issue.record("an answer from nobody")
            return
        }
        #expect(sentence.contains("no connection"))
    }

    @Test func `a key that went out hashed is asked for hashed`() async throws {
        let server = try Sample.server("200 OK", [], #"{"count":0}"#)
        defer { server.stop() }
        var request = try request()
        request.onceBy = .header(name: "Idempotency-Key", remembered: nil)
        request.keyLimit = 64

        _ = try await Sample.endpoint(server, request).lookUp(Sample.document())

        #expect(server.requests.first?.contains("external=\(Base32.encode(SHA256.hash(Sample.key))) ") == true)
    }

    @Test(arguments: [
        (#"{"quantity":40.500}"#, "40.5"), (#"{"quantity":"1040"}"#, "1040"), (#"[{"quantity":-2}]"#, "-2"),
    ])
    func `R16: the figure of a sum is read exactly`(body: String, figure: String) async throws {
        let server = try Sample.server("200 OK", [], body)
        defer { server.stop() }

        let said = try await Sample.endpoint(server, try request()).readFigure(
            "confirm", fields: ValueObject(["order": "47/11"]))

        #expect(said == .figure(try #require(ExactDecimal(figure))))
        #expect(server.requests.first?.hasPrefix("GET /api/orders/47%2F11/output ") == true)
    }

    @Test(arguments: [
        ("200 OK", #"{"quantity":"12,5"}"#, "the answer holds no number at the place of 'figure'; check 'read'"),
        ("200 OK", #"{"other":1}"#, "the answer holds no number at the place of 'figure'; check 'read'"),
        ("404 Not Found", #"{"message":"no order"}"#, "nothing is found there (404, no order); check the address"),
        ("503 Busy", "", "no answer to use (503); it is asked again"),
    ])
    func `R16: what is no figure is no answer`(status: String, body: String, sentence: String) async throws {
        let server = try Sample.server(status, [], body)
        defer { server.stop() }

        let said = try await Sample.endpoint(server, try request()).readFigure(
            "confirm", fields: ValueObject(["order": "4711"]))

        #expect(said == .noAnswer("GET \(server.url)/api/orders/4711/output: \(sentence)"))
    }

    @Test func `R16: a 404 is a figure of zero only where the settings say so`() async throws {
        let server = try Sample.server("404 Not Found")
        defer { server.stop() }
        let endpoint = try Sample.endpoint(server, try request(missingIs404: true))

        #expect(await endpoint.readFigure("confirm", fields: ValueObject(["order": "4711"])) == .figure(.zero))
    }

    @Test func `a request without look-up and reading offers none`() async throws {
        let endpoint = try Sample.endpoint("https://erp.example", nil, CurlTransport())

        #expect(await endpoint.lookUp(Sample.document()) == .notOffered)
        #expect(await endpoint.readFigure("confirm", fields: ValueObject()) == .notOffered)
    }

    // MARK: Questions with a body, and what is asked for before

    /// A request whose address needs the endpoint's own number, and whose look-up is a call in a body.
    private func resolving() throws -> HTTPRequestSettings {
        var request = try Sample.request()
        request.call = HTTPCall(.put, try AddressTemplate("/moves/{move}"))
        let coded: HTTPQuestion.Calculation = { (inputs: ValueObject) throws(EndpointError) -> Value? in
            inputs["order"]?.text.map { .string(Base64.encode(Array($0.utf8))) }
        }
        let ask: HTTPQuestion.Calculation = { (inputs: ValueObject) throws(EndpointError) -> Value? in
            inputs["key"].map { ["id": 1, "params": .array([$0])] }
        }
        request.resolve = [
            HTTPResolving(
                "move", as: "$move",
                HTTPQuestion(try AddressTemplate("/moves?d={domain}"), names: [.init("domain", as: "$domain", coded)]),
                value: try AnswerPath("id"))
        ]
        request.lookUp = HTTPLookUpSettings(
            HTTPQuestion(try AddressTemplate("/rpc/"), body: ask),
            there: { !($0["result"]?.array ?? []).isEmpty }, notThere: { $0["result"]?.array?.isEmpty == true },
            receipt: try AnswerPath("result"))
        return request
    }

    /// Answers a question for numbers with `found`, and everything else with an empty object.
    private func server(found: String, _ status: String = "200 OK") throws -> ScriptedServer {
        try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let isQuestion = request.hasPrefix("GET")
                let body = isQuestion ? found : "{}"
                connection.write(
                    "HTTP/1.1 \(isQuestion ? status : "200 OK")\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
    }

    @Test func `a number of the endpoint's own is asked for and stands in the path`() async throws {
        let server = try server(found: #"[{"id":17}]"#)
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server, try resolving()).deliver(Sample.document())

        #expect(delivery.outcome == .done)
        #expect(
            server.requests.map { $0.prefix { !$0.isNewline } } == [
                "GET /api/moves?d=NDcxMS8y HTTP/1.1", "PUT /api/moves/17 HTTP/1.1",
            ])
    }

    @Test(arguments: [
        ("200 OK", "[]", "the endpoint knows no 'move' for order '4711/2'"),
        ("200 OK", #"[{"id":17},{"id":18}]"#, "the endpoint knows more than one 'move' for order '4711/2'"),
        ("200 OK", "<html>", "the answer is no JSON"), ("404 Not Found", "", "nothing is found there (404)"),
        ("400 Bad Request", #"{"message":"no such field"}"#, "no answer to use (400, no such field)"),
    ])
    func `R22: without exactly one number the document is held back, and nothing is sent`(
        status: String, found: String, sentence: String
    ) async throws {
        let server = try server(found: found, status)
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server, try resolving()).deliver(Sample.document())

        #expect(delivery.outcome == .businessHold)
        #expect(delivery.sentence.contains(sentence))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        ("500 Oops", Outcome.notSent), ("401 Unauthorized", .auth), ("503 Busy", .notExecuted(retryAfter: nil)),
    ])
    func `R22: a question that gets no answer is the endpoint's trouble`(status: String, outcome: Outcome) async throws
    {
        let server = try server(found: "{}", status)
        defer { server.stop() }

        #expect(try await Sample.endpoint(server, try resolving()).deliver(Sample.document()).outcome == outcome)
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        (#"{"id":1,"result":[4]}"#, LookUp.there(receipt: "4")), (#"{"id":1,"result":[]}"#, .notThere),
    ])
    func `R23: a look-up by post asks with its body`(body: String, said: LookUp) async throws {
        let server = try Sample.server("200 OK", [], body)
        defer { server.stop() }
        var request = try resolving()
        request.resolve = []

        #expect(try await Sample.endpoint(server, request).lookUp(Sample.document()) == said)
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("POST /api/rpc/ HTTP/1.1\r\n"))
        #expect(sent.hasSuffix(#"{"id":1,"params":["\#(Sample.key)"]}"#))
    }

    @Test func `a look-up asks for no number that it does not use`() async throws {
        let server = try Sample.server("200 OK", [], #"{"id":1,"result":[4]}"#)
        defer { server.stop() }

        #expect(try await Sample.endpoint(server, try resolving()).lookUp(Sample.document()) == .there(receipt: "4"))
        #expect(server.requests.count == 1)
    }

    @Test func `R23: a fault in a 200 does not say that the document is not there`() async throws {
        let server = try Sample.server("200 OK", [], #"{"id":1,"error":["UserError",["not you",""]]}"#)
        defer { server.stop() }
        var request = try resolving()
        request.resolve = []

        guard case .noAnswer(let sentence) = try await Sample.endpoint(server, request).lookUp(Sample.document()) else {
            Issue.record("a fault was taken for an answer")
            return
        }
        #expect(sentence.hasSuffix("does not say whether the document is there; check 'lookup'"))
    }
}
