import Foundation
import Glibc
import MillraceTesting
import Testing

@testable import MillraceCLI

/// Every command on one site, and every exit code by what causes it.
@Suite("Exit codes", .enabled(if: BuiltProgram.path != nil))
struct ExitCodeTests {
    /// A call of each command, and how it ends on a site whose endpoint does not answer.
    static let calls: [(words: String, arguments: [String], code: Int32)] = [
        ("init", ["new"], 0), ("run", [], 0), ("run", [], 4), ("check", [], 0), ("status", [], 0),
        ("status", ["--check"], 4),
        ("reconcile", [], 0), ("explain", ["nothing"], 1), ("queue list", [], 0), ("queue show", ["nothing"], 1),
        ("queue release", ["nothing"], 1),
        ("queue discard", ["nothing", "--do-not-book", "--reason", "test"], 1),
        ("queue resolve", ["nothing", "--booked"], 1), ("endpoint list", [], 0), ("endpoint test", [], 4),
        ("endpoint opening", ["erp"], 0), ("endpoint hold", ["erp", "--reason", "test"], 0),
        ("endpoint release", ["erp"], 0), ("connector list", [], 0), ("connector test", [], 0), ("map test", [], 0),
        ("eval", ["1 + 1", "--no-input"], 0), ("eval", ["1 +", "--no-input"], 2),
        ("eval", ["1 + null", "--no-input"], 1),
        ("map preview", ["counts"], 0), ("map schema", ["site"], 0),
        ("map coverage", [], 0), ("map coverage", ["--min", "100"], 1), ("map diff", ["--since", "2026-03-01"], 0),
        ("map explain", ["confirmation", "--given", #"{"order":"1","good":2}"#], 0), ("map explain", ["counts"], 2),
        ("map show", ["confirmation"], 0),
        ("map copy", ["shift-confirmation", "--to", "copy.yaml"], 0),
        ("eval", ["1 + 1", "--no-input"], 0),
        ("store info", [], 0), ("store backup", ["copy.db"], 0), ("store verify", [], 0),
        ("store verify", ["copy.db"], 0), ("store prune", [], 0), ("doctor", [], 4), ("metrics", [], 0),
        ("completion", ["bash"], 0), ("completion", ["csh"], 2), ("manual", [], 0),
        ("resync", ["--from", "2026-03-02", "--to", "2026-03-03", "--preview"], 0), ("queue remap", [], 2),
        ("queue export", [], 0), ("connector set-aside list", [], 0),
        ("connector set-aside retry", ["--connector", "counts", "--reason", "test"], 0),
        ("connector set-aside skip", ["--reason", "test"], 2),
        ("connector cursor show", ["counts"], 0), ("connector cursor set", ["counts", "--reason", "test"], 2),
        ("calendar show", [], 0), ("report shift", [], 0), ("report order", [], 0), ("report equipment", [], 0),
        ("report alerts", [], 0), ("fact list", [], 0), ("fact accept", ["99", "--reason", "test"], 1),
        ("fact reject", ["99", "--reason", "test"], 1),
        ("fact correct", ["--equipment", "M9", "--at", "never", "--reason", "test"], 2),
        ("fact reason", ["M9", "never", "X"], 2),
    ]

    @Test func `every command ends as it says, and with --json its last object says it too`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:\(unusedPort())")
        try site.drop(3)

        for (words, arguments, code) in Self.calls {
            let takesJSON = !["completion", "manual"].contains(words)
            let ending = try site.program(
                words.split(separator: " ").map(String.init) + arguments + (takesJSON ? ["--json"] : []))
            #expect(ending.code == code, "\(words) \(arguments): \(ending)")
            if takesJSON {
                #expect(ending.lastLine.hasPrefix(#"{"kind":"end","exit":\#(code)"#), "\(words): \(ending.lastLine)")
                #expect(ending.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
            }
        }
    }

    @Test func `no command is without a call here`() {
        let called = Set(Self.calls.map(\.words))
        // The sandbox serves until it is stopped; its own tests start it.
        for command in CommandTree.all where !command.isGroup && command.name != "sandbox" {
            #expect(called.contains(command.name), "\(command.name)")
        }
    }

    // MARK: each code by its cause

    @Test func `0 done, and 0 again with nothing to do`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(3)

        #expect(try site.program(["run"]).code == 0)
        #expect(try site.program(["run"]).code == 0)
        let idle = try site.program(["run"])
        #expect(idle.code == 0 && idle.output.isEmpty && idle.errors.isEmpty, "\(idle)")
        #expect(server.requests.count == 1)
    }

