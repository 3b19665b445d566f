import Yams

/// Reads a YAML file into marked nodes.
public enum YAMLFile {
    /// What a file may ask of its reader; aliases count as often as they are used.
    static let (byteLimit, nodeLimit, depthLimit) = (1 << 20, 50_000, 64)
    /// How much text is read at most to name keys that stand twice.
    private static let turnBytes = 1 << 19

    /// The one document of the text; nil where it cannot be read.
    ///
    /// - Effects: reports every fault to `faults`. A key that stands twice is reported and its first value kept, so that the other
    ///   faults of the file are found in the same pass.
    public static func read(_ faults: DiagnosticList) -> MarkedNode? {
        let source = faults.source
        guard source.text.utf8.count <= byteLimit else {
            faults.error(.tooLarge, at: .start, "the file is larger than \(byteLimit >> 20) MiB; part it")
            return nil
        }
        // Yams makes all nodes before any can be counted; each needs one of these, but for the first.
        guard source.text.utf8.count(where: { [0x0A, 0x2C, 0x3A, 0x5B, 0x7B].contains($0) }) <= nodeLimit else {
            faults.error(.tooLarge, at: .start, "the file has more than \(nodeLimit) entries; part it")
            return nil
        }
        var text = PatchedText(source)
        // Every turn parts one pair of equal keys and reads the whole text again: as many as a second allows.
        for _ in 0..<min(100, max(1, turnBytes / max(1, source.text.utf8.count))) {
            do {
                guard let root = try Yams.compose(yaml: text.yaml, .basic, .default, .utf8) else {
                    faults.error(.wrongShape, at: .start, "the file is empty")
                    return nil
                }
                var conversion = NodeConversion(faults: faults, text: text)
                return conversion.converted(root, depth: 0)
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                if text.makeUnique(at: SourceMark(line: context.mark.line, column: context.mark.column)) { continue }
                let mark = SourceMark(line: max(1, context.mark.line), column: max(1, context.mark.column))
                faults.error(.duplicateKey, at: mark, "a key stands twice in this mapping; keep one")
                return nil
            } catch {
                report(error, to: faults)
                return nil
            }
        }
        faults.error(.duplicateKey, at: .start, "too many keys stand twice to name them; keep one of each")
        return nil
    }

    private static func report(_ error: any Error, to faults: DiagnosticList) {
        guard let error = error as? YamlError else {
            return faults.error(.syntax, at: .start, "the YAML cannot be read: \(error)")
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let place = SourceMark(line: max(1, mark.line), column: max(1, mark.column))
            faults.error(
                .syntax, at: place, "the YAML cannot be read here: \(sentence(problem, at: place, faults.source))")
        case .reader(let problem, let offset, _, _):
            faults.error(
                .syntax, at: faults.source.mark(utf8Offset: offset ?? 0), "the YAML cannot be read: \(problem)")
        default:
            faults.error(.syntax, at: .start, "the YAML cannot be read")
        }
    }
}

extension YAMLFile {
    /// What is wrong and what to do, where the reader's own words do not say it.
    private static func sentence(_ problem: String, at mark: SourceMark, _ source: SourceText) -> String {
        if problem.hasSuffix("found another document") {
            return "a second document begins behind '---'; put each into a file of its own"
        }
        guard problem.hasSuffix("found character that cannot start any token") else { return problem }
        let line = Array(source.line(mark.line).unicodeScalars)
        guard line.indices.contains(mark.column - 1) else { return problem }
        let character = line[mark.column - 1]
        switch character {
        case "\t": return "a tab stands before the text; YAML takes blanks only"
        case "|", ">":
            let what = "a text that begins with '\(character)' has lines of its own"
            return what + " and cannot stand in braces or brackets; write them as lines, too, or put the text in quotes"
        default: return "no text begins with '\(character)'; put it in quotes, or write an expression below 'expr: |'"
        }
    }
}

