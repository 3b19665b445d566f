/// Text as it stands in an XML document.
public enum XMLText {
    /// The text with what has a meaning in XML written as references, in content and in attributes alike.
    ///
    /// - Shape: characters that XML 1.0 does not have become U+FFFD, so that the document can always be read; tabs and line breaks are
    ///   written as references, for a reader of an attribute makes blanks of them.
    public static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t", "\r": result += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
