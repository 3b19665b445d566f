import MillraceValues
import Testing

@Suite("Text encodings")
struct TextEncodingTests {
    /// Decodes bytes that arrive in chunks; nil where they are at fault.
    private func text(_ bytes: [UInt8], _ encoding: TextEncoding, chunk: Int = .max) -> String? {
        var text: [UInt8] = []
        var (offset, end) = (0, 0)
        while offset < bytes.count {
            end += min(chunk, bytes.count - end)
            do throws(EncodingFault) {
                let part = bytes.span.extracting(offset..<end)
                offset += try encoding.decode(part, atEnd: end == bytes.count, into: &text)
            } catch {
                return nil
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 100])
    func `text comes through in every encoding that has it, whatever the chunks`(chunk: Int) {
        let sample = "aé€😀\u{10FFFF}z"
        let high = sample.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let low = sample.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(text(Array(sample.utf8), .utf8, chunk: chunk) == sample)
        #expect(text(high, .utf16be, chunk: chunk) == sample)
        #expect(text(low, .utf16le, chunk: chunk) == sample)
        #expect(text(low, .utf16, chunk: chunk) == sample)
        #expect(text([0x61, 0x80, 0xE9, 0x9F], .windows1252, chunk: chunk) == "a€éŸ")
        #expect(text([0x61, 0x80, 0xE9, 0xFF], .latin1, chunk: chunk) == "a\u{80}éÿ")
    }

    @Test(
        arguments: [
            (TextEncoding.utf8, [0x61, 0xC0, 0x80]), (.utf8, [0x61, 0xED, 0xA0, 0x80]),
            (.utf8, [0x61, 0xF4, 0x90, 0x80, 0x80]),
            (.utf8, [0x61, 0xE2, 0x82]), (.utf8, [0x61, 0xE2, 0x41, 0x41]), (.utf8, [0x61, 0x80]),
            (.windows1252, [0x61, 0x81]), (.windows1252, [0x61, 0x9D]),
        ] as [(TextEncoding, [UInt8])])
    func `bytes without a character are refused at their place`(encoding: TextEncoding, bytes: [UInt8]) {
        for chunk in [1, 2, 3, 100] { #expect(text(bytes, encoding, chunk: chunk) == nil) }
        var text: [UInt8] = []
        #expect(throws: EncodingFault(encoding: encoding, offset: 1)) {
            try encoding.decode(bytes.span, atEnd: true, into: &text)
        }
        #expect(text == [0x61])
    }

    @Test(
        arguments: [
            [0x61, 0, 0x00, 0xDC], [0x61, 0, 0x00, 0xD8], [0x61, 0, 0x00, 0xD8, 0x61, 0x00], [0x61, 0, 0x62],
        ] as [[UInt8]])
    func `half surrogates and half units of UTF-16 are refused`(bytes: [UInt8]) {
        for chunk in [1, 2, 3, 100] { #expect(text(bytes, .utf16le, chunk: chunk) == nil) }
    }

    @Test func `a fault says what to do`() {
        #expect(
            EncodingFault(encoding: .utf8, offset: 7).description
                == "the bytes at offset 7 are not utf-8; say the file's encoding, or mend the file")
    }

    @Test func `a byte order mark decides among the Unicode forms`() {
        func opening(_ encoding: TextEncoding, _ bytes: [UInt8]) -> String {
            let (actual, skip) = encoding.opening(bytes.span)
            return "\(actual) \(skip)"
        }
        #expect(opening(.utf8, [0xEF, 0xBB, 0xBF, 0x61]) == "utf8 3")
        #expect(opening(.utf8, [0x61, 0x62]) == "utf8 0")
        #expect(opening(.utf8, []) == "utf8 0")
        #expect(opening(.utf16, [0xFE, 0xFF]) == "utf16be 2")
        #expect(opening(.utf16, [0xFF, 0xFE]) == "utf16le 2")
        #expect(opening(.utf16, [0x61, 0]) == "utf16le 0")
        #expect(opening(.windows1252, [0xFF, 0xFE]) == "windows1252 0")
        #expect(opening(.latin1, [0xEF, 0xBB, 0xBF]) == "utf8 3")
    }

    @Test func `the length in the file follows from the decoded text`() {
        let bytes = Array("aé€😀".utf8)
        #expect(TextEncoding.utf8.sourceLength(ofUTF8: bytes.span) == 10)
        #expect(TextEncoding.utf16be.sourceLength(ofUTF8: bytes.span) == 10)
        #expect(TextEncoding.windows1252.sourceLength(ofUTF8: Array("aé€".utf8).span) == 3)
    }

    @Test func `the first invalid byte of UTF-8 is found as the standard library finds it`() {
        var random = Random(state: 7)
        let alphabet: [UInt8] = [
            0x41, 0x42, 0x43, 0x7F, 0x80, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xA0, 0x90, 0xC0, 0xF5,
        ]
        for _ in 0..<20000 {
            let bytes = (0..<Int(random.next() % 24)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            let first = UTF8Check.firstInvalid(in: bytes.span)
            #expect((first == nil) == isValid)
            if let first { #expect(String(validating: bytes[..<first], as: UTF8.self) != nil) }
        }
    }
}