/// The text with keys made unique: Yams refuses a mapping with equal keys and names but the first of them, so its first
/// letter is put
/// out of the way and the file read again. Columns stay, and the key gets its letter back afterwards.
private struct PatchedText {
    private let source: SourceText
    /// The lines, once one of them is another.
    private var lines: [String] = []
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]

    init(_ source: SourceText) { self.source = source }

    var yaml: String { (lines.isEmpty ? Self.lines(of: source) : lines).joined(separator: "\n") + "\n" }

    /// The text as a whole where no other line end than "\n" stands in it, which is the same to YAML.
    private static func lines(of source: SourceText) -> [String] {
        let isPlain = source.text.utf8.allSatisfy { $0 != 0x0D && $0 != 0xC2 && $0 != 0xE2 }
        return isPlain ? [source.text] : split(source)
    }

    private static func split(_ source: SourceText) -> [String] {
        source.lines.map { String(String.UnicodeScalarView($0)) }
    }

    mutating func makeUnique(at mark: SourceMark) -> Bool {
        if lines.isEmpty { lines = Self.split(source) }
        guard lines.indices.contains(mark.line - 1) else { return false }
        var line = Array(lines[mark.line - 1].unicodeScalars)
        var column = mark.column - 1
        if line.indices.contains(column), line[column] == "\"" || line[column] == "'" { column += 1 }
        guard line.indices.contains(column), !"'\"\\".unicodeScalars.contains(line[column]),
            originals[line[column]] == nil,
            // Private use, after what the file may use itself.
            let mask = Unicode.Scalar(UInt32(0xF0000 + originals.count))
        else { return false }
        originals[mask] = line[column]
        line[column] = mask
        lines[mark.line - 1] = String(String.UnicodeScalarView(line))
        return true
    }

    func restored(_ key: String) -> String {
        guard let first = key.unicodeScalars.first, let original = originals[first] else { return key }
        return String(String.UnicodeScalarView([original] + key.unicodeScalars.dropFirst()))
    }
}

/// Turns Yams' nodes into ours, counting them.
private struct NodeConversion {
    let faults: DiagnosticList
    let text: PatchedText
    private var count = 0

    init(faults: DiagnosticList, text: PatchedText) {
        self.faults = faults
        self.text = text
    }

    mutating func converted(_ node: Node, depth: Int) -> MarkedNode? {
        let mark = node.mark.map { SourceMark(line: $0.line, column: $0.column) } ?? .start
        count += 1
        if count > YAMLFile.nodeLimit || depth > YAMLFile.depthLimit {
            if count <= YAMLFile.nodeLimit + 1 {
                count = YAMLFile.nodeLimit + 1
                faults.error(
                    .tooLarge, at: mark,
                    "the file unfolds to more than \(YAMLFile.nodeLimit) nodes or \(YAMLFile.depthLimit) levels; use fewer aliases"
                )
            }
            count += 1
            return nil
        }
        switch node {
        case .scalar(let scalar): return MarkedNode(.scalar(scalar.string, style(scalar.style)), mark: mark)
        case .sequence(let items):
            var result: [MarkedNode] = []
            for item in items {
                guard let next = converted(item, depth: depth + 1) else { return nil }
                result.append(next)
            }
            return MarkedNode(.sequence(result), mark: mark)
        case .mapping(let pairs): return mapping(pairs, mark: mark, depth: depth)
        case .alias:
            faults.error(.syntax, at: mark, "an alias stands for nothing here")
            return nil
        }
    }

    private mutating func mapping(_ pairs: Node.Mapping, mark: SourceMark, depth: Int) -> MarkedNode? {
        var members: [MarkedMember] = []
        var places: [String: Int] = [:]
        for (key, value) in pairs {
            let keyMark = key.mark.map { SourceMark(line: $0.line, column: $0.column) } ?? mark
            guard let next = converted(value, depth: depth + 1) else { return nil }
            guard case .scalar(let scalar) = key else {
                faults.error(.wrongShape, at: keyMark, "a key has to be a word, not a list or a mapping")
                continue
            }
            let name = text.restored(scalar.string)
            if let line = places.updateValue(keyMark.line, forKey: name) {
                faults.error(
                    .duplicateKey, at: keyMark, "the key '\(name)' stands twice, first on line \(line); keep one")
                places[name] = line
                continue
            }
            members.append(MarkedMember(key: name, keyMark: keyMark, value: next))
        }
        return MarkedNode(.mapping(members), mark: mark)
    }

    private func style(_ style: Node.Scalar.Style) -> ScalarStyle {
        switch style {
        case .singleQuoted: .singleQuoted
        case .doubleQuoted: .doubleQuoted
        case .literal: .literal
        case .folded: .folded
        case .any, .plain: .plain
        }
    }
}
