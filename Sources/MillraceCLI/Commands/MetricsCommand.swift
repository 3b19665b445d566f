import ArgumentParser
import Glibc
import MillraceValues

/// `millrace metrics`: figures for a monitoring.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Prints figures for Prometheus, or writes them to a file for its node exporter.",
        discussion: """
            Counters are kept in the store, so that they go on from run to run. Labels name connectors, mappings, endpoints and \
            kinds of reasons, never an order. Asks no source and no endpoint.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        help: "The file, such as /var/lib/prometheus/node-exporter/millrace.prom; it is replaced at once or not at all."
    )
    var textfile: String?

    func run() async throws {
        try await Verb.run(options) { session in
            let text = try SiteMetrics(session: session).text()
            guard let textfile else {
                if options.json {
                    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                        guard let blank = line.lastIndex(of: " ") else { continue }
                        session.output.object([
                            "kind": "metric", "series": .string(String(line[..<blank])),
                            "value": .numeral(String(line[line.index(after: blank)...])),
                        ])
                    }
                } else {
                    Output.tell(String(text.dropLast()))
                }
                return .done
            }
            try WholeFile.write(Array(text.utf8), to: textfile, mode: 0o644)
            session.output.object(["kind": "file", "path": .string(textfile)])
            return .done
        }
    }
}

/// A file that is there whole or not at all.
enum WholeFile {
    /// Writes it under a temporary name in the same folder, syncs and renames it.
    ///
    /// - Throws: `CommandFailure` with exit 14; the file that was there stays as it was.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let part = path + ".part"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        var rest = bytes[...]
        while descriptor >= 0, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        let isWhole = descriptor >= 0 && rest.isEmpty && fsync(descriptor) == 0
        let reason = String(cString: strerror(errno))
        if descriptor >= 0 { close(descriptor) }
        if isWhole, rename(part, path) == 0 { return }
        unlink(part)
        throw CommandFailure(.storageFull, "'\(path)' cannot be written: \(reason)")
    }
}
