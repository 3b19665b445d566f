import Glibc
import MillraceValues
import Testing

@Suite("Zones")
struct ZoneTests {
    /// Known clock changes of 2026 and, behind every table, of 2150; from the zones' rules by hand.
    @Test(arguments: [
        (
            "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z", "2026-10-25T02:30", "2026-10-25T00:30:00Z",
            "2026-10-25T01:30:00Z"
        ),
        (
            "America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z", "2026-11-01T01:30", "2026-11-01T05:30:00Z",
            "2026-11-01T06:30:00Z"
        ),
        (
            "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z", "2026-04-05T01:45",
            "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"
        ),
        (
            "Europe/Berlin", "2150-03-29T02:30", "2150-03-29T01:00:00Z", "2150-10-25T02:30", "2150-10-25T00:30:00Z",
            "2150-10-25T01:30:00Z"
        ),
    ])
    func `R5: a border that does not exist is the next instant that does, one that exists twice is the first`(
        name: String, skipped: String, next: String, doubled: String, first: String, second: String
    ) throws {
        let zone = try Zone(named: name)
        let (gap, fold) = (try wall(skipped), try wall(doubled))

        #expect(zone.instants(of: gap) == .none(nextExisting: try instant(next)))
        #expect(zone.border(gap) == (try instant(next)))
        #expect(zone.instants(of: fold) == .twice(first: try instant(first), second: try instant(second)))
        #expect(zone.border(fold) == (try instant(first)))
        #expect(zone.local(try instant(first)) == fold)
        #expect(zone.local(try instant(second)) == fold)
    }

    @Test func `R5: a zone without clock changes has every wall time once`() throws {
        let zone = try Zone(named: "Asia/Kathmandu")

        for month in 1...12 {
            let date = try #require(CivilDate(year: 2026, month: month, day: 15))
            let time = CivilTime(date: date, microsecondsOfDay: 9_000_000_000)
            #expect(zone.instants(of: time) == .one(time.instant(offset: 20_700)))
        }
        #expect(zone.offset(at: try instant("2026-03-02T06:00:00Z")) == 20_700)
    }

    @Test(arguments: [
        // A rule with a negative time; one on Thursdays and Fridays with 24:00; a saving time that is the winter's.
        ("America/Nuuk", "2045-03-25T00:59:59Z", -7_200, "2045-03-26T01:00:00Z", -3_600),
        ("Africa/Cairo", "2045-04-27T21:59:59Z", 7_200, "2045-04-27T22:00:00Z", 10_800),
        ("Europe/Dublin", "2045-03-26T00:59:59Z", 0, "2045-03-26T01:00:00Z", 3_600),
        // A date that was left out: there is no 30 December 2011.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", -36_000, "2011-12-30T10:00:00Z", 50_400),
        // Before the first change: local mean time.
        ("Europe/Berlin", "1890-01-01T00:00:00Z", 3_208, "1893-04-01T00:00:00Z", 3_600),
    ])
    func `the offset is that of the table, and of the rule behind it`(
        name: String, before: String, offsetBefore: Int, after: String, offsetAfter: Int
    ) throws {
        let zone = try Zone(named: name)

        #expect(zone.offset(at: try instant(before)) == offsetBefore)
        #expect(zone.offset(at: try instant(after)) == offsetAfter)
    }

    @Test func `R5: a border on a date that was left out is the beginning of the next`() throws {
        let zone = try Zone(named: "Pacific/Apia")

        #expect(zone.border(try wall("2011-12-30T06:00")) == (try instant("2011-12-30T10:00:00Z")))
    }

    @Test(arguments: [("UTC", 0), ("+01:00", 3_600), ("-05:45", -20_700)])
    func `UTC and fixed offsets need no file`(name: String, offset: Int) throws {
        let zone = try Zone(named: name, folder: "/nowhere")

        #expect(zone.offset(at: Instant(seconds: 0)) == offset)
        #expect(zone.name == name)
    }

    @Test func `a period holds until the next change`() throws {
        let period = try Zone(named: "Europe/Berlin").period(at: try instant("2026-03-02T06:00:00Z"))

        #expect(period.start == (try instant("2025-10-26T01:00:00Z")))
        #expect(period.end == (try instant("2026-03-29T01:00:00Z")))
        #expect(period.offset == 3_600)
    }

    @Test(arguments: [
        "", "../../etc/passwd", "/etc/passwd", "Europe//Berlin", "Europe/", "Europe/Ber lin", "zone.tab", ".", "-x",
        "+25:00",
        "Europe/Berlin\u{0}",
    ])
    func `a name that is none is refused before any file is opened`(name: String) {
        let error = #expect(throws: ZoneError.self) { try Zone(named: name) }
        #expect(error == .malformedName(name))
        #expect(error?.description.contains("is no time zone; write a name of the IANA list") == true)
    }

