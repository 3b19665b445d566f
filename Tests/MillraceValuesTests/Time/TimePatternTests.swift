import MillraceValues
import Testing

@Suite("Patterns for times")
struct TimePatternTests {
    @Test(
        arguments: [
            ("dd.MM.yyyy HH:mm:ss", "02.03.2026 06:07:08", "2026-03-02T06:07:08", nil),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-03-02T06:07:08+01:00", "2026-03-02T06:07:08", 3_600),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-03-02T06:07:08Z", "2026-03-02T06:07:08", 0),
            ("yyyyMMddHHmmss", "20260302060708", "2026-03-02T06:07:08", nil),
            ("M/d/yyyy h:mm:ss a", "3/2/2026 6:07:08 PM", "2026-03-02T18:07:08", nil),
            ("M/d/yyyy h:mm:ss a", "12/31/2026 12:07:08 am", "2026-12-31T00:07:08", nil),
            ("M/d/yyyy h:mm:ss a", "12/31/2026 12:07:08 PM", "2026-12-31T12:07:08", nil),
            ("yyyy-MM-dd HH:mm:ss.SSS", "2026-03-02 06:07:08.250", "2026-03-02T06:07:08.25", nil),
            ("yyyyMMddHHmmssSSSSSSS", "202603020607081234567", "2026-03-02T06:07:08.123456", nil),
            ("dd.MM.yy", "02.03.26", "2026-03-02T00:00:00", nil),
            ("dd MMM yyyy", "02 Mar 2026", "2026-03-02T00:00:00", nil),
            ("yyyy-MM-dd HH:mmX", "2026-03-02 06:07-03", "2026-03-02T06:07:00", -10_800),
            ("yyyy-MM-dd HH:mmX", "2026-03-02 06:07-0330", "2026-03-02T06:07:00", -12_600),
            ("yyyy-MM-dd HH:mm xx", "2026-03-02 06:07 +0545", "2026-03-02T06:07:00", 20_700),
            ("'it''s' yyyy-MM-dd ''", "it's 2026-03-02 '", "2026-03-02T00:00:00", nil),
            ("dd.MM.yyyy 'um' HH 'Uhr' – mm", "02.03.2026 um 06 Uhr – 07", "2026-03-02T06:07:00", nil),
            ("unix", "1772431200", "2026-03-02T06:00:00", 0),
            ("unix", "1772431200.5", "2026-03-02T06:00:00.5", 0),
            ("unix", "-1", "1969-12-31T23:59:59", 0),
            ("unix-ms", "1772431200123", "2026-03-02T06:00:00.123", 0),
            ("unix-ms", "1772431200123.4567", "2026-03-02T06:00:00.123456", 0),
        ] as [(String, String, String, Int?)])
    func `a text that follows the pattern is read`(pattern: String, text: String, civil: String, offset: Int?) throws {
        let time = try TimePattern(pattern).parse(text)

        #expect(time?.civil.description == civil)
        #expect(time?.offset == offset)
    }

    @Test(arguments: [
        ("dd.MM.yyyy HH:mm:ss", "02.03.2026 06:07:08 "), ("dd.MM.yyyy HH:mm:ss", "2.03.2026 06:07:08"),
        ("dd.MM.yyyy HH:mm:ss", "02.03.2026 06:07"), ("dd.MM.yyyy HH:mm:ss", "02.03.2026 24:00:00"),
        ("dd.MM.yyyy HH:mm:ss", "02.03.2026 06:07:60"), ("dd.MM.yyyy HH:mm:ss", "31.04.2026 06:07:08"),
        ("dd.MM.yyyy HH:mm:ss", "02/03/2026 06:07:08"), ("dd.MM.yyyy HH:mm:ss", ""),
        ("yyyyMMddHHmmss", "2026030206070"),
        ("M/d/yyyy h:mm:ss a", "3/2/2026 13:07:08 PM"), ("M/d/yyyy h:mm:ss a", "3/2/2026 0:07:08 AM"),
        ("M/d/yyyy h:mm:ss a", "3/2/2026 6:07:08"), ("M/d/yyyy h:mm:ss a", "3/2/2026 6:07:08 XM"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2026-03-02 06:07:08.25"), ("yyyy-MM-dd HH:mm:ss.SSS", "2026-03-02 06:07:08.2500"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-03-02T06:07:08+0100"), ("yyyy-MM-dd'T'HH:mm:ssxxx", "2026-03-02T06:07:08Z"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-03-02T06:07:08"), ("dd MMM yyyy", "02 Mrz 2026"), ("HH:mm", "06:07"),
        ("unix", "1772431200s"), ("unix", ""), ("unix", "1."), ("unix", "999999999999999"),
        ("unix", "9999999999999999999999"),
    ])
    func `a text that does not follow it to the last byte is refused`(pattern: String, text: String) throws {
        #expect(try TimePattern(pattern).parse(text) == nil)
    }

    @Test(arguments: [
        ("dd.MM.yyyy HH:mm:ss", "02.03.2026 07:05:09"), ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-03-02T07:05:09+01:00"),
        ("M/d/yyyy h:mm:ss a", "3/2/2026 7:05:09 AM"), ("yyyyMMdd", "20260302"), ("yy", "26"), ("H", "7"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2026-03-02 07:05:09.012"), ("SSSSSSSSS", "012345000"), ("dd MMM", "02 Mar"),
        ("HH:mmX", "07:05+01"), ("HH:mmxx", "07:05+0100"), ("unix", "1772431509.012345"),
        ("unix-ms", "1772431509012.345"),
    ])
    func `an instant is written by the wall clock of the zone`(pattern: String, text: String) throws {
        let instant = try #require(Instant(iso8601: "2026-03-02T06:05:09.012345Z"))

        #expect(try TimePattern(pattern).format(instant, zone: Zone(named: "Europe/Berlin")) == text)
    }

    @Test func `UTC is written as Z where the pattern allows it`() throws {
        let instant = Instant(seconds: 1_772_431_200)

        #expect(try TimePattern("HH:mmXXX").format(instant, zone: .utc) == "06:00Z")
        #expect(try TimePattern("HH:mmxxx").format(instant, zone: .utc) == "06:00+00:00")
        #expect(try TimePattern("h a").format(Instant(seconds: 0), zone: .utc) == "12 AM")
        #expect(try TimePattern("unix").format(instant, zone: .utc) == "1772431200")
    }

    @Test(
        arguments: [
            ("", .empty, "the time pattern is empty; write one such as yyyy-MM-dd HH:mm:ss"),
            (
                "yyyy-MM-ddTHH:mm", .unknownLetters("T", position: 11),
                "'T' at position 11 of the time pattern means nothing; put text into single quotes, or use y M d H h m s S a X x"
            ),
            (
                "DD.MM.YYYY", .unknownLetters("DD", position: 1),
                "'DD' at position 1 of the time pattern means nothing; put text into single quotes, or use y M d H h m s S a X x"
            ),
            (
                "yyyy 'at", .openQuote(position: 6),
                "the quote at position 6 of the time pattern is not closed; write '' for a quote itself"
            ),
            (
                "HH:mm:mm", .saidTwice("mm", position: 7),
                "'mm' at position 7 of the time pattern says again what stands before it; remove one of them"
            ),
            (
                "Mdd", .unclearEnd("M", position: 1),
                "'M' at position 1 of the time pattern has no clear end before the next digits; write 'MM'"
            ),
            (
                "hh:mm", .halfDay(missing: "a"),
                "the time pattern has no 'a', but the hours 1 to 12 need both 'h' and 'a'; add it or use 'H'"
            ),
        ] as [(String, TimePatternError, String)])
    func `a pattern that is none is refused with the letter and its place`(
        pattern: String, error: TimePatternError, sentence: String
    ) {
        #expect(throws: error) { try TimePattern(pattern) }
        #expect(error.description == sentence)
    }

    @Test func `a pattern says whether it can be read`() throws {
        #expect(try TimePattern("dd.MM.yyyy").saysDate)
        #expect(try TimePattern("unix").saysDate)
        #expect(try !TimePattern("MM.yyyy").saysDate)
    }
}
