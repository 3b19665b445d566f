public import MillraceValues

/// How a body is written as CSV (RFC 4180) in UTF-8: a header, then a row for each object.
///
/// - Shape: members of inner objects are `outer.inner`; null and what is missing is an empty field. A field is quoted where it
///   holds the delimiter, a quote, a line break, or a blank at one end, and where a lone empty one would make an empty line.
public struct CSVForm: Hashable, Sendable {
    /// What parts and encloses the fields.
    public var dialect = CSVDialect.comma
    /// The columns in their order; nil for the members of the body in theirs.
    public var columns: [String]?
    /// Whether the first line names the columns.
    public var header = true
    /// Whether every field is quoted.
    public var quotesAll = false
    /// Whether numbers are written with a comma.
    public var decimalComma = false
    /// Whether a line ends with CR LF, else with LF.
    public var endsWithCRLF = true

    /// Commas, quotes where they are needed, a header, CR LF.
    public init() {}

    /// The bytes of a body.
    ///
    /// - Throws: what CSV cannot hold, with the member that holds it.
    public func bytes(_ body: Value) throws(BodyFault) -> [UInt8] {
        var found: [String] = []
        var rows: [[String: String]] = []
        for item in body.array ?? [body] {
            guard let object = item.object else {
                throw BodyFault("", "CSV holds objects only, and this body is none; let the mapping build an object")
            }
            var row: [String: String] = [:]
            try flatten(object, under: "", into: &row, header: &found)
            rows.append(row)
        }
        let columns = columns ?? found
        guard !columns.isEmpty else {
            throw BodyFault("", "CSV needs a column, and this body has no members")
        }
        if let stray = found.first(where: { !columns.contains($0) }) {
            throw BodyFault(stray, "'\(stray)' is in no column of the CSV; add it to 'columns'")
        }
        var bytes: [UInt8] = []
        if header { try line(columns.map { ($0, $0) }, into: &bytes) }
        for row in rows { try line(columns.map { ($0, row[$0] ?? "") }, into: &bytes) }
        return bytes
    }

    private func flatten(
        _ object: ValueObject, under prefix: String, into row: inout [String: String], header: inout [String]
    ) throws(BodyFault) {
        for (key, value) in object {
            let name = prefix + key
            switch value {
            case .object(let inner): try flatten(inner, under: name + ".", into: &row, header: &header)
            case .array:
                throw BodyFault(
                    name, "'\(name)' is a list, which a CSV field cannot hold; use json or xml, or one member each")
            default:
                // A name with a dot can meet a member of an inner object.
                guard row.updateValue(text(value), forKey: name) == nil else {
                    throw BodyFault(name, "two members give the CSV column '\(name)'; rename one")
                }
                if !header.contains(name) { header.append(name) }
            }
        }
    }

    private func text(_ value: Value) -> String {
        switch value {
        case .null: ""
        case .number, .numeral:
            decimalComma ? (value.plainText ?? "").replacing(".", with: ",") : value.plainText ?? ""
        default: value.plainText ?? ""
        }
    }

    private func line(_ fields: [(name: String, text: String)], into bytes: inout [UInt8]) throws(BodyFault) {
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(dialect.delimiter) }
            if TextCheck.firstForbidden(in: field.text) != nil {
                throw BodyFault(
                    field.name,
                    "'\(field.name)' holds a control character, which CSV should not; clean it in the mapping")
            }
            let text = Array(field.text.utf8)
            let isLoneEmpty = text.isEmpty && fields.count == 1
            guard let quote = dialect.quote else {
                if isLoneEmpty || mustQuote(text) {
                    throw BodyFault(
                        field.name,
                        "'\(field.name)' would need quotes (\(isLoneEmpty ? "it is empty and alone" : "it holds a delimiter, a line break or a blank at its end")), and 'quote' says none"
                    )
                }
                bytes += text
                continue
            }
            guard quotesAll || isLoneEmpty || mustQuote(text) else {
                bytes += text
                continue
            }
            bytes.append(quote)
            for byte in text { bytes += byte == quote ? [quote, quote] : [byte] }
            bytes.append(quote)
        }
        bytes += endsWithCRLF ? [0x0D, 0x0A] : [0x0A]
    }

    private func mustQuote(_ text: [UInt8]) -> Bool {
        text.first == 0x20 || text.last == 0x20
            || text.contains { $0 == dialect.delimiter || $0 == dialect.quote || $0 == 0x0A || $0 == 0x0D }
    }
}
