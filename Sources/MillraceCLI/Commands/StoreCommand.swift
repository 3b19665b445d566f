import ArgumentParser
import Glibc
import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace store`: housekeeping of the site's file.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Says what the store holds, and copies it while it is in use.",
        subcommands: [StoreInfoCommand.self, StoreBackupCommand.self], defaultSubcommand: StoreInfoCommand.self)
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
            session.output.line("\(figures.path): \(figures.bytes) bytes, tables of version \(figures.version)")
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
        discussion:
            "The copy says inside that it is one: put in the store's place, it holds all endpoints until a person looked."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The new file.")
    var file: String

    func run() async throws {
        try await Verb.run(options) { session in
            if access(file, F_OK) == 0 {
                throw CommandFailure(.usage, "'\(file)' is there already; name a new file")
            }
            try session.store.backup(to: file, now: session.clock.now())
            session.output.object(["kind": "backup", "file": .string(file)])
            session.output.line("The store was copied to '\(file)'.")
            return .done
        }
    }
}
