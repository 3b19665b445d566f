import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// Rows of planned ends, which wait until then (RULES R4), beside rows of the same stop.
extension ReadyIntervalTests {
    /// The row of a stop from 07:00 on, or none, that a run at that time finds in that file.
    struct Read: Sendable {
        var at: String
        var file = ""
        var begin = "07:00"
        /// Empty for a stop that goes on.
        var end: String?
        var isWithdrawn = false
    }

    /// Reads, and the stop that stands at last; nil where none does.
    struct WaitingCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var reads: [Read]
        var stands: String?

        init(_ words: String, _ reads: [Read], stands: String?) {
            (testDescription, self.reads, self.stands) = (words, reads, stands)
        }
    }

    static let planned = Read(at: "07:15", file: "b.csv", end: "08:42")
    static let ripe = Read(at: "09:15")

    static let waiting = [
        WaitingCase(
            "a correction is read while it waits", [planned, Read(at: "07:45", file: "a.csv", end: "07:30"), ripe],
            stands: "07:00-07:30"),
        WaitingCase(
            "a correction is read by the run in which it ripens",
            [planned, Read(at: "09:15", file: "a.csv", end: "07:30")],
            stands: "07:00-07:30"),
        WaitingCase(
            "a correction moves the stop before it",
            [planned, Read(at: "07:45", file: "a.csv", begin: "06:10", end: "06:40"), ripe], stands: "06:10-06:40"),
        WaitingCase(
            "it is taken back while it waits",
            [planned, Read(at: "07:45", file: "a.csv", end: "", isWithdrawn: true), ripe],
            stands: nil),
        WaitingCase(
            "what takes it back waits as long",
            [planned, Read(at: "07:45", file: "a.csv", end: "08:42", isWithdrawn: true), ripe], stands: nil),
        WaitingCase(
            "it is taken back by the run in which it ripens",
            [planned, Read(at: "09:15", file: "a.csv", end: "08:42", isWithdrawn: true)], stands: nil),
        WaitingCase(
            "it is the newer row itself",
            [
                Read(at: "07:05", file: "c.csv", end: "07:05"), Read(at: "07:10", file: "a.csv", end: "07:10"), planned,
                ripe,
            ],
            stands: "07:00-08:42"),
        WaitingCase(
            "a later row waits less long",
            [planned, Read(at: "07:45", file: "a.csv", end: "08:30"), Read(at: "08:35"), ripe], stands: "07:00-08:30"),
        WaitingCase(
            "a later row waits longer",
            [planned, Read(at: "07:45", file: "a.csv", end: "09:00"), Read(at: "08:45"), ripe], stands: "07:00-09:00"),
        WaitingCase(
            "its file says the same before and after it",
            [
                Read(at: "07:12", file: "b.csv", end: "07:10"), planned, Read(at: "07:45", file: "b.csv", end: "07:10"),
                ripe,
            ],
            stands: "07:00-07:10"),
        WaitingCase(
            "another file repeats it", [planned, Read(at: "07:45", file: "a.csv", end: "08:42"), ripe],
            stands: "07:00-08:42"),
    ]

    @Test(arguments: waiting)
    func `R4: of two rows of a stop the one that was read later holds, however long the other waited`(
        _ given: WaitingCase
    ) async throws {
        let (site, atOnce) = (try site(), try site())
        for read in given.reads {
            if let end = read.end {
                let row = row("1", read.begin, end, status: read.isWithdrawn ? "DELETED" : "")
                site.table([row], file: read.file)
                atOnce.table([row], file: read.file)
            }
            try await site.run(at: time(read.at))
        }
        try await atOnce.run(at: time("09:15"))

        let stands = try site.store.facts(of: "table", equipment: "P1", since: .distantPast).compactMap {
            if case .downtime(let fact) = $0.fact, !fact.isWithdrawn { fact } else { nil }
        }
        #expect(
            stands.map {
                "\($0.start.iso8601.dropFirst(11).prefix(5))-\($0.end?.iso8601.dropFirst(11).prefix(5) ?? "")"
            }
                == (given.stands.map { [$0] } ?? []))
        func withoutPlaces(_ facts: [String]) -> [String] {
            facts.map { $0.replacing(/source: "[^"]*"|position: \d+|\w+\.csv@\d+/, with: "") }
        }
        #expect(withoutPlaces(try site.facts) == withoutPlaces(try atOnce.facts))
        #expect(try site.resync(from: time("06:00"), to: time("14:00")).changesNothing)
        #expect(try site.store.aheadReadings(of: "pack", through: .distantFuture).isEmpty)
    }

    @Test func `R4: a correction that is booked is not booked again when the older row's time has come`() async throws {
        let site = try site()
        for read in [Self.planned, Read(at: "07:45", file: "a.csv", end: "07:30")] {
            site.table([row("1", read.begin, read.end ?? "")], file: read.file)
            try await site.run(at: time(read.at))
        }
        try await site.run(at: time("09:15"))

        #expect(said(site) == ["post 07:00 07:30 M1"])
        #expect(try site.store.facts(after: 0, limit: 10).count == 1)
    }
}
