import MillraceValues
import Testing

@Suite("Instants as text")
struct InstantTextTests {
    @Test(
        arguments: [
            ("2026-03-02T06:00:00Z", 1_772_431_200_000_000),
            ("2026-03-02T06:00Z", 1_772_431_200_000_000),
            ("2026-03-02T07:00:00+01:00", 1_772_431_200_000_000),
            ("2026-03-02T00:15:00-05:45", 1_772_431_200_000_000),
            ("2026-03-02T06:00:00.5Z", 1_772_431_200_500_000),
            ("2026-03-02T06:00:00.1234567Z", 1_772_431_200_123_456),
            ("2026-03-02T06:00:00.999999999+00:00", 1_772_431_200_999_999),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ] as [(String, Int64)])
    func `a text in ISO 8601 is read to the microsecond, finer digits are cut off`(text: String, microseconds: Int64) {
        #expect(Instant(iso8601: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-03-02", "2026-03-02T06:00:00", "2026-03-02T06:00:00Z ", " 2026-03-02T06:00:00Z",
        "2026-03-02 06:00:00Z", "2026-03-02t06:00:00z", "2026-03-02T06:00:00.Z", "2026-03-02T06:00:00,5Z",
        "2026-02-29T06:00:00Z", "2026-13-02T06:00:00Z", "2026-00-02T06:00:00Z", "2026-04-31T06:00:00Z",
        "2026-03-02T24:00:00Z", "2026-03-02T06:60:00Z", "2026-12-31T23:59:60Z", "2026-03-02T06:00:00+24:00",
        "2026-03-02T06:00:00+0100", "2026-03-02T06:00:00+01", "2026-03-02T06:00:00+01:00Z", "2026-03-02T06:00:00ZZ",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:30:00-01:00", "20x6-03-02T06:00:00Z",
        "2026-03-0²T06:00:00Z", "2026-3-02T06:00:00Z", "2026-03-02T06:00:00Z\u{0}", "2026-03-02T06:0",
        "2026-03-02T06:00:",
        "2026-03-02T06:00:0Z", "2026-03-02T-1:00:00Z",
    ])
    func `whatever is not wholly an instant is refused`(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test(arguments: [
        ("2026-03-02T06:00:00Z", "20260302T060000Z", "20260302T060000.000Z"),
        ("2026-03-02T05:00:00.123Z", "20260302T050000Z", "20260302T050000.123Z"),
        ("2026-03-02T05:00:00.000001Z", "20260302T050000Z", "20260302T050000.000Z"),
        ("0999-12-31T23:59:59.9Z", "09991231T235959Z", "09991231T235959.900Z"),
    ])
    func `R14: an instant is written the shortest way, and as keys have it`(
        text: String, compact: String, milliseconds: String
    ) throws {
        let instant = try #require(Instant(iso8601: text))

        #expect(instant.iso8601 == text)
        #expect(instant.compact == compact)
        #expect(instant.compactMilliseconds == milliseconds)
    }

    @Test func `an instant beyond the years that can be said is written as the last of them`() {
        #expect(Instant(microseconds: .max).iso8601 == "9999-12-31T23:59:59.999999Z")
        #expect(Instant(microseconds: .min).iso8601 == "0001-01-01T00:00:00Z")
    }

    @Test func `every day of four centuries is written as it is read`() {
        var date = CivilDate(daysSince1970: -135_140)  // 1600-01-01
        for _ in 0..<146_097 {
            #expect(CivilDate(date.description) == date)
            #expect(CivilDate(daysSince1970: date.daysSince1970) == date)
            let next = date.adding(days: 1)
            #expect(next > date)
            date = next
        }
        #expect(date.description == "2000-01-01")
    }
}
