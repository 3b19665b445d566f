import MillraceCore
import MillraceValues

/// Writes a body as CSV (RFC 4180): a header, then a row for each object.
///
/// - Shape: members in their order, those of inner objects as `outer.inner`; null is an empty field, a line ends with CR LF. A field is
///   quoted where it holds the delimiter, a quote, a line break, or a blank at one end.
struct CSVFormat {
    let delimiter: UInt8

    func bytes(_ body: Value) throws(EndpointError) -> [UInt8] {
        var header: [String] = []
        var rows: [[String: String]] = []
        for item in body.array ?? [body] {
            guard let object = item.object else {
                throw EndpointError("CSV holds objects only, and this body is none; let the mapping build an object")
            }
            var row: [String: String] = [:]
            try flatten(object, under: "", into: &row, header: &header)
            rows.append(row)
        }
        guard !header.isEmpty else { throw EndpointError("CSV needs a column, and this body has no members") }
        var bytes: [UInt8] = []
        line(header, into: &bytes)
        for row in rows { line(header.map { row[$0] ?? "" }, into: &bytes) }
        return bytes
    }

    private func flatten(
        _ object: ValueObject, under prefix: String, into row: inout [String: String], header: inout [String]
    ) throws(EndpointError) {
        for (key, value) in object {
            let name = prefix + key
            switch value {
            case .object(let inner): try flatten(inner, under: name + ".", into: &row, header: &header)
            case .array:
                throw EndpointError(
                    "'\(name)' is a list, which a CSV field cannot hold; use json or xml, or one member each")
            default:
                // A name with a dot can meet a member of an inner object.
                guard row.updateValue(value.plainText ?? "", forKey: name) == nil else {
                    throw EndpointError("two members give the CSV column '\(name)'; rename one")
                }
                if !header.contains(name) { header.append(name) }
            }
        }
    }

    private func line(_ fields: [String], into bytes: inout [UInt8]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(delimiter) }
            let text = Array(field.utf8)
            guard mustQuote(text) else {
                bytes += text
                continue
            }
            bytes.append(0x22)
            for byte in text { bytes += byte == 0x22 ? [0x22, 0x22] : [byte] }
            bytes.append(0x22)
        }
        bytes += [0x0D, 0x0A]
    }

    private func mustQuote(_ text: [UInt8]) -> Bool {
        text.first == 0x20 || text.last == 0x20
            || text.contains { $0 == delimiter || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
    }
}
