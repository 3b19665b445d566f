/// How large a document may be. What goes beyond is refused with ``XMLFault/Kind-swift.enum/limit``.
public struct XMLLimits: Sendable, Equatable {
    /// Bytes of the whole document.
    public var totalBytes: Int
    /// Elements inside one another; libxml2 itself stops at 256.
    public var depth: Int
    /// Attributes and namespace declarations of one element.
    public var attributes: Int
    /// Bytes of one tag, comment or instruction; it has to lie in memory whole.
    public var tagBytes: Int
    /// Bytes of the text between two tags.
    public var textBytes: Int

    /// Describes limits; the defaults fit an MTConnect or B2MML document.
    public init(
        totalBytes: Int = 1 << 30, depth: Int = 256, attributes: Int = 256, tagBytes: Int = 1 << 20,
        textBytes: Int = 1 << 20
    ) {
        self.totalBytes = totalBytes
        self.depth = depth
        self.attributes = attributes
        self.tagBytes = tagBytes
        self.textBytes = textBytes
    }
}
