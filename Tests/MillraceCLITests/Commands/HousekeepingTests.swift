import Foundation
import Glibc
import MillraceTesting
import Testing

@testable import MillraceCLI

@Suite("Housekeeping", .enabled(if: BuiltProgram.path != nil))
struct HousekeepingTests {
    /// The lines of a finding's area and state.
    private func findings(_ ending: OperatorSite.Ending) -> [String] {
        ending.output.split(separator: "\n").map(String.init)
    }

    @Test func `the doctor of a healthy site finds nothing wrong, and says until when it was copied`() throws {
        let server = try erp("200 OK")
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(3)
        try site.program(["run"])
        try site.program(["store", "backup", site.path("copy.db")])

        let ending = try site.program(["doctor", "--json"])

        #expect(ending.code == 0, "\(ending)")
        #expect(!ending.output.contains(#""state":"fault""#), "\(ending)")
        #expect(ending.output.contains("'erp' answers"), "\(ending)")
        #expect(ending.output.contains(#""area":"backup","state":"ok""#), "\(ending)")
    }

    @Test func `each fault has the command that mends it, and the command does`() throws {
        let server = try erp("200 OK")
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.program(["status"])
        try site.write("secrets/erp.key", "a-secret", mode: 0o640)
        chmod(site.path("state"), 0o755)
        chmod(site.path("state/millrace.db"), 0o644)

        let ill = try site.program(["doctor", "--offline"])

        #expect(ill.code == 12, "\(ill)")
        let commands = findings(ill).filter { $0.contains("→ chmod") }.map {
            String($0.drop { $0 != "→" }.dropFirst(2))
        }
        #expect(commands.count == 3, "\(ill)")
        for command in commands {
            _ = try ChildProcess.run("/bin/bash", ["-c", command])
        }
        let well = try site.program(["doctor", "--offline"])
        #expect(well.code == 0 && !well.output.contains("chmod"), "\(well)")
    }