    @Test func `1 failed, 2 usage: one sentence on stderr that says what to type`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:1")

        let failed = try site.program(["queue", "show", "x"])
        let usage = try site.program(["run", "nowhere"])
        let unknown = try site.program(["rum"])

        #expect(failed.code == 1 && failed.output.isEmpty)
        #expect(failed.errors == "millrace: there is no document 'x'; 'millrace queue list --all' shows the keys\n")
        #expect(usage.code == 2 && usage.errors == "millrace: there is no connector 'nowhere'; the site has counts\n")
        #expect(unknown.code == 2 && unknown.errors.contains("rum"), "\(unknown)")
    }

    @Test func `3 a row that cannot be read was set aside`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.write("drop/a.csv", "time,machine,order,good\n2026-03-02T06:00:00Z,M1,4711,many\n")
        #expect(try site.program(["run"]).code == 3)
        #expect(try site.program(["run"]).code == 0)
    }

    @Test func `4 the endpoint does not answer, and what waits is safe`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:\(unusedPort())")
        try site.drop(3)
        try site.program(["run"])
        let ending = try site.program(["run"])
        #expect(ending.code == 4 && ending.errors.contains("all is safe in the queue"), "\(ending)")
    }

    @Test func `5 a source does not answer, and its cursor is kept`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        let text = try String(contentsOfFile: site.path("millrace.yaml"), encoding: .utf8)
        try site.write(
            "millrace.yaml",
            text.replacingOccurrences(
                of: "csv: {path: drop/*.csv, append-only: true}",
                with: "mtconnect: {url: \"http://127.0.0.1:\(unusedPort())/\"}"))
        let ending = try site.program(["run"])
        #expect(ending.code == 5 && ending.errors.contains("nothing is lost"), "\(ending)")
        #expect(try site.program(["connector", "test"]).code == 5)
    }

    @Test func `6 the time is over and more waits`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(3)
        #expect(try site.program(["run", "--max-time", "0 s"]).code == 6)
        #expect(try site.program(["run"]).code == 0)
    }

    @Test func `10 a fault in a file: nothing is done`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:1")
        try site.write("mappings/counts.yaml", "mapping: counts\nform: x\n")
        let ending = try site.program(["run"])
        #expect(ending.code == 10 && ending.errors.contains("mappings/counts.yaml:"), "\(ending)")
    }

    @Test func `11 another run holds the lock: silent while it is young, a sentence when it is too old`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.program(["status"])
        let lock = open(site.path("state/lock"), O_RDWR | O_CREAT, 0o600)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let words = Array("4242 2026-03-02T11:59:00Z 240".utf8)
        #expect(pwrite(lock, words, words.count, 0) == words.count)

        let young = try site.program(["run"])
        let old = try site.program(["run"], at: "2026-03-02T12:10:00Z")

        #expect(young.code == 11 && young.errors.isEmpty, "\(young)")
        #expect(old.code == 11 && old.errors.contains("process 4242, for 11 min"), "\(old)")
    }

    @Test func `12 the secret is missing, readable by others, or refused`() throws {
        let server = try erp("401 Unauthorized", "{}")
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(3)

        // The first run reads; the window closes when another finds nothing more.
        try site.program(["run"])
        #expect(try site.program(["run"]).code == 12)
        try site.write("secrets/erp.key", "a-secret", mode: 0o644)
        let open = try site.program(["run"])
        #expect(open.code == 12 && open.errors.contains("chmod 600 secrets/erp.key"), "\(open)")
        unlink(site.path("secrets/erp.key"))
        #expect(try site.program(["run"]).code == 12)
    }

    @Test func `12 a secret that is gone stops its endpoint alone: sources are read, and it is told once`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(3)
        unlink(site.path("secrets/erp.key"))

        let first = try site.program(["run"])
        let second = try site.program(["run"])
        let status = try site.program(["status", "--check"])
        try site.write("secrets/erp.key", "a-secret", mode: 0o600)
        let mended = try site.program(["run"], at: "2026-03-02T12:10:00Z")

        #expect(
            first.code == 12
                && first.errors
                    == "nothing is sent to endpoint 'erp': the secret file 'secrets/erp.key' cannot be read; make it, with mode 600; "
                    + "all is safe in the queue\n",
            "\(first)")
        #expect(second.code == 12 && second.errors.isEmpty, "\(second)")
        #expect(status.code == 12 && status.output.contains("1 endpoint without credential"), "\(status)")
        #expect(status.output.contains("queued"), "\(status)")
        #expect(mended.code == 0 && mended.errors.hasPrefix("over: endpoint erp"), "\(mended)")
        #expect(server.requests.count == 1)
    }

    @Test func `R27: a failure before anything can be noted is told when it begins, changes and ends`() throws {
        let server = try erp()
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(3)
        try site.program(["run"])
        let text = try String(contentsOfFile: site.path("millrace.yaml"), encoding: .utf8)

        try site.write("millrace.yaml", text + "\nx: 1\n")
        let endings = try [10, 11, 12].map { try site.program(["run"], at: "2026-03-02T15:\($0):00Z") }
        let later = try site.program(["run"], at: "2026-03-02T19:30:00Z")
        try site.write("millrace.yaml", text + "\ny: 1\n")
        let other = try site.program(["run"], at: "2026-03-02T19:31:00Z")
        try site.write("millrace.yaml", text)
        let mended = try site.program(["run"], at: "2026-03-02T19:32:00Z")

        #expect(endings.allSatisfy { $0.code == 10 })
        #expect(endings[0].errors.contains("no key 'x'"))
        #expect(endings[1].errors.isEmpty && endings[2].errors.isEmpty, "\(endings)")
        #expect(later.code == 10 && later.errors.contains("no key 'x'"), "\(later)")
        #expect(other.code == 10 && other.errors.contains("no key 'y'"), "\(other)")
        #expect(
            mended.code == 0 && mended.errors.hasPrefix("over: runs that failed (exit 10), since 2026-03-02 19:31"),
            "\(mended)")
        #expect(try site.program(["run"], at: "2026-03-02T19:33:00Z").errors.isEmpty)
    }

    @Test func `13 the store is damaged`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:1")
        try site.write("state/millrace.db", String(repeating: "no store at all ", count: 200))
        let ending = try site.program(["run", "--json"])
        #expect(ending.code == 13 && ending.lastLine.contains("is damaged"), "\(ending)")
        #expect(try site.program(["doctor", "--offline"]).code == 13)
    }

    @Test func `14 the disk has less room than it should keep`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:1", more: "limits: {disk-reserve: 900000 GB}")
        let ending = try site.program(["run"])
        #expect(ending.code == 14 && ending.errors.contains("nothing is lost"), "\(ending)")
        #expect(try site.program(["doctor", "--offline"]).code == 14)
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))] as [(Int32, Int32)])
    func `130 and 143: a run that is stopped ends within 15 s and leaves nothing leased`(signal: Int32, code: Int32)
        throws
    {
        let begun = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { connection in
            if connection.readRequest() != nil { begun.signal() }
            connection.waitForEnd()
        }
        defer { server.stop() }
        let site = try OperatorSite(erp: server.url)
        try site.drop(40)

        let running = try site.start(["run"], at: "2026-03-02T12:00:00Z")
        #expect(begun.wait(timeout: .now() + 20) == .success)
        let stopped = DispatchTime.now()
        running.process.signal(signal)
        let ending = try running.ending()

        #expect(ending.code == code, "\(ending)")
        #expect(DispatchTime.now().uptimeNanoseconds - stopped.uptimeNanoseconds < 15_000_000_000)
        let left = try site.program(["queue", "list", "--all", "--json"]).output
        #expect(left.contains(#""state":"queued""#) || left.contains(#""state":"unknown""#), "\(left)")
        #expect(!left.contains(#""state":"leased""#), "\(left)")
    }

    @Test func `a reader that goes away ends a command quietly`() throws {
        let site = try OperatorSite(erp: "http://127.0.0.1:1")
        let program = try #require(BuiltProgram.path)
        _ = try ChildProcess.run(
            "/bin/bash",
            ["-c", "'\(program)' manual 2> errors.txt | head -n 1 > first.txt; echo ${PIPESTATUS[0]} > code.txt"],
            in: site.folder)

        #expect(try String(contentsOfFile: site.path("errors.txt"), encoding: .utf8).isEmpty)
        #expect(try String(contentsOfFile: site.path("code.txt"), encoding: .utf8) == "0\n")
        #expect(try String(contentsOfFile: site.path("first.txt"), encoding: .utf8).hasPrefix(".TH MILLRACE"))
    }
}
