/// A text that is never printed: a password, a token, a key.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself, for the one place that sends it.
    public let exposed: String

    /// Wraps a text.
    public init(_ text: String) { exposed = text }

    /// Always the same three dots.
    public var description: String { "•••" }
    /// Always the same three dots.
    public var debugDescription: String { description }
    /// Shows no children, so that `dump` and an interpolated struct stay silent too.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
