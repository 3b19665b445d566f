/// Something that an expression names and does not make itself: what a host checks before anything runs.
public struct JSONataReference: Equatable, Sendable {
    /// What is named.
    public enum Kind: Equatable, Sendable {
        /// A member of the input.
        case input
        /// A variable that is assigned nowhere in the expression.
        case variable
        /// A function that is called and is neither assigned in the expression nor the language's own; `$eval` too, which a
        /// host may switch off.
        case function
        /// A call that fails whenever it is made, with the reason: a picture is written there that cannot be read.
        case failing(String)
        /// A name that is called as if it were a function, without `$`.
        case call
        /// A subtraction written like a name with a hyphen, `a-b`: the name without blanks.
        case hyphen
    }

    /// What is named.
    public let kind: Kind
    /// The name, without `$`.
    public let name: String
    /// The names from it on, as far as the expression goes from one to the next by name alone: `job.order` of `job.order[0]`.
    public let path: [String]
    /// Where, as UTF-8 offsets.
    public let span: Range<Int>
    /// Of a function the arguments, each where it is a text that is written there.
    public var arguments: [Argument?] = []

    /// A text that is written as an argument.
    public struct Argument: Equatable, Sendable {
        /// The text, without its quotes.
        public let text: String
        /// Where, as UTF-8 offsets.
        public let span: Range<Int>
    }
}

extension JSONataExpression {
    /// The names of the language's own functions, without `$`.
    public static var functionNames: [String] { Builtin.allCases.map(\.rawValue).sorted() }

    /// What the expression names: members of the input itself (not of what is found in it), and variables and functions
    /// that only the host can give it.
    public var references: [JSONataReference] {
        // The text was read before, when the expression was made.
        do {
            var finder = ReferenceFinder()
            let node = try Resolver.resolve(try Parser.parse(text))
            finder.bind(node)
            finder.find(node, isRoot: true)
            return finder.found
        } catch {
            return []
        }
    }
}

/// Walks through an expression and gathers what it names.
private struct ReferenceFinder {
    private(set) var found: [JSONataReference] = []
    /// Names that are assigned anywhere in the expression.
    private var assigned: Set<String> = []

    /// Gathers what is assigned.
    mutating func bind(_ node: Node) {
        switch node.kind {
        case .bind: if let name = node.left?.text { assigned.insert(name) }
        case .lambda: for parameter in node.list { assigned.insert(parameter.text) }
        default: break
        }
        if node.kind != .regex, let focus = node.focus { assigned.insert(focus) }
        if let index = node.index { assigned.insert(index) }
        for case .index(let name) in node.stages { assigned.insert(name) }
        for part in node.parts { bind(part) }
    }

    /// Gathers what is named; `isRoot` says that the context is the input, `isApplied` that a value before `~>` is the first argument.
    mutating func find(_ node: Node, isRoot: Bool, isApplied: Bool = false) {
        switch node.kind {
        case .name: if isRoot { add(.input, node, path: [node.text]) }
        case .variable: variable(node)
        case .path:
            for (place, step) in node.list.enumerated() {
                if isRoot, place == 0, step.kind == .name {
                    add(.input, step, path: Self.names(node))
                    for case .filter(let part) in step.stages + step.predicates { find(part, isRoot: false) }
                } else {
                    find(step, isRoot: isRoot && place == 0)
                }
            }
        case .call, .partial:
            if let target = node.left {
                if target.kind == .variable {
                    let arguments = (isApplied ? [nil] : []) + node.list.map(Self.written)
                    variable(target, arguments: arguments)
                    picture(of: target, arguments: arguments)
                } else if target.kind == .path, target.list.count == 1, target.list[0].kind == .name {
                    add(.call, target.list[0])
                } else {
                    find(target, isRoot: isRoot)
                }
            }
            for argument in node.list { find(argument, isRoot: isRoot) }
        case .lambda: if let body = node.right { find(body, isRoot: isRoot) }
        case .bind: if let value = node.right { find(value, isRoot: isRoot) }
        case .apply:
            if let value = node.left { find(value, isRoot: isRoot) }
            if let function = node.right { find(function, isRoot: isRoot, isApplied: true) }
        case .transform:
            for part in [node.left, node.right, node.third] { if let part { find(part, isRoot: false) } }
        default:
            if node.kind == .binary, node.text == "-" { hyphen(node) }
            for part in [node.left, node.right, node.third] { if let part { find(part, isRoot: isRoot) } }
            for part in node.list { find(part, isRoot: isRoot) }
            for pair in node.pairs {
                find(pair.key, isRoot: isRoot)
                find(pair.value, isRoot: isRoot)
            }
            for term in node.terms { find(term.by, isRoot: false) }
        }
        for case .filter(let part) in node.stages + node.predicates { find(part, isRoot: false) }
        for pair in node.grouping?.pairs ?? [] {
            find(pair.key, isRoot: false)
            find(pair.value, isRoot: false)
        }
    }

    /// Notes a variable; one that is called has arguments.
    private mutating func variable(_ node: Node, arguments: [JSONataReference.Argument?]? = nil) {
        guard !node.text.isEmpty, node.text != "$", !assigned.contains(node.text) else { return }
        if let own = Builtin(rawValue: node.text), own != .eval || arguments == nil { return }
        add(arguments == nil ? .variable : .function, node)
        found[found.count - 1].arguments = arguments ?? []
    }

    private static func written(_ node: Node) -> JSONataReference.Argument? {
        node.kind == .string ? .init(text: node.text, span: node.span) : nil
    }

    /// Notes a picture that is written in a call of the language's own function and that the function cannot read.
    private mutating func picture(of target: Node, arguments: [JSONataReference.Argument?]) {
        guard let function = Builtin(rawValue: target.text), !assigned.contains(target.text),
            arguments.indices.contains(1), let picture = arguments[1]
        else { return }
        do throws(JSONataError) {
            switch function {
            case .fromMillis: _ = try TimePicture(picture.text).write(0, offset: (0, 0))
            case .toMillis: _ = try TimePicture(picture.text).pattern()
            case .formatInteger, .parseInteger: _ = try IntegerPicture(picture.text).format(1)
            // Options say what the signs of the picture are.
            case .formatNumber where arguments.count == 2:
                _ = try NumberPicture.format(.number(1), .string(picture.text), .undefined)
            default: break
            }
        } catch {
            found.append(
                JSONataReference(
                    kind: .failing("\(error.message) (\(error.code))"), name: target.text, path: [], span: picture.span)
            )
        }
    }

    /// Notes `a-b`, where nothing stands between the names and the sign.
    private mutating func hyphen(_ node: Node) {
        guard let left = node.left, let right = node.right, left.kind == .path, right.kind == .path,
            let first = left.list.last, let second = right.list.first, first.kind == .name, second.kind == .name,
            left.span.upperBound + 1 == right.span.lowerBound
        else { return }
        found.append(
            JSONataReference(
                kind: .hyphen, name: "\(first.text)-\(second.text)", path: [],
                span: first.span.lowerBound..<second.span.upperBound))
    }

    /// The names that the path begins with, up to the first step that is more than a name.
    private static func names(_ path: Node) -> [String] {
        var names: [String] = []
        for step in path.list {
            guard step.kind == .name, step.focus == nil, step.index == nil else { break }
            names.append(step.text)
            guard step.stages.isEmpty, step.predicates.isEmpty else { break }
        }
        return names
    }

    private mutating func add(_ kind: JSONataReference.Kind, _ node: Node, path: [String] = []) {
        found.append(JSONataReference(kind: kind, name: node.text, path: path, span: node.span))
    }
}
