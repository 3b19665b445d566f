/// What a form cannot hold of a body.
public struct BodyFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The member, inner ones with dots; empty for the body itself.
    public let path: String
    /// One sentence, which names the member.
    public let description: String

    init(_ path: String, _ description: String) { (self.path, self.description) = (path, description) }
}

/// Characters that no file of text should hold.
enum TextCheck {
    /// The first character that XML 1.0 (section 2.2) has no place for; nil where there is none.
    static func firstForbidden(in text: String) -> Unicode.Scalar? {
        text.unicodeScalars.first { scalar in
            switch scalar {
            case "\t", "\n", "\r": false
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": true
            default: false
            }
        }
    }
}
