#if canImport(Glibc)
import Glibc
#endif

/// Numbers as texts, the way JavaScript writes and reads them.
enum NumberText {
    /// The shortest decimal digits that mean exactly this number, and the power of ten of the first digit's place.
    ///
    /// - Shape: for finite numbers above zero; no zero at either end; the number is `0.d₁d₂… × 10^point`.
    static func shortest(_ number: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var isInExponent = false
        var isNegative = false
        for byte in number.description.utf8 {
            switch byte {
            case 0x30...0x39:
                if isInExponent { exponent = exponent * 10 + Int(byte - 0x30) } else { digits.append(byte) }
            case 0x2E: point = digits.count
            case 0x65: isInExponent = true
            case 0x2D: isNegative = isInExponent
            default: break
            }
        }
        var place = (point ?? digits.count) + (isNegative ? -exponent : exponent)
        let leading = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(leading)
        place -= leading
        while digits.last == 0x30 { digits.removeLast() }
        return (digits, place)
    }

    /// Adds the number as JavaScript writes it; not a number and infinity as words.
    static func append(_ number: Double, to bytes: inout [UInt8]) {
        if let whole = Int(exactly: number), whole.magnitude < 1 << 53 {
            append(whole, to: &bytes)
            return
        }
        guard number.isFinite else {
            bytes.append(contentsOf: (number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity").utf8)
            return
        }
        if number < 0 { bytes.append(0x2D) }
        if appendShort(number.magnitude, to: &bytes) { return }
        // Here Swift's notation is JavaScript's: the shortest digits, without an exponent.
        if number.magnitude >= 1e-3, number.magnitude < 1e15 {
            bytes.append(contentsOf: number.magnitude.description.utf8)
            return
        }
        let (digits, point) = shortest(number.magnitude)
        append(digits, point: point, to: &bytes)
    }

    /// The number in units of a ten-thousandth, where it is exactly written with four places and fifteen digits.
    private static func tenThousandths(_ amount: Double) -> Int? {
        guard amount < 1e11, amount >= 1e-3 else { return nil }
        let scaled = (amount * 10_000).rounded()
        // At most fifteen digits mean one double only: what gives this one back is its shortest notation.
        return scaled / 10_000 == amount ? Int(scaled) : nil
    }

    /// Adds a number of few places, which most are; false where it has more.
    private static func appendShort(_ amount: Double, to bytes: inout [UInt8]) -> Bool {
        guard let scaled = tenThousandths(amount) else { return false }
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: 10_000)
        append(whole, to: &bytes)
        bytes.append(0x2E)
        var (rest, weight) = (fraction, 1_000)
        while rest > 0 {
            bytes.append(0x30 &+ UInt8(truncatingIfNeeded: rest / weight))
            rest %= weight
            weight /= 10
        }
        return true
    }

    static func append(_ whole: Int, to bytes: inout [UInt8]) {
        if whole < 0 { bytes.append(0x2D) }
        let start = bytes.count
        var rest = whole.magnitude
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes.append(0x30 &+ UInt8(truncatingIfNeeded: digit))
            rest = quotient
        } while rest > 0
        var (left, right) = (start, bytes.count - 1)
        while left < right {
            bytes.swapAt(left, right)
            left += 1
            right -= 1
        }
    }

    private static func append(_ digits: [UInt8], point: Int, to bytes: inout [UInt8]) {
        switch point {
        case digits.count...21 where digits.count <= 21:
            bytes += digits
            for _ in digits.count..<point { bytes.append(0x30) }
        case 1...21:
            bytes += digits[..<point]
            bytes.append(0x2E)
            bytes += digits[point...]
        case -5...0:
            bytes.append(0x30)
            bytes.append(0x2E)
            for _ in point..<0 { bytes.append(0x30) }
            bytes += digits
        default:
            bytes.append(digits[0])
            if digits.count > 1 {
                bytes.append(0x2E)
                bytes += digits[1...]
            }
            bytes.append(0x65)
            let exponent = point - 1
            bytes.append(exponent < 0 ? 0x2D : 0x2B)
            append(Int(exponent.magnitude), to: &bytes)
        }
    }

