/// Makes the pieces of a `TimePattern` from its text.
struct TimePatternCompiler {
    private let characters: [Character]

    /// For that pattern.
    init(_ text: String) { characters = Array(text) }

    /// The pieces in order.
    func elements() throws(TimePatternError) -> [TimePattern.Element] {
        switch String(characters) {
        case "": throw .empty
        case "unix": return [.epoch(microsecondsPerUnit: 1_000_000)]
        case "unix-ms": return [.epoch(microsecondsPerUnit: 1_000)]
        default: break
        }
        var result: [(element: TimePattern.Element, letters: String, position: Int)] = []
        var index = 0
        while index < characters.count {
            let start = index
            if characters[index] == "'" {
                let text = try quoted(&index)
                Self.append(text, to: &result, at: start + 1)
            } else if characters[index].isASCII, characters[index].isLetter {
                while index < characters.count, characters[index] == characters[start] { index += 1 }
                let letters = String(characters[start..<index])
                guard let element = Self.element(letters) else {
                    throw .unknownLetters(letters, position: start + 1)
                }
                result.append((element, letters, start + 1))
            } else {
                index += 1
                Self.append(String(characters[start]), to: &result, at: start + 1)
            }
        }
        try Self.check(result)
        return result.map(\.element)
    }

    /// The text in the quotes that begin at `index`, which then stands behind them.
    private func quoted(_ index: inout Int) throws(TimePatternError) -> String {
        let start = index
        var text = ""
        index += 1
        while index < characters.count {
            let isQuote = characters[index] == "'"
            let isDoubled = isQuote && index + 1 < characters.count && characters[index + 1] == "'"
            if isQuote && !(isDoubled && index > start + 1) {
                index += 1
                // Two quotes with nothing between them are a quote.
                return text.isEmpty ? "'" : text
            }
            text.append(characters[index])
            index += isDoubled ? 2 : 1
        }
        throw .openQuote(position: start + 1)
    }

    private static func append(
        _ text: String, to result: inout [(element: TimePattern.Element, letters: String, position: Int)],
        at position: Int
    ) {
        if case .literal(let bytes)? = result.last?.element {
            result[result.count - 1].element = .literal(bytes + Array(text.utf8))
        } else {
            result.append((.literal(Array(text.utf8)), "", position))
        }
    }

    private static func element(_ letters: String) -> TimePattern.Element? {
        switch letters {
        case "yyyy": return .year
        case "yy": return .shortYear
        case "MMM": return .monthName
        case "M", "MM": return .number(.month, isFixed: letters == "MM")
        case "d", "dd": return .number(.day, isFixed: letters == "dd")
        case "H", "HH": return .number(.hour, isFixed: letters == "HH")
        case "h", "hh": return .number(.halfDayHour, isFixed: letters == "hh")
        case "m", "mm": return .number(.minute, isFixed: letters == "mm")
        case "s", "ss": return .number(.second, isFixed: letters == "ss")
        case "a": return .halfDay
        case "X", "XX", "XXX": return .offset(.init(length: letters.count, allowsZ: true))
        case "x", "xx", "xxx": return .offset(.init(length: letters.count, allowsZ: false))
        default:
            guard letters.first == "S", letters.count <= 9 else { return nil }
            return .fraction(digits: letters.count)
        }
    }

    private static func check(
        _ pieces: [(element: TimePattern.Element, letters: String, position: Int)]
    ) throws(TimePatternError) {
        var said: Set<String> = []
        for (index, piece) in pieces.enumerated() where !piece.letters.isEmpty {
            if !said.insert(subject(piece.element)).inserted {
                throw .saidTwice(piece.letters, position: piece.position)
            }
            if case .number(_, isFixed: false) = piece.element, index + 1 < pieces.count,
                beginsWithDigit(pieces[index + 1].element)
            {
                throw .unclearEnd(piece.letters, position: piece.position)
            }
        }
        let hasHalfHour = pieces.contains { $0.element.field == .halfDayHour }
        if hasHalfHour != said.contains("half") { throw .halfDay(missing: hasHalfHour ? "a" : "h") }
    }

    /// What a piece is about; two pieces about one thing are an error.
    private static func subject(_ element: TimePattern.Element) -> String {
        switch element {
        case .year, .shortYear: "year"
        case .monthName, .number(.month, _): "month"
        case .number(.hour, _), .number(.halfDayHour, _): "hour"
        case .number(.day, _): "day"
        case .number(.minute, _): "minute"
        case .number(.second, _): "second"
        case .fraction: "fraction"
        case .halfDay: "half"
        case .offset: "offset"
        case .epoch, .literal: ""
        }
    }

    private static func beginsWithDigit(_ element: TimePattern.Element) -> Bool {
        switch element {
        case .literal(let bytes): bytes.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? false
        case .year, .shortYear, .number, .fraction: true
        case .monthName, .halfDay, .offset, .epoch: false
        }
    }
}
