import MillraceValues

/// What the header of an agent's document says.
struct StreamsHeader: Sendable, Equatable {
    var instanceId = ""
    var firstSequence: Int64?
    var lastSequence: Int64?
    var nextSequence: Int64?
    var creationTime: Instant?
    var deviceModelChangeTime: String?
}
