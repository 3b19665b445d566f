/// Reads a regular expression of JavaScript (without the flag u) and compiles it.
struct RegexCompiler {
    /// How many steps a program may have: repetitions are written out.
    static let programLimit = 20_000
    private static let depthLimit = 100

    private let units: [UInt16]
    private var index = 0
    private var depth = 0
    var program: [RegexInstruction] = []
    /// How many groups there are, the whole match among them.
    private(set) var groups = 1
    /// How many registers: two for each group, and one for each repetition.
    var registers: Int
    private let total: Int
    private var names: [String: Int] = [:]
    let ignoresCase: Bool

    /// A part of the pattern.
    indirect enum Part {
        case empty
        case step(RegexStep)
        case sequence([Part])
        case choice([Part])
        case group(Int, Part)
        case look(Part, isWanted: Bool, isBehind: Bool)
        case many(Part, least: Int, most: Int?, isLazy: Bool, groups: Range<Int>)
    }

    struct Fault: Error { let text: String }

    /// The program of a pattern.
    ///
    /// - Throws: S0303 with what is wrong.
    static func compile(
        _ pattern: String, ignoresCase: Bool, at span: Range<Int>
    ) throws(JSONataError) -> RegexCompiler {
        var compiler = RegexCompiler(pattern, ignoresCase)
        do throws(Fault) {
            let part = try compiler.choice()
            if compiler.index < compiler.units.count { throw Fault(text: "a bracket too many") }
            try compiler.emit(.group(0, part), false)
            try compiler.emit(.matched, false)
        } catch {
            throw JSONataError("S0303", at: span, token: error.text)
        }
        return compiler
    }

    private init(_ pattern: String, _ ignoresCase: Bool) {
        units = Array(pattern.utf16)
        self.ignoresCase = ignoresCase
        (total, names) = Self.count(units)
        registers = 2 * total
    }

    /// How many groups a pattern has, and the names of those that have one: both are needed before the first is read.
    private static func count(_ units: [UInt16]) -> (Int, [String: Int]) {
        var (groups, index, inSet) = (1, 0, false)
        var names: [String: Int] = [:]
        while index < units.count {
            switch units[index] {
            case 0x5C: index += 1
            case 0x5B: inSet = true
            case 0x5D: inSet = false
            case 0x28 where !inSet:
                let next = index + 1 < units.count ? units[index + 1] : 0
                if next != 0x3F {
                    groups += 1
                } else if index + 3 < units.count, units[index + 2] == 0x3C, units[index + 3] != 0x3D,
                    units[index + 3] != 0x21
                {
                    let end = units[index...].firstIndex(of: 0x3E) ?? units.count
                    names[String(decoding: units[(index + 3)..<end], as: UTF16.self)] = groups
                    groups += 1
                }
            default: break
            }
            index += 1
        }
        return (groups, names)
    }

    // MARK: reading

    private func peek(_ offset: Int = 0) -> UInt16? {
        index + offset < units.count ? units[index + offset] : nil
    }

    private mutating func take(_ letter: Character) -> Bool {
        guard let unit = letter.utf16.first, peek() == unit else { return false }
        index += 1
        return true
    }

