/// A place in an expression's text, as people count.
public struct JSONataPlace: Equatable, Sendable {
    /// The line, from 1.
    public let line: Int
    /// The column in Unicode scalars, from 1.
    public let column: Int
    /// The line's text.
    public let text: String

    /// The place of a UTF-8 offset.
    ///
    /// - Shape: an offset beyond the end is the end.
    public init(utf8Offset offset: Int, in expression: String) {
        var (line, start) = (1, 0)
        let bytes = Array(expression.utf8)
        let offset = min(offset, bytes.count)
        for index in 0..<offset where bytes[index] == 0x0A {
            line += 1
            start = index + 1
        }
        let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        self.line = line
        column = Text.length(Text.slice(bytes, start, offset)) + 1
        text = Text.slice(bytes, start, end)
    }
}
