/// A regular expression as JavaScript has them, over UTF-16 code units, with a limit on its steps.
final class Regex {
    private let program: [RegexInstruction]
    private let groups: Int
    private let registers: Int
    private let ignoresCase: Bool
    private let isMultiline: Bool
    private let span: Range<Int>
    private let pattern: String
    private let shape = Shape(["match", "start", "end", "groups", "next"])
    /// The text that was searched at last, so that the next match does not take it apart again.
    private var text = ""
    private var units: [UInt16] = []

    /// Reads a pattern; the flags are of `i` and `m`.
    ///
    /// - Throws: S0303.
    init(_ pattern: String, flags: String, at span: Range<Int>) throws(JSONataError) {
        ignoresCase = flags.utf8.contains(UInt8(ascii: "i"))
        isMultiline = flags.utf8.contains(UInt8(ascii: "m"))
        let compiled = try RegexCompiler.compile(pattern, ignoresCase: ignoresCase, at: span)
        (program, groups, registers) = (compiled.program, compiled.groups, compiled.registers)
        (self.span, self.pattern) = (span, pattern)
    }

    /// The first match in a text from an offset on, as the language hands it out; nothing without one.
    func match(_ arguments: [Item], _ caller: Caller) throws(JSONataError) -> Item {
        guard case .string(let text)? = arguments.first else { return .undefined }
        let start = arguments.count > 1 ? Int(max(0, min(4e9, arguments[1].amount ?? 0))) : 0
        return try match(text, from: start, caller)
    }

    private func match(_ text: String, from start: Int, _ caller: Caller) throws(JSONataError) -> Item {
        if !Text.same(text, self.text) || units.isEmpty {
            self.text = text
            units = Array(text.utf16)
        }
        var run = RegexRun(
            program: program, units: units, registers: registers, ignoresCase: ignoresCase, isMultiline: isMultiline,
            limit: caller.machine.limits.regexSteps)
        guard start <= units.count, let notes = try find(&run, from: start) else { return .undefined }
        func part(_ group: Int) -> Item {
            let (from, to) = (notes[2 * group], notes[2 * group + 1])
            guard from >= 0, to >= from else { return .undefined }
            return .string(String(decoding: units[from..<to], as: UTF16.self))
        }
        let (from, end, count) = (notes[0], notes[1], units.count)
        let next: (Caller, [Item]) throws(JSONataError) -> Item = { (caller, _) throws(JSONataError) -> Item in
            // The language goes on at the end of the match; an empty match would come again for ever.
            if end >= count { return .undefined }
            let following = try self.match(text, from: end, caller)
            if case .object(let object) = following, case .string(let matched)? = object["match"], matched.isEmpty {
                throw JSONataError("D1004", at: self.span, token: self.pattern)
            }
            return following
        }
        return .object(
            ItemObject(
                shape,
                [
                    part(0), .number(Double(from)), .number(Double(end)),
                    .array(ItemArray((1..<max(1, groups)).map { part($0) })),
                    .function(Function(.native(arity: 0, next))),
                ]))
    }

    private func find(_ run: inout RegexRun, from start: Int) throws(JSONataError) -> [Int]? {
        for position in start...units.count {
            do throws(RegexRun.Exhausted) {
                if let notes = try run.match(at: position) { return notes }
            } catch {
                throw JSONataError("D1013", at: span, token: pattern)
            }
        }
        return nil
    }
}

/// One search of a pattern in a text.
struct RegexRun {
    /// The steps are used up.
    struct Exhausted: Error {}

    private struct Choice {
        let pc: Int
        let position: Int
        let trail: Int
    }

    private let program: [RegexInstruction]
    private let units: [UInt16]
    private let ignoresCase: Bool
    private let isMultiline: Bool
    private var left: Int
    private var notes: [Int]
    /// What registers held before, to be put back.
    private var trail: [(register: Int, old: Int)] = []
    private var choices: [Choice] = []

    init(
        program: [RegexInstruction], units: [UInt16], registers: Int, ignoresCase: Bool, isMultiline: Bool, limit: Int
    ) {
        (self.program, self.units) = (program, units)
        (self.ignoresCase, self.isMultiline, left) = (ignoresCase, isMultiline, limit)
        notes = [Int](repeating: -1, count: registers)
    }

