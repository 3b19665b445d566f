import ArgumentParser

/// The commands that look and decide.
let lookCommands: [any ParsableCommand.Type] = [
    StatusCommand.self, ReconcileCommand.self, QueueCommand.self, EndpointCommand.self, MapCommand.self,
    EvalCommand.self,
    StoreCommand.self,
]
