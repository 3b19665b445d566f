import MillraceCore
import MillraceTesting
import MillraceValues

/// What a generated machine goes through, besides producing.
enum Trouble: String, CaseIterable, Sendable {
    /// It is switched off, or its numbers are not sent, for a while.
    case silence
    /// It says UNAVAILABLE between two numbers.
    case unavailable
    /// Its counter is set back, and it says so.
    case saidReset
    /// Its agent begins anew and its counter with it.
    case restart
    /// Its counter is set back through zero, and nothing says so.
    case zeroReset
    /// Behind UNAVAILABLE it shows zero for a moment.
    case transientZero
    /// One number is off.
    case glitch
    /// Its counter falls, and nothing explains it.
    case fall
    /// Its counter jumps, and nothing explains it.
    case jump
    /// A reading comes twice.
    case repeated
    /// A buffer of old readings comes once more.
    case replay
    /// Another order begins.
    case change
    /// An order begins that no table knows.
    case stranger
    /// It is run by hand for a while, which `count-when` leaves out.
    case byHand
}

/// What one reading of a generated machine says.
struct Told {
    var instant: Instant
    var parts: ExactDecimal?
    var rejects: ExactDecimal?
    var program: String?
    var mode: String?
    var isUndefined = false
    var isReset = false
    /// The instance of the agent that says it.
    var instance = 1
}

/// What the generator knows of a machine: what was made, and what nobody can tell from its numbers.
struct Truth: Equatable {
    /// Pieces by what becomes of them: `counted 4711`, `dropped 4711`, `unattributed`.
    var good: [String: Int64] = [:]
    /// Pieces that are scrap, as good and total together prove.
    var scrap: Int64 = 0
    /// The instants of readings whose step has to be flagged.
    var flagged: Set<Instant> = []
}

/// A machine that makes pieces, with every trouble there is, from one generator.
///
/// The truth is kept beside the register and never read from it: the register is what the machine shows.
struct TroubledMachine {
    /// How its register behaves.
    enum Register: CaseIterable {
        /// Rolls over at 65,536.
        case word
        /// Rolls over at 1,000.
        case thousand
        /// 16 bits with a sign.
        case signed
        /// Never rolls over.
        case long
        /// Is set back at each shift's start by the machine's own clock.
        case daily
    }

    static let perMinute: Int64 = 40

    let register: Register
    /// Whether its source numbers what it says.
    let isSequence: Bool
    /// Whether it has a counter of all pieces beside that of the good ones.
    let hasTotal: Bool
    private(set) var told: [Told] = []
    private(set) var truth = Truth()
    private(set) var troubles: [Trouble] = []

    private var chance: SeededGenerator
    private var now: Instant
    /// What the register holds, without any wrapping.
    private var value: Int64
    /// What the register of all pieces holds.
    private var total: Int64
    private var instance = 1
    private var program = "O1"
    private var mode = "AUTOMATIC"
    /// Readings since the last trouble of the counter.
    private var calm = 0
    /// The next set-back by its own clock, and how far that clock is off.
    private var nextSetBack: (border: Instant, offset: Int64)?

    init(seed: UInt64, readings: Int) {
        chance = SeededGenerator(seed: seed)
        register = Register.allCases.randomElement(using: &chance) ?? .word
        isSequence = Bool.random(using: &chance)
        hasTotal = register == .long && Bool.random(using: &chance)
        now = Instant(seconds: 1_772_409_600) + .seconds(Int64.random(in: 0..<86_400, using: &chance))
        value = Int64.random(in: 200..<60_000, using: &chance)
        if register == .signed { value = Int64.random(in: 32_000..<32_760, using: &chance) }
        if register == .thousand { value = Int64.random(in: 200..<800, using: &chance) }
        total = value + 77
        if register == .daily { plan() }
        told.append(
            Told(
                instant: now, parts: shown(value), rejects: hasTotal ? shown(total) : nil, program: program,
                mode: mode))
        while told.count < readings - 12 { step() }
        // Calm at the end, also where the last of them set the counter back: what is held behind a zero takes two more to decide.
        var left = 6
        while left > 0 {
            let border = nextSetBack?.border
            produce()
            left = nextSetBack?.border == border ? left - 1 : 6
        }
    }

    /// The rule that its mapping declares.
    var rule: CounterRule {
        let rate = MaxRate(pieces: ExactDecimal(Self.perMinute), unit: .seconds(60))
        var rule = CounterRule(modulus: nil, maxRate: rate, reset: .evidence, first: .baseline)
        switch register {
        case .word: rule.modulus = RegisterWidth.uint16.modulus
        case .thousand: rule.modulus = ExactDecimal(1_000)
        case .signed: (rule.modulus, rule.isSigned) = (RegisterWidth.int16.modulus, true)
        case .long: break
        case .daily: rule.resetTimes = ResetTimes(atShifts: true, within: .seconds(120))
        }
        return rule
    }

