import MillraceValues

/// A function as a value.
final class Function {
    enum Body {
        case builtin(Builtin)
        case lambda(Lambda)
        /// Some arguments given, some still open (nil).
        case partial(Function, [Item?])
        /// The first, then the second.
        case chain(Function, Function)
        case matcher(Regex)
        /// Made by the language itself: the rest of a match, a transform.
        case native(arity: Int, (Caller, [Item]) throws(JSONataError) -> Item)
        case host(JSONataFunction)
    }

    let body: Body
    let signature: Signature?

    init(_ body: Body, _ signature: Signature? = nil) { (self.body, self.signature) = (body, signature) }

    /// How many arguments it takes, which decides what a function like `$map` passes to it.
    var arity: Int {
        switch body {
        case .builtin(let builtin): builtin.arity
        case .lambda(let lambda): lambda.code.parameters
        case .partial(_, let given): given.count { $0 == nil }
        case .chain: 1
        case .matcher: 2
        case .native(let arity, _): arity
        case .host: signature?.parameters.count ?? 0
        }
    }

    /// The name a message gives it.
    var name: String? {
        switch body {
        case .builtin(let builtin): builtin.rawValue
        case .host(let function): function.name
        default: nil
        }
    }
}

/// A function that an expression wrote, with where it was written.
struct Lambda {
    let code: LambdaCode
    let frame: Frame
    let input: Item
}

/// What is the same each time a function is made.
final class LambdaCode {
    let parameters: Int
    let slots: Int
    let body: Code
    let signature: Signature?

    init(parameters: Int, slots: Int, body: @escaping Code, signature: Signature?) {
        (self.parameters, self.slots, self.body, self.signature) = (parameters, slots, body, signature)
    }
}

/// Who calls a function: the machine, the context value, how deep, and where in the expression.
struct Caller {
    let machine: Machine
    let input: Item
    let level: Int
    let span: Range<Int>
    /// Compiles and evaluates a text in the scope of the call, for `$eval`.
    var evaluate: ((Machine, String, Item) throws(JSONataError) -> Item)?

    init(_ machine: Machine, input: Item, level: Int, span: Range<Int>) {
        (self.machine, self.input, self.level, self.span) = (machine, input, level, span)
    }

    /// Calls a function as `$map` and its kind do: with as many of the arguments as it takes.
    func callback(_ function: Function, _ first: Item, _ second: Item, _ third: Item) throws(JSONataError) -> Item {
        switch function.arity {
        case 0, 1: try machine.apply(function, [first], self)
        case 2: try machine.apply(function, [first, second], self)
        default: try machine.apply(function, [first, second, third], self)
        }
    }
}

/// A call in tail position that its caller makes in its place, so that loops written as recursion need no stack.
final class TailCall {
    let function: Function
    let arguments: [Item]
    let span: Range<Int>
    let token: String?

    init(_ function: Function, _ arguments: [Item], _ span: Range<Int>, _ token: String?) {
        (self.function, self.arguments, self.span, self.token) = (function, arguments, span, token)
    }
}

extension Machine {
    /// Calls a function, following the calls in tail position that it ends in.
    func apply(_ function: Function, _ arguments: [Item], _ caller: Caller) throws(JSONataError) -> Item {
        var result = try once(function, arguments, caller)
        while let tail = pending {
            pending = nil
            do {
                result = try once(tail.function, tail.arguments, caller)
            } catch {
                throw error.located(at: tail.span, token: tail.token)
            }
        }
        return result
    }

    private func once(_ function: Function, _ arguments: [Item], _ caller: Caller) throws(JSONataError) -> Item {
        var arguments = arguments
        if let signature = function.signature {
            do {
                arguments = try signature.checked(arguments, context: caller.input)
            } catch {
                throw error.located(at: caller.span, token: function.name)
            }
        }
        switch function.body {
        case .builtin(let builtin): return try builtin.call(arguments, caller)
        case .lambda(let lambda): return try call(lambda, arguments, caller)
        case .partial(let base, let given):
            var rest = arguments.makeIterator()
            let all = given.map { $0 ?? rest.next() ?? .undefined }
            if case .lambda(let lambda) = base.body { return try call(lambda, all, caller) }
            return try once(base, all, caller)
        case .chain(let first, let second):
            let middle = try apply(first, Array(arguments.prefix(1)), caller)
            return try once(second, [middle], caller)
        case .matcher(let regex): return try regex.match(arguments, caller)
        case .native(_, let body): return try body(caller, arguments)
        case .host(let host):
            var values: [Value?] = []
            for argument in arguments { values.append(try argument.value()) }
            return Item(optional: try host.body(values))
        }
    }

    private func call(_ lambda: Lambda, _ arguments: [Item], _ caller: Caller) throws(JSONataError) -> Item {
        let code = lambda.code
        if caller.level >= limits.depth { throw JSONataError("D1011", at: caller.span) }
        try count(8)
        let frame = Frame(code.slots, parent: lambda.frame, level: caller.level)
        for index in 0..<code.parameters {
            frame.slots[index] = index < arguments.count ? arguments[index] : .undefined
        }
        return try code.body(self, frame, lambda.input)
    }
}

extension Item {
    /// The value as an item; nothing for nil.
    init(optional value: Value?) {
        if let value { self = Item(value) } else { self = .undefined }
    }
}
