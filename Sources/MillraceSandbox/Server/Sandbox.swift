#if Web
import Hummingbird
import Logging
import NIOCore

/// Serves the stand-in ERP and the replayed agents on 127.0.0.1 until the task is cancelled.
///
/// Beside the ERP's requests (`StandInERP`) and the agents' (`ReplayedAgents`) there are the controls, which ask for no token:
/// `POST /_sandbox/faults` with members of `Faults`, `GET /_sandbox/report` (`?format=text` for lines), and
/// `POST /_sandbox/agent/NAME`. Bodies over 1 MiB are refused.
///
/// - Effects: `ready` is called once with the port when connections are accepted. Everything answered is in the database file.
/// - Throws: `SandboxError` for what is wrong in the settings; errors of the database and of the socket as they come.
public func runSandbox(_ settings: SandboxSettings, ready: @escaping @Sendable (Int) -> Void) async throws {
    guard (0...65_535).contains(settings.port) else {
        throw SandboxError.badSetting(name: "port", problem: "must be from 0 to 65535")
    }
    let application = Application(
        responder: try SandboxResponder(settings),
        configuration: .init(address: .hostname("127.0.0.1", port: settings.port), serverName: "millrace-sandbox"),
        onServerRunning: { channel in ready(channel.localAddress?.port ?? settings.port) },
        // Cancelling is the way to stop here, which the server would log as an error.
        logger: Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() })
    try await application.run()
}

/// Serves for the length of `body`, which is given the port.
///
/// - Throws: what the start or `body` throws.
package func withSandbox<Result: Sendable>(
    _ settings: SandboxSettings, _ body: @Sendable (Int) async throws -> Result
) async throws -> Result {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { port.finish() }
            try await runSandbox(settings) { port.yield($0) }
        }
        guard let number = await ports.first(where: { _ in true }) else {
            try await group.waitForAll()
            throw SandboxError.badSetting(name: "port", problem: "could not be listened on")
        }
        let result = try await body(number)
        group.cancelAll()
        // The server ends with a cancellation error, which is how it was asked to end.
        while let ended = await group.nextResult() { _ = ended }
        return result
    }
}
#endif
