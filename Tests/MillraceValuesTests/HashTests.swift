import MillraceValues
import Testing

@Suite("Hashes and codings")
struct HashTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the vectors of NIST`(text: String, digest: String) {
        #expect(Hex.encode(SHA256.hash(text)) == digest)
    }

    @Test func `SHA-256 gives the vector of a million letters`() {
        var hash = SHA256()
        let chunk = [UInt8](repeating: 0x61, count: 10_000)
        for _ in 0..<100 { hash.update(chunk.span) }
        #expect(Hex.encode(hash.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `R3: a running hash goes on from its state as if it had not been put away`() throws {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = SHA256.hash(bytes)
        for cut in 0...bytes.count {
            var first = SHA256()
            first.update(bytes.span.extracting(0..<cut))
            let state = first.state
            #expect(state.count == 40 + cut % 64)
            var second = try #require(SHA256(state: state))
            #expect(second.state == state)
            second.update(bytes.span.extracting(cut...))
            #expect(second.finish() == whole)
        }
    }

    @Test func `R3: the state of a hash is the same for ever`() {
        var hash = SHA256()
        hash.update(Array("abc".utf8).span)
        #expect(
            Hex.encode(hash.state)
                == "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19" + "0000000000000018" + "616263")
    }

    @Test func `a state that no hash made is refused`() {
        var hash = SHA256()
        hash.update([1, 2, 3].span)
        let state = hash.state
        #expect(SHA256(state: []) == nil)
        #expect(SHA256(state: Array(state.dropLast())) == nil)
        #expect(SHA256(state: state + [0]) == nil)
        #expect(SHA256(state: [UInt8](repeating: 0, count: 104)) == nil)
    }

    @Test func `a copy of a hash goes on by itself, and finishing does not end it`() {
        var hash = SHA256()
        hash.update(Array("a".utf8).span)
        var copy = hash
        copy.update(Array("x".utf8).span)
        #expect(hash.finish() == SHA256.hash("a"))
        hash.update(Array("bc".utf8).span)
        #expect(hash.finish() == SHA256.hash("abc"))
        #expect(copy.finish() == SHA256.hash("ax"))
    }

    @Test func `HMAC gives the vectors of RFC 4231`() {
        let first = HMAC.sha256(key: [UInt8](repeating: 0x0B, count: 20), data: Array("Hi There".utf8))
        #expect(Hex.encode(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = HMAC.sha256(key: Array("Jefe".utf8), data: Array("what do ya want for nothing?".utf8))
        #expect(Hex.encode(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = HMAC.sha256(
            key: [UInt8](repeating: 0xAA, count: 131),
            data: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
        #expect(Hex.encode(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "MY"), ("fo", "Zm8=", "MZXQ"), ("foo", "Zm9v", "MZXW6"),
        ("foob", "Zm9vYg==", "MZXW6YQ"),
        ("fooba", "Zm9vYmE=", "MZXW6YTB"), ("foobar", "Zm9vYmFy", "MZXW6YTBOI"),
    ])
    func `Base64 and Base32 give the vectors of RFC 4648`(text: String, base64: String, base32: String) {
        #expect(Base64.encode(Array(text.utf8)) == base64)
        #expect(Base64.decode(base64) == Array(text.utf8))
        #expect(Base32.encode(Array(text.utf8)) == base32)
    }

    @Test func `Base64 takes all bytes back and refuses what it never writes`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        for text in ["Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v\n", "Zm-v", "Zg==Zg=="] {
            #expect(Base64.decode(text) == nil)
        }
    }

    @Test func `Base32 of a hash is 52 letters`() {
        #expect(Base32.encode(SHA256.hash("abc")).utf8.count == 52)
    }

    @Test func `hex digits come back in either case`() {
        #expect(Hex.encode([0, 0x0F, 0xAB, 0xFF]) == "000fabff")
        #expect(Hex.decode("000fABff") == [0, 0x0F, 0xAB, 0xFF])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test(arguments: [
        ("AZaz09-._~", "AZaz09-._~"), ("a/b c", "a%2Fb%20c"), ("100%", "100%25"), ("Größe", "Gr%C3%B6%C3%9Fe"),
        ("", ""),
        ("a+b&c=d", "a%2Bb%26c%3Dd"),
    ])
    func `R14: reserved characters are percent-encoded and come back`(text: String, coded: String) {
        #expect(PercentCoding.encode(text) == coded)
        #expect(PercentCoding.decode(coded) == text)
    }

    @Test func `a broken percent code is refused`() {
        for text in ["%", "%4", "%zz", "%FF", "a%"] { #expect(PercentCoding.decode(text) == nil) }
    }
}
