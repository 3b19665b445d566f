import ArgumentParser

/// The commands that look and decide.
let lookCommands: [any ParsableCommand.Type] = [
    StatusCommand.self, ReconcileCommand.self, QueueCommand.self, EndpointCommand.self, ConnectorCommand.self,
    MapCommand.self,
    StoreCommand.self, DoctorCommand.self, MetricsCommand.self,
]
