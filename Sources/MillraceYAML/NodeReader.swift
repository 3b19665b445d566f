public import MillraceValues

/// Reads the members of a mapping by name and type, and reports every fault: wrong shapes, missing keys, keys nobody asked for.
///
/// Every key that is asked for counts as known; `finish` reports the others, so it comes last. With a table of keys it reports those
/// too that are not in the table.
public final class NodeReader {
    /// The mapping.
    public let node: MarkedNode
    /// How sentences name it, such as `field 'good'`.
    public let what: String
    /// Where faults go.
    public let faults: DiagnosticList
    /// The keys that may stand there; nil where only what is asked for says so.
    public let keys: KeyTable?
    private var known: [String] = []

    /// A reader of the node; one that is no mapping is reported and read as empty.
    public init(_ node: MarkedNode, what: String, faults: DiagnosticList, keys: KeyTable? = nil) {
        self.node = node
        self.what = what
        self.faults = faults
        self.keys = keys
        if node.members == nil {
            faults.error(.wrongShape, at: node.mark, "\(what) has to be a mapping, not \(node.shapeInWords)")
        }
    }

    /// The member of that name as it stands; nil where it is not there.
    public func optional(_ key: String) -> MarkedNode? {
        if !known.contains(key) { known.append(key) }
        return node[key]
    }

    /// The member of that name; reported where it is missing.
    public func required(_ key: String) -> MarkedNode? {
        if let member = optional(key) { return member }
        if node.members != nil { faults.error(.missingKey, at: node.mark, "\(what) needs '\(key)'") }
        return nil
    }

    /// Where the key stands; the mapping's own place where it does not.
    public func mark(of key: String) -> SourceMark {
        node.members?.first { $0.key == key }?.keyMark ?? node.mark
    }

    /// Marks keys as known that another reader reads.
    public func allow(_ keys: [String]) { known += keys.filter { !known.contains($0) } }

    /// Reports keys that nobody asked for or that the table does not have, with the key that was probably meant.
    public func finish() {
        let names = keys.map { $0.keys.map(\.name) } ?? known
        for member in node.members ?? [] {
            let isKnown = known.contains(member.key) && keys?.allows(member.key) != false
            // What was reported in better words already, for example as the key of another kind, is not reported again.
            if isKnown || faults.hasError(at: member.keyMark) { continue }
            faults.error(
                .unknownKey, at: member.keyMark,
                "\(what) has no key '\(member.key)'\(Suggestion.ending(for: member.key, among: names))")
        }
    }

    /// The table of the mapping that may stand behind a key, or in its list.
    public func keys(of key: String) -> KeyTable? { keys.flatMap { ($0[key]?.form ?? $0.rest)?.table } }

    /// Reports the key as not yet possible where it is there.
    public func notYet(_ key: String, _ instead: String) {
        guard optional(key) != nil else { return }
        faults.error(.notYet, at: mark(of: key), "'\(key)' is not yet in this version; \(instead)")
    }

    // MARK: Typed members

    /// The text of that name; nil where it is missing or no text.
    public func text(_ key: String, required isRequired: Bool = false) -> String? {
        guard let member = isRequired ? required(key) : optional(key) else { return nil }
        return faults.text(member, what: "'\(key)'")
    }

