public import MillraceCore
public import MillraceValues

/// What of the past is worked on again (RULES R28); what is not named is not asked for.
public struct ResyncScope: Hashable, Sendable {
    /// Only these connectors; empty for all.
    public var connectors: Set<ConnectorID>
    /// Only this equipment; empty for all.
    public var equipment: Set<String>
    /// Only slices and intervals in which one of these orders had or gets a part; empty for all.
    ///
    /// With them goes all that was made in those slices, also for other orders: what one loses another may gain.
    public var orders: Set<String>
    /// Only this shift; nil for all.
    public var shift: String?
    /// The first instant at which a fact of the window begins.
    public var from: Instant
    /// The first instant behind it.
    public var to: Instant

    /// A scope of these parts.
    public init(
        connectors: Set<ConnectorID> = [], equipment: Set<String> = [], orders: Set<String> = [], shift: String? = nil,
        from: Instant, to: Instant
    ) {
        self.connectors = connectors
        self.equipment = equipment
        self.orders = orders
        self.shift = shift
        self.from = from
        self.to = to
    }

    /// The scope in words, for the audit.
    public var words: String {
        var parts = ["\(from.iso8601) to \(to.iso8601)"]
        if !connectors.isEmpty { parts.append("connector " + connectors.map(\.text).sorted().joined(separator: ", ")) }
        if !equipment.isEmpty { parts.append("equipment " + equipment.sorted().joined(separator: ", ")) }
        if !orders.isEmpty { parts.append("order " + orders.sorted().joined(separator: ", ")) }
        if let shift { parts.append("shift \(shift)") }
        return parts.joined(separator: ", ")
    }
}

/// What a resync did, or would do.
public struct ResyncReport: Sendable {
    /// For every sum of the window what is done, by request and key.
    public var rows: [MadeAgain] = []
    /// How many facts are recorded anew.
    public var facts = 0
    /// How many readings a source says otherwise now.
    public var corrected = 0
    /// How many readings a source has that were not kept.
    public var found = 0
    /// Sentences worth saying.
    public var notices: [String] = []

    /// Whether nothing is to be done.
    public var changesNothing: Bool { facts == 0 && rows.documentCount == 0 && corrected == 0 && found == 0 }
}

/// Why a resync does nothing.
public enum ResyncRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The window is empty or lies in the future.
    case emptyWindow(Instant, Instant)
    /// Readings or the state before them are not kept any more; from when on it can be done, where it can.
    case readingsGone(String, since: Instant, possible: Instant?)
    /// Nothing of that name was ever read.
    case noEquipment(String, known: [String])
    /// Equipment of one mapping comes from two connectors, so its facts cannot be told apart by connector.
    case twoConnectors(String, MappingName)
    /// Runs kept on writing into the window.
    case busy

    /// One sentence.
    public var description: String {
        switch self {
        case .emptyWindow(let from, let to):
            "nothing lies between \(from.iso8601) and \(to.iso8601); name a window that has begun"
        case .readingsGone(let equipment, let since, let possible):
            "the readings of '\(equipment)' from \(since.iso8601) on are not all kept any more; "
                + (possible.map { "a resync can begin at \($0.iso8601)" } ?? "read them again with --from-source")
        case .noEquipment(let name, let known):
            "nothing was ever read of equipment '\(name)'"
                + (known.isEmpty ? "" : "; known is \(known.joined(separator: ", "))")
        case .twoConnectors(let equipment, let mapping):
            "mapping '\(mapping)' reads '\(equipment)' from two connectors; name no connector, so that both are worked on"
        case .busy: "runs keep on writing into this window; nothing was changed, try again in a minute"
        }
    }
}
