import MillraceValues
import MillraceYAML

/// The one source that a field has.
enum FieldSource {
    static let words = ["from", "value", "counter", "increment", "expr", "fields", "each"]

    /// The key of the field's one source; nil, and reported, where it has none or several.
    ///
    /// - Shape: `lists` says that it may be a list, whose `fields` are those of each item.
    static func key(of reader: NodeReader, lists: Bool = false) -> String? {
        for word in words { _ = reader.optional(word) }
        let present = (reader.node.members ?? []).map(\.key).filter(words.contains)
        if present.count == 1 {
            return present[0]
        }
        if lists, Set(present) == ["each", "fields"] { return "each" }
        let all = "'from', 'value', 'counter', 'increment', 'expr', 'fields' and 'each'"
        if present.isEmpty {
            reader.faults.error(.oneSource, at: reader.node.mark, "\(reader.what) needs exactly one of \(all)")
        } else {
            let found = present.map { "'\($0)'" }.joined(separator: " and ")
            reader.faults.error(
                .oneSource, at: reader.mark(of: present[1]),
                "\(reader.what) has \(found), and needs exactly one of \(all)")
        }
        return nil
    }

    /// Whether a bare word can only be meant as a literal: it begins with a digit or sign, or is empty.
    static func looksLiteral(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return true }
        return ("0"..."9").contains(first) || first == "-" || first == "+" || text == "true" || text == "false"
    }
}

/// Zones by the words of a mapping file.
struct ZoneWord {
    /// The zone of `zone: site | UTC | name`; the site's where nothing is said.
    static func zone(_ reader: NodeReader, context: MappingContext) -> Zone? {
        guard let text = reader.text("zone") else { return nil }
        if text == "site" { return context.zone }
        do {
            return try Zone(named: text, folder: context.zoneFolder)
        } catch {
            reader.faults.error(.time, at: reader.optional("zone")?.mark ?? reader.node.mark, error.description)
            return nil
        }
    }

    static func pattern(_ reader: NodeReader) -> TimePattern? {
        guard let text = reader.text("format") else { return nil }
        do {
            return try TimePattern(text)
        } catch {
            reader.faults.error(.time, at: reader.optional("format")?.mark ?? reader.node.mark, error.description)
            return nil
        }
    }

    /// Whether texts of the pattern say how far their clock is ahead of UTC.
    static func saysOffset(_ pattern: TimePattern) -> Bool {
        var quoted = false
        for scalar in pattern.text.unicodeScalars {
            if scalar == "'" { quoted.toggle() }
            if !quoted, scalar == "X" || scalar == "x" { return true }
        }
        return pattern.text.hasPrefix("unix")
    }
}
