import MillraceValues

/// The position in an agent's buffer.
struct AgentCursor: Sendable, Equatable {
    /// The agent's address, as the settings write it.
    var url: String
    /// The agent's instance; sequences start anew with each.
    var instanceId: String
    /// The next sequence to ask for.
    var next: Int64
    /// When the agent made the document that was read last.
    var creationTime: Instant?
    /// When its device model last changed.
    var deviceModelChangeTime: String?

    /// A position of these parts.
    init(url: String, instanceId: String, next: Int64, creationTime: Instant?, deviceModelChangeTime: String?) {
        self.url = url
        self.instanceId = instanceId
        self.next = next
        self.creationTime = creationTime
        self.deviceModelChangeTime = deviceModelChangeTime
    }

    /// The position that a value holds; nil where it is of another kind.
    init?(_ value: Value) {
        guard value["kind"]?.text == "mtconnect", let url = value["url"]?.text,
            let instance = value["instanceId"]?.text,
            let next = value["nextSequence"].flatMap(FileCursor.integer)
        else { return nil }
        self.init(
            url: url, instanceId: instance, next: next,
            creationTime: value["creationTime"]?.text.flatMap { Instant(iso8601: $0) },
            deviceModelChangeTime: value["deviceModelChangeTime"]?.text)
    }

    /// The position as a value.
    var value: Value {
        var object = ValueObject()
        object.append("kind", "mtconnect")
        object.append("url", .string(url))
        object.append("instanceId", .string(instanceId))
        object.append("nextSequence", .number(ExactDecimal(next)))
        if let creationTime { object.append("creationTime", .string(creationTime.iso8601)) }
        if let deviceModelChangeTime { object.append("deviceModelChangeTime", .string(deviceModelChangeTime)) }
        return .object(object)
    }
}
