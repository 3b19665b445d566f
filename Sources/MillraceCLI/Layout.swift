/// Texts broken so that they fit.
enum Layout {
    /// A label such as `state` stands in a column of its own, at most so wide.
    private static let widestLabel = 18

    /// The text in lines of at most `width` characters, broken at blanks; what follows the first line begins below where its words
    /// began.
    ///
    /// - Shape: a word that is longer stays whole, and so does a command behind an arrow: a person copies it, and a line break in it
    ///   would end it. Blanks within a line stay as they are.
    static func wrapped(_ text: String, width: Int) -> [String] {
        if text.count <= width { return [text] }
        let indent = hanging(text)
        var lines: [String] = []
        var line = String(text.prefix(indent))
        var isEmpty = true
        for piece in pieces(of: text, from: indent) {
            if !isEmpty, line.count + piece.gap + piece.word.count > width {
                lines.append(line)
                (line, isEmpty) = (String(repeating: " ", count: indent), true)
            }
            line += (isEmpty ? "" : String(repeating: " ", count: piece.gap)) + piece.word
            isEmpty = false
        }
        return lines + [line]
    }

    /// The words with the blanks before each.
    private static func pieces(of text: String, from start: Int) -> [(gap: Int, word: String)] {
        let isAdvice = text.drop { $0 == " " }.hasPrefix("→ ")
        var pieces: [(gap: Int, word: String)] = []
        var gap = 0
        var isCommand = false
        for word in text.dropFirst(start).split(separator: " ", omittingEmptySubsequences: false) {
            if word.isEmpty {
                gap += 1
                continue
            }
            if isCommand, let last = pieces.indices.last {
                pieces[last].word += String(repeating: " ", count: gap + 1) + word
            } else {
                pieces.append((pieces.isEmpty ? gap : gap + 1, String(word)))
                isCommand = isAdvice && word == "millrace"
            }
            // A command ends with its clause.
            if word.hasSuffix(";") || word.hasSuffix(",") { isCommand = false }
            gap = 0
        }
        return pieces
    }

    /// Where the words of a line begin: behind blanks and a mark such as `- ` or `→ `, or behind a label and its column.
    private static func hanging(_ text: String) -> Int {
        let blanks = text.prefix { $0 == " " }.count
        let rest = text.dropFirst(blanks)
        if ["- ", "→ "].contains(where: rest.hasPrefix) { return blanks + 2 }
        guard blanks == 0, let end = text.firstRange(of: "  ")?.lowerBound else { return blanks }
        let label = text.distance(from: text.startIndex, to: end)
        let column = label + text[end...].prefix { $0 == " " }.count
        return column <= widestLabel ? column : blanks
    }
}
