#if Web
import MillraceValues

/// The faults that the stand-in ERP gives on demand.
///
/// - Shape: the four shares are in 0...1 and their sum is at most 1. As JSON the members have the names of the properties;
///   a member left out stays as it is.
public struct Faults: Sendable, Equatable {
    /// The share of requests answered 503 without being executed.
    public var unavailable = 0.0
    /// The share executed and committed, and then not answered: the connection is cut.
    public var lost = 0.0
    /// The share cut before anything was executed.
    public var cut = 0.0
    /// The share answered 429 with Retry-After, without being executed.
    public var throttle = 0.0
    /// The Retry-After of a 429 and a 503, in seconds; 0 leaves it out of the 503.
    public var retryAfterSeconds = 1
    /// How long every answer is held back.
    public var slowMilliseconds = 0
    /// How a connection is cut.
    public var cutBy = Cut.close
    /// How answers are sent.
    public var answer = Answer.plain
    /// What is refused with 422.
    public var refuse: [Refuse] = []
    /// Whether every request is answered 401.
    public var loginRefused = false
    /// Whether a key that was executed is recognised when it comes again.
    public var deduplicate = true

    /// How a connection is cut.
    public enum Cut: String, Sendable, CaseIterable {
        /// An orderly close (FIN).
        case close
        /// A reset (RST).
        case reset
        /// Two minutes of silence, then a close.
        case silence
    }

    /// How answers are sent.
    public enum Answer: String, Sendable, CaseIterable {
        /// At once and whole.
        case plain
        /// One byte a second.
        case drip
        /// Followed by blanks, up to 10 GiB.
        case endless
        /// With a header of 1 MiB.
        case hugeHeader = "huge-header"
    }

    /// Refuses every body in which a field has a value.
    public struct Refuse: Sendable, Equatable {
        /// The field, nested ones with points: `Yield.unit`.
        public var field: String
        /// The refused value as plain text.
        public var equals: String
        /// The code in the answer.
        public var code: String

        /// Refuses bodies whose `field` is `equals`.
        public init(field: String, equals: String, code: String = "refused") {
            self.field = field
            self.equals = equals
            self.code = code
        }
    }

    /// No faults, with deduplication.
    public init() {}

    /// Takes over the members of a JSON object; nothing changes where one of them is wrong.
    mutating func apply(_ value: Value) throws(SandboxError) {
        guard let object = value.object else { throw .badSetting(name: "faults", problem: "must be a JSON object") }
        var next = self
        for (name, member) in object { try next.set(name, member) }
        try next.check()
        self = next
    }

    /// Refuses shares that cannot be.
    func check() throws(SandboxError) {
        for (name, share) in [("unavailable", unavailable), ("lost", lost), ("cut", cut), ("throttle", throttle)]
        where !(0...1).contains(share) {
            throw .badSetting(name: name, problem: "must be a share from 0 to 1")
        }
        // A little more than 1, for ten times 0.1 is not 1 in binary.
        if unavailable + lost + cut + throttle > 1.000001 {
            throw .badSetting(name: "faults", problem: "has shares that sum to more than 1")
        }
    }

    private mutating func set(_ name: String, _ value: Value) throws(SandboxError) {
        switch name {
        case "unavailable": unavailable = try Self.share(name, value)
        case "lost": lost = try Self.share(name, value)
        case "cut": cut = try Self.share(name, value)
        case "throttle": throttle = try Self.share(name, value)
        case "retryAfterSeconds": retryAfterSeconds = try Self.whole(name, value, atMost: 86_400)
        case "slowMilliseconds": slowMilliseconds = try Self.whole(name, value, atMost: 600_000)
        case "cutBy":
            guard let style = value.text.flatMap(Cut.init(rawValue:)) else {
                throw .badSetting(name: name, problem: "must be close, reset or silence")
            }
            cutBy = style
        case "answer":
            guard let manner = value.text.flatMap(Answer.init(rawValue:)) else {
                throw .badSetting(name: name, problem: "must be plain, drip, endless or huge-header")
            }
            answer = manner
        case "refuse": refuse = try Self.rules(value)
        case "loginRefused": loginRefused = try Self.flag(name, value)
        case "deduplicate": deduplicate = try Self.flag(name, value)
        default: throw .badSetting(name: name, problem: "is unknown")
        }
    }

    private static func share(_ name: String, _ value: Value) throws(SandboxError) -> Double {
        guard let number = value.decimal, let share = Double(number.description) else {
            throw .badSetting(name: name, problem: "must be a share from 0 to 1")
        }
        return share
    }

    private static func whole(_ name: String, _ value: Value, atMost limit: Int64) throws(SandboxError) -> Int {
        guard let number = value.decimal?.integer, (0...limit).contains(number) else {
            throw .badSetting(name: name, problem: "must be a whole number from 0 to \(limit)")
        }
        return Int(number)
    }

    private static func flag(_ name: String, _ value: Value) throws(SandboxError) -> Bool {
        guard case .bool(let flag) = value else { throw .badSetting(name: name, problem: "must be true or false") }
        return flag
    }

    private static func rules(_ value: Value) throws(SandboxError) -> [Refuse] {
        var rules: [Refuse] = []
        for rule in value.array ?? [nil] {
            guard let field = rule["field"]?.text, let equals = rule["equals"]?.plainText else {
                throw .badSetting(name: "refuse", problem: "must be a list of {field, equals}")
            }
            rules.append(Refuse(field: field, equals: equals, code: rule["code"]?.text ?? "refused"))
        }
        return rules
    }
}
#endif
