// The steps of a pattern that was read.

extension RegexCompiler {
    mutating func emit(_ step: RegexStep, _ isBackward: Bool) throws(Fault) {
        if program.count >= Self.programLimit { throw Fault(text: "its repetitions are too large") }
        var step = step
        if ignoresCase, case .unit(let unit) = step { step = .unit(RegexCase.folded(unit)) }
        program.append(RegexInstruction(step: step, isBackward: isBackward))
    }

    mutating func emit(_ part: Part, _ isBackward: Bool) throws(Fault) {
        switch part {
        case .empty: break
        case .step(let step): try emit(step, isBackward)
        case .sequence(let parts):
            for part in isBackward ? parts.reversed() : parts { try emit(part, isBackward) }
        case .choice(let parts): try emit(choice: parts, isBackward)
        case .group(let number, let inner):
            try emit(.note(2 * number + (isBackward ? 1 : 0)), isBackward)
            try emit(inner, isBackward)
            try emit(.note(2 * number + (isBackward ? 0 : 1)), isBackward)
        case .look(let inner, let isWanted, let isBehind):
            let start = program.count
            try emit(.look(isWanted: isWanted, next: 0), isBackward)
            try emit(inner, isBehind)
            try emit(.matched, isBehind)
            program[start] = RegexInstruction(
                step: .look(isWanted: isWanted, next: program.count), isBackward: isBackward)
        case .many(let inner, let least, let most, let isLazy, let groups):
            try emit(inner, least, most, isLazy, groups, isBackward)
        }
    }

    private mutating func emit(choice parts: [Part], _ isBackward: Bool) throws(Fault) {
        var ends: [Int] = []
        for (place, part) in parts.enumerated() {
            guard place < parts.count - 1 else {
                try emit(part, isBackward)
                break
            }
            let start = program.count
            try emit(.either(0, 0), isBackward)
            try emit(part, isBackward)
            ends.append(program.count)
            try emit(.jump(0), isBackward)
            program[start] = RegexInstruction(step: .either(start + 1, program.count), isBackward: isBackward)
        }
        for end in ends { program[end] = RegexInstruction(step: .jump(program.count), isBackward: isBackward) }
    }

    private mutating func emit(
        _ part: Part, _ least: Int, _ most: Int?, _ isLazy: Bool, _ groups: Range<Int>, _ isBackward: Bool
    ) throws(Fault) {
        for _ in 0..<least {
            if !groups.isEmpty { try emit(.forget(groups), isBackward) }
            try emit(part, isBackward)
        }
        if let most {
            var starts: [Int] = []
            for _ in least..<max(least, most) {
                starts.append(program.count)
                try emit(.either(0, 0), isBackward)
                try emit(round: part, groups, isBackward)
            }
            for start in starts { fork(start, start + 1, program.count, isLazy, isBackward) }
            return
        }
        let start = program.count
        try emit(.either(0, 0), isBackward)
        try emit(round: part, groups, isBackward)
        try emit(.jump(start), isBackward)
        fork(start, start + 1, program.count, isLazy, isBackward)
    }

    private mutating func emit(round part: Part, _ groups: Range<Int>, _ isBackward: Bool) throws(Fault) {
        let register = registers
        registers += 1
        try emit(.note(register), isBackward)
        if !groups.isEmpty { try emit(.forget(groups), isBackward) }
        try emit(part, isBackward)
        try emit(.progress(register), isBackward)
    }

    private mutating func fork(_ at: Int, _ inside: Int, _ outside: Int, _ isLazy: Bool, _ isBackward: Bool) {
        let step: RegexStep = isLazy ? .either(outside, inside) : .either(inside, outside)
        program[at] = RegexInstruction(step: step, isBackward: isBackward)
    }
}
