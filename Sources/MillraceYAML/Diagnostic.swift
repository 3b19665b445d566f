/// One fault of one file, with its place.
public struct Diagnostic: Hashable, Sendable {
    /// How grave it is.
    public enum Severity: String, Sendable {
        /// The file cannot be used.
        case error
        /// The file can be used and may not do what is meant.
        case warning
    }

    /// The file as the caller named it.
    public let file: String
    /// Where in the file.
    public let mark: SourceMark
    /// How grave it is.
    public let severity: Severity
    /// What kind of fault.
    public let code: DiagnosticCode
    /// One sentence: what is wrong and what to do.
    public let sentence: String
    /// The line of the fault; empty where there is none.
    public let sourceLine: String

    /// The line, counted from 1.
    public var line: Int { mark.line }
    /// The column in Unicode scalars, counted from 1.
    public var column: Int { mark.column }

    /// A fault of these parts.
    public init(
        file: String, mark: SourceMark, severity: Severity = .error, code: DiagnosticCode, sentence: String,
        sourceLine: String
    ) {
        self.file = file
        self.mark = mark
        self.severity = severity
        self.code = code
        self.sentence = sentence
        self.sourceLine = sourceLine
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error MR…: sentence`, then the line and a caret under the place.
    public var description: String {
        let head = "\(file):\(line):\(column): \(severity.rawValue) \(code.rawValue): \(sentence)"
        if sourceLine.isEmpty { return head }
        // Tabs are kept, so that the caret stands right at any tab width.
        let indent = sourceLine.unicodeScalars.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
        return "\(head)\n\(sourceLine)\n\(indent)^"
    }
}

extension Diagnostic: Comparable {
    /// By file, then by place.
    public static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        (left.file, left.mark) < (right.file, right.mark)
    }
}

/// Collects all faults of one file, and of the files that it extends.
public final class DiagnosticList {
    /// The texts that places refer to: the file's own, then those that it extends.
    public private(set) var sources: [SourceText]
    private var found: [Diagnostic] = []
    /// The same, to tell at once whether one is there: a file may have thousands of faults.
    private var known: Set<Diagnostic> = []
    /// Where something is wrong that is there.
    private var wrongPlaces: Set<Place> = []

    private struct Place: Hashable {
        let file: String
        let mark: SourceMark
    }

    /// Nothing found so far in that text.
    public init(_ source: SourceText) { sources = [source] }

    /// The text of the file itself.
    public var source: SourceText { sources[0] }

    /// Adds a text that places may refer to, and gives its number for `MarkedNode.standing(in:)`.
    public func add(_ source: SourceText) -> Int {
        sources.append(source)
        return sources.count - 1
    }

    /// The text that the place refers to.
    public func source(of mark: SourceMark) -> SourceText {
        sources.indices.contains(mark.text) ? sources[mark.text] : source
    }

    /// The place as `file:line:column`.
    public func place(_ mark: SourceMark) -> String { "\(source(of: mark).file):\(mark.line):\(mark.column)" }

    /// The place of the scalar's `offset`-th Unicode scalar.
    public func mark(at offset: Int, in node: MarkedNode) -> SourceMark {
        node.mark(at: offset, in: source(of: node.mark))
    }

    /// All faults, sorted by place; those of tables the file names stand among them under their own file.
    public var sorted: [Diagnostic] {
        // Sorted by index too, so that two faults of one place keep their order.
        found.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.element)
    }

    /// Whether the file cannot be used.
    public var hasErrors: Bool { found.contains { $0.severity == .error } }
    /// Whether there is an error at that place; that something is missing there says nothing of what is there.
    func hasError(at mark: SourceMark) -> Bool {
        wrongPlaces.contains(Place(file: source(of: mark).file, mark: mark.alone))
    }
    /// How many errors there are.
    public var errorCount: Int { found.count { $0.severity == .error } }

    /// Reports an error at that place.
    public func error(_ code: DiagnosticCode, at mark: SourceMark, _ sentence: String) {
        add(.error, code, mark, sentence)
    }

    /// Reports something that works and may not be meant.
    public func warning(_ code: DiagnosticCode, at mark: SourceMark, _ sentence: String) {
        add(.warning, code, mark, sentence)
    }

    /// Takes over the faults of another file.
    public func take(_ others: [Diagnostic]) {
        for other in others { add(other) }
    }

    private func add(_ severity: Diagnostic.Severity, _ code: DiagnosticCode, _ mark: SourceMark, _ sentence: String) {
        let source = source(of: mark)
        add(
            Diagnostic(
                file: source.file, mark: mark.alone, severity: severity, code: code, sentence: sentence,
                sourceLine: source.line(mark.line)))
    }

    private func add(_ fault: Diagnostic) {
        guard known.insert(fault).inserted else { return }
        found.append(fault)
        if fault.severity == .error, fault.code != .missingKey {
            wrongPlaces.insert(Place(file: fault.file, mark: fault.mark))
        }
    }
}
