// Paths: steps, predicates, order, and streams of tuples.

/// One step of a path.
struct Step {
    let code: Code
    /// The member that this step takes, where it does nothing else.
    var member: Member?
    var stages: [StageCode] = []
    var order: OrderCode?
    var focus: Int?
    var index: Int?
    var ancestor: Int?
    var isTuple = false
    var isConstructor = false
    /// How many variables a tuple's frame of this step has.
    var scope: Scope?
}

/// What is done with a step's result.
enum StageCode {
    case filter(FilterCode)
    case index(Int)
}

/// A predicate.
struct FilterCode {
    /// The place it takes, where it is a number that is written there.
    var place: Double?
    let code: Code
    /// The scope of a tuple's frame; nil where the input is never a stream of tuples.
    var scope: Scope?
}

/// What a step sorts by.
struct OrderCode {
    let terms: [(isDescending: Bool, code: Code, span: Range<Int>)]
    var scope: Scope?
}

extension Compiler {
    func filter(
        _ node: Node, _ scope: Scope, _ depth: Int, tuple: Bool = false
    ) throws(JSONataError) -> FilterCode {
        let inner = tuple ? Scope(parent: scope, names: Scope.assigned(in: node), isTuple: true) : scope
        let part = try compile(node, inner, depth)
        var filter = FilterCode(code: part.code, scope: tuple ? inner : nil)
        if node.kind == .number, node.predicates.isEmpty { filter.place = node.number }
        return filter
    }

    func path(_ node: Node, _ scope: Scope, _ depth: Int) throws(JSONataError) -> Part {
        for step in node.list {
            if let focus = step.focus, step.kind != .regex { _ = number(of: focus) }
            if let index = step.index { _ = number(of: index) }
            for case .index(let name) in step.stages { _ = number(of: name) }
        }
        var steps: [Step] = []
        var isTuple = false
        for step in node.list {
            if step.isTuple { isTuple = true }
            steps.append(try compile(step: step, scope, depth + 1, tuple: isTuple))
        }
        let grouping = try node.grouping.map { (part) throws(JSONataError) -> GroupCode in
            try Self.group(self, part, scope, depth + 1, tuple: isTuple)
        }
        let isAbsolute = node.list[0].kind == .variable
        let code = PathCode(
            steps: steps, isAbsolute: isAbsolute, keepsTuples: node.isTuple, keepsSingleton: node.keepsSingleton,
            grouping: grouping)
        if grouping == nil, !node.keepsSingleton, !isTuple, !node.keepsArray {
            // Members of objects are settled when the object is made, and what comes of lists is settled there.
            if let fast = members(steps, code) { return Part(fast, isSettled: node.predicates.isEmpty) }
        }
        return Part { (machine, frame, input) throws(JSONataError) -> Item in
            try code.evaluate(machine, frame, input)
        }
    }

    private func compile(
        step node: Node, _ scope: Scope, _ depth: Int, tuple: Bool
    ) throws(JSONataError) -> Step {
        let inner = tuple ? Scope(parent: scope, names: Scope.assigned(in: node), isTuple: true) : scope
        var step: Step
        if node.kind == .sort {
            step = Step(code: { (_, _, _) throws(JSONataError) -> Item in .undefined })
            var terms: [(isDescending: Bool, code: Code, span: Range<Int>)] = []
            for term in node.terms {
                terms.append((term.isDescending, try compile(term.by, inner, depth).code, term.by.span))
            }
            step.order = OrderCode(terms: terms, scope: tuple ? inner : nil)
        } else {
            step = Step(code: try compile(node, inner, depth).code)
            if node.kind == .name, node.predicates.isEmpty, node.grouping == nil { step.member = Member(node.text) }
        }
        for stage in node.stages {
            switch stage {
            case .filter(let predicate):
                step.stages.append(.filter(try filter(predicate, scope, depth, tuple: tuple || node.isTuple)))
            case .index(let name): step.stages.append(.index(number(of: name)))
            }
        }
        if node.kind != .regex { step.focus = node.focus.map { number(of: $0) } }
        step.index = node.index.map { number(of: $0) }
        step.ancestor = node.ancestor.map { Self.number(of: $0) }
        step.isTuple = node.isTuple
        step.isConstructor = node.isConstructor
        step.scope = tuple ? inner : nil
        return step
    }

    /// A path of nothing but members, which most are: followed without making a sequence until a list comes.
    private func members(_ steps: [Step], _ path: PathCode) -> Code? {
        var rest: [Member] = []
        var start: Code?
        for (index, step) in steps.enumerated() {
            guard step.stages.isEmpty, step.order == nil else { return nil }
            if let member = step.member {
                rest.append(member)
            } else if index == 0, path.isAbsolute {
                start = step.code
            } else {
                return nil
            }
        }
        if let start {
            return { (machine, frame, input) throws(JSONataError) -> Item in
                let first = try start(machine, frame, input)
                if let found = Steps.follow(first, rest) { return found }
                return try path.evaluate(machine, frame, input).settled(keepingArray: false)
            }
        }
        if rest.count == 1 {
            let member = rest[0]
            return { (machine, frame, input) throws(JSONataError) -> Item in
                switch input {
                case .object(let object): return member.of(object)
                case .array(let array): return try Steps.member(member, of: array, machine)
                default: return .undefined
                }
            }
        }
        let (way, last) = (Array(rest.dropLast()), rest[rest.count - 1])
        let (first, isShort) = (rest[0], rest.count == 2)
        return { (machine, frame, input) throws(JSONataError) -> Item in
            // Two objects, one in the other: most paths of records.
            if isShort, case .object(let object) = input, case .object(let inner) = first.of(object) {
                return last.of(inner)
            }
            switch Steps.follow(input, way) {
            case .object(let object)?: return last.of(object)
            // Mostly the list stands before the last member.
            case .array(let array)? where array.flags.isEmpty && array.tuples == nil:
                return try Steps.member(last, of: array, machine)
            case nil, .array?: return try path.evaluate(machine, frame, input).settled(keepingArray: false)
            default: return .undefined
            }
        }
    }

    /// The member of that name, of an object or of each object of a list.
    func lookup(_ name: String) -> Code {
        let member = Member(name)
        return { (machine, _, input) throws(JSONataError) -> Item in
            switch input {
            case .object(let object): return member.of(object)
            case .array(let array):
                var found: [Item] = []
                Steps.gather(member, array, &found)
                try machine.hold(found.count)
                return .array(ItemArray(found, .sequence))
            default: return .undefined
            }
        }
    }
}

/// A member's name with the place it was found at last: records mostly have the same shape.
final class Member {
    let name: String
    /// The shape of the object before, which is held so that nothing else comes to be known by its mark.
    private var shape: Shape?
    private var mark: ObjectIdentifier?
    private var place: Int?

    init(_ name: String) { self.name = name }

    func of(_ object: ItemObject) -> Item {
        if mark != object.shapeMark { meet(object.shape) }
        if let place { return object[at: place] }
        return .undefined
    }

    private func meet(_ shape: Shape) {
        self.shape = shape
        mark = ObjectIdentifier(shape)
        place = shape.place(of: name)
    }
}
