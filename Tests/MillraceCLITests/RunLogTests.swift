import Foundation
import MillraceCore
import MillraceValues
import Testing

@testable import MillraceCLI

@Suite("The log of runs")
struct RunLogTests {
    /// A record of about 300 kB.
    private static func record(_ number: Int) -> RunRecord {
        let at = Instant(microseconds: Int64(number) * 1_000_000)
        return RunRecord(
            id: RunID("run-\(number)"), startedAt: at, endedAt: at, exitCode: 0, figures: ["readings": Int64(number)],
            notices: [String(repeating: "x", count: 300_000)], counted: CounterTally())
    }

    /// The runs that a file names, in its order.
    private static func runs(_ path: String) throws -> [Int] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let object = try JSONReader.read(String(line))
            return try #require(object["readings"]?.decimal?.integer.flatMap { Int(exactly: $0) })
        }
    }

    @Test func `a file that reached a megabyte is put aside, nine older ones are kept, and no run is lost between`()
        throws
    {
        let site = try OperatorSite()
        let path = site.path("log")
        let log = RunLog(folder: path)

        for number in 0..<60 { #expect(log.append(Self.record(number), troubles: ["erp": "is down"]) == nil) }

        let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(files == ["runs.1.ndjson"] + (2...9).map { "runs.\($0).ndjson" } + ["runs.ndjson"])
        let newestFirst = ["runs.ndjson"] + (1...9).map { "runs.\($0).ndjson" }
        let kept = try newestFirst.reversed().flatMap { try Self.runs(path + "/" + $0) }
        #expect(kept == Array((60 - kept.count)..<60))
        #expect(kept.count > 36)
        for file in files {
            let size = try FileManager.default.attributesOfItem(atPath: path + "/" + file)[.size] as? Int
            #expect(try #require(size) < (1 << 20) + 310_000)
        }
    }
}