    private mutating func choice() throws(Fault) -> Part {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw Fault(text: "too many brackets inside each other") }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(Fault) -> Part {
        var parts: [Part] = []
        while let unit = peek(), unit != 0x7C, unit != 0x29 {
            let first = groups
            let atom = try self.atom()
            parts.append(try quantified(atom, first..<groups))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func quantified(_ part: Part, _ inner: Range<Int>) throws(Fault) -> Part {
        var (least, most): (Int, Int?)
        let start = index
        if take("*") {
            (least, most) = (0, nil)
        } else if take("+") {
            (least, most) = (1, nil)
        } else if take("?") {
            (least, most) = (0, 1)
        } else if peek() == 0x7B, let bounds = try bounds() {
            (least, most) = bounds
        } else {
            index = start
            return part
        }
        if let most, most < least { throw Fault(text: "a repetition with its numbers in the wrong order") }
        return .many(part, least: least, most: most, isLazy: take("?"), groups: inner)
    }

    /// `{n}`, `{n,}` or `{n,m}`; nil where the bracket stands for itself.
    private mutating func bounds() throws(Fault) -> (Int, Int?)? {
        let start = index
        index += 1
        guard let least = number() else {
            index = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else {
            index = start
            return nil
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let unit = peek(), unit >= 0x30, unit <= 0x39 {
            value = min((value ?? 0) * 10 + Int(unit - 0x30), 1_000_000)
            index += 1
        }
        return value
    }

    private mutating func atom() throws(Fault) -> Part {
        guard let unit = peek() else { return .empty }
        index += 1
        switch unit {
        case 0x2E: return .step(.any)
        case 0x5E: return .step(.lineStart)
        case 0x24: return .step(.lineEnd)
        case 0x28: return try bracket()
        case 0x5B: return .step(.set(try set()))
        case 0x5C: return try escape()
        case 0x2A, 0x2B, 0x3F: throw Fault(text: "nothing stands before a repetition")
        default: return .step(.unit(unit))
        }
    }

    private mutating func bracket() throws(Fault) -> Part {
        var part: Part
        if take("?") {
            if take(":") {
                part = try choice()
            } else if take("=") {
                part = .look(try choice(), isWanted: true, isBehind: false)
            } else if take("!") {
                part = .look(try choice(), isWanted: false, isBehind: false)
            } else if take("<") {
                if take("=") {
                    part = .look(try choice(), isWanted: true, isBehind: true)
                } else if take("!") {
                    part = .look(try choice(), isWanted: false, isBehind: true)
                } else {
                    _ = try name()
                    part = try numbered()
                }
            } else {
                throw Fault(text: "an unknown kind of bracket")
            }
        } else {
            part = try numbered()
        }
        guard take(")") else { throw Fault(text: "a bracket that is not closed") }
        return part
    }

    private mutating func numbered() throws(Fault) -> Part {
        let number = groups
        groups += 1
        return .group(number, try choice())
    }

    private mutating func name() throws(Fault) -> String {
        let start = index
        while let unit = peek(), unit != 0x3E { index += unit == 0 ? 1 : 1 }
        let text = String(decoding: units[start..<index], as: UTF16.self)
        guard take(">"), !text.isEmpty else { throw Fault(text: "a group's name that is not closed") }
        return text
    }

    private mutating func escape() throws(Fault) -> Part {
        guard let unit = peek() else { throw Fault(text: "a backslash at the end") }
        switch unit {
        case 0x62:
            index += 1
            return .step(.border(isWanted: true))
        case 0x42:
            index += 1
            return .step(.border(isWanted: false))
        case 0x31...0x39:
            let start = index
            if let group = number(), group < total { return .step(.again(group: group)) }
            index = start
        case 0x6B where !names.isEmpty:
            index += 1
            guard take("<"), let group = names[try name()] else { throw Fault(text: "a reference to no group") }
            return .step(.again(group: group))
        default: break
        }
        if let set = setEscape() { return .step(.set(set)) }
        return .step(.unit(unitEscape()))
    }

    private mutating func setEscape() -> RegexSet? {
        guard let unit = peek() else { return nil }
        let set: RegexSet
        switch unit {
        case 0x64: set = .digits
        case 0x44: set = .digits.negated()
        case 0x77: set = .word
        case 0x57: set = .word.negated()
        case 0x73: set = .blanks
        case 0x53: set = .blanks.negated()
        default: return nil
        }
        index += 1
        return set
    }

    private mutating func unitEscape() -> UInt16 {
        guard let unit = peek() else { return 0x5C }
        index += 1
        switch unit {
        case 0x74: return 0x09
        case 0x6E: return 0x0A
        case 0x76: return 0x0B
        case 0x66: return 0x0C
        case 0x72: return 0x0D
        case 0x30: return 0
        case 0x63:
            guard let letter = peek(), letter | 0x20 >= 0x61, letter | 0x20 <= 0x7A else {
                index -= 1
                return 0x5C
            }
            index += 1
            return letter & 31
        case 0x78: return hex(2) ?? unit
        case 0x75: return hex(4) ?? unit
        default: return unit
        }
    }

    private mutating func hex(_ count: Int) -> UInt16? {
        guard index + count <= units.count else { return nil }
        let text = String(decoding: units[index..<(index + count)], as: UTF16.self)
        guard text.utf8.count == count, let value = UInt16(text, radix: 16) else { return nil }
        index += count
        return value
    }

    private mutating func set() throws(Fault) -> RegexSet {
        var result = RegexSet()
        let isNegated = take("^")
        while let unit = peek(), unit != 0x5D {
            let first = setMember()
            guard peek() == 0x2D, let after = peek(1), after != 0x5D else {
                result.add(first)
                continue
            }
            index += 1
            let last = setMember()
            if let low = first.single, let high = last.single {
                guard low <= high else { throw Fault(text: "a range of characters in the wrong order") }
                result.ranges.append(low...high)
            } else {
                result.add(first)
                result.ranges.append(0x2D...0x2D)
                result.add(last)
            }
        }
        guard take("]") else { throw Fault(text: "a set of characters that is not closed") }
        result.isNegated = isNegated
        return result
    }

    private mutating func setMember() -> RegexSet {
        guard let unit = peek() else { return RegexSet() }
        index += 1
        guard unit == 0x5C else { return RegexSet(ranges: [unit...unit]) }
        if let set = setEscape() { return set }
        if take("b") { return RegexSet(ranges: [0x08...0x08]) }
        let plain = unitEscape()
        return RegexSet(ranges: [plain...plain])
    }
}

extension RegexSet {
    /// The one unit this is; nil for more.
    fileprivate var single: UInt16? {
        guard !isNegated, ranges.count == 1, ranges[0].lowerBound == ranges[0].upperBound else { return nil }
        return ranges[0].lowerBound
    }
}
