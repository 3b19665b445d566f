package import MillraceCore
package import MillraceValues
import Synchronization

/// An endpoint that keeps its own books, written from the bodies that reach it and from nothing else.
///
/// A body is a JSON object. A delta body adds its `good` to its `order`; a cancel takes back what stands under the key
/// that it names, a replacing one writes it anew; an absolute body sets the figure of its `order`.
package final class FakeEndpoint: Endpoint {
    /// What becomes of a call.
    package enum Answer: Hashable, Sendable {
        /// It is booked, and says so.
        case done
        /// It is booked, and the answer is lost.
        case lostAfterCommit
        /// It is not booked, and the answer is lost.
        case lostBeforeCommit
        /// 503: surely not executed.
        case unavailable
        /// 429 with that Retry-After: surely not executed.
        case throttled(Duration)
        /// A refusal of this very document.
        case refused
        /// The credential is refused.
        case auth
        /// The connection was never made.
        case notSent
        /// It will be said later.
        case accepted
        /// It is booked, and then the process that sent it is gone.
        case dies
    }

    /// One call that was executed.
    package struct Posting: Hashable, Sendable {
        /// The document's key.
        package var key: String
        /// The request.
        package var request: RequestName
        /// What it does.
        package var purpose: DocumentPurpose
        /// The body.
        package var body: Value
        /// What it adds to its order.
        package var good: ExactDecimal
        /// Its order.
        package var order: String
    }

    private struct Books {
        var answers: [Answer] = []
        var usual: Answer = .done
        var lookUpIsDown: (@Sendable () -> Void)?
        var postings: [Posting] = []
        var repeats = 0
        var figures: [String: ExactDecimal] = [:]
        var calls: [String] = []
        var bodies: [String: Set<[UInt8]>] = [:]
    }

    /// What it promises.
    package let contract: EndpointContract
    /// Whether it recognises a key that it has.
    package let deduplicates: Bool
    private let books: Mutex<Books>
    private let onDeath = Mutex<(@Sendable () -> Void)?>(nil)

    /// An endpoint of that contract; `booksOf` hands over the books of another one, where only the contract changes.
    package init(_ contract: EndpointContract, deduplicates: Bool, booksOf other: FakeEndpoint? = nil) {
        self.contract = contract
        self.deduplicates = deduplicates
        books = Mutex(other?.books.withLock { $0 } ?? Books())
    }

    // MARK: What a test says

    /// The answers to the next calls, in this order; then `usual`.
    package func answers(_ answers: [Answer], then usual: Answer = .done) {
        books.withLock { ($0.answers, $0.usual) = (answers, usual) }
    }

    /// Look-ups get no answer; each of them calls `body`.
    package func lookUpIsDown(_ isDown: Bool, _ body: @escaping @Sendable () -> Void = {}) {
        books.withLock { $0.lookUpIsDown = isDown ? body : nil }
    }

    /// What ends the process, for `dies`.
    package func onDeath(_ body: @escaping @Sendable () -> Void) { onDeath.withLock { $0 = body } }

    /// Somebody else sets a figure.
    package func setFigure(_ figure: ExactDecimal, order: String) { books.withLock { $0.figures[order] = figure } }

    // MARK: What a test asks

    /// Every call that came, by key, in order.
    package var calls: [String] { books.withLock { $0.calls } }
    /// Every call that was executed, in order.
    package var postings: [Posting] { books.withLock { $0.postings } }
    /// The keys that were executed more than once.
    package var keysBookedTwice: [String] {
        Dictionary(grouping: postings, by: \.key).filter { $0.value.count > 1 }.keys.sorted()
    }
    /// The keys that came with different bytes.
    package var keysWithOtherBytes: [String] {
        books.withLock { $0.bodies.filter { $0.value.count > 1 }.keys.sorted() }
    }
    /// How often a key came that it had already.
    package var repeats: Int { books.withLock { $0.repeats } }
    /// The figures of absolute requests, by order.
    package var figures: [String: ExactDecimal] { books.withLock { $0.figures } }

    /// How many pieces are booked for the order.
    ///
    /// - Throws: where they are no whole number.
    package func booked(_ order: String) throws -> Int64 {
        let sum = try postings.filter { $0.order == order }.reduce(ExactDecimal.zero) { try $0.adding($1.good) }
        guard let whole = sum.integer else { throw DecimalError.tooLarge }
        return whole
    }

    // MARK: Endpoint

    /// JSON.
    package func encode(_ body: Value, for request: RequestName) throws(EndpointError) -> [UInt8] {
        JSONWriter.bytes(body)
    }

    /// Always.
    package func writesJSON(_ request: RequestName) -> Bool { true }

    /// Answers as the test said.
    package func deliver(_ document: Document) async -> Delivery {
        let (answer, delivery) = books.withLock { books in
            books.calls.append(document.key)
            books.bodies[document.key, default: []].insert(document.body ?? [])
            let answer = books.answers.isEmpty ? books.usual : books.answers.removeFirst()
            return (answer, take(document, answer, &books))
        }
        if answer == .dies { onDeath.withLock { $0 }?() }
        return delivery
    }

    private func take(_ document: Document, _ answer: Answer, _ books: inout Books) -> Delivery {
        switch answer {
        case .done, .lostAfterCommit, .dies, .accepted:
            let isRepeat = book(document, &books)
            let receipt = "R-\(document.key.suffix(12))"
            if answer == .accepted { return Delivery(.accepted, receipt: receipt, status: 202, sentence: "202") }
            if answer != .done { return Delivery(.unknown, sentence: "the answer was lost") }
            return Delivery(isRepeat ? .duplicate : .done, receipt: receipt, status: 201, sentence: "201")
        case .lostBeforeCommit: return Delivery(.unknown, sentence: "the answer was lost")
        case .unavailable:
            return Delivery(.notExecuted(retryAfter: nil), status: 503, sentence: "503 Service Unavailable")
        case .throttled(let pause):
            return Delivery(.notExecuted(retryAfter: pause), status: 429, sentence: "429 Too Many Requests")
        case .refused: return Delivery(.refused, status: 422, sentence: "422: this order is closed")
        case .auth: return Delivery(.auth, status: 401, sentence: "401 Unauthorized")
        case .notSent: return Delivery(.notSent, sentence: "the connection was refused")
        }
    }

    /// Executes a call; returns whether the key was there and it was left at that.
    private func book(_ document: Document, _ books: inout Books) -> Bool {
        if deduplicates, books.postings.contains(where: { $0.key == document.key }) {
            books.repeats += 1
            return true
        }
        let text = String(decoding: document.body ?? [], as: UTF8.self)
        let body = (try? JSONReader.read(text)) ?? .null  // try?: what is no JSON has no figures, and the test fails
        let order = body["order"]?.text ?? ""
        let said = body["good"]?.decimal ?? .zero
        var posting = Posting(
            key: document.key, request: document.request.request, purpose: document.purpose, body: body, good: said,
            order: order)
        let isAbsolute = contract.requests.contains {
            if $0.id == document.request, case .absolute = $0.quantity { true } else { false }
        }
        if isAbsolute {
            books.figures[order] = said
            posting.good = .zero
        } else if document.purpose != .post {
            let standing = standing(document.replaces, books)
            let wanted: ExactDecimal = document.purpose == .cancel ? .zero : said
            posting.good = (try? wanted.subtracting(standing)) ?? .zero  // try?: figures of a test are short
        }
        books.postings.append(posting)
        return false
    }

    /// What stands under the key, with what was written anew over it.
    private func standing(_ key: String?, _ books: Books) -> ExactDecimal {
        guard let key, let named = books.postings.last(where: { $0.key == key }) else { return .zero }
        if named.purpose == .replace { return named.body["good"]?.decimal ?? .zero }
        return named.good
    }

    /// Looks into its books.
    package func lookUp(_ document: Document) async -> LookUp {
        guard contract.requests.contains(where: { $0.id == document.request && $0.canLookUp }) else {
            return .notOffered
        }
        return books.withLock { books in
            if let down = books.lookUpIsDown {
                down()
                return .noAnswer("503")
            }
            return books.postings.contains { $0.key == document.key } ? .there(receipt: "R-looked-up") : .notThere
        }
    }

    /// Reads its figure of the order.
    package func readFigure(_ request: RequestName, fields: ValueObject) async -> FigureReading {
        guard contract.requests.contains(where: { $0.id.request == request && $0.canReadFigure }) else {
            return .notOffered
        }
        return books.withLock { .figure($0.figures[fields["order"]?.text ?? ""] ?? .zero) }
    }

    /// It is always there.
    package func test() async -> EndpointTest { EndpointTest([.init(.connection, .proved, "it answers")]) }
}
