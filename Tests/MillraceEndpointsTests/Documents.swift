import Glibc
import MillraceCore
import MillraceEndpoints
import MillraceTesting
import MillraceTransport
import MillraceValues

/// Documents and endpoints that several suites use.
enum Sample {
    static let key = "20260302T050000Z/P01/erp/confirm/production-count/early/4711%2F2/r1"
    static let noon = Instant(seconds: 1_772_452_800)  // 2026-03-02T12:00:00Z

    static func document(
        _ request: RequestName = "confirm", of endpoint: EndpointID = "erp", key: String = key,
        purpose: DocumentPurpose = .post, fields: ValueObject = ValueObject(["order": "4711/2"]),
        body: String? = #"{"good":40}"#, contentType: String? = nil
    ) -> Document {
        Document(
            key: key, sum: 1, request: RequestID(endpoint, request), purpose: purpose, revision: 1,
            amounts: Amounts(good: ExactDecimal(40)), interval: nil, fields: fields, orderValue: nil,
            windowStart: noon, windowEnd: noon, mapping: "confirmation", version: "1",
            body: body.map { Array($0.utf8) }, state: .leased, notBefore: noon, createdAt: noon, changedAt: noon,
            contentType: contentType)
    }

    /// A request that posts to `/confirmations`.
    static func request(_ name: RequestName = "confirm") throws -> HTTPRequestSettings {
        HTTPRequestSettings(
            name: name, call: HTTPCall(.post, try AddressTemplate("/confirmations")), quantity: .delta, correct: .signed
        )
    }

    /// An endpoint with one request, with real sockets.
    static func endpoint(
        _ server: ScriptedServer, _ request: HTTPRequestSettings? = nil,
        change: (inout HTTPEndpointSettings) -> Void = { _ in }
    ) throws -> HTTPEndpoint {
        try endpoint(server.url + "/api", request, CurlTransport(), change: change)
    }

    static func endpoint(
        _ address: String, _ request: HTTPRequestSettings? = nil, _ transport: any HTTPTransport,
        change: (inout HTTPEndpointSettings) -> Void = { _ in }
    ) throws -> HTTPEndpoint {
        var settings = HTTPEndpointSettings(id: "erp", address: address, requests: [try request ?? Self.request()])
        settings.timeouts.total = .seconds(20)
        change(&settings)
        return try HTTPEndpoint(settings, transport: transport, now: { noon })
    }

    /// A server that gives every request this answer, with its length.
    static func server(_ status: String, _ headers: [String] = [], _ body: String = "") throws -> ScriptedServer {
        try ScriptedServer { connection in
            while connection.readRequest() != nil {
                let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
                connection.write(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
            }
        }
    }
}

/// A transport that has one thing to say, for what no socket can be made to say.
struct FixedTransport: HTTPTransport {
    let exchange: HTTPExchange

    func send(_ request: HTTPRequest) async -> HTTPExchange { exchange }
}

/// A folder of a test's own, gone with it.
final class TestFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/millrace-endpoints-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ServerFault(errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names() + names("out").map({ "out/" + $0 }) { remove("\(path)/\(name)") }
        rmdir(path + "/out")
        rmdir(path)
    }

    /// The names in it or in a folder of it, sorted.
    func names(_ inner: String = "") -> [String] {
        guard let directory = opendir("\(path)/\(inner)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func write(_ name: String, _ text: String) {
        guard let file = fopen("\(path)/\(name)", "wb") else { return }
        fputs(text, file)
        fclose(file)
    }

    func text(_ name: String) -> String? {
        guard let file = fopen("\(path)/\(name)", "rb") else { return nil }
        defer { fclose(file) }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        return String(decoding: chunk[..<fread(&chunk, 1, chunk.count, file)], as: UTF8.self)
    }
}
