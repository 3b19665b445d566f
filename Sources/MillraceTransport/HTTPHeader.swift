/// One field of a request or an answer.
public struct HTTPHeader: Sendable, Equatable {
    /// The field's name; case does not matter.
    public var name: String
    /// Its value without surrounding blanks.
    public var value: String

    /// Describes a field; it is checked when the request is sent.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
