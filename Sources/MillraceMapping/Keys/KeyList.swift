public import MillraceYAML

/// Tables of keys as lists for the documentation.
public enum KeyList {
    /// These tables and all that stand in them, each once, in Markdown.
    public static func markdown(_ roots: [KeyTable]) -> String {
        var tables: [KeyTable] = []
        func visit(_ table: KeyTable) {
            if tables.contains(where: { $0.name == table.name }) { return }
            tables.append(table)
            for key in table.keys { inner(key.form).forEach(visit) }
        }
        roots.forEach(visit)
        return tables.map(list).joined(separator: "\n")
    }

    private static func list(_ table: KeyTable) -> String {
        var lines = ["#### \(table.name): \(table.text)", ""]
        for names in table.oneOf {
            let words = names.map { "`\($0)`" }
            lines += ["Exactly one of \(words.dropLast().joined(separator: ", ")) and \(words.last ?? "").", ""]
        }
        lines += ["| key | takes | means |", "| --- | --- | --- |"]
        for key in table.keys {
            let name = "`\(key.name)`" + (key.isRequired ? ", needed" : "")
            lines.append("| \(name) | \(escaped(words(key.form))) | \(escaped(key.text)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    /// What a form takes, in words.
    static func words(_ form: KeyForm) -> String {
        switch form {
        case .text: "text"
        case .pattern(_, let like): like
        case .words(let words): words.joined(separator: ", ")
        case .flag: "true, false"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .decimal: "number"
        case .table(let table): "{\(table().name)}"
        case .named(let inner): "names, each: \(words(inner))"
        case .list(let inner): "list of \(words(inner))"
        case .either(let forms): forms.map(words).joined(separator: " · ")
        case .any: "anything"
        }
    }

    private static func inner(_ form: KeyForm) -> [KeyTable] {
        switch form {
        case .table(let table): [table()]
        case .named(let form), .list(let form): inner(form)
        case .either(let forms): forms.flatMap(inner)
        case .text, .pattern, .words, .flag, .integer, .decimal, .any: []
        }
    }
}
