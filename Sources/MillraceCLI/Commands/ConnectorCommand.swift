import ArgumentParser

/// `millrace connector`: the sources, and what a person decides on what came from them.
struct ConnectorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connector",
        abstract: "Shows what sources brought that could not be used, and where they are read from.",
        subcommands: [ConnectorSetAsideCommand.self, ConnectorCursorCommand.self])
}
