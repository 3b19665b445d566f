/// Finds the word that was probably meant.
public enum Suggestion {
    /// The known word nearest to `word`; nil where none is near enough to be a slip.
    ///
    /// - Shape: at most one slip in words of up to four letters, two up to eight, else three; of equally near ones the first.
    public static func nearest(to word: String, among known: [String]) -> String? {
        let letters = Array(word.lowercased().unicodeScalars)
        let allowed = letters.count <= 4 ? 1 : letters.count <= 8 ? 2 : 3
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(letters, Array(candidate.lowercased().unicodeScalars))
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// What follows an unknown word in a sentence: `; did you mean 'x'?`, else the words there are.
    public static func ending(for word: String, among known: [String]) -> String {
        if let near = nearest(to: word, among: known) { return "; did you mean '\(near)'?" }
        if known.isEmpty { return "" }
        return "; known are " + known.sorted().map { "'\($0)'" }.joined(separator: ", ")
    }

    /// The edits from one word to the other: letters added, dropped, changed, or two neighbours swapped.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        if abs(left.count - right.count) > 3 { return .max }
        var rows: [[Int]] = [Array(0...right.count)]
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                    cost = min(cost, rows[i - 1][j - 1] + 1)
                }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
