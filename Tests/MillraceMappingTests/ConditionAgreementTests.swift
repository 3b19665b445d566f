import JSONata
import MillraceValues
import MillraceYAML
import Testing

@testable import MillraceMapping

/// The fast form of a condition is not public, and this is its proof: random conditions over random values give the same by the
/// fast form and by the evaluator.
@Suite("Conditions: one meaning in both forms")
struct ConditionAgreementTests {
    /// A generator whose seed is in the test's name, so that a difference comes again.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var mixed = state
            mixed ^= mixed >> 33
            mixed = mixed &* 0xff51_afd7_ed55_8ccd
            return mixed ^ (mixed >> 33)
        }
    }

    private static let names = ["a", "b", "job.order", "production-day", "c", "nothing"]

    private static let values: [Value?] = [
        nil, .null, .bool(true), .bool(false), 0, 1, 12, -3, .number(ExactDecimal("12.5") ?? .zero),
        .numeral("12.50"), .numeral("1e300"), .numeral("9007199254740993"), .numeral("1e-400"), "", "12", "12.0", "0",
        "9007199254740993", "9007199254740992", "AUTOMATIC", "auto", "é", "e\u{301}", "😀", "\u{FFFF}", "\u{E000}",
        "12,5", " 12", "1e2", "true", "null", [], [0], [1, 2], ["12"], [[]], .object(ValueObject()),
        ["x": 1], ["x": "1"], ["é"], ["e\u{301}"], [["x": 1]], "-0", "00012", "+5", "0x10",
    ]

    private static let literals = [
        "0", "1", "12", "12.5", "-3", "100", "9007199254740993", "1e2", "\"\"", "\"12\"", "\"12.0\"", "\"AUTOMATIC\"",
        "'auto'", "\"é\"", "\"😀\"", "\"\u{FFFF}\"", "true", "false", "null", "\"null\"", "'-0'",
    ]

    private static func operand(_ dice: inout Dice) -> String {
        if Bool.random(using: &dice) { return literals.randomElement(using: &dice) ?? "0" }
        let name = names.randomElement(using: &dice) ?? "a"
        return name.contains("-") ? "`\(name)`" : name
    }

    private static func condition(_ dice: inout Dice, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 2 ? 8 : 12), using: &dice) {
        case 0: return operand(&dice)
        case 1, 2:
            let items = (0..<Int.random(in: 0...3, using: &dice)).map { _ in operand(&dice) }
            return "\(operand(&dice)) in [\(items.joined(separator: ", "))]"
        case 3..<8:
            let sign = ["=", "!=", "<", "<=", ">", ">="].randomElement(using: &dice) ?? "="
            return "\(operand(&dice)) \(sign) \(operand(&dice))"
        case 8, 9: return "\(condition(&dice, depth: depth + 1)) and \(condition(&dice, depth: depth + 1))"
        case 10: return "\(condition(&dice, depth: depth + 1)) or \(condition(&dice, depth: depth + 1))"
        default: return "(\(condition(&dice, depth: depth + 1)))"
        }
    }

    private static func bound(_ condition: Condition) -> @Sendable (ValueObject) throws(MappingFault) -> Bool {
        let source = SourceText(file: "test", text: condition.text)
        let use = ConditionUse(
            functions: [], node: MarkedNode(.scalar(condition.text, .plain), mark: .start), source: source, what: "test"
        )
        return condition.checked(use, at: { _ in nil }, { path in { $0[path.text] } })
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random conditions over random values agree`(seed: UInt64) throws {
        var dice = Dice(state: seed)
        var held = 0
        for _ in 0..<1_500 {
            let text = Self.condition(&dice, depth: 0)
            let (fast, slow) = (try Condition(text), try Condition(text, evaluated: true))
            try #require(fast.isSimple && !slow.isSimple, "\(text)")
            let (first, second) = (Self.bound(fast), Self.bound(slow))
            for _ in 0..<4 {
                var inputs = ValueObject()
                for name in Self.names.dropLast() { inputs[name] = Self.values.randomElement(using: &dice) ?? nil }
                let (one, other) = (try first(inputs), try second(inputs))
                if one { held += 1 }
                try #require(one == other, "\(text) with \(JSONWriter.text(.object(inputs)))")
            }
        }
        // Conditions that never hold would prove nothing.
        #expect(held > 500)
    }

    @Test func `every pair of values compares the same with every sign`() throws {
        for sign in ["=", "!=", "<", "<=", ">", ">="] {
            let text = "a \(sign) b"
            let (first, second) = (
                Self.bound(try Condition(text)), Self.bound(try Condition(text, evaluated: true))
            )
            let (within, also) = (
                Self.bound(try Condition("a in [b]")), Self.bound(try Condition("a in [b]", evaluated: true))
            )
            for left in Self.values {
                for right in Self.values {
                    var inputs = ValueObject()
                    inputs["a"] = left
                    inputs["b"] = right
                    let shown = JSONWriter.text(.object(inputs))
                    #expect(try first(inputs) == second(inputs), "\(text) with \(shown)")
                    #expect(try within(inputs) == also(inputs), "a in [b] with \(shown)")
                }
            }
        }
    }
}
