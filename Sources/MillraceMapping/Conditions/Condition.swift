import MillraceValues

/// A condition of a mapping or endpoint file: names, literals, `= != < <= > >=`, `in [..]`, `and`, `or` and parentheses.
///
/// It is the subset of JSONata that needs no engine. A comparison with nothing is false, `!=` too. A number against a text compares
/// as numbers where the whole text is a number.
public struct Condition: Sendable {
    /// A name in the condition: its parts between the dots, and where it stands.
    struct Path: Hashable, Sendable {
        let parts: [String]
        let offset: Int
        /// The parts with dots between them.
        var text: String { parts.joined(separator: ".") }
    }

    enum Comparison: String, Sendable {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    indirect enum Node: Sendable {
        case name(Path)
        case literal(Value)
        case comparison(Comparison, Node, Node)
        case isIn(Node, [Node])
        case all(Node, Node)
        case any(Node, Node)
    }

    /// The condition as it was written.
    public let text: String
    let root: Node

    /// Reads the condition.
    ///
    /// - Throws: `ConditionFault` with the first place that cannot be read.
    public init(_ text: String) throws(ConditionFault) {
        self.text = text
        var parser = ConditionParser(tokens: try ConditionLexer(text).tokens())
        root = try parser.whole()
    }

    /// Whether the text is a condition of this simple kind.
    static func canRead(_ text: String) -> Bool {
        do {
            _ = try Condition(text)
            return true
        } catch {
            return false
        }
    }

    /// The names in it, in the order they are written.
    var paths: [Path] {
        var found: [Path] = []
        func visit(_ node: Node) {
            switch node {
            case .name(let path): found.append(path)
            case .literal: break
            case .comparison(_, let left, let right), .all(let left, let right), .any(let left, let right):
                visit(left)
                visit(right)
            case .isIn(let left, let items):
                visit(left)
                items.forEach(visit)
            }
        }
        visit(root)
        return found
    }
}

/// Why a condition cannot be read.
public struct ConditionFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The Unicode scalar in the condition, counted from 0.
    public let offset: Int
    /// One sentence.
    public let description: String
}
