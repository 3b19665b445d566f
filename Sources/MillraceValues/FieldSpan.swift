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

extension RawSpan {
    /// Whether the same `count` bytes lie at an offset here and at one of `other`; every load checks its bounds.
    ///
    /// Eight bytes at a time, or four, the last of them first: there a number differs from the one before. Loads overlap, so that hardly
    /// any byte is looked at by itself.
    @inlinable @inline(__always)
    public func isSame(at offset: Int, as other: RawSpan, at place: Int, count: Int) -> Bool {
        if count >= 8 {
            var rest = count &- 8
            if eight(at: offset &+ rest) != other.eight(at: place &+ rest) { return false }
            while rest >= 8 {
                rest &-= 8
                if eight(at: offset &+ rest) != other.eight(at: place &+ rest) { return false }
            }
            return rest == 0 || eight(at: offset) == other.eight(at: place)
        }
        if count >= 4 {
            return four(at: offset &+ count &- 4) == other.four(at: place &+ count &- 4)
                && four(at: offset) == other.four(at: place)
        }
        var rest = count
        while rest > 0 {
            rest &-= 1
            if unsafeLoad(fromByteOffset: offset &+ rest, as: UInt8.self)
                != other.unsafeLoad(fromByteOffset: place &+ rest, as: UInt8.self)
            {
                return false
            }
        }
        return true
    }

    // Any bytes are a number.
    @inlinable @inline(__always) func eight(at offset: Int) -> UInt64 {
        unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    @inlinable @inline(__always) func four(at offset: Int) -> UInt32 {
        unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    /// Whether two fields in these bytes have the same bytes; an absent one has none.
    @inlinable @inline(__always) public func isSame(_ one: FieldSpan, _ other: FieldSpan) -> Bool {
        if one.length != other.length { return false }
        if one.start == other.start || one.length == 0 { return true }
        return isSame(at: Int(one.start), as: self, at: Int(other.start), count: Int(one.length))
    }
}
