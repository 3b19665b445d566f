import MillraceCore
import MillraceEndpoints
import MillraceTesting
import MillraceTransport
import MillraceValues
import Testing

@Suite("HTTP endpoint: what an answer means")
struct HTTPEndpointOutcomeTests {
    @Test func `R22: a 201 is done, and the endpoint's own number is captured`() async throws {
        let server = try Sample.server("201 Created", [], #"{"items":[{"id":90071992547409931}]}"#)
        defer { server.stop() }
        var request = try Sample.request()
        request.receipt = try AnswerPath("items.id")

        let delivery = try await Sample.endpoint(server, request).deliver(Sample.document())

        #expect(delivery.outcome == .done)
        #expect(delivery.receipt == "90071992547409931")
        #expect(delivery.status == 201)
        #expect(delivery.sentence == "POST \(server.url)/api/confirmations: done (201)")
        #expect(String(decoding: delivery.answer, as: UTF8.self) == #"{"items":[{"id":90071992547409931}]}"#)
    }

    @Test(arguments: ["<html>fine</html>", "{\"id\":", ""])
    func `R22: a 200 whose body cannot be read is done all the same`(body: String) async throws {
        let server = try Sample.server("200 OK", [], body)
        defer { server.stop() }
        var request = try Sample.request()
        request.receipt = try AnswerPath("id")

        let delivery = try await Sample.endpoint(server, request).deliver(Sample.document())

        #expect(delivery.outcome == .done)
        #expect(delivery.receipt == nil)
    }

    @Test func `R22: a 200 that is longer than allowed is done, and its beginning is kept`() async throws {
        let server = try Sample.server("200 OK", [], String(repeating: "x", count: 100_000))
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server) { $0.longestAnswer = 4096 }.deliver(Sample.document())

        #expect(delivery.outcome == .done)
        #expect(delivery.answer.count == 2048)
    }

