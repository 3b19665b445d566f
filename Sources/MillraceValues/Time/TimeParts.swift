// Hot path: every local time of a file passes here. Guarded by `script/bench`.

/// The names of the months in English, as three small letters.
private let monthNames: [[UInt8]] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
].map { Array($0.utf8) }

/// What has been read of a time so far.
struct TimeParts {
    private var year = 0, month = 0, day = 0
    private var hour = 0, minute = 0, second = 0
    private var fraction: Int64 = 0
    private var isAfternoon = false
    private var offset: Int?
    private var epoch: Instant?

    /// Nothing yet.
    init() {}

    /// The time, once all pieces are read; nil where the date does not exist.
    var time: ParsedTime? {
        if let epoch { return ParsedTime(civil: epoch.inUTC, offset: 0) }
        guard CivilDate.exists(year: year, month: month, day: day),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let seconds = Int64((isAfternoon ? hour + 12 : hour) * 3_600 + minute * 60 + second)
        return ParsedTime(
            civil: CivilTime(date: date, microsecondsOfDay: seconds * 1_000_000 + fraction), offset: offset)
    }

    /// Reads one piece at `index`, which then stands behind it; false where it is not there.
    mutating func take(_ element: TimePattern.Element, from bytes: Span<UInt8>, at index: inout Int) -> Bool {
        switch element {
        case .literal(let text): return Self.skip(text, bytes, &index)
        case .number(let field, let isFixed):
            guard let value = Self.digits(isFixed ? 2...2 : 1...2, bytes, &index) else { return false }
            return set(field, to: value)
        case .year:
            guard let value = Self.digits(4...4, bytes, &index) else { return false }
            year = value
        case .shortYear:
            guard let value = Self.digits(2...2, bytes, &index) else { return false }
            year = 2_000 + value
        case .monthName: return takeMonthName(bytes, &index)
        case .fraction(let count):
            guard let value = Self.digits(count...count, bytes, &index) else { return false }
            fraction = Self.microseconds(value, digits: count)
        case .halfDay: return takeHalfDay(bytes, &index)
        case .offset(let style): return takeOffset(style, bytes, &index)
        case .epoch(let unit): return takeEpoch(unit, bytes, &index)
        }
        return true
    }

    private mutating func set(_ field: TimePattern.Field, to value: Int) -> Bool {
        switch field {
        case .month: month = value
        case .day: day = value
        case .hour:
            hour = value
            return value < 24
        case .halfDayHour:
            hour = value % 12
            return value >= 1 && value <= 12
        case .minute:
            minute = value
            return value < 60
        case .second:
            second = value
            return value < 60
        }
        return true
    }

    private static func skip(_ text: [UInt8], _ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        guard index + text.count <= bytes.count else { return false }
        for place in text.indices where text[place] != bytes[index + place] { return false }
        index += text.count
        return true
    }

    private static func digits(_ counts: ClosedRange<Int>, _ bytes: Span<UInt8>, _ index: inout Int) -> Int? {
        var value = 0
        let start = index
        while index < bytes.count, index - start < counts.upperBound {
            let digit = bytes[index] &- 0x30
            if digit > 9 { break }
            value = value * 10 + Int(digit)
            index += 1
        }
        return index - start >= counts.lowerBound ? value : nil
    }

    private static func microseconds(_ value: Int, digits: Int) -> Int64 {
        var result = Int64(value)
        for _ in 0..<max(0, 6 - digits) { result *= 10 }
        for _ in 0..<max(0, digits - 6) { result /= 10 }
        return result
    }

    private mutating func takeMonthName(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        guard index + 3 <= bytes.count else { return false }
        let letters = [bytes[index] | 0x20, bytes[index + 1] | 0x20, bytes[index + 2] | 0x20]
        guard let position = monthNames.firstIndex(of: letters) else { return false }
        month = position + 1
        index += 3
        return true
    }

