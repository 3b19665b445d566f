/// How times are written and read.
///
/// - Source: XPath and XQuery Functions 3.1, section 9.8.
struct TimePicture {
    enum Naming { case upper, lower, title }

    struct Part {
        /// A text that stands for itself; nil for a component.
        var literal: String?
        var component: UInt8 = 0
        var least: Int?
        var most: Int?
        var naming: Naming?
        var integer: IntegerPicture?
        /// `t` writes a zone of zero as Z.
        var isTraditional = false
        /// To how many digits a year is cut; 0 for all.
        var digits = 0
    }

    private(set) var parts: [Part] = []

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    /// The picture without one: ISO 8601.
    static let standard = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

    private static func presentation(_ component: UInt8) -> String? {
        switch component {
        case UInt8(ascii: "F"), UInt8(ascii: "P"), UInt8(ascii: "C"), UInt8(ascii: "E"): "n"
        case UInt8(ascii: "m"), UInt8(ascii: "s"): "01"
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): "01:01"
        default: isNumber(component) ? "1" : nil
        }
    }

    private static func isNumber(_ component: UInt8) -> Bool { "YMDdFWwXxHhmsf".utf8.contains(component) }

    // MARK: reading the picture

    /// Reads a picture.
    ///
    /// - Throws: D3132, D3135, and the faults of number pictures.
    init(_ picture: String) throws(JSONataError) {
        let bytes = Array(picture.utf8)
        var (start, index) = (0, 0)
        while index < bytes.count {
            guard bytes[index] == 0x5B else {
                index += 1
                continue
            }
            literal(bytes[start..<index])
            if index + 1 < bytes.count, bytes[index + 1] == 0x5B {
                parts.append(Part(literal: "["))
                index += 2
                start = index
                continue
            }
            guard let end = bytes[index...].firstIndex(of: 0x5D) else { throw JSONataError("D3135") }
            try marker(bytes[(index + 1)..<end].filter { $0 != 0x20 && ($0 < 0x09 || $0 > 0x0D) })
            index = end + 1
            start = index
        }
        literal(bytes[start...])
    }

    private mutating func literal(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        var text: [UInt8] = []
        for byte in bytes {
            if byte == 0x5D, text.last == 0x5D, !(text.count > 1 && text[text.count - 2] == 0x5D) { continue }
            text.append(byte)
        }
        parts.append(Part(literal: String(decoding: text, as: UTF8.self)))
    }

    private mutating func marker(_ bytes: [UInt8]) throws(JSONataError) {
        var part = Part()
        part.component = bytes.first ?? 0
        var presentation = Array(bytes.dropFirst())
        if let comma = presentation.lastIndex(of: 0x2C) {
            let width = String(decoding: presentation[(comma + 1)...], as: UTF8.self)
            let bounds = width.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            part.least = bounds.first.flatMap { Int($0) }
            if bounds.count > 1 { part.most = Int(bounds[1]) }
            presentation = Array(presentation[..<comma])
        }
        var modifier = ""
        if presentation.count > 1, let last = presentation.last, "atco".utf8.contains(last) {
            modifier = String(decoding: [last], as: UTF8.self)
            presentation.removeLast()
        }
        var first = String(decoding: presentation, as: UTF8.self)
        if first.isEmpty {
            guard let standard = Self.presentation(part.component) else {
                throw JSONataError("D3132", value: .string(String(decoding: bytes.prefix(1), as: UTF8.self)))
            }
            first = standard
        }
        part.isTraditional = modifier == "t"
        if first.hasPrefix("n") {
            part.naming = .lower
        } else if first.hasPrefix("N") {
            part.naming = first.dropFirst().first == "n" ? .title : .upper
        } else if Self.isNumber(part.component) {
            try number(&part, first, modifier)
        }
        if part.component == UInt8(ascii: "Z") || part.component == UInt8(ascii: "z") {
            part.integer = try IntegerPicture(first)
        }
        parts.append(part)
    }

    private mutating func number(_ part: inout Part, _ text: String, _ modifier: String) throws(JSONataError) {
        var integer = try IntegerPicture(modifier.isEmpty ? text : text + ";" + modifier)
        integer.isOrdinal = modifier == "o"
        if let least = part.least { integer.mandatory = max(integer.mandatory, least) }
        if "YMD".utf8.contains(part.component) {
            if let most = part.most {
                part.digits = most
                integer.mandatory = most
            } else if integer.mandatory + integer.optional >= 2 {
                part.digits = integer.mandatory + integer.optional
            }
        }
        // Two numbers side by side: only the width says where the first ends.
        if let last = parts.indices.last, let width = parts[last].integer?.mandatory {
            parts[last].integer?.width = width
        }
        part.integer = integer
    }

    // MARK: writing

    /// The time as the picture says, moved by an offset in minutes; nil for a zone that is no offset.
    func write(_ millis: Int64, offset: (hours: Int, minutes: Int)?) throws(JSONataError) -> String {
        let shift = offset.map { Int64($0.hours * 60 + $0.minutes) * 60_000 }
        let time = shift.map { CivilMillis(millis + $0) }
        var text = ""
        for part in parts {
            if let literal = part.literal {
                text += literal
            } else {
                text += try write(part, time, offset)
            }
        }
        return text
    }

    private func write(
        _ part: Part, _ time: CivilMillis?, _ offset: (hours: Int, minutes: Int)?
    ) throws(JSONataError) -> String {
        switch part.component {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): return try zone(part, offset)
        case UInt8(ascii: "P"):
            let text = (time?.hour ?? 0) >= 12 ? "pm" : "am"
            return part.naming == .upper ? text.uppercased() : text
        case UInt8(ascii: "C"), UInt8(ascii: "E"): return "ISO"
        default: break
        }
        // Another zone than an offset has no time at all: the language writes what JavaScript calls no number.
        guard let time, var value = Self.value(part.component, time) else { return "NaN" }
        if part.component == UInt8(ascii: "Y"), part.digits > 0, part.digits < 10 {
            value %= (0..<part.digits).reduce(1) { power, _ in power * 10 }
        }
        if let naming = part.naming { return try name(part, value, naming) }
        return try part.integer?.format(Double(value)) ?? ""
    }

    private func name(_ part: Part, _ value: Int, _ naming: Naming) throws(JSONataError) -> String {
        var name: String
        switch part.component {
        case UInt8(ascii: "M"), UInt8(ascii: "x"): name = Self.months[(value + 11) % 12]
        case UInt8(ascii: "F"): name = Self.weekdays[(value + 6) % 7]
        default: throw JSONataError("D3133", value: .string(String(decoding: [part.component], as: UTF8.self)))
        }
        if naming == .upper { name = name.uppercased() }
        if naming == .lower { name = name.lowercased() }
        if let most = part.most { name = String(name.prefix(max(0, most))) }
        return name
    }

    private func zone(_ part: Part, _ offset: (hours: Int, minutes: Int)?) throws(JSONataError) -> String {
        guard let offset, let integer = part.integer else { return "NaN" }
        let number = offset.hours * 100 + offset.minutes
        var text: String
        if integer.regular > 0 {
            text = try integer.format(Double(number))
        } else {
            switch integer.mandatory {
            case 1, 2:
                text = try integer.format(Double(offset.hours))
                if offset.minutes != 0 {
                    text += ":" + (offset.minutes.magnitude < 10 ? "0" : "") + "\(offset.minutes.magnitude)"
                }
            case 3, 4: text = try integer.format(Double(number))
            default: throw JSONataError("D3134", value: .number(Double(integer.mandatory)))
            }
        }
        if number >= 0 { text = "+" + text }
        if part.component == UInt8(ascii: "z") { text = "GMT" + text }
        return number == 0 && part.isTraditional ? "Z" : text
    }

    static func value(_ component: UInt8, _ time: CivilMillis) -> Int? {
        switch component {
        case UInt8(ascii: "Y"): time.year
        case UInt8(ascii: "M"): time.month + 1
        case UInt8(ascii: "D"): time.dayOfMonth
        case UInt8(ascii: "d"): time.dayOfYear
        case UInt8(ascii: "F"): time.weekday
        case UInt8(ascii: "W"): time.weekOfYear
        case UInt8(ascii: "w"): time.weekOfMonth
        case UInt8(ascii: "X"): time.weekYear
        case UInt8(ascii: "x"): time.weekMonth
        case UInt8(ascii: "H"): time.hour
        case UInt8(ascii: "h"): time.hour % 12 == 0 ? 12 : time.hour % 12
        case UInt8(ascii: "m"): time.minute
        case UInt8(ascii: "s"): time.second
        case UInt8(ascii: "f"): time.milli
        default: nil
        }
    }

    // MARK: the pattern for reading times

    /// The regular expression of the whole picture, each part a group.
    func pattern() throws(JSONataError) -> String {
        var text = "^"
        for part in parts {
            text += "("
            if let literal = part.literal {
                for scalar in literal.unicodeScalars {
                    if ".*+?^${}()|[]\\/".unicodeScalars.contains(scalar) { text += "\\" }
                    text.unicodeScalars.append(scalar)
                }
            } else if part.component == UInt8(ascii: "Z") || part.component == UInt8(ascii: "z") {
                if part.component == UInt8(ascii: "z") { text += "GMT" }
                text += "[-+][0-9]+"
                if part.integer?.separators.isEmpty == false { text += ":[0-9]+" }
            } else if let integer = part.integer {
                text += try integer.pattern()
            } else {
                guard "MxFP".utf8.contains(part.component) else {
                    throw JSONataError("D3133", value: .string(String(decoding: [part.component], as: UTF8.self)))
                }
                text += "[a-zA-Z]+"
            }
            text += ")"
        }
        return text + "$"
    }

    /// What a matched part means; nil for what is no component or no known name.
    static func meaning(_ part: Part, _ text: String) throws(JSONataError) -> Double? {
        if part.component == UInt8(ascii: "Z") || part.component == UInt8(ascii: "z") {
            return offset(text, hasSeparator: part.integer?.separators.isEmpty == false)
        }
        if part.component == UInt8(ascii: "f"), text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) {
            // A fraction of a second, whatever the number of its digits; what is below a millisecond is cut.
            let digits = Array(text.utf8.prefix(3))
            return [100.0, 10, 1].enumerated().reduce(0) { sum, weight in
                sum + (weight.offset < digits.count ? Double(digits[weight.offset] - 0x30) * weight.element : 0)
            }
        }
        if let integer = part.integer { return try integer.parse(text) }
        func index(_ names: [String]) -> Double? {
            let shortened = names.map { name in part.most.map { String(name.prefix($0)) } ?? name }
            return shortened.firstIndex { $0 == text }.map { Double($0 + 1) }
        }
        switch part.component {
        case UInt8(ascii: "M"), UInt8(ascii: "x"): return index(months)
        case UInt8(ascii: "F"): return index(weekdays)
        case UInt8(ascii: "P"): return text == "am" || text == "AM" ? 0 : text == "pm" || text == "PM" ? 1 : nil
        default: return nil
        }
    }

    /// A zone's offset in minutes.
    private static func offset(_ text: String, hasSeparator: Bool) -> Double? {
        let digits = Array(text.utf8.drop { $0 != 0x2B && $0 != 0x2D })
        let negative = digits.first == 0x2D
        var parts = digits.dropFirst().split(separator: 0x3A)
        if !hasSeparator, let all = parts.first, all.count > 2 {
            parts = [all.prefix(2), all.dropFirst(2)]
        }
        let numbers = parts.map { part in part.reduce(0) { $0 * 10 + Int($1 &- 0x30) } }
        let minutes = (numbers.first ?? 0) * 60 + (numbers.count > 1 ? numbers[1] : 0)
        return Double(negative ? -minutes : minutes)
    }
}
