/// `$toMillis`, `$fromMillis` and `$now`.
enum TimePictures {
    /// The milliseconds of a number; nil beyond the range that JavaScript's times have.
    private static func millis(_ number: Double) -> Int64? {
        number.magnitude <= 8.64e15 ? Int64(number.rounded(.towardZero)) : nil
    }

    static func fromMillis(
        _ number: Item, _ picture: Item, _ zone: Item, _ caller: Caller
    ) throws(JSONataError) -> Item {
        guard let amount = number.amount else { return .undefined }
        guard let millis = millis(amount) else { throw JSONataError("D3110", value: number) }
        var offset: (hours: Int, minutes: Int)? = (0, 0)
        if case .string(let text) = zone { offset = Self.offset(text) }
        var text = TimePicture.standard
        if case .string(let given) = picture { text = given }
        return .string(try caller.machine.picture(text).write(millis, offset: offset))
    }

    /// An offset such as `+0530`; nil for what does not begin with a number.
    private static func offset(_ text: String) -> (hours: Int, minutes: Int)? {
        var bytes = Array(text.utf8)
        let negative = bytes.first == 0x2D
        if negative || bytes.first == 0x2B { bytes.removeFirst() }
        let digits = bytes.prefix { $0 &- 0x30 < 10 }
        guard !digits.isEmpty, digits.count < 10 else { return nil }
        var number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        // With a colon the number before it are the hours.
        let rest = bytes.dropFirst(digits.count)
        if rest.first == 0x3A {
            let minutes = rest.dropFirst().prefix { $0 &- 0x30 < 10 }.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            number = number * 100 + minutes
        }
        let (hours, minutes) = number.quotientAndRemainder(dividingBy: 100)
        return negative ? (-hours, -minutes) : (hours, minutes)
    }

    static func toMillis(_ text: Item, _ picture: Item, _ caller: Caller) throws(JSONataError) -> Item {
        guard case .string(let time) = text else { return .undefined }
        guard case .string(let picture) = picture else {
            guard let millis = ISOTime.millis(time) else { throw JSONataError("D3110", value: text) }
            return .number(Double(millis))
        }
        return try parse(time, caller.machine.picture(picture), caller)
    }

    private static func parse(
        _ time: String, _ picture: TimePicture, _ caller: Caller
    ) throws(JSONataError) -> Item {
        let regex = try Regex(picture.pattern(), flags: "i", at: caller.span)
        guard case .object(let match) = try regex.match([.string(time)], caller),
            case .array(let groups)? = match["groups"]
        else { return .undefined }
        var components: [UInt8: Double] = [:]
        for (part, group) in zip(picture.parts, groups.items) {
            guard part.literal == nil, case .string(let text) = group else { continue }
            components[part.component] = try TimePicture.meaning(part, text)
        }
        if components.isEmpty { return .undefined }
        var moment = Moment(components, now: caller.machine.millis)
        return .number(try moment.millis())
    }
}

/// The components of a time that was read, filled up to a whole one.
struct Moment {
    private var components: [UInt8: Double]
    private let now: CivilMillis

    init(_ components: [UInt8: Double], now: Int64) {
        (self.components, self.now) = (components, CivilMillis(now))
    }

    private func has(_ component: UInt8) -> Bool { (components[component] ?? 0) != 0 }

    /// Whether of these letters only those of `kind` are there, and at least one.
    private func isOnly(_ kind: String, of all: String) -> Bool {
        let given = all.utf8.filter { has($0) }
        return !given.isEmpty && given.allSatisfy { kind.utf8.contains($0) }
    }

    private subscript(_ component: Unicode.Scalar) -> Double { components[UInt8(ascii: component)] ?? 0 }