    /// The word of that name, one of the enum's raw values.
    public func word<Word: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Word.Type, required isRequired: Bool = false
    )
        -> Word? where Word.RawValue == String
    {
        guard let member = isRequired ? required(key) : optional(key) else { return nil }
        return faults.word(member, type, what: "'\(key)'")
    }

    /// The length of time of that name.
    ///
    /// - Units: as written, with `ms s min h d`.
    public func duration(_ key: String, required isRequired: Bool = false) -> Duration? {
        guard let member = isRequired ? required(key) : optional(key), let text = faults.text(member, what: "'\(key)'")
        else {
            return nil
        }
        if let duration = Duration.parse(text) { return duration }
        faults.error(
            .badScalar, at: member.mark,
            "'\(text)' is no length of time; write a number and one of ms, s, min, h, d, such as 15 min")
        return nil
    }

    /// The whole number of that name, within the range.
    public func integer(_ key: String, in range: ClosedRange<Int>, required isRequired: Bool = false) -> Int? {
        guard let member = isRequired ? required(key) : optional(key), let text = faults.text(member, what: "'\(key)'")
        else {
            return nil
        }
        if let number = Int(text), range.contains(number) { return number }
        faults.error(
            .badScalar, at: member.mark,
            "'\(key)' has to be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// The exact number of that name.
    public func decimal(_ key: String, required isRequired: Bool = false) -> ExactDecimal? {
        guard let member = isRequired ? required(key) : optional(key), let text = faults.text(member, what: "'\(key)'")
        else {
            return nil
        }
        if let number = ExactDecimal(text) { return number }
        faults.error(.badScalar, at: member.mark, "'\(text)' is no number")
        return nil
    }

    /// `true` or `false`.
    public func flag(_ key: String) -> Bool? {
        guard let member = optional(key), let text = faults.text(member, what: "'\(key)'") else { return nil }
        switch text {
        case "true", "on", "yes": return true
        case "false", "off", "no": return false
        default:
            faults.error(.unknownWord, at: member.mark, "'\(key)' is either true or false")
            return nil
        }
    }

    /// The list of texts of that name; a single text counts as a list of one.
    public func texts(_ key: String, required isRequired: Bool = false) -> [MarkedText]? {
        guard let member = isRequired ? required(key) : optional(key) else { return nil }
        if let text = member.text, !member.isNothing { return [MarkedText(text: text, mark: member.mark)] }
        guard let items = member.items else {
            faults.error(.wrongShape, at: member.mark, "'\(key)' has to be a list of words, not \(member.shapeInWords)")
            return nil
        }
        return items.compactMap { item in
            faults.text(item, what: "an item of '\(key)'").map { MarkedText(text: $0, mark: item.mark) }
        }
    }

    /// A reader of the mapping of that name.
    public func reader(_ key: String, required isRequired: Bool = false) -> NodeReader? {
        guard let member = isRequired ? required(key) : optional(key) else { return nil }
        guard member.members != nil else {
            faults.error(.wrongShape, at: member.mark, "'\(key)' has to be a mapping, not \(member.shapeInWords)")
            return nil
        }
        return NodeReader(member, what: "'\(key)'", faults: faults, keys: keys(of: key))
    }

    /// The list of that name.
    public func items(_ key: String, required isRequired: Bool = false) -> [MarkedNode]? {
        guard let member = isRequired ? required(key) : optional(key) else { return nil }
        if let items = member.items { return items }
        faults.error(.wrongShape, at: member.mark, "'\(key)' has to be a list, not \(member.shapeInWords)")
        return nil
    }

    /// The members of the mapping of that name.
    public func members(_ key: String, required isRequired: Bool = false) -> [MarkedMember]? {
        guard let member = isRequired ? required(key) : optional(key) else { return nil }
        if let members = member.members { return members }
        faults.error(.wrongShape, at: member.mark, "'\(key)' has to be a mapping, not \(member.shapeInWords)")
        return nil
    }
}

/// A text with its place.
public struct MarkedText: Hashable, Sendable {
    /// The text.
    public let text: String
    /// Where it stands.
    public let mark: SourceMark

    /// That text at that place.
    public init(text: String, mark: SourceMark) {
        self.text = text
        self.mark = mark
    }
}

extension DiagnosticList {
    /// The node's text; reported where it is none or nothing is written.
    public func text(_ node: MarkedNode, what: String) -> String? {
        if let text = node.text, !node.isNothing { return text }
        error(.wrongShape, at: node.mark, "\(what) has to be a word, not \(node.shapeInWords)")
        return nil
    }

    /// The node's text as one of the enum's words.
    public func word<Word: RawRepresentable & CaseIterable>(_ node: MarkedNode, _ type: Word.Type, what: String)
        -> Word?
    where Word.RawValue == String {
        guard let text = text(node, what: what) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        let near = Suggestion.nearest(to: text, among: words).map { "; did you mean '\($0)'?" } ?? ""
        error(.unknownWord, at: node.mark, "\(what) is one of \(words.joined(separator: ", ")), not '\(text)'\(near)")
        return nil
    }
}
