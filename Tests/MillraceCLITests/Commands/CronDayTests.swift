import ArgumentParser
import Foundation
import Glibc
import MillraceCore
import MillraceSync
import MillraceTesting
import MillraceValues
import Synchronization
import Testing

@testable import MillraceCLI

@Suite("A day of cron")
struct CronDayTests {
    /// Texts that went to stdout or stderr.
    private final class Printed: Sendable {
        private let texts = Mutex<[String]>([])

        func take(_ text: String) { texts.withLock { $0.append(text) } }
        func drain() -> [String] {
            texts.withLock { texts in
                defer { texts = [] }
                return texts
            }
        }
    }

    /// One tick's exit code. A process that another test starts bears our lock from its fork to its exec: then the tick is tried again.
    private func tick(_ session: Session) async throws -> Int32 {
        while true {
            do {
                try await SiteRun(session: session).run(RunOptions(maxTime: .seconds(240)))
                return 0
            } catch let failure as CommandFailure where failure.exit != .locked {
                return failure.exit.rawValue
            } catch is CommandFailure {
                await Task.yield()
            }
        }
    }

    @Test func `R27: 1,440 ticks with the ERP away for eight hours print at most five times, and all is booked`()
        async throws
    {
        let port = unusedPort()
        let site = try OperatorSite(erp: "http://127.0.0.1:\(port)")
        let start = try #require(Instant(iso8601: "2026-03-02T00:00:00Z"))
        let clock = ManualClock(start)
        let printed = Printed()
        let options = try GlobalOptions.parse(["--site", site.folder])
        let session = try Session.open(
            options,
            clock: Clock(now: { clock.now }, sleep: { clock.advance(by: $0) }, random: { clock.random() }),
            output: Output(options) { text, _ in printed.take(text) })
        try site.write("drop/day.csv", "time,machine,order,good\n")
        let file = try #require(FileHandle(forWritingAtPath: site.path("drop/day.csv")))
        defer { file.closeFile() }
        file.seekToEndOfFile()

        var server: ScriptedServer? = try erp(port: port)
        defer { server?.stop() }
        var (mails, sent, codes) = ([String](), 0, Set<Int32>())
        for minute in 0..<1_440 {
            let now = start + .seconds(minute * 60)
            clock.set(now)
            if minute == 400, let one = server {
                (sent, server) = (sent + one.requests.count, nil)
                one.stop()
            }
            if minute == 880 { server = try erp(port: port) }
            if minute % 5 == 0 { file.write(Data("\(now.iso8601),M1,4711,3\n".utf8)) }
            codes.insert(try await tick(session))
            let said = printed.drain()
            if !said.isEmpty { mails.append("\(minute): " + said.joined()) }
        }

        #expect(mails.count <= 5 && mails.count >= 3, "\(mails)")
        #expect(codes == [0, 4], "\(codes)")
        sent += server?.requests.count ?? 0
        // Every quarter of an hour a document, but for the last, whose window is open.
        #expect(sent >= 94, "\(sent)")
    }
}
