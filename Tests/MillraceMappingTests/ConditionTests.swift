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
            ("mode = ", 7, "the condition ends where a name, a text or a number is due"),
            ("a = 1 an b = 2", 6, "'an' is not expected here; use 'and' or 'or' between comparisons"),
            ("production-day = 1", 0, "a name with a hyphen stands in backticks: `production-day`"),
            ("a = 'x", 4, "the text that begins here has no closing '"),
            ("a ! 1", 2, "after '!' a '=' is due"),
            ("a in 3", 5, #"after 'in' a list is due, such as ["READY", "STOPPED"]"#),
            ("$sum(a)", 0, "'$' cannot stand in a condition; use = != < <= > >= in and or, and parentheses"),
            ("sum(a)", 3, "functions are not yet in this version; use a table or another field"),
            ("(a = 1", 6, "the parenthesis has no closing )"), ("", 0, "the condition is empty"),
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
