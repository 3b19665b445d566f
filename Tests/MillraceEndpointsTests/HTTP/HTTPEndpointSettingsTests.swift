import MillraceCore
import MillraceEndpoints
import MillraceTransport
import MillraceValues
import Testing

@Suite("HTTP endpoint: settings")
struct HTTPEndpointSettingsTests {
    private func fault(_ change: (inout HTTPEndpointSettings) -> Void) throws -> String {
        let fault = #expect(throws: EndpointError.self) {
            _ = try Sample.endpoint("https://erp.example", nil, CurlTransport(), change: change)
        }
        return fault?.description ?? ""
    }

    @Test func `a setting that would fail at the first document fails at once`() throws {
        #expect(
            try fault { $0.address = "https://erp.example/api?x=1" }
                == "endpoint 'erp': 'url' must hold no '?' and no '#'; queries belong to the requests")
        #expect(
            try fault { $0.requests += $0.requests }
                == "endpoint 'erp': two requests are named 'confirm'; rename one")
        #expect(
            try fault { $0.requests[0].correct = .reverse }
                == "endpoint 'erp', request 'confirm': 'correct: reverse' needs its call")
        #expect(
            try fault { $0.requests[0].correct = .replace }
                == "endpoint 'erp', request 'confirm': 'correct: replace' needs its call")
        #expect(
            try fault { $0.requests[0].quantity = .absolute(totalOver: [.order], opening: .read) }
                == "endpoint 'erp', request 'confirm': 'opening: read' needs 'read'")
    }

    @Test(arguments: [
        ("orders/{order}", "'orders/{order}' must begin with '/' or '?'; the rest of the address stands under 'url'"),
        ("/a b", "'/a b' holds a blank, a '#' or a character beyond ASCII; percent-encode it"),
        ("/a/{order", "'/a/{order': a brace has no partner; write a field as {name}"),
        ("/a/order}", "'/a/order}': a brace has no partner; write a field as {name}"),
        ("/a/{}", "'/a/{}': '{}' names no field; write a field as {name}"),
    ])
    func `an address that cannot be filled is named`(text: String, sentence: String) {
        let fault = #expect(throws: EndpointError.self) { _ = try AddressTemplate(text) }
        #expect(fault?.description == sentence)
    }

    @Test func `a path goes through objects by name and through lists by their first element`() throws {
        let answer = try JSONReader.read(#"{"d":{"results":[[{"id":7,"ok":true,"none":""}]]}}"#)

        #expect(try AnswerPath("d.results.id").text(in: answer) == "7")
        #expect(try AnswerPath("d.results.ok").text(in: answer) == nil)
        #expect(try AnswerPath("d.results.none").text(in: answer) == nil)
        #expect(try AnswerPath("d.missing.id").value(in: answer) == nil)
        let fault = #expect(throws: EndpointError.self) { _ = try AnswerPath("items..id") }
        #expect(
            fault?.description
                == "'items..id' is no path into an answer; write names with dots between them, as items.id")
    }

    @Test func `a body becomes JSON without blanks, numbers as they are`() throws {
        let endpoint = try Sample.endpoint("https://erp.example", nil, CurlTransport())
        let body = try JSONReader.read(#"{ "good": 40.000, "order": "47/11", "none": null }"#)

        let bytes = try endpoint.encode(body, for: "confirm")

        #expect(String(decoding: bytes, as: UTF8.self) == #"{"good":40.000,"order":"47/11","none":null}"#)
        let fault = #expect(throws: EndpointError.self) { _ = try endpoint.encode(body, for: "stop") }
        #expect(fault?.description == "endpoint 'erp' has no request 'stop'; it has 'confirm'")
    }
}
