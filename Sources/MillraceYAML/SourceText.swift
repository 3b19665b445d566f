/// The text of a file, by its lines, for messages that show the place of a fault.
public struct SourceText: Sendable {
    /// The path as messages name it.
    public let file: String
    /// The whole text.
    public let text: String
    /// The lines without their ends, split as YAML splits them.
    let lines: [[Unicode.Scalar]]

    /// That text of that file.
    ///
    /// - Shape: a byte order mark at its head, as some editors write it, is left out.
    public init(file: String, text: String) {
        self.file = file
        let isMarked = text.unicodeScalars.first == "\u{FEFF}"
        let text = isMarked ? String(text.unicodeScalars.dropFirst()) : text
        self.text = text
        var lines: [[Unicode.Scalar]] = [[]]
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if !(scalar == "\n" && previous == "\r") {
                switch scalar {
                case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lines.append([])
                default: lines[lines.count - 1].append(scalar)
                }
            }
            previous = scalar
        }
        self.lines = lines
    }

    /// The line of that number, counted from 1; empty beyond the end.
    public func line(_ number: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars(line: number))
        return String(text)
    }

    /// The place of the byte at that offset of the text.
    func mark(utf8Offset offset: Int) -> SourceMark {
        let before = SourceText(file: file, text: String(decoding: text.utf8.prefix(offset), as: UTF8.self))
        return SourceMark(line: before.lines.count, column: (before.lines.last?.count ?? 0) + 1)
    }

    func scalars(line number: Int) -> [Unicode.Scalar] {
        lines.indices.contains(number - 1) ? lines[number - 1] : []
    }
}

/// A place in a file.
///
/// - Units: line and column count from 1, columns in Unicode scalars.
public struct SourceMark: Hashable, Comparable, Sendable {
    /// The line.
    public let line: Int
    /// The column.
    public let column: Int
    /// The text among those of a `DiagnosticList`; 0 for the file itself, more for the files that it extends.
    public let text: Int

    /// That line and column.
    public init(line: Int, column: Int, text: Int = 0) {
        self.line = line
        self.column = column
        self.text = text
    }

    /// The same line and column, seen from its own file.
    var alone: SourceMark { SourceMark(line: line, column: column) }

    /// The start of the file.
    public static let start = SourceMark(line: 1, column: 1)

    /// Earlier in the file before later.
    public static func < (left: SourceMark, right: SourceMark) -> Bool {
        (left.text, left.line, left.column) < (right.text, right.line, right.column)
    }
}
