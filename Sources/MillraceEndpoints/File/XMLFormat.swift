import MillraceCore
import MillraceValues

/// Writes a body as XML 1.0 in UTF-8.
///
/// - Shape: a member is an element of its name, a list that element once for each item, null an empty element. The items of a body
///   that is a list are elements named `item`. No attributes, no namespaces, no blanks between elements.
struct XMLFormat {
    let root: String

    func bytes(_ body: Value) throws(EndpointError) -> [UInt8] {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        if case .array = body {
            try write(.object(ValueObject(["item": body])), named: root, into: &text)
        } else {
            try write(body, named: root, into: &text)
        }
        return Array((text + "\n").utf8)
    }

    private func write(_ value: Value, named name: String, into text: inout String) throws(EndpointError) {
        guard Self.isName(name) else {
            throw EndpointError("'\(name)' is no name for an XML element; rename the member or use json")
        }
        switch value {
        case .null: text += "<\(name)/>"
        case .array(let items):
            for item in items {
                if case .array = item {
                    throw EndpointError(
                        "'\(name)' is a list of lists, which has no names for XML; build objects instead")
                }
                try write(item, named: name, into: &text)
            }
        case .object(let object):
            text += "<\(name)>"
            for (key, member) in object { try write(member, named: key, into: &text) }
            text += "</\(name)>"
        case .bool, .number, .numeral, .string:
            text += "<\(name)>\(try escaped(value.plainText ?? "", in: name))</\(name)>"
        }
    }

    private func escaped(_ raw: String, in name: String) throws(EndpointError) -> String {
        var text = ""
        for scalar in raw.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            // Readers turn a bare one into a line feed (XML 1.0, section 2.11).
            case "\r": text += "&#13;"
            case "\t", "\n": text.unicodeScalars.append(scalar)
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}":
                throw EndpointError("'\(name)' holds a control character, which XML cannot; clean it in the mapping")
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// A name of XML 1.0 (section 2.3) without colons: a letter or `_`, then letters, digits, `-`, `.` and `_`; not `xml…`.
    static func isName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, !name.lowercased().hasPrefix("xml") else { return false }
        return isStart(first) && name.unicodeScalars.dropFirst().allSatisfy { isStart($0) || isInner($0) }
    }

    private static func isStart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x41...0x5A, 0x5F, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF,
            0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD,
            0x10000...0xEFFFF:
            true
        default: false
        }
    }

    private static func isInner(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2D, 0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
        default: false
        }
    }
}