    @Test func `faults of files and of a missing secret stop nothing else`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:\(unusedPort())")
        unlink(site.path("secrets/erp.key"))
        let ending = try site.program(["doctor"])
        #expect(ending.code == 12, "\(ending)")
        #expect(ending.output.contains("the secret file 'secrets/erp.key' is not there"), "\(ending)")
        #expect(ending.output.contains("is whole"), "\(ending)")
        try site.write("mappings/counts.yaml", "mapping: counts\n")
        #expect(try site.program(["doctor"]).code == 10)
    }

    @Test func `an endpoint's test names the step that fails`() throws {
        let refused = try erp("401 Unauthorized", #"{"message":"who are you?"}"#)
        defer { refused.stop() }
        let site = try OperatorSite(erp: refused.url)
        let login = try site.program(["endpoint", "test", "--json"])
        #expect(login.code == 12 && login.output.contains(#""step":"login","result":"failed""#), "\(login)")
        #expect(login.output.contains("who are you?") && !login.output.contains("a-secret"), "\(login)")

        let nobody = try OperatorSite(erp: "http://no-such-host.invalid")
        let name = try nobody.program(["endpoint", "test", "--json"])
        #expect(name.code == 4 && name.output.contains(#""step":"name","result":"failed""#), "\(name)")

        let closed = try OperatorSite(erp: "http://127.0.0.1:\(unusedPort())")
        let connection = try closed.program(["endpoint", "test", "--json"])
        #expect(connection.code == 4 && connection.output.contains(#""step":"connection","result":"failed""#))

        let good = try erp("200 OK")
        defer { good.stop() }
        let ready = try OperatorSite(erp: good.url)
        let proved = try ready.program(["endpoint", "test", "--json"])
        #expect(proved.code == 0 && proved.output.contains(#""step":"read","result":"proved""#), "\(proved)")
        #expect(good.requests.allSatisfy { $0.hasPrefix("GET /confirmations?external=millrace-endpoint-test ") })
    }

    @Test func `a copy is checked like the store, and a damaged one is told`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(40)
        try site.program(["run"])
        let copy = site.path("copy.db")
        try site.program(["store", "backup", copy])
        #expect(try site.program(["store", "verify", copy]).code == 0)

        let file = open(copy, O_RDWR)
        let noise = [UInt8](repeating: 0xA5, count: 4_096)
        for page in 2..<20 { pwrite(file, noise, noise.count, off_t(page * 4_096)) }
        close(file)

        let ending = try site.program(["store", "verify", copy])
        #expect(ending.code == 13 && !ending.errors.isEmpty, "\(ending)")
        #expect(try site.program(["store", "verify"]).code == 0)
    }

    @Test func `R26: a restored copy goes on when a person has looked: the way that the help tells`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(20)
        try site.program(["run"])
        try site.program(["store", "backup", site.path("copy.db")])
        for ending in ["", "-wal", "-shm"] {
            rename(site.path("state/millrace.db\(ending)"), site.path("away\(ending)"))
        }
        try FileManager.default.copyItem(atPath: site.path("copy.db"), toPath: site.path("state/millrace.db"))

        #expect(try site.program(["store", "verify"]).code == 0)
        #expect(try site.program(["run"]).code == 13)
        #expect(try site.program(["status", "--check"]).code == 13)
        #expect(try site.program(["endpoint", "release", "erp", "--reason", "the disk broke"]).code == 0)
        #expect(try site.program(["run"]).code == 0)
        // What waited in the restored store may have gone out from the lost one: it is looked up before it is sent.
        #expect(try site.program(["status", "--check"]).code == 3)
        #expect(server.requests.count == 1)
        #expect(try site.program(["run"], at: "2026-03-02T12:30:00Z").code == 0)
        #expect(try site.program(["status", "--check"], at: "2026-03-02T12:30:00Z").code == 0)
        #expect(server.requests.map { $0.prefix(4) } == ["POST", "GET ", "POST"])
    }

    @Test func `metrics go on from run to run, and the file is there whole`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(20, "a")
        try site.program(["run"])
        try site.write("drop/b.csv", "time,machine,order,good\n2026-03-02T06:30:00Z,M2,4712,5\n")
        try site.program(["run"], at: "2026-03-02T12:05:00Z")

        #expect(try site.program(["metrics", "--textfile", site.path("millrace.prom")]).code == 0)

        let text = try String(contentsOfFile: site.path("millrace.prom"), encoding: .utf8)
        #expect(text.contains("millrace_source_records_total{connector=\"counts\"} 21\n"), "\(text)")
        #expect(text.contains("millrace_runs_total{exit_code=\"0\"} 2\n"), "\(text)")
        #expect(text.contains("millrace_queue_records{endpoint=\"erp\",state=\"queued\"} 0\n"), "\(text)")
        #expect(text.contains("millrace_delivery_duration_seconds_bucket{endpoint=\"erp\",le=\"+Inf\"}"), "\(text)")
        #expect(text.contains("millrace_circuit_state{endpoint=\"erp\",state=\"open\"} 1\n"), "\(text)")
        #expect(!text.contains("4711") && !text.contains("M1"), "no order and no equipment: \(text)")
        #expect(!FileManager.default.fileExists(atPath: site.path("millrace.prom.part")))
        #expect(try site.program(["metrics", "--textfile", site.path("none/millrace.prom")]).code == 14)
    }

    @Test(.enabled(if: access("/usr/bin/promtool", X_OK) == 0, "promtool of Debian's prometheus is needed"))
    func `Prometheus' own tool accepts the metrics`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(20)
        try site.write("drop/bad.csv", "time,machine,order,good\nnever,M1,4711,x\n")
        try site.program(["run"])
        try site.program(["metrics", "--textfile", site.path("millrace.prom")])
        let said = try ChildProcess.run("/usr/bin/promtool", ["check", "metrics"], input: site.path("millrace.prom"))
        #expect(said.code == 0 && said.output.isEmpty && said.errors.isEmpty, "\(said)")
    }
}
