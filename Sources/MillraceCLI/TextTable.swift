import MillraceValues

/// A table as lines of text: columns as wide as their widest cell, numbers to the right, the last column cut to the width.
struct TextTable {
    /// The widest a line may be that ends in a sentence.
    static let width = 120
    /// The widest a line may be that ends in a key, which a person copies and which is not cut.
    static let keyWidth = 240

    /// The head and the rows; empty where there are no rows.
    static func lines(_ head: [String], _ rows: [[String]], width: Int = width) -> [String] {
        if rows.isEmpty { return [] }
        let widths = head.indices.map { column in
            ([head] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let isNumber = head.indices.map { column in
            rows.contains { column < $0.count && !$0[column].isEmpty }
                && rows.allSatisfy { column >= $0.count || $0[column].isEmpty || ExactDecimal($0[column]) != nil }
        }
        return ([head] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                let blank = String(repeating: " ", count: max(0, widths[column] - cell.count))
                return isNumber[column] ? blank + cell : cell + blank
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text.count > width ? text.prefix(width - 1) + "…" : text
        }
    }
}
