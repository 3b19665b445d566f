import MillraceYAML

/// The words that `type: boolean` takes for true and for false.
struct BooleanWords: Sendable {
    private var flags: [String: Bool] = ["true": true, "1": true, "false": false, "0": false]
    /// What a value has to be, in words for a sentence.
    private(set) var inWords = "true or false"

    /// Reads `true: [ja, X]` and `false: [nein, ""]`; `true`, `false`, 1 and 0 where neither is there.
    init(_ entry: NodeReader) {
        let (yes, no) = (entry.texts("true"), entry.texts("false"))
        guard yes != nil || no != nil else { return }
        flags = [:]
        for (texts, flag) in [(yes, true), (no, false)] {
            for text in texts ?? [] where flags.updateValue(flag, forKey: text.text) != nil {
                entry.faults.error(
                    .contradiction, at: text.mark, "'\(text.text)' stands for true and false, or twice; keep one")
            }
        }
        // What is named for one alone leaves the usual words for the other.
        if yes == nil { flags.merge(["true": true, "1": true]) { own, _ in own } }
        if no == nil { flags.merge(["false": false, "0": false]) { own, _ in own } }
        inWords = "one of " + flags.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
    }

    /// What the word stands for; nil where it stands for neither.
    func flag(_ word: String) -> Bool? { flags[word] }
}
