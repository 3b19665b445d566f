/// Names in texts of a mapping file, whatever kind of text it is.
enum WrittenNames {
    /// The names in a text: whole ones in backticks, runs of letters, digits, `_` and `-`, and the parts between hyphens.
    static func names(in text: String) -> Set<String> {
        var names: Set<String> = [text]
        for (index, piece) in text.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 {
                names.insert(String(piece))
                continue
            }
            let runs = piece.unicodeScalars.split { scalar in
                !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
                    || scalar == "-"
                    || scalar == "$")
            }
            for run in runs.map(String.init) {
                names.insert(run)
                names.formUnion(run.split(separator: "-").map(String.init))
            }
        }
        return names
    }
}
