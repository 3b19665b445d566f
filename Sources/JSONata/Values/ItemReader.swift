// Hot path: every record passes here. Guarded by `script/bench`.

import MillraceValues

/// What the reader expects at one place of a record: mostly what stood there in the record before.
final class Template {
    var shape: Shape?
    var members: [Template] = []
    private var inner: Template?

    /// What is expected of the items of a list at this place.
    var element: Template {
        if let inner { return inner }
        let fresh = Template()
        inner = fresh
        return fresh
    }

    /// Notes the names of an object that was read here.
    func adopt(_ shape: Shape) {
        self.shape = shape
        while members.count < shape.keys.count { members.append(Template()) }
    }
}

/// Reads JSON (RFC 8259) into items, strictly: as `JSONReader` does, with the same faults.
struct ItemReader {
    static let depthLimit = 512
    private var index = 0
    private var depth = 0
    private let root = Template()
    private static let noNames = WrittenNames([])
    /// The values of all lists and objects that are open, the innermost last.
    private var open: [Item] = []

    /// The one value that all of `bytes` are.
    ///
    /// - Throws: `JSONError`, found by reading once more in the slow way, which knows lines and columns.
    mutating func read(_ bytes: Span<UInt8>) throws(JSONError) -> Item {
        (index, depth) = (0, 0)
        open.removeAll(keepingCapacity: true)
        do throws(Unreadable) {
            skipBlanks(bytes)
            let item = try value(bytes, root)
            skipBlanks(bytes)
            if index == bytes.count { return item }
        } catch {}
        return Item(try JSONReader.read(bytes))
    }

