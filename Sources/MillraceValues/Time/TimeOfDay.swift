/// A time on the wall clock of any day.
///
/// - Shape: 00:00 to 24:00 inclusive; 24:00 is the next day's 00:00.
/// - Units: whole seconds.
public struct TimeOfDay: Hashable, Sendable {
    /// Seconds by the wall clock since 00:00: 0 to 86,400.
    public let seconds: Int

    /// 00:00.
    public static let midnight = TimeOfDay(checked: 0)

    /// That time; nil where no clock shows it. `hour` 24 only with nothing after it.
    public init?(hour: Int, minute: Int, second: Int = 0) {
        guard hour >= 0, hour <= 24, minute >= 0, minute <= 59, second >= 0, second <= 59 else { return nil }
        let total = hour * 3_600 + minute * 60 + second
        guard total <= 86_400 else { return nil }
        seconds = total
    }

    /// The time that the whole text is, as `06:00` or `06:00:30`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let span = bytes.span
        guard bytes.count == 5 || bytes.count == 8, bytes[2] == UInt8(ascii: ":") else { return nil }
        var second = 0
        if bytes.count == 8 {
            guard bytes[5] == UInt8(ascii: ":") else { return nil }
            second = span.digitPair(at: 6)
        }
        self.init(hour: span.digitPair(at: 0), minute: span.digitPair(at: 3), second: second)
    }

    private init(checked seconds: Int) { self.seconds = seconds }
}

extension TimeOfDay: Comparable {
    /// Earlier before later.
    public static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.seconds < right.seconds }
}

extension TimeOfDay: CustomStringConvertible {
    /// As `06:00`, with seconds only where there are any.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.appendDigits(seconds / 3_600, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(seconds / 60 % 60, width: 2)
        if seconds % 60 != 0 {
            bytes.append(UInt8(ascii: ":"))
            bytes.appendDigits(seconds % 60, width: 2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