    // MARK: The register

    private var modulus: Int64? {
        switch register {
        case .word, .signed: 65_536
        case .thousand: 1_000
        case .long, .daily: nil
        }
    }

    private func shown(_ value: Int64) -> ExactDecimal {
        let wrapped = modulus.map { ((value % $0) + $0) % $0 } ?? value
        return ExactDecimal(register == .signed && wrapped >= 32_768 ? wrapped - 65_536 : wrapped)
    }

    /// Every number of pieces that could lie between two shown values in that time: the truth's own count of the ways.
    private func ways(from: Int64, to: Int64, seconds: Int64) -> [Int64] {
        let most = Self.perMinute * max(60, seconds) / 60
        guard let modulus else { return to >= from && to - from <= most ? [to - from] : [] }
        func wrap(_ value: Int64) -> Int64 { ((value % modulus) + modulus) % modulus }
        let first = wrap(wrap(to) - wrap(from))
        return Array(stride(from: first, through: max(first - 1, most), by: Int(modulus)).filter { $0 <= most })
    }

    // MARK: Time passes

    private mutating func step() {
        calm += 1
        guard calm > 5, Int.random(in: 0..<5, using: &chance) == 0, !isNearSetBack else { return produce() }
        let trouble = Trouble.allCases.randomElement(using: &chance) ?? .silence
        if meet(trouble) { troubles.append(trouble) } else { produce() }
    }

    /// An ordinary reading.
    private mutating func produce(after seconds: ClosedRange<Int64> = 4...20) {
        let gap = Int64.random(in: seconds, using: &chance)
        let made = Int64.random(in: 0...max(0, gap * 30 / 60), using: &chance)
        pass(gap)
        if setBack(making: made) { return }
        make(made)
        tell()
    }

    private mutating func pass(_ seconds: Int64) {
        now = now + .seconds(seconds) + .microseconds(Int64.random(in: 1..<400_000, using: &chance))
    }

    /// So many pieces, of which some are scrap where somebody counts them.
    private mutating func make(_ made: Int64) {
        value += made
        book(made)
        if hasTotal {
            let scrap = Int64.random(in: 0...2, using: &chance)
            total += made + scrap
            truth.scrap += mode == "AUTOMATIC" && program != "X9" ? scrap : 0
        }
    }

    private mutating func book(_ made: Int64) {
        if made == 0 { return }
        let bucket: String
        if mode != "AUTOMATIC" {
            bucket = "dropped"
        } else {
            bucket = program == "X9" ? "unattributed" : "counted \(program.dropFirst())"
        }
        truth.good[bucket, default: 0] += made
    }

    private mutating func tell(_ change: (inout Told) -> Void = { _ in }) {
        var reading = Told(instant: now, parts: shown(value), instance: instance)
        if hasTotal { reading.rejects = shown(total) }
        change(&reading)
        told.append(reading)
    }

    // MARK: Set back by its own clock

    private mutating func plan() {
        let day = now.floored(to: .seconds(86_400))
        let borders = [6, 14, 22, 30].map { day + .seconds($0 * 3_600) }
        guard let border = borders.first(where: { $0 > now + .seconds(300) }) else { return }
        nextSetBack = (border, Int64.random(in: -60...60, using: &chance))
    }

    private var isNearSetBack: Bool {
        if register != .daily { return false }
        // Also around a border that the machine let pass, because it had only just begun.
        let second = (now.seconds % 86_400 + 86_400) % 86_400
        return [6, 14, 22].contains { abs(second - $0 * 3_600) < 1_800 }
    }

    /// Whether the counter was set back since the reading before; then so many pieces were made since.
    private mutating func setBack(making made: Int64) -> Bool {
        guard let (border, offset) = nextSetBack, now >= border + .seconds(offset) else { return false }
        plan()
        guard value > 200 else { return false }
        value = made
        book(made)
        tell()
        calm = 0
        return true
    }

    // MARK: Troubles

