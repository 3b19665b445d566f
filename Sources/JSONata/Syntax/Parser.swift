/// Reads an expression by the binding powers of its operators.
struct Parser {
    /// How many parts may stand inside each other.
    static let depthLimit = 250
    private var lexer: Lexer
    private(set) var token: Token
    private var previousEnd = 0
    private var depth = 0

    private init(_ text: String) throws(JSONataError) {
        lexer = Lexer(text)
        token = try lexer.next(afterOperand: false)
    }

    /// The whole expression, not yet resolved.
    static func parse(_ text: String) throws(JSONataError) -> Node {
        var parser = try Parser(text)
        let node = try parser.expression(0)
        guard parser.token.kind == .end else {
            throw JSONataError("S0201", at: parser.token.span, token: parser.token.shown)
        }
        return node
    }

    private mutating func step(afterOperand: Bool) throws(JSONataError) {
        previousEnd = token.span.upperBound
        token = try lexer.next(afterOperand: afterOperand)
    }

    /// Passes over that symbol.
    private mutating func take(_ symbol: String, afterOperand: Bool = false) throws(JSONataError) {
        guard token.isSymbol(symbol) else {
            throw JSONataError(
                token.kind == .end ? "S0203" : "S0202", at: token.span, token: token.shown,
                message: token.kind == .end
                    ? "expected \(symbol) before the end of the expression"
                    : "expected \(symbol) but found \(token.shown)")
        }
        try step(afterOperand: afterOperand)
    }

