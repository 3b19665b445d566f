/// A part of an expression, as the parser made it and the resolver shaped it.
final class Node {
    enum Kind {
        case name, string, number, bool, null, regex, variable, wildcard, descendant, parent
        /// A chain of steps; what the resolver makes of dots.
        case path
        /// An operator with two sides; its text names it.
        case binary
        case negate
        case array, object
        case call, partial, placeholder, lambda
        case condition, coalesce, otherwise
        case block, bind, apply, transform
        /// A step that sorts.
        case sort
        // What stands only between parser and resolver.
        case dot, filter, group, order, focus, position, word
        /// The end of the text where a value was expected: what is missing behind it is told first.
        case end
    }

    /// What is done with a step's result, in order.
    enum Stage {
        case filter(Node)
        case index(String)
    }

    var kind: Kind
    /// The name, operator, text or pattern.
    var text: String
    /// The whole part in the expression's text.
    var span: Range<Int>
    /// Its own word: the operator, the name, the bracket of a call.
    var mark: Range<Int>
    var number = 0.0
    var flag = false
    var left: Node?
    var right: Node?
    var third: Node?
    /// Arguments, items, expressions, parameters or steps.
    var list: [Node] = []
    /// Key and value of each member.
    var pairs: [(key: Node, value: Node)] = []
    /// The terms to sort by.
    var terms: [(isDescending: Bool, by: Node)] = []
    var signature: Signature?

    // What the resolver finds out.
    var keepsArray = false
    var keepsSingleton = false
    var isConstructor = false
    var isTuple = false
    var focus: String?
    var index: String?
    var ancestor: Slot?
    var slot: Slot?
    var seeking: [Slot] = []
    var stages: [Stage] = []
    var predicates: [Stage] = []
    var grouping: Node?
    /// Whether it is the last thing a function does, so that a call here needs no return.
    var isTail = false

    init(_ kind: Kind, _ text: String, _ span: Range<Int>, mark: Range<Int>? = nil) {
        (self.kind, self.text, self.span) = (kind, text, span)
        self.mark = mark ?? span
    }
}

/// The item that a `%` means: how many levels up it still is, and the name under which a step binds it.
final class Slot {
    var label: Int
    var level = 1

    init(label: Int) { self.label = label }
}
