// Hot path: every byte of every file passes here. Guarded by `script/bench`.
import CCrypto

/// A running SHA-256 that can be put away as bytes and taken up again by another process.
///
/// - Shape: a value: a copy goes on by itself.
/// - Source: FIPS 180-4.
public struct SHA256: Sendable {
    private var hash = millrace_sha256()

    /// The hash of nothing so far.
    public init() { millrace_sha256_begin(&hash) }

    /// Takes up a hash that was put away; nil where `state` was not made by `state`.
    public init?(state: [UInt8]) {
        guard millrace_sha256_import(&hash, state, state.count) == 1 else { return nil }
    }

    /// What has been taken in so far, for `init(state:)`.
    ///
    /// - Shape: 40 to 103 bytes, the same on every host.
    public var state: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 103)
        var copy = hash
        let count = millrace_sha256_export(&copy, &bytes)
        return Array(bytes.prefix(count))
    }

    /// Takes in more bytes.
    public mutating func update(_ bytes: Span<UInt8>) {
        // The one way from a span to C; the pointer does not leave the call.
        bytes.withUnsafeBufferPointer { millrace_sha256_update(&hash, $0.baseAddress, $0.count) }
    }

    /// The 32 bytes of the hash of all that was taken in; more may follow.
    public func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var copy = hash
        millrace_sha256_finish(&copy, &digest)
        return digest
    }

    /// The 32 bytes of the hash of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes.span)
        return hash.finish()
    }

    /// The 32 bytes of the hash of a text's UTF-8.
    public static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }
}

/// Signs bytes with a key.
public enum HMAC {
    /// The 32 bytes of the HMAC with SHA-256 (RFC 2104).
    public static func sha256(key: [UInt8], data: [UInt8]) -> [UInt8] {
        let block = 64
        let secret = (key.count > block ? SHA256.hash(key) : key) + [UInt8](repeating: 0, count: block)
        let padded = secret.prefix(block)
        let inner = SHA256.hash(padded.map { $0 ^ 0x36 } + data)
        return SHA256.hash(padded.map { $0 ^ 0x5C } + inner)
    }
}
