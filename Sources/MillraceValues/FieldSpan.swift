/// Where a field lies in a buffer of bytes.
public struct FieldSpan: Hashable, Sendable {
    /// The offset of the first byte.
    public var start: UInt32
    /// How many bytes there are.
    public var length: UInt32

    /// A field of that place and length.
    public init(start: UInt32, length: UInt32) {
        self.start = start
        self.length = length
    }

    /// A field that the row does not have.
    public static let absent = FieldSpan(start: .max, length: 0)

    /// Whether the row does not have the field.
    public var isAbsent: Bool { start == .max }
}
