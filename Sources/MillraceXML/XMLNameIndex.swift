// Hot path: asked for every element and attribute; script/bench guards it.
import CLibXML2

/// Finds the number of a name by its address: libxml2 keeps one copy of each name in a parser's dictionary.
struct XMLNameIndex {
    private var keys: [UInt]
    private var codes: [Int]
    private let mask: Int

    /// Enters the names into the dictionary. The addresses hold while the dictionary lives.
    init(_ names: XMLNames, in dictionary: xmlDictPtr) {
        var size = 16
        while size < names.all.count * 4 { size *= 2 }
        mask = size - 1
        keys = [UInt](repeating: 0, count: size)
        codes = [Int](repeating: XMLNames.unknown, count: size)
        for (code, name) in names.all.enumerated() {
            let bytes = Array(name.utf8)
            guard let length = Int32(exactly: bytes.count), let address = xmlDictLookup(dictionary, bytes, length)
            else {
                continue
            }
            let key = UInt(bitPattern: address)
            var slot = Self.slot(of: key, mask)
            while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
            guard keys[slot] == 0 else { continue }
            keys[slot] = key
            codes[slot] = code
        }
    }

    /// The number of the name at that address.
    func code(of name: UnsafePointer<xmlChar>?) -> Int {
        let key = UInt(bitPattern: name)
        guard key != 0 else { return XMLNames.unknown }
        var slot = Self.slot(of: key, mask)
        while keys[slot] != 0 {
            if keys[slot] == key { return codes[slot] }
            slot = (slot + 1) & mask
        }
        return XMLNames.unknown
    }

    private static func slot(of key: UInt, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }
}
