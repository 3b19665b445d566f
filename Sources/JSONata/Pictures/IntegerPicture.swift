/// How whole numbers are written: as digits, letters, Roman numerals or words.
///
/// - Source: XPath and XQuery Functions 3.1, section 4.6.
struct IntegerPicture {
    enum Primary { case decimal, letters, roman, words, unknown }
    enum Case { case upper, lower, title }

    var primary = Primary.decimal
    var letterCase = Case.lower
    var isOrdinal = false
    var zero: UInt32 = 0x30
    var mandatory = 0
    var optional = 0
    /// The separators by how many digits stand to their right.
    var separators: [(position: Int, character: Unicode.Scalar)] = []
    /// The distance of separators that repeat; 0 where they do not.
    var regular = 0
    /// How many digits there are exactly, where another number follows at once.
    var width: Int?
    let text: String

    /// The zeros of the scripts whose digits can be used.
    private static let zeros: [UInt32] = [
        0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
        0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
        0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    ]

    /// Reads a picture.
    ///
    /// - Throws: D3131 for digits of two scripts.
    init(_ picture: String) throws(JSONataError) {
        var scalars = Array(picture.unicodeScalars)
        if let semicolon = scalars.lastIndex(of: ";") {
            isOrdinal = semicolon + 1 < scalars.count && scalars[semicolon + 1] == "o"
            scalars = Array(scalars[..<semicolon])
        }
        var primaryText = String.UnicodeScalarView()
        primaryText.append(contentsOf: scalars)
        text = String(primaryText)
        switch text {
        case "A": (primary, letterCase) = (.letters, .upper)
        case "a": primary = .letters
        case "I": (primary, letterCase) = (.roman, .upper)
        case "i": primary = .roman
        case "W": (primary, letterCase) = (.words, .upper)
        case "Ww": (primary, letterCase) = (.words, .title)
        case "w": primary = .words
        default: try readDigits(scalars)
        }
    }

    private mutating func readDigits(_ scalars: [Unicode.Scalar]) throws(JSONataError) {
        var position = 0
        var known: UInt32?
        for scalar in scalars.reversed() {
            if let zero = Self.zeros.first(where: { scalar.value >= $0 && scalar.value <= $0 + 9 }) {
                if let known, known != zero { throw JSONataError("D3131", value: .string(text)) }
                known = zero
                mandatory += 1
                position += 1
            } else if scalar == "#" {
                optional += 1
                position += 1
            } else {
                separators.append((position, scalar))
            }
        }
        guard let known else {
            primary = .unknown
            return
        }
        zero = known
        regular = Self.distance(separators)
    }

    /// The distance at which separators repeat; 0 where they are not regular.
    private static func distance(_ separators: [(position: Int, character: Unicode.Scalar)]) -> Int {
        guard let first = separators.first, separators.allSatisfy({ $0.character == first.character }) else { return 0 }
        return distance(separators.map(\.position))
    }

    static func distance(_ positions: [Int]) -> Int {
        guard !positions.isEmpty else { return 0 }
        let step = positions.reduce(0) { (left, right) in
            var (one, other) = (left, right)
            while other != 0 { (one, other) = (other, one % other) }
            return one
        }
        guard step > 0 else { return 0 }
        return (1...positions.count).allSatisfy { positions.contains($0 * step) } ? step : 0
    }

    // MARK: the functions

    static func format(_ number: Item, _ picture: Item) throws(JSONataError) -> Item {
        guard let amount = number.amount else { return .undefined }
        guard case .string(let text) = picture else { throw JSONataError("D3130", value: picture) }
        return .string(try IntegerPicture(text).format(amount.rounded(.down)))
    }

    static func parse(_ text: Item, _ picture: Item) throws(JSONataError) -> Item {
        guard case .string(let value) = text else { return .undefined }
        guard case .string(let notation) = picture else { throw JSONataError("D3130", value: picture) }
        return .number(try IntegerPicture(notation).parse(value))
    }

    // MARK: writing

    func format(_ number: Double) throws(JSONataError) -> String {
        let amount = number.magnitude
        let text: String
        switch primary {
        case .letters: text = Self.letters(amount, letterCase == .upper ? 0x41 : 0x61)
        case .roman:
            let roman = RomanNumber.text(amount)
            text = letterCase == .upper ? roman.uppercased() : roman
        case .words:
            let words = NumberWords.text(amount, ordinal: isOrdinal)
            text = letterCase == .upper ? words.uppercased() : letterCase == .lower ? words.lowercased() : words
        case .decimal: text = decimal(amount)
        case .unknown: throw JSONataError("D3130", value: .string(self.text))
        }
        return number < 0 ? "-" + text : text
    }

