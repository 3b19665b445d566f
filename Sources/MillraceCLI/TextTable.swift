import MillraceValues

/// A table as lines of text: columns as wide as their widest cell, numbers to the right, made to fit the width.
///
/// What does not fit: a last column of sentences is broken within its column, or below its row where that would be too narrow; a key,
/// which a person copies, stands on a line of its own below its row; numbers stand below their row with their names. Nothing is cut.
struct TextTable {
    /// The widest a line may be where there is no terminal.
    static let width = 120
    /// Says that a column holds keys: without a terminal nothing is broken, so that lines stay records.
    static let keyWidth = 240
    /// A column of sentences is not made narrower than this.
    private static let narrowest = 40
    /// A column this wide holds keys.
    private static let longKey = 30

    /// The head and the rows; empty where there are no rows.
    ///
    /// - Shape: the first `labels` columns say what a row is about; where they are given and the rest does not fit, the rest stands
    ///   below with its names, without zeros.
    static func lines(
        _ head: [String], _ rows: [[String]], width: Int = width, labels: Int? = nil
    ) -> [String] {
        if rows.isEmpty { return [] }
        let isKeyed = width == keyWidth
        let limit = width == Self.width || isKeyed ? Terminal.current.width ?? width : width
        let table = Grid(head, rows)
        if table.total <= limit { return table.lines }
        if let labels, Terminal.current.width != nil {
            return table.total(gap: 1) <= limit ? table.lines(gap: 1) : table.named(from: labels, limit)
        }
        if isKeyed {
            if Terminal.current.width == nil { return table.lines }
            return table.keyed(from: longKey) ?? (table.total(gap: 1) <= limit ? table.lines(gap: 1) : table.lines)
        }
        return table.broken(to: limit, narrowest: narrowest)
    }

    /// The cells with what is known of their columns.
    private struct Grid {
        let rows: [[String]]
        let widths: [Int]
        let isNumber: [Bool]

        init(_ head: [String], _ body: [[String]]) {
            rows = [head] + body
            let all = rows
            widths = head.indices.map { column in all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
            isNumber = head.indices.map { column in
                body.contains { column < $0.count && !$0[column].isEmpty }
                    && body.allSatisfy {
                        column >= $0.count || $0[column].isEmpty || ExactDecimal($0[column]) != nil
                    }
            }
        }

        var total: Int { total(gap: 2) }

        func total(gap: Int) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }

        var lines: [String] { lines(gap: 2) }

        func lines(gap: Int) -> [String] { rows.map { line($0, columns: Array(widths.indices), gap: gap) } }

        private func line(_ row: [String], columns: [Int], gap: Int = 2) -> String {
            var text = columns.filter { $0 < row.count }.map { column in
                let blank = String(repeating: " ", count: max(0, widths[column] - row[column].count))
                return isNumber[column] ? blank + row[column] : row[column] + blank
            }.joined(separator: String(repeating: " ", count: gap))
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }

        /// The columns from `first` on below their row, as `613 good, 10 scrap`.
        func named(from first: Int, _ limit: Int) -> [String] {
            let labels = Array(widths.indices.prefix(first))
            return rows.enumerated().flatMap { index, row -> [String] in
                let head = line(row, columns: labels)
                if index == 0 { return [head] }
                let said = widths.indices.dropFirst(first).filter { $0 < row.count && !["", "0"].contains(row[$0]) }
                let text = said.map { "\(row[$0]) \(rows[0][$0])" }.joined(separator: ", ")
                return [head] + Layout.wrapped("  " + (text.isEmpty ? "0" : text), width: limit)
            }
        }

        /// The widest column on lines of its own; nil where it is not as wide as keys are.
        func keyed(from longKey: Int) -> [String]? {
            guard let key = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[key] >= longKey else {
                return nil
            }
            let others = widths.indices.filter { $0 != key }
            var result: [String] = []
            for (index, row) in rows.enumerated() {
                result.append(line(row, columns: others))
                if key < row.count, !row[key].isEmpty, index > 0 { result.append("  " + row[key]) }
            }
            return result
        }

        /// The last column broken at blanks; where it holds numbers, or nothing is won by it, as it is.
        func broken(to limit: Int, narrowest: Int) -> [String] {
            let last = widths.count - 1
            let before = total - widths[last]
            guard last > 0, !isNumber[last] else { return lines }
            let room = limit - before
            if room < min(narrowest, widths[last], limit / 2) { return below(limit) }
            return rows.flatMap { row -> [String] in
                guard last < row.count else { return [line(row, columns: Array(widths.indices))] }
                let pieces = Layout.wrapped(row[last], width: room)
                let head = line(row.dropLast() + [pieces[0]], columns: Array(widths.indices))
                return [head] + pieces.dropFirst().map { String(repeating: " ", count: before) + $0 }
            }
        }

        /// The last column's sentences below their rows, indented.
        private func below(_ limit: Int) -> [String] {
            let others = Array(widths.indices.dropLast())
            return rows.enumerated().flatMap { index, row -> [String] in
                let head = line(row, columns: others)
                guard index > 0, row.count == widths.count, let last = row.last, !last.isEmpty else { return [head] }
                return [head] + Layout.wrapped("  " + last, width: limit)
            }
        }
    }
}
