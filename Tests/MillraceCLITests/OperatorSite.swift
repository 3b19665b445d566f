import Foundation
import MillraceTesting
import Testing

@testable import MillraceCLI

/// A site in a folder of its own, and the built program run on it as an operator would.
final class OperatorSite: Sendable {
    let folder = NSTemporaryDirectory() + "/millrace-operator-" + UUID().uuidString

    /// What became of one call.
    struct Ending: CustomStringConvertible {
        var code: Int32
        var output: String
        var errors: String

        var description: String { "exit \(code)\n\(output)\n\(errors)" }
        /// The last line of the result.
        var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "" }
    }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    /// A small site: files of counts, and an endpoint at that address; its secret is there.
    convenience init(erp url: String, more: String = "", csv: String = "path: drop/*.csv, append-only: true") throws {
        try self.init()
        try write(
            "millrace.yaml",
            """
            site: {id: T01, zone: UTC, live-since: 2026-03-01T00:00, day-start: "06:00"}
            store: {sqlite: state/millrace.db}
            calendar: {shifts: [{name: early, days: mon-sun, from: "06:00", to: "14:00"}]}
            connectors: {counts: {csv: {\(csv)}}}
            endpoints:
              erp:
                http: {url: "\(url)", auth: {bearer: {token: "${file:secrets/erp.key}"}}}
                requests:
                  confirm: {post: /confirmations, quantity: delta, correct: signed, once-by: {header: Idempotency-Key, remembered: 24 h}, lookup: {get: "/confirmations?external={key}", there: count > 0}}
            \(more)
            """)
        try write(
            "mappings/counts.yaml",
            """
            mapping: counts
            from: {connector: counts}
            to: {fact: production-count}
            fields: {equipment: machine, time: time, order: order, operation: {value: "0010"}, good: {increment: good}}
            """)
        try write(
            "mappings/confirmation.yaml",
            """
            mapping: confirmation
            from: {fact: production-count, per: [order], window: {every: 15 min}, close: {settle: 1 min, at-latest: 24 h}}
            to: {endpoint: erp, request: confirm}
            fields: {order: order, good: good, key: key}
            """)
        try write("secrets/erp.key", "a-secret", mode: 0o600)
    }

    deinit {
        // try?: what is left goes with the machine's own tidying
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String) -> String { folder + "/" + name }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
        let path = path(name)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// Rows of one minute after another, from 06:00 on.
    func drop(_ rows: Int, _ name: String = "a") throws {
        let lines = (0..<rows).map { "2026-03-02T06:\($0 < 10 ? "0" : "")\($0):00Z,M1,4711,2" }
        try write("drop/\(name).csv", "time,machine,order,good\n" + lines.joined(separator: "\n") + "\n")
    }

    /// Runs the program in this folder.
    @discardableResult
    func program(
        _ arguments: [String], at now: String? = "2026-03-02T12:00:00Z", environment: [String: String] = [:]
    ) throws -> Ending {
        let process = try start(arguments, at: now, environment: environment)
        return try process.ending()
    }

    /// A call that goes on.
    struct Running {
        let process: ChildProcess
        fileprivate let output: String
        fileprivate let errors: String

        func ending() throws -> Ending {
            let code = process.wait()
            let said = try [output, errors].map { try String(contentsOfFile: $0, encoding: .utf8) }
            return Ending(code: code ?? -1, output: said[0], errors: said[1])
        }
    }

    /// Starts the program in this folder.
    func start(_ arguments: [String], at now: String?, environment: [String: String] = [:]) throws -> Running {
        let name = UUID().uuidString
        let (output, errors) = (path("stdout-\(name)"), path("stderr-\(name)"))
        let process = try ChildProcess(
            try #require(BuiltProgram.path), arguments,
            environment: environment.merging(now.map { ["MILLRACE_NOW": $0] } ?? [:]) { $1 },
            without: ["MILLRACE_SITE", "MILLRACE_NOW"], in: folder, output: output, errors: errors)
        return Running(process: process, output: output, errors: errors)
    }
}

/// Answers of a stand-in ERP: one JSON answer to every request.
func erp(_ status: String = "201 Created", _ body: String = #"{"id":"R-1","count":0}"#, port: UInt16 = 0) throws
    -> ScriptedServer
{
    try ScriptedServer(port: port) { connection in
        while connection.readRequest() != nil {
            let head =
                "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            if !connection.write(head + body) { return }
        }
    }
}
