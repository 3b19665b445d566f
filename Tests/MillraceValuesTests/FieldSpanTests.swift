import MillraceValues
import Testing

@Suite("Fields of a buffer")
struct FieldSpanTests {
    /// A span cannot stand in an expectation itself.
    private func isSame(_ one: FieldSpan, _ other: FieldSpan, in bytes: [UInt8]) -> Bool {
        bytes.span.bytes.isSame(one, other)
    }

    @Test(arguments: 0...40) func `two fields are the same where every byte is`(_ length: Int) {
        var bytes = (0..<length).map { UInt8(97 + $0 % 26) }
        bytes += [0] + bytes
        let (one, other) = (
            FieldSpan(start: 0, length: UInt32(length)), FieldSpan(start: UInt32(length + 1), length: UInt32(length))
        )

        #expect(isSame(one, other, in: bytes))
        for place in 0..<length {
            var changed = bytes
            changed[length + 1 + place] ^= 1
            #expect(!isSame(one, other, in: changed))
        }
        #expect(!isSame(one, FieldSpan(start: 0, length: UInt32(length + 1)), in: bytes))
        #expect(isSame(FieldSpan.absent, FieldSpan(start: 3, length: 0), in: bytes))
    }
}
