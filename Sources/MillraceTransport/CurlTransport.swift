import Synchronization

/// Sends requests with libcurl from one thread of its own.
///
/// The thread starts with the first request and ends with ``shutdown()`` or the last reference. Callers suspend; none
/// of them blocks a thread. Connections are kept for at most 50 seconds unless said otherwise, names for 30, so that a changed address is
/// followed within a minute. HTTP/1.1 only: its evidence of what left the host is exact.
public final class CurlTransport: HTTPTransport {
    private let loop: CurlLoop
    private let connectionSeconds: Int
    private let lastID = Atomic<UInt64>(0)

    /// Makes a transport; nothing is started yet.
    ///
    /// - Shape: at most `connectionsPerHost` (at least 1) requests to one host travel at a time; the others wait.
    ///   A connection is used for at most `connectionSeconds`.
    public init(connectionsPerHost: Int = 32, connectionSeconds: Int = 50) {
        self.connectionSeconds = connectionSeconds
        loop = CurlLoop(connectionsPerHost: max(1, connectionsPerHost))
    }

    deinit { loop.stop() }

    /// Ends the thread. Requests on their way, and later ones, fail with ``TransportFailure/Kind-swift.enum/cancelled``.
    public func shutdown() { loop.stop() }

    /// Sends one request; see ``HTTPTransport/send(_:)``.
    public func send(_ request: HTTPRequest) async -> HTTPExchange {
        if let refusal = request.refusal() { return .failed(refusal) }
        let ticket = CurlTicket(id: lastID.wrappingAdd(1, ordering: .relaxed).newValue)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.start(
                    CurlTransfer(
                        request, connectionSeconds: connectionSeconds, ticket: ticket, continuation: continuation))
            }
        } onCancel: {
            // The flag goes first: the loop may meet this call's cancellation before its start.
            ticket.isCancelled.store(true, ordering: .releasing)
            loop.cancel(ticket)
        }
    }
}

/// Names one call and carries its cancellation.
final class CurlTicket: Sendable {
    let id: UInt64
    let isCancelled = Atomic<Bool>(false)

    init(id: UInt64) { self.id = id }
}