    /// Whether it could happen now.
    private mutating func meet(_ trouble: Trouble) -> Bool {
        switch trouble {
        case .change, .stranger, .byHand, .repeated, .replay: return meetLightly(trouble)
        case .silence: return beSilent()
        case .unavailable:
            sayNothing()
            produce()
        case .saidReset:
            if hasTotal { return false }
            pass(8)
            value = Int64.random(in: 0...5, using: &chance)
            book(value)
            tell { $0.isReset = true }
        case .restart: return restart()
        case .zeroReset, .transientZero: return goThroughZero(trouble == .transientZero)
        case .glitch: return glitch()
        case .fall, .jump: return breakOff(trouble == .fall)
        }
        calm = 0
        return true
    }

    private mutating func meetLightly(_ trouble: Trouble) -> Bool {
        switch trouble {
        case .repeated:
            if let last = told.last { told.append(last) }
        case .replay:
            let (count, now) = (Int.random(in: 2...8, using: &chance), instance)
            let old = told.suffix(count).filter { !$0.isReset && $0.instance == now }
            told += old
        case .byHand:
            pass(2)
            mode = mode == "AUTOMATIC" ? "MANUAL" : "AUTOMATIC"
            told.append(Told(instant: now, mode: mode, instance: instance))
        default:
            pass(2)
            program = trouble == .stranger ? "X9" : "O\(Int.random(in: 1...4, using: &chance))"
            told.append(Told(instant: now, program: program, instance: instance))
        }
        return true
    }

    private mutating func sayNothing() {
        pass(6)
        told.append(Told(instant: now, isUndefined: true, instance: instance))
    }

    private mutating func beSilent() -> Bool {
        if hasTotal || register == .daily { return false }
        if isSequence { sayNothing() }
        let before = (value, told.last { $0.parts != nil }?.instant ?? now)
        let gap = [1_200, 5_400, 10_800, 216_000].randomElement(using: &chance) ?? 1_200
        var made = Int64.random(in: 0...(Int64(gap) * 30 / 60), using: &chance)
        // A number that is zero by chance waits for two more: another trouble.
        if shown(value + made) == .zero { made += 1 }
        pass(Int64(gap))
        value += made
        let seconds = (now.microseconds - before.1.microseconds) / 1_000_000
        if ways(from: before.0, to: value, seconds: seconds) == [made] {
            book(made)
        } else {
            truth.flagged.insert(now)
        }
        tell()
        calm = 0
        return true
    }

    private mutating func restart() -> Bool {
        guard isSequence, !hasTotal, shown(value) > ExactDecimal(100) else { return false }
        pass(10)
        instance += 1
        value = Int64.random(in: 0...20, using: &chance)
        book(value)
        tell()
        calm = 0
        return true
    }

    /// Whether the register is far enough from its end that zero is no rollover.
    private var isFarFromEnd: Bool {
        guard let modulus else { return value > 200 }
        let wrapped = ((value % modulus) + modulus) % modulus
        return wrapped > 200 && modulus - wrapped > 200
    }

    private mutating func goThroughZero(_ isTransient: Bool) -> Bool {
        guard isFarFromEnd, !hasTotal else { return false }
        if isTransient { sayNothing() }
        let before = value
        pass(8)
        let repeats = Int.random(in: 1...3, using: &chance)
        for _ in 0..<repeats {
            tell { $0.parts = .zero }
            pass(5)
        }
        let made = Int64.random(in: 1...3, using: &chance)
        value = isTransient ? before + made : made
        book(made)
        tell()
        produce()
        produce()
        calm = 0
        return true
    }

    private mutating func glitch() -> Bool {
        guard isFarFromEnd, !hasTotal else { return false }
        let before = value
        pass(9)
        let distance = Int64.random(in: 300..<900, using: &chance) * (Bool.random(using: &chance) ? 1 : -1)
        let off = before + distance
        guard ways(from: before, to: off, seconds: 60).isEmpty, ways(from: off, to: before + 5, seconds: 60).isEmpty,
            off > 0, shown(off) != .zero
        else { return false }
        let isRepeated = Bool.random(using: &chance)
        let number = shown(off)
        tell { $0.parts = number }
        if isRepeated, let last = told.last { told.append(last) }
        produce(after: 4...12)
        produce()
        calm = 0
        return true
    }

    /// A new base that nothing explains: from there it goes on.
    private mutating func breakOff(_ isFall: Bool) -> Bool {
        guard isFarFromEnd, !hasTotal else { return false }
        let base = isFall ? value - Int64.random(in: 100..<190, using: &chance) : value + 500
        guard ways(from: value, to: base, seconds: 60).isEmpty, ways(from: value, to: base + 30, seconds: 60).isEmpty,
            base > 0, shown(base) != .zero
        else { return false }
        pass(7)
        value = base
        truth.flagged.insert(now)
        tell()
        produce()
        produce()
        calm = 0
        return true
    }
}
