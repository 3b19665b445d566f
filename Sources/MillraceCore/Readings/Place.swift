/// Where a reading stands in its source (RULES R2): the same for every run that reads it.
public struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The file by its path at first sight, or the agent and its instance.
    public let source: String
    /// The byte offset in the file, or the sequence of the agent.
    public let position: Int64

    /// That position in that source.
    public init(source: String, position: Int64) {
        self.source = source
        self.position = position
    }

    /// `source@position`.
    public var description: String { "\(source)@\(position)" }

    /// The place that `description` printed.
    public init?(_ text: String) {
        guard let mark = text.lastIndex(of: "@"), let position = Int64(text[text.index(after: mark)...]) else {
            return nil
        }
        self.init(source: String(text[..<mark]), position: position)
    }
}
