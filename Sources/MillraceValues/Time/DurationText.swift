extension Duration {
    /// The length that the whole text says: a number, an optional blank and one of `ms s min h d`.
    ///
    /// - Shape: `48 h`, `15min`, `1.5 h`; a day is 24 hours. Nil for anything else, for a sign, and for what is finer than a
    ///   microsecond or longer than 292,000 years.
    public static func parse(_ text: String) -> Duration? {
        let bytes = Array(text.utf8)
        guard let end = bytes.firstIndex(where: { !($0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: ".")) }),
            let number = ExactDecimal(bytes.span.extracting(0..<end), decimalMark: UInt8(ascii: "."))
        else { return nil }
        let word = bytes[(bytes[end] == UInt8(ascii: " ") ? end + 1 : end)...]
        guard let unit = DurationUnit.allCases.first(where: { $0.rawValue.utf8.elementsEqual(word) }) else {
            return nil
        }
        // The only error there is means that the product does not fit.
        guard let microseconds = (try? number.multiplied(by: ExactDecimal(unit.microseconds)))?.integer else {
            return nil
        }
        return .microseconds(microseconds)
    }

    /// The shortest text that `parse` reads as this length: `48 h`, `15 min`, `2.5 s`; days from three whole ones on.
    ///
    /// - Shape: what is finer than a microsecond is cut off; a negative length has a minus in front, which `parse` refuses.
    public var plainText: String {
        let microseconds = wholeMicroseconds
        if microseconds == 0 { return "0 s" }
        let unit: DurationUnit
        if microseconds % DurationUnit.day.microseconds == 0, microseconds.magnitude >= 259_200_000_000 {
            unit = .day
        } else if let whole = [DurationUnit.hour, .minute, .second].first(where: { microseconds % $0.microseconds == 0 }
        ) {
            unit = whole
        } else {
            unit = microseconds.magnitude >= DurationUnit.second.microseconds.magnitude ? .second : .millisecond
        }
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: unit.microseconds)
        let number = microseconds < 0 ? "-\(whole.magnitude)" : "\(whole)"
        guard rest != 0 else { return "\(number) \(unit.rawValue)" }
        var (fraction, width) = (Int(rest.magnitude), unit == .second ? 6 : 3)
        while fraction % 10 == 0 { (fraction, width) = (fraction / 10, width - 1) }
        var digits: [UInt8] = []
        digits.appendDigits(fraction, width: width)
        return "\(number).\(String(decoding: digits, as: UTF8.self)) \(unit.rawValue)"
    }
}

/// The units in which a site's files say a length of time.
private enum DurationUnit: String, CaseIterable {
    case millisecond = "ms"
    case second = "s"
    case minute = "min"
    case hour = "h"
    case day = "d"

    var microseconds: Int64 {
        switch self {
        case .millisecond: 1_000
        case .second: 1_000_000
        case .minute: 60_000_000
        case .hour: 3_600_000_000
        case .day: 86_400_000_000
        }
    }
}
