/// Whole numbers in English words.
enum NumberWords {
    private static let few = [
        "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
        "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
    ]
    private static let ordinals = [
        "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
        "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
        "Nineteenth",
    ]
    private static let decades = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
    private static let magnitudes = ["Thousand", "Million", "Billion", "Trillion"]

    static func text(_ amount: Double, ordinal: Bool) -> String { words(amount, follows: false, ordinal) }

    private static func words(_ amount: Double, follows: Bool, _ ordinal: Bool) -> String {
        if amount < 20 {
            let index = Int(amount)
            return (follows ? " and " : "") + (ordinal ? ordinals[index] : few[index])
        }
        if amount < 100 {
            let (tens, rest) = Int(amount).quotientAndRemainder(dividingBy: 10)
            var text = (follows ? " and " : "") + decades[tens - 2]
            if rest > 0 {
                text += "-" + words(Double(rest), follows: false, ordinal)
            } else if ordinal {
                text = text.dropLast() + "ieth"
            }
            return text
        }
        if amount < 1000 {
            let (hundreds, rest) = Int(amount).quotientAndRemainder(dividingBy: 100)
            let text = (follows ? ", " : "") + few[hundreds] + " Hundred"
            if rest > 0 { return text + words(Double(rest), follows: true, ordinal) }
            return ordinal ? text + "th" : text
        }
        var (magnitude, factor) = (1, 1e3)
        while magnitude < magnitudes.count, amount >= factor * 1e3 {
            magnitude += 1
            factor *= 1e3
        }
        let whole = (amount / factor).rounded(.down)
        let rest = amount - whole * factor
        // An amount beyond all words would divide for ever.
        guard whole < amount, whole < 1e300 else { return "" }
        let text = (follows ? ", " : "") + words(whole, follows: false, false) + " " + magnitudes[magnitude - 1]
        if rest > 0 { return text + words(rest, follows: true, ordinal) }
        return ordinal ? text + "th" : text
    }

    /// What each word means.
    private static func meaning(_ word: String) -> Double? {
        for (index, name) in few.enumerated() where name.lowercased() == word { return Double(index) }
        for (index, name) in ordinals.enumerated() where name.lowercased() == word { return Double(index) }
        for (index, name) in decades.enumerated() {
            let plain = name.lowercased()
            if plain == word || plain.dropLast() + "ieth" == word { return Double(index + 2) * 10 }
        }
        if word == "hundred" || word == "hundredth" { return 100 }
        var factor = 1.0
        for name in magnitudes {
            factor *= 1000
            if name.lowercased() == word || name.lowercased() + "th" == word { return factor }
        }
        return nil
    }

    /// The pattern of a number in words.
    static var pattern: String {
        var words = few + ordinals
        words += decades.flatMap { [$0, $0.dropLast() + "ieth"] }
        words += ["Hundred", "Hundredth"]
        words += magnitudes.flatMap { [$0, $0 + "th"] }
        return "(?:" + words.map { $0.lowercased() }.joined(separator: "|") + "|and|[\\-, ])+"
    }

    static func value(_ text: String) -> Double {
        var segments = [0.0]
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" || $0 == "\\" }
        for word in words where word != "and" {
            guard let value = meaning(String(word)) else { return .nan }
            var top = segments.popLast() ?? 0
            if value < 100 {
                if top >= 1000 {
                    segments.append(top)
                    top = 0
                }
                segments.append(top + value)
            } else {
                segments.append(top * value)
            }
        }
        return segments.reduce(0, +)
    }
}
