import MillraceValues

/// A word of a condition.
struct ConditionToken: Equatable {
    enum Kind: Equatable {
        case name(String)
        case text(String)
        case number(ExactDecimal)
        case mark(String)
        case end
    }

    let kind: Kind
    let offset: Int
}

/// Splits a condition into words.
struct ConditionLexer {
    private let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    func tokens() throws(ConditionFault) -> [ConditionToken] {
        var tokens: [ConditionToken] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let start = index
            if scalar.properties.isWhitespace {
                index += 1
                continue
            }
            let kind: ConditionToken.Kind
            switch scalar {
            case "\"", "'": kind = .text(try quoted(from: &index, by: scalar, "text"))
            case "`": kind = .name(try quoted(from: &index, by: "`", "name"))
            case "=", "(", ")", "[", "]", ",", ".":
                kind = .mark(String(scalar))
                index += 1
            case "!", "<", ">": kind = .mark(try comparison(from: &index))
            case "-", "0"..."9": kind = .number(try number(from: &index))
            default:
                guard Self.beginsName(scalar) else {
                    throw ConditionFault(
                        offset: start,
                        description:
                            "'\(scalar)' cannot stand in a condition; use = != < <= > >= in and or, and parentheses")
                }
                kind = .name(try name(from: &index))
            }
            tokens.append(ConditionToken(kind: kind, offset: start))
        }
        tokens.append(ConditionToken(kind: .end, offset: scalars.count))
        return tokens
    }

    private static func beginsName(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic || scalar == "_" }

    private func name(from index: inout Int) throws(ConditionFault) -> String {
        let start = index
        while index < scalars.count, Self.beginsName(scalars[index]) || ("0"..."9").contains(scalars[index]) {
            index += 1
        }
        if index < scalars.count, scalars[index] == "-" {
            var end = index
            while end < scalars.count, Self.beginsName(scalars[end]) || scalars[end] == "-" { end += 1 }
            throw ConditionFault(
                offset: start,
                description: "a name with a hyphen stands in backticks: `\(Self.text(scalars[start..<end]))`")
        }
        return Self.text(scalars[start..<index])
    }

    private func comparison(from index: inout Int) throws(ConditionFault) -> String {
        let first = scalars[index]
        if index + 1 < scalars.count, scalars[index + 1] == "=" {
            index += 2
            return "\(first)="
        }
        guard first != "!" else { throw ConditionFault(offset: index, description: "after '!' a '=' is due") }
        index += 1
        return String(first)
    }

    private func number(from index: inout Int) throws(ConditionFault) -> ExactDecimal {
        let start = index
        index += 1
        while index < scalars.count, ("0"..."9").contains(scalars[index]) || scalars[index] == "." { index += 1 }
        let text = Self.text(scalars[start..<index])
        guard let number = ExactDecimal(text) else {
            throw ConditionFault(offset: start, description: "'\(text)' is no number")
        }
        return number
    }

    private func quoted(from index: inout Int, by mark: Unicode.Scalar, _ what: String) throws(ConditionFault) -> String
    {
        let start = index
        var content: [Unicode.Scalar] = []
        index += 1
        while index < scalars.count, scalars[index] != mark {
            if scalars[index] == "\\", mark != "`", index + 1 < scalars.count { index += 1 }
            content.append(scalars[index])
            index += 1
        }
        guard index < scalars.count else {
            throw ConditionFault(offset: start, description: "the \(what) that begins here has no closing \(mark)")
        }
        index += 1
        return Self.text(content[...])
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
