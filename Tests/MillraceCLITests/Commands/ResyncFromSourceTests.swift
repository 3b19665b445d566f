import Foundation
import MillraceSync
import MillraceTesting
import Testing

@testable import MillraceCLI

/// `resync --from-source` and `--deliver` with the built program, on real files.
@Suite("Resync from the source", .enabled(if: BuiltProgram.path != nil))
struct ResyncFromSourceTests {
    private static let window = ["--from", "2026-03-02", "--to", "2026-03-03T00:00"]

    /// The file was written before the hour that the tests play in.
    private func age(_ path: String) throws {
        let old = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1_772_400_000)]
        try FileManager.default.setAttributes(old, ofItemAtPath: path)
    }

    /// Replaces a text in a file by one of the same length.
    private func rewrite(_ path: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains(old) && old.utf8.count == new.utf8.count)
        try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
        try age(path)
    }

    @Test func `R28: a row that was corrected in the archive is delivered at once, and the second time nothing is`()
        throws
    {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(
            erp: server.url, csv: "path: drop/*.csv, append-only: true, quiet: 1 s, after: archive")
        try site.drop(40)
        try age(site.path("drop/a.csv"))
        #expect(try site.program(["run"]).code == 0)
        #expect(FileManager.default.fileExists(atPath: site.path("drop/archive/a.csv")))
        try rewrite(site.path("drop/archive/a.csv"), "T06:03:00Z,M1,4711,2", "T06:03:00Z,M1,4711,7")
        let sent = server.requests.count

        let preview = try site.program(["resync", "--from-source", "--preview", "--json"] + Self.window)
        let done = try site.program(
            ["resync", "--from-source", "--deliver", "--reason", "a typing error", "--json"] + Self.window,
            at: "2026-03-02T12:01:00Z")
        let second = try site.program(
            ["resync", "--from-source", "--deliver", "--reason", "again", "--json"] + Self.window,
            at: "2026-03-02T12:02:00Z")

        #expect(preview.code == 0 && preview.output.contains(#""corrected":1,"found":0"#), "\(preview)")
        #expect(done.code == 0, "\(done)")
        let documents = #""documents":["20260302T060000Z/T01/erp/confirm/production-count/4711/r2 post 5/0/0"]"#
        #expect(preview.output.contains(documents) && done.output.contains(documents), "\(done)")
        #expect(server.requests.count == sent + 1)
        #expect(second.output.contains(#""changes-nothing":true"#), "\(second)")
        #expect(server.requests.count == sent + 1)
    }

    @Test func `R27, R28: while a run is at work the resync queues, and leaves delivery to it`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(20)
        try site.program(["run"])
        try rewrite(site.path("drop/a.csv"), "T06:03:00Z,M1,4711,2", "T06:03:00Z,M1,4711,7")
        let sent = server.requests.count
        let arguments = ["resync", "--from-source", "--deliver", "--reason", "a typing error"] + Self.window

        let taken = try RunLock.take(site.path("state/lock"), now: Assembly.clock().now(), maxTime: nil)
        let beside = try withExtendedLifetime(taken) { try site.program(arguments, at: "2026-03-02T12:01:00Z") }

        #expect(beside.code == 0, "\(beside)")
        #expect(beside.errors.contains("a run is at work; it delivers, or the next one"), "\(beside)")
        #expect(server.requests.count == sent)
        #expect(try site.program(["queue", "list", "--json"]).output.contains(#""state":"queued""#))
    }

    @Test func `R28: a recorded document that was corrected changes what was counted of it`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        let settings = try String(contentsOfFile: site.path("millrace.yaml"), encoding: .utf8)
        try site.write(
            "millrace.yaml",
            settings.replacing(
                "csv: {path: drop/*.csv, append-only: true}", with: "mtconnect: {files: drop/*.xml, after: keep}"))
        try site.write(
            "mappings/counts.yaml",
            """
            mapping: counts
            from: {connector: counts, signals: {parts: {type: PART_COUNT}}}
            to: {fact: production-count}
            fields: {equipment: device, time: time, order: {value: "4711"}, operation: {value: "0010"}, good: {counter: parts, modulus: 65536}}
            """)
        for (number, count) in [10, 14, 29].enumerated() {
            try site.write("drop/\(number).xml", Self.document(number, count))
            try age(site.path("drop/\(number).xml"))
        }
        #expect(try site.program(["run"]).code == 0)
        try site.program(["run"], at: "2026-03-02T12:30:00Z")
        let sent = server.requests.count
        try rewrite(site.path("drop/2.xml"), ">29<", ">27<")

        let done = try site.program(
            ["resync", "--from-source", "--deliver", "--reason", "the recorder was wrong", "--json"] + Self.window,
            at: "2026-03-02T12:31:00Z")

        #expect(done.code == 0 && done.output.contains(#""corrected":1,"found":0"#), "\(done)")
        #expect(done.output.contains("/r2 post -2/0/0"), "\(done)")
        #expect(server.requests.count == sent + 1)
    }

    /// A recorded document of one observation, ten minutes after the one before it.
    private static func document(_ number: Int, _ count: Int) -> String {
        let time = "2026-03-02T06:\(number)0:30Z"
        return """
            <MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:1.3"><Header creationTime="2026-03-02T06:\(number)1:00Z" \
            sender="a" instanceId="1" version="1.3" bufferSize="131072" nextSequence="\(number + 2)" firstSequence="1" \
            lastSequence="\(number + 1)"/><Streams><DeviceStream name="M1" uuid="M1"><ComponentStream component="Controller" \
            componentId="c" name="c"><Events><PartCount dataItemId="parts" sequence="\(number + 1)" timestamp="\(time)">\(count)\
            </PartCount></Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>
            """
    }
}
