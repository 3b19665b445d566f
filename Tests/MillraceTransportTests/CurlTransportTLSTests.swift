import Foundation
import MillraceTesting
import MillraceTransport
import Testing

@Suite("curl transport: TLS", .enabled(if: OpenSSL.isPresent, "the openssl command is needed"))
struct CurlTransportTLSTests {
    private let transport = CurlTransport()

    @Test func `a host of the private authority is trusted`() async throws {
        let folder = try TestAuthority()
        let server = try OpenSSL.serve(folder, certificate: "good")
        defer { server.stop() }

        let request = HTTPRequest(
            url: "https://127.0.0.1:\(server.port)/", tls: TLSSettings(caFile: folder.path("ca.pem")))

        #expect(await transport.send(request).answer?.status == 200)
    }

    @Test func `a host's certificate is told where it is asked for, and only there`() async throws {
        let folder = try TestAuthority()
        let server = try OpenSSL.serve(folder, certificate: "good")
        defer { server.stop() }
        var request = HTTPRequest(
            url: "https://127.0.0.1:\(server.port)/", tls: TLSSettings(caFile: folder.path("ca.pem")))

        let silent = await transport.send(request).answer?.certificate
        request.asksForCertificate = true
        let told = await CurlTransport().send(request).answer?.certificate

        #expect(silent == nil)
        #expect(told?.expires != nil && told?.issuer.isEmpty == false, "\(String(describing: told))")
    }

    @Test(arguments: [
        ("good", "other.pem" as String?, [String](), TransportFailure.Kind.certificate),
        ("wrongname", "ca.pem", [], .certificate), ("expired", "ca.pem", [], .certificate),
        ("good", nil, [], .certificate),
        ("good", "ca.pem", ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], .tls),
    ])
    func `R21: a host that cannot be trusted gets nothing`(
        certificate: String, ca: String?, extra: [String], kind: TransportFailure.Kind
    ) async throws {
        let folder = try TestAuthority()
        let server = try OpenSSL.serve(folder, certificate: certificate, extra: extra)
        defer { server.stop() }

        let tls = TLSSettings(caFile: ca.map(folder.path))
        let request = HTTPRequest(method: "POST", url: "https://127.0.0.1:\(server.port)/", body: [1], tls: tls)
        let failure = try #require(await transport.send(request).failure)

        #expect(failure.kind == kind)
        #expect(failure.nothingSent)
        #expect(failure.message.contains("the host cannot be trusted over TLS ("))
        #expect(failure.message.hasSuffix("nothing was sent; check its certificate and the CA file"))
    }

    @Test func `a client certificate opens a host that asks for one, and without it TLS is named as the cause`()
        async throws
    {
        let folder = try TestAuthority()
        let server = try OpenSSL.serve(
            folder, certificate: "good", extra: ["-Verify", "1", "-CAfile", folder.path("ca.pem")])
        defer { server.stop() }
        let url = "https://127.0.0.1:\(server.port)/"
        let shown = TLSSettings(
            caFile: folder.path("ca.pem"), clientCertificate: folder.path("good.pem"),
            clientKey: folder.path("good.key"))

        let without = await transport.send(HTTPRequest(url: url, tls: TLSSettings(caFile: folder.path("ca.pem"))))
        let with = await transport.send(HTTPRequest(url: url, tls: shown))

        #expect(without.failure?.kind == .tls)
        #expect(with.answer?.status == 200)
    }

    @Test func `a file that is no certificate is named as the credential at fault`() async throws {
        let folder = try TestAuthority()
        let tls = TLSSettings(caFile: folder.path("ca.pem"), clientCertificate: folder.path("good.key"))
        let server = try OpenSSL.serve(folder, certificate: "good")
        defer { server.stop() }

        let failure = try #require(
            await transport.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/", tls: tls)).failure)

        #expect(failure.kind == .credential)
        #expect(failure.nothingSent)
    }
}

/// The openssl command.
private enum OpenSSL {
    static let command = "/usr/bin/openssl"
    static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: command) }

    static func run(_ arguments: [String]) throws {
        let ending = try ChildProcess.run(command, arguments)
        try #require(ending.code == 0, "openssl \(arguments.joined(separator: " ")): \(ending.errors)")
    }

    struct Server {
        let process: ChildProcess
        let port: Int

        func stop() {
            process.signal(SIGKILL)
            process.wait()
        }
    }

    /// Starts `s_server` on a free port and reads from its output which one it got.
    static func serve(_ folder: TestAuthority, certificate: String, extra: [String] = []) throws -> Server {
        let output = folder.path("\(certificate)-\(UUID().uuidString).fifo")
        try #require(mkfifo(output, 0o600) == 0)
        // Open for reading before the child opens it for writing, or each would wait for the other.
        let reading = open(output, O_RDONLY | O_NONBLOCK)
        defer { close(reading) }
        let process = try ChildProcess(
            command,
            [
                "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", folder.path("\(certificate).pem"), "-key",
                folder.path("\(certificate).key"),
            ] + extra, output: output)
        _ = fcntl(reading, F_SETFL, 0)
        var (text, piece) = ("", [UInt8](repeating: 0, count: 4096))
        while case let count = read(reading, &piece, piece.count), count > 0 {
            text += String(decoding: piece.prefix(count), as: UTF8.self)
            if let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first(where: {
                $0.hasPrefix("ACCEPT ")
            }),
                let port = line.split(separator: ":").last.flatMap({ Int($0) })
            {
                return Server(process: process, port: port)
            }
        }
        throw ServerFault(errno: process.wait() ?? -1)
    }
}

/// A folder with an authority, certificates of hosts good and bad, and a foreign authority.
private final class TestAuthority: Sendable {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "millrace-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["ca", "other"] {
            try OpenSSL.run(keyed(name) + ["-x509", "-out", path("\(name).pem"), "-days", "30"])
        }
        try issue("good", host: "IP:127.0.0.1", days: ["-days", "30"])
        try issue("wrongname", host: "DNS:elsewhere.test", days: ["-days", "30"])
        try issue("expired", host: "IP:127.0.0.1", days: ["-days", "-1"])
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)  // a leftover temporary folder harms no test
    }

    func path(_ name: String) -> String { folder + "/" + name }

    private func keyed(_ name: String) -> [String] {
        [
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            path("\(name).key"),
        ]
    }

    private func issue(_ name: String, host: String, days: [String]) throws {
        try OpenSSL.run(keyed(name) + ["-out", path("\(name).csr")])
        try "subjectAltName=\(host)".write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try OpenSSL.run(
            [
                "x509", "-req", "-in", path("\(name).csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
                "-CAcreateserial", "-out", path("\(name).pem"), "-extfile", path("\(name).ext"),
            ] + days)
    }
}
