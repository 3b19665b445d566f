import MillraceValues
import Testing

@Suite("Exact decimals")
struct ExactDecimalTests {
    private func number(_ text: String) throws -> ExactDecimal { try #require(ExactDecimal(text)) }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("+5", "5"), ("007", "7"), ("12", "12"), ("-0.50", "-0.5"), ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("1200", "1200"), ("0.000", "0"), ("40.000", "40"), ("999999999999999999", "999999999999999999"),
        ("9223372036854775807", "9223372036854775807"), ("100000000000000000000000", "100000000000000000000000"),
        ("0.500000000000000000000000000", "0.5"), ("0000000000000000000000000.5", "0.5"),
        ("1e36", "1" + String(repeating: "0", count: 36)),
    ])
    func `a number is read whole and written in its shortest plain form`(text: String, plain: String) throws {
        #expect(try number(text).description == plain)
    }

    @Test(arguments: [
        "", " ", "1 ", " 1", ".", "-", "+", "1.", ".5", "12,5", "12abc", "1e", "1e+", "1e12345", "0x10", "1_000", "١",
        "1.2.3", "--1", "9223372036854775808", "1234567890123456789012", "1e37", "1e-37", "NaN", "inf", "1 000",
    ])
    func `what is no number, or too large a one, is refused`(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test func `the decimal mark is the one that was declared`() {
        #expect(ExactDecimal(Array("12,5".utf8).span, decimalMark: 0x2C)?.description == "12.5")
        #expect(ExactDecimal(Array("12.5".utf8).span, decimalMark: 0x2C) == nil)
    }

    @Test func `what a number is written as reads back as the same number`() throws {
        var random = Random(state: 1)
        for _ in 0..<5000 {
            let digits = Int64(bitPattern: random.next()) >> Int64(random.next() % 63)
            let exponent = Int(random.next() % 60) - 30
            guard let number = ExactDecimal(coefficient: digits, exponent: exponent) else { continue }
            #expect(ExactDecimal(number.description) == number)
            #expect(ExactDecimal(number.text(scale: 40)) == number)
        }
        for edge in [Int64.max, -Int64.max, 0, 1, -1] {
            #expect(ExactDecimal(ExactDecimal(edge).description) == ExactDecimal(edge))
        }
    }

    @Test func `sums and differences agree with whole numbers of any scale`() throws {
        var random = Random(state: 2)
        for _ in 0..<5000 {
            let (first, second) = (
                Int64(random.next() % 1_000_000) - 500_000, Int64(random.next() % 1_000_000) - 500_000
            )
            let scale = -Int(random.next() % 8)
            let left = try #require(ExactDecimal(coefficient: first, exponent: scale))
            let right = try #require(ExactDecimal(coefficient: second, exponent: scale))
            #expect(try left.adding(right) == ExactDecimal(coefficient: first + second, exponent: scale))
            #expect(try left.subtracting(right) == ExactDecimal(coefficient: first - second, exponent: scale))
            #expect(try left.adding(right).subtracting(right) == left)
            #expect(try left.multiplied(by: right) == ExactDecimal(coefficient: first * second, exponent: 2 * scale))
            #expect((left < right) == (first < second))
            #expect((left == right) == (first == second))
        }
    }

    @Test func `a result beyond what is held is an error and never wraps`() throws {
        let large = try number("9223372036854775807")
        #expect(throws: DecimalError.tooLarge) { try large.adding(.one) }
        #expect(throws: DecimalError.tooLarge) { try large.negated.subtracting(try number("2")) }
        #expect(throws: DecimalError.tooLarge) { try large.multiplied(by: large) }
        #expect(throws: DecimalError.tooLarge) { try number("1e30").adding(try number("1e-30")) }
        #expect(throws: DecimalError.tooLarge) { try number("1e30").multiplied(by: try number("1e30")) }
        #expect(throws: DecimalError.tooLarge) { try large.share(3, of: 2) }
        #expect(DecimalError.tooLarge.description == "the number needs more than 18 digits")
    }

    @Test func `a result that fits once its zeros are gone is given`() throws {
        #expect(
            try number("5000000000000000001").adding(try number("4999999999999999999")).description
                == "10000000000000000000")
        #expect(try number("1099511627776").multiplied(by: try number("95367431640625")) == number("1048576e20"))
    }

    @Test func `the lowest whole number stays itself and traps nothing`() {
        let lowest = ExactDecimal(Int64.min)
        #expect(lowest.description == "-9223372036854775808")
        #expect(lowest.negated.isNegative)
        #expect(lowest < .zero)
        #expect(ExactDecimal(coefficient: .min, exponent: 0) == nil)
        #expect(throws: DecimalError.tooLarge) { try ExactDecimal.zero.subtracting(lowest) }
    }

    @Test(arguments: [
        ("2.5", 0, Rounding.halfUp, "3"), ("-2.5", 0, .halfUp, "-3"), ("2.5", 0, .halfEven, "2"),
        ("3.5", 0, .halfEven, "4"),
        ("-2.5", 0, .halfEven, "-2"), ("2.51", 0, .halfEven, "3"), ("2.9", 0, .down, "2"), ("-2.9", 0, .down, "-2"),
        ("2.449", 1, .halfUp, "2.4"), ("1200", 0, .halfUp, "1200"), ("0.05", 1, .halfUp, "0.1"),
        ("0.5", 3, .refuse, "0.5"),
        ("1e-30", 0, .halfUp, "0"), ("9.223372036854775807", 0, .halfUp, "9"),
        ("0.9223372036854775807", 0, .halfUp, "1"),
        ("0.4999999999999999999", 0, .halfUp, "0"), ("0.5", 0, .halfEven, "0"),
        ("-0.0000000000000000009", 18, .halfUp, "-0.000000000000000001"),
    ])
    func `rounding follows its rule`(text: String, scale: Int, rule: Rounding, result: String) throws {
        #expect(try number(text).rounded(scale: scale, rule: rule).description == result)
    }

    @Test func `a digit too many is refused where the rule says so`() throws {
        let error = #expect(throws: DecimalError.self) { try number("1.25").rounded(scale: 1, rule: .refuse) }
        #expect(error == .needsRounding(scale: 1))
        #expect(
            error?.description == "the number has more than 1 digits behind the point and 'round: refuse' is set")
    }

    @Test func `order holds over all exponents`() throws {
        let ordered = [
            "-1e36", "-5e18", "-1.5", "-1e-36", "0", "1e-36", "0.1", "0.11", "1", "9223372036854775807", "1e19", "1e36",
        ]
        let numbers = try ordered.map(number)
        for first in numbers.indices {
            for second in numbers.indices { #expect((numbers[first] < numbers[second]) == (first < second)) }
        }
    }

    @Test func `shares of an amount are cut to its last digit, and whole pieces stay whole`() throws {
        #expect(try number("1200").share(1, of: 7).description == "171")
        #expect(try number("1.25").share(1, of: 3).description == "0.41")
        #expect(try number("-10").share(1, of: 3).description == "-3")
        #expect(try number("10").share(3, of: 3).description == "10")
        #expect(throws: DecimalError.tooLarge) { try ExactDecimal.one.share(1, of: 0) }
    }

    @Test func `whole numbers are told from fractions`() throws {
        #expect(try number("1200").integer == 1200)
        #expect(try number("0.5").integer == nil)
        #expect(try number("1e19").integer == nil)
        #expect(try number("-3").magnitude.integer == 3)
        #expect(ExactDecimal.zero.isZero)
    }

    @Test func `a scale adds zeros and never takes digits`() throws {
        #expect(try number("40").text(scale: 3) == "40.000")
        #expect(try number("-0.05").text(scale: 1) == "-0.05")
        #expect(try number("1200").text(scale: 1) == "1200.0")
    }
}
