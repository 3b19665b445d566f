import MillraceTransport
import MillraceValues

/// How long an answer asks to wait (RFC 9110, section 10.2.3).
enum RetryAfter {
    private static let longest = Duration.seconds(86_400)
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The time that `Retry-After` asks for: 1 s to 24 h; nil without one that can be read.
    ///
    /// A date is taken from the answer's own `Date`, where it has one, so that a wrong clock on either side does no harm.
    static func wait(in answer: HTTPResponse, now: Instant) -> Duration? {
        guard let text = answer.header("Retry-After") else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return held(Int64(text).map { .seconds(min($0, 86_400)) } ?? longest)
        }
        guard let date = instant(text) else { return nil }
        return held(date - (answer.header("Date").flatMap(instant) ?? now))
    }

    private static func held(_ duration: Duration) -> Duration { min(max(duration, .seconds(1)), longest) }

    /// The instant of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that senders may use since 1999.
    static func instant(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[0].hasSuffix(","), let day = Int(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            let date = CivilDate(year: year, month: month + 1, day: day), let time = TimeOfDay(parts[4])
        else { return nil }
        return CivilTime(date: date, time: time).instant(offset: 0)
    }
}
