/// Where a field stands in a buffer of bytes.
public struct FieldSpan: Hashable, Sendable {
    /// The offset of its first byte.
    public let start: UInt32
    /// Its bytes.
    public let length: UInt32

    /// That many bytes from `start` on.
    public init(start: UInt32, length: UInt32) { (self.start, self.length) = (start, length) }

    /// The field that a row does not have.
    public static let absent = FieldSpan(start: .max, length: 0)

    /// Whether the row does not have it.
    public var isAbsent: Bool { start == .max }
    /// Whether it has no bytes.
    public var isEmpty: Bool { length == 0 }
    /// The offsets it covers; empty where it is absent.
    public var range: Range<Int> { isAbsent ? 0..<0 : Int(start)..<(Int(start) + Int(length)) }

    /// The field's text in the buffer it was found in; empty where it is absent or beyond the buffer's end.
    public func text(in buffer: [UInt8]) -> String {
        range.upperBound <= buffer.count ? String(decoding: buffer[range], as: UTF8.self) : ""
    }
}
