/// Sends requests and says what became of them.
///
/// A conformer sends each request at most once, unless its verb is repeatable (GET, HEAD, OPTIONS), follows no
/// redirect, and answers within the request's total time-out plus one second.
public protocol HTTPTransport: Sendable {
    /// Sends one request and waits for its end.
    ///
    /// - Effects: when the calling task is cancelled the exchange is broken off and fails with
    ///   ``TransportFailure/Kind-swift.enum/cancelled``; `nothingSent` still tells the truth about it.
    func send(_ request: HTTPRequest) async -> HTTPExchange
}

/// What became of one request.
public enum HTTPExchange: Sendable, Equatable {
    /// A whole answer came, whatever its status.
    case answered(HTTPResponse)
    /// No whole answer came.
    case failed(TransportFailure)
}