    /// The instant in milliseconds. What is missing above the given parts is now's, what is missing below is the first.
    ///
    /// - Throws: D3136 for a hole between the parts, or for weeks, which name no day.
    mutating func millis() throws(JSONataError) -> Double {
        let isDate = isOnly("YMD", of: "YXMxWwdD")
        let isDayOfYear = !isDate && isOnly("Yd", of: "YXMxWwdD")
        let isWeekOfMonth = isOnly("Xxw", of: "YXMxWwdD")
        let isWeekOfYear = !isWeekOfMonth && isOnly("XW", of: "YXMxWwdD")
        let isTwelve = !isOnly("Hmsf", of: "PHhmsf") && isOnly("Phmsf", of: "PHhmsf")
        let date = isDayOfYear ? "Yd" : isWeekOfMonth ? "XxwF" : isWeekOfYear ? "XWF" : "YMD"
        var (hasStarted, hasEnded) = (false, false)
        for component in (date + (isTwelve ? "Phmsf" : "Hmsf")).utf8 {
            if components[component] != nil {
                hasStarted = true
                if hasEnded { throw JSONataError("D3136") }
            } else if hasStarted {
                components[component] = "MDd".utf8.contains(component) ? 1 : 0
                hasEnded = true
            } else {
                components[component] = current(component)
            }
        }
        if isWeekOfMonth || isWeekOfYear { throw JSONataError("D3136") }
        var hour = self["H"]
        if isTwelve { hour = (self["h"] == 12 ? 0 : self["h"]) + (self["P"] == 1 ? 12 : 0) }
        let clock = ((hour * 60 + self["m"]) * 60 + self["s"]) * 1000 + self["f"]
        let zone = (components[UInt8(ascii: "Z")] ?? components[UInt8(ascii: "z")] ?? 0) * 60_000
        let year = self["Y"]
        guard year.magnitude < 1e6, self["M"].magnitude < 1e6, self["D"].magnitude < 1e9, self["d"].magnitude < 1e9,
            clock.magnitude < 1e18
        else { return .nan }
        let days: Int64
        if isDayOfYear {
            days = CivilMillis.days(Int(year), 0, 1) + Int64(self["d"]) - 1
        } else {
            days = CivilMillis.days(Int(year), max(0, Int(self["M"]) - 1), Int(self["D"]))
        }
        return Double(days) * Double(CivilMillis.day) + clock - zone
    }

    private func current(_ component: UInt8) -> Double {
        // Without a word for the half of the day it is the first, whatever the clock says.
        if component == UInt8(ascii: "P") { return 0 }
        return Double(TimePicture.value(component, now) ?? 0)
    }
}

/// Times of ISO 8601 as JavaScript reads them; without a zone they are UTC.
enum ISOTime {
    static func millis(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        var index = 0
        func number(_ count: Int) -> Int? {
            guard index + count <= bytes.count else { return nil }
            var value = 0
            for place in index..<(index + count) {
                guard bytes[place] &- 0x30 < 10 else { return nil }
                value = value * 10 + Int(bytes[place] - 0x30)
            }
            index += count
            return value
        }
        func take(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }
        guard let year = number(4) else { return nil }
        var (month, day) = (1, 1)
        if take(0x2D) {
            guard let value = number(2) else { return nil }
            month = value
            if take(0x2D) {
                guard let value = number(2) else { return nil }
                day = value
            }
        }
        var millis: Int64 = 0
        if take(0x54) {
            guard let hour = number(2), take(0x3A), let minute = number(2), take(0x3A), let second = number(2),
                hour < 24 || (hour == 24 && minute == 0 && second == 0), minute < 60, second < 60
            else { return nil }
            millis = Int64((hour * 60 + minute) * 60 + second) * 1000
            if take(0x2E) {
                let start = index
                var (fraction, weight) = (0, 100)
                while index < bytes.count, bytes[index] &- 0x30 < 10 {
                    fraction += Int(bytes[index] - 0x30) * weight
                    weight /= 10
                    index += 1
                }
                if index == start { return nil }
                millis += Int64(fraction)
            }
        }
        if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D {
            let negative = bytes[index] == 0x2D
            index += 1
            guard let hours = number(2) else { return nil }
            _ = take(0x3A)
            guard let minutes = number(2), minutes < 60 else { return nil }
            let offset = Int64(hours * 60 + minutes) * 60_000
            millis -= negative ? -offset : offset
        } else {
            _ = take(0x5A)
        }
        guard index == bytes.count, month >= 1, month <= 12, day >= 1, day <= 31 else { return nil }
        return CivilMillis.days(year, month - 1, day) * CivilMillis.day + millis
    }
}
