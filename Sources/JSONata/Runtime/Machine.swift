/// The state of one evaluation. One machine serves one evaluator and is used by one thread at a time.
final class Machine {
    let environment: JSONataEnvironment
    let limits: JSONataLimits
    /// Variables and functions that no expression assigned: the host's and the language's own.
    var globals: [Item] = []
    /// The input, what `$$` is.
    var root: Item = .undefined
    /// The input as the path sees it: a list is one value, in a wrapper.
    var input: Item = .undefined
    /// The time pictures that were read, by their texts.
    private var pictures: [(text: String, picture: TimePicture)] = []
    /// The call that the function which just ended leaves to its caller.
    var pending: TailCall?
    private var steps = 0
    private var deadline: Duration?
    private var instant: Int64?

    /// How many steps lie between two looks at the clock.
    private static let stride = 1_024

    init(_ environment: JSONataEnvironment) {
        self.environment = environment
        limits = environment.limits
    }

    /// Begins a new evaluation.
    func start(_ item: Item) {
        root = item
        input = item
        if case .array(let array) = item, !array.isSequence {
            input = .array(ItemArray([item], [.sequence, .wrapper]))
        }
        pending = nil
        steps = 0
        instant = nil
        deadline = nil
    }

    /// Counts work that was done; looks at the clock now and then.
    func count(_ work: Int) throws(JSONataError) {
        steps &+= work
        if steps >= Self.stride { try look() }
    }

    private func look() throws(JSONataError) {
        steps = 0
        guard let time = limits.time else { return }
        // The clock begins at the first look: an evaluation that is short never asks it.
        let now = environment.elapsed()
        guard let deadline else {
            deadline = now + time
            return
        }
        if now > deadline { throw JSONataError("D1012") }
    }

    /// A time picture, read once.
    func picture(_ text: String) throws(JSONataError) -> TimePicture {
        for known in pictures where Text.same(known.text, text) { return known.picture }
        let picture = try TimePicture(text)
        // Pictures that are put together anew each time must not fill the memory.
        if pictures.count >= 32 { pictures.removeAll() }
        pictures.append((text, picture))
        return picture
    }

    /// Holds a sequence to its limit.
    func hold(_ count: Int) throws(JSONataError) {
        if count > limits.sequence { throw JSONataError("D2015", value: .number(Double(count))) }
    }

    /// Holds a text that is put together to its limit, in bytes.
    func hold(text: Int) throws(JSONataError) {
        if text > limits.text {
            throw JSONataError("D2015", message: "a text became longer than allowed: \(text) bytes")
        }
    }

    /// The instant of this evaluation, in milliseconds.
    var millis: Int64 {
        if let instant { return instant }
        let now = environment.now()
        instant = now
        return now
    }
}

/// The variables of a block or of a function that is being called.
final class Frame {
    var slots: [Item]
    let parent: Frame?
    /// At which depth the function began that this belongs to.
    let level: Int
    /// What `@`, `#` and `%` have bound for the item at hand.
    var bindings: Bindings?

    init(_ count: Int, parent: Frame?, level: Int, bindings: Bindings? = nil) {
        slots = count == 0 ? [] : [Item](repeating: .unassigned, count: count)
        (self.parent, self.level, self.bindings) = (parent, level, bindings)
    }
}

/// A part of an expression, compiled: from the machine, the variables and the context to a value.
typealias Code = (Machine, Frame, Item) throws(JSONataError) -> Item
