import MillraceMapping
import MillraceYAML

/// The repository's ready-made mappings, carried in the program.
enum ReadyMappings {
    /// The text of that name; nil where there is none.
    static func text(named name: String) -> String? { texts.first { $0.name == name }?.text }

    /// The text of that name for a mapping that extends it, or one sentence.
    static func content(named name: String) -> TableContent {
        if let text = text(named: name) { return .bytes(Array(text.utf8)) }
        return .unreadable("there is none of that name\(Suggestion.ending(for: name, among: texts.map(\.name)))")
    }

    /// The first line of a mapping without its mark: what it is for.
    static func purpose(of text: String) -> String {
        let line = text.prefix { $0 != "\n" }
        guard let colon = line.firstRange(of: ": ") else { return "" }
        return String(line[colon.upperBound...])
    }
}
