import Glibc
import Synchronization

/// A TCP server on loopback that does what a script says, with real sockets and real bytes.
///
/// One thread accepts, one serves each connection. `requests` is the count at the far side. Pointers here are those that the
/// sockets' calls take, and the work handed to a new thread, which takes it over.
package final class ScriptedServer: Sendable {
    /// One accepted connection, in the hands of its script.
    package struct Connection {
        /// 1 for the first connection accepted.
        package let number: Int
        fileprivate let descriptor: Int32
        fileprivate let server: ScriptedServer

        /// Reads one whole request (head and body); `nil` when the client has closed.
        package func readRequest() -> String? {
            var bytes: [UInt8] = []
            var whole: Int?
            while true {
                if whole == nil { whole = bytes.endOfHead.map { $0 + bytes.contentLength } }
                if let whole, bytes.count >= whole {
                    let text = String(decoding: bytes, as: UTF8.self)
                    server.log.withLock { $0.append(text) }
                    return text
                }
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return nil }
                bytes += buffer[..<count]
            }
        }

        /// Writes bytes; false when the client is gone.
        @discardableResult
        package func write(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// Writes a text; false when the client is gone.
        @discardableResult
        package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        /// Waits until the client closes, without answering.
        package func waitForEnd() {
            var buffer = [UInt8](repeating: 0, count: 1024)
            while read(descriptor, &buffer, buffer.count) > 0 {}
        }
    }

    /// What is done with one connection; it is closed afterwards.
    package typealias Script = @Sendable (Connection) -> Void

    /// The port it listens on.
    package let port: UInt16
    fileprivate let log = Mutex<[String]>([])
    private let connections = Atomic<Int>(0)
    private let listener: Int32
    private let script: Script

    /// Every request that arrived whole.
    package var requests: [String] { log.withLock { $0 } }
    /// How many connections were accepted.
    package var connectionCount: Int { connections.load(ordering: .sequentiallyConsistent) }
    /// Where it listens, without a slash at the end.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// Starts listening on that port; 0 takes a free one.
    package init(port: UInt16 = 0, _ script: @escaping Script) throws {
        self.script = script
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        if port > 0 { sharePort(listener) }
        var address = loopback(port: port)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 256) == 0 else { throw ServerFault(errno: errno) }
        self.port = ownPort(of: listener)
        try startThread { [self] in accept() }
    }

    /// Ends accepting; the thread lets go of the server then.
    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let number = connections.add(1, ordering: .sequentiallyConsistent).newValue
            let started: Void? = try? startThread { [self] in  // without a thread the client sees a closed connection
                script(Connection(number: number, descriptor: descriptor, server: self))
                close(descriptor)
            }
            if started == nil { close(descriptor) }
        }
        close(listener)
    }
}

/// A socket or thread that could not be had.
package struct ServerFault: Error {
    /// The system's reason.
    package let errno: Int32

    /// A fault of that reason.
    package init(errno: Int32) { self.errno = errno }
}

/// A port of loopback on which nothing listens, and no other test's server will: it stays taken as long as the process lives.
/// A `ScriptedServer` may be told to listen on it.
package func unusedPort() -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    sharePort(descriptor)
    var address = loopback(port: 0)
    _ = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    return ownPort(of: descriptor)
}

private func sharePort(_ descriptor: Int32) {
    var isShared = Int32(1)
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
}

private func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func ownPort(of descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func startThread(_ body: @escaping @Sendable () -> Void) throws {
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    guard pthread_create(&thread, nil, runWork, work.toOpaque()) == 0 else {
        work.release()
        throw ServerFault(errno: errno)
    }
    pthread_detach(thread)
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}

extension [UInt8] {
    fileprivate var endOfHead: Int? {
        guard count >= 4 else { return nil }
        return (4...count).first { self[($0 - 4)..<$0].elementsEqual("\r\n\r\n".utf8) }
    }

    fileprivate var contentLength: Int {
        for line in String(decoding: self, as: UTF8.self).split(whereSeparator: \.isNewline) {
            if line.isEmpty { break }
            guard line.lowercased().hasPrefix("content-length:") else { continue }
            return Int(line.dropFirst("content-length:".count).filter { $0 != " " }) ?? 0
        }
        return 0
    }
}
