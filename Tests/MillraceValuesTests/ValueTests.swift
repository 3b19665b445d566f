import MillraceValues
import Testing

@Suite("Values")
struct ValueTests {
    @Test func `numbers mean the same by amount, however they are written`() {
        let forms: [Value] = [40, .numeral("40.000"), .numeral("4e1"), .numeral("40.0")]
        for left in forms {
            for right in forms { #expect(left.means(right)) }
        }
        #expect(!Value.numeral("40.001").means(40))
        #expect(!Value.string("40").means(40))
        #expect(Value.numeral("1e400").means(.numeral("1e400")))
    }

    @Test func `objects mean the same in any order, and are equal only in one`() {
        let (left, right): (Value, Value) = (["a": 1, "b": [2]], ["b": [.numeral("2.0")], "a": 1])
        #expect(left.means(right))
        #expect(left != right)
        #expect(!left.means(["a": 1]))
        #expect(!left.means(["a": 1, "c": [2]]))
    }

    @Test func `what is asked of another kind is nothing`() {
        let value: Value = ["n": 1, "t": "x", "l": [true], "z": nil]
        #expect(value["n"]?.decimal == .one)
        #expect(value["t"]?.text == "x")
        #expect(value["l"]?.array == [true])
        #expect(value["z"] == Value.null)
        #expect(value["y"] == nil)
        #expect(value.decimal == nil && value.text == nil && value.array == nil && value.plainText == nil)
        #expect(Value.string("x").object == nil)
    }

    @Test func `a scalar's plain text is what a person would write`() {
        #expect(Value.numeral("40.000").plainText == "40.000")
        #expect(Value.bool(false).plainText == "false")
        #expect(Value.number(ExactDecimal(1200)).plainText == "1200")
        #expect(Value.null.plainText == nil)
    }

    @Test func `members are set in place, added at the end and removed`() {
        var object = ValueObject(["a": 1, "b": 2, "a": 3])
        #expect(object.keys == ["a", "b"])
        object["b"] = "x"
        object["c"] = nil
        object["d"] = 4
        object["a"] = nil
        #expect(object.keys == ["b", "d"])
        #expect(object.values == ["x", 4])
        #expect(object.count == 2 && !object.isEmpty)
    }

    @Test func `a secret shows itself nowhere`() {
        let secret = Secret("hunter2")
        struct Holder { let secret: Secret }
        for text in [
            "\(secret)", String(reflecting: secret), "\(Holder(secret: secret))",
            String(reflecting: Holder(secret: secret)),
        ] {
            #expect(!text.contains("hunter2"))
        }
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(secret.exposed == "hunter2")
    }
}