    /// Whatever it is, the slow reader finds it and says where.
    private struct Unreadable: Error {}

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return
            }
        }
    }

    private mutating func value(_ bytes: Span<UInt8>, _ template: Template) throws(Unreadable) -> Item {
        guard index < bytes.count else { throw Unreadable() }
        switch bytes[index] {
        case 0x7B: return .object(try object(bytes, template))
        case 0x5B: return .array(try array(bytes, template))
        default: return try scalar(bytes)
        }
    }

    private mutating func scalar(_ bytes: Span<UInt8>) throws(Unreadable) -> Item {
        switch bytes[index] {
        case 0x22: return .string(try string(bytes))
        case 0x74: return try word(bytes, [0x74, 0x72, 0x75, 0x65], .bool(true))
        case 0x66: return try word(bytes, [0x66, 0x61, 0x6C, 0x73, 0x65], .bool(false))
        case 0x6E: return try word(bytes, [0x6E, 0x75, 0x6C, 0x6C], .null)
        default: return try number(bytes)
        }
    }

    private mutating func word(_ bytes: Span<UInt8>, _ word: StaticBytes, _ item: Item) throws(Unreadable) -> Item {
        guard bytes.count &- index >= word.count else { throw Unreadable() }
        for offset in 0..<word.count where bytes[index &+ offset] != word[offset] { throw Unreadable() }
        index &+= word.count
        return item
    }

    private mutating func array(_ bytes: Span<UInt8>, _ template: Template) throws(Unreadable) -> ItemArray {
        depth += 1
        if depth > Self.depthLimit { throw Unreadable() }
        index &+= 1
        let start = open.count
        skipBlanks(bytes)
        if index < bytes.count, bytes[index] == 0x5D {
            index &+= 1
            depth -= 1
            return ItemArray([])
        }
        let element = template.element
        while true {
            skipBlanks(bytes)
            open.append(try value(bytes, element))
            skipBlanks(bytes)
            guard index < bytes.count else { throw Unreadable() }
            let byte = bytes[index]
            index &+= 1
            if byte == 0x2C { continue }
            guard byte == 0x5D else { throw Unreadable() }
            depth -= 1
            let items = Array(open[start...])
            open.removeLast(items.count)
            return ItemArray(items)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, _ template: Template) throws(Unreadable) -> ItemObject {
        depth += 1
        if depth > Self.depthLimit { throw Unreadable() }
        index &+= 1
        skipBlanks(bytes)
        guard index < bytes.count else { throw Unreadable() }
        if bytes[index] == 0x7D {
            index &+= 1
            depth -= 1
            return ItemObject()
        }
        let expected = template.shape
        let names = expected?.written ?? Self.noNames
        // Many values come into a list of their own, which becomes the object's; few are taken from the ones that are open.
        let isLarge = (expected?.keys.count ?? 0) > ItemObject.inline
        var values: [Item] = []
        if isLarge, let expected { values.reserveCapacity(expected.keys.count) }
        let start = open.count
        var place = 0
        var strange: [String]?
        while true {
            skipBlanks(bytes)
            if strange == nil, names.pass(place, in: bytes, at: &index) {
                // The name is the one expected.
            } else {
                var keys = strange ?? Array((expected?.keys ?? []).prefix(place))
                guard index < bytes.count, bytes[index] == 0x22 else { throw Unreadable() }
                keys.append(try string(bytes))
                strange = keys
                skipBlanks(bytes)
                guard index < bytes.count, bytes[index] == 0x3A else { throw Unreadable() }
                index &+= 1
            }
            skipBlanks(bytes)
            let item = try member(bytes, template, place)
            if isLarge { values.append(item) } else { open.append(item) }
            place &+= 1
            skipBlanks(bytes)
            guard index < bytes.count else { throw Unreadable() }
            let byte = bytes[index]
            index &+= 1
            if byte == 0x2C { continue }
            guard byte == 0x7D else { throw Unreadable() }
            break
        }
        depth -= 1
        var shape: Shape
        if strange == nil, let expected, expected.keys.count == place {
            shape = expected
        } else {
            shape = Shape(strange ?? Array((expected?.keys ?? []).prefix(place)))
            guard shape.isDistinct else { throw Unreadable() }
            template.adopt(shape)
        }
        if isLarge { return ItemObject(shape, values) }
        let object = ItemObject(shape, few: open, from: start)
        open.removeLast(place)
        return object
    }

    /// A member's value; only lists and objects have something that is expected of them.
    private mutating func member(
        _ bytes: Span<UInt8>, _ template: Template, _ place: Int
    ) throws(Unreadable) -> Item {
        if index < bytes.count, bytes[index] != 0x7B, bytes[index] != 0x5B { return try scalar(bytes) }
        return try value(bytes, place < template.members.count ? template.members[place] : Template())
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private mutating func number(_ bytes: Span<UInt8>) throws(Unreadable) -> Item {
        let start = index
        var isNegative = false
        if bytes[index] == 0x2D {
            isNegative = true
            index &+= 1
        }
        let first = index
        var digits: Int64 = 0
        while index < bytes.count, bytes[index] &- 0x30 < 10 {
            digits = digits &* 10 &+ Int64(bytes[index] &- 0x30)
            index &+= 1
        }
        let whole = index &- first
        if whole == 0 || (whole > 1 && bytes[first] == 0x30) { throw Unreadable() }
        var fraction = 0
        if index < bytes.count, bytes[index] == 0x2E {
            index &+= 1
            let point = index
            while index < bytes.count, bytes[index] &- 0x30 < 10 {
                digits = digits &* 10 &+ Int64(bytes[index] &- 0x30)
                index &+= 1
            }
            fraction = index &- point
            if fraction == 0 { throw Unreadable() }
        }
        let hasExponent = index < bytes.count && bytes[index] | 0x20 == 0x65
        if hasExponent { try exponent(bytes) }
        // At most fifteen digits in plain notation: the double is written with the same digits again.
        if !hasExponent, whole &+ fraction <= 15, digits != 0 || (!isNegative && fraction == 0) {
            if fraction == 0 { return .number(Double(isNegative ? -digits : digits)) }
            if bytes[index &- 1] != 0x30, whole > 1 || bytes[first] != 0x30 || fraction <= 6 {
                let amount = Double(digits) / Self.powers[fraction]
                return .number(isNegative ? -amount : amount)
            }
        }
        let text = try text(bytes.extracting(start..<index))
        return Item(number: text)
    }

    private mutating func exponent(_ bytes: Span<UInt8>) throws(Unreadable) {
        index &+= 1
        if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D { index &+= 1 }
        let start = index
        while index < bytes.count, bytes[index] &- 0x30 < 10 { index &+= 1 }
        if index == start { throw Unreadable() }
    }

    private func text(_ raw: Span<UInt8>) throws(Unreadable) -> String {
        do {
            return String(copying: try UTF8Span(validating: raw))
        } catch {
            throw Unreadable()
        }
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(Unreadable) -> String {
        let start = index &+ 1
        index = JSONText.endOfPlainText(bytes, from: start)
        guard index < bytes.count else { throw Unreadable() }
        if bytes[index] == 0x22 {
            index &+= 1
            return try text(bytes.extracting(start..<(index &- 1)))
        }
        // Escapes and their faults are rare: the slow reader knows them all.
        while index < bytes.count, bytes[index] != 0x22 {
            if bytes[index] < 0x20 { throw Unreadable() }
            index &+= bytes[index] == 0x5C ? 2 : 1
        }
        guard index < bytes.count else { throw Unreadable() }
        index &+= 1
        do {
            guard case .string(let text) = try JSONReader.read(bytes.extracting((start &- 1)..<index)) else {
                throw Unreadable()
            }
            return text
        } catch {
            throw Unreadable()
        }
    }
}

/// A few bytes that need no list of their own.
private struct StaticBytes: ExpressibleByArrayLiteral {
    private let word: UInt64
    let count: Int

    init(arrayLiteral elements: UInt8...) {
        count = elements.count
        word = elements.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    subscript(index: Int) -> UInt8 { UInt8(truncatingIfNeeded: word >> (UInt64(index) * 8)) }
}

/// Looks at eight bytes of a text at a time.
private enum JSONText {
    private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- repeated(0x01)) & ~word & repeated(0x80) }

    /// The first byte from `offset` on that is a quote, a backslash or a control character; `bytes.count` without one.
    static func endOfPlainText(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        var index = offset
        let raw = bytes.bytes
        while bytes.count &- index >= 8 {
            // Any eight bytes are a UInt64, and the load checks its bounds.
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let hits =
                zeroBytes(word ^ repeated(0x22)) | zeroBytes(word ^ repeated(0x5C))
                | ((word &- repeated(0x20)) & ~word & repeated(0x80))
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return index }
            index &+= 1
        }
        return index
    }
}
