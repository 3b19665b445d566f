import MillraceTransport
import MillraceValues

/// Takes secrets out of what an endpoint answered, for some echo what they were sent.
struct SecretMask: Sendable {
    private static let dots = Array("•••".utf8)
    private let needles: [[UInt8]]

    /// Masks what these settings send, as it stands and as JSON or an address writes it.
    init(_ settings: HTTPEndpointSettings) {
        var secrets = settings.secretHeaders.map(\.value.exposed)
        switch settings.auth {
        case .none: break
        case .bearer(let token): secrets.append(token.exposed)
        case .basic(let user, let password):
            secrets += [password.exposed, Base64.encode(Array("\(user):\(password.exposed)".utf8))]
        }
        var needles: Set<[UInt8]> = []
        for secret in secrets {
            needles.insert(Array(secret.utf8))
            needles.insert(Array(PercentCoding.encode(secret).utf8))
            needles.insert(Array(JSONWriter.bytes(.string(secret)).dropFirst().dropLast()))
        }
        // The longest first: one secret may begin another.
        self.needles = needles.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    }

    /// The first `limit` bytes with each secret that begins in them as three dots.
    func masked(_ bytes: [UInt8], limit: Int) -> [UInt8] {
        let end = min(limit, bytes.count)
        if needles.isEmpty { return Array(bytes[..<end]) }
        var clean: [UInt8] = []
        clean.reserveCapacity(end)
        var index = 0
        while index < end {
            let rest = bytes[index...]
            if let needle = needles.first(where: { rest.starts(with: $0) && Self.mayStand($0, at: index, in: bytes) }) {
                clean += Self.dots
                index += needle.count
            } else {
                clean.append(bytes[index])
                index += 1
            }
        }
        return clean
    }

    /// Whether a secret can be meant there: one of a few bytes only where it is a word of its own, for else its letters would be
    /// dots wherever they stand.
    private static func mayStand(_ needle: [UInt8], at index: Int, in bytes: [UInt8]) -> Bool {
        if needle.count >= 4 { return true }
        let isWord = { (byte: UInt8) in byte >= 0x80 || (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }
        let end = index + needle.count
        return !(index > 0 && isWord(bytes[index - 1])) && !(end < bytes.count && isWord(bytes[end]))
    }

    /// The text with each secret as three dots.
    func masked(_ text: String) -> String {
        if needles.isEmpty { return text }
        return String(decoding: masked(Array(text.utf8), limit: .max), as: UTF8.self)
    }
}
