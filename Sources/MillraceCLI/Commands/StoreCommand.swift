import ArgumentParser
import Dispatch
import Glibc
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace store`: housekeeping of the site's file.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Says what the store holds, copies, checks and prunes it, all while runs go on.",
        subcommands: [
            StoreInfoCommand.self, StoreBackupCommand.self, StoreVerifyCommand.self, StorePruneCommand.self,
        ], defaultSubcommand: StoreInfoCommand.self)
}

/// `millrace store info`.
struct StoreInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Says what the store holds.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await Verb.run(options) { session in
            let figures = try session.store.figures()
            let standing = try StoreCare(session: session).standing()
            session.output.object([
                "kind": "store", "path": .string(figures.path), "bytes": .number(ExactDecimal(figures.bytes)),
                "version": .count(figures.version), "delivers": .bool(!standing.holdsEndpoints),
                "standing": .string(standing.description),
            ])
            session.output.line(
                "\(figures.path): \(DiskSpace.words(figures.bytes)), tables of version \(figures.version)")
            if let disk = DiskSpace(StoreCare(session: session).folder) {
                session.output.line("free on its disk: \(DiskSpace.words(disk.freeBytes))")
            }
            if let copied = try session.store.note(StoreNote.backedUpAt) { session.output.line("last copy: \(copied)") }
            if standing.holdsEndpoints { session.output.line(standing.description) }
            for rows in figures.rows {
                session.output.object([
                    "kind": "table", "table": .string(rows.table), "rows": .number(ExactDecimal(rows.count)),
                ])
            }
            session.output.lines(["table", "rows"], figures.rows.map { [$0.table, "\($0.count)"] })
            return .done
        }
    }
}

/// `millrace store backup FILE`.
struct StoreBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the store into a new file while runs go on.",
        discussion: """
            The copy says inside that it is one: put in the store's place, it holds all endpoints until a person looked. To \
            restore: stop the timer or cron, take state/millrace.db, -wal and -shm away, put the copy there as \
            state/millrace.db, then 'millrace store verify', 'millrace run', 'millrace status', and when the books are compared \
            'millrace endpoint release ENDPOINT --reason TEXT'.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The new file.")
    var file: String

    func run() async throws {
        try await Verb.run(options) { session in
            if access(file, F_OK) == 0 {
                throw CommandFailure(.usage, "'\(file)' is there already; name a new file")
            }
            try await options.showingProgress(now: session.clock.now) { progress in
                let growth = progress.map { FileGrowth(of: file, to: session.store, $0) }
                defer { growth?.end() }
                try session.store.backup(to: file, now: session.clock.now())
            }
            try session.store.setNote(StoreNote.backedUpAt, session.clock.now().iso8601)
            session.output.object(["kind": "backup", "file": .string(file)])
            session.output.line("The store was copied to '\(file)'.")
            return .done
        }
    }
}

/// Tells how far a copy is by the size that its file has reached: SQLite writes it in one go.
private struct FileGrowth {
    private let timer: any DispatchSourceTimer

    /// Looks at the unfinished file five times a second.
    init(of file: String, to store: SQLiteStore, _ progress: @escaping ProgressWatch) {
        let part = SQLiteStore.unfinished(file)
        // A copy is packed, so the whole is at most this; a store that cannot be measured shows no share.
        let whole = (try? store.size()) ?? 0  // try?: the copy itself tells what is wrong with the store
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "millrace.copy"))
        timer.schedule(deadline: .now(), repeating: .milliseconds(200))
        timer.setEventHandler {
            var status = stat()
            guard stat(part, &status) == 0 else { return }
            let share = whole > 0 ? min(1, Double(status.st_size) / Double(whole)) : nil
            progress(RunProgress(subject: "copy", unit: "bytes", done: Int64(status.st_size), share: share))
        }
        timer.resume()
    }

    /// Looks no more.
    func end() { timer.cancel() }
}

/// `millrace store verify`.
struct StoreVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks the store page by page, and what its tables promise each other.",
        discussion: """
            With FILE it checks a copy, such as one that 'store backup' made. Exit 13 where a fault is found; then put the \
            newest good copy in the store's place.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A copy. Default: the site's own store.")
    var file: String?

    func run() async throws {
        let body: (SQLiteStore, Output) async throws -> Exit = { store, output in
            let faults = try await options.showingProgress(now: Assembly.clock().now) {
                try store.verify(progress: $0)
            }
            for fault in faults {
                output.object(["kind": "fault", "sentence": .string(fault)])
                if !options.json { output.message("millrace: \(fault)") }
            }
            output.object(["kind": "store", "path": .string(store.path), "whole": .bool(faults.isEmpty)])
            if faults.isEmpty { output.line("'\(store.path)' is whole.") }
            return faults.isEmpty ? .done : .storeUntrusted
        }
        if let file {
            try await Verb.end(options) { try await body(try SQLiteStore(readingFrom: file), Output(options)) }
        } else {
            try await Verb.run(options) { try await body($0.store, $0.output) }
        }
    }
}

/// `millrace store prune`.
struct StorePruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Drops kept readings that are old and settled; runs do it once an hour by themselves.",
        discussion: """
            Never dropped: what is not settled, counter state, facts and documents. What was dropped cannot be resynced any \
            more. The file does not shrink; its free pages are used again.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: "Keep readings of so long, such as '30 d'. Default: 'keep' of the site's file.")
    var keep: String?

    func validate() throws {
        if let keep, Duration.parse(keep) == nil {
            throw ValidationError("--keep '\(keep)' is no length of time; write it as '30 d' or '12 h'")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let report = try StoreCare(session: session).prune(
                keep: keep.flatMap { Duration.parse($0) } ?? session.definition.readings.keep, now: session.clock.now())
            session.output.object([
                "kind": "pruned", "blocks": .count(report.blocks), "bytes": .number(ExactDecimal(report.bytes)),
                "snapshots": .count(report.snapshots),
            ])
            session.output.line(
                "Dropped \(Words.count(report.blocks, "block")) of readings (\(DiskSpace.words(report.bytes))) and "
                    + "\(Words.count(report.snapshots, "snapshot")).")
            return .done
        }
    }
}
