/// A compiled part, and its value where that never changes.
struct Part {
    let code: Code
    var constant: Item?
    /// Whether no result of it is a sequence that stands for something else.
    var isSettled = false

    init(_ code: @escaping Code, isSettled: Bool = false) { (self.code, self.isSettled) = (code, isSettled) }

    init(constant item: Item) {
        code = { (_, _, _) throws(JSONataError) -> Item in item }
        constant = item
    }
}

/// Turns a resolved expression into closures. Variables become slots, constant parts values.
final class Compiler {
    /// The language's and the host's variables by name; their order is that of the machine's globals.
    private(set) var globals: [String: Int] = [:]
    /// What the globals are at the beginning.
    private(set) var values: [Item] = []
    /// Names that a step binds with `@` or `#`, by number.
    private var bound: [String: Int] = [:]
    /// Limits that are already known while compiling.
    let limits: JSONataLimits
    /// Whether texts that are numbers stand for them.
    let readsNumerals: Bool
    private let onChoice: (@Sendable (Range<Int>, Bool) -> Void)?

    init(_ environment: JSONataEnvironment) throws(JSONataError) {
        limits = environment.limits
        readsNumerals = environment.readsNumerals
        onChoice = environment.onChoice
        for function in environment.functions {
            set(function.name, .function(Function(.host(function), try Signature(function.signature, at: 0))))
        }
        for variable in environment.variables { set(variable.name, Item(variable.value)) }
    }

    /// Sets a global before anything runs.
    private func set(_ name: String, _ item: Item) {
        values[global(name)] = item
    }

    /// The place of a name among the globals; a name of the language's own is its function.
    func global(_ name: String) -> Int {
        if let index = globals[name] { return index }
        globals[name] = values.count
        if let builtin = Builtin(rawValue: name) {
            values.append(.function(Function(.builtin(builtin), builtin.signature)))
        } else {
            values.append(.undefined)
        }
        return values.count - 1
    }

    /// Gives what a step binds a number; labels of `%` are below zero.
    func number(of name: String) -> Int {
        if let number = bound[name] { return number }
        bound[name] = bound.count
        return bound.count - 1
    }

    static func number(of slot: Slot) -> Int { -1 - slot.label }

    /// The test of a choice, which tells the host of the side it takes where the host asked for it.
    func watched(_ test: @escaping Code, of node: Node) -> Code {
        guard let onChoice else { return test }
        let (span, asksForThere) = (node.mark, node.kind == .coalesce)
        return { (machine, frame, input) throws(JSONataError) -> Item in
            let item = try test(machine, frame, input)
            onChoice(span, asksForThere ? !item.isUndefined : item.truth)
            return item
        }
    }

    // MARK: nodes

