// Hot path: every result passes here. Guarded by `script/bench`.

import MillraceValues

/// Writes items as JSON, as JavaScript writes it.
struct ItemWriter {
    /// Whether each member stands on a line of its own, indented by two blanks for each level.
    var isPretty = false
    /// Whether numbers are cut to fifteen digits, as in texts; copied numbers then lose their own notation too.
    var isText = false
    private(set) var bytes: [UInt8] = []
    private var level = 0

    init(pretty: Bool = false, text: Bool = false) {
        (isPretty, isText) = (pretty, text)
    }

    /// Begins anew, also after a fault in the middle.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        level = 0
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Adds an item. A function is no JSON: as a member it is left out, in a list it is null, in a text it is empty.
    mutating func write(_ item: Item) throws(JSONataError) {
        switch item {
        case .number(let number): try write(number)
        case .string(let text): quote(text)
        case .object(let object): try write(object)
        case .array(let array): try write(array)
        case .bool(let flag): append(flag ? "true" : "false")
        case .null: append("null")
        case .numeral(let numeral):
            if isText { try write(numeral.amount) } else { append(numeral.text) }
        case .function: append(isText ? #""""# : "null")
        case .undefined, .unassigned: append("null")
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ number: Double) throws(JSONataError) {
        guard number.isFinite else {
            if number.isNaN { return append("null") }
            throw JSONataError("D1001", value: .number(number))
        }
        NumberText.append(isText ? NumberText.fifteenDigits(number) : number, to: &bytes)
    }

    private mutating func write(_ array: ItemArray) throws(JSONataError) {
        let items = array.items
        if items.isEmpty { return append("[]") }
        level += 1
        bytes.append(0x5B)
        for index in items.indices {
            if index > 0 { bytes.append(0x2C) }
            newLine()
            try write(items[index])
        }
        level -= 1
        newLine()
        bytes.append(0x5D)
    }

    private mutating func write(_ object: ItemObject) throws(JSONataError) {
        let names = object.shape.written
        var isFirst = true
        level += 1
        bytes.append(0x7B)
        for index in 0..<object.count {
            let value = object[at: index]
            if value.isUndefined || (!isText && value.isFunction) { continue }
            if !isFirst { bytes.append(0x2C) }
            isFirst = false
            newLine()
            names.append(index, to: &bytes)
            if isPretty { bytes.append(0x20) }
            try write(value)
        }
        level -= 1
        if !isFirst { newLine() }
        bytes.append(0x7D)
    }

    private mutating func newLine() {
        guard isPretty else { return }
        bytes.append(0x0A)
        for _ in 0..<level { append("  ") }
    }

    private mutating func quote(_ text: String) { Self.quote(text, to: &bytes) }

    /// Adds a text in quotes.
    static func quote(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C {
                escape(from: index, in: &bytes)
                break
            }
            index &+= 1
        }
        bytes.append(0x22)
    }

    private static func escape(from first: Int, in bytes: inout [UInt8]) {
        let raw = Array(bytes[first...])
        bytes.removeSubrange(first...)
        for byte in raw {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x08: bytes += [0x5C, 0x62]
            case 0x09: bytes += [0x5C, 0x74]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0C: bytes += [0x5C, 0x66]
            case 0x0D: bytes += [0x5C, 0x72]
            case 0x00..<0x20:
                bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
    }
}
