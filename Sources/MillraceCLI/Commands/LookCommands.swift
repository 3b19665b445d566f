import ArgumentParser

/// The commands that look and decide.
let lookCommands: [any ParsableCommand.Type] = []