    /// Compiles an expression with what hangs on it: predicates, grouping, and what a sequence stands for.
    ///
    /// - Shape: `depth` is how many evaluations stand around this one in its function.
    func compile(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        var part = try core(node, scope, depth)
        for stage in node.predicates {
            guard case .filter(let predicate) = stage else { continue }
            let filter = try filter(predicate, scope, depth + 1, tuple: node.isTuple)
            let inner = part.code
            part = Part { (machine, frame, input) throws(JSONataError) -> Item in
                .array(try filter.apply(machine, frame, try inner(machine, frame, input)))
            }
        }
        if node.kind != .path, let grouping = node.grouping {
            let group = try Self.group(self, grouping, scope, depth + 1, tuple: node.isTuple)
            let inner = part.code
            part = Part { (machine, frame, input) throws(JSONataError) -> Item in
                try group.apply(machine, frame, try inner(machine, frame, input))
            }
        }
        if part.constant != nil || part.isSettled, !node.keepsArray { return part }
        guard needsSettling(node) else { return part }
        let (inner, keeps) = (part.code, node.keepsArray)
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            try inner(machine, frame, input).settled(keepingArray: keeps)
        }
    }

    /// Whether the result may be a sequence that stands for something else.
    private func needsSettling(_ node: Node) -> Bool {
        if node.keepsArray || !node.predicates.isEmpty { return true }
        switch node.kind {
        case .string, .number, .bool, .null, .regex, .lambda, .negate, .partial, .transform, .object: return false
        // Each of these hands on what is settled already, or calculates a single value.
        case .block, .condition, .coalesce, .otherwise, .bind, .placeholder: return false
        case .binary: return node.text == ".."
        default: return true
        }
    }

    private func core(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        switch node.kind {
        case .number: return Part(constant: .number(node.number))
        case .string: return Part(constant: .string(node.text))
        case .bool: return Part(constant: .bool(node.flag))
        case .null: return Part(constant: .null)
        case .regex:
            let regex = try Regex(node.text, flags: node.focus ?? "", at: node.span)
            return Part(constant: .function(Function(.matcher(regex))))
        case .path: return try path(node, scope, depth)
        case .name: return Part(lookup(node.text))
        case .wildcard: return Part { (_, _, input) throws(JSONataError) -> Item in Steps.wildcard(input) }
        case .descendant:
            return Part { (machine, _, input) throws(JSONataError) -> Item in try Steps.descendants(input, machine) }
        case .variable: return Part(variable(node.text, scope))
        case .parent:
            guard let slot = node.slot else { return Part(constant: .undefined) }
            return Part(parent(Self.number(of: slot), scope))
        case .binary: return try binary(node, scope, depth)
        case .negate: return try negate(node, scope, depth)
        case .array: return try array(node, scope, depth)
        case .object:
            let group = try Self.group(self, node, scope, depth + 1)
            return Part { (machine, frame, input) throws(JSONataError) -> Item in
                try group.apply(machine, frame, input).held()
            }
        case .condition, .coalesce, .otherwise: return try condition(node, scope, depth)
        case .block: return try block(node, scope, depth)
        case .bind: return try bind(node, scope, depth)
        case .lambda: return try lambda(node, scope)
        case .call: return try call(node, scope, depth, applied: nil)
        case .partial: return try partial(node, scope, depth)
        case .apply: return try apply(node, scope, depth)
        case .transform: return try transform(node, scope, depth)
        default: throw JSONataError("S0206", at: node.span, token: node.text)
        }
    }

    func required(_ node: Node?) throws(JSONataError) -> Node {
        guard let node else { throw JSONataError("S0206", token: "nothing") }
        return node
    }

    // MARK: variables

    private func places(_ name: String, _ number: Int?, _ scope: Scope) -> [Place] {
        var places: [Place] = []
        var hops = 0
        var current: Scope? = scope
        while let scope = current {
            if let index = scope.names[name] { places.append(.slot(hops: hops, index: index)) }
            if scope.isTuple, let number { places.append(.bound(hops: hops, name: number)) }
            hops += 1
            current = scope.parent
        }
        return places
    }

    private func variable(_ name: String, _ scope: Scope) -> Code {
        if name.isEmpty {
            return { (_, _, input) throws(JSONataError) -> Item in
                if case .array(let array) = input, array.flags.contains(.wrapper) { return array.items[0] }
                return input
            }
        }
        if name == "$" { return { (machine, _, _) throws(JSONataError) -> Item in machine.root } }
        let places = places(name, bound[name], scope)
        let index = global(name)
        if places.isEmpty { return { (machine, _, _) throws(JSONataError) -> Item in machine.globals[index] } }
        if places.count == 1, case .slot(let hops, let slot) = places[0] {
            return { (machine, frame, _) throws(JSONataError) -> Item in
                let item = frame.out(hops).slots[slot]
                if case .unassigned = item { return machine.globals[index] }
                return item
            }
        }
        return { (machine, frame, _) throws(JSONataError) -> Item in
            frame.first(of: places) ?? machine.globals[index]
        }
    }

    private func parent(_ number: Int, _ scope: Scope) -> Code {
        let places = places("", number, scope)
        return { (_, frame, _) throws(JSONataError) -> Item in frame.first(of: places) ?? .undefined }
    }

    private func bind(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        let value = try compile(try required(node.right), scope, depth + 1).code
        let name = try required(node.left).text
        scope.add(name)
        guard let index = scope.names[name] else { return Part(value) }
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            let item = try value(machine, frame, input)
            frame.set(index, item)
            return item
        }
    }

    private func block(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        var names: [String] = []
        for part in node.list { names += Scope.assigned(in: part) }
        let inner = names.isEmpty ? scope : Scope(parent: scope, names: names)
        var codes: [Code] = []
        var last: Part?
        for part in node.list {
            let compiled = try compile(part, inner, depth + 1)
            codes.append(compiled.code)
            last = compiled
        }
        guard let last else { return Part(constant: .undefined) }
        if codes.count == 1, names.isEmpty { return last }
        let (count, steps, isScoped) = (inner.count, codes.dropLast(), !names.isEmpty)
        let result = last.code
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            let own = isScoped ? Frame(count, parent: frame, level: frame.level) : frame
            for step in steps { _ = try step(machine, own, input) }
            return try result(machine, own, input)
        }
    }

    private func lambda(_ node: Node, _ scope: Scope) throws(JSONataError) -> Part {
        let body = try required(node.right)
        let names = node.list.map { $0.text }
        let inner = Scope(parent: scope)
        // Of two parameters of one name the later has the value.
        for (index, name) in names.enumerated() {
            inner.add(names[(index + 1)...].contains(name) ? "\(index) \(name)" : name)
        }
        for name in Scope.assigned(in: body) { inner.add(name) }
        let code = LambdaCode(
            parameters: names.count, slots: 0, body: try compile(body, inner, 1).code, signature: node.signature)
        let sized = LambdaCode(
            parameters: code.parameters, slots: inner.count, body: code.body, signature: code.signature)
        let signature = node.signature
        return Part { (_, frame, input) throws(JSONataError) -> Item in
            .function(Function(.lambda(Lambda(code: sized, frame: frame, input: input)), signature))
        }
    }
}

extension Frame {
    /// The frame so many frames out.
    func out(_ hops: Int) -> Frame {
        var frame = self
        for _ in 0..<hops {
            guard let parent = frame.parent else { return frame }
            frame = parent
        }
        return frame
    }

    /// What the first place that has a value has.
    func first(of places: [Place]) -> Item? {
        for place in places {
            let item: Item
            switch place {
            case .slot(let hops, let index): item = out(hops).slots[index]
            case .bound(let hops, let name): item = out(hops).bindings?[name] ?? .unassigned
            }
            if case .unassigned = item { continue }
            return item
        }
        return nil
    }

    /// Assigns a variable.
    func set(_ index: Int, _ item: Item) {
        while slots.count <= index { slots.append(.unassigned) }
        slots[index] = item
    }
}