    /// The registers of a match that begins there; nil without one.
    mutating func match(at position: Int) throws(Exhausted) -> [Int]? {
        trail.removeAll(keepingCapacity: true)
        choices.removeAll(keepingCapacity: true)
        for index in notes.indices { notes[index] = -1 }
        return try run(0, position) ? notes : nil
    }

    private mutating func set(_ register: Int, _ value: Int) {
        trail.append((register, notes[register]))
        notes[register] = value
    }

    private mutating func rewind(to length: Int) {
        while trail.count > length {
            let last = trail.removeLast()
            notes[last.register] = last.old
        }
    }

    private func same(_ unit: UInt16, _ wanted: UInt16) -> Bool {
        unit == wanted || (ignoresCase && RegexCase.folded(unit) == wanted)
    }

    private func isIn(_ set: RegexSet, _ unit: UInt16) -> Bool {
        var found = set.contains(unit)
        if !found, ignoresCase {
            found = set.contains(RegexCase.folded(unit)) || set.contains(RegexCase.lowered(unit))
        }
        return found != set.isNegated
    }

    private func isWord(_ position: Int) -> Bool {
        position >= 0 && position < units.count && RegexSet.word.contains(units[position])
    }

    private func isLineEnd(_ position: Int) -> Bool {
        position >= 0 && position < units.count && RegexSet.lineEnds.contains(units[position])
    }

    private mutating func run(_ start: Int, _ from: Int) throws(Exhausted) -> Bool {
        let base = choices.count
        var (pc, position) = (start, from)
        while true {
            left -= 1
            if left < 0 { throw Exhausted() }
            let instruction = program[pc]
            pc += 1
            var isFine = true
            switch instruction.step {
            case .unit(let wanted):
                isFine = consume(&position, instruction.isBackward) { same($0, wanted) }
            case .any:
                isFine = consume(&position, instruction.isBackward) { !RegexSet.lineEnds.contains($0) }
            case .set(let set):
                isFine = consume(&position, instruction.isBackward) { isIn(set, $0) }
            case .lineStart: isFine = position == 0 || (isMultiline && isLineEnd(position - 1))
            case .lineEnd: isFine = position == units.count || (isMultiline && isLineEnd(position))
            case .border(let isWanted): isFine = (isWord(position - 1) != isWord(position)) == isWanted
            case .note(let register): set(register, position)
            case .forget(let groups):
                for group in groups {
                    set(2 * group, -1)
                    set(2 * group + 1, -1)
                }
            case .either(let first, let second):
                choices.append(Choice(pc: second, position: position, trail: trail.count))
                pc = first
            case .jump(let target): pc = target
            case .progress(let register): isFine = notes[register] != position
            case .again(let group): isFine = repeats(group, &position, instruction.isBackward)
            case .look(let isWanted, let next):
                isFine = try look(pc, position, isWanted)
                pc = next
            case .matched:
                choices.removeLast(choices.count - base)
                return true
            }
            if isFine { continue }
            guard choices.count > base, let choice = choices.popLast() else { return false }
            rewind(to: choice.trail)
            (pc, position) = (choice.pc, choice.position)
        }
    }

    private func consume(_ position: inout Int, _ isBackward: Bool, _ suits: (UInt16) -> Bool) -> Bool {
        if isBackward {
            guard position > 0, suits(units[position - 1]) else { return false }
            position -= 1
        } else {
            guard position < units.count, suits(units[position]) else { return false }
            position += 1
        }
        return true
    }

    private mutating func look(_ pc: Int, _ position: Int, _ isWanted: Bool) throws(Exhausted) -> Bool {
        let length = trail.count
        let found = try run(pc, position)
        if !found || !isWanted { rewind(to: length) }
        return found == isWanted
    }

    private func repeats(_ group: Int, _ position: inout Int, _ isBackward: Bool) -> Bool {
        let (from, to) = (notes[2 * group], notes[2 * group + 1])
        // A group that has matched nothing yet is the empty text.
        guard from >= 0, to >= from else { return true }
        let length = to - from
        let start = isBackward ? position - length : position
        guard start >= 0, start + length <= units.count else { return false }
        for offset in 0..<length {
            let (one, other) = (units[from + offset], units[start + offset])
            if one != other, !ignoresCase || RegexCase.folded(one) != RegexCase.folded(other) { return false }
        }
        position = isBackward ? start : start + length
        return true
    }
}
