#if Web
import MillraceValues

/// A request as it came, taken apart: path segments and query percent-decoded once.
struct WireRequest: Sendable {
    let method: String
    let target: String
    let path: [String]
    let query: [String: String]
    let authorization: String?
    let idempotencyKey: String?
    let body: [UInt8]

    init(method: String, target: String, authorization: String?, idempotencyKey: String?, body: [UInt8]) {
        self.method = method
        self.target = target
        self.authorization = authorization
        // The draft wants the key as a quoted string; many clients send it bare.
        self.idempotencyKey = idempotencyKey.map(Self.unquoted)
        self.body = body
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = (halves.first ?? "").split(separator: "/").map(Self.decoded)
        var query: [String: String] = [:]
        for pair in (halves.count > 1 ? halves[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decoded(sides[0])] = sides.count > 1 ? Self.decoded(sides[1]) : ""
        }
        self.query = query
    }

    /// The body as JSON; an empty one is an empty object.
    func json() throws(Refusal) -> Value {
        if body.isEmpty { return .object(ValueObject()) }
        let value: Value
        do {
            value = try JSONReader.read(body.span)
        } catch {
            throw Refusal(400, "bad-json", "the body is not JSON: \(error)")
        }
        guard value.object != nil else { throw Refusal(400, "bad-json", "the body must be a JSON object") }
        return value
    }

    private static func unquoted(_ text: String) -> String {
        text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }

    /// `%41` becomes `A`; a `%` without two hexadecimal digits stays. A plus sign stays a plus sign.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == 0x25, index + 2 < source.count, let high = digit(source[index + 1]),
                let low = digit(source[index + 2])
            {
                bytes.append(high * 16 + low)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
#endif
