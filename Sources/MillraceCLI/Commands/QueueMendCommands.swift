import ArgumentParser
import Glibc
import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace queue remap`.
struct QueueRemapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remap",
        abstract:
            "Makes waiting and parked documents anew by the present mappings, the difference shown first.",
        discussion: """
            A new document takes the next number, its amount is what is still to be booked, and the waiting one is superseded. With \
            --order OLD=NEW what waits for a finished order is booked to another one, and so is what its windows still bring. \
            Without --reason the difference is shown and nothing is changed.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: QueueSelection

    @Argument(help: "The documents' keys, or their ends.")
    var keys: [String] = []

    @Option(help: "OLD=NEW: book what waits for order OLD to order NEW; may be said several times.")
    var order: [String] = []

    @Option(help: "Why; kept in the audit. Without it only the difference is shown.")
    var reason: String?

    @Flag(help: "Do not ask, however many documents it makes.")
    var yes = false

    func run() async throws {
        try await Verb.run(options) { session in
            let chosen = try chosen(session)
            let line = ProgressLine(options, now: session.clock.now)
            defer { line.end() }
            var world = try session.world(identityTrouble: nil)
            world.progress = line.watch
            let remap = Remap(plant: session.plant, world: world, store: session.store, who: session.who)
            do {
                let seen = try remap.run(chosen, reason: reason ?? "", isPreview: true)
                line.end()
                guard let reason, !reason.isEmpty else { return tell(seen, session, isPreview: true) }
                try session.confirm(seen.rows.documentCount, isSure: yes) { _ = tell(seen, session, isPreview: true) }
                let report = try remap.run(chosen, reason: reason, isPreview: false)
                line.end()
                return tell(report, session, isPreview: false)
            } catch let refusal as RemapRefusal {
                throw CommandFailure(.failed, "\(refusal)")
            }
        }
    }

    private func chosen(_ session: Session) throws -> Remap.Selection {
        try selection.checkEndpoint(session)
        if !keys.isEmpty, !selection.isEmpty {
            throw CommandFailure(.usage, "name documents by KEY or by --endpoint and --cause, not by both")
        }
        if keys.isEmpty, selection.isEmpty, order.isEmpty {
            throw CommandFailure(
                .usage,
                "name documents by KEY, by --endpoint and --cause, or by --order; 'millrace queue list' shows them")
        }
        var orders: [String: String] = [:]
        for text in order {
            guard let mark = text.firstIndex(of: "="), mark != text.startIndex, text.index(after: mark) != text.endIndex
            else { throw CommandFailure(.usage, "'\(text)' is not OLD=NEW, such as 4711=4799") }
            orders[String(text[..<mark])] = String(text[text.index(after: mark)...])
        }
        return Remap.Selection(
            keys: keys, endpoint: selection.endpoint.map { EndpointID($0) }, cause: selection.cause, orders: orders)
    }

    private func tell(_ report: Remap.Report, _ session: Session, isPreview: Bool) -> Exit {
        let output = session.output
        for notice in report.notices { output.note(notice) }
        for result in report.refused {
            output.object(result.object)
            if !options.json { output.message("millrace: " + result.sentence) }
        }
        for row in report.rows {
            output.object(row.object(isPreview: isPreview))
            for line in RemapText.lines(row) { output.line(line) }
        }
        output.line(RemapText.sentence(report, isPreview: isPreview))
        return report.refused.isEmpty ? .done : .failed
    }
}

/// What a remap changes, as a person reads it.
enum RemapText {
    /// A sum: what happens to its documents, and what their bodies say otherwise.
    static func lines(_ row: MadeAgain) -> [String] {
        if row.documents.isEmpty { return ["\(row.stem): \(row.sentence.isEmpty ? "nothing waits" : row.sentence)"] }
        var lines: [String] = []
        for (index, document) in row.documents.enumerated() {
            let old = index < row.superseded.count ? row.superseded[index] : row.superseded.last
            let number = old.map { "r\($0.revision) → r\(document.revision)" } ?? "r\(document.revision)"
            let state = document.state == .parked ? ", parked again: \(document.cause)" : ""
            lines.append("\(row.stem): \(number), \(Words.amounts(document.amounts))\(state)")
            lines += differences(old?.body, document.body).map { "  " + $0 }
        }
        return lines
    }

    /// The values in which two bodies differ.
    static func differences(_ old: [UInt8]?, _ new: [UInt8]?) -> [String] {
        let (before, after) = (BodyText.members(old), BodyText.members(new))
        var lines: [String] = []
        for name in after.map(\.name) + before.map(\.name).filter({ name in !after.contains { $0.name == name } }) {
            let (was, now) = (before.first { $0.name == name }?.text, after.first { $0.name == name }?.text)
            if was == now { continue }
            lines.append("\(name): \(was ?? "none") → \(now ?? "none")")
        }
        return lines
    }

    /// What was done, or would be.
    static func sentence(_ report: Remap.Report, isPreview: Bool) -> String {
        let count = report.rows.documentCount
        if report.rows.isEmpty { return "No document is so." }
        if count == 0 { return "Nothing reads otherwise; nothing is changed." }
        return isPreview
            ? "\(Words.count(count, "document")) would be made anew; say why with --reason TEXT to have it done."
            : "\(Words.count(count, "document")) made anew; the next run sends \(count == 1 ? "it" : "them")."
    }
}

/// `millrace queue export`.
struct QueueExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes documents with their bodies, for somebody who books them by hand.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: QueueSelection

    @Option(help: "Only documents in this state; also done, superseded and discarded ones. Default: all that wait.")
    var state: String?

    @Option(help: "ndjson: all of each document on a line; csv: one row each, without bodies.")
    var format = "ndjson"

    @Option(help: "The file, which must not be there yet. Default: standard output.")
    var output: String?

    func validate() throws {
        if !["ndjson", "csv"].contains(format) {
            throw ValidationError("--format '\(format)' is not offered; use ndjson or csv")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let states = try DocumentState.named(state)
            let documents = try QueueList(store: session.store).documents(
                in: states, endpoint: selection.endpoint.map { EndpointID($0) }, cause: selection.cause)
            let text =
                format == "csv" ? Self.csv(documents) : documents.map { JSONWriter.text($0.whole) + "\n" }.joined()
            if documents.isEmpty { try selection.checkEndpoint(session) }
            guard let output else {
                if text.isEmpty { return .done }
                Output.tell(text.hasSuffix("\n") ? String(text.dropLast()) : text)
                return .done
            }
            try Self.write(text, to: output)
            session.output.object(["kind": "export", "file": .string(output), "documents": .count(documents.count)])
            session.output.line("\(Words.count(documents.count, "document")) written to '\(output)'.")
            return .done
        }
    }

    private static func csv(_ documents: [Document]) -> String {
        let head = [
            "key", "request", "state", "cause", "order", "window-start", "window-end", "good", "scrap", "rework",
        ]
        let rows = documents.map { document in
            [
                document.key, document.request.description, document.state.rawValue, document.cause,
                document.fields["order"]?.plainText ?? "", document.windowStart.iso8601, document.windowEnd.iso8601,
                "\(document.amounts.good)", "\(document.amounts.scrap)", "\(document.amounts.rework)",
            ]
        }
        return ([head] + rows).map { row in row.map(quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static func quoted(_ cell: String) -> String {
        let needs = cell.contains { $0 == "," || $0 == "\"" || $0 == "\n" }
        return needs ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }

    /// Writes a new file, readable by its owner only: bodies may hold what is nobody else's business.
    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw CommandFailure(.usage, "'\(path)' is there already; name a new file") }
            throw CommandFailure(.storageFull, "'\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 {
                throw CommandFailure(.storageFull, "'\(path)' cannot be written: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }
}

extension DocumentState {
    /// The states that a person named; all that are not at their end for none.
    ///
    /// - Throws: `CommandFailure` with exit 2.
    static func named(_ text: String?) throws -> Set<DocumentState> {
        guard let text else { return QueueList.open }
        if let one = DocumentState(rawValue: text) { return [one] }
        let known = DocumentState.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandFailure(.usage, "there is no state '\(text)'; there are \(known)")
    }
}