    /// The number as JavaScript writes it.
    static func text(_ number: Double) -> String {
        var bytes: [UInt8] = []
        append(number, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The number with at most fifteen digits, as texts show it; whole numbers stay whole.
    static func fifteenDigits(_ number: Double) -> Double {
        guard number.isFinite, number != number.rounded(.towardZero), tenThousandths(number.magnitude) == nil else {
            return number
        }
        let (digits, point) = shortest(number.magnitude)
        guard digits.count > 15 else { return number }
        let rounded = rounding(digits, keep: 15, exactly: number.magnitude)
        var text = number < 0 ? "-0." : "0."
        text += String(decoding: rounded.digits, as: UTF8.self)
        text += "e\(point + rounded.carry)"
        return Double(text) ?? number
    }

    /// The first `keep` digits, rounded half away from zero by the number's exact value.
    private static func rounding(_ digits: [UInt8], keep: Int, exactly number: Double) -> (digits: [UInt8], carry: Int)
    {
        var kept = Array(digits[..<keep])
        let rest = digits[keep...]
        var isUp = (rest.first ?? 0x30) >= 0x35
        if rest.first == 0x35, rest.count == 1 {
            // The shortest digits end in a five: only the exact ones say on which side of the middle it is.
            let exact = exactDigits(number)
            let tail = exact.dropFirst(keep)
            isUp = (tail.first ?? 0x30) >= 0x35
        }
        guard isUp else { return (kept, 0) }
        var index = keep - 1
        while index >= 0 {
            if kept[index] == 0x39 {
                kept[index] = 0x30
                index -= 1
            } else {
                kept[index] += 1
                return (kept, 0)
            }
        }
        return ([0x31] + kept.dropLast(), 1)
    }

    /// All digits of a double, without zeros in front.
    private static func exactDigits(_ number: Double) -> [UInt8] {
        // number = significand × 2^power; with a negative power it is significand × 5^-power / 10^-power.
        let power = Int(number.exponent) - 52
        var limbs: [UInt32] = []
        var significand = (number.significandBitPattern | (number.isNormal ? 1 << 52 : 0))
        let shift = number.isNormal ? power : -1074
        while significand > 0 {
            limbs.append(UInt32(significand % 1_000_000_000))
            significand /= 1_000_000_000
        }
        for _ in 0..<abs(shift) {
            var carry: UInt64 = 0
            for index in limbs.indices {
                let product = UInt64(limbs[index]) * (shift < 0 ? 5 : 2) + carry
                limbs[index] = UInt32(product % 1_000_000_000)
                carry = product / 1_000_000_000
            }
            if carry > 0 { limbs.append(UInt32(carry)) }
        }
        var digits: [UInt8] = []
        for limb in limbs.reversed() {
            let text = String(limb)
            if !digits.isEmpty { digits += [UInt8](repeating: 0x30, count: 9 - text.utf8.count) }
            digits += Array(text.utf8)
        }
        return digits
    }

    /// What `$number` makes of a text: a decimal number, or a whole one in base 16, 8 or 2 with its prefix.
    static func read(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        if bytes.count > 2, bytes[0] == 0x30 {
            let radix: Int? =
                switch bytes[1] | 0x20 {
                case 0x78: 16
                case 0x6F: 8
                case 0x62: 2
                default: nil
                }
            if let radix {
                guard bytes[2] != 0x2B, bytes[2] != 0x2D else { return nil }
                var value = 0.0
                for byte in bytes[2...] {
                    guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else { return nil }
                    value = value * Double(radix) + Double(digit)
                }
                return value
            }
        }
        var index = 0
        if index < bytes.count, bytes[index] == 0x2D { index += 1 }
        let whole = index
        while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
        guard index > whole else { return nil }
        if index < bytes.count, bytes[index] == 0x2E {
            let fraction = index + 1
            index = fraction
            while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
            guard index > fraction else { return nil }
        }
        if index < bytes.count, bytes[index] | 0x20 == 0x65 {
            index += 1
            if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
            let exponent = index
            while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
            guard index > exponent else { return nil }
        }
        guard index == bytes.count, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    /// `base` to the power of `exponent`.
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
