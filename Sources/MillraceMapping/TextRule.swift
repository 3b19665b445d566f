import MillraceValues
import MillraceYAML

/// How a text is brought into shape: `trim`, `case`, `pad`, `at-most`, in this order.
struct TextRule: Sendable {
    enum Case: String, CaseIterable, Sendable {
        case upper
        case lower
    }

    private let trims: Bool
    private let letters: Case?
    private let pad: (side: Bool, with: Unicode.Scalar, length: Int)?
    /// The most Unicode scalars that it may have.
    let atMost: Int?

    /// Whether it leaves every text as it is.
    var isPlain: Bool { !trims && letters == nil && pad == nil && atMost == nil }

    init(_ reader: NodeReader) {
        trims = reader.flag("trim") ?? false
        letters = reader.word("case", Case.self)
        atMost = reader.integer("at-most", in: 1...100_000)
        pad = Self.pad(reader)
    }

    private static func pad(_ reader: NodeReader) -> (side: Bool, with: Unicode.Scalar, length: Int)? {
        guard let pad = reader.reader("pad") else { return nil }
        defer { pad.finish() }
        let length = pad.integer("length", in: 1...1_000, required: true)
        let (left, right) = (pad.text("left"), pad.text("right"))
        guard (left == nil) != (right == nil), let mark = left ?? right, mark.unicodeScalars.count == 1,
            let scalar = mark.unicodeScalars.first
        else {
            reader.faults.error(
                .contradiction, at: pad.node.mark,
                "'pad' needs one of 'left' and 'right', with one character, such as {left: \"0\", length: 12}")
            return nil
        }
        return length.map { (left != nil, scalar, $0) }
    }

    /// The text in its shape; nil where it is longer than `at-most`.
    func applied(to text: String) -> String? {
        var scalars = Array(text.unicodeScalars)
        if trims {
            scalars = Array(scalars.drop { $0.properties.isWhitespace })
            while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        }
        var result = String(String.UnicodeScalarView(scalars))
        switch letters {
        case .upper: result = result.uppercased()
        case .lower: result = result.lowercased()
        case nil: break
        }
        if let pad {
            let missing = pad.length - result.unicodeScalars.count
            if missing > 0 {
                let filler = String(repeating: String(pad.with), count: missing)
                result = pad.side ? filler + result : result + filler
            }
        }
        if let atMost, result.unicodeScalars.count > atMost { return nil }
        return result
    }
}
