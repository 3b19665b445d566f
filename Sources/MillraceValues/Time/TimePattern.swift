// Hot path: every local time of a file passes here. Guarded by `script/bench`.

/// What a text says about a time: a wall time and, where one is written, how far its clock is ahead of UTC.
public struct ParsedTime: Hashable, Sendable {
    /// The wall time.
    public let civil: CivilTime
    /// Seconds ahead of UTC; nil where the text does not say.
    public let offset: Int?

    /// That wall time, with the offset that the text bears.
    public init(civil: CivilTime, offset: Int?) {
        self.civil = civil
        self.offset = offset
    }
}

/// How a time is written, such as `dd.MM.yyyy HH:mm:ss`; compiled once, then used for every line.
///
/// - Shape: the letters below; text in single quotes and whatever is no letter stands for itself (`''` is a quote).
///
/// | letters | meaning |
/// | --- | --- |
/// | `yyyy` `yy` | year with four digits; two digits of 2000 to 2099 |
/// | `MM` `M` `MMM` | month with two digits; with one or two; as `Mar` |
/// | `dd` `d` | day of the month |
/// | `HH` `H` | hour, 0 to 23 |
/// | `hh` `h` with `a` | hour, 1 to 12, with `AM` or `PM` |
/// | `mm` `m` `ss` `s` | minute, second |
/// | `S` to `SSSSSSSSS` | exactly so many digits of the second's fraction; finer than a microsecond is cut off |
/// | `X` `XX` `XXX` | offset: `Z`, or `+01` (`+0130`), `+0100`, `+01:00` |
/// | `x` `xx` `xxx` | the same without `Z` |
/// | `unix` `unix-ms` | alone: seconds or milliseconds since 1970 in UTC, with a decimal fraction if there is one |
public struct TimePattern: Sendable {
    /// The pattern as it was written.
    public let text: String
    let elements: [Element]

    /// One piece of a pattern.
    enum Element: Hashable, Sendable {
        case literal([UInt8])
        case year, shortYear
        case monthName
        /// A number of exactly two digits, or of one or two.
        case number(Field, isFixed: Bool)
        case fraction(digits: Int)
        case halfDay
        case offset(OffsetStyle)
        case epoch(microsecondsPerUnit: Int64)
    }

    /// The numbers of one or two digits.
    enum Field: Hashable, Sendable { case month, day, hour, halfDayHour, minute, second }

    /// How an offset is written.
    struct OffsetStyle: Hashable, Sendable {
        /// 1: hours, and minutes only where there are any; 2: both; 3: both with a colon.
        let length: Int
        /// Whether `Z` stands for UTC.
        let allowsZ: Bool
    }

    /// Compiles the pattern.
    ///
    /// - Throws: `TimePatternError`, which names the letter that is wrong and its position.
    public init(_ text: String) throws(TimePatternError) {
        self.text = text
        elements = try TimePatternCompiler(text).elements()
    }

    /// Whether the pattern says a whole date, so that `parse` can succeed.
    public var saysDate: Bool {
        elements.contains { if case .epoch = $0 { true } else { false } }
            || (elements.contains { $0 == .year || $0 == .shortYear }
                && elements.contains { $0 == .monthName || $0.field == .month }
                && elements.contains { $0.field == .day })
    }

    /// What all of `bytes` say; nil where they do not follow the pattern to the last byte, or where the date does not exist.
    ///
    /// - Shape: a time of the day that the pattern leaves out is zero.
    public func parse(_ bytes: Span<UInt8>) -> ParsedTime? {
        var parts = TimeParts()
        var index = 0
        for element in elements {
            guard parts.take(element, from: bytes, at: &index) else { return nil }
        }
        return index == bytes.count ? parts.time : nil
    }

    /// What all of the text says; as for bytes.
    public func parse(_ text: String) -> ParsedTime? { parse(text.utf8.span) }

    /// The text of that instant by the zone's wall clock, in this pattern.
    public func format(_ instant: Instant, zone: Zone) -> String {
        let offset = zone.offset(at: instant)
        let time = CivilTime(held: instant, offset: offset)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 8)
        for element in elements {
            if case .epoch(let unit) = element {
                bytes.append(contentsOf: Self.epochText(instant.microseconds, unit).utf8)
            } else {
                bytes.append(element, of: time, offset: offset)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Units since 1970 with the shortest fraction.
    private static func epochText(_ microseconds: Int64, _ unit: Int64) -> String {
        let exact = ExactDecimal(coefficient: microseconds, exponent: unit == 1_000 ? -3 : -6)
        return (exact ?? ExactDecimal(microseconds / unit)).description
    }
}

extension TimePattern.Element {
    /// The field this is a number of.
    var field: TimePattern.Field? {
        if case .number(let field, _) = self { return field }
        return nil
    }
}

/// Why a pattern for times cannot be used.
public enum TimePatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is nothing in it.
    case empty
    /// These letters mean nothing; the position counts characters from 1.
    case unknownLetters(String, position: Int)
    /// A quote is opened and not closed.
    case openQuote(position: Int)
    /// Two pieces say the same thing, or things that exclude each other.
    case saidTwice(String, position: Int)
    /// A number of one or two digits is followed directly by digits, so that its end cannot be seen.
    case unclearEnd(String, position: Int)
    /// One of `h` and `a` stands without the other.
    case halfDay(missing: String)

    /// One sentence.
    public var description: String {
        switch self {
        case .empty: "the time pattern is empty; write one such as yyyy-MM-dd HH:mm:ss"
        case .unknownLetters(let letters, let position):
            "'\(letters)' at position \(position) of the time pattern means nothing; "
                + "put text into single quotes, or use y M d H h m s S a X x"
        case .openQuote(let position):
            "the quote at position \(position) of the time pattern is not closed; write '' for a quote itself"
        case .saidTwice(let letters, let position):
            "'\(letters)' at position \(position) of the time pattern says again what stands before it; remove one of them"
        case .unclearEnd(let letters, let position):
            "'\(letters)' at position \(position) of the time pattern has no clear end before the next digits; "
                + "write '\(letters)\(letters)'"
        case .halfDay(let missing):
            "the time pattern has no '\(missing)', but the hours 1 to 12 need both 'h' and 'a'; add it or use 'H'"
        }
    }
}
