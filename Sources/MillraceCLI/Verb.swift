import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// Runs a command that looks or decides: opens the site, and ends the result with `{"kind": "end", "exit": N}`.
enum Verb {
    /// Opens the site and does it.
    ///
    /// - Throws: `CommandFailure` with the command's own exit code where that is not 0.
    static func run(_ options: GlobalOptions, _ body: (Session) async throws -> Exit) async throws {
        try await end(options) { try await body(try Session.open(options)) }
    }

    /// Does it without a site.
    static func end(_ options: GlobalOptions, _ body: () async throws -> Exit) async throws {
        let output = Output(options)
        let exit: Exit
        do {
            exit = try await body()
        } catch let error as StoreError {
            throw CommandFailure(error.exit, "\(error)")
        } catch let refusal as EndpointRefusal {
            throw CommandFailure(.failed, "\(refusal)")
        }
        output.end(exit)
        if exit != .done { throw CommandFailure(exit) }
    }
}

extension Output {
    /// The last object of a result.
    func end(_ exit: Exit) { object(["kind": "end", "exit": .number(ExactDecimal(Int64(exit.rawValue)))]) }

    /// A table that fits.
    func lines(_ head: [String], _ rows: [[String]]) {
        for (index, text) in TextTable.lines(head, rows).enumerated() { line(text, index == 0 ? .strong : nil) }
    }
}

extension Value {
    /// A text, or null for none.
    static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
    /// An instant, or null for none.
    static func optional(_ instant: Instant?) -> Value { instant.map { .string($0.iso8601) } ?? .null }
    /// A whole number.
    static func count(_ number: Int) -> Value { .number(ExactDecimal(Int64(number))) }
}

extension Session {
    /// The document of that key, or whose key ends in it.
    ///
    /// - Shape: `otherwise` is what else may be done where there is none.
    /// - Throws: `CommandFailure` where there is none, or more than one.
    func document(_ key: String, _ otherwise: String = "") throws -> Document {
        let found = try store.documents(matching: key)
        guard let document = found.first else {
            throw CommandFailure(
                .failed,
                "there is no document '\(key)'; 'millrace queue list --all' shows the keys"
                    + (otherwise.isEmpty ? "" : ", \(otherwise)"))
        }
        if found.count > 1 {
            let keys = found.prefix(5).map(\.key).joined(separator: ", ")
            throw CommandFailure(.usage, "several keys end in '\(key)'; name one of them whole: \(keys)")
        }
        return document
    }

    /// The instant that a person wrote: with an offset, or by the site's wall clock.
    ///
    /// - Throws: `CommandFailure` with exit 2.
    func instant(_ text: String) throws -> Instant {
        if let instant = Instant(iso8601: text) { return instant }
        if let local = CivilTime(iso8601: text) { return definition.zone.border(local) }
        throw CommandFailure(.usage, "'\(text)' is no time; write it as 2026-03-02T06:00 or 2026-03-02T05:00:00Z")
    }
}