    private static func letters(_ amount: Double, _ first: UInt8) -> String {
        guard amount < 1e15 else { return "" }
        var (rest, letters): (Int, [UInt8]) = (Int(amount), [])
        while rest > 0 {
            letters.append(UInt8((rest - 1) % 26) + first)
            rest = (rest - 1) / 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }

    private func decimal(_ amount: Double) -> String {
        var digits = Array(NumberText.text(amount).unicodeScalars)
        while digits.count < mandatory { digits.insert("0", at: 0) }
        if zero != 0x30 {
            digits = digits.map { Unicode.Scalar($0.value - 0x30 + zero) ?? $0 }
        }
        let last = digits.last?.value ?? 0
        let isTeen = digits.count > 1 && digits[digits.count - 2] == "1"
        if regular > 0, let character = separators.first?.character {
            var position = digits.count - regular
            while position > 0 {
                digits.insert(character, at: position)
                position -= regular
            }
        } else {
            // From the left: what is put in does not move what stands to the right.
            for separator in separators.reversed() {
                digits.insert(separator.character, at: max(0, digits.count - separator.position))
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: digits)
        guard isOrdinal else { return String(view) }
        let ending = isTeen ? "th" : last == 0x31 ? "st" : last == 0x32 ? "nd" : last == 0x33 ? "rd" : "th"
        return String(view) + ending
    }

    // MARK: reading

    /// The pattern of texts that `parse` reads.
    ///
    /// - Throws: D3130 for digits that are not supported.
    func pattern() throws(JSONataError) -> String {
        switch primary {
        case .letters: letterCase == .upper ? "[A-Z]+" : "[a-z]+"
        case .roman: letterCase == .upper ? "[MDCLXVI]+" : "[mdclxvi]+"
        case .words: NumberWords.pattern
        case .decimal: "[0-9]" + (width.map { "{\($0)}" } ?? "+") + (isOrdinal ? "(?:th|st|nd|rd)" : "")
        case .unknown: throw JSONataError("D3130", value: .string(text))
        }
    }

    func parse(_ value: String) throws(JSONataError) -> Double {
        switch primary {
        case .letters:
            let first: UInt8 = letterCase == .upper ? 0x41 : 0x61
            return value.utf8.reduce(0.0) { $0 * 26 + Double(Int($1) - Int(first) + 1) }
        case .roman: return RomanNumber.value(value.uppercased())
        case .words: return NumberWords.value(value.lowercased())
        case .decimal: return decimal(value)
        case .unknown: throw JSONataError("D3130", value: .string(text))
        }
    }

    private func decimal(_ value: String) -> Double {
        var scalars = value.unicodeScalars.drop { $0.properties.isWhitespace }
        if isOrdinal { scalars = scalars.dropLast(2) }
        let isNegative = scalars.first == "-"
        if isNegative || scalars.first == "+" { scalars = scalars.dropFirst() }
        var result: Double?
        for scalar in scalars {
            if separators.contains(where: { $0.character == scalar }) { continue }
            guard scalar.value >= zero, scalar.value <= zero + 9 else { break }
            result = (result ?? 0) * 10 + Double(scalar.value - zero)
        }
        guard let result else { return .nan }
        return isNegative ? -result : result
    }
}

/// Roman numerals.
enum RomanNumber {
    private static let values: [(amount: Int, letters: String)] = [
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
        (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ]

    static func text(_ amount: Double) -> String {
        // Beyond some millions the letters would fill the memory; the language sets no bound.
        var rest = Int(min(amount, 1e7))
        var text = ""
        for value in values {
            while rest >= value.amount {
                text += value.letters
                rest -= value.amount
            }
        }
        return text
    }

    static func value(_ text: String) -> Double {
        var (total, highest) = (0, 1)
        for letter in text.utf8.reversed() {
            let value: Int =
                switch letter {
                case UInt8(ascii: "M"): 1000
                case UInt8(ascii: "D"): 500
                case UInt8(ascii: "C"): 100
                case UInt8(ascii: "L"): 50
                case UInt8(ascii: "X"): 10
                case UInt8(ascii: "V"): 5
                default: 1
                }
            if value < highest {
                total -= value
            } else {
                highest = value
                total += value
            }
        }
        return Double(total)
    }
}
