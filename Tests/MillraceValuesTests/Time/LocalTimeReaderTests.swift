import MillraceValues
import Testing

@Suite("Local times of a file")
struct LocalTimeReaderTests {
    /// The clock of Berlin goes from 03:00 back to 02:00 on 2026-10-25 at 01:00 UTC.
    @Test func `R5: by-order takes the first hour until the file's times go back`() throws {
        var reader = LocalTimeReader(zone: try Zone(named: "Europe/Berlin"), doubledHour: .byOrder)

        let times = try ["01:50", "02:10", "02:50", "02:50", "02:05", "02:40", "03:00"].map { time in
            try reader.instant(of: wall("2026-10-25T\(time)")).get().iso8601
        }

        #expect(
            times == [
                "2026-10-24T23:50:00Z", "2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z", "2026-10-25T00:50:00Z",
                "2026-10-25T01:05:00Z", "2026-10-25T01:40:00Z", "2026-10-25T02:00:00Z",
            ])
    }

    @Test func `R5: a cut of the file anywhere changes no instant when the state is kept`() throws {
        let zone = try Zone(named: "Europe/Berlin")
        let lines = try ["01:50", "02:10", "02:50", "02:05", "02:40", "03:00"].map { try wall("2026-10-25T\($0)") }
        var whole = LocalTimeReader(zone: zone, doubledHour: .byOrder)
        let expected = try lines.map { try whole.instant(of: $0).get() }

        for cut in 0...lines.count {
            var first = LocalTimeReader(zone: zone, doubledHour: .byOrder)
            let head = try lines[..<cut].map { try first.instant(of: $0).get() }
            var second = LocalTimeReader(zone: zone, doubledHour: .byOrder, last: first.last)
            #expect(try head + lines[cut...].map { try second.instant(of: $0).get() } == expected)
        }
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"),
    ])
    func `R5: first and second are taken as said, refuse refuses`(
        name: String, time: String, first: String, second: String
    ) throws {
        let zone = try Zone(named: name)
        let local = try wall(time)
        var (early, late) = (
            LocalTimeReader(zone: zone, doubledHour: .first), LocalTimeReader(zone: zone, doubledHour: .second)
        )
        var strict = LocalTimeReader(zone: zone, doubledHour: .refuse)

        #expect(try early.instant(of: local).get().iso8601 == first)
        #expect(try late.instant(of: local).get().iso8601 == second)
        #expect(strict.instant(of: local) == .failure(.doubled(local, zone: name)))
        #expect(
            LocalTimeError.doubled(local, zone: name).description
                == "the local time \(time):00 came twice in \(name); say 'doubled-hour: by-order', 'first' or 'second'")
        #expect(strict.last == nil)
    }

    @Test func `R5: a time that the clock was put forward over is reported with the instant that follows`() throws {
        var reader = LocalTimeReader(zone: try Zone(named: "Europe/Berlin"), doubledHour: .first)
        let local = try wall("2026-03-29T02:30")
        let next = try #require(Instant(iso8601: "2026-03-29T01:00:00Z"))

        let result = reader.instant(of: local)

        #expect(result == .failure(.skipped(local, zone: "Europe/Berlin", nextExisting: next)))
        #expect(
            LocalTimeError.skipped(local, zone: "Europe/Berlin", nextExisting: next).description
                == "the local time 2026-03-29T02:30:00 does not exist in Europe/Berlin, where the clock was put forward at "
                + "2026-03-29T01:00:00Z; check the zone")
    }

    @Test func `a written offset rules`() throws {
        var reader = LocalTimeReader(zone: try Zone(named: "Europe/Berlin"), doubledHour: .refuse)
        let time = ParsedTime(civil: try wall("2026-10-25T02:30"), offset: 3_600)

        #expect(try reader.instant(of: time).get().iso8601 == "2026-10-25T01:30:00Z")
        #expect(reader.last?.iso8601 == "2026-10-25T01:30:00Z")
    }

    @Test func `every quarter of an hour of a year is read as the zone has it`() throws {
        let zone = try Zone(named: "America/New_York")
        var reader = LocalTimeReader(zone: zone, doubledHour: .byOrder)

        for step in 0..<(365 * 96) {
            let instant = Instant(seconds: 1_767_225_600 + Int64(step) * 900)
            #expect(reader.instant(of: zone.local(instant)) == .success(instant))
        }
    }

    private func wall(_ text: String) throws -> CivilTime { try #require(CivilTime(iso8601: text)) }
}