    @Test(arguments: [
        ("429 Too Many Requests", "Retry-After: 7", 7), ("503 Service Unavailable", "Retry-After: 120", 120),
        ("503 Service Unavailable", "Retry-After: 999999999999999999999", 86_400),
        ("429 Too Many Requests", "Retry-After: 0", 1), ("503 Busy", "Retry-After: Mon, 02 Mar 2026 12:05:00 GMT", 300),
        ("503 Busy", "Retry-After: Mon, 02 Mar 2026 11:00:00 GMT", 1), ("503 Busy", "X-None: 1", nil),
        ("503 Busy", "Retry-After: soon", nil),
        ("503 Busy", "Date: Mon, 02 Mar 2026 09:00:00 GMT\r\nRetry-After: Mon, 02 Mar 2026 09:01:00 GMT", 60),
    ])
    func `R22: 429 and 503 are not executed, and their Retry-After is kept to, up to a day`(
        status: String, header: String, seconds: Int?
    ) async throws {
        let server = try Sample.server(status, [header])
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.outcome == .notExecuted(retryAfter: seconds.map { .seconds($0) }))
        #expect(delivery.sentence.contains("not executed (\(status.prefix(3))); it is sent again by itself"))
    }

    @Test func `R22: a 401 is auth, and names where to look`() async throws {
        let server = try Sample.server("401 Unauthorized", [], #"{"error":"token expired"}"#)
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.outcome == .auth)
        #expect(
            delivery.sentence
                == "POST \(server.url)/api/confirmations: the endpoint does not accept who asks (401, token expired); "
                + "check 'auth' of endpoint 'erp'")
    }

    @Test(arguments: ["408 Request Timeout", "500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout"])
    func `R22: 408 and a 5xx leave open whether it was carried out`(status: String) async throws {
        let server = try Sample.server(status)
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.outcome == .unknown)
        #expect(
            delivery.sentence.hasSuffix("it may have been carried out (\(status.prefix(3))); look up what became of it")
        )
    }

    @Test(arguments: [
        ("400 Bad Request", #"{"title":"Bad","detail":"no such order"}"#, "400, Bad: no such order"),
        ("403 Forbidden", "", "403"), ("404 Not Found", "<h1>lost</h1>", "404"),
        (
            "422 Unprocessable", #"{"code":"E17","message":"order\u0007 closed\n\u202Etoday"}"#,
            "422, E17: order closed today"
        ),
        ("422 No", #"{"id":1,"error":["UserError",["no such order",""]]}"#, "422, UserError: no such order"),
        ("422 No", #"{"error":{"code":"R/3","message":{"lang":"en","value":"locked"}}}"#, "422, R/3: locked"),
    ])
    func `R22: any other 4xx is refused, in the endpoint's own words`(status: String, body: String, said: String)
        async throws
    {
        let server = try Sample.server(status, ["Content-Type: application/problem+json"], body)
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.outcome == .refused)
        #expect(delivery.sentence.hasSuffix("refused (\(said)); settle the cause, then release the document"))
    }

    @Test func `R22: the endpoint's words are cut at 200 characters`() async throws {
        let server = try Sample.server("400 Bad", [], "{\"message\":\"\(String(repeating: "ä", count: 500))\"}")
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.sentence.count { $0 == "ä" } == 200)
    }

    @Test func `R22: a redirect is refused and not followed`() async throws {
        let server = try Sample.server("302 Found", ["Location: /elsewhere"])
        defer { server.stop() }

        let delivery = try await Sample.endpoint(server).deliver(Sample.document())

        #expect(delivery.outcome == .refused)
        #expect(
            delivery.sentence.hasSuffix(
                "refused (302), a redirect, which is never followed; correct the address of endpoint 'erp'"))
        #expect(server.requests.count == 1)
    }

    @Test func `R22: the first rule that fits goes before the defaults, and a duplicate gives its receipt`()
        async throws
    {
        let server = try Sample.server("409 Conflict", ["X-Kind: Record"], #"{"code":"duplicate","id":"B-7"}"#)
        defer { server.stop() }
        var request = try Sample.request()
        request.receipt = try AnswerPath("id")
        request.classify = [
            HTTPOutcomeRule(status: 400...499, header: "x-kind", headerValue: "Rec", outcome: .conflict),
            HTTPOutcomeRule(status: 409...409, when: { $0["code"] == "other" }, outcome: .businessHold),
            HTTPOutcomeRule(status: 409...409, when: { $0["code"] == "duplicate" }, outcome: .duplicate),
            HTTPOutcomeRule(status: 409...409, outcome: .auth),
        ]

        let delivery = try await Sample.endpoint(server, request).deliver(Sample.document())

        #expect(delivery.outcome == .duplicate)
        #expect(delivery.receipt == "B-7")
        #expect(delivery.sentence.hasSuffix("the endpoint had it already (409, duplicate)"))
    }

    @Test func `R22: a rule finds a header whatever its case, and a retry time of its own goes first`() async throws {
        let server = try Sample.server("500 Oops", ["X-Kind: Database Locked", "Retry-After: 5"])
        defer { server.stop() }
        var request = try Sample.request()
        request.classify = [
            HTTPOutcomeRule(
                header: "x-kind", headerValue: "Database Locked", outcome: .notExecuted(retryAfter: .seconds(90)))
        ]

        let delivery = try await Sample.endpoint(server, request).deliver(Sample.document())

        #expect(delivery.outcome == .notExecuted(retryAfter: .seconds(90)))
        #expect(delivery.sentence.hasSuffix("not executed (500); it is sent again by itself, after 90 s"))
    }

    @Test func `R22: a rule with a condition never fits an answer that is no JSON`() async throws {
        let server = try Sample.server("409 Conflict", [], "<p>duplicate</p>")
        defer { server.stop() }
        var request = try Sample.request()
        request.classify = [HTTPOutcomeRule(status: 409...409, when: { _ in true }, outcome: .duplicate)]

        let delivery = try await Sample.endpoint(server, request).deliver(Sample.document())

        #expect(delivery.outcome == .refused)
    }
}
