import Foundation
import MillraceTesting
import Testing

/// The program, as it was built beside this test bundle.
private enum ProgramBesideTests {
    /// Where it is; nil where it was not built.
    static var path: String? {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = bundle.deletingLastPathComponent().appendingPathComponent("millrace").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}

/// The ninth of the ten, with the built program: a restored store sends nothing until a person lets it.
@Suite("Restored stores", .enabled(if: ProgramBesideTests.path != nil))
struct RestoredStoreTests {
    /// A site in a folder of its own whose endpoint is a folder: what was sent lies there.
    private final class Site {
        let folder = NSTemporaryDirectory() + "/millrace-restored-" + UUID().uuidString

        init(more endpoints: [String] = []) throws {
            for name in ["", "/mappings", "/drop"] {
                try FileManager.default.createDirectory(atPath: folder + name, withIntermediateDirectories: true)
            }
            try write(
                "millrace.yaml",
                """
                site: {id: T01, zone: UTC, live-since: 2026-03-01T00:00, day-start: "06:00"}
                store: {sqlite: state/millrace.db}
                calendar: {shifts: [{name: early, days: mon-sun, from: "06:00", to: "14:00"}, {name: late, days: mon-sun, from: "14:00", to: "22:00"}]}
                connectors: {pack: {csv: {path: "drop/*.csv", quiet: 1 s}}}
                endpoints:
                  partner: {file: {folder: out, name: "{key}.json"}, requests: {event: {quantity: delta, correct: by-hand}}}
                """
                    + endpoints.map {
                        "\n  \($0): {file: {folder: \($0), name: \"{key}.json\"}, requests: {event: {quantity: delta, correct: by-hand}}}"
                    }.joined())
            try write(
                "mappings/pieces.yaml",
                """
                mapping: pieces
                from: {connector: pack}
                to: {fact: production-count}
                same-when: [ticket]
                fields:
                  equipment: {value: PACK-1}
                  time: time
                  order: order
                  operation: {value: "0020"}
                  good: {increment: pieces}
                """)
            for endpoint in ["partner"] + endpoints {
                try write(
                    "mappings/\(endpoint).yaml",
                    """
                    mapping: \(endpoint)-event
                    from: {fact: production-count, per: [order], window: shift, close: {settle: 5 min, at-latest: 24 h}}
                    to: {endpoint: \(endpoint), request: event}
                    fields: {order: order, good: good, key: key}
                    """)
            }
        }

        deinit {
            // try?: what is left goes with the machine's own tidying
            try? FileManager.default.removeItem(atPath: folder)
        }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        }

        /// Drops a row of the day and runs when its shift is over.
        func work(day: Int, pieces: Int) throws -> (code: Int32, errors: String) {
            let name = "drop/day-\(day).csv"
            try write(name, "time,order,pieces,ticket\n2026-03-0\(day)T07:00:00Z,4711,\(pieces),T\(day)\n")
            let written = try #require(ISO8601DateFormatter().date(from: "2026-03-0\(day)T08:00:00Z"))
            try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: folder + "/" + name)
            _ = try program(["run"], at: "2026-03-0\(day)T14:06:00Z")
            return try program(["run"], at: "2026-03-0\(day)T14:10:00Z")
        }

        func program(_ arguments: [String], at now: String) throws -> (code: Int32, errors: String) {
            let ending = try ChildProcess.run(
                try #require(ProgramBesideTests.path), arguments + ["--site", folder],
                environment: ["MILLRACE_NOW": now])
            return (try #require(ending.code), ending.errors)
        }

        var sent: Int { sent("out") }

        func sent(_ folder: String) -> Int {
            let names =
                FileManager.default.enumerator(atPath: self.folder + "/" + folder)?.compactMap { $0 as? String } ?? []
            return names.filter { $0.hasSuffix(".json") }.count
        }

        func copy(_ from: String, _ to: String) throws {
            for ending in ["", "-wal", "-shm"] {
                let target = folder + "/" + to + ending
                if FileManager.default.fileExists(atPath: target) {
                    try FileManager.default.removeItem(atPath: target)
                }
                if FileManager.default.fileExists(atPath: folder + "/" + from + ending) {
                    try FileManager.default.copyItem(atPath: folder + "/" + from + ending, toPath: target)
                }
            }
        }
    }

    @Test func `9, R26: yesterday's store backup restored sends nothing, until a person releases it with a reason`()
        throws
    {
        let site = try Site()
        _ = try site.work(day: 2, pieces: 10)
        #expect(site.sent == 1)
        #expect(
            try site.program(["store", "backup", site.folder + "/yesterday.db"], at: "2026-03-02T15:00:00Z").code == 0)
        _ = try site.work(day: 3, pieces: 20)
        #expect(site.sent == 2)

        try site.copy("yesterday.db", "state/millrace.db")
        let restored = try site.work(day: 4, pieces: 30)

        #expect(restored.code == 13)
        #expect(site.sent == 2)
        let release = try site.program(
            ["endpoint", "release", "partner", "--reason", "the disk broke"], at: "2026-03-04T15:00:00Z")
        #expect(release.code == 0, "\(release.errors)")
        _ = try site.work(day: 5, pieces: 40)
        #expect(site.sent > 2)
    }

    @Test func `R26: after a restore each endpoint is released by itself; the others stay held`() throws {
        let site = try Site(more: ["customer"])
        _ = try site.work(day: 2, pieces: 10)
        _ = try site.program(["store", "backup", site.folder + "/yesterday.db"], at: "2026-03-02T15:00:00Z")
        _ = try site.work(day: 3, pieces: 20)
        try site.copy("yesterday.db", "state/millrace.db")

        let release = try site.program(
            ["endpoint", "release", "partner", "--reason", "compared by hand"], at: "2026-03-03T15:00:00Z")
        let one = try site.work(day: 4, pieces: 30)
        _ = try site.work(day: 5, pieces: 40)
        let (partner, customer) = (site.sent, site.sent("customer"))
        _ = try site.program(
            ["endpoint", "release", "customer", "--reason", "compared, too"], at: "2026-03-05T15:00:00Z")
        let both = try site.work(day: 6, pieces: 50)

        #expect(release.code == 0, "\(release.errors)")
        #expect(one.code == 13, "\(one.errors)")
        // The shift of day 3 went out from the store that was lost; days 4 and 5 are this store's own.
        #expect(partner == 4)
        #expect(customer == 2)
        #expect(both.code == 0 || both.code == 3, "\(both.errors)")
        #expect(site.sent("customer") == 3)
    }

    @Test func `9, R26: yesterday's database file beside today's high-water sends nothing`() throws {
        let site = try Site()
        _ = try site.work(day: 2, pieces: 10)
        try site.copy("state/millrace.db", "yesterday.db")
        _ = try site.work(day: 3, pieces: 20)
        #expect(site.sent == 2)

        try site.copy("yesterday.db", "state/millrace.db")
        let restored = try site.program(["run"], at: "2026-03-03T15:00:00Z")

        #expect(restored.code == 13)
        #expect(
            restored.errors.contains(
                "this store ends at document 1, but document 2 went out from here already; every endpoint is held"))
        #expect(site.sent == 2)
    }
}
