import MillraceMapping
import MillraceValues
import Testing

@Suite("Conditions")
struct ConditionTests {
    private static let answer: Value = [
        "mode": "AUTOMATIC", "count": 2, "text": "12.0", "flag": true, "production-day": "2026-03-02", "code": nil,
        "items": [["id": "B-1"], ["id": "B-2"]], "replaces": ["key": "k"],
    ]

    @Test(
        arguments: [
            #"mode = "AUTOMATIC""#, "mode = 'AUTOMATIC' and count > 1", "count >= 2 and count <= 2 and count < 3",
            #"mode in ["MANUAL", "AUTOMATIC"]"#, "text = 12", "text > 9", "flag", "flag = true", "code = null",
            "(count = 1 or count = 2) and mode != 'MANUAL'", "`production-day` = '2026-03-02'", "items.id = 'B-1'",
            "items.count = 2", "replaces.key = 'k'", "count != 3", "count = 1 or count = 2 and flag", "-1 < count",
        ])
    func `a condition that holds`(text: String) throws {
        #expect(try Condition(text).holds(on: Self.answer))
    }

    @Test(
        arguments: [
            "nope = 1", "nope != 1", "nope = nope", "nope < 1", "nope", "mode > 3", "nope in [1]", "mode in []",
            "text = '12'", "count = 'x'", "flag = false", "code",
        ])
    func `a comparison with nothing, or one that fails, is false`(text: String) throws {
        #expect(try !Condition(text).holds(on: Self.answer))
    }

    @Test(
        arguments: [
            ("mode = ", 6, "the expression ends where a value was expected (S0207)"),
            ("a = 1 an b = 2", 6, "an does not belong here; an operator or the end was expected (S0201)"),
            (
                "production-day = 1", 0,
                "a name with a hyphen stands in backticks: `production-day`; a subtraction has blanks around its sign"
            ),
            ("a = 'x", 4, "the text is not closed; add a closing quote (S0101)"),
            ("a ! 1", 2, "the operator ! is unknown (S0204)"),
            ("$sume(a) = 1", 0, "'$sume' is no function; did you mean 'sum'?"),
            ("1 < sum(a)", 4, "'sum' is no function; functions begin with $, such as $sum"),
            ("(a = 1", 6, "expected ) before the end of the expression (S0203)"), ("", 0, "the condition is empty"),
        ])
    func `a fault names its place`(text: String, offset: Int, sentence: String) {
        #expect(throws: ConditionFault.self) { try Condition(text) }
        do {
            _ = try Condition(text)
        } catch {
            #expect(error.offset == offset)
            #expect(error.description == sentence)
        }
    }
}