    @Test func `an unknown zone and a missing folder are told apart`() {
        let unknown = #expect(throws: ZoneError.self) { try Zone(named: "Europe/Atlantis") }
        let folder = #expect(throws: ZoneError.self) { try Zone(named: "Europe/Berlin", folder: "/nowhere") }
        let place = #expect(throws: ZoneError.self) { try Zone(named: "Europe") }

        #expect(unknown == .unknown(name: "Europe/Atlantis", folder: "/usr/share/zoneinfo"))
        #expect(
            unknown?.description == "there is no time zone 'Europe/Atlantis' in /usr/share/zoneinfo; "
                + "write it as the IANA list does, such as Europe/Berlin")
        #expect(folder == .noZones(folder: "/nowhere"))
        #expect(folder?.description == "there are no time zones in /nowhere; install the package tzdata")
        #expect(place == .unknown(name: "Europe", folder: "/usr/share/zoneinfo"))
    }

    private func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }
    private func wall(_ text: String) throws -> CivilTime { try #require(CivilTime(iso8601: text)) }
}

@Suite("Files of zones")
struct ZoneFileTests {
    /// A file with one offset and the given rule behind it.
    private func file(rule: String, offset: Int32 = 0, version: Character = "2") -> [UInt8] {
        func header(_ types: UInt8) -> [UInt8] {
            Array("TZif\(version)".utf8) + [UInt8](repeating: 0, count: 15 + 16) + [0, 0, 0, types, 0, 0, 0, 4]
        }
        let bits = UInt32(bitPattern: offset)
        let type = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> UInt32($0)) } + [0, 0] + Array("XYZ\0".utf8)
        return header(1) + type + header(1) + type + Array("\n\(rule)\n".utf8)
    }

    /// The zone of a file with these bytes, in a folder of its own.
    private func zone(_ bytes: [UInt8]) throws -> Zone {
        var template = Array("/tmp/millrace-zone-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            unlink("\(folder)/Test")
            rmdir(folder)
        }
        let descriptor = open("\(folder)/Test", O_WRONLY | O_CREAT, 0o600)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        return try Zone(named: "Test", folder: folder)
    }

    @Test(arguments: [
        // Days counted with and without 29 February: both are 1 March of the leap year 2028.
        ("AAA0BBB,60/0,J300/0", "2028-02-29T23:59:59Z", 0, "2028-03-01T00:00:00Z", 3_600),
        ("AAA0BBB,J60/0,J300/0", "2028-02-29T23:59:59Z", 0, "2028-03-01T00:00:00Z", 3_600),
        // Saving time all the year, as RFC 9636 says it.
        ("<-04>4<-03>,0/0,J365/25", "2028-01-01T03:59:59Z", -10_800, "2028-07-01T00:00:00Z", -10_800),
        // An hour of the day after, a quoted name, an offset with minutes, the southern summer.
        ("<+03>-3:30<+05>-5,M10.1.0/26,M4.1.0/-1", "2028-07-01T00:00:00Z", 12_600, "2028-12-01T00:00:00Z", 18_000),
    ])
    func `the rule behind the table is POSIX's`(
        rule: String, first: String, offset: Int, second: String, later: Int
    ) throws {
        let zone = try zone(
            file(rule: rule, offset: rule.hasPrefix("<-04>") ? -14_400 : rule.hasPrefix("<+03>") ? 12_600 : 0))

        #expect(zone.offset(at: try #require(Instant(iso8601: first))) == offset)
        #expect(zone.offset(at: try #require(Instant(iso8601: second))) == later)
    }

    @Test(arguments: [
        "A1", "AAA", "AAA25", "AAA0BBB", "AAA0BBB,M13.1.0,M4.1.0", "AAA0BBB,M3.6.0,M4.1.0", "AAA0BBB,J0,J5",
        "AAA0BBB,366,1",
        "AAA0BBB,M3.5.0/168,M10.5.0", "AAA0BBB,M3.5.0,M10.5.0x", "<AAA0", "AAA0BBB,M3.5.0",
    ])
    func `a rule that is none makes the file unusable`(rule: String) {
        let error = #expect(throws: ZoneError.self) { try zone(file(rule: rule)) }
        #expect(
            error?.description.contains("its rule '\(rule)' is not understood; install the package tzdata again")
                == true)
    }

    @Test func `a file cut anywhere, or of another format, is refused and never traps`() throws {
        let whole = file(rule: "CET-1CEST,M3.5.0,M10.5.0/3", offset: 3_600)
        _ = try zone(whole)

        for count in 0..<whole.count {
            #expect(throws: ZoneError.self) { try zone(Array(whole[..<count])) }
        }
        #expect(throws: ZoneError.self) { try zone(file(rule: "AAA0", version: "\0")) }
        #expect(throws: ZoneError.self) { try zone(file(rule: "AAA0", offset: 100_000)) }
    }

    @Test func `a file with any byte changed is read or refused, and never traps`() throws {
        let whole = file(rule: "CET-1CEST,M3.5.0,M10.5.0/3", offset: 3_600)

        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0xFF
            do throws(any Error) {
                let zone = try zone(bytes)
                _ = zone.local(.distantFuture)
                _ = zone.offset(at: Instant(microseconds: .min))
            } catch {
                #expect(error is ZoneError)
            }
        }
    }
}
