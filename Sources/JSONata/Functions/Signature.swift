/// What kinds of arguments a function takes, written as `<s-nn?:s>`.
///
/// - Source: the language's page "Function signature syntax".
struct Signature: Sendable {
    /// How often a parameter may be there.
    enum Count: Sendable { case one, optional, preferAbsent, many, manyOrNone }

    struct Parameter: Sendable {
        /// The symbols of the kinds it takes, `m` for nothing among them.
        let symbols: [UInt8]
        /// The same with a bit for each letter.
        private let mask: UInt32
        var count = Count.one
        /// Takes the context value where the argument is missing.
        var usesContext = false
        var isArray = false
        /// The kind of a list's items; nil where it does not matter.
        var content: String?

        init(symbols: [UInt8]) {
            self.symbols = symbols
            mask = symbols.reduce(0) { $0 | 1 << UInt32($1 & 31) }
        }

        func takes(_ symbol: UInt8) -> Bool { mask & (1 << UInt32(symbol & 31)) != 0 }
    }

    private(set) var parameters: [Parameter] = []
    /// Whether arguments can be taken one by one as they are, when there is one for each parameter.
    private var isPlain = true
    private var hasLists = false

    /// Reads a signature, `<…>`.
    ///
    /// - Throws: S0401 and S0402 at `offset` of the expression.
    init(_ text: String, at offset: Int) throws(JSONataError) {
        let bytes = Array(text.utf8)
        let span = offset..<(offset + bytes.count)
        var index = 1
        while index < bytes.count, bytes[index] != UInt8(ascii: ":") {
            let symbol = bytes[index]
            switch symbol {
            case UInt8(ascii: "s"), UInt8(ascii: "n"), UInt8(ascii: "b"), UInt8(ascii: "l"), UInt8(ascii: "o"):
                parameters.append(Parameter(symbols: [symbol, UInt8(ascii: "m")]))
            case UInt8(ascii: "a"):
                var parameter = Parameter(symbols: Array("asnblfom".utf8))
                parameter.isArray = true
                parameters.append(parameter)
            case UInt8(ascii: "f"): parameters.append(Parameter(symbols: Array("f".utf8)))
            case UInt8(ascii: "j"): parameters.append(Parameter(symbols: Array("asnblom".utf8)))
            case UInt8(ascii: "x"): parameters.append(Parameter(symbols: Array("asnblfom".utf8)))
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: "+"): modify(symbol)
            case UInt8(ascii: "("):
                let end = Self.closing(bytes, from: index, UInt8(ascii: "("), UInt8(ascii: ")"))
                let choice = Array(bytes[(index + 1)..<end])
                if choice.contains(UInt8(ascii: "<")) {
                    throw JSONataError("S0402", at: span, token: String(decoding: choice, as: UTF8.self))
                }
                parameters.append(Parameter(symbols: choice + [UInt8(ascii: "m")]))
                index = end
            case UInt8(ascii: "<"):
                guard let last = parameters.last, last.isArray || last.symbols == Array("f".utf8) else {
                    let shown = parameters.last.map { String(decoding: $0.symbols.prefix(1), as: UTF8.self) } ?? "<"
                    throw JSONataError("S0401", at: span, token: shown)
                }
                let end = Self.closing(bytes, from: index, UInt8(ascii: "<"), UInt8(ascii: ">"))
                parameters[parameters.count - 1].content = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
                index = end
            default: break
            }
            index += 1
        }
        isPlain = parameters.allSatisfy { $0.count == .one || $0.count == .optional }
        hasLists = parameters.contains { $0.isArray }
    }

    /// The arguments, one for each parameter, with lists where lists are wanted.
    private func listed(_ arguments: [Item]) throws(JSONataError) -> [Item] {
        var result = arguments
        for index in parameters.indices where parameters[index].isArray {
            if case .array = arguments[index], parameters[index].content == nil { continue }
            result[index] = try list(arguments[index], parameters[index], 1, index)
        }
        return result
    }

    private mutating func modify(_ symbol: UInt8) {
        guard var last = parameters.popLast() else { return }
        switch (symbol, last.count) {
        case (UInt8(ascii: "-"), _):
            last.usesContext = true
            last.count = .optional
        case (UInt8(ascii: "?"), .one): last.count = .optional
        case (UInt8(ascii: "?"), .optional): last.count = .preferAbsent
        case (UInt8(ascii: "+"), .one): last.count = .many
        case (UInt8(ascii: "+"), _): last.count = .manyOrNone
        default: break
        }
        parameters.append(last)
    }

    private static func closing(_ bytes: [UInt8], from start: Int, _ open: UInt8, _ close: UInt8) -> Int {
        var depth = 0
        for index in start..<bytes.count {
            if bytes[index] == open { depth += 1 }
            if bytes[index] == close {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return bytes.count - 1
    }

    /// The arguments as the function wants them: context filled in, single values wrapped where a list is wanted.
    ///
    /// - Throws: T0410, T0411, T0412; the caller adds the function's name and place.
    func checked(_ arguments: [Item], context: Item) throws(JSONataError) -> [Item] {
        if isPlain, arguments.count == parameters.count {
            var fits = true
            for index in arguments.indices where !parameters[index].takes(arguments[index].symbol) {
                fits = false
                break
            }
            if fits { return hasLists ? try listed(arguments) : arguments }
        }
        let symbols = arguments.map { $0.symbol }
        var counts: [Int] = []
        guard match(symbols, 0, 0, &counts) else { throw fault(arguments, symbols) }
        return try take(arguments, counts, context)
    }

    /// How many arguments each parameter takes, the first way that fits in the order a regular expression tries.
    private func match(_ symbols: [UInt8], _ parameter: Int, _ start: Int, _ counts: inout [Int]) -> Bool {
        guard parameter < parameters.count else { return start == symbols.count }
        let rule = parameters[parameter]
        var available = 0
        while start + available < symbols.count, rule.takes(symbols[start + available]) { available += 1 }
        let tries: [Int] =
            switch rule.count {
            case .one: available > 0 ? [1] : []
            case .optional: available > 0 ? [1, 0] : [0]
            case .preferAbsent: available > 0 ? [0, 1] : [0]
            case .many: available > 0 ? Array((1...available).reversed()) : []
            case .manyOrNone: Array((0...available).reversed())
            }
        for count in tries {
            counts.append(count)
            if match(symbols, parameter + 1, start + count, &counts) { return true }
            counts.removeLast()
        }
        return false
    }

    private func take(_ arguments: [Item], _ counts: [Int], _ context: Item) throws(JSONataError) -> [Item] {
        var result: [Item] = []
        result.reserveCapacity(parameters.count)
        var index = 0
        for (parameter, count) in zip(parameters, counts) {
            if count == 0 {
                if parameter.usesContext {
                    guard parameter.takes(context.symbol) else {
                        throw JSONataError("T0411", value: context, index: index + 1)
                    }
                    result.append(context)
                } else {
                    result.append(index < arguments.count ? arguments[index] : .undefined)
                    index += 1
                }
                continue
            }
            for _ in 0..<count {
                // An optional argument that was left out has taken the place of the one behind it.
                let argument = index < arguments.count ? arguments[index] : .undefined
                result.append(parameter.isArray ? try list(argument, parameter, count, index) : argument)
                index += 1
            }
        }
        return result
    }

    private func list(
        _ argument: Item, _ parameter: Parameter, _ count: Int, _ index: Int
    ) throws(JSONataError) -> Item {
        if argument.isUndefined { return .undefined }
        var fits = true
        if let content = parameter.content {
            if case .array(let array) = argument {
                if array.count > 0, array.untouchedRange == nil || content != "n" {
                    let items = array.items
                    let symbol = items[0].symbol
                    fits = symbol == content.utf8.first && items.allSatisfy { $0.symbol == symbol }
                }
            } else {
                fits = count == 1 && content.utf8.elementsEqual([argument.symbol])
            }
        }
        guard fits else { throw JSONataError("T0412", value: argument, index: index + 1) }
        if case .array = argument { return argument }
        return .array(ItemArray([argument]))
    }

    /// The first argument at which the arguments leave the signature.
    private func fault(_ arguments: [Item], _ symbols: [UInt8]) -> JSONataError {
        var reached = 0
        for length in 1...max(1, parameters.count) where length <= parameters.count {
            guard let end = longest(symbols, length) else { break }
            reached = end
        }
        let value = reached < arguments.count ? arguments[reached] : .undefined
        return JSONataError("T0410", value: value, index: reached + 1)
    }

    /// How many arguments the first parameters take, in the first way that fits.
    private func longest(_ symbols: [UInt8], _ length: Int) -> Int? {
        var prefix = self
        prefix.parameters = Array(parameters.prefix(length))
        return prefix.reach(symbols, 0, 0)
    }

    private func reach(_ symbols: [UInt8], _ parameter: Int, _ start: Int) -> Int? {
        guard parameter < parameters.count else { return start }
        let rule = parameters[parameter]
        var available = 0
        while start + available < symbols.count, rule.takes(symbols[start + available]) { available += 1 }
        let least = rule.count == .one || rule.count == .many ? 1 : 0
        let most = rule.count == .many || rule.count == .manyOrNone ? available : min(1, available)
        guard least <= most else { return nil }
        for count in (least...most).reversed() {
            if let end = reach(symbols, parameter + 1, start + count) { return end }
        }
        return nil
    }
}
