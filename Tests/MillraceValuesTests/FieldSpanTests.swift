import MillraceValues
import Testing

@Suite("Fields of a buffer")
struct FieldSpanTests {
    @Test(arguments: 0...40) func `two fields are the same where every byte is`(_ length: Int) {
        var bytes = (0..<length).map { UInt8(97 + $0 % 26) }
        bytes += [0] + bytes
        let (one, other) = (
            FieldSpan(start: 0, length: UInt32(length)), FieldSpan(start: UInt32(length + 1), length: UInt32(length))
        )

        #expect(bytes.span.bytes.isSame(one, other))
        for place in 0..<length {
            var changed = bytes
            changed[length + 1 + place] ^= 1
            #expect(!changed.span.bytes.isSame(one, other))
        }
        #expect(!bytes.span.bytes.isSame(one, FieldSpan(start: 0, length: UInt32(length + 1))))
        #expect(bytes.span.bytes.isSame(FieldSpan.absent, FieldSpan(start: 3, length: 0)))
    }
}
