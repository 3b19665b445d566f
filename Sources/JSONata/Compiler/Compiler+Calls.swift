// Calls, partial calls, chains and transforms.

extension Compiler {
    /// The name that a message gives to what is called.
    private func called(_ node: Node) -> String? {
        guard let procedure = node.left else { return nil }
        switch procedure.kind {
        case .variable, .path: return procedure.text
        default: return nil
        }
    }

    func call(
        _ node: Node, _ scope: Scope, _ depth: Int, applied first: Code?
    ) throws(JSONataError) -> Part {
        let procedure = try required(node.left)
        var codes: [Code] = first.map { [$0] } ?? []
        for argument in node.list { codes.append(try compile(argument, scope, depth + 1).code) }
        let (arguments, span, token) = (codes, node.span, called(node))
        let target = try compile(procedure, scope, depth + 1).code
        let missing = try fault(procedure, scope, "T1005", "T1006", token, span)
        let evaluator = token == "eval" ? evaluator(in: scope) : nil
        let isTail = node.isTail
        let only = arguments.count == 1 ? arguments[0] : nil
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            let item = try target(machine, frame, input)
            var values: [Item] = []
            if let only {
                let value = try only(machine, frame, input)
                if case .function(let function) = item, case .builtin(let builtin) = function.body,
                    let result = builtin.quick(value)
                {
                    return result
                }
                values = [value]
            } else {
                values.reserveCapacity(arguments.count)
                for argument in arguments { values.append(try argument(machine, frame, input)) }
            }
            guard case .function(let function) = item else { throw try missing(machine, frame, input) }
            if isTail, case .lambda = function.body {
                machine.pending = TailCall(function, values, span, token)
                return .undefined
            }
            var caller = Caller(machine, input: input, level: frame.level + depth, span: span)
            caller.evaluate = evaluator?(frame, frame.level + depth)
            do throws(JSONataError) {
                return try machine.apply(function, values, caller)
            } catch {
                throw error.located(at: span, token: token)
            }
        }
    }

    /// The fault of calling what is no function; the name may be that of a function that lacks its `$`.
    private func fault(
        _ procedure: Node, _ scope: Scope, _ known: String, _ unknown: String, _ token: String?, _ span: Range<Int>
    ) throws(JSONataError) -> (Machine, Frame, Item) throws(JSONataError) -> JSONataError {
        let isName = procedure.kind == .path && procedure.list.count >= 1 && procedure.list[0].kind == .name
        guard isName else {
            return { (_, _, _) throws(JSONataError) -> JSONataError in
                JSONataError(unknown, at: procedure.span, token: token)
            }
        }
        let name = procedure.list[0].text
        let reference = Node(.variable, name, procedure.span)
        let lookup = try compile(reference, scope, 1).code
        let step = try compile(procedure, scope, 1).code
        return { (machine, frame, input) throws(JSONataError) -> JSONataError in
            let isKnown = try !lookup(machine, frame, input).isUndefined
            let isMissing = try step(machine, frame, input).isUndefined
            let code = isKnown && isMissing ? known : unknown
            return JSONataError(code, at: procedure.span, token: code == known ? name : token)
        }
    }

    func partial(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let procedure = try required(node.left)
        var codes: [Code?] = []
        for argument in node.list {
            codes.append(argument.kind == .placeholder ? nil : try compile(argument, scope, depth + 1).code)
        }
        let arguments = codes
        let target = try compile(procedure, scope, depth + 1).code
        let missing = try fault(procedure, scope, "T1007", "T1008", called(node), node.span)
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            var given: [Item?] = []
            for argument in arguments {
                if let argument { given.append(try argument(machine, frame, input)) } else { given.append(nil) }
            }
            guard case .function(let function) = try target(machine, frame, input) else {
                throw try missing(machine, frame, input)
            }
            return .function(Function(.partial(function, given)))
        }
    }

    func apply(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let (left, right) = (try required(node.left), try required(node.right))
        let first = try compile(left, scope, depth + 1).code
        if right.kind == .call {
            // What hangs on the call belongs to its result.
            let plain = Node(.call, right.text, right.span, mark: right.mark)
            (plain.left, plain.list) = (right.left, right.list)
            let call = try call(plain, scope, depth, applied: first)
            return call
        }
        let second = try compile(right, scope, depth + 1).code
        let span = node.span
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            let item = try first(machine, frame, input)
            let target = try second(machine, frame, input)
            guard case .function(let function) = target else {
                throw JSONataError("T2006", at: right.span, token: "~>", value: target)
            }
            if case .function(let start) = item { return .function(Function(.chain(start, function))) }
            let caller = Caller(machine, input: .null, level: frame.level + depth, span: span)
            do throws(JSONataError) {
                return try machine.apply(function, [item], caller)
            } catch {
                throw error.located(at: span)
            }
        }
    }

    func transform(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let pattern = try compile(try required(node.left), scope, depth + 1).code
        let update = try compile(try required(node.right), scope, depth + 1).code
        let removal = try node.third.map { (part) throws(JSONataError) -> Code in
            try compile(part, scope, depth + 1).code
        }
        let (updateSpan, removalSpan) = (node.right?.span ?? node.span, node.third?.span ?? node.span)
        let signature = try Signature("<(oa):o>", at: node.span.lowerBound)
        return Part { (_, frame, _) throws(JSONataError) -> Item in
            let body: (Caller, [Item]) throws(JSONataError) -> Item = {
                (caller, arguments) throws(JSONataError) -> Item in
                let machine = caller.machine
                guard let given = arguments.first, !given.isUndefined else { return .undefined }
                let result = try given.cloned().held()
                for match in try pattern(machine, frame, result).listed {
                    let members = try update(machine, frame, match)
                    switch (members, match) {
                    case (.undefined, _), (.unassigned, _): break
                    case (.object(let object), .object(let target)):
                        for index in 0..<object.count {
                            // A copy: what is put in may hold the object it is put into.
                            let value = try object[at: index].cloned(keepingFunctions: true)
                            target.set(object.key(at: index), value)
                        }
                    case (.object, _): break
                    default: throw JSONataError("T2011", at: updateSpan, token: "|", value: members)
                    }
                    guard let removal else { continue }
                    let names = try removal(machine, frame, match)
                    for name in names.listed {
                        guard case .string(let name) = name else {
                            throw JSONataError("T2012", at: removalSpan, token: "|", value: names)
                        }
                        if case .object(let target) = match { target.remove(name) }
                    }
                }
                return result
            }
            return .function(Function(.native(arity: 1, body), signature))
        }
    }

    /// What `$eval` does in this scope: read, compile, evaluate, in the frame of the call.
    private func evaluator(in scope: Scope) -> (Frame, Int) -> (Machine, String, Item) throws(JSONataError) -> Item {
        { (frame, level) in
            { (machine, text, input) throws(JSONataError) -> Item in
                let node: Node
                do throws(JSONataError) {
                    node = try Resolver.resolve(try Parser.parse(text))
                } catch {
                    throw error.recoded("D3120", at: nil)
                }
                let inner = Scope(parent: scope, names: Scope.assigned(in: node))
                let part = try self.compile(node, inner, 1)
                while machine.globals.count < self.values.count {
                    machine.globals.append(self.values[machine.globals.count])
                }
                do throws(JSONataError) {
                    return try part.code(machine, Frame(inner.count, parent: frame, level: level), input)
                } catch {
                    throw error.recoded("D3121", at: nil)
                }
            }
        }
    }
}

extension Item {
    /// A copy that shares no object with this; functions are left out as in a copy through text.
    func cloned(keepingFunctions keep: Bool = false) throws(JSONataError) -> Item {
        switch self {
        case .array(let array):
            var items: [Item] = []
            items.reserveCapacity(array.count)
            for item in array.items { items.append(try item.cloned(keepingFunctions: keep)) }
            return .array(ItemArray(items))
        case .object(let object):
            var values: [Item] = []
            for value in object.values { values.append(try value.cloned(keepingFunctions: keep)) }
            return .object(ItemObject(object.shape, values))
        case .function: return keep ? self : .string("")
        default: return self
        }
    }
}
