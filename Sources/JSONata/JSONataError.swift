/// Why an expression cannot be read, or came to no result.
///
/// - Shape: `code` is one of the language's own (S… while reading, T… for a wrong kind of value, D… while evaluating).
///   `span` is the place in the expression's text as UTF-8 offsets; nil only for faults that lie in the input.
public struct JSONataError: Error, Sendable {
    private final class Body: Sendable {
        let code: String
        let span: Range<Int>?
        let token: String?
        let value: String?
        let second: String?
        let index: Int?
        let message: String?

        init(
            _ code: String, _ span: Range<Int>?, _ token: String?, _ value: String?, _ second: String?, _ index: Int?,
            _ message: String?
        ) {
            (self.code, self.span, self.token) = (code, span, token)
            (self.value, self.second, self.index, self.message) = (value, second, index, message)
        }
    }

    private let body: Body

    private init(_ body: Body) { self.body = body }

    /// A fault with what is known of it; values are shortened to what a person can read.
    init(
        _ code: String, at span: Range<Int>? = nil, token: String? = nil, value: Item? = nil, second: Item? = nil,
        index: Int? = nil, message: String? = nil
    ) {
        body = Body(
            code, span, token, value.map(Self.shown), second.map(Self.shown), index, message)
    }

    /// A fault that a function of the host reports.
    ///
    /// - Shape: `code` should not be one of the language's own; `message` is one sentence.
    public init(code: String, message: String) {
        body = Body(code, nil, nil, nil, nil, nil, message)
    }

    /// The language's code for the fault, such as `T2001`.
    public var code: String { body.code }
    /// Where it is in the expression's text, as UTF-8 offsets.
    public var span: Range<Int>? { body.span }
    /// The function, operator or name it is about.
    public var token: String? { body.token }
    /// The value it is about, as short JSON.
    public var value: String? { body.value }

    /// The same with a place and a name, where they were not known yet.
    func located(at span: Range<Int>, token: String? = nil) -> JSONataError {
        if body.span != nil, body.token != nil || token == nil { return self }
        return JSONataError(
            Body(
                body.code, body.span ?? span, body.token ?? token, body.value, body.second, body.index, body.message))
    }

    /// The same under another code, for an expression inside an expression.
    func recoded(_ code: String, at span: Range<Int>?) -> JSONataError {
        JSONataError(Body(code, span, body.token, message, nil, nil, nil))
    }

    private static func shown(_ item: Item) -> String {
        switch item {
        case .undefined, .unassigned: return "nothing"
        case .function: return "a function"
        case .number(let number) where !number.isFinite: return NumberText.text(number)
        default:
            var writer = ItemWriter()
            // What cannot be written is still named: the fault it has is reported elsewhere.
            do { try writer.write(item) } catch { return "a value that cannot be written" }
            let text = String(decoding: writer.bytes, as: UTF8.self)
            return text.unicodeScalars.count > 60 ? String(text.unicodeScalars.prefix(60)) + "…" : text
        }
    }

    /// One sentence: what is wrong, and where it helps, what to do.
    public var message: String {
        if let message = body.message { return message }
        return ErrorText.sentence(
            code, token: body.token ?? "", value: body.value ?? "nothing", second: body.second ?? "nothing",
            index: body.index ?? 0)
    }
}

extension JSONataError: CustomStringConvertible {
    /// The code and the sentence.
    public var description: String { "\(code): \(message)" }
}

extension JSONataError: Equatable {
    /// Equal with the same code at the same place and the same sentence.
    public static func == (left: JSONataError, right: JSONataError) -> Bool {
        left.code == right.code && left.span == right.span && left.message == right.message
    }
}