    private mutating func takeHalfDay(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        guard index + 2 <= bytes.count, bytes[index + 1] | 0x20 == UInt8(ascii: "m") else { return false }
        let letter = bytes[index] | 0x20
        isAfternoon = letter == UInt8(ascii: "p")
        index += 2
        return isAfternoon || letter == UInt8(ascii: "a")
    }

    private mutating func takeOffset(_ style: TimePattern.OffsetStyle, _ bytes: Span<UInt8>, _ index: inout Int) -> Bool
    {
        guard index < bytes.count else { return false }
        let sign = bytes[index]
        index += 1
        if sign == UInt8(ascii: "Z"), style.allowsZ {
            offset = 0
            return true
        }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = Self.digits(2...2, bytes, &index),
            hours < 24
        else { return false }
        var minutes = 0
        let isNextDigit = index < bytes.count && bytes[index] &- 0x30 <= 9
        if style.length == 3 {
            guard Self.skip([UInt8(ascii: ":")], bytes, &index) else { return false }
        }
        if style.length > 1 || isNextDigit {
            guard let value = Self.digits(2...2, bytes, &index), value < 60 else { return false }
            minutes = value
        }
        let seconds = hours * 3_600 + minutes * 60
        offset = sign == UInt8(ascii: "-") ? -seconds : seconds
        return true
    }

    /// The rest of the bytes as a number of units since 1970; finer than a microsecond is cut off.
    private mutating func takeEpoch(_ unit: Int64, _ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        guard let units = Self.digits(1...15, bytes, &index) else { return false }
        let (whole, overflow) = Int64(units).multipliedReportingOverflow(by: unit)
        if overflow { return false }
        var (part, place) = (Int64(0), unit / 10)
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            while index < bytes.count, bytes[index] &- 0x30 <= 9 {
                part += Int64(bytes[index] &- 0x30) * place
                place /= 10
                index += 1
            }
            if index == start { return false }
        }
        let instant = Instant(microseconds: isNegative ? -whole - part : whole + part)
        epoch = instant
        return instant >= .distantPast && instant <= .distantFuture
    }
}

extension [UInt8] {
    /// Adds one piece of a pattern.
    mutating func append(_ element: TimePattern.Element, of time: CivilTime, offset: Int) {
        switch element {
        case .literal(let text): append(contentsOf: text)
        case .year: appendDigits(time.date.year, width: 4)
        case .shortYear: appendDigits(time.date.year % 100, width: 2)
        case .monthName:
            let name = monthNames[time.date.month - 1]
            append(name[0] ^ 0x20)
            append(contentsOf: name[1...])
        case .number(let field, let isFixed): appendDigits(time[field], width: isFixed ? 2 : 1)
        case .fraction(let count):
            var digits: [UInt8] = []
            digits.appendDigits(time.microsecond * 1_000, width: 9)
            append(contentsOf: digits[..<count])
        case .halfDay: append(contentsOf: (time.hour < 12 ? "AM" : "PM").utf8)
        case .offset(let style): append(offset: offset, style)
        case .epoch: break
        }
    }

    /// Adds an offset; the seconds that some zones had before 1930 are cut off.
    private mutating func append(offset: Int, _ style: TimePattern.OffsetStyle) {
        if offset == 0, style.allowsZ {
            append(UInt8(ascii: "Z"))
            return
        }
        let minutes = abs(offset) / 60
        append(UInt8(ascii: offset < 0 ? "-" : "+"))
        appendDigits(minutes / 60, width: 2)
        if style.length == 1, minutes % 60 == 0 { return }
        if style.length == 3 { append(UInt8(ascii: ":")) }
        appendDigits(minutes % 60, width: 2)
    }
}

extension CivilTime {
    /// The number of that field.
    fileprivate subscript(_ field: TimePattern.Field) -> Int {
        switch field {
        case .month: date.month
        case .day: date.day
        case .hour: hour
        case .halfDayHour: (hour + 11) % 12 + 1
        case .minute: minute
        case .second: second
        }
    }
}
