import JSONata
import MillraceValues
import MillraceYAML

/// A condition of a mapping or endpoint file: an expression of JSONata that is taken for true or false.
///
/// A comparison with nothing is false, `!=` too. Values of a source are texts, so a number against a text compares by amount where the
/// whole text is a number, and what cannot be compared is false. Comparisons of names and literals have a fast form of the same
/// meaning; anything more is evaluated.
public struct Condition: Sendable {
    /// A name in the condition: its parts between the dots, and where it stands.
    struct Path: Hashable, Sendable {
        let parts: [String]
        /// The Unicode scalar, counted from 0.
        let offset: Int
        /// The parts with dots between them.
        var text: String { parts.joined(separator: ".") }
    }

    /// The condition as it was written.
    public let text: String
    let expression: JSONataExpression
    /// The fast form; nil where the condition is more than comparisons.
    let test: JSONataTest?
    /// The names in it, in the order they are written, `$name` for values of `let`.
    let paths: [Path]

    /// Whether it only compares names and literals.
    var isSimple: Bool { test != nil }

    /// Reads the condition.
    ///
    /// - Throws: `ConditionFault` with the first place that cannot be read.
    public init(_ text: String) throws(ConditionFault) {
        try self.init(text, evaluated: false)
    }

    /// - Shape: with `evaluated` the fast form is not used, so that both can be compared.
    init(_ text: String, evaluated: Bool) throws(ConditionFault) {
        self.text = text
        if text.allSatisfy(\.isWhitespace) { throw ConditionFault(offset: 0, description: "the condition is empty") }
        do {
            expression = try JSONataExpression(text)
        } catch {
            throw ConditionFault(
                offset: Self.scalars(before: error.span?.lowerBound ?? 0, in: text),
                description: "\(error.message) (\(error.code))")
        }
        test = evaluated ? nil : expression.test
        var paths: [Path] = []
        for reference in expression.references {
            let offset = Self.scalars(before: reference.span.lowerBound, in: text)
            switch reference.kind {
            case .input: paths.append(Path(parts: reference.path, offset: offset))
            case .variable:
                paths.append(Path(parts: [MappingExpression.variableMark + reference.name], offset: offset))
            case .function, .call, .hyphen, .failing:
                if let sentence = reference.fault { throw ConditionFault(offset: offset, description: sentence) }
            }
        }
        self.paths = test?.paths(in: text) ?? paths
    }

    /// How many Unicode scalars stand before a byte of the text.
    static func scalars(before offset: Int, in text: String) -> Int {
        // The end is the end of what is written, not the line break behind it.
        let written = text.utf8.reversed().drop { $0 == 0x0A || $0 == 0x20 }.count
        return String(decoding: text.utf8.prefix(min(offset, written)), as: UTF8.self).unicodeScalars.count
    }
}

/// Why a condition cannot be read.
public struct ConditionFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The Unicode scalar in the condition, counted from 0.
    public let offset: Int
    /// One sentence.
    public let description: String
}

extension JSONataReference {
    /// What is wrong with the name wherever it stands; nil where that depends on what is there.
    var fault: String? {
        switch kind {
        case .function:
            if name == "eval" { return "$eval is switched off here; write the expression itself" }
            if MappingFunctions.names.contains(name) { return nil }
            let known = JSONataExpression.functionNames + MappingFunctions.names
            return "'$\(name)' is no function\(Suggestion.ending(for: name, among: known))"
        case .call: return "'\(name)' is no function; functions begin with $, such as $\(name)"
        case .hyphen:
            return "a name with a hyphen stands in backticks: `\(name)`; a subtraction has blanks around its sign"
        case .failing(let reason): return "$\(name): \(reason)"
        case .input, .variable: return nil
        }
    }
}

extension JSONataTest {
    /// The names in it, in the order they are written.
    fileprivate func paths(in text: String) -> [Condition.Path] {
        switch self {
        case .literal: []
        case .path(let parts, let span):
            [Condition.Path(parts: parts, offset: Condition.scalars(before: span.lowerBound, in: text))]
        case .comparison(_, let left, let right), .all(let left, let right), .any(let left, let right):
            left.paths(in: text) + right.paths(in: text)
        case .isIn(let left, let items): left.paths(in: text) + items.flatMap { $0.paths(in: text) }
        }
    }
}