    mutating func expression(_ power: Int) throws(JSONataError) -> Node {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw JSONataError("S0500", at: token.span) }
        var left = try prefix()
        while power < token.power { left = try infix(left) }
        return left
    }

    // MARK: what begins an expression

    private mutating func prefix() throws(JSONataError) -> Node {
        let first = token
        switch first.kind {
        case .end: return Node(.end, "", first.span)
        case .name: return try leaf(.name)
        case .variable: return try leaf(.variable)
        case .string: return try leaf(.string)
        case .null: return try leaf(.null)
        case .bool(let flag):
            let node = try leaf(.bool)
            node.flag = flag
            return node
        case .number(let number):
            let node = try leaf(.number)
            node.number = number
            return node
        case .regex(let flags):
            let node = try leaf(.regex)
            // The flags are kept in the place of a name.
            node.focus = flags
            return node
        case .symbol: return try prefixSymbol(first)
        }
    }

    private mutating func leaf(_ kind: Node.Kind) throws(JSONataError) -> Node {
        let node = Node(kind, token.text, token.span)
        try step(afterOperand: true)
        return node
    }

    private mutating func prefixSymbol(_ first: Token) throws(JSONataError) -> Node {
        switch first.text {
        case "and", "or", "in": return try leaf(.word)
        case "*": return try leaf(.wildcard)
        case "**": return try leaf(.descendant)
        case "%": return try leaf(.parent)
        case "-":
            try step(afterOperand: false)
            let node = Node(.negate, "-", first.span)
            node.left = try expression(70)
            return closed(node, from: first)
        case "(": return try block(first)
        case "[": return try array(first)
        case "{": return try object(Node(.object, "{", first.span), from: first)
        case "|": return try transform(first)
        default: throw JSONataError("S0211", at: first.span, token: first.text)
        }
    }

    private func closed(_ node: Node, from first: Token) -> Node { closed(node, from: first.span.lowerBound) }

    private func closed(_ node: Node, from start: Int) -> Node {
        node.span = start..<max(previousEnd, start)
        return node
    }

    private mutating func block(_ first: Token) throws(JSONataError) -> Node {
        try step(afterOperand: false)
        let node = Node(.block, "(", first.span)
        while !token.isSymbol(")") {
            node.list.append(try expression(0))
            guard token.isSymbol(";") else { break }
            try step(afterOperand: false)
        }
        try take(")", afterOperand: true)
        return closed(node, from: first)
    }

    private mutating func array(_ first: Token) throws(JSONataError) -> Node {
        try step(afterOperand: false)
        let node = Node(.array, "[", first.span)
        if !token.isSymbol("]") {
            while true {
                let item = try expression(0)
                if token.isSymbol("..") {
                    let range = Node(.binary, "..", item.span, mark: token.span)
                    try step(afterOperand: false)
                    range.left = item
                    range.right = try expression(0)
                    node.list.append(closed(range, from: item.span.lowerBound))
                } else {
                    node.list.append(item)
                }
                guard token.isSymbol(",") else { break }
                try step(afterOperand: false)
            }
        }
        try take("]", afterOperand: true)
        return closed(node, from: first)
    }

    private mutating func object(_ node: Node, from first: Token) throws(JSONataError) -> Node {
        try step(afterOperand: false)
        if !token.isSymbol("}") {
            while true {
                let key = try expression(0)
                try take(":")
                node.pairs.append((key, try expression(0)))
                guard token.isSymbol(",") else { break }
                try step(afterOperand: false)
            }
        }
        try take("}", afterOperand: true)
        return closed(node, from: first)
    }

    private mutating func transform(_ first: Token) throws(JSONataError) -> Node {
        try step(afterOperand: false)
        let node = Node(.transform, "|", first.span)
        node.left = try expression(0)
        try take("|")
        node.right = try expression(0)
        if token.isSymbol(",") {
            try step(afterOperand: false)
            node.third = try expression(0)
        }
        try take("|", afterOperand: true)
        return closed(node, from: first)
    }

    // MARK: what goes on with an expression

    private mutating func infix(_ left: Node) throws(JSONataError) -> Node {
        let symbol = token
        let start = left.span.lowerBound
        try step(afterOperand: false)
        switch symbol.text {
        case "(": return try call(left, symbol)
        case "[": return try predicate(left, symbol)
        case "{":
            let node = Node(.group, "{", symbol.span, mark: symbol.span)
            node.left = left
            return try members(node, from: start)
        case "^": return try order(left, symbol)
        case "?":
            let node = Node(.condition, "?", symbol.span, mark: symbol.span)
            node.left = left
            node.right = try expression(0)
            if token.isSymbol(":") {
                try step(afterOperand: false)
                node.third = try expression(0)
            }
            return closed(node, from: start)
        case ":=":
            guard left.kind == .variable else {
                throw JSONataError("S0212", at: left.span, token: left.text)
            }
            return try binary(.bind, left, symbol, power: 9)
        case "@", "#":
            let node = try binary(symbol.text == "@" ? .focus : .position, left, symbol, power: 80)
            guard let name = node.right, name.kind == .variable else {
                throw JSONataError("S0214", at: node.right?.span ?? symbol.span, token: symbol.text)
            }
            return node
        case ".": return try binary(.dot, left, symbol, power: symbol.power)
        case "~>": return try binary(.apply, left, symbol, power: symbol.power)
        case "?:": return try binary(.otherwise, left, symbol, power: 0)
        case "??": return try binary(.coalesce, left, symbol, power: 0)
        default: return try binary(.binary, left, symbol, power: symbol.power)
        }
    }

    private mutating func binary(
        _ kind: Node.Kind, _ left: Node, _ symbol: Token, power: Int
    ) throws(JSONataError) -> Node {
        let node = Node(kind, symbol.text, symbol.span, mark: symbol.span)
        node.left = left
        node.right = try expression(power)
        return closed(node, from: left.span.lowerBound)
    }

    private mutating func members(_ node: Node, from start: Int) throws(JSONataError) -> Node {
        // The bracket is passed over already.
        if !token.isSymbol("}") {
            while true {
                let key = try expression(0)
                try take(":")
                node.pairs.append((key, try expression(0)))
                guard token.isSymbol(",") else { break }
                try step(afterOperand: false)
            }
        }
        try take("}", afterOperand: true)
        return closed(node, from: start)
    }

    private mutating func predicate(_ left: Node, _ symbol: Token) throws(JSONataError) -> Node {
        if token.isSymbol("]") {
            var target = left
            while target.kind == .filter, let inner = target.left { target = inner }
            target.keepsArray = true
            try step(afterOperand: true)
            return left
        }
        let node = Node(.filter, "[", symbol.span, mark: symbol.span)
        node.left = left
        node.right = try expression(0)
        try take("]", afterOperand: true)
        return closed(node, from: left.span.lowerBound)
    }

    private mutating func order(_ left: Node, _ symbol: Token) throws(JSONataError) -> Node {
        let node = Node(.order, "^", symbol.span, mark: symbol.span)
        node.left = left
        try take("(")
        while true {
            var isDescending = false
            if token.isSymbol("<") {
                try step(afterOperand: false)
            } else if token.isSymbol(">") {
                isDescending = true
                try step(afterOperand: false)
            }
            node.terms.append((isDescending, try expression(0)))
            guard token.isSymbol(",") else { break }
            try step(afterOperand: false)
        }
        try take(")", afterOperand: true)
        return closed(node, from: left.span.lowerBound)
    }

    // MARK: calls and functions

    private mutating func call(_ left: Node, _ symbol: Token) throws(JSONataError) -> Node {
        let node = Node(.call, "(", symbol.span, mark: left.span)
        node.left = left
        if !token.isSymbol(")") {
            while true {
                if token.isSymbol("?") {
                    node.kind = .partial
                    node.list.append(Node(.placeholder, "?", token.span))
                    try step(afterOperand: false)
                } else {
                    node.list.append(try expression(0))
                }
                guard token.isSymbol(",") else { break }
                try step(afterOperand: false)
            }
        }
        try take(")", afterOperand: true)
        guard left.kind == .name, left.text == "function" || left.text == "λ" else {
            return closed(node, from: left.span.lowerBound)
        }
        return try lambda(node, from: left.span.lowerBound)
    }

    private mutating func lambda(_ node: Node, from start: Int) throws(JSONataError) -> Node {
        node.kind = .lambda
        for parameter in node.list where parameter.kind != .variable {
            throw JSONataError("S0208", at: parameter.span, token: parameter.text)
        }
        if token.isSymbol("<") { node.signature = try signature() }
        try take("{")
        node.right = try expression(0)
        try take("}", afterOperand: true)
        return closed(node, from: start)
    }

    private mutating func signature() throws(JSONataError) -> Signature {
        let start = token.span.lowerBound
        var text = "<"
        var depth = 1
        while depth > 0, !token.isSymbol("{"), token.kind != .end {
            try step(afterOperand: true)
            if token.isSymbol(">") { depth -= 1 }
            if token.isSymbol("<") { depth += 1 }
            text += token.text
        }
        try take(">")
        return try Signature(text, at: start)
    }
}
