/// One word of an expression.
struct Token {
    enum Kind: Equatable {
        case end
        /// An operator or a bracket; its text is the token's.
        case symbol
        case name
        case variable
        case string
        case number(Double)
        case bool(Bool)
        case null
        case regex(flags: String)
    }

    var kind: Kind
    /// What it says: the operator, the name, the text without its quotes, the pattern without its slashes.
    var text: String
    /// The place in the expression, as UTF-8 offsets.
    var span: Range<Int>

    /// Whether this is that operator or bracket.
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

    /// How strongly it binds what stands before it; 0 where nothing can stand before it.
    var power: Int {
        guard kind == .symbol else { return 0 }
        switch text {
        case "[", "(", "@", "#": return 80
        case ".": return 75
        case "{": return 70
        case "*", "/", "%": return 60
        case "+", "-", "&": return 50
        case "=", "!=", "<", ">", "<=", ">=", "in", "^", "~>", "?:", "??": return 40
        case "and": return 30
        case "or": return 25
        case "?": return 20
        case ":=": return 10
        default: return 0
        }
    }

    /// How a message names it.
    var shown: String {
        switch kind {
        case .end: "the end"
        case .variable: "$" + text
        case .string: "the text \"\(text)\""
        case .number(let number): NumberText.text(number)
        case .regex: "a regular expression"
        default: text
        }
    }
}
