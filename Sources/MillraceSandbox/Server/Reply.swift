#if Web
import MillraceValues

/// What a request is answered with, or that it is not.
struct Reply: Sendable {
    var status: Int
    var contentType = "application/json"
    var body: [UInt8] = []
    /// Sent as Retry-After where it is there.
    var retryAfterSeconds: Int?
    /// How long the answer is held back.
    var delayMilliseconds = 0
    /// How the answer is sent.
    var manner = Faults.Answer.plain
    /// Whether the connection is cut instead of answering.
    var cut: Faults.Cut?

    /// A JSON body.
    init(_ status: Int, _ value: Value) {
        self.status = status
        body = JSONWriter.bytes(value)
    }

    /// A body of any other type.
    init(_ status: Int, _ contentType: String, _ text: String) {
        self.status = status
        self.contentType = contentType
        body = Array(text.utf8)
    }

    /// A fault as `{code, message}` and, where one is to blame, the field.
    static func fault(_ status: Int, _ code: String, _ message: String, field: String? = nil) -> Reply {
        var object = ValueObject(["code": .string(code), "message": .string(message)])
        if let field { object["field"] = .string(field) }
        return Reply(status, .object(object))
    }
}

/// Why a request is not executed; becomes a `Reply`.
struct Refusal: Error {
    let reply: Reply

    init(_ status: Int, _ code: String, _ message: String, field: String? = nil) {
        reply = .fault(status, code, message, field: field)
    }
}
#endif
