import CCurl
import Glibc
import Synchronization

/// The thread that owns the multi handle, its connections and all transfers.
///
/// `@unchecked Sendable`: `shared` is guarded by its mutex. `active`, `idle` and every `CurlTransfer` that was handed
/// over are touched by the loop's own thread only. The multi handle is used by that thread, except for
/// `curl_multi_wakeup`, which is made for other threads and is called under the mutex, so never after the clean-up.
final class CurlLoop: @unchecked Sendable {
    private enum Message {
        case start(CurlTransfer)
        case cancel(UInt64)
    }

    private struct Shared {
        var inbox: [Message] = []
        /// Address of the multi handle; 0 before the first request and after the end.
        var multi: UInt = 0
        var isStopped = false
    }

    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let shared = Mutex(Shared())
    private let connectionsPerHost: Int
    private var active: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    /// Easy handles for re-use; their connections live in the multi handle.
    private var idle: [UnsafeMutableRawPointer] = []

    init(connectionsPerHost: Int) { self.connectionsPerHost = connectionsPerHost }

    /// Hands a transfer over, starting the thread if it is the first.
    func start(_ transfer: CurlTransfer) {
        let isTaken = shared.withLock { state in
            guard !state.isStopped, state.multi != 0 || open(&state) else { return false }
            state.inbox.append(.start(transfer))
            wake(state)
            return true
        }
        if !isTaken { transfer.abandon("the transport is shut down or cannot start its thread") }
    }

    /// Asks for the end of a transfer; one that is over is not disturbed.
    func cancel(_ ticket: CurlTicket) {
        shared.withLock { state in
            guard !state.isStopped, state.multi != 0 else { return }
            state.inbox.append(.cancel(ticket.id))
            wake(state)
        }
    }

    /// Ends the thread soon and every transfer with it.
    func stop() {
        shared.withLock { state in
            state.isStopped = true
            wake(state)
        }
    }

    private func wake(_ state: borrowing Shared) {
        if let multi = UnsafeMutableRawPointer(bitPattern: state.multi) { curl_multi_wakeup(multi) }
    }

    private func open(_ state: inout Shared) -> Bool {
        guard Self.isReady, let multi = curl_multi_init() else { return false }
        _ = millrace_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
        state.multi = UInt(bitPattern: multi)
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        guard pthread_create(&thread, nil, curlLoopMain, context.toOpaque()) == 0 else {
            context.release()
            curl_multi_cleanup(multi)
            state.multi = 0
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// The thread's whole life.
    fileprivate func run() {
        // Signals are for other threads; above all a broken TLS connection must not raise SIGPIPE here.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        guard let multi = UnsafeMutableRawPointer(bitPattern: shared.withLock { $0.multi }) else { return }
        while true {
            let (messages, isStopped) = shared.withLock { state in
                let taken = state.inbox
                state.inbox.removeAll(keepingCapacity: true)
                return (taken, state.isStopped)
            }
            for message in messages {
                switch message {
                case .start(let transfer): begin(transfer, on: multi)
                case .cancel(let id): cancel(id, on: multi)
                }
            }
            if isStopped { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            finishAll(on: multi)
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        close(multi)
    }

    private func begin(_ transfer: CurlTransfer, on multi: UnsafeMutableRawPointer) {
        guard !transfer.ticket.isCancelled.load(ordering: .acquiring) else {
            return transfer.abandon("it was cancelled")
        }
        guard let easy = idle.popLast() ?? curl_easy_init() else { return transfer.abandon("memory ran out") }
        let isSet = transfer.prepare(easy)
        if isSet, curl_multi_add_handle(multi, easy) == CURLM_OK {
            active[easy] = transfer
        } else {
            transfer.finish(CURLE_FAILED_INIT)
            curl_easy_cleanup(easy)
        }
    }

    private func cancel(_ id: UInt64, on multi: UnsafeMutableRawPointer) {
        guard let (easy, transfer) = active.first(where: { $0.value.ticket.id == id }) else { return }
        transfer.isCancelled = true
        finish(easy, CURLE_ABORTED_BY_CALLBACK, on: multi)
    }

    private func finishAll(on multi: UnsafeMutableRawPointer) {
        var result = CURLE_OK
        while let easy = millrace_curl_next_finished(multi, &result) { finish(easy, result, on: multi) }
    }

    private func finish(_ easy: UnsafeMutableRawPointer, _ result: CURLcode, on multi: UnsafeMutableRawPointer) {
        guard let transfer = active.removeValue(forKey: easy) else { return }
        // The evidence is read before the handle leaves, the answer is given after: a caller's next request then finds
        // the connection free.
        transfer.gatherEvidence()
        curl_multi_remove_handle(multi, easy)
        transfer.finish(result)
        if idle.count < 64 {
            curl_easy_reset(easy)
            idle.append(easy)
        } else {
            curl_easy_cleanup(easy)
        }
    }

    private func close(_ multi: UnsafeMutableRawPointer) {
        for (easy, transfer) in active {
            transfer.isCancelled = true
            finish(easy, CURLE_ABORTED_BY_CALLBACK, on: multi)
        }
        for easy in idle { curl_easy_cleanup(easy) }
        idle = []
        shared.withLock { $0.multi = 0 }
        curl_multi_cleanup(multi)
    }
}

/// Entry of the thread: a plain function, so that no actor's isolation clings to it.
private func curlLoopMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
