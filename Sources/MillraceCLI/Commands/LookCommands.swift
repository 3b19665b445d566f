import ArgumentParser

/// The commands that look and decide.
let lookCommands: [any ParsableCommand.Type] = [
    StatusCommand.self, ResyncCommand.self, ReconcileCommand.self, ExplainCommand.self, QueueCommand.self,
    ConnectorCommand.self, EndpointCommand.self, MapCommand.self, EvalCommand.self, StoreCommand.self,
    CalendarCommand.self, ReportCommand.self, FactCommand.self, DoctorCommand.self, MetricsCommand.self,
]
